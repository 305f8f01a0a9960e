#include "test/fuzz/fuzz.h"
#include "wire/mqtt.h"

/* The first byte chooses the level; a CONNECT tells its own. */
static uint8_t level;

static enum err
parse(struct bytes in, struct mqtt *out)
{
	(void)mqtt_looks(in);
	return mqtt_parse(in, level, out);
}

static int round_trip(const uint8_t *at, size_t len);
#define LLVMFuzzerTestOneInput round_trip
static FUZZ_ROUND_TRIP(struct mqtt, parse, mqtt_print)
#undef LLVMFuzzerTestOneInput

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len == 0)
		return 0;
	level = at[0] & 1 ? MQTT_LEVEL_5 : MQTT_LEVEL_311;
	return round_trip(at + 1, len - 1);
}
