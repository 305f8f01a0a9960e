#include "test/fuzz/fuzz.h"
#include "wire/dicom.h"

#define AGAIN(type, parse, print)                                              \
	do {                                                                   \
		type x, y;                                                     \
		a = buf_over(one, sizeof one);                                 \
		b = buf_over(two, sizeof two);                                 \
		if (parse(in, &x) != OK)                                       \
			break;                                                 \
		print(&x, &a);                                                 \
		if (parse(buf_bytes(&a), &y) != OK)                            \
			abort();                                               \
		print(&y, &b);                                                 \
		if (!bytes_equal(buf_bytes(&a), buf_bytes(&b)))                \
			abort();                                               \
	} while (0)

/* The input as an association, a refusal, a command set, and a body of PDVs. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t   one[1 << 17], two[1 << 17];
	struct buf       a, b;
	struct bytes     in = bytes_of(at, len);
	struct dicom_pdu pdu;
	struct dicom_pdv pdv;

	AGAIN(struct dicom_associate, dicom_associate_parse, dicom_associate_print);
	AGAIN(struct dicom_refusal, dicom_refusal_parse, dicom_refusal_print);
	AGAIN(struct dicom_command, dicom_command_parse, dicom_command_print);
	(void)dicom_looks(in);
	if (dicom_pdu_parse(in, &pdu) == OK)
		while (dicom_pdv_next(&pdu.body, &pdv) == OK)
			;
	return 0;
}
