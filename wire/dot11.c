/* dot11: IEEE 802.11-2020 clauses 9.2.4 (head), 9.3.3 (management bodies) and 9.4.2 (elements). */
#include "wire/dot11.h"
#include "base/cursor.h"

/* Subtypes of control frames that have one address only. */
enum { CONTROL_WRAPPER = 7, CTS = 12, ACK = 13 };

enum { SUBTYPE_QOS = 0x08, SUBTYPE_NO_BODY = 0x04, QOS_AMSDU = 0x80 };

/* Element identifiers, clause 9.4.2.1. */
enum { SSID = 0, RATES = 1, DS = 3, HT = 45, RSN = 48, HT_OPERATION = 61, VHT = 191, VENDOR = 221 };

/* Suites, clauses 9.4.2.24.2 and 9.4.2.24.3; WPA has its own OUI and the same numbers. */
enum { OUI_RSN = 0x000fac, OUI_MICROSOFT = 0x0050f2, MICROSOFT_WPA = 1 };
enum { CIPHER_WEP40 = 1, CIPHER_TKIP = 2, CIPHER_CCMP = 4, CIPHER_WEP104 = 5, AKM_8021X = 1 };

static struct mac
read_mac(struct cursor *c)
{
	struct mac m;
	cursor_copy(c, m.b, 6);
	return m;
}

static bool
has_qos(const struct dot11 *d)
{
	return d->type == DOT11_DATA && d->subtype & SUBTYPE_QOS;
}

/* In data without QoS the order bit means what it says; elsewhere it announces HT control (clause 9.2.4.1.10). */
static bool
has_ht(const struct dot11 *d)
{
	return d->flags & DOT11_ORDER && (has_qos(d) || d->type == DOT11_MANAGEMENT);
}

static uint8_t
count_addrs(const struct dot11 *d)
{
	if (d->type == DOT11_CONTROL)
		return d->subtype == CTS || d->subtype == ACK || d->subtype == CONTROL_WRAPPER ? 1 : 2;
	if (d->type == DOT11_DATA && (d->flags & (DOT11_TO_DS | DOT11_FROM_DS)) == (DOT11_TO_DS | DOT11_FROM_DS))
		return 4;
	return 3;
}

/* LLC and SNAP with the OUI of RFC 1042 or of bridge tunnels (IEEE 802.1H). */
static void
read_llc(struct dot11 *out)
{
	struct cursor c = cursor_over(out->body);

	uint32_t llc = cursor_u24(&c);
	uint32_t oui = cursor_u24(&c);
	uint16_t ethertype = cursor_u16(&c);
	if (!cursor_ok(&c) || llc != 0xaaaa03 || (oui != 0 && oui != 0x0000f8))
		return;
	out->ethertype = ethertype;
	out->payload = cursor_rest(&c);
}

