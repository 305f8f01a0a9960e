/*
 * fact: the kinds of question that have one true answer, and who may answer.
 *
 * A kind of fact is a row here (its name, what its subject and value are) and
 * a row in judge/facts.c (what contradicts what, and what explains it).
 */
#ifndef MODEL_FACT_H
#define MODEL_FACT_H

#include <stdint.h>

/* How the 32 bytes of a subject or value are written for people. */
enum shape {
	SHAPE_NONE,
	SHAPE_ADDR,    /* 16 bytes */
	SHAPE_MAC,     /* 6 bytes */
	SHAPE_SERVICE, /* address (16), port (2) */
	SHAPE_PAIR,    /* two addresses */
	SHAPE_DIGEST,  /* first 8 bytes shown in hexadecimal */
	SHAPE_NUMBER,  /* 4 bytes, big endian */
	SHAPE_BRIDGE,  /* STP: priority (2), card (6) */
	SHAPE_GROUP,   /* FHRP: protocol (1), group (2) */
	SHAPE_TEXT,    /* up to 32 bytes of text, zero padded; longer names by their end digest, see claim_text */
};

/*      kind                name               subject         value          */
#define FACT_TABLE(X)                                                                                   \
	X(FACT_BINDING, "binding", SHAPE_ADDR, SHAPE_MAC)              /* which card has this address */         \
	X(FACT_BINDING6, "binding (IPv6)", SHAPE_ADDR, SHAPE_MAC)                                                \
	X(FACT_CARD_PLACE, "card place", SHAPE_MAC, SHAPE_DIGEST)      /* which stack speaks from this card */   \
	X(FACT_CENSUS, "card census", SHAPE_NONE, SHAPE_MAC)           /* how many cards appear here */          \
	X(FACT_DHCP, "DHCP authority", SHAPE_NONE, SHAPE_MAC)          /* which server gives leases here */      \
	X(FACT_DHCP6, "DHCPv6 authority", SHAPE_NONE, SHAPE_MAC)                                                 \
	X(FACT_LEASES, "lease demand", SHAPE_NONE, SHAPE_MAC)          /* clients that ask */                    \
	X(FACT_ROUTER, "router", SHAPE_ADDR, SHAPE_MAC)                /* who routes here */                     \
	X(FACT_RA, "router advertisement", SHAPE_NONE, SHAPE_MAC)                                                \
	X(FACT_REDIRECT, "redirect", SHAPE_ADDR, SHAPE_ADDR)           /* next hop to this destination */        \
	X(FACT_FHRP, "FHRP master", SHAPE_GROUP, SHAPE_MAC)            /* who is active in this group */         \
	X(FACT_STP, "spanning tree root", SHAPE_NONE, SHAPE_BRIDGE)                                              \
	X(FACT_ANSWER, "DNS answer", SHAPE_TEXT, SHAPE_DIGEST)         /* what one query was answered */         \
	X(FACT_GUESS, "DNS guesses", SHAPE_ADDR, SHAPE_NUMBER)         /* answers nobody asked for */            \
	X(FACT_RESOLVER, "resolver card", SHAPE_ADDR, SHAPE_MAC)       /* from which card a resolver answers */  \
	X(FACT_RESOLVER_USE, "resolver in use", SHAPE_ADDR, SHAPE_ADDR)/* whom a client asks */                  \
	X(FACT_NAME, "name", SHAPE_TEXT, SHAPE_ADDR)                   /* addresses of a hospital name */        \
	X(FACT_LOCAL_NAME, "local name", SHAPE_TEXT, SHAPE_MAC)        /* who answers LLMNR, NBNS, mDNS */       \
	X(FACT_OWN_NAME, "own name", SHAPE_TEXT, SHAPE_MAC)            /* who calls itself so */                 \
	X(FACT_PATH, "path", SHAPE_PAIR, SHAPE_MAC)                    /* which card carried a packet */         \
	X(FACT_BYTES, "bytes in transit", SHAPE_PAIR, SHAPE_MAC)       /* which card changed them */              \
	X(FACT_MIDDLE, "two legs", SHAPE_SERVICE, SHAPE_MAC)           /* one conversation, two connections */   \
	X(FACT_KEY, "service key", SHAPE_SERVICE, SHAPE_DIGEST)                                                  \
	X(FACT_STACK, "service stack", SHAPE_DIGEST, SHAPE_DIGEST)     /* what a server picks for a client */    \
	X(FACT_CIPHER, "cipher strength", SHAPE_DIGEST, SHAPE_NUMBER)                                            \
	X(FACT_ALPN, "application protocol", SHAPE_DIGEST, SHAPE_NUMBER)                                         \
	X(FACT_SENTINEL, "downgrade sentinel", SHAPE_SERVICE, SHAPE_NUMBER)                                      \
	X(FACT_CLIENT_STACK, "client stack", SHAPE_ADDR, SHAPE_DIGEST)                                           \
	X(FACT_PROTECTION, "protection", SHAPE_TEXT, SHAPE_NUMBER)     /* is the content of a service plain */   \
	X(FACT_STARTTLS, "STARTTLS offer", SHAPE_SERVICE, SHAPE_NUMBER)                                          \
	X(FACT_HANDSHAKES, "handshakes of care", SHAPE_SERVICE, SHAPE_ADDR)                                      \
	X(FACT_PROXY, "inspection", SHAPE_DIGEST, SHAPE_DIGEST)        /* names served under one key */          \
	X(FACT_IDENTITY, "identity", SHAPE_DIGEST, SHAPE_ADDR)         /* who holds this certificate */          \
	X(FACT_TOKEN, "session token", SHAPE_DIGEST, SHAPE_ADDR)       /* who holds this cookie or token */      \
	X(FACT_SIGN_IN, "sign-in", SHAPE_DIGEST, SHAPE_ADDR)           /* who is asked to sign in again */       \
	X(FACT_CREDENTIAL, "credential", SHAPE_DIGEST, SHAPE_ADDR)     /* a credential seen in clear */          \
	X(FACT_SSID, "network name", SHAPE_TEXT, SHAPE_MAC)            /* who may beacon this SSID */            \
	X(FACT_BEACON, "beacon clock", SHAPE_MAC, SHAPE_NUMBER)        /* one access point, one clock */         \
	X(FACT_LURE, "lured client", SHAPE_TEXT, SHAPE_MAC)            /* unknown SSID that draws clients */     \
	X(FACT_DEAUTH, "deauthentication", SHAPE_MAC, SHAPE_MAC)                                                 \
	X(FACT_SCAN, "scan", SHAPE_MAC, SHAPE_SERVICE)                 /* distinct targets of a card */          \
	X(FACT_NEWCOMER, "newcomer", SHAPE_MAC, SHAPE_ADDR)                                                      \
	X(FACT_FLOW, "allowed flow", SHAPE_SERVICE, SHAPE_ADDR)                                                  \
	X(FACT_TLS_DUE, "TLS due", SHAPE_SERVICE, SHAPE_ADDR)          /* clinical content in clear */           \
	X(FACT_CERTIFICATE, "certificate", SHAPE_SERVICE, SHAPE_DIGEST) /* expired, weak, not for this name */   \
	X(FACT_MESSAGE, "message", SHAPE_TEXT, SHAPE_DIGEST)           /* what does it say */                    \
	X(FACT_MESSAGE_HABIT, "message habit", SHAPE_TEXT, SHAPE_DIGEST) /* what does an engine write anew */   \
	X(FACT_MESSAGE_ARRIVAL, "message arrival", SHAPE_TEXT, SHAPE_DIGEST) /* did it come, and in time */      \
	X(FACT_MESSAGE_SOURCE, "message source", SHAPE_TEXT, SHAPE_DIGEST)   /* who said it first */             \
	X(FACT_MESSAGE_ANSWER, "message answer", SHAPE_TEXT, SHAPE_DIGEST)   /* was it acknowledged */           \
	X(FACT_MESSAGE_ORDER, "message order", SHAPE_TEXT, SHAPE_DIGEST)     /* which came first */              \
	X(FACT_MESSAGE_END, "message end", SHAPE_TEXT, SHAPE_DIGEST)         /* where does it end */            \
	X(FACT_LEDGER, "ledger tree", SHAPE_TEXT, SHAPE_NUMBER)              /* is this file what was signed */

