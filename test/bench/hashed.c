/* hashed: the bound of messages in bulk: a libpcap loop that digests each packet's TCP payload, as messages are digested, and does no more. */
#include <pcap.h>
#include <stdio.h>

#include "crypt/siphash.h"

/* Of Ethernet, IPv4 and TCP, which is all that the bulk capture holds. */
static struct bytes
payload(const struct pcap_pkthdr *h, const unsigned char *data)
{
	struct bytes in = bytes_of(data, h->caplen);

	if (in.len < 54 || data[12] != 8 || data[13] != 0 || data[23] != 6)
		return bytes_of(NULL, 0);
	in = bytes_head(in, 14 + ((size_t)data[16] << 8 | data[17]));
	in = bytes_skip(in, 14 + (size_t)(data[14] & 15) * 4);
	return in.len < 20 ? bytes_of(NULL, 0) : bytes_skip(in, (size_t)(in.at[12] >> 4) * 4);
}

int
main(int argc, char **argv)
{
	static const struct siphash_key key = { { 1, 2 } };
	char                            error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr             *h;
	const unsigned char            *data;
	struct siphash                  s;
	unsigned long long              n = 0;
	pcap_t                         *p = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;

	if (!p)
		return 2;
	siphash_begin_wide_quick(&s, &key);
	while (pcap_next_ex(p, &h, &data) == 1) {
		struct bytes in = payload(h, data);
		siphash_put(&s, in);
		n += in.len;
	}
	printf("%llu bytes, %016llx\n", n, (unsigned long long)siphash_end_wide(&s).lo);
	pcap_close(p);
	return 0;
}
