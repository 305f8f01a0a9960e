/* A policy of logs and witnesses: read, printed, read again. */
#include "ledger/quorum.h"
#include "test/fuzz/fuzz.h"

FUZZ_ROUND_TRIP(struct quorum, quorum_parse, quorum_print)
