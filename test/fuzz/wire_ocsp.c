#include "test/fuzz/fuzz.h"
#include "wire/ocsp.h"

FUZZ_ROUND_TRIP(struct ocsp, ocsp_parse, ocsp_print)
