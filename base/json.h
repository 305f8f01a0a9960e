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

/*
 * A key is a literal in almost every call: where all is inlined, its length is
 * known and the whole of ,"key": is one piece of memory to fill with moves.
 */
#define JSON_WITHIN static inline __attribute__((always_inline))

JSON_WITHIN void
json_key(struct buf *b, const char *key)
{
	uint8_t  last = b->len ? b->at[b->len - 1] : '\n';
	bool     comma = last != '{' && last != '[' && last != '\n';
	size_t   len = key ? strlen(key) : 0;
	uint8_t *p = buf_room(b, comma + (key ? len + 3 : 0));

	if (!p)
		return;
	if (comma)
		*p++ = ',';
	if (!key)
		return;
	p[0] = '"';
	memcpy(p + 1, key, len);
	p[len + 1] = '"';
	p[len + 2] = ':';
}

void json_value_open(struct buf *b, char kind);
void json_value_bytes(struct buf *b, struct bytes v);
void json_value_number(struct buf *b, int64_t v);
void json_value_bool(struct buf *b, bool v);
void json_value_hex(struct buf *b, struct bytes v);
void json_value_mac(struct buf *b, struct mac v);
void json_value_addr(struct buf *b, struct addr v);
void json_value_instant(struct buf *b, struct instant v);

/* Members of an object; with key NULL, elements of an array. */
#define JSON_MEMBER(name, type)                                                \
	JSON_WITHIN void json_##name(struct buf *b, const char *key, type v)   \
	{                                                                      \
		json_key(b, key);                                              \
		json_value_##name(b, v);                                       \
	}
JSON_MEMBER(open, char) /* opens an object or array: '{' or '[' */
JSON_MEMBER(bytes, struct bytes)
JSON_MEMBER(number, int64_t)
JSON_MEMBER(bool, bool)
JSON_MEMBER(hex, struct bytes)
JSON_MEMBER(mac, struct mac)
JSON_MEMBER(addr, struct addr)
JSON_MEMBER(instant, struct instant)
#undef JSON_MEMBER

JSON_WITHIN void
json_text(struct buf *b, const char *key, const char *v)
{
	json_key(b, key);
	json_value_bytes(b, bytes_text(v));
}

/* The same, but nothing for what is empty. */
JSON_WITHIN void
json_text_if(struct buf *b, const char *key, const char *v)
{
	if (v[0])
		json_text(b, key, v);
}

JSON_WITHIN void
json_bytes_if(struct buf *b, const char *key, struct bytes v)
{
	if (v.len)
		json_bytes(b, key, v);
}

JSON_WITHIN void
json_addr_if(struct buf *b, const char *key, struct addr v)
{
	if (!addr_none(v))
		json_addr(b, key, v);
}

/* Closes an object or array ('}' or ']'). */
static inline void
json_close(struct buf *b, char kind)
{
	buf_u8(b, (uint8_t)kind);
}

#endif
