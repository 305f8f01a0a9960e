/*
 * screen: what a terminal shows while a run goes on: findings scroll by in
 * words, and below them stands a block of a few lines: how far it is, what
 * each sensor sees and loses, what was found.
 *
 * The judge's words come through a pipe, so that only one process writes to
 * the terminal.
 */
#ifndef MAIN_SCREEN_H
#define MAIN_SCREEN_H

#include "main/board.h"

struct screen;

/* NULL if standard output and error are not both a terminal: then nothing is drawn.  Sets the board's text_fd. */
struct screen *screen_new(struct board *b);

/* Passes words on and draws the block anew; takes about a tenth of a second. */
void screen_draw(struct screen *s);

/* The last words, and the block is taken away. */
void screen_end(struct screen *s);

#endif
