/* acme_desk: ACME at the role pki: what pki/acme asks of its host, and the way to the role validate. */
#ifndef MAIN_ACME_DESK_H
#define MAIN_ACME_DESK_H

#include "main/enrol.h"

struct board;

/* Before the jail.  Without it acme_desk_answer answers 503. */
enum err acme_desk_open(struct enrol *e, const struct board *b) MUST_USE;

/* Each signed request is one transaction of the register. */
void acme_desk_answer(struct enrol *e, struct exchange *x);

#endif
