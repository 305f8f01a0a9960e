/*
 * remote: what a connection is, from its first payload bytes in either
 * direction: remote support, tunnels, administration, and others a hospital
 * should know it has; and whose service a name belongs to.
 *
 * Recognisers, not decoders: each row of one table states the clause it rests
 * on.  Protocols whose bytes alone say too little want their port as well.
 */
#ifndef WIRE_REMOTE_H
#define WIRE_REMOTE_H

#include "base/bytes.h"
#include "base/err.h"

enum remote_kind {
	REMOTE_NONE,
	REMOTE_SSH, REMOTE_RDP, REMOTE_VNC, REMOTE_TELNET, REMOTE_SMB, REMOTE_SNMP, REMOTE_KERBEROS, REMOTE_SYSLOG,
	REMOTE_NTP, REMOTE_RADIUS, REMOTE_TEAMVIEWER, REMOTE_ANYDESK, REMOTE_SIP, REMOTE_RTSP, REMOTE_MODBUS, REMOTE_SOCKS,
	REMOTE_OPENVPN, REMOTE_WIREGUARD, REMOTE_IKE, REMOTE_STUN, REMOTE_FTP, REMOTE_TFTP, REMOTE_LDAP, REMOTE_BACNET,
	REMOTE_KINDS,
};
enum remote_class { REMOTE_SUPPORT = 1, REMOTE_VPN, REMOTE_ADMIN, REMOTE_OTHER };
enum { REMOTE_TCP = 1, REMOTE_UDP = 2 };

/* What was recognised; detail is a view into the payload or empty. */
struct remote {
	enum remote_kind kind;
	/*
	 * SSH software version; RDP mstshash cookie; VNC version; SNMP community;
	 * RADIUS User-Name; SIP and RTSP first line; FTP banner or user; TFTP file;
	 * LDAP bind name; syslog message.
	 */
	struct bytes     detail;
	/*
	 * RDP requested protocols (1 TLS, 2 CredSSP), or those plus 0x10000 when
	 * the server chose; SMB 1 or 2; SNMP version (0 v1, 1 v2c, 3 v3); NTP mode
	 * << 8 | stratum; RADIUS and BACnet code; Kerberos and STUN message type;
	 * syslog priority; SOCKS version; IKE major version; Modbus function.
	 */
	uint32_t         number;
};

struct remote_row {
	enum remote_kind  kind;
	const char       *name;
	enum remote_class class;
	uint8_t           over;    /* REMOTE_TCP, REMOTE_UDP or both */
	bool              bound;   /* recognised on its own ports only */
	uint16_t          port[4]; /* usual ports, 0 for none */
	bool            (*see)(struct bytes in, bool udp, struct remote *out); /* NULL: by name only */
};

/*
 * Recognises the first bytes of one direction of a flow: a TCP stream's, or
 * one datagram.  port is the server's.  False, and kind REMOTE_NONE, if they
 * are none of ours or too few to tell.
 */
bool remote_see(struct bytes in, bool udp, uint16_t port, struct remote *out);

/* The row of a kind; of REMOTE_NONE its name is "unknown". */
const struct remote_row *remote_row(enum remote_kind kind);
const char *remote_name(enum remote_kind kind);

/* A remote-support or vendor-link service by DNS name or SNI. */
struct remote_service {
	const char       *suffix; /* whole labels, lower case */
	const char       *product;
	enum remote_class class;
};

/* The service whose suffix the name ends with, by whole labels and without case; NULL if none. */
const struct remote_service *remote_by_name(struct bytes name);

/* What a SOCKS client wants (SOCKS4 and 4a; SOCKS5 RFC 1928, its password RFC 1929). */
struct remote_socks {
	uint8_t      version;    /* 4 or 5 */
	uint8_t      command;    /* 1 CONNECT, 2 BIND, 3 UDP */
	struct bytes host;       /* name as text; empty if an address was given */
	struct bytes address;    /* 4 or 16 bytes; empty if a name was given */
	uint16_t     port;
	struct bytes user;
	size_t       used;       /* bytes of this direction before what is tunnelled */
};

/*
 * Reads all that the client says up to its request.  ERR_SHORT if more may
 * follow, ERR_FORM if it is not SOCKS.  A SOCKS5 client that was told to
 * authenticate otherwise than by RFC 1929 is ERR_FORM too.
 */
enum err remote_socks_parse(struct bytes client, struct remote_socks *out) MUST_USE;

/* Bytes the server says before what is tunnelled; ERR_PERM if it refused. */
enum err remote_socks_reply(struct bytes server, uint8_t version, size_t *used) MUST_USE;

#endif
