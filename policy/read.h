/*
 * read: hospital.yaml to struct policy.
 *
 * Read with libyaml; every error has a line, a column and the words of the
 * key.  Unknown and duplicate keys are errors, so that a misspelt rule is not
 * a rule silently left out.
 */
#ifndef POLICY_READ_H
#define POLICY_READ_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/policy.h"

struct read_error {
	unsigned long line, column; /* from 1 */
	char          words[200];
};

/* Reads the whole text.  On ERR_FORM or ERR_LIMIT error says where and why; out is then not to be used. */
enum err read_policy(struct bytes text, struct policy *out, struct read_error *error) MUST_USE;

#endif
