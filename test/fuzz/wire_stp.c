#include "test/fuzz/fuzz.h"
#include "wire/stp.h"

FUZZ_ROUND_TRIP(struct stp, stp_parse, stp_print)
