/* Text that may be a signed note: read, printed, read again. */
#include "ledger/note.h"
#include "test/fuzz/fuzz.h"

FUZZ_ROUND_TRIP(struct note, note_parse, note_print)
