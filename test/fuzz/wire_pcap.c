/* A capture file of hostile bytes in windows of a few sizes; what is read from it is written, and read again the same. */
#include "test/fuzz/fuzz.h"
#include "wire/pcap.h"

static void
again(const struct pcap_record *r)
{
	static uint8_t     raw[24 + 16 + PCAP_RECORD_MOST];
	struct buf         b = buf_over(raw, sizeof raw);
	struct pcap        p;
	struct pcap_record o;
	size_t             used;

	if (r->when.us < 0 || r->when.us / INSTANT_SECOND > UINT32_MAX)
		return; /* the classic format cannot say it */
	memset(&p, 0, sizeof p);
	pcap_print_header(r->linktype, &b);
	pcap_print(r, &b);
	if (!buf_ok(&b) || pcap_parse(&p, buf_bytes(&b), &used, &o) != ERR_AGAIN || used != 24 ||
	    pcap_parse(&p, bytes_skip(buf_bytes(&b), used), &used, &o) != OK)
		abort();
	if (o.when.us != r->when.us || o.length != r->length || o.linktype != (r->linktype & 0xffff) || !bytes_equal(o.data, r->data))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct pcap        p;
	struct pcap_record r;
	struct bytes       left = bytes_of(at, len);

	memset(&p, 0, sizeof p);
	for (unsigned idle = 0; idle < 2;) {
		size_t   used;
		enum err e = pcap_parse(&p, left, &used, &r);
		if (used > left.len || (e == ERR_SHORT && used))
			abort();
		if (e == OK) {
			if (r.data.len > PCAP_RECORD_MOST || r.data.at < left.at || r.data.at + r.data.len > left.at + left.len || !used)
				abort();
			again(&r);
		} else if (e != ERR_AGAIN) {
			return 0;
		}
		left = bytes_skip(left, used);
		idle = used ? 0 : idle + 1; /* once, when the format is told */
	}
	abort();
}
