/* meaning: the accumulator; the steps of coarseness are those of the header. */
#include "content/meaning.h"

#include <assert.h>

enum { STEPS = 3, ALL = MEANING_FIELDS - 1 }; /* the last slot is kept free for * */

void
meaning_begin(struct meaning *m, const struct siphash_key *key)
{
	m->key = *key;
	m->size = 0;
	m->total = 0;
	m->fields = m->pool_len = 0;
	m->coarse = 0;
	m->shared_path = 0;
	m->shared = 0;
	memset(m->sum, 0, sizeof m->sum);
	siphash_begin_wide_quick(&m->raw, key);
	siphash_begin_wide_quick(&m->part[0], key);
	siphash_begin_wide_quick(&m->part[1], key);
}

void
meaning_open(const struct meaning *m, struct siphash *s, uint64_t path)
{
	siphash_begin_quick(s, &m->key, path);
}

uint64_t
meaning_name(const struct meaning *m, struct bytes name)
{
	return siphash_quick(&m->key, (uint64_t)FIELDPATH_TEXT << 60, name);
}

uint64_t
meaning_turn_back(uint64_t digest, uint32_t n)
{
	if (n < 2)
		return digest;
	digest = (digest ^ digest >> 32) * UINT64_C(0xcfee444d8b59a89b); /* the inverse of meaning_turn's factor */
	return (digest ^ digest >> 32) - n * UINT64_C(0x9e3779b97f4a7c15);
}

/* --- slots ---------------------------------------------------------------------- */

/* The fields whose change does the harm: they keep their own slot for longest. */
static bool
is_value(uint64_t path)
{
	static const struct {
		char     segment[4];
		unsigned field;
	} VALUES[] = {
		{ "OBX", 5 }, { "OBX", 6 }, { "PID", 3 }, { "RXE", 3 }, { "RXO", 2 }, { "RXA", 6 }, { "RXG", 5 },
	};

	for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
		const uint8_t *s = (const uint8_t *)VALUES[i].segment;
		uint32_t       name = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
		if ((path >> 32 & 0xffffff) == name && (path & FIELDPATH_FIELDS) == VALUES[i].field)
			return true;
	}
	return false;
}

/* The slot of a path after so many steps; that new ones go to * at the last is slot's affair. */
static uint64_t
coarser(uint64_t path, unsigned coarse, struct bytes pool)
{
	switch (fieldpath_kind(path)) {
	case FIELDPATH_HL7:
		return coarse == 0 || (coarse == 1 && is_value(path)) ? path : fieldpath_parent(path, pool);
	case FIELDPATH_DICOM:
		return coarse < 2 ? path : fieldpath_parent(path, pool);
	case FIELDPATH_TEXT: {
		uint64_t up = fieldpath_parent(path, pool);
		return coarse == 0 || up == FIELDPATH_ALL ? path : coarser(up, coarse, pool);
	}
	default:
		return path;
	}
}

/* Adds to the slot of this path if it is the last shared or the last of all. */
static bool
share(struct meaning *m, uint64_t path, uint64_t digest)
{
	if (m->shared_path != path) {
		if (m->fields == 0 || m->field[m->fields - 1].path != path)
			return false;
		m->shared = (uint16_t)(m->fields - 1);
		m->shared_path = path;
	}
	m->field[m->shared].digest += digest;
	return true;
}

static void
append(struct meaning *m, uint64_t path, uint64_t digest, bool shared)
{
	assert(m->fields < MEANING_FIELDS);
	m->field[m->fields] = (struct meaning_field){ path, digest };
	if (shared) {
		m->shared = m->fields;
		m->shared_path = path;
	}
	m->fields++;
}

/* Brings all that is there to m->coarse. */
static void
compact(struct meaning *m)
{
	uint16_t n = m->fields;

	m->fields = 0;
	m->shared_path = 0;
	for (uint16_t i = 0; i < n; i++) {
		struct meaning_field f = m->field[i];
		uint64_t             path = coarser(f.path, m->coarse, meaning_pool(m));
		bool                 apart = path == f.path && fieldpath_kind(path) == FIELDPATH_HL7;
		if (apart || !share(m, path, f.digest))
			append(m, path, f.digest, !apart);
	}
}

void
meaning_share(struct meaning *m, uint64_t path, uint64_t digest)
{
	while (m->coarse < STEPS) {
		uint64_t at = coarser(path, m->coarse, meaning_pool(m));
		bool     apart = at == path;
		if (!apart && share(m, at, digest))
			return;
		if (m->fields < ALL) {
			append(m, at, digest, !apart);
			return;
		}
		m->coarse++;
		compact(m);
	}
	uint64_t at = coarser(path, STEPS, meaning_pool(m));
	if (at != path && m->shared_path == at) {
		m->field[m->shared].digest += digest;
		return;
	}
	if (m->fields && m->field[m->fields - 1].path == FIELDPATH_ALL)
		m->field[m->fields - 1].digest += digest;
	else
		append(m, FIELDPATH_ALL, digest, false);
	m->shared_path = 0;
}

void
meaning_text(struct meaning *m, struct bytes name, uint64_t instead, uint64_t digest, bool ordered, bool envelope)
{
	uint64_t path = instead;

	if (ordered) {
		siphash_put_word(&m->part[envelope], digest);
	} else {
		m->sum[envelope][0] += digest;
		m->sum[envelope][1] += siphash_quick(&m->key, digest, bytes_of(NULL, 0));
	}
	m->total++;
	if (m->coarse == 0 && name.len <= (size_t)MEANING_POOL - m->pool_len && m->fields < ALL) {
		path = fieldpath_text(m->pool_len, (uint16_t)name.len);
		memcpy(m->pool + m->pool_len, name.at, name.len);
		m->pool_len = (uint16_t)(m->pool_len + name.len);
	} else if (instead == FIELDPATH_ALL) {
		m->coarse = STEPS;
	} else if (share(m, coarser(instead, m->coarse, meaning_pool(m)), digest)) {
		return;
	}
	meaning_share(m, path, digest);
}

static void
part_end(struct meaning *m, bool envelope, struct siphash_wide *out)
{
	struct siphash *s = &m->part[envelope];

	siphash_put_word(s, m->sum[envelope][0]);
	siphash_put_word(s, m->sum[envelope][1]);
	*out = siphash_end_wide(s);
}

void
meaning_end(struct meaning *m)
{
	struct siphash_wide envelope;
	struct siphash      both;

	part_end(m, false, &m->body);
	part_end(m, true, &envelope);
	siphash_begin_wide(&both, &m->key);
	siphash_put(&both, bytes_of(&envelope, sizeof envelope));
	siphash_put(&both, bytes_of(&m->body, sizeof m->body));
	m->meaning = siphash_end_wide(&both);
	m->bytes = siphash_end_wide(&m->raw);
}
