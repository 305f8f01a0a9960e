/* event: decoded records as EVE JSON lines. */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include "model/event.h"

/* One line with its newline. */
void event_json(const struct event *e, struct buf *out);

#endif
