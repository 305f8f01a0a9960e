#include "test/fuzz/fuzz.h"
#include "wire/hl7.h"

FUZZ_ROUND_TRIP(struct hl7, hl7_parse, hl7_print)
