/* harm: see harm.h. */
#include "report/harm.h"

/* Words in the policy's kind, the gravest first. */
static const struct {
	const char *word, *level;
} KIND[] = {
	{ "ventilator", "life-supporting" }, { "pump", "life-supporting" }, { "anaesthesia", "life-supporting" }, { "anesthesia", "life-supporting" },
	{ "defibrillator", "life-supporting" }, { "dialysis", "life-supporting" }, { "incubator", "life-supporting" }, { "monitor", "high" },
	{ "telemetry", "high" }, { "alarm", "high" }, { "gateway", "high" }, { "engine", "high" }, { "analyser", "high" }, { "analyzer", "high" },
	{ "modality", "medium" }, { "scanner", "medium" }, { "archive", "medium" }, { "pacs", "medium" }, { "record", "medium" }, { "workstation", "low" },
	{ "laptop", "low" }, { "printer", "low" }, { "kiosk", "low" },
};

/* What a device speaks says what depends on it; the gravest first. */
static const struct {
	uint32_t    roles;
	const char *level, *why;
} ROLE[] = {
	{ ROLE_HL7_SENDER, "high", "it sends results or vital signs (guessed from HL7)" },
	{ ROLE_HL7_RECEIVER, "high", "others' results and vital signs go through it (guessed from HL7)" },
	{ ROLE_MQTT_CLIENT | ROLE_COAP, "high", "it may be a pump or a sensor (guessed from MQTT or CoAP)" },
	{ ROLE_MQTT_BROKER, "high", "devices' readings and orders go through it (guessed from MQTT)" },
	{ ROLE_ROUTER | ROLE_SWITCH | ROLE_DHCP | ROLE_DNS | ROLE_AP, "high", "other devices' connections depend on it" },
	{ ROLE_MODALITY | ROLE_PACS, "medium", "images wait (guessed from DICOM)" },
	{ ROLE_FHIR_SERVER | ROLE_FHIR_CLIENT, "medium", "it reads or serves records (guessed from FHIR)" },
	{ ROLE_REMOTE, "low", "it is only known to be supported from afar" },
};

struct harm_rank
harm_rank_of(const char *kind, uint32_t roles)
{
	if (kind && *kind) {
		for (size_t i = 0; i < sizeof KIND / sizeof *KIND; i++)
			if (bytes_hold_nocase(bytes_text(kind), KIND[i].word))
				return (struct harm_rank){ KIND[i].level, "by the kind that the policy names" };
	}
	for (size_t i = 0; i < sizeof ROLE / sizeof *ROLE; i++)
		if (roles & ROLE[i].roles)
			return (struct harm_rank){ ROLE[i].level, ROLE[i].why };
	return (struct harm_rank){ "unknown", "nothing clinical was seen of it: ask its owner" };
}

static bool
held(const struct cause_case *c, struct addr a)
{
	for (uint8_t i = 0; i < c->incident->victims_n; i++)
		if (addr_equal(c->incident->victims[i], a))
			return true;
	return false;
}

void
harm_phi(const struct cause_case *c, struct buf *out)
{
	bool     carried = false, changed = false;
	uint32_t plain = 0, closed = 0;

	for (uint32_t i = 0; i < c->findings; i++) {
		carried |= strcmp(c->finding[i].rule, "path.relay") == 0 || strcmp(c->finding[i].rule, "tls.intercept") == 0;
		changed |= strcmp(c->finding[i].technique, "T1565.002") == 0 || strcmp(c->finding[i].rule, "message.altered") == 0;
	}
	for (uint32_t i = 0; i < c->flows; i++) {
		const struct flow_record *f = &c->flow[i];
		if (f->clinical && held(c, f->client) && held(c, f->server))
			*(f->protection == PROTECTION_PLAIN ? &plain : &closed) += 1;
	}
	if (!plain && !closed)
		return;
	if (plain)
		buf_format(out, "%u clinical route%s in clear between the victims%s", plain, plain > 1 ? "s" : "",
		           carried ? " crossed the attacker's card: it could be read" : " could have been diverted; no packet was seen on another card");
	else
		buf_format(out, "%u clinical route%s between the victims, inside TLS%s", closed, closed > 1 ? "s" : "",
		           carried ? ": who ended the connection in between read it" : "");
	if (changed)
		buf_text(out, "; and bytes were changed on the way");
}
