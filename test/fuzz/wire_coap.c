#include "test/fuzz/fuzz.h"
#include "wire/coap.h"

FUZZ_ROUND_TRIP(struct coap, coap_parse, coap_print)
