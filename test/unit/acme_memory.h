/* acme_memory: what keeps ACME's nouns in the protocol's own tests: arrays, as simple as can be. */
#ifndef TEST_UNIT_ACME_MEMORY_H
#define TEST_UNIT_ACME_MEMORY_H

#include "pki/acme.h"

enum { MEMORY_ROWS = 256 };

static struct memory {
	struct acme_binding       binding[4];
	struct acme_account       account[MEMORY_ROWS];
	struct acme_order         order[MEMORY_ROWS];
	struct acme_authorization authorization[4 * MEMORY_ROWS];
	int64_t                   accounts, orders, authorizations;
	bool                      fails; /* whatever is put is not kept */
} memory;

static enum err
memory_binding(void *at, const char *kid, struct acme_binding *out)
{
	(void)at;
	for (int i = 0; i < 4; i++)
		if (strcmp(memory.binding[i].kid, kid) == 0) {
			*out = memory.binding[i];
			return OK;
		}
	return ERR_NOTFOUND;
}

static enum err
memory_bind(void *at, const char *kid, int64_t account)
{
	(void)at;
	for (int i = 0; i < 4; i++)
		if (strcmp(memory.binding[i].kid, kid) == 0)
			memory.binding[i].account = account;
	return OK;
}

/* Numbers are places, from 1. */
#define MEMORY_GET_PUT(name, type)                                             \
	static enum err memory_##name(void *at, int64_t id, struct type *out)  \
	{                                                                      \
		(void)at;                                                      \
		if (id < 1 || id > memory.name##s)                             \
			return ERR_NOTFOUND;                                   \
		*out = memory.name[id - 1];                                    \
		return OK;                                                     \
	}                                                                      \
	static enum err memory_put_##name(void *at, struct type *v)            \
	{                                                                      \
		(void)at;                                                      \
		if (memory.fails)                                              \
			return ERR_IO;                                         \
		if (!v->id)                                                    \
			v->id = ++memory.name##s;                              \
		assert_true((size_t)v->id <= sizeof memory.name / sizeof *memory.name); \
		memory.name[v->id - 1] = *v;                                   \
		return OK;                                                     \
	}
MEMORY_GET_PUT(account, acme_account)
MEMORY_GET_PUT(order, acme_order)
MEMORY_GET_PUT(authorization, acme_authorization)

static enum err
memory_account_of(void *at, const uint8_t thumbprint[static 32], struct acme_account *out)
{
	for (int64_t i = 1; i <= memory.accounts; i++)
		if (memcmp(memory.account[i - 1].thumbprint, thumbprint, 32) == 0)
			return memory_account(at, i, out);
	return ERR_NOTFOUND;
}

static enum err
memory_order_of(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_order *out)
{
	for (int64_t i = 1; i <= memory.orders; i++)
		if (memory.order[i - 1].certified && memcmp(memory.order[i - 1].serial, serial, ACME_SERIAL) == 0)
			return memory_order(at, i, out);
	return ERR_NOTFOUND;
}

static enum err
memory_order_for(void *at, const uint8_t replaced[static ACME_SERIAL], struct acme_order *out)
{
	for (int64_t i = 1; i <= memory.orders; i++)
		if (memory.order[i - 1].replacing && memcmp(memory.order[i - 1].replaces, replaced, ACME_SERIAL) == 0)
			return memory_order(at, i, out);
	return ERR_NOTFOUND;
}

static enum err
memory_list(void *at, int64_t account, int64_t after, int64_t *id, unsigned *n)
{
	unsigned most = *n;

	(void)at;
	*n = 0;
	for (int64_t i = after + 1; i <= memory.orders && *n < most; i++)
		if (memory.order[i - 1].account == account)
			id[(*n)++] = i;
	return OK;
}

static enum err
memory_authorizations(void *at, int64_t order, struct acme_authorization *out, unsigned *n)
{
	(void)at;
	*n = 0;
	for (int64_t i = 1; i <= memory.authorizations; i++)
		if (memory.authorization[i - 1].order == order)
			out[(*n)++] = memory.authorization[i - 1];
	return OK;
}

static enum err
memory_count(void *at, int64_t account, int64_t now, struct acme_counts *out)
{
	(void)at;
	(void)now;
	*out = (struct acme_counts){ 0 };
	for (int64_t i = 0; i < memory.orders; i++) {
		out->orders += memory.order[i].account == account;
		out->open += memory.order[i].account == account && memory.order[i].state < ACME_VALID;
	}
	return OK;
}

static enum err
memory_certificate(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_certificate *out)
{
	(void)at;
	*out = (struct acme_certificate){ .der = "certificate", .len = 11, .from = 1000, .until = 1000 + 90 * 86400, .device = "pump1", .profile = "server" };
	return serial[0] == 0x42 ? OK : ERR_NOTFOUND;
}

static const struct acme_store MEMORY = {
	NULL, memory_binding, memory_bind, memory_account, memory_account_of, memory_put_account, memory_order, memory_order_of, memory_order_for, memory_put_order,
	memory_list, memory_authorization, memory_authorizations, memory_put_authorization, memory_count, memory_certificate,
};

#endif
