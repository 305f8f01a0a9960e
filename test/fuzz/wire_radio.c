#include "test/fuzz/fuzz.h"
#include "wire/radio.h"

FUZZ_ROUND_TRIP(struct radio, radio_parse, radio_print)
