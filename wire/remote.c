/* remote: one recogniser per protocol, then the table, the names, and SOCKS. */
#include "wire/remote.h"
#include "base/cursor.h"

enum { LINE = 255 };

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Printable ASCII or a tab or UTF-8's upper half. */
static bool
is_text(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if ((b.at[i] < ' ' && b.at[i] != '\t') || b.at[i] == 0x7f)
			return false;
	return true;
}

/* The first line without its end; at most LINE bytes. */
static struct bytes
first_line(struct bytes in)
{
	struct bytes l = bytes_head(in, LINE);
	l = bytes_head(l, bytes_find(l, '\n'));
	return bytes_head(l, bytes_find(l, '\r'));
}

/* RFC 4253 section 4.2. */
static bool
see_ssh(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	if (!bytes_begin(in, "SSH-2.0-") && !bytes_begin(in, "SSH-1."))
		return false;
	struct bytes line = first_line(in), v = bytes_skip(line, 4);
	out->detail = bytes_skip(v, bytes_find(v, '-') + 1);
	return is_text(line);
}

/*
 * MS-RDPBCGR 2.2.1.1 and 2.2.1.2: TPKT 3 0 length(2), X.224 length code(0xe0
 * request, 0xd0 confirm) dst(2) src(2) class, [cookie CR LF], [type flags 8 0 protocols(4) le].
 */
static bool
see_rdp(struct bytes in, bool udp, struct remote *out)
{
	static const char cookie[] = "Cookie: mstshash=";
	struct cursor     c = cursor_over(in);
	uint16_t          version = cursor_u16(&c), length = cursor_u16(&c);
	uint8_t           x224 = cursor_u8(&c), code = cursor_u8(&c);

	(void)udp;
	cursor_skip(&c, 5);
	if (!cursor_ok(&c) || version != 0x0300 || length < 11 || x224 != length - 5 || (code != 0xe0 && code != 0xd0))
		return false;
	struct bytes rest = bytes_head(cursor_rest(&c), length - 11u);
	if (bytes_begin(rest, "Cookie: ")) {
		struct bytes line = first_line(rest);
		if (bytes_begin(line, cookie))
			out->detail = bytes_skip(line, sizeof cookie - 1);
		rest = bytes_skip(rest, line.len + 2);
	} else if (rest.len < 8) {
		/* Siemens S7 and other users of ISO on TCP have parameters here; RDP has nothing, or the negotiation. */
		return rest.len == 0 && length == 11;
	}
	c = cursor_over(rest);
	uint8_t  type = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint16_t size = cursor_u16le(&c);
	uint32_t protocols = cursor_u32le(&c);
	if (!cursor_ok(&c))
		return out->detail.len > 0;
	out->number = code == 0xd0 ? protocols | 0x10000 : protocols;
	return size == 8 && type == (code == 0xe0 ? 1 : 2);
}

/* RFC 6143 section 7.1.1. */
static bool
see_vnc(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	if (in.len < 12 || !bytes_begin(in, "RFB ") || in.at[7] != '.' || in.at[11] != '\n')
		return false;
	out->detail = bytes_of(in.at + 4, 7);
	return is_digit(in.at[4]) && is_digit(in.at[10]);
}

/* RFC 854: IAC, WILL to DONT, option. */
static bool
see_telnet(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	(void)out;
	return in.len >= 3 && in.at[0] == 0xff && in.at[1] >= 0xfb && in.at[1] <= 0xfe && in.at[2] < 0x40;
}

/* MS-SMB2 2.1: zero length(3), 0xff or 0xfe "SMB". */
static bool
see_smb(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	if (in.len < 8 || in.at[0] != 0 || memcmp(in.at + 5, "SMB", 3) != 0 || in.at[4] < 0xfd)
		return false;
	out->number = in.at[4] == 0xff ? 1 : 2;
	return true;
}

