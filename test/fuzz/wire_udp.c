#include "test/fuzz/fuzz.h"
#include "wire/udp.h"

FUZZ_ROUND_TRIP(struct udp, udp_parse, udp_print)
