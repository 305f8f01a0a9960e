/* settings: hospital.yaml for commands that people give. */
#ifndef MAIN_SETTINGS_H
#define MAIN_SETTINGS_H

#include "base/err.h"
#include "model/policy.h"

/* Reads the file; what is wrong is told on standard error. */
enum err settings_read(const char *path, struct policy *out) MUST_USE;

#endif
