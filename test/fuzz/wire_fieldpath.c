#include "test/fuzz/fuzz.h"
#include "wire/fieldpath.h"

/* What was read and written is read as the same kind and written the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t room[1 << 17], one[1 << 17], two[1 << 17];
	struct buf     pool = buf_over(room, sizeof room), a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
	uint64_t       x, y;

	if (fieldpath_parse(bytes_of(at, len), &pool, &x) != OK)
		return 0;
	fieldpath_print(x, buf_bytes(&pool), &a);
	if (!buf_ok(&a))
		return 0;
	if (fieldpath_parse(buf_bytes(&a), &pool, &y) == OK) {
		fieldpath_print(y, buf_bytes(&pool), &b);
		if (!bytes_equal(buf_bytes(&a), buf_bytes(&b)))
			abort();
	}
	return 0;
}