enum fact {
#define X(kind, name, subject, value) kind,
	FACT_TABLE(X)
#undef X
	FACTS
};

enum shape  fact_subject(enum fact f);
enum shape  fact_value(enum fact f);

/*
 * Witnesses of all facts, weakest first: a claim is explained only by a
 * witness that stands no lower than the one it contradicts.
 */
#define WITNESS_TABLE(X)                                                       \
	X(WITNESS_NONE, "nobody")                                              \
	X(WITNESS_TRAFFIC, "traffic")       /* the source of a packet */       \
	X(WITNESS_ARP, "arp")                                                  \
	X(WITNESS_NDP, "ndp")                                                  \
	X(WITNESS_ICMP, "icmp")                                                \
	X(WITNESS_STP, "stp")                                                  \
	X(WITNESS_FHRP, "fhrp")                                                \
	X(WITNESS_RA, "ra")                                                    \
	X(WITNESS_DHCP, "dhcp")                                                \
	X(WITNESS_DHCP6, "dhcp6")                                              \
	X(WITNESS_DNS, "dns")                                                  \
	X(WITNESS_LLMNR, "llmnr")                                              \
	X(WITNESS_NBNS, "nbns")                                                \
	X(WITNESS_MDNS, "mdns")                                                \
	X(WITNESS_TLS, "tls")                                                  \
	X(WITNESS_HTTP, "http")                                                \
	X(WITNESS_MAIL, "mail")                                                \
	X(WITNESS_CLINICAL, "clinical")                                        \
	X(WITNESS_WIFI, "wifi")                                                \
	X(WITNESS_GATE, "gateway")          /* who proved a key to it */       \
	X(WITNESS_SWITCH, "switch")                                            \
	X(WITNESS_PKI, "pki")                                                  \
	X(WITNESS_LEDGER, "ledger")         /* the signed tree */              \
	X(WITNESS_POLICY, "policy")

enum witness {
#define X(kind, name) kind,
	WITNESS_TABLE(X)
#undef X
	WITNESSES
};

const char *witness_name(enum witness w);

#endif
