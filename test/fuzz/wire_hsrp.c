#include "test/fuzz/fuzz.h"
#include "wire/hsrp.h"

FUZZ_ROUND_TRIP(struct hsrp, hsrp_parse, hsrp_print)
