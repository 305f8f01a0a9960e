#include "test/fuzz/fuzz.h"
#include "wire/tcp.h"

static enum err
parse(struct bytes in, struct tcp *out)
{
	enum err e = tcp_parse(in, out);

	if (!e)
		(void)tcp_stack(out);
	return e;
}

FUZZ_ROUND_TRIP(struct tcp, parse, tcp_print)
