#include "test/fuzz/fuzz.h"
#include "wire/cdp.h"

FUZZ_ROUND_TRIP(struct cdp, cdp_parse, cdp_print)
