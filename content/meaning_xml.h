/*
 * meaning_xml: the meaning of an XML text (XML 1.0, fifth edition) as its bytes
 * come, cut anywhere: a FHIR resource.
 *
 *	<Observation><component><code value="8867-4"/></component></Observation>
 *	/Observation/component/code/@value
 *
 * Attributes and runs of text are fields; so is an element with nothing in it.
 * The second of a name among its siblings is name[2].  White space alone
 * between tags, comments, instructions, the order of attributes and of siblings
 * of different names, CDATA against escapes, CR LF against LF are nothing.
 *
 * Strict: no document type (so no entities but the five and numbers), tags
 * that match, one root.  Prefixes are part of the names.  Of FHIR, id and
 * meta.versionId and meta.lastUpdated are envelope, as in meaning_json.
 */
#ifndef CONTENT_MEANING_XML_H
#define CONTENT_MEANING_XML_H

#include "content/meaning.h"

enum { MEANING_XML_SIZE = 16 << 20, MEANING_XML_DEPTH = 64, MEANING_XML_NAME = 1024, MEANING_XML_TEXT = 65, MEANING_XML_SEEN = 512, MEANING_XML_ENTITY = 10 };

struct meaning_xml {
	struct meaning *out;
	char            type[MEANING_XML_TEXT], id[MEANING_XML_TEXT]; /* the root's name; of FHIR, its id */
	const char     *refused;  /* why it is not read as XML; NULL if it is */

	/* Of the reading. */
	bool            fhir, rooted, run, inked, cr; /* run: of text is open; inked: not only white space */
	uint8_t         where, back, depth, quote, matched, mark, entities;
	uint16_t        path_len, text_len, names, closing;
	uint16_t        around[MEANING_XML_DEPTH];    /* length of the path around the open elements, */
	uint16_t        here[MEANING_XML_DEPTH];      /* of their own, */
	uint16_t        name_len[MEANING_XML_DEPTH];  /* of their names alone */
	bool            filled[MEANING_XML_DEPTH];
	struct siphash  value;
	struct {
		uint64_t name;
		uint32_t count;
	} seen[MEANING_XML_SEEN];
	char            path[MEANING_XML_NAME], text[MEANING_XML_TEXT], entity[MEANING_XML_ENTITY];
};

void meaning_xml_begin(struct meaning_xml *x, struct meaning *out, const struct siphash_key *key, bool fhir);
void meaning_xml_put(struct meaning_xml *x, struct bytes in);

/* ERR_FORM with x->refused if it is not one XML text: what was not read is one field, *. */
enum err meaning_xml_end(struct meaning_xml *x) MUST_USE;

#endif