/* A BER tag and its definite length; what follows is not yet taken.  The length may point past the end. */
static bool
ber(struct cursor *c, uint8_t tag, size_t *len)
{
	uint8_t t = cursor_u8(c), n = cursor_u8(c);

	*len = n;
	if (n == 0x80 || n > 0x84)
		return false;
	if (n > 0x80)
		for (*len = 0; n > 0x80; n--)
			*len = *len << 8 | cursor_u8(c);
	return cursor_ok(c) && t == tag;
}

/* A small BER INTEGER. */
static bool
ber_int(struct cursor *c, uint32_t *v)
{
	size_t n;

	if (!ber(c, 2, &n) || n == 0 || n > 4)
		return false;
	for (*v = 0; n; n--)
		*v = *v << 8 | cursor_u8(c);
	return cursor_ok(c);
}

/* RFC 1157 section 4, RFC 3416, RFC 3412 section 6: SEQUENCE { version, community | header … }. */
static bool
see_snmp(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	size_t        n;

	(void)udp;
	if (!ber(&c, 0x30, &n) || n != cursor_left(&c) || !ber_int(&c, &out->number))
		return false;
	if (out->number == 3)
		return ber(&c, 0x30, &n) && n <= cursor_left(&c);
	if (out->number > 1 || !ber(&c, 4, &n))
		return false;
	out->detail = cursor_take(&c, n);
	uint8_t pdu = cursor_u8(&c);
	return cursor_ok(&c) && pdu >= 0xa0 && pdu <= 0xa8;
}

/* RFC 4120 section 5.10: APPLICATION 10 AS-REQ to 13 TGS-REP, 30 KRB-ERROR; over TCP a length before it (7.2.2). */
static bool
see_kerberos(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	size_t        n, seq;
	uint32_t      pvno;

	if (!udp && cursor_u32(&c) < 10)
		return false;
	uint8_t tag = cursor_left(&c) ? *c.at : 0;
	if (!((tag >= 0x6a && tag <= 0x6d) || tag == 0x7e) || !ber(&c, tag, &n) || !ber(&c, 0x30, &seq) || seq > n)
		return false;
	/* Requests number their members from 1, replies from 0. */
	bool request = tag == 0x6a || tag == 0x6c;
	if (!ber(&c, request ? 0xa1 : 0xa0, &n) || !ber_int(&c, &pvno))
		return false;
	out->number = tag & 0x1f;
	return pvno == 5;
}

/* RFC 5424 section 6.2.1 and RFC 3164: <priority>; over TCP a count may stand before it (RFC 6587). */
static bool
see_syslog(struct bytes in, bool udp, struct remote *out)
{
	size_t i = 0, n = 0;

	if (!udp && in.len && is_digit(in.at[0])) {
		i = bytes_find(bytes_head(in, 7), ' ') + 1;
		in = bytes_skip(in, i);
	}
	if (in.len < 4 || in.at[0] != '<')
		return false;
	for (i = 1; i < in.len && i <= 3 && is_digit(in.at[i]); i++)
		n = n * 10 + (size_t)(in.at[i] - '0');
	if (i == 1 || i >= in.len || in.at[i] != '>' || n > 191)
		return false;
	out->number = (uint32_t)n;
	out->detail = first_line(bytes_skip(in, i + 1));
	return true;
}

/* RFC 5905 section 7.3: leap:2 version:3 mode:3 stratum … 48 bytes; RFC 9327 for mode 6. */
static bool
see_ntp(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	if (in.len < 12)
		return false;
	uint8_t version = in.at[0] >> 3 & 7, mode = in.at[0] & 7;
	out->number = (uint32_t)mode << 8 | (mode < 6 ? in.at[1] : 0);
	return version >= 1 && version <= 4 && mode && (mode >= 6 || (in.len >= 48 && in.at[1] <= 16));
}

