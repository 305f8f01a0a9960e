/* x509: RFC 5280 section 4; X.690 section 8 for tags and 10.1 for lengths. */
#include "wire/x509.h"
#include "base/cursor.h"

enum {
	BOOLEAN = 0x01,
	INTEGER = 0x02,
	BIT_STRING = 0x03,
	OCTET_STRING = 0x04,
	OID = 0x06,
	UTC_TIME = 0x17,
	GENERALIZED_TIME = 0x18,
	SEQUENCE = 0x30,
	SET = 0x31,
	CONTEXT = 0x80, /* or CONSTRUCTED, and a number */
	CONSTRUCTED = 0x20,
};

/* --- DER ------------------------------------------------------------------ */

/* Length octets: the short form below 128, else the fewest octets that hold it; three are plenty here. */
static size_t
der_length(struct cursor *c)
{
	uint8_t  first = cursor_u8(c);
	uint32_t n;

	switch (first) {
	case 0x81: n = cursor_u8(c); break;
	case 0x82: n = cursor_u16(c); break;
	case 0x83: n = cursor_u24(c); break;
	default:
		if (first >= 0x80)
			cursor_fail(c);
		return first;
	}
	if (n < (first == 0x81 ? 0x80u : first == 0x82 ? 0x100u : 0x10000u))
		cursor_fail(c);
	return n;
}

/* The contents of the next element, whatever its tag; tags of more than one octet are refused. */
static struct bytes
der_any(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	if ((*tag & 0x1f) == 0x1f)
		cursor_fail(c);
	size_t n = der_length(c);
	return cursor_take(c, n);
}

/* The contents of the next element, which must have this tag. */
static struct bytes
der(struct cursor *c, uint8_t tag)
{
	uint8_t      found;
	struct bytes b = der_any(c, &found);

	if (found != tag)
		cursor_fail(c);
	return cursor_ok(c) ? b : bytes_head(b, 0);
}

/* The same with its header. */
static struct bytes
der_whole(struct cursor *c, uint8_t tag)
{
	const uint8_t *at = c->at;

	(void)der(c, tag);
	return cursor_ok(c) ? bytes_of(at, (size_t)(c->at - at)) : bytes_of(at, 0);
}

static bool
der_is(const struct cursor *c, uint8_t tag)
{
	struct cursor peek = *c;

	return cursor_left(&peek) && cursor_u8(&peek) == tag;
}

/* Contents of the next element if it has this tag, and nothing read if not. */
static struct bytes
der_maybe(struct cursor *c, uint8_t tag)
{
	return der_is(c, tag) ? der(c, tag) : bytes_of(c->at, 0);
}

/* A BIT STRING of whole octets. */
static struct bytes
der_octets(struct cursor *c)
{
	struct cursor s = cursor_over(der(c, BIT_STRING));

	if (cursor_u8(&s) != 0 || !cursor_ok(&s))
		cursor_fail(c);
	return cursor_rest(&s);
}

/* A small INTEGER that is not negative. */
static unsigned
der_small(struct cursor *c)
{
	struct bytes  b = der(c, INTEGER);
	struct cursor s = cursor_over(b);
	unsigned      v = 0;

	if (b.len == 0 || b.len > 3 || cursor_u8(&s) & 0x80)
		cursor_fail(c);
	for (s = cursor_over(b); cursor_left(&s) && cursor_ok(c);)
		v = v << 8 | cursor_u8(&s);
	return v;
}

/* How many bits an INTEGER has, its leading zeros not counted. */
static unsigned
der_bits(struct bytes integer)
{
	struct cursor c = cursor_over(integer);

	while (cursor_left(&c)) {
		uint8_t b = cursor_u8(&c);
		if (b)
			return (unsigned)cursor_left(&c) * 8 + 32u - (unsigned)__builtin_clz(b);
	}
	return 0;
}

static bool
is_oid(struct bytes oid, const char *der_bytes)
{
	return bytes_equal(oid, bytes_text(der_bytes));
}

/* --- times ---------------------------------------------------------------- */

