/* The text of a checkpoint: read, printed, read again. */
#include "ledger/checkpoint.h"
#include "test/fuzz/fuzz.h"

FUZZ_ROUND_TRIP(struct checkpoint, checkpoint_parse, checkpoint_print)