/* RFC 2865 section 3: code id length(2) authenticator(16), attributes type length value. */
static bool
see_radius(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       code = cursor_u8(&c);

	(void)udp;
	cursor_skip(&c, 1);
	uint16_t length = cursor_u16(&c);
	cursor_skip(&c, 16);
	if (!cursor_ok(&c) || length < 20 || length > in.len || code == 0 || (code > 13 && code < 40) || code > 45)
		return false;
	c = cursor_over(bytes_skip(bytes_head(in, length), 20));
	while (cursor_left(&c)) {
		uint8_t type = cursor_u8(&c), n = cursor_u8(&c);
		if (n < 2)
			break;
		struct bytes v = cursor_take(&c, n - 2u);
		if (type == 1)
			out->detail = v;
	}
	out->number = code;
	return true;
}

/* Not published; seen: 0x17 0x24 before each command, 0x11 0x30 in the newer one. */
static bool
see_teamviewer(struct bytes in, bool udp, struct remote *out)
{
	(void)out;
	if (udp)
		return in.len >= 14 && in.at[0] == 0 && in.at[11] == 0x17 && in.at[12] == 0x24;
	return in.len >= 3 && ((in.at[0] == 0x17 && in.at[1] == 0x24) || (in.at[0] == 0x11 && in.at[1] == 0x30));
}

/* A request "METHOD uri PROTOCOL/x.y" or a response "PROTOCOL/x.y ". */
static bool
see_line(struct bytes in, const char *response, const char *request, struct remote *out)
{
	struct bytes line = first_line(in);
	size_t       n = strlen(request);

	out->detail = line;
	if (line.len < 12 || line.len == in.len || !is_text(line))
		return false;
	return bytes_begin(line, response) || bytes_begin(bytes_skip(line, line.len - n), request);
}

/* RFC 3261 section 7. */
static bool
see_sip(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	return see_line(in, "SIP/2.0 ", " SIP/2.0", out);
}

/* RFC 2326 section 6. */
static bool
see_rtsp(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	return see_line(in, "RTSP/1.0 ", " RTSP/1.0", out);
}

/* Modbus over TCP 1.0b section 3.1: transaction(2) protocol(2)=0 length(2) unit function. */
static bool
see_modbus(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);

	(void)udp;
	cursor_skip(&c, 2);
	uint16_t protocol = cursor_u16(&c), length = cursor_u16(&c);
	cursor_skip(&c, 1);
	out->number = cursor_u8(&c);
	return cursor_ok(&c) && protocol == 0 && length >= 2 && length <= 254 && (out->number & 0x7f) > 0 && (out->number & 0x7f) < 0x2c;
}

static bool
see_socks(struct bytes in, bool udp, struct remote *out)
{
	struct remote_socks s;

	(void)udp;
	/* A greeting has as many methods as it says, and nothing behind them before the server has answered. */
	if (in.len >= 3 && in.at[0] == 5 && in.at[1] && in.len == 2u + in.at[1] && in.at[1] <= 8)
		out->number = 5;
	else if (remote_socks_parse(in, &s) == OK && s.command >= 1 && s.command <= 3 && s.port && is_text(s.user) && is_text(s.host))
		out->number = s.version;
	return out->number > 0;
}

/* OpenVPN network protocol: [length(2) over TCP] opcode:5 key:3 session(8); P_CONTROL_HARD_RESET of client (1, 7, 10) or server (2, 8). */
static bool
see_openvpn(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);

	(void)out;
	if (!udp && cursor_u16(&c) > 1500)
		return false;
	size_t  n = cursor_left(&c);
	uint8_t head = cursor_u8(&c), opcode = head >> 3;
	return n >= 14 && n <= 1500 && (head & 7) == 0 && (opcode == 1 || opcode == 2 || opcode == 7 || opcode == 8 || opcode == 10);
}

/* WireGuard section 5.4: type(1) zero(3); initiation 148, response 92, cookie 64 bytes. */
static bool
see_wireguard(struct bytes in, bool udp, struct remote *out)
{
	(void)udp;
	if (in.len < 4 || in.at[1] || in.at[2] || in.at[3])
		return false;
	out->number = in.at[0];
	return (in.at[0] == 1 && in.len == 148) || (in.at[0] == 2 && in.len == 92) || (in.at[0] == 3 && in.len == 64);
}

