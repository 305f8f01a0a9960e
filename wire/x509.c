/* x509: RFC 5280 section 4; X.690 section 8 for tags and 10.1 for lengths. */
#include "wire/x509.h"
#include "wire/der.h"

/* --- names, algorithms, keys ---------------------------------------------- */

/* Name ::= SEQUENCE OF SET OF SEQUENCE { type OID, value ANY } */
static struct bytes
distinguished(struct cursor *c, struct bytes *cn, struct bytes *o)
{
	const uint8_t *at = c->at;
	struct cursor  name = cursor_over(der_take(c, DER_SEQUENCE));

	*cn = *o = bytes_of(at, 0);
	while (cursor_left(&name)) {
		struct cursor set = cursor_over(der_take(&name, DER_SET));
		while (cursor_left(&set)) {
			struct cursor pair = cursor_over(der_take(&set, DER_SEQUENCE));
			uint8_t       tag;
			struct bytes  type = der_take(&pair, DER_OID);
			struct bytes  value = der_any(&pair, &tag);
			if (!cursor_end(&pair))
				cursor_fail(c);
			if (der_is_oid(type, "\x55\x04\x03"))
				*cn = value;
			else if (der_is_oid(type, "\x55\x04\x0a") && o->len == 0)
				*o = value;
		}
		if (!cursor_ok(&set))
			cursor_fail(c);
	}
	if (!cursor_ok(&name))
		cursor_fail(c);
	return cursor_ok(c) ? bytes_of(at, (size_t)(c->at - at)) : bytes_of(at, 0);
}

