/*
 * board: the page that the roles of one run share: what they are to do, set by
 * the parent before they start, and how far they are, for people.
 */
#ifndef MAIN_BOARD_H
#define MAIN_BOARD_H

#include <stdatomic.h>

#include "content/known.h"
#include "gate/panel.h"
#include "judge/align.h"
#include "judge/judge.h"
#include "main/validate.h"
#include "model/policy.h"
#include "os/ring.h"
#include "sensor/sensor.h"

enum { BOARD_SENSORS = 32, BOARD_SOURCES = 64, BOARD_NAME = 256, BOARD_FD = 200 };

/* Who tells the ledger, over a channel each. */
enum { INSCRIBE_PARENT, INSCRIBE_JUDGE, INSCRIBE_SPOOL, INSCRIBE_PEERS };

/* Messages in the rings. */
enum { BOARD_CLAIM = 1, BOARD_RECORD, BOARD_FINDING, BOARD_INCIDENT, BOARD_TICK, BOARD_MESSAGE };

struct board {
	int fd;              /* the maker's own */
	/* what to do */
	size_t   sensor_memory, judge_memory, message_memory; /* message_memory: of the judge, for pairing; 0: none are */
	uint64_t seed;
	uint8_t  key[32];
	unsigned events;
	int      jsonl_fd;   /* -1: no JSON lines */
	bool     align;      /* a run that only finds how far the taps' clocks are apart */
	int64_t  offset[BOARD_SENSORS]; /* what a place's clock is ahead of the first one's, us */
	bool     routes, routes_json;   /* tell the ways of messages at the end, to text_fd */
	bool     text, color;/* findings in words, to text_fd */
	int      text_fd;
	int      least;      /* severities up to this one are printed in words */
	char     store[BOARD_NAME], policy_path[BOARD_NAME], pki[BOARD_NAME]; /* pki: a CA's directory, "" for none */
	uint32_t sensors, sources;
	struct {
		char     name[64];             /* of the place */
		uint16_t place;                /* its number: that of the first reader of the same wire */
		uint32_t first, count;         /* its sources */
		int      ring_fd;
		int      tape_fd, tape_read_fd; /* its last frames: its own end, the spool's; -1: none */
	} sensor[BOARD_SENSORS];
	struct {
		char     name[BOARD_NAME];     /* a path, "-", or an interface */
		bool     live;
		uint16_t fanout;
	} source[BOARD_SOURCES];
	int record_ring_fd;
	/* The spool's: see main/spool.h. */
	unsigned tape_mib, evidence_mib, evidence_files; /* of each live sensor's tape; a day's share */
	int      spool_ring_fd;             /* -1: no spool */
	char     restore[BOARD_NAME];       /* of reconcile: where packets go unsealed, for who asked; "" for nowhere */
	int      restore_fd;                /* and the findings themselves; -1: nowhere */
	_Atomic uint32_t unspooled;         /* findings the spool was too busy for */
	/* The ledger's and the keys' processes: see main/inscribe.h, main/keys.h. */
	char state[BOARD_NAME];             /* the site's directory, "" for none */
	uint32_t verify_s, verify_whole_s;  /* how often the ledger is verified: what was added, all of it; 0: never */
	int post_fd, listen_fd, tls_fd;     /* of the roles post, witness, status and pki, which serve a command of their own */
	int verify_ring_fd;                 /* what is found then, for the judge */
	uint8_t policy_digest[32];          /* SHA-256 of the policy's file, by the settings role */
	/* One finding unfolded: see main/unfold.h. */
	struct {
		struct finding finding;
		int            capture_fd[2], slice_fd, out_fd;
	} unfold;
	bool unseals;                       /* the keys' process opens sealed evidence, */
	int  sealed_fd, plain_fd;           /* from here to there, and nothing else */
	bool alone;                         /* the ledger's process serves one command of a person */
	bool scep_legacy;                   /* of the role pki: weak clients of SCEP are let in */
	bool certifies;                     /* the keys' process has the CA's keys and no others; the role status serves its answers */
	int  list_fd;                       /* a list it is to sign lies there */
	bool presign;                       /* the role status signs its answers ahead */
	int  ask_fd[4], keys_fd[4];         /* by enum keys_peer: the asker's end, the keys' end */
	int  validate_fd[2];                /* the role pki's end, the role validate's */
	struct validate_places validate;
	int  tell_fd[INSCRIBE_PEERS], hear_fd[INSCRIBE_PEERS]; /* the teller's end, the ledger's end */
	struct known_table known; /* among the sensors: see content/known.h */
	struct policy policy; /* filled by the settings role before the others start */

	/* The gateway's: see main/gate.h.  Workers are witnesses as sensors are: their slots follow the sensors'. */
	struct {
		uint32_t workers, slots, first, conversations; /* slots 0: there is no gateway; first: of them among sensor */
		char     control[BOARD_NAME]; /* where orders are heard */
		int      panel_fd, trust_fd, listen_fd[POLICY_ROUTES];
		int      ask_fd[PANEL_SLOTS], lend_fd[PANEL_SLOTS]; /* the worker's end, the lender's */
		int      tell_fd[PANEL_SLOTS], heed_fd[PANEL_SLOTS]; /* the worker's end, the role trust's: made once */
	} gate;

	/* how far they are; each field has one writer */
	struct {
		struct sensor_counts counts;
		_Atomic uint64_t     position, size, drops;
		_Atomic uint32_t     failed;
		_Atomic uint32_t     missing;  /* of its jail */
		char                 trouble[320];
	} progress[BOARD_SENSORS];
	struct judge_counts judged;
	struct align_result aligned;
	_Atomic uint64_t    severity[5];   /* findings of each */
	_Atomic uint32_t    stop;          /* a signal: end cleanly */
	_Atomic uint32_t    done;          /* the judge has ended */
	_Atomic uint64_t    mismatches;    /* of the ledger, found by the role verify */
	_Atomic uint32_t    unwritten;     /* lines were lost: said once */
	_Atomic uint32_t    lock;          /* of the JSON lines' descriptor */
};

/* Makes the page; it becomes descriptor BOARD_FD of every role, far above those that files get.  ERR_IO, and errno, if something else is there. */
enum err board_new(struct board **out) MUST_USE;
/* From now on this one is what roles find, of several that a process made. */
enum err board_show(const struct board *b) MUST_USE;
/* The maker's view of it; the roles keep theirs. */
void board_free(struct board *b);
/* In a role: maps it. */
enum err board_open(struct board **out) MUST_USE;

/* The file or interface of this number, without its folders. */
const char *board_source(const struct board *b, uint16_t source);

/* Whole lines to a descriptor shared with other roles: collected, and written under the board's lock. */
struct board_lines {
	struct board *board;
	int           fd;
	struct buf    buf;
	bool          failed;
};
enum err board_lines_new(struct board *b, int fd, struct board_lines *out) MUST_USE;
/* A buffer with room for one more line of up to 16 KiB. */
struct buf *board_line(struct board_lines *l);
/* Writes what is collected.  What cannot be written is lost, and said on standard error, once a run. */
void        board_flush(struct board_lines *l);

#endif
