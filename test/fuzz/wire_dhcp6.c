#include "test/fuzz/fuzz.h"
#include "wire/dhcp6.h"

FUZZ_ROUND_TRIP(struct dhcp6, dhcp6_parse, dhcp6_print)
