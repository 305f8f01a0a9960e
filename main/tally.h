/* tally: the ways messages took and what became of them there, in a table or as JSON. */
#ifndef MAIN_TALLY_H
#define MAIN_TALLY_H

#include "judge/pairing.h"
#include "main/board.h"

/* Writes what the run learnt; as one JSON object if the board says so. */
void tally_print(struct board *b, const struct pairing *p, struct board_lines *out);

#endif
