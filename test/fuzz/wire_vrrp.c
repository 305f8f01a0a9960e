#include "test/fuzz/fuzz.h"
#include "wire/vrrp.h"

/* The virtual router's number tells the family here, so that both are tried. */
static enum err
parse(struct bytes in, struct vrrp *out)
{
	return vrrp_parse(in, in.len > 1 && in.at[1] & 1, out);
}

FUZZ_ROUND_TRIP(struct vrrp, parse, vrrp_print)
