#include "test/fuzz/fuzz.h"
#include "wire/lldp.h"

FUZZ_ROUND_TRIP(struct lldp, lldp_parse, lldp_print)
