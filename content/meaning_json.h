/*
 * meaning_json: the meaning of a JSON text (RFC 8259) as its bytes come, cut
 * anywhere: a FHIR resource, or what an MQTT or CoAP message carries.
 *
 * Every value that is not an object or an array is a field, named by its JSON
 * pointer (RFC 6901); so is an empty object or array.  Strings are compared
 * unescaped; numbers by their text, as 1.0 is not 1 (FHIR datatypes, decimal);
 * the order of members is nothing, that of an array is in its pointers.  Bytes
 * that are not UTF-8 are compared as they are.
 *
 * Of FHIR, id of the resource and meta.versionId and meta.lastUpdated of any
 * are the server's to give: they are envelope.
 */
#ifndef CONTENT_MEANING_JSON_H
#define CONTENT_MEANING_JSON_H

#include "content/meaning.h"

enum { MEANING_JSON_SIZE = 16 << 20, MEANING_JSON_DEPTH = 64, MEANING_JSON_NAME = 1024, MEANING_JSON_TEXT = 65, MEANING_JSON_SEEN = 512 };

struct meaning_json {
	struct meaning *out;
	char            type[MEANING_JSON_TEXT], id[MEANING_JSON_TEXT]; /* resourceType and id */
	bool            duplicate; /* a name stands twice in an object: readers take one or the other */
	const char     *refused;   /* why it is not JSON; NULL if it is */

	/* Of the reading. */
	bool            fhir, name; /* in the name of a member */
	uint8_t         where, depth, mark, digits, literal;
	uint32_t        unit, high;       /* of \u: the code unit so far; a high surrogate before it */
	uint32_t        index[MEANING_JSON_DEPTH];
	uint16_t        len[MEANING_JSON_DEPTH]; /* of the path around the open value */
	bool            array[MEANING_JSON_DEPTH];
	uint16_t        path_len, text_len, names;
	struct siphash  value;
	uint64_t        seen[MEANING_JSON_SEEN]; /* names met, as many as there is room for */
	char            path[MEANING_JSON_NAME], text[MEANING_JSON_TEXT];
};

void meaning_json_begin(struct meaning_json *j, struct meaning *out, const struct siphash_key *key, bool fhir);
void meaning_json_put(struct meaning_json *j, struct bytes in);

/* ERR_FORM with j->refused if it is not one JSON text: what was not read is one field, *. */
enum err meaning_json_end(struct meaning_json *j) MUST_USE;

#endif
