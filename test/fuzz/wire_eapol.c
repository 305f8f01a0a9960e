#include "test/fuzz/fuzz.h"
#include "wire/eapol.h"

FUZZ_ROUND_TRIP(struct eapol, eapol_parse, eapol_print)
