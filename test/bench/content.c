/* content: nanoseconds for an ORU^R01 of 1 KiB, and the rate of DICOM data; CPU time, the best of several rounds. */
#include <stdio.h>
#include <time.h>

#include "base/memory.h"
#include "content/meaning_dicom.h"
#include "content/meaning_hl7.h"

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Eight observations as a monitor sends them, filled up to 1024 bytes. */
static size_t
oru(char *at, size_t cap)
{
	struct buf b = buf_over(at, cap);

	buf_text(&b, "MSH|^~\\&|MON^00:09:FB:00:00:21^EUI-48|ICU|EHR|HOSPITAL|20261121193102+0000||ORU^R01^ORU_R01|MON2026112119310200017|P|2.6|||AL|NE\r"
	             "PID|||10006579^^^HOSPITAL^MR||DUCK^DONALD^D||19241010|M\r"
	             "PV1||I|ICU^3^7\r"
	             "OBR|1|4711^MON|4711^MON|182777000^monitoring of patient^SCT|||20261121193100\r");
	static const char *const OBX[] = {
		"147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|72|264864^/min^MDC", "150456^MDC_PULS_OXIM_SAT_O2^MDC|1.2.1.1|97|262688^%^MDC",
		"150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.3.1.1|121|266016^mm[Hg]^MDC", "150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.3.1.2|78|266016^mm[Hg]^MDC",
		"151562^MDC_RESP_RATE^MDC|1.4.1.1|14|264928^/min^MDC", "150364^MDC_TEMP_RECT^MDC|1.5.1.1|36.8|268192^Cel^MDC",
	};
	for (unsigned i = 0; i < 6; i++)
		buf_format(&b, "OBX|%u|NM|%s|||||F|||20261121193100\r", i + 1, OBX[i]);
	while (b.len < 1023)
		buf_text(&b, b.len == 1000 ? "N" : "x");
	buf_text(&b, "\r");
	return b.len;
}

static void
hl7(void)
{
	static const struct siphash_key key = { { 1, 2 } };
	static struct meaning           m;
	static struct meaning_hl7       h;
	char                            message[2048];
	size_t                          n = oru(message, sizeof message);
	double                          best = 1;

	for (int round = 0; round < 15; round++) {
		double from = now();
		for (int i = 0; i < 20000; i++) {
			meaning_hl7_begin(&h, &m, &key);
			meaning_hl7_put(&h, bytes_of(message, n));
			if (meaning_hl7_end(&h))
				return;
		}
		double took = (now() - from) / 20000;
		best = took < best ? took : best;
	}
	printf("ORU of %zu bytes, %u fields: %.0f ns\n", n, m.total, best * 1e9);
}

/* An image of 32 MiB in explicit VR little endian, in fragments as DCMTK sends them. */
static void
dicom(void)
{
	enum { SIZE = 32 << 20, PDV = 16372 };
	static const struct siphash_key key = { { 1, 2 } };
	static struct meaning           m;
	static struct meaning_dicom     d;
	uint8_t                        *image = memory_new(1, SIZE);
	struct buf                      b = buf_over(image, SIZE);
	double                          best = 10;

	if (!image)
		return;
	dataset_print(&(struct dataset_event){ .group = 0x7fe0, .element = 0x10, .vr = 'O' << 8 | 'W', .length = SIZE - 12 }, false, &b);
	for (int round = 0; round < 7; round++) {
		double from = now();
		meaning_dicom_begin(&d, &m, &key, bytes_text("1.2.840.10008.1.2.1"), NULL);
		for (struct bytes in = bytes_of(image, SIZE); in.len; in = bytes_skip(in, PDV))
			meaning_dicom_put(&d, bytes_head(in, PDV));
		if (meaning_dicom_end(&d))
			return;
		double took = now() - from;
		best = took < best ? took : best;
	}
	printf("DICOM data: %.2f GB/s\n", SIZE / best / 1e9);
	memory_free(image);
}

int
main(void)
{
	hl7();
	dicom();
	return 0;
}