enum err
dot11_parse(struct bytes in, struct dot11 *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct dot11){ 0 };
	uint8_t control = cursor_u8(&c);
	out->type = control >> 2 & 3;
	out->subtype = control >> 4;
	out->flags = cursor_u8(&c);
	out->duration = cursor_u16le(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if ((control & 3) != 0 || out->type > DOT11_DATA)
		return ERR_UNSUPPORTED;
	out->addrs_n = count_addrs(out);
	out->a1 = read_mac(&c);
	if (out->addrs_n >= 2)
		out->a2 = read_mac(&c);
	if (out->addrs_n >= 3) {
		out->a3 = read_mac(&c);
		uint16_t sequence = cursor_u16le(&c);
		out->sequence = sequence >> 4;
		out->fragment = sequence & 15;
	}
	if (out->addrs_n >= 4)
		out->a4 = read_mac(&c);
	if (has_qos(out))
		out->qos = cursor_u16le(&c);
	if (has_ht(out))
		out->ht = cursor_u32le(&c);
	out->body = cursor_rest(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->amsdu = out->qos & QOS_AMSDU;
	bool readable = !(out->flags & DOT11_PROTECTED) && !(out->subtype & SUBTYPE_NO_BODY) && !out->amsdu && out->fragment == 0;
	if (out->type == DOT11_DATA && readable)
		read_llc(out);
	return OK;
}

void
dot11_print(const struct dot11 *d, struct buf *out)
{
	buf_u8(out, (uint8_t)(d->subtype << 4 | d->type << 2));
	buf_u8(out, d->flags);
	buf_u16le(out, d->duration);
	buf_put(out, d->a1.b, 6);
	if (d->addrs_n >= 2)
		buf_put(out, d->a2.b, 6);
	if (d->addrs_n >= 3) {
		buf_put(out, d->a3.b, 6);
		buf_u16le(out, (uint16_t)(d->sequence << 4 | (d->fragment & 15)));
	}
	if (d->addrs_n >= 4)
		buf_put(out, d->a4.b, 6);
	if (has_qos(d))
		buf_u16le(out, d->qos);
	if (has_ht(d))
		buf_u32le(out, d->ht);
	buf_bytes_put(out, d->body);
}

/* Clause 9.3.2.1, table 9-30. */
void
dot11_ends(const struct dot11 *d, struct mac *from, struct mac *to, struct mac *bssid)
{
	uint8_t ds = d->type == DOT11_DATA ? d->flags & (DOT11_TO_DS | DOT11_FROM_DS) : 0;

	*to = d->a1;
	*from = d->a2;
	*bssid = d->a3;
	if (ds == DOT11_TO_DS) {
		*to = d->a3;
		*bssid = d->a1;
	} else if (ds == DOT11_FROM_DS) {
		*from = d->a3;
		*bssid = d->a2;
	} else if (ds) {
		*to = d->a3;
		*from = d->a4;
		*bssid = d->a2;
	}
}

static uint8_t
read_suites(struct cursor *c, uint32_t suites[static DOT11_SUITES_MAX], bool *more)
{
	uint16_t count = cursor_u16le(c);
	uint8_t  n = 0;

	struct cursor list = cursor_sub(c, count * 4u);
	while (cursor_left(&list) && n < DOT11_SUITES_MAX)
		suites[n++] = cursor_u32(&list);
	*more |= cursor_left(&list) > 0;
	return n;
}

/*
 * Clause 9.4.2.24: after the version the element may stop after any field,
 * and what is not said has a default, the oui's cipher and 802.1X.
 */
static bool
read_rsn(struct cursor *c, uint32_t oui, uint8_t cipher, struct dot11_rsn *out)
{
	uint32_t usual = oui << 8 | cipher;

	*out = (struct dot11_rsn){ 0 };
	out->version = cursor_u16le(c);
	out->group = cursor_left(c) ? cursor_u32(c) : usual;
	if (cursor_left(c))
		out->pairwise_n = read_suites(c, out->pairwise, &out->more);
	if (cursor_left(c))
		out->akm_n = read_suites(c, out->akm, &out->more);
	if (cursor_left(c))
		out->capabilities = cursor_u16le(c);
	if (cursor_left(c))
		cursor_skip(c, cursor_u16le(c) * (size_t)16); /* PMKIDs */
	if (cursor_left(c))
		out->group_mgmt = cursor_u32(c);
	if (!out->group)
		out->group = usual;
	if (!out->pairwise_n)
		out->pairwise[out->pairwise_n++] = usual;
	if (!out->akm_n)
		out->akm[out->akm_n++] = oui << 8 | AKM_8021X;
	return cursor_ok(c);
}

/* Notes that an element is there; false if it was there before or its length is wrong. */
static bool
first_of(struct dot11_elements *out, uint32_t has, bool fits)
{
	if (!fits) {
		out->misshapen = true;
		return false;
	}
	if (out->present & has) {
		out->repeated = true;
		return false;
	}
	out->present |= has;
	return true;
}

/* A station does not take up an RSN element that is cut, so it must not count as protection. */
static void
unread(struct dot11_elements *out, uint32_t has)
{
	out->present &= ~has;
	out->misshapen = true;
}

static void
note_vendor(uint32_t oui, struct dot11_elements *out)
{
	for (unsigned i = 0; i < out->vendors_n; i++)
		if (out->vendors[i] == oui)
			return;
	if (out->vendors_n == DOT11_VENDORS_MAX)
		out->more = true;
	else
		out->vendors[out->vendors_n++] = oui;
}

static void
read_vendor(struct cursor *c, struct dot11_elements *out)
{
	uint32_t oui = cursor_u24(c);

	if (!cursor_ok(c)) {
		out->misshapen = true;
		return;
	}
	note_vendor(oui, out);
	if (oui != OUI_MICROSOFT || !cursor_left(c) || cursor_u8(c) != MICROSOFT_WPA)
		return;
	if (first_of(out, DOT11_HAS_WPA, true) && !read_rsn(c, OUI_MICROSOFT, CIPHER_TKIP, &out->wpa))
		unread(out, DOT11_HAS_WPA);
}

static void
read_element(uint8_t id, struct bytes value, uint8_t *ht_channel, struct dot11_elements *out)
{
	struct cursor c = cursor_over(value);

	switch (id) {
	case SSID:
		if (first_of(out, DOT11_HAS_SSID, value.len <= DOT11_SSID_MAX))
			out->ssid = value;
		break;
	case RATES:
		if (first_of(out, DOT11_HAS_RATES, true))
			out->rates = value;
		break;
	case DS:
		if (first_of(out, DOT11_HAS_CHANNEL, value.len == 1))
			out->channel = cursor_u8(&c);
		break;
	case HT:
		(void)first_of(out, DOT11_HAS_HT, true);
		break;
	case HT_OPERATION:
		*ht_channel = cursor_u8(&c);
		break;
	case VHT:
		(void)first_of(out, DOT11_HAS_VHT, true);
		break;
	case RSN:
		if (first_of(out, DOT11_HAS_RSN, true) && !read_rsn(&c, OUI_RSN, CIPHER_CCMP, &out->rsn))
			unread(out, DOT11_HAS_RSN);
		break;
	case VENDOR:
		read_vendor(&c, out);
		break;
	}
}

static enum err
read_elements(struct cursor *c, struct dot11_elements *out)
{
	uint8_t ht_channel = 0;

	while (cursor_left(c)) {
		uint8_t      id = cursor_u8(c);
		struct bytes value = cursor_take(c, cursor_u8(c));
		if (cursor_ok(c))
			read_element(id, value, &ht_channel, out);
	}
	if (!(out->present & DOT11_HAS_CHANNEL) && ht_channel) { /* 5 GHz has no DS parameter */
		out->present |= DOT11_HAS_CHANNEL;
		out->channel = ht_channel;
	}
	return cursor_ok(c) ? OK : ERR_SHORT;
}

static void
print_element(uint8_t id, struct bytes value, struct buf *out)
{
	value = bytes_head(value, 255);
	buf_u8(out, id);
	buf_u8(out, (uint8_t)value.len);
	buf_bytes_put(out, value);
}

static void
print_suites(const uint32_t *suites, uint8_t n, struct buf *out)
{
	buf_u16le(out, n);
	for (unsigned i = 0; i < n; i++)
		buf_u32(out, suites[i]);
}

static void
print_rsn(const struct dot11_rsn *r, bool wpa, struct buf *out)
{
	uint8_t    room[128];
	struct buf b = buf_over(room, sizeof room);

	if (wpa)
		buf_u32(&b, (uint32_t)OUI_MICROSOFT << 8 | MICROSOFT_WPA);
	buf_u16le(&b, r->version);
	buf_u32(&b, r->group);
	print_suites(r->pairwise, r->pairwise_n, &b);
	print_suites(r->akm, r->akm_n, &b);
	buf_u16le(&b, r->capabilities);
	if (r->group_mgmt) {
		buf_u16le(&b, 0); /* no PMKIDs */
		buf_u32(&b, r->group_mgmt);
	}
	print_element(wpa ? VENDOR : RSN, buf_bytes(&b), out);
}

static void
print_elements(const struct dot11_elements *e, struct buf *out)
{
	static const uint8_t nothing[26];

	if (e->present & DOT11_HAS_SSID)
		print_element(SSID, e->ssid, out);
	if (e->present & DOT11_HAS_RATES)
		print_element(RATES, e->rates, out);
	if (e->present & DOT11_HAS_CHANNEL)
		print_element(DS, bytes_of(&e->channel, 1), out);
	if (e->present & DOT11_HAS_HT)
		print_element(HT, bytes_of(nothing, 26), out);
	if (e->present & DOT11_HAS_RSN)
		print_rsn(&e->rsn, false, out);
	if (e->present & DOT11_HAS_VHT)
		print_element(VHT, bytes_of(nothing, 12), out);
	for (unsigned i = 0; i < e->vendors_n; i++) {
		buf_u8(out, VENDOR);
		buf_u8(out, 3);
		buf_u24(out, e->vendors[i]);
	}
	if (e->present & DOT11_HAS_WPA)
		print_rsn(&e->wpa, true, out);
}

enum err
dot11_beacon_parse(struct bytes body, struct dot11_beacon *out)
{
	struct cursor c = cursor_over(body);

	*out = (struct dot11_beacon){ 0 };
	out->timestamp = cursor_u64le(&c);
	out->interval = cursor_u16le(&c);
	out->capability = cursor_u16le(&c);
	return read_elements(&c, &out->e);
}

void
dot11_beacon_print(const struct dot11_beacon *b, struct buf *out)
{
	buf_u64(out, __builtin_bswap64(b->timestamp));
	buf_u16le(out, b->interval);
	buf_u16le(out, b->capability);
	print_elements(&b->e, out);
}

enum err
dot11_assoc_parse(struct bytes body, bool again, struct dot11_assoc *out)
{
	struct cursor c = cursor_over(body);

	*out = (struct dot11_assoc){ .again = again };
	out->capability = cursor_u16le(&c);
	out->listen = cursor_u16le(&c);
	if (again)
		out->current = read_mac(&c);
	return read_elements(&c, &out->e);
}

void
dot11_assoc_print(const struct dot11_assoc *a, struct buf *out)
{
	buf_u16le(out, a->capability);
	buf_u16le(out, a->listen);
	if (a->again)
		buf_put(out, a->current.b, 6);
	print_elements(&a->e, out);
}

enum err
dot11_probe_parse(struct bytes body, struct dot11_elements *out)
{
	struct cursor c = cursor_over(body);

	*out = (struct dot11_elements){ 0 };
	return read_elements(&c, out);
}

void
dot11_probe_print(const struct dot11_elements *e, struct buf *out)
{
	print_elements(e, out);
}

enum err
dot11_auth_parse(struct bytes body, struct dot11_auth *out)
{
	struct cursor c = cursor_over(body);

	out->algorithm = cursor_u16le(&c);
	out->sequence = cursor_u16le(&c);
	out->status = cursor_u16le(&c);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
dot11_auth_print(const struct dot11_auth *a, struct buf *out)
{
	buf_u16le(out, a->algorithm);
	buf_u16le(out, a->sequence);
	buf_u16le(out, a->status);
}

enum err
dot11_reason_parse(struct bytes body, uint16_t *out)
{
	struct cursor c = cursor_over(body);

	*out = cursor_u16le(&c);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

/*
 * Key management by number in the 00-0f-ac space, clause 9.4.2.24.3; the rest
 * are kinds nobody authenticates a network with.  Where WPA3-Enterprise uses
 * a suite that WPA2 has too, required frame protection tells them apart.
 */
static enum dot11_security
akm_security(uint32_t suite, bool mfp_required)
{
	static const uint8_t strength[] = {
		[1] = DOT11_WPA2_ENTERPRISE,  /* 802.1X */
		[2] = DOT11_WPA2_PERSONAL,    /* PSK */
		[3] = DOT11_WPA2_ENTERPRISE,  /* FT */
		[4] = DOT11_WPA2_PERSONAL,    /* FT PSK */
		[5] = DOT11_WPA2_ENTERPRISE,  /* 802.1X with SHA-256 */
		[6] = DOT11_WPA2_PERSONAL,    /* PSK with SHA-256 */
		[8] = DOT11_WPA3_PERSONAL,    /* SAE */
		[9] = DOT11_WPA3_PERSONAL,    /* FT SAE */
		[11] = DOT11_WPA3_ENTERPRISE, /* Suite B */
		[12] = DOT11_WPA3_ENTERPRISE, /* CNSA */
		[13] = DOT11_WPA3_ENTERPRISE, /* FT with SHA-384 */
		[14] = DOT11_WPA2_ENTERPRISE, /* FILS */
		[15] = DOT11_WPA2_ENTERPRISE,
		[16] = DOT11_WPA2_ENTERPRISE, /* FT FILS */
		[17] = DOT11_WPA2_ENTERPRISE,
		[18] = DOT11_OWE,
		[19] = DOT11_WPA2_PERSONAL,   /* FT PSK with SHA-384 */
		[20] = DOT11_WPA2_PERSONAL,   /* PSK with SHA-384 */
		[22] = DOT11_WPA3_ENTERPRISE, /* FT with SHA-384, unrestricted */
		[23] = DOT11_WPA3_ENTERPRISE, /* 802.1X with SHA-384 */
		[24] = DOT11_WPA3_PERSONAL,   /* SAE, group-dependent hash */
		[25] = DOT11_WPA3_PERSONAL,   /* FT of it */
	};
	uint32_t number = suite & 0xff;

	if (suite >> 8 != OUI_RSN || number >= sizeof strength || strength[number] == DOT11_OPEN)
		return DOT11_WPA2_PERSONAL; /* a vendor's or a later one: suppose no more than that */
	if (strength[number] == DOT11_WPA2_ENTERPRISE && mfp_required && number != AKM_8021X)
		return DOT11_WPA3_ENTERPRISE;
	return strength[number];
}

static enum dot11_security
weaker(enum dot11_security a, enum dot11_security b)
{
	return a < b ? a : b;
}

static enum dot11_security
rsn_security(const struct dot11_rsn *r)
{
	enum dot11_security s = DOT11_WPA3_ENTERPRISE;

	for (unsigned i = 0; i < r->akm_n; i++)
		s = weaker(s, akm_security(r->akm[i], r->capabilities & DOT11_MFP_REQUIRED));
	for (unsigned i = 0; i < r->pairwise_n; i++) {
		if (r->pairwise[i] >> 8 != OUI_RSN)
			continue;
		uint32_t number = r->pairwise[i] & 0xff;
		if (number == CIPHER_TKIP)
			s = weaker(s, DOT11_WPA);
		if (number == CIPHER_WEP40 || number == CIPHER_WEP104)
			s = weaker(s, DOT11_WEP);
	}
	return s;
}

enum dot11_security
dot11_security(const struct dot11_beacon *b)
{
	enum dot11_security s = DOT11_WPA3_ENTERPRISE;

	if (!(b->e.present & (DOT11_HAS_RSN | DOT11_HAS_WPA)))
		return b->capability & DOT11_PRIVACY ? DOT11_WEP : DOT11_OPEN;
	if (b->e.present & DOT11_HAS_RSN)
		s = weaker(s, rsn_security(&b->e.rsn));
	if (b->e.present & DOT11_HAS_WPA)
		s = weaker(s, DOT11_WPA);
	return s;
}

const char *
dot11_security_text(enum dot11_security s)
{
	static const char *const words[] = {
		[DOT11_OPEN] = "open",
		[DOT11_WEP] = "wep",
		[DOT11_OWE] = "owe",
		[DOT11_WPA] = "wpa",
		[DOT11_WPA2_PERSONAL] = "wpa2-personal",
		[DOT11_WPA2_ENTERPRISE] = "wpa2-enterprise",
		[DOT11_WPA3_PERSONAL] = "wpa3-personal",
		[DOT11_WPA3_ENTERPRISE] = "wpa3-enterprise",
	};
	return (unsigned)s < sizeof words / sizeof *words ? words[s] : "unknown";
}
