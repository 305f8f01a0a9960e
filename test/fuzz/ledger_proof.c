/* A .tlog-proof file: read, printed, read again. */
#include "ledger/proof.h"
#include "test/fuzz/fuzz.h"

FUZZ_ROUND_TRIP(struct proof, proof_parse, proof_print)
