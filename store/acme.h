/*
 * acme: accounts, orders and authorizations of ACME (model/acme.h), in the
 * register's file and in its transactions: who issues for an order commits
 * the certificate and the order together.
 */
#ifndef STORE_ACME_H
#define STORE_ACME_H

#include "model/acme.h"
#include "store/register.h"

struct acme_file;

/* Makes its tables if they are not there.  r must outlive it. */
enum err acme_open(struct register_file *r, struct acme_file **out) MUST_USE;
void     acme_close(struct acme_file *f);

struct acme_store acme_store(struct acme_file *f);

/* A binding, new; ERR_USAGE: there is one of this kid. */
enum err acme_admit(struct acme_file *f, const struct acme_binding *b, int64_t now) MUST_USE;

#endif
