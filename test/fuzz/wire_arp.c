#include "test/fuzz/fuzz.h"
#include "wire/arp.h"

FUZZ_ROUND_TRIP(struct arp, arp_parse, arp_print)