/* RFC 7296 section 3.1, RFC 2408 section 3.1; four zeros before it on port 4500 (RFC 3948). */
static bool
see_ike(struct bytes in, bool udp, struct remote *out)
{
	if (in.len > 4 && memcmp(in.at, "\0\0\0\0", 4) == 0)
		in = bytes_skip(in, 4);
	struct cursor c = cursor_over(in);
	uint64_t      initiator = cursor_u64(&c);
	cursor_skip(&c, 9);
	uint8_t  version = cursor_u8(&c), exchange = cursor_u8(&c);
	cursor_skip(&c, 5);
	uint32_t length = cursor_u32(&c);
	(void)udp;
	out->number = version >> 4;
	return cursor_ok(&c) && initiator && (version == 0x10 || version == 0x20) && exchange && length >= 28 && length == in.len;
}

/* RFC 8489 section 5: type(2) length(2) 0x2112a442 transaction(12). */
static bool
see_stun(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	uint16_t      type = cursor_u16(&c), length = cursor_u16(&c);
	uint32_t      magic = cursor_u32(&c);

	cursor_skip(&c, 12);
	out->number = type;
	return cursor_ok(&c) && type < 0x4000 && magic == 0x2112a442 && (udp ? length == cursor_left(&c) : length % 4 == 0);
}

/* RFC 959 section 4.2: 220 from the server, USER from the client.  SMTP greets alike, hence the port. */
static bool
see_ftp(struct bytes in, bool udp, struct remote *out)
{
	struct bytes line = first_line(in);

	(void)udp;
	if (!bytes_begin(line, "220 ") && !bytes_begin(line, "220-") && !bytes_begin_nocase(line, "USER ") && !bytes_begin_nocase(line, "AUTH "))
		return false;
	out->detail = bytes_trim(bytes_skip(line, line.at[0] == '2' ? 4 : 5));
	return is_text(line);
}

/* RFC 1350 section 5: opcode(2) 1 or 2, file, 0, mode, 0. */
static bool
see_tftp(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	uint16_t      op = cursor_u16(&c);
	struct bytes  rest = cursor_rest(&c);

	(void)udp;
	if (op != 1 && op != 2)
		return false;
	out->detail = bytes_head(rest, bytes_find(rest, 0));
	rest = bytes_skip(rest, out->detail.len + 1);
	rest = bytes_head(rest, bytes_find(rest, 0));
	return out->detail.len && is_text(out->detail) &&
	       (bytes_equal_nocase(rest, "octet") || bytes_equal_nocase(rest, "netascii") || bytes_equal_nocase(rest, "mail"));
}

/* RFC 4511 section 4.1.1: SEQUENCE { messageID, operation }; 4.2 BindRequest { version 3, name … }. */
static bool
see_ldap(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	size_t        n;
	uint32_t      id, version;

	(void)udp;
	if (!ber(&c, 0x30, &n) || !ber_int(&c, &id))
		return false;
	uint8_t op = cursor_left(&c) ? *c.at : 0;
	out->number = op & 0x1f;
	if (!ber(&c, op, &n))
		return false;
	if (op == 0x60) {
		if (!ber_int(&c, &version) || version < 2 || version > 3 || !ber(&c, 4, &n))
			return false;
		out->detail = cursor_take(&c, n);
		return cursor_ok(&c);
	}
	/* bindResponse, searchRequest, searchResEntry, searchResDone, extendedReq, extendedResp */
	return op == 0x61 || op == 0x63 || op == 0x64 || op == 0x65 || op == 0x77 || op == 0x78;
}

/* ASHRAE 135 annex J.2: 0x81 function length(2), then the network layer's version 1. */
static bool
see_bacnet(struct bytes in, bool udp, struct remote *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       type = cursor_u8(&c), function = cursor_u8(&c);
	uint16_t      length = cursor_u16(&c);

	(void)udp;
	out->number = function;
	return cursor_ok(&c) && type == 0x81 && function <= 0x0c && length == in.len;
}

/*
 * Tried from the top: those with the longest signature first, so that none
 * takes what is another's.  name, class, transport, bound to its ports, ports, recogniser.
 */
