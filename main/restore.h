/*
 * restore: `paravent reconcile --restore DIR`: of every message that was
 * altered or dropped on its way, what its sender said, and of HL7 results a
 * proposed correction.  Nothing is sent: a person decides.
 *
 *	README.txt  index.json
 *	0001.hl7             as its sender said it, byte for byte
 *	0001.proposed.hl7    the same, marked as a correction
 *	packets/             of live interfaces: what was cut from their tapes
 */
#ifndef MAIN_RESTORE_H
#define MAIN_RESTORE_H

#include "main/board.h"

/* Makes DIR, for its owner alone; it must not be there.  false: said why. */
bool restore_begin(struct board *b, const char *dir);
/* After the run; false: not all that was altered or dropped could be restored, which was said. */
bool restore_end(struct board *b, const char *dir);

#endif
