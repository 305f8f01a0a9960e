/* An add-checkpoint request: read, printed, read again. */
#include "ledger/witness.h"
#include "test/fuzz/fuzz.h"

FUZZ_ROUND_TRIP(struct witness_request, witness_parse, witness_print)