static const struct remote_row rows[] = {
	{ REMOTE_SSH, "ssh", REMOTE_ADMIN, REMOTE_TCP, false, { 22 }, see_ssh },
	{ REMOTE_VNC, "vnc", REMOTE_SUPPORT, REMOTE_TCP, false, { 5900, 5901, 5500 }, see_vnc },
	{ REMOTE_RDP, "rdp", REMOTE_SUPPORT, REMOTE_TCP, false, { 3389 }, see_rdp },
	{ REMOTE_SMB, "smb", REMOTE_ADMIN, REMOTE_TCP, false, { 445, 139 }, see_smb },
	{ REMOTE_STUN, "stun", REMOTE_OTHER, REMOTE_TCP | REMOTE_UDP, false, { 3478, 19302 }, see_stun },
	{ REMOTE_SIP, "sip", REMOTE_OTHER, REMOTE_TCP | REMOTE_UDP, false, { 5060 }, see_sip },
	{ REMOTE_RTSP, "rtsp", REMOTE_OTHER, REMOTE_TCP, false, { 554 }, see_rtsp },
	{ REMOTE_WIREGUARD, "wireguard", REMOTE_VPN, REMOTE_UDP, false, { 51820 }, see_wireguard },
	{ REMOTE_IKE, "ike", REMOTE_VPN, REMOTE_UDP, false, { 500, 4500 }, see_ike },
	{ REMOTE_SNMP, "snmp", REMOTE_ADMIN, REMOTE_UDP, false, { 161, 162 }, see_snmp },
	{ REMOTE_KERBEROS, "kerberos", REMOTE_OTHER, REMOTE_TCP | REMOTE_UDP, false, { 88 }, see_kerberos },
	{ REMOTE_BACNET, "bacnet", REMOTE_OTHER, REMOTE_UDP, false, { 47808 }, see_bacnet },
	{ REMOTE_TELNET, "telnet", REMOTE_ADMIN, REMOTE_TCP, false, { 23 }, see_telnet },
	{ REMOTE_SOCKS, "socks", REMOTE_VPN, REMOTE_TCP, false, { 1080 }, see_socks },
	{ REMOTE_LDAP, "ldap", REMOTE_OTHER, REMOTE_TCP | REMOTE_UDP, true, { 389, 3268 }, see_ldap },
	{ REMOTE_TFTP, "tftp", REMOTE_ADMIN, REMOTE_UDP, true, { 69 }, see_tftp },
	{ REMOTE_SYSLOG, "syslog", REMOTE_OTHER, REMOTE_TCP | REMOTE_UDP, true, { 514, 601 }, see_syslog },
	{ REMOTE_NTP, "ntp", REMOTE_OTHER, REMOTE_UDP, true, { 123 }, see_ntp },
	{ REMOTE_RADIUS, "radius", REMOTE_OTHER, REMOTE_UDP, true, { 1812, 1813, 1645, 3799 }, see_radius },
	{ REMOTE_FTP, "ftp", REMOTE_ADMIN, REMOTE_TCP, true, { 21 }, see_ftp },
	{ REMOTE_MODBUS, "modbus", REMOTE_OTHER, REMOTE_TCP, true, { 502 }, see_modbus },
	{ REMOTE_OPENVPN, "openvpn", REMOTE_VPN, REMOTE_TCP | REMOTE_UDP, true, { 1194 }, see_openvpn },
	{ REMOTE_TEAMVIEWER, "teamviewer", REMOTE_SUPPORT, REMOTE_TCP | REMOTE_UDP, true, { 5938 }, see_teamviewer },
	{ REMOTE_ANYDESK, "anydesk", REMOTE_SUPPORT, REMOTE_TCP, true, { 7070, 6568 }, NULL },
};

