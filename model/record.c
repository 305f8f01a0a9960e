/* record: the words of protections and roles. */
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
