/*
 * command: the table of subcommands; help, completion and the man page's list
 * are made from it.  Extending is adding a row in command.c.
 */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

enum { EXIT_FINE = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_PART = 3, EXIT_DENIED = 4, EXIT_UNSAFE = 5, EXIT_LEDGER = 6 };

struct command {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *does;      /* one line */
	int (*run)(int argc, char **argv); /* argv[0] is the name */
	const char *more;      /* options, for its own help */
};

int command_run(int argc, char **argv);

int watch_run(int argc, char **argv);
int gate_command_run(int argc, char **argv);
int reconcile_run(int argc, char **argv);
int list_run(int argc, char **argv); /* device, service, flow, cert, finding: argv[0] says which */
int incident_run(int argc, char **argv);
int evidence_run(int argc, char **argv);
int doctor_run(int argc, char **argv);
int ledger_run(int argc, char **argv);
int init_run(int argc, char **argv);
int pki_run(int argc, char **argv);
int sign_run(int argc, char **argv);
int verify_run(int argc, char **argv);
int policy_run(int argc, char **argv);

#endif
