#include "test/fuzz/fuzz.h"
#include "wire/crl.h"

FUZZ_ROUND_TRIP(struct crl, crl_parse, crl_print)
