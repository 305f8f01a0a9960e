/* read_inside: what the readers of the policy's sections share; for them alone. */
#ifndef POLICY_READ_INSIDE_H
#define POLICY_READ_INSIDE_H

#include <yaml.h>

#include "policy/read.h"

struct reader {
	yaml_document_t    doc;
	struct read_error *error;
	struct policy     *policy;
};

typedef bool field_fn(struct reader *, yaml_node_t *, void *);

struct field {
	const char *key;
	field_fn   *read;
	size_t      at; /* in the record */
	bool        must;
};

#define READ_AT(type, member) offsetof(struct policy_##type, member)

/* Notes what is wrong and where; always false. */
bool read_fail(struct reader *r, const yaml_node_t *n, const char *what, const char *which);
/* NULL if it is no scalar. */
const char *read_text_of(const yaml_node_t *n);

/* Types of field. */
field_fn read_name, read_label, read_prefix, read_bool, read_class;
/* For people and for later parts of the product: read, and kept in the file. */
field_fn read_noted;

bool read_pin(struct reader *r, yaml_node_t *n, uint8_t out[32]);
/* A whole number between least and most; wanted says so to who wrote another. */
bool read_whole_number(struct reader *r, yaml_node_t *n, long least, long most, const char *wanted, long *out);
/* Calls each for every item of a sequence. */
bool read_items(struct reader *r, yaml_node_t *n, field_fn *each, void *out);
/* A mapping of these fields into the record at out; the row with no key ends them. */
bool read_record(struct reader *r, yaml_node_t *n, const struct field *fields, uint8_t *out);

extern const struct field READ_TRUST[], READ_ROUTE[];
/* What no key alone can show to be wrong; n: the route's. */
bool read_route_fits(struct reader *r, yaml_node_t *n, const struct policy_route *w);

#endif
