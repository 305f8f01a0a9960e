/* Text that may be a hospital.yaml: accepted, or refused with a place and words. */
#include "policy/read.h"
#include "test/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct policy p;
	struct read_error    e;
	enum err             r = read_policy(bytes_of(at, len), &p, &e);

	if (r == ERR_FORM && (!e.words[0] || strnlen(e.words, sizeof e.words) == sizeof e.words))
		abort();
	if (r == OK && (!p.given || p.zones > POLICY_ZONES || p.devices > POLICY_DEVICES || p.services > POLICY_SERVICES || p.flows > POLICY_FLOWS))
		abort();
	return 0;
}
