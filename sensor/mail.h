/*
 * mail: the protocols in which TLS is asked for by STARTTLS (SMTP, IMAP, POP3,
 * FTP, XMPP, LDAP).  Claims: STARTTLS offer, credential.
 */
#ifndef SENSOR_MAIL_H
#define SENSOR_MAIL_H

#include "sensor/flow.h"

bool   mail_looks(const struct flow *f, int side, struct bytes in);
size_t mail_stream(struct sensor *s, struct packet *p, int side, struct bytes in);

struct mails *mail_new(size_t memory, uint64_t seed);
void          mail_free(struct mails *t);

#endif
