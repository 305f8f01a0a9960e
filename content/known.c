/* known: see known.h. */
#include "content/known.h"

union record {
	struct {
		struct known what;
		int64_t      when;
	};
	uint64_t word[KNOWN_WORDS];
};
_Static_assert(sizeof(union record) == KNOWN_WORDS * sizeof(uint64_t), "a record is whole words");

static struct known_entry *
entry_of(struct known_table *t, struct siphash_wide bytes)
{
	return &t->entry[bytes.hi % KNOWN_ENTRIES];
}

bool
known_find(struct known_table *t, struct siphash_wide bytes, struct instant now, struct known *out)
{
	struct known_entry *e = entry_of(t, bytes);
	uint64_t            turn = atomic_load_explicit(&e->turn, memory_order_acquire);
	union record        r;

	r.word[0] = atomic_load_explicit(&e->word[0], memory_order_relaxed);
	if (turn & 1 || r.word[0] != bytes.lo)
		return false;
	for (size_t i = 1; i < KNOWN_WORDS; i++)
		r.word[i] = atomic_load_explicit(&e->word[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&e->turn, memory_order_relaxed) != turn || !meaning_digest_equal(r.what.bytes, bytes) ||
	    r.when > now.us + KNOWN_LONG || r.when < now.us - KNOWN_LONG)
		return false;
	/* Another process wrote it. */
	r.what.type[MESSAGE_TYPE - 1] = r.what.code[MESSAGE_TYPE - 1] = r.what.key[MESSAGE_KEY - 1] = 0;
	*out = r.what;
	return true;
}

void
known_put(struct known_table *t, const struct known *k, struct instant now)
{
	struct known_entry *e = entry_of(t, k->bytes);
	uint64_t            turn = atomic_load_explicit(&e->turn, memory_order_relaxed);
	union record        r = { { .what = *k, .when = now.us } };

	if (turn & 1 || !atomic_compare_exchange_strong_explicit(&e->turn, &turn, turn + 1, memory_order_acquire, memory_order_relaxed))
		return;
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < KNOWN_WORDS; i++)
		atomic_store_explicit(&e->word[i], r.word[i], memory_order_relaxed);
	atomic_store_explicit(&e->turn, turn + 2, memory_order_release);
}
