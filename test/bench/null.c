/* null: the bound of the benchmark: a bare libpcap loop that touches each packet's first byte. */
#include <pcap.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	char                 error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr  *h;
	const unsigned char *data;
	unsigned long        n = 0, sum = 0;
	pcap_t              *p = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;

	if (!p)
		return 2;
	while (pcap_next_ex(p, &h, &data) == 1) {
		n++;
		sum += h->caplen ? data[0] : 0;
	}
	printf("%lu packets, %lu\n", n, sum);
	pcap_close(p);
	return 0;
}
