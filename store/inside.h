/* inside: what the files of this room share; nobody else includes it. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include <sqlite3.h>

#include "store/store.h"

enum statement { PUT_DEVICE, PUT_FLOW, PUT_CERT, PUT_FINDING, PUT_INCIDENT, STATEMENTS };

struct store {
	sqlite3      *db;
	sqlite3_stmt *put[STATEMENTS];
	bool          live; /* what is put is told as it happens */
};

/* Keeps what SQLite said for store_trouble; its nearest code. */
enum err inside_failed(sqlite3 *db);

/* The register's connection, for what shares its transactions. */
struct register_file;
sqlite3 *inside_register(struct register_file *r);

/* Runs statements that give no rows. */
enum err inside_run(struct store *s, const char *sql) MUST_USE;

#endif
