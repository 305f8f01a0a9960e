/* tls: the tables of names and suites that IANA keeps ("Transport Layer Security (TLS) Parameters"). */
#include "wire/tls.h"

const char *
tls_version_text(uint16_t version)
{
	switch (version) {
	case 0x0002: return "SSL 2.0";
	case 0x0300: return "SSL 3.0";
	case 0x0301: return "TLS 1.0";
	case 0x0302: return "TLS 1.1";
	case 0x0303: return "TLS 1.2";
	case 0x0304: return "TLS 1.3";
	case 0x0100: return "DTLS 1.0 draft";
	case 0xfeff: return "DTLS 1.0";
	case 0xfefd: return "DTLS 1.2";
	case 0xfefc: return "DTLS 1.3";
	default:     return "unknown";
	}
}

/* IANA "TLS Alerts". */
static const struct {
	uint8_t     description;
	const char *name;
} alerts[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ 22, "record_overflow" },
	{ 30, "decompression_failure" },
	{ 40, "handshake_failure" },
	{ 41, "no_certificate" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 60, "export_restriction" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 111, "certificate_unobtainable" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 114, "bad_certificate_hash_value" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
	{ 121, "ech_required" },
};

const char *
tls_alert_text(uint8_t description)
{
	for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
		if (alerts[i].description == description)
			return alerts[i].name;
	return "unknown";
}

/*
 * IANA "TLS Cipher Suites", a letter for each number; '.' is none.
 *
 *	p plain (CBC or stream, static key)   f p with forward secrecy
 *	a AEAD                                F a with forward secrecy
 *	T TLS 1.3                             U TLS 1.3, integrity only
 */
static const uint16_t letters[128] = {
#define K TLS_CIPHER_KNOWN
#define S TLS_CIPHER_FORWARD
	['p'] = K,
	['f'] = K | S,
	['a'] = K | TLS_CIPHER_AEAD,
	['F'] = K | S | TLS_CIPHER_AEAD,
	['T'] = K | S | TLS_CIPHER_AEAD | TLS_CIPHER_13,
	['U'] = K | S | TLS_CIPHER_NULL | TLS_CIPHER_13,
	['o'] = K | TLS_CIPHER_ANON,
	['O'] = K | TLS_CIPHER_ANON | TLS_CIPHER_AEAD,
	['n'] = K | TLS_CIPHER_NULL,
	['m'] = K | TLS_CIPHER_NULL | S,
	['N'] = K | TLS_CIPHER_NULL | TLS_CIPHER_ANON,
	['r'] = K | TLS_CIPHER_RC4,
	['s'] = K | TLS_CIPHER_RC4 | S,
	['R'] = K | TLS_CIPHER_RC4 | TLS_CIPHER_ANON,
	['d'] = K | TLS_CIPHER_DES,
	['e'] = K | TLS_CIPHER_DES | S,
	['D'] = K | TLS_CIPHER_DES | TLS_CIPHER_ANON,
	['3'] = K | TLS_CIPHER_3DES,
	['4'] = K | TLS_CIPHER_3DES | S,
	['5'] = K | TLS_CIPHER_3DES | TLS_CIPHER_ANON,
	['x'] = K | TLS_CIPHER_EXPORT,
	['y'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_RC4,
	['v'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_RC4 | S,
	['Y'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_RC4 | TLS_CIPHER_ANON,
	['z'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_DES,
	['w'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_DES | S,
	['Z'] = K | TLS_CIPHER_EXPORT | TLS_CIPHER_DES | TLS_CIPHER_ANON,
#undef S
#undef K
};

static const struct {
	uint16_t    first;
	const char *suites;
} pages[] = {
	{ 0x0000, "Nnnyrrxpzd3zd3zd" "3we4we4YRZD5npd3" "rpd3rpzxyzxynmnp" "ppffopppffonpppp"
	          "fpppffo........." "................" "yxzwyvsfppffoo.." "................"
	          "ppnnpppffor3pps4" "ffr3pppppffoaaFF" "aaFFaaOOaaFFaapp" "nnffmmppnnpppffo"
	          "pppffoTT" },
	{ 0x1301, "TTTTTTT" },
	{ 0xc000, ".nr3ppms4ffnr3pp" "ms4ffNR5oo333ppp" "pppffppffppFFaaF" "Faas4ffffmmmpppp"
	          "ppffffooffppffpp" "aaFFaaFFaaOOFFaa" "FFaappffppaaFFaa" "ffffppffppaaFFaa"
	          "FFaaOOFFaaFFaaaa" "FFaappffppffaaFF" "aaFFaaFFaaFFFFFF" "FFFFUU" },
	{ 0xc0ff, "Fppp" "TTTT" },
	{ 0xcc13, "FFF" },
	{ 0xcca8, "FFFaFFa" },
	{ 0xd001, "FFF.F" },
	{ 0xfefe, "d3" },
};

unsigned
tls_cipher_traits(uint16_t suite)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		size_t n = (size_t)(suite - pages[i].first);
		if (suite >= pages[i].first && n < strlen(pages[i].suites))
			return letters[(unsigned char)pages[i].suites[n]];
	}
	return 0;
}
