/* fact: shapes and names of the tables in fact.h. */
#include "model/fact.h"

static const struct {
	enum shape subject, value;
} FACT[FACTS] = {
#define X(kind, name, subject, value) [kind] = { subject, value },
	FACT_TABLE(X)
#undef X
};

static const char *const WITNESS[WITNESSES] = {
#define X(kind, name) [kind] = name,
	WITNESS_TABLE(X)
#undef X
};

enum shape
fact_subject(enum fact f)
{
	return FACT[f].subject;
}

enum shape
fact_value(enum fact f)
{
	return FACT[f].value;
}

const char *
witness_name(enum witness w)
{
	return WITNESS[w];
}
