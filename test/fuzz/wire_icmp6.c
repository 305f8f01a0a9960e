#include "test/fuzz/fuzz.h"
#include "wire/icmp6.h"

FUZZ_ROUND_TRIP(struct icmp6, icmp6_parse, icmp6_print)
