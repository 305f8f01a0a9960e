/* incident: findings joined by attacker, victim and time. */
#ifndef JUDGE_INCIDENT_H
#define JUDGE_INCIDENT_H

#include "model/finding.h"

struct incidents;

/*
 * The incident this finding belongs to, made or extended; its id is written
 * into the finding.  Information (severity 4) joins one that is open but opens
 * none: NULL then.
 */
const struct incident *incident_join(struct incidents *t, struct finding *f, struct instant steady);

struct incidents *incident_new(void);
void              incident_free(struct incidents *t);

#endif