void
x509_read_subject(struct cursor *c, struct x509 *out)
{
	out->subject = distinguished(c, &out->subject_cn, &out->subject_o);
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
		if (der_is_oid(oid, algorithms[i].oid))
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
void
x509_read_key(struct cursor *c, struct x509 *out)
{
	struct cursor peek = *c;

	out->spki = der_whole(c, DER_SEQUENCE);
	struct cursor s = cursor_over(der_take(&peek, DER_SEQUENCE));
	struct cursor id = cursor_over(der_take(&s, DER_SEQUENCE));
	out->key_oid = der_take(&id, DER_OID);
	out->public_key = der_octets(&s);
	if (!cursor_ok(&id) || !cursor_end(&s)) {
		cursor_fail(c);
		return;
	}
	if (der_is_oid(out->key_oid, PKCS1 "\x01") || der_is_oid(out->key_oid, PKCS1 "\x0a")) {
		struct cursor key = cursor_over(out->public_key);
		struct cursor numbers = cursor_over(der_take(&key, DER_SEQUENCE));
		out->key = X509_KEY_RSA;
		out->key_bits = der_bits(der_take(&numbers, DER_INTEGER));
		(void)der_take(&numbers, DER_INTEGER);
		if (!cursor_end(&key) || !cursor_end(&numbers))
			cursor_fail(c);
	} else if (der_is_oid(out->key_oid, ANSI_EC "\x02\x01")) {
		out->key = X509_KEY_EC;
		if (der_is(&id, DER_OID)) { /* else the curve is described in full, which RFC 5480 forbids */
			out->key_oid = der_take(&id, DER_OID);
			out->key_bits = curve_bits(out->key_oid);
		}
	} else if (der_is_oid(out->key_oid, "\x2b\x65\x70")) {
		out->key = X509_KEY_ED25519;
		out->key_bits = 256;
	} else if (der_is_oid(out->key_oid, "\x2b\x65\x71")) {
		out->key = X509_KEY_ED448;
		out->key_bits = 456;
	} else if (der_is_oid(out->key_oid, "\x2a\x86\x48\xce\x38\x04\x01")) {
		struct cursor numbers = cursor_over(der_maybe(&id, DER_SEQUENCE));
		out->key = X509_KEY_DSA;
		out->key_bits = der_bits(der_maybe(&numbers, DER_INTEGER));
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
		case DER_CONTEXT | X509_NAME_EMAIL:
		case DER_CONTEXT | X509_NAME_DNS:
		case DER_CONTEXT | X509_NAME_URI:
		case DER_CONTEXT | X509_NAME_IP:
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
	struct bytes  list = der_take(&c, DER_SEQUENCE);
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
	if (der_is(&s, DER_BOOLEAN)) {
		struct cursor b = cursor_over(der_take(&s, DER_BOOLEAN));
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
	struct cursor s = cursor_over(der_take(&c, DER_BIT_STRING));

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
#define ACME_IDENTIFIER PKIX "\x01\x1f"

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
		out->purposes |= purpose(der_take(&s, DER_OID));
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
		struct cursor point = cursor_over(der_take(&s, DER_SEQUENCE));
		struct cursor where = cursor_over(der_maybe(&point, DER_CONTEXT | DER_CONSTRUCTED));
		first_url(der_maybe(&where, DER_CONTEXT | DER_CONSTRUCTED), &out->crl_url);
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
		struct cursor access = cursor_over(der_take(&s, DER_SEQUENCE));
		struct bytes  method = der_take(&access, DER_OID);
		if (der_is_oid(method, PKIX "\x30\x01"))
			first_url(cursor_rest(&access), &out->ocsp_url);
		else if (der_is_oid(method, PKIX "\x30\x02"))
			first_url(cursor_rest(&access), &out->issuer_url);
		*bad |= !cursor_ok(&access);
	}
	*bad |= !cursor_ok(&s);
}

static void
subject_key(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor c = cursor_over(data);

	out->subject_key = der_take(&c, DER_OCTET_STRING);
	*bad |= !cursor_end(&c);
}

static void
authority_key(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor s = cursor_over(sequence(data, bad));

	out->authority_key = der_maybe(&s, DER_CONTEXT);
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

/* NameConstraints ::= SEQUENCE { permitted [0], excluded [1] } (section 4.2.1.10): whoever validates a chain holds names to it. */
static void
name_constraints(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor c = cursor_over(data);
	struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));

	(void)bad;
	out->permitted = der_maybe(&s, DER_EXPLICIT | 0);
}

/* Authorization ::= OCTET STRING (SIZE (32)) (RFC 8737 section 3) */
static void
acme_identifier(struct bytes data, struct x509 *out, bool *bad)
{
	struct cursor c = cursor_over(data);

	out->acme = der_take(&c, DER_OCTET_STRING);
	*bad |= !cursor_end(&c) || out->acme.len != 32;
}

/* The extensions read here; certificatePolicies is known to whoever validates a chain. */
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
	{ "\x55\x1d\x20", read_elsewhere },
	{ "\x55\x1d\x1e", name_constraints },
	{ ACME_IDENTIFIER, acme_identifier },
};

/* SEQUENCE OF SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, value OCTET STRING } */
void
x509_read_extensions(struct cursor *c, struct x509 *out)
{
	struct cursor list = cursor_over(der_take(c, DER_SEQUENCE));
	unsigned      seen = 0;

	while (cursor_left(&list)) {
		struct cursor x = cursor_over(der_take(&list, DER_SEQUENCE));
		struct bytes  oid = der_take(&x, DER_OID);
		struct cursor b = cursor_over(der_maybe(&x, DER_BOOLEAN));
		bool          critical = cursor_left(&b) && cursor_u8(&b) != 0;
		struct bytes  data = der_take(&x, DER_OCTET_STRING);
		if (!cursor_end(&x)) {
			cursor_fail(c);
			return;
		}
		size_t i = 0, n = sizeof extensions / sizeof extensions[0];
		while (i < n && !der_is_oid(oid, extensions[i].oid))
			i++;
		if (i == n) {
			out->unknown_critical |= critical;
		} else if (seen & 1u << i) {
			out->odd = true;
		} else {
			seen |= 1u << i;
			extensions[i].read(data, out, &out->odd);
			if (!critical && extensions[i].read == acme_identifier)
				out->acme.len = 0;
		}
	}
	if (!cursor_ok(&list))
		cursor_fail(c);
}