bool
remote_see(struct bytes in, bool udp, uint16_t port, struct remote *out)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0] && in.len; i++) {
		const struct remote_row *r = &rows[i];
		if (!r->see || !(r->over & (udp ? REMOTE_UDP : REMOTE_TCP)))
			continue;
		if (r->bound && (port == 0 || (port != r->port[0] && port != r->port[1] && port != r->port[2] && port != r->port[3])))
			continue;
		*out = (struct remote){ r->kind, bytes_head(in, 0), 0 };
		if (r->see(in, udp, out))
			return true;
	}
	*out = (struct remote){ REMOTE_NONE, bytes_head(in, 0), 0 };
	return false;
}

const struct remote_row *
remote_row(enum remote_kind kind)
{
	static const struct remote_row none = { REMOTE_NONE, "unknown", REMOTE_OTHER, 0, false, { 0 }, NULL };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].kind == kind)
			return &rows[i];
	return &none;
}

const char *
remote_name(enum remote_kind kind)
{
	return remote_row(kind)->name;
}

/* suffix, product, class */
static const struct remote_service services[] = {
	{ "teamviewer.com", "TeamViewer", REMOTE_SUPPORT },
	{ "anydesk.com", "AnyDesk", REMOTE_SUPPORT },
	{ "logmein.com", "LogMeIn", REMOTE_SUPPORT },
	{ "logmeinrescue.com", "LogMeIn Rescue", REMOTE_SUPPORT },
	{ "gotoassist.com", "GoToAssist", REMOTE_SUPPORT },
	{ "bomgar.com", "BeyondTrust Remote Support", REMOTE_SUPPORT },
	{ "bomgarcloud.com", "BeyondTrust Remote Support", REMOTE_SUPPORT },
	{ "beyondtrustcloud.com", "BeyondTrust Remote Support", REMOTE_SUPPORT },
	{ "splashtop.com", "Splashtop", REMOTE_SUPPORT },
	{ "screenconnect.com", "ScreenConnect", REMOTE_SUPPORT },
	{ "connectwise.com", "ConnectWise", REMOTE_SUPPORT },
	{ "rustdesk.com", "RustDesk", REMOTE_SUPPORT },
	{ "zohoassist.com", "Zoho Assist", REMOTE_SUPPORT },
	{ "assist.zoho.com", "Zoho Assist", REMOTE_SUPPORT },
	{ "dwservice.net", "DWService", REMOTE_SUPPORT },
	{ "remotepc.com", "RemotePC", REMOTE_SUPPORT },
	{ "islonline.net", "ISL Online", REMOTE_SUPPORT },
	{ "islonline.com", "ISL Online", REMOTE_SUPPORT },
	{ "remotedesktop.google.com", "Chrome Remote Desktop", REMOTE_SUPPORT },
	{ "axeda.com", "Axeda (PTC)", REMOTE_SUPPORT },
	{ "insite.gehealthcare.com", "GE InSite", REMOTE_SUPPORT },
	{ "srs.siemens-healthineers.com", "Siemens Smart Remote Services", REMOTE_SUPPORT },
	{ "prs.philips.com", "Philips Remote Services", REMOTE_SUPPORT },
	{ "securelink.com", "Imprivata SecureLink", REMOTE_SUPPORT },
	{ "imprivata.com", "Imprivata", REMOTE_SUPPORT },
	{ "tailscale.com", "Tailscale", REMOTE_VPN },
	{ "zerotier.com", "ZeroTier", REMOTE_VPN },
	{ "ngrok.io", "ngrok", REMOTE_VPN },
	{ "ngrok.com", "ngrok", REMOTE_VPN },
	{ "ngrok.app", "ngrok", REMOTE_VPN },
	{ "argotunnel.com", "Cloudflare Tunnel", REMOTE_VPN },
};

