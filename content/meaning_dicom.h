/*
 * meaning_dicom: the meaning of a DICOM data set (PS3.5) as its bytes come out
 * of PDVs, cut anywhere.
 *
 * The same meaning: implicit and explicit VR, little and big endian, deflated
 * or not; defined and undefined lengths; OB and OW; blanks and NULs at the end
 * of a text; group 0002, group lengths and trailing padding left out.  Every
 * element is a field; one inside a sequence is named by its way there.
 *
 * Compressed pixels of another transfer syntax are not compared: pixels says
 * of what kind they are.  Values over MEANING_DICOM_SMALL bytes are digested
 * as they come; they are in the digest of the bytes by their digest, so that
 * pixels are gone through once.
 */
#ifndef CONTENT_MEANING_DICOM_H
#define CONTENT_MEANING_DICOM_H

#include "content/meaning.h"
#include "wire/dataset.h"

enum { MEANING_DICOM_SMALL = 512, MEANING_DICOM_UID = 65, MEANING_DICOM_NAME = 256 };
#define MEANING_DICOM_INFLATED (UINT64_C(1) << 30) /* the most a deflated data set may grow to */

enum meaning_dicom_pixels { MEANING_DICOM_NONE, MEANING_DICOM_NATIVE, MEANING_DICOM_ENCAPSULATED };

struct meaning_inflate;

struct meaning_dicom {
	struct meaning *out;
	bool            light;         /* set after the beginning: (7fe0,0010) is passed over, not digested */
	char            syntax[MEANING_DICOM_UID], sop_class[MEANING_DICOM_UID], sop_instance[MEANING_DICOM_UID];
	enum meaning_dicom_pixels pixels;
	uint64_t        pixels_digest; /* of (7fe0,0010), path mixed in */
	const char     *refused;       /* why it cannot be read further; NULL if it can */

	/* Of the reading. */
	struct dataset          walk;
	struct meaning_inflate *inflate;
	bool                    deflated, begun;
	struct dataset_event    element;
	uint64_t                got;      /* of the value */
	uint8_t                 unit;     /* bytes of a number to be turned round; 1: none */
	uint8_t                 odd[8], odd_n;
	bool                    small, text, skip, piecemeal;
	uint8_t                 value[MEANING_DICOM_SMALL];
	struct siphash          digest;
	char                    name[MEANING_DICOM_NAME];
	uint16_t                names[DATASET_DEPTH + 1], name_len, level;
	uint64_t                top;      /* the outermost element's path */
};

/* Memory for one inflater, which may serve one data set after another; deflated data is refused without one. */
struct meaning_inflate *meaning_inflate_new(void);
void                    meaning_inflate_free(struct meaning_inflate *z);

/* syntax: the transfer syntax UID of the presentation context. */
void     meaning_dicom_begin(struct meaning_dicom *d, struct meaning *out, const struct siphash_key *key, struct bytes syntax, struct meaning_inflate *z);
void     meaning_dicom_put(struct meaning_dicom *d, struct bytes in);

/* Within pixels that are passed over: up to n bytes that need not be put at all; how many. */
uint32_t meaning_dicom_pass(struct meaning_dicom *d, uint32_t n);

/* ERR_FORM with d->refused if it is no whole data set: what was not read is one field, *. */
enum err meaning_dicom_end(struct meaning_dicom *d) MUST_USE;

/* Can the pixels of these two be compared?  Else one is compressed, and the other not or in another way. */
bool meaning_dicom_comparable(const struct meaning_dicom *a, const struct meaning_dicom *b);

#endif
