/* source: what a run reads, put on its board: captures, interfaces, named taps. */
#ifndef MAIN_SOURCE_H
#define MAIN_SOURCE_H

#include "main/board.h"

/* Adds a source, with a place of its own unless it continues the last one's files.  false: there is no room for more. */
bool source_add(struct board *b, const char *place, const char *name, bool live, uint16_t fanout, bool same_place);

/* NAME=FILE or NAME=IFACE. */
bool source_tap(struct board *b, const char *tap);

/* An interface, by as many readers as there are queues. */
bool source_interface(struct board *b, const char *name, uint16_t queues);

#endif
