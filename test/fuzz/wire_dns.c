#include "test/fuzz/fuzz.h"
#include "wire/dns.h"

FUZZ_ROUND_TRIP(struct dns, dns_parse, dns_print)