static unsigned
digits(struct cursor *c, unsigned n, unsigned low, unsigned high)
{
	unsigned v = 0;

	for (; n; n--) {
		uint8_t d = cursor_u8(c);
		if (d < '0' || d > '9')
			cursor_fail(c);
		v = v * 10 + (d & 15u);
	}
	if (v < low || v > high)
		cursor_fail(c);
	return v;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar: years begin in March, so the leap day is the last. */
static int64_t
days(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t yday = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + yday - 719468;
}

static unsigned
month_days(unsigned year, unsigned month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* RFC 5280 section 4.1.2.5: YYMMDDHHMMSSZ of 1950 to 2049, or YYYYMMDDHHMMSSZ. */
static struct instant
moment(struct cursor *c)
{
	bool          utc = der_is(c, UTC_TIME);
	struct cursor s = cursor_over(der(c, utc ? UTC_TIME : GENERALIZED_TIME));

	unsigned year = utc ? digits(&s, 2, 0, 99) : digits(&s, 4, 0, 9999);
	if (utc)
		year += year < 50 ? 2000 : 1900;
	unsigned month = digits(&s, 2, 1, 12);
	unsigned day = digits(&s, 2, 1, month_days(year, month));
	unsigned hour = digits(&s, 2, 0, 23);
	unsigned minute = digits(&s, 2, 0, 59);
	unsigned second = digits(&s, 2, 0, 59);
	if (cursor_u8(&s) != 'Z' || !cursor_end(&s)) {
		cursor_fail(c);
		return (struct instant){ 0 };
	}
	return (struct instant){ (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * INSTANT_SECOND };
}

/* --- names, algorithms, keys ---------------------------------------------- */

/* Name ::= SEQUENCE OF SET OF SEQUENCE { type OID, value ANY } */
static struct bytes
distinguished(struct cursor *c, struct bytes *cn, struct bytes *o)
{
	const uint8_t *at = c->at;
	struct cursor  name = cursor_over(der(c, SEQUENCE));

	*cn = *o = bytes_of(at, 0);
	while (cursor_left(&name)) {
		struct cursor set = cursor_over(der(&name, SET));
		while (cursor_left(&set)) {
			struct cursor pair = cursor_over(der(&set, SEQUENCE));
			uint8_t       tag;
			struct bytes  type = der(&pair, OID);
			struct bytes  value = der_any(&pair, &tag);
			if (!cursor_end(&pair))
				cursor_fail(c);
			if (is_oid(type, "\x55\x04\x03"))
				*cn = value;
			else if (is_oid(type, "\x55\x04\x0a") && o->len == 0)
				*o = value;
		}
		if (!cursor_ok(&set))
			cursor_fail(c);
	}
	if (!cursor_ok(&name))
		cursor_fail(c);
	return cursor_ok(c) ? bytes_of(at, (size_t)(c->at - at)) : bytes_of(at, 0);
}

#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define ANSI_EC "\x2a\x86\x48\xce\x3d"
#define CERTICOM "\x2b\x81\x04"
#define TELETRUST "\x2b\x24\x03\x03\x02\x08\x01\x01"

static const struct {
	enum x509_algorithm algorithm;
	const char         *oid, *name;
	bool                weak;
} algorithms[] = {
	{ X509_RSA_SHA256, PKCS1 "\x0b", "rsa-sha256", false },
	{ X509_ECDSA_SHA256, ANSI_EC "\x04\x03\x02", "ecdsa-sha256", false },
	{ X509_ECDSA_SHA384, ANSI_EC "\x04\x03\x03", "ecdsa-sha384", false },
	{ X509_RSA_SHA384, PKCS1 "\x0c", "rsa-sha384", false },
	{ X509_RSA_SHA512, PKCS1 "\x0d", "rsa-sha512", false },
	{ X509_RSA_SHA1, PKCS1 "\x05", "rsa-sha1", true },
	{ X509_RSA_SHA1, "\x2b\x0e\x03\x02\x1d", "rsa-sha1", true }, /* OIW's older name for it */
	{ X509_RSA_PSS, PKCS1 "\x0a", "rsa-pss", false },
	{ X509_ED25519, "\x2b\x65\x70", "ed25519", false },
	{ X509_ED448, "\x2b\x65\x71", "ed448", false },
	{ X509_ECDSA_SHA512, ANSI_EC "\x04\x03\x04", "ecdsa-sha512", false },
	{ X509_ECDSA_SHA224, ANSI_EC "\x04\x03\x01", "ecdsa-sha224", false },
	{ X509_ECDSA_SHA1, ANSI_EC "\x04\x01", "ecdsa-sha1", true },
	{ X509_RSA_SHA224, PKCS1 "\x0e", "rsa-sha224", false },
	{ X509_RSA_MD5, PKCS1 "\x04", "rsa-md5", true },
	{ X509_RSA_MD2, PKCS1 "\x02", "rsa-md2", true },
	{ X509_DSA_SHA1, "\x2a\x86\x48\xce\x38\x04\x03", "dsa-sha1", true },
	{ X509_DSA_SHA256, "\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa-sha256", false },
};

static enum x509_algorithm
algorithm_of(struct bytes oid)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (is_oid(oid, algorithms[i].oid))
			return algorithms[i].algorithm;
	return X509_UNKNOWN_SIGNATURE;
}

#define OID_BYTES(s) s, sizeof(s) - 1 /* a zero octet is in some */

static const struct {
	const char *oid;
	size_t      len;
	unsigned    bits;
} curves[] = {
	{ OID_BYTES(ANSI_EC "\x03\x01\x07"), 256 }, /* P-256 */
	{ OID_BYTES(CERTICOM "\x00\x22"), 384 },    /* P-384 */
	{ OID_BYTES(CERTICOM "\x00\x23"), 521 },    /* P-521 */
	{ OID_BYTES(CERTICOM "\x00\x21"), 224 },    /* P-224 */
	{ OID_BYTES(ANSI_EC "\x03\x01\x01"), 192 }, /* P-192 */
	{ OID_BYTES(CERTICOM "\x00\x0a"), 256 },    /* secp256k1 */
	{ OID_BYTES(TELETRUST "\x07"), 256 },       /* brainpoolP256r1 */
	{ OID_BYTES(TELETRUST "\x0b"), 384 },
	{ OID_BYTES(TELETRUST "\x0d"), 512 },
};

static unsigned
curve_bits(struct bytes oid)
{
	for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
		if (bytes_equal(oid, bytes_of(curves[i].oid, curves[i].len)))
			return curves[i].bits;
	return 0;
}

/* SEQUENCE { SEQUENCE { algorithm OID, parameters ANY }, key BIT STRING } */
static void
public_key(struct cursor *c, struct x509 *out)
{
	struct cursor peek = *c;

	out->spki = der_whole(c, SEQUENCE);
	struct cursor s = cursor_over(der(&peek, SEQUENCE));
	struct cursor id = cursor_over(der(&s, SEQUENCE));
	out->key_oid = der(&id, OID);
	out->public_key = der_octets(&s);
	if (!cursor_ok(&id) || !cursor_end(&s)) {
		cursor_fail(c);
		return;
	}
	if (is_oid(out->key_oid, PKCS1 "\x01") || is_oid(out->key_oid, PKCS1 "\x0a")) {
		struct cursor key = cursor_over(out->public_key);
		struct cursor numbers = cursor_over(der(&key, SEQUENCE));
		out->key = X509_KEY_RSA;
		out->key_bits = der_bits(der(&numbers, INTEGER));
		(void)der(&numbers, INTEGER);
		if (!cursor_end(&key) || !cursor_end(&numbers))
			cursor_fail(c);
	} else if (is_oid(out->key_oid, ANSI_EC "\x02\x01")) {
		out->key = X509_KEY_EC;
		if (der_is(&id, OID)) { /* else the curve is described in full, which RFC 5480 forbids */
			out->key_oid = der(&id, OID);
			out->key_bits = curve_bits(out->key_oid);
		}
	} else if (is_oid(out->key_oid, "\x2b\x65\x70")) {
		out->key = X509_KEY_ED25519;
		out->key_bits = 256;
	} else if (is_oid(out->key_oid, "\x2b\x65\x71")) {
		out->key = X509_KEY_ED448;
		out->key_bits = 456;
	} else if (is_oid(out->key_oid, "\x2a\x86\x48\xce\x38\x04\x01")) {
		struct cursor numbers = cursor_over(der_maybe(&id, SEQUENCE));
		out->key = X509_KEY_DSA;
		out->key_bits = der_bits(der_maybe(&numbers, INTEGER));
	}
}

/* --- extensions ----------------------------------------------------------- */

/* GeneralName (section 4.2.1.6): a context tag for each kind. */
bool
x509_name_next(struct bytes *list, struct x509_name *out)
{
	struct cursor c = cursor_over(*list);
	uint8_t       tag = 0;

	while (cursor_left(&c)) {
		out->value = der_any(&c, &tag);
		if (!cursor_ok(&c))
			break;
		switch (tag) {
		case CONTEXT | X509_NAME_EMAIL:
		case CONTEXT | X509_NAME_DNS:
		case CONTEXT | X509_NAME_URI:
		case CONTEXT | X509_NAME_IP:
			out->type = (enum x509_name_type)(tag & 0x1f);
			*list = cursor_rest(&c);
			return true;
		default:
			break;
		}
	}
	*list = bytes_skip(*list, list->len);
	return false;
}

/* Contents of a SEQUENCE that fills data, every element of it whole. */
static struct bytes
sequence(struct bytes data, bool *bad)
{
	struct cursor c = cursor_over(data);
	struct bytes  list = der(&c, SEQUENCE);
	uint8_t       tag;

	*bad |= !cursor_end(&c);
	for (struct cursor s = cursor_over(list); cursor_left(&s);) {
		(void)der_any(&s, &tag);
		if (!cursor_ok(&s)) {
			*bad = true;
			return bytes_head(list, 0);
		}
	}
	return list;
}

static void
alt_names(struct bytes data, struct x509 *out, bool *bad)
{
	struct x509_name n;

	out->names_der = sequence(data, bad);
	for (struct bytes left = out->names_der; x509_name_next(&left, &n);) {
		if (n.type == X509_NAME_IP && n.value.len != 4 && n.value.len != 16)
			*bad = true;
		if (n.type != X509_NAME_IP && bytes_find(n.value, 0) < n.value.len)
			*bad = true; /* a NUL that would end the name for a careless reader */
		if (out->nnames < X509_NAMES)
			out->names[out->nnames++] = n;
		else
			out->more_names = true;
	}
}

static void
constraints(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	out->has_constraints = true;
	if (der_is(&s, BOOLEAN)) {
		struct cursor b = cursor_over(der(&s, BOOLEAN));
		out->ca = cursor_u8(&b) != 0;
	}
	if (cursor_left(&s))
		out->path_len = (int)der_small(&s);
	*bad |= !cursor_end(&s);
}

/* A BIT STRING of named bits: bit 0 is the highest of the first octet. */
static void
usage(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor c = cursor_over(data);
	struct cursor s = cursor_over(der(&c, BIT_STRING));

	*bad |= !cursor_end(&c) || cursor_u8(&s) > 7 || !cursor_ok(&s);
	out->has_usage = true;
	unsigned bits = (unsigned)cursor_u8(&s) << 8;
	if (cursor_left(&s))
		bits |= cursor_u8(&s);
	for (unsigned i = 0; i < 9; i++)
		if (bits & 0x8000u >> i)
			out->usage |= 1u << i;
}

#define PKIX "\x2b\x06\x01\x05\x05\x07"

static unsigned
purpose(struct bytes oid)
{
	static const unsigned known[] = { [1] = X509_FOR_SERVER, X509_FOR_CLIENT, X509_FOR_CODE, X509_FOR_EMAIL, [8] = X509_FOR_TIME, X509_FOR_OCSP };

	if (bytes_equal(oid, bytes_of("\x55\x1d\x25\x00", 4)))
		return X509_FOR_ANY;
	if (oid.len == 8 && bytes_begin(oid, PKIX "\x03") && oid.at[7] < sizeof known / sizeof known[0] && known[oid.at[7]])
		return known[oid.at[7]];
	return X509_FOR_OTHER;
}

static void
purposes(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	out->has_purposes = true;
	while (cursor_left(&s))
		out->purposes |= purpose(der(&s, OID));
	*bad |= !cursor_ok(&s);
}

static void
first_url(struct bytes names, struct bytes *url)
{
	struct x509_name n;

	while (url->len == 0 && x509_name_next(&names, &n))
		if (n.type == X509_NAME_URI)
			*url = n.value;
}

/* SEQUENCE OF SEQUENCE { [0] { [0] GeneralNames } … } (section 4.2.1.13) */
static void
crl_points(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	while (cursor_left(&s)) {
		struct cursor point = cursor_over(der(&s, SEQUENCE));
		struct cursor where = cursor_over(der_maybe(&point, CONTEXT | CONSTRUCTED));
		first_url(der_maybe(&where, CONTEXT | CONSTRUCTED), &out->crl_url);
		*bad |= !cursor_ok(&point) || !cursor_ok(&where);
	}
	*bad |= !cursor_ok(&s);
}

/* SEQUENCE OF SEQUENCE { method OID, GeneralName } (section 4.2.2.1) */
static void
authority_info(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	while (cursor_left(&s)) {
		struct cursor access = cursor_over(der(&s, SEQUENCE));
		struct bytes  method = der(&access, OID);
		if (is_oid(method, PKIX "\x30\x01"))
			first_url(cursor_rest(&access), &out->ocsp_url);
		else if (is_oid(method, PKIX "\x30\x02"))
			first_url(cursor_rest(&access), &out->issuer_url);
		*bad |= !cursor_ok(&access);
	}
	*bad |= !cursor_ok(&s);
}

static void
subject_key(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor c = cursor_over(data);

	out->subject_key = der(&c, OCTET_STRING);
	*bad |= !cursor_end(&c);
}

static void
authority_key(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	out->authority_key = der_maybe(&s, CONTEXT);
}

/* RFC 7633: the numbers of TLS extensions the server must send; 5 is status_request, 17 its second version. */
static void
features(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	while (cursor_left(&s)) {
		unsigned f = der_small(&s);
		out->must_staple |= cursor_ok(&s) && (f == 5 || f == 17);
	}
	*bad |= !cursor_ok(&s);
}

static void
timestamps(struct bytes data, struct x509 *out, bool *bad)
{
	(void)data;
	(void)bad;
	out->has_scts = true;
}

static void
read_elsewhere(struct bytes data, struct x509 *out, bool *bad)
{
	(void)data;
	(void)out;
	(void)bad;
}

/* The extensions read here; the last two rows are known to whoever validates a chain. */
static const struct {
	const char *oid;
	void (*read)(struct bytes data, struct x509 *out, bool *bad);
} extensions[] = {
	{ "\x55\x1d\x0f", usage },
	{ "\x55\x1d\x13", constraints },
	{ "\x55\x1d\x25", purposes },
	{ "\x55\x1d\x0e", subject_key },
	{ "\x55\x1d\x23", authority_key },
	{ "\x55\x1d\x11", alt_names },
	{ PKIX "\x01\x01", authority_info },
	{ "\x55\x1d\x1f", crl_points },
	{ PKIX "\x01\x18", features },
	{ "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02", timestamps },
	{ "\x55\x1d\x20", read_elsewhere }, /* certificatePolicies */
	{ "\x55\x1d\x1e", read_elsewhere }, /* nameConstraints */
};

/* SEQUENCE OF SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, value OCTET STRING } */
static void
read_extensions(struct cursor *c, struct x509 *out)
{
	struct cursor outer = cursor_over(der(c, CONTEXT | CONSTRUCTED | 3));
	struct cursor list = cursor_over(der(&outer, SEQUENCE));
	unsigned      seen = 0;

	while (cursor_left(&list)) {
		struct cursor x = cursor_over(der(&list, SEQUENCE));
		struct bytes  oid = der(&x, OID);
		struct cursor b = cursor_over(der_maybe(&x, BOOLEAN));
		bool          critical = cursor_left(&b) && cursor_u8(&b) != 0;
		struct bytes  data = der(&x, OCTET_STRING);
		if (!cursor_end(&x)) {
			cursor_fail(c);
			return;
		}
		size_t i = 0, n = sizeof extensions / sizeof extensions[0];
		while (i < n && !is_oid(oid, extensions[i].oid))
			i++;
		if (i == n) {
			out->unknown_critical |= critical;
		} else if (seen & 1u << i) {
			out->odd = true;
		} else {
			seen |= 1u << i;
			extensions[i].read(data, out, &out->odd);
		}
	}
	if (!cursor_end(&outer) || !cursor_ok(&list))
		cursor_fail(c);
}

/* --- the certificate ------------------------------------------------------ */

static bool
read_tbs(struct bytes contents, struct bytes outer_algorithm, struct x509 *out)
{
	struct cursor c = cursor_over(contents);

	out->version = 1;
	if (der_is(&c, CONTEXT | CONSTRUCTED)) {
		struct cursor v = cursor_over(der(&c, CONTEXT | CONSTRUCTED));
		out->version = der_small(&v) + 1;
		if (!cursor_end(&v) || out->version > 3)
			return false;
	}
	out->serial = der(&c, INTEGER);
	struct bytes algorithm = der_whole(&c, SEQUENCE);
	out->issuer = distinguished(&c, &out->issuer_cn, &out->issuer_o);
	struct cursor validity = cursor_over(der(&c, SEQUENCE));
	out->not_before = moment(&validity);
	out->not_after = moment(&validity);
	out->subject = distinguished(&c, &out->subject_cn, &out->subject_o);
	public_key(&c, out);
	if (!cursor_ok(&c) || !cursor_end(&validity) || out->serial.len == 0)
		return false;
	out->odd |= !bytes_equal(algorithm, outer_algorithm); /* section 4.1.1.2 */
	(void)der_maybe(&c, CONTEXT | 1);
	(void)der_maybe(&c, CONTEXT | 2);
	if (cursor_left(&c))
		read_extensions(&c, out);
	return cursor_end(&c);
}

enum err
x509_parse(struct bytes in, struct x509 *out)
{
	struct cursor      c = cursor_over(in), head = c;
	const struct bytes none = bytes_head(in, 0);

	/* Views of what is not there are empty, not NULL: they may be given to a cursor. */
	*out = (struct x509){
		.whole = in,
		.path_len = -1,
		.names_der = none,
		.authority_key = none,
		.subject_key = none,
		.crl_url = none,
		.ocsp_url = none,
		.issuer_url = none,
	};
	uint8_t tag = cursor_u8(&head);
	if (in.len < 4)
		return ERR_SHORT;
	size_t n = der_length(&head);
	if (cursor_ok(&head) && n > cursor_left(&head))
		return ERR_SHORT;
	struct cursor s = cursor_over(der(&c, SEQUENCE));
	if (tag != SEQUENCE || !cursor_end(&c))
		return ERR_FORM;

	struct cursor peek = s;
	out->tbs = der_whole(&s, SEQUENCE);
	struct bytes  contents = der(&peek, SEQUENCE);
	struct cursor id = s;
	struct bytes  algorithm = der_whole(&s, SEQUENCE);
	struct cursor inside = cursor_over(der(&id, SEQUENCE));
	out->algorithm_oid = der(&inside, OID);
	out->algorithm = algorithm_of(out->algorithm_oid);
	out->signature = der_octets(&s);
	if (!cursor_end(&s) || !cursor_ok(&inside))
		return ERR_FORM;
	return read_tbs(contents, algorithm, out) ? OK : ERR_FORM;
}

bool
x509_self_issued(const struct x509 *c)
{
	return bytes_equal(c->issuer, c->subject);
}

/* --- words ---------------------------------------------------------------- */

const char *
x509_algorithm_text(enum x509_algorithm a)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (algorithms[i].algorithm == a)
			return algorithms[i].name;
	return "unknown";
}

bool
x509_algorithm_weak(enum x509_algorithm a)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (algorithms[i].algorithm == a)
			return algorithms[i].weak;
	return false;
}

const char *
x509_key_text(enum x509_key k)
{
	switch (k) {
	case X509_KEY_RSA:     return "rsa";
	case X509_KEY_DSA:     return "dsa";
	case X509_KEY_EC:      return "ec";
	case X509_KEY_ED25519: return "ed25519";
	case X509_KEY_ED448:   return "ed448";
	default:               return "unknown";
	}
}