const struct remote_service *
remote_by_name(struct bytes name)
{
	if (name.len && name.at[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
		const char *suffix = services[i].suffix;
		size_t      n = strlen(suffix);
		if (name.len >= n && (name.at[name.len - n] | 0x20) == suffix[0] && bytes_begin_nocase(bytes_skip(name, name.len - n), suffix) &&
		    (name.len == n || name.at[name.len - n - 1] == '.'))
			return &services[i];
	}
	return NULL;
}

/* SOCKS4: 4 command port(2) address(4) user 0; 4a: an address 0.0.0.x, x not 0, and a name and 0 after the user. */
static enum err
socks4_parse(struct cursor *c, struct remote_socks *out)
{
	out->command = cursor_u8(c);
	out->port = cursor_u16(c);
	out->address = cursor_take(c, 4);
	if (!cursor_ok(c))
		return ERR_SHORT;
	struct bytes rest = bytes_of(c->at, cursor_left(c));
	out->user = cursor_take(c, bytes_find(rest, 0));
	cursor_skip(c, 1);
	if (memcmp(out->address.at, "\0\0\0", 3) == 0 && out->address.at[3]) {
		rest = bytes_of(c->at, cursor_left(c));
		out->host = cursor_take(c, bytes_find(rest, 0));
		cursor_skip(c, 1);
		out->address.len = 0;
	}
	if (out->user.len > LINE || out->host.len > LINE)
		return ERR_FORM;
	return cursor_ok(c) ? OK : ERR_SHORT;
}

/* atyp address port, RFC 1928 section 5. */
static enum err
socks5_target(struct cursor *c, struct remote_socks *out)
{
	uint8_t type = cursor_u8(c);

	if (type == 1)
		out->address = cursor_take(c, 4);
	else if (type == 4)
		out->address = cursor_take(c, 16);
	else if (type == 3)
		out->host = cursor_take(c, cursor_u8(c));
	else
		return cursor_ok(c) ? ERR_FORM : ERR_SHORT;
	out->port = cursor_u16(c);
	return cursor_ok(c) ? OK : ERR_SHORT;
}

/* 5 n methods(n) | [1 ulen user plen password] | 5 command 0 target */
static enum err
socks5_parse(struct cursor *c, struct remote_socks *out)
{
	uint8_t n = cursor_u8(c);
	cursor_skip(c, n);
	uint8_t next = cursor_u8(c);
	if (next == 1) {
		out->user = cursor_take(c, cursor_u8(c));
		cursor_skip(c, cursor_u8(c));
		next = cursor_u8(c);
	}
	out->command = cursor_u8(c);
	cursor_skip(c, 1);
	if (!cursor_ok(c))
		return n == 0 && cursor_left(c) ? ERR_FORM : ERR_SHORT;
	return next == 5 && n ? socks5_target(c, out) : ERR_FORM;
}

enum err
remote_socks_parse(struct bytes client, struct remote_socks *out)
{
	struct cursor c = cursor_over(client);

	*out = (struct remote_socks){ .version = cursor_u8(&c) };
	out->host = out->address = out->user = bytes_head(client, 0);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->version != 4 && out->version != 5)
		return ERR_FORM;
	enum err e = out->version == 4 ? socks4_parse(&c, out) : socks5_parse(&c, out);
	out->used = client.len - cursor_left(&c);
	return e;
}

/* SOCKS4: 0 90 port address; SOCKS5: 5 method | [1 status] | 5 reply 0 target. */
enum err
remote_socks_reply(struct bytes server, uint8_t version, size_t *used)
{
	struct cursor       c = cursor_over(server);
	struct remote_socks s;
	uint8_t             first = cursor_u8(&c), code = cursor_u8(&c), status = 0;

	if (version == 4) {
		cursor_skip(&c, 6);
		*used = 8;
		return !cursor_ok(&c) ? ERR_SHORT : first != 0 ? ERR_FORM : code == 90 ? OK : ERR_PERM;
	}
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (version != 5 || first != 5)
		return ERR_FORM;
	if (code == 2) {
		cursor_skip(&c, 1);
		status = cursor_u8(&c);
	}
	if (code == 0xff || status)
		return ERR_PERM;
	first = cursor_u8(&c);
	status = cursor_u8(&c);
	cursor_skip(&c, 1);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (first != 5)
		return ERR_FORM;
	if (status)
		return ERR_PERM;
	enum err e = socks5_target(&c, &s);
	*used = server.len - cursor_left(&c);
	return e;
}