/* --- the certificate ------------------------------------------------------ */

/* outer_algorithm: of the certificate around it, empty if there is none. */
static bool
read_tbs(struct bytes contents, struct bytes outer_algorithm, struct x509 *out)
{
	struct cursor c = cursor_over(contents);

	out->version = 1;
	if (der_is(&c, DER_CONTEXT | DER_CONSTRUCTED)) {
		struct cursor v = cursor_over(der_take(&c, DER_CONTEXT | DER_CONSTRUCTED));
		out->version = der_small(&v) + 1;
		if (!cursor_end(&v) || out->version > 3)
			return false;
	}
	out->serial = der_take(&c, DER_INTEGER);
	struct bytes algorithm = der_whole(&c, DER_SEQUENCE);
	out->issuer = distinguished(&c, &out->issuer_cn, &out->issuer_o);
	struct cursor validity = cursor_over(der_take(&c, DER_SEQUENCE));
	out->not_before = der_moment(&validity);
	out->not_after = der_moment(&validity);
	x509_read_subject(&c, out);
	x509_read_key(&c, out);
	if (!cursor_ok(&c) || !cursor_end(&validity) || out->serial.len == 0)
		return false;
	out->odd |= outer_algorithm.len && !bytes_equal(algorithm, outer_algorithm); /* section 4.1.1.2 */
	(void)der_maybe(&c, DER_CONTEXT | 1);
	(void)der_maybe(&c, DER_CONTEXT | 2);
	if (cursor_left(&c)) {
		struct cursor x = cursor_over(der_take(&c, DER_CONTEXT | DER_CONSTRUCTED | 3));
		x509_read_extensions(&x, out);
		if (!cursor_end(&x))
			return false;
	}
	return cursor_end(&c);
}

struct x509
x509_blank(struct bytes in)
{
	const struct bytes none = bytes_head(in, 0);

	/* Views of what is not there are empty, not NULL: they may be given to a cursor. */
	return (struct x509){
		.whole = in,
		.path_len = -1,
		.names_der = none,
		.permitted = none,
		.acme = none,
		.authority_key = none,
		.subject_key = none,
		.crl_url = none,
		.ocsp_url = none,
		.issuer_url = none,
		.signature = none,
	};
}

/* SEQUENCE { algorithm OID, parameters ANY } */
enum x509_algorithm
x509_read_algorithm(struct cursor *c, struct bytes *oid)
{
	struct cursor inside = cursor_over(der_take(c, DER_SEQUENCE));

	*oid = der_take(&inside, DER_OID);
	if (!cursor_ok(&inside))
		cursor_fail(c);
	return algorithm_of(*oid);
}

enum err
x509_parse_tbs(struct bytes in, struct x509 *out)
{
	struct cursor c = cursor_over(in);

	*out = x509_blank(in);
	out->tbs = in;
	struct bytes contents = der_take(&c, DER_SEQUENCE);
	return cursor_end(&c) && read_tbs(contents, bytes_head(in, 0), out) ? OK : ERR_FORM;
}

enum err
x509_parse(struct bytes in, struct x509 *out)
{
	struct cursor c = cursor_over(in), head = c;

	*out = x509_blank(in);
	uint8_t tag = cursor_u8(&head);
	if (in.len < 4)
		return ERR_SHORT;
	size_t n = der_length(&head);
	if (cursor_ok(&head) && n > cursor_left(&head))
		return ERR_SHORT;
	struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));
	if (tag != DER_SEQUENCE || !cursor_end(&c))
		return ERR_FORM;

	struct cursor peek = s;
	out->tbs = der_whole(&s, DER_SEQUENCE);
	struct bytes  contents = der_take(&peek, DER_SEQUENCE);
	struct cursor id = s;
	struct bytes  algorithm = der_whole(&s, DER_SEQUENCE);
	out->algorithm = x509_read_algorithm(&id, &out->algorithm_oid);
	out->signature = der_octets(&s);
	if (!cursor_end(&s) || !cursor_ok(&id))
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
