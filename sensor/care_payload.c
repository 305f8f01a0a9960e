/* care_payload: what MQTT and CoAP carry: JSON, of which each value is a field, or anything, which is one. */
#include "sensor/care_inside.h"

void
care_payload_begin(const struct cares *c, struct care_payload *l, struct meaning *said)
{
	l->any = l->json = false;
	meaning_json_begin(&l->body, said, &c->key, false);
}

void
care_payload_field(const struct cares *c, struct meaning *said, const char *name, struct bytes value)
{
	uint64_t word = meaning_name(said, bytes_text(name));

	meaning_bytes(said, value);
	meaning_text(said, bytes_text(name), FIELDPATH_ALL, siphash_quick(&c->key, word, value), false, false);
}

void
care_payload_open(struct care_payload *l, struct meaning *said, struct bytes name)
{
	said->size = 0; /* what stands beside it does not count */
	meaning_open(said, &l->whole, meaning_name(said, name));
}

void
care_payload_put(struct care_payload *l, struct meaning *said, struct bytes in)
{
	if (!in.len)
		return;
	if (!l->any) {
		l->any = true;
		l->json = in.at[0] == '{' || in.at[0] == '[';
	}
	if (l->json) {
		meaning_json_put(&l->body, in);
	} else {
		meaning_bytes(said, in);
		siphash_put(&l->whole, in);
	}
}

enum err
care_payload_end(struct care_payload *l, struct meaning *said, struct bytes name)
{
	if (l->json)
		return meaning_json_end(&l->body);
	meaning_text(said, name, FIELDPATH_ALL, siphash_end(&l->whole), false, false);
	meaning_end(said);
	return OK;
}
