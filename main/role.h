/*
 * role: what one process of a run does: the binary runs itself once a role.
 * Extending is adding a row in role.c.
 */
#ifndef MAIN_ROLE_H
#define MAIN_ROLE_H

#include "main/board.h"

struct role {
	const char *name;
	const char *has_not; /* for people: what it gave up */
	int (*run)(struct board *b, uint32_t which);
};

/* Starts role name, number which; its process id or -1. */
int role_start(const char *name, uint32_t which);
/* In the child: runs it and ends. */
int role_main(const char *name, const char *which);
/* Closes every descriptor but standard ones, the board and those listed. */
void role_close_but(const int *keep, uint32_t count);

int settings_run(struct board *b, uint32_t which);
int sense_run(struct board *b, uint32_t which);
int deem_run(struct board *b, uint32_t which);
int record_run(struct board *b, uint32_t which);
int spool_run(struct board *b, uint32_t which);
int unfold_run(struct board *b, uint32_t which);
int keys_run(struct board *b, uint32_t which);
int inscribe_run(struct board *b, uint32_t which);
int recheck_run(struct board *b, uint32_t which);
int serve_run(struct board *b, uint32_t which);
int status_run(struct board *b, uint32_t which);
int enrol_run(struct board *b, uint32_t which);
int validate_run(struct board *b, uint32_t which);
int post_run(struct board *b, uint32_t which);
int gate_run(struct board *b, uint32_t which);
int lend_run(struct board *b, uint32_t which);
int trust_run(struct board *b, uint32_t which);
int probe_run(struct board *b, uint32_t which);

#endif
