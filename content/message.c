/* message: see message.h. */
#include "content/message.h"
#include "crypt/hmac.h"

const char *
message_protocol_name(enum message_protocol p)
{
	static const char *const NAME[] = {
#define X(protocol, name) name,
		MESSAGE_PROTOCOL_TABLE(X)
#undef X
	};
	return p < MESSAGE_PROTOCOLS ? NAME[p] : "";
}

enum message_class
message_hl7_class(struct bytes type, struct bytes trigger)
{
	if (bytes_equal(type, bytes_text("ORU")) && bytes_equal(trigger, bytes_text("R40")))
		return MESSAGE_ALARM;
	if (bytes_equal(type, bytes_text("ORU")) || bytes_equal(type, bytes_text("OUL")))
		return MESSAGE_RESULT;
	static const char *const ORDERS[] = { "ORM", "OMP", "OMG", "OML", "OMI", "OMD", "RDE", "RDS", "RGV", "RAS", "ORP" };
	for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (bytes_equal(type, bytes_text(ORDERS[i])))
			return MESSAGE_ORDER;
	return MESSAGE_OTHER;
}

void
message_said(struct message *m, const struct meaning *said)
{
	m->head.bytes = said->bytes;
	m->head.meaning = said->meaning;
	m->head.body = said->body;
	m->head.size = said->size < UINT32_MAX ? (uint32_t)said->size : UINT32_MAX;
	m->head.fields = said->fields;
	m->head.pool = said->pool_len;
	m->head.coarse = said->coarse;
	memcpy(m->field, said->field, said->fields * sizeof *m->field);
	memcpy(m->text, said->pool, said->pool_len);
}

size_t
message_size(const struct message *m)
{
	return sizeof m->head + (m->head.known ? 0 : m->head.fields * sizeof *m->field + m->head.pool);
}

void
message_pack(const struct message *m, uint8_t *room)
{
	memcpy(room, &m->head, sizeof m->head);
	if (m->head.known)
		return;
	memcpy(room + sizeof m->head, m->field, m->head.fields * sizeof *m->field);
	memcpy(room + sizeof m->head + m->head.fields * sizeof *m->field, m->text, m->head.pool);
}

enum err
message_unpack(struct bytes in, struct message *out)
{
	if (in.len < sizeof out->head)
		return ERR_SHORT;
	memcpy(&out->head, in.at, sizeof out->head);
	struct message_head *h = &out->head;
	h->known = in.at[offsetof(struct message_head, known)] != 0; /* a bool of another process may be any byte */
	if (h->protocol >= MESSAGE_PROTOCOLS || h->class >= MESSAGE_CLASSES || h->fields > MEANING_FIELDS || h->pool > MEANING_POOL || in.len != message_size(out))
		return ERR_FORM;
	if (!h->known) {
		memcpy(out->field, in.at + sizeof *h, h->fields * sizeof *out->field);
		memcpy(out->text, in.at + sizeof *h + h->fields * sizeof *out->field, h->pool);
	}
	h->type[sizeof h->type - 1] = 0;
	h->key[sizeof h->key - 1] = 0;
	return OK;
}

void
message_meaning(const struct message *m, struct meaning *out)
{
	memset(out, 0, offsetof(struct meaning, field));
	out->bytes = m->head.bytes;
	out->meaning = m->head.meaning;
	out->body = m->head.body;
	out->size = m->head.size;
	out->fields = m->head.fields;
	out->total = m->head.fields;
	out->pool_len = m->head.pool;
	out->coarse = m->head.coarse;
	if (m->head.known) {
		out->fields = out->pool_len = 0;
		return;
	}
	memcpy(out->field, m->field, m->head.fields * sizeof *m->field);
	memcpy(out->pool, m->text, m->head.pool);
}

struct siphash_key
message_key(const uint8_t key[static 32])
{
	uint8_t mine[32];

	hmac_sha256(key, bytes_text("paravent content"), mine);
	return siphash_key(mine);
}

uint64_t
message_digest(const struct siphash_key *k, uint64_t kind, struct bytes text)
{
	return text.len ? siphash_quick(k, kind, text) | 1u : 0;
}

uint64_t
message_hl7_origin(const struct siphash_key *k, struct bytes application, struct bytes facility)
{
	uint8_t    room[160];
	struct buf text = buf_over(room, sizeof room);

	buf_bytes_put(&text, application);
	buf_u8(&text, 0);
	buf_bytes_put(&text, facility);
	return text.len > 1 ? message_digest(k, MESSAGE_HL7 + MESSAGE_PROTOCOLS, buf_bytes(&text)) : 0;
}
