/* run: the parent of roles: starts them, waits for them, and lets nobody wait for one that is gone. */
#ifndef MAIN_RUN_H
#define MAIN_RUN_H

#include "main/board.h"
#include "main/screen.h"

/* The board of a new run, with everything at its default; NULL: said why. */
struct board *run_new(void);

/* Starts a role: its process id; 0: it could not be, which was said, and nobody waits for it. */
int run_start(struct board *b, const char *role, uint32_t which);

/* The policy is read, if there is one; then sensors, judge and record run to their end.  The exit code; screen may be NULL. */
int run_all(struct board *b, struct screen *screen);

/* --state DIR: the run keeps its record and its ledger there.  --verify SECONDS[,SECONDS].  false: it makes no sense. */
bool run_site(struct board *b, const char *dir);
bool run_verify(struct board *b, const char *seconds);

/* Waits for every role that was started; the worst exit of all. */
int run_wait(struct board *b, struct screen *screen);

#endif
