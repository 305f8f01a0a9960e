/* decoder: the table; one row a protocol, tried in this order. */
#include "sensor/decoder.h"
#include "sensor/care.h"
#include "sensor/clinical.h"
#include "sensor/lease.h"
#include "sensor/mail.h"
#include "sensor/name.h"
#include "sensor/router.h"
#include "sensor/secure.h"
#include "sensor/support.h"
#include "sensor/web.h"

static const struct decoder TABLE[] = {
	/* app        name      over     ports                              looks               stream               datagram         resync               gone */
	{ APP_TLS,    "tls",    IP_TCP,  { 443, 8443, 2762, 8883, 636 },    secure_tls_looks,   secure_tls,          NULL,            NULL,                secure_gone },
	{ APP_HTTP,   "http",   IP_TCP,  { 80, 8080, 8000, 3128 },          web_looks,          web_stream,          NULL,            web_resync,          care_gone },
	{ APP_MLLP,   "hl7",    IP_TCP,  { 2575, 2576, 6661 },              clinical_hl7_looks, clinical_hl7,        NULL,            clinical_hl7_resync, care_gone },
	{ APP_DICOM,  "dicom",  IP_TCP,  { 104, 11112, 4242 },              clinical_dicom_looks, clinical_dicom,    NULL,            clinical_dicom_resync, care_gone },
	{ APP_MQTT,   "mqtt",   IP_TCP,  { 1883 },                          clinical_mqtt_looks, clinical_mqtt,      NULL,            clinical_mqtt_resync, care_gone },
	{ APP_MAIL,   "mail",   IP_TCP,  { 25, 587, 143, 110, 21, 389, 5222 }, mail_looks,      mail_stream,         NULL,            NULL,                NULL },
	{ APP_SOCKS,  "socks",  IP_TCP,  { 1080 },                          support_socks_looks, support_socks,      NULL,            NULL,                NULL },
	{ APP_DNS,    "dns",    IP_TCP,  { 53 },                            name_tcp_looks,     name_tcp,            NULL,            NULL,                NULL },
	{ APP_REMOTE, "remote", IP_TCP,  { 22, 23, 3389, 5900, 5938 },      support_looks,      support_stream,      NULL,            NULL,                NULL },
	{ APP_DNS,    "dns",    IP_UDP,  { 53, 5353, 5355 },                name_looks,         NULL,                name_datagram,   NULL,                NULL },
	{ APP_DNS,    "nbns",   IP_UDP,  { 137 },                           name_nbns_looks,    NULL,                name_nbns,       NULL,                NULL },
	{ APP_NONE,   "dhcp",   IP_UDP,  { 67, 68 },                        lease_dhcp_looks,   NULL,                lease_dhcp,      NULL,                NULL },
	{ APP_NONE,   "dhcpv6", IP_UDP,  { 546, 547 },                      lease_dhcp6_looks,  NULL,                lease_dhcp6,     NULL,                NULL },
	{ APP_NONE,   "hsrp",   IP_UDP,  { 1985, 2029 },                    router_hsrp_looks,  NULL,                router_hsrp,     NULL,                NULL },
	{ APP_QUIC,   "quic",   IP_UDP,  { 443 },                           secure_quic_looks,  NULL,                secure_quic,     NULL,                secure_gone },
	{ APP_DTLS,   "dtls",   IP_UDP,  { 5684, 4433 },                    secure_dtls_looks,  NULL,                secure_dtls,     NULL,                secure_gone },
	{ APP_COAP,   "coap",   IP_UDP,  { 5683 },                          clinical_coap_looks, NULL,               clinical_coap,   NULL,                care_gone },
	{ APP_REMOTE, "remote", IP_UDP,  { 3389, 5938, 500, 51820, 1194 },  support_udp_looks,  NULL,                support_datagram, NULL,               NULL },
};
enum { ROWS = sizeof TABLE / sizeof *TABLE };

/* f->row is one more than the index of its row. */
const struct decoder *
decoder_of(const struct flow *f)
{
	return f->row ? &TABLE[f->row - 1] : NULL;
}

static bool
own_port(const struct decoder *d, uint16_t port)
{
	for (int i = 0; i < 8 && d->ports[i]; i++)
		if (d->ports[i] == port)
			return true;
	return false;
}

static bool
try(struct flow *f, int i, int side, struct bytes in)
{
	if (TABLE[i].protocol != f->key.protocol || !TABLE[i].looks(f, side, in))
		return false;
	f->app = (uint8_t)TABLE[i].app;
	f->row = (uint8_t)(i + 1);
	return true;
}

const struct decoder *
decoder_find(struct flow *f, const struct packet *p, int side, struct bytes in)
{
	uint16_t port = flow_port(f, FLOW_SERVER);

	(void)p;
	if (f->row)
		return &TABLE[f->row - 1];
	if (f->app == APP_NONE)
		return NULL;
	for (int i = 0; i < ROWS; i++)
		if (own_port(&TABLE[i], port) && try(f, i, side, in))
			return &TABLE[f->row - 1];
	for (int i = 0; i < ROWS; i++)
		if (try(f, i, side, in))
			return &TABLE[f->row - 1];
	if (f->key.protocol == IP_UDP && ++f->side[side].tries >= 3)
		f->app = APP_NONE;
	return NULL;
}
