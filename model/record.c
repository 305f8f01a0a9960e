/* record: the words of protections and roles; what may be trusted of a record. */
#include "model/record.h"

const char *
protection_name(enum protection p)
{
	static const char *const name[PROTECTIONS] = { "unknown", "plain", "tls", "mutual-tls" };
	return name[p];
}

const char *
role_name(enum role_bit r)
{
	static const char *const name[ROLES] = {
#define X(role, text) [role##_BIT] = text,
		ROLE_TABLE(X)
#undef X
	};
	return name[r];
}

#define END(text) ((text)[sizeof(text) - 1] = 0)

bool
record_checked(struct record *r)
{
	struct certificate *c = &r->certificate.certificate;

	switch (r->kind) {
	case RECORD_DEVICE:
		END(r->device.name);
		END(r->device.vendor);
		return true;
	case RECORD_FLOW:
		END(r->flow.application);
		END(r->flow.name);
		END(r->flow.remote);
		return true;
	case RECORD_CERTIFICATE:
		END(c->subject);
		END(c->issuer);
		END(c->names);
		END(c->serial);
		END(r->certificate.sni);
		return true;
	}
	return false;
}
