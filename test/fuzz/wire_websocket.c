#include "test/fuzz/fuzz.h"
#include "wire/websocket.h"

FUZZ_ROUND_TRIP(struct websocket, websocket_parse, websocket_print)
