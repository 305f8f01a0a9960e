/* settings: hospital.yaml for commands that people give. */
#ifndef MAIN_SETTINGS_H
#define MAIN_SETTINGS_H

#include "base/err.h"
#include "model/policy.h"

/* Reads the file; what is wrong is told on standard error. */
enum err settings_read(const char *path, struct policy *out) MUST_USE;

/* Of the CA whose directory the board names: what it certified, into the board's policy.  Said why not. */
struct board;
int settings_issued(struct board *b);

#endif
