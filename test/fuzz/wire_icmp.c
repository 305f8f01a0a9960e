#include "test/fuzz/fuzz.h"
#include "wire/icmp.h"

FUZZ_ROUND_TRIP(struct icmp, icmp_parse, icmp_print)
