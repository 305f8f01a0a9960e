#include "test/fuzz/fuzz.h"
#include "wire/nbns.h"

FUZZ_ROUND_TRIP(struct nbns, nbns_parse, nbns_print)
