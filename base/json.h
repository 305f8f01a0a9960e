/*
 * json: one line of JSON out, straight into a buffer (RFC 8259).
 *
 * For the packet path, where nothing is allocated; everything else uses a
 * library.  Members are written in the order of the calls:
 *
 *	json_open(b, NULL, '{'); json_text(b, "rule", v); json_close(b, '}');
 *
 * Foreign bytes are escaped, and what is not UTF-8 is written as the code
 * point of the byte (Latin-1), so a line is always valid JSON.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/addr.h"
#include "base/instant.h"

/* Opens an object or array ('{' or '['), as a member if key is not NULL. */
void json_open(struct buf *b, const char *key, char kind);
/* Closes it ('}' or ']'). */
void json_close(struct buf *b, char kind);

/* Members of an object; with key NULL, elements of an array. */
void json_bytes(struct buf *b, const char *key, struct bytes v);
void json_text(struct buf *b, const char *key, const char *v);
void json_number(struct buf *b, const char *key, int64_t v);
void json_bool(struct buf *b, const char *key, bool v);
void json_hex(struct buf *b, const char *key, struct bytes v);
void json_mac(struct buf *b, const char *key, struct mac v);
void json_addr(struct buf *b, const char *key, struct addr v);
void json_instant(struct buf *b, const char *key, struct instant v);

#endif
