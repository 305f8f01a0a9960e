/*
 * answers: OCSP answers made in process, as a ratio to bare signing in the same run.
 *
 * Of each: the question parsed, the register looked up, the answer printed,
 * signed and put together.  usage: answers PKI.DB   (any certificate of it is asked for)
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypt/hash.h"
#include "crypt/signer.h"
#include "store/register.h"
#include "wire/der.h"
#include "wire/ocsp.h"

enum { N = 20000, ROUNDS = 5, SERIALS = 512 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint8_t      serial[SERIALS][REGISTER_SERIAL];
static unsigned     serials = SERIALS;
static uint8_t      zeros[32];
static struct bytes name = { (const uint8_t *)"\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04test", 17 };

static void
question(unsigned n, struct buf *out)
{
	uint8_t      room[128];
	struct buf   id = buf_over(room, sizeof room);
	struct ocsp  o = { .ids = 1, .nonce = bytes_of(zeros, 16) };
	size_t       at = der_begin(&id, DER_SEQUENCE);

	buf_put(&id, "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 11);
	der_put(&id, DER_OCTET_STRING, bytes_of(zeros, 20));
	der_put(&id, DER_OCTET_STRING, bytes_of(zeros, 20));
	der_put_integer(&id, bytes_of(serial[n % serials], REGISTER_SERIAL));
	der_end(&id, at);
	o.id[0].whole = buf_bytes(&id);
	ocsp_print(&o, out);
}

/* Bytes of answers, so that nothing is left out as unused. */
static size_t
answer(struct register_file *r, const struct signer *k, unsigned n)
{
	static struct ocsp o;
	uint8_t            asked[512], data_room[1024], sign_room[SIGNER_SIGNATURE], room[2048];
	struct buf         q = buf_over(asked, sizeof asked), data = buf_over(data_room, sizeof data_room), s = buf_over(sign_room, sizeof sign_room), out = buf_over(room, sizeof room);
	int64_t            revoked;
	unsigned           reason;
	struct instant     t = { 1 };

	question(n, &q);
	if (ocsp_parse(buf_bytes(&q), &o) || register_status(r, 1, serial[n % serials], &revoked, &reason))
		return 0;
	ocsp_print_data(name, t, &(struct ocsp_single){ .id = o.id[0].whole, .status = revoked ? OCSP_REVOKED : OCSP_GOOD, .from = t, .until = { 2 } }, 1, o.nonce, &data);
	if (signer_make(k, buf_bytes(&data), &s))
		return 0;
	ocsp_print_answer(buf_bytes(&data), name, buf_bytes(&s), bytes_of(room, 600), &out);
	return buf_ok(&out) ? out.len : 0;
}

static size_t
bare(const struct signer *k)
{
	uint8_t    text[250] = { 0 }, room[SIGNER_SIGNATURE];
	struct buf s = buf_over(room, sizeof room);

	return signer_make(k, bytes_of(text, sizeof text), &s) ? 0 : s.len;
}

int
main(int argc, char **argv)
{
	struct register_file *r;
	struct signer        *k;
	int64_t               after = 0;
	double                ratio[ROUNDS], rate = 0;

	if (argc != 2 || hash_init() || signer_new(SIGNER_P256, &k) || register_open(argv[1], false, &r) || register_live(r, 1, 0, &after, serial, &serials) || !serials)
		return 2;
	for (int round = 0; round < ROUNDS; round++) {
		double a = now();
		for (unsigned i = 0; i < N; i++)
			if (!bare(k))
				return 2;
		double b = now();
		for (unsigned i = 0; i < N; i++)
			if (!answer(r, k, i))
				return 2;
		double c = now();
		ratio[round] = (b - a) / (c - b);
		rate = N / (c - b);
		for (int i = round; i > 0 && ratio[i] < ratio[i - 1]; i--) {
			double t = ratio[i];
			ratio[i] = ratio[i - 1];
			ratio[i - 1] = t;
		}
	}
	printf("status   answers made in process    %.2f (%.2f to %.2f) of bare signing of one core; %.0f a second, with the question parsed and the register looked up\n",
	       ratio[ROUNDS / 2], ratio[0], ratio[ROUNDS - 1], rate);
	register_free(r);
	signer_free(k);
	return 0;
}
