/*
 * finding: findings as text: EVE JSON lines, and words for people.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include "model/finding.h"

/* One EVE alert line, with its newline; place and capture are names, capture may be empty; before: the capture of the other sighting. */
void finding_json(const struct finding *f, const char *place, const char *capture, const char *before, struct buf *out);

/* The same in words, several lines; color writes ANSI escapes. */
void finding_text(const struct finding *f, bool color, struct buf *out);

#endif
