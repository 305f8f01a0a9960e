#include "test/fuzz/fuzz.h"
#include "wire/csr.h"

FUZZ_ROUND_TRIP(struct csr, csr_parse, csr_print)
