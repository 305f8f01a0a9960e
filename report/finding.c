/* finding: see finding.h.  EVE's shape: flat, no arrays of objects. */
#include "report/finding.h"
#include "base/json.h"

static const char *
protocol_name(const struct finding *f)
{
	if (f->arp)
		return "ARP";
	switch (f->protocol) {
	case 1:
		return "ICMP";
	case 6:
		return "TCP";
	case 17:
		return "UDP";
	case 58:
		return "IPv6-ICMP";
	case 112:
		return "VRRP";
	default:
		return "";
	}
}

void
finding_json(const struct finding *f, const char *place, const char *capture, const char *before, struct buf *out)
{
	json_open(out, NULL, '{');
	json_instant(out, "timestamp", f->when);
	json_text(out, "event_type", "alert");
	json_text_if(out, "in_iface", place);
	json_addr_if(out, "src_ip", f->src);
	json_addr_if(out, "dest_ip", f->dst);
	if (f->port)
		json_number(out, "dest_port", f->port);
	json_text_if(out, "proto", protocol_name(f));
	json_open(out, "alert", '{');
	json_text(out, "signature", f->rule);
	json_text(out, "category", f->category);
	json_number(out, "severity", f->severity);
	json_close(out, '}');
	json_open(out, "paravent", '{');
	json_text(out, "rule", f->rule);
	json_text(out, "says", f->says);
	json_text_if(out, "witness_a", f->value_a[0] ? f->witness_a : "");
	json_text_if(out, "value_a", f->value_a);
	json_text(out, "witness_b", f->witness_b);
	json_text_if(out, "value_b", f->value_b);
	if (!mac_zero(f->attacker)) {
		json_mac(out, "attacker_mac", f->attacker);
		json_addr_if(out, "attacker_ip", f->attacker_ip);
	}
	json_addr_if(out, "victim_ip", f->victim_ip);
	json_text_if(out, "technique", f->technique);
	json_number(out, "confidence", f->confidence);
	json_text_if(out, "protocol", f->clinical);
	json_text_if(out, "message", f->message);
	json_text_if(out, "message_type", f->type);
	json_text_if(out, "field", f->fields);
	if (f->count > 1)
		json_number(out, "count", f->count);
	json_text_if(out, "incident", f->incident);
	struct buf where;
	uint8_t    room[160];
	where = buf_over(room, sizeof room);
	if (f->frame) { /* what no packet said has none */
		buf_format(&where, "%.100s#%llu", capture, (unsigned long long)f->frame);
		json_bytes(out, "evidence", buf_bytes(&where));
	}
	if (f->frame_before) {
		buf_reset(&where);
		buf_format(&where, "%.100s#%llu", before, (unsigned long long)f->frame_before);
		json_bytes(out, "evidence_a", buf_bytes(&where));
	}
	json_close(out, '}');
	json_close(out, '}');
	buf_u8(out, '\n');
}

void
finding_text(const struct finding *f, bool color, struct buf *out)
{
	static const char *const paint[] = { "", "\033[1;31m", "\033[31m", "\033[33m", "\033[2m" };
	static const char *const word[] = { "", "CRITICAL", "MAJOR", "MINOR", "INFO" };
	uint8_t                  s = f->severity <= 4 ? f->severity : 4;

	instant_print(f->when, out);
	buf_format(out, "  %s%-8s %s%s\n    %s\n", color ? paint[s] : "", word[s], f->rule, color ? "\033[0m" : "", f->says);
	if (f->value_a[0])
		buf_format(out, "    %s says %s; %s says %s\n", f->witness_a, f->value_a, f->witness_b, f->value_b);
	if (!mac_zero(f->attacker)) {
		buf_text(out, f->confidence >= 90 ? "    culprit: " : "    suspect: ");
		mac_print(f->attacker, out);
		if (!addr_none(f->attacker_ip)) {
			buf_text(out, " at ");
			addr_print(f->attacker_ip, out);
		}
		buf_format(out, " (confidence %u %%)\n", f->confidence);
	}
	buf_format(out, "    evidence: frame %llu", (unsigned long long)f->frame);
	if (f->frame_before)
		buf_format(out, " against frame %llu", (unsigned long long)f->frame_before);
	if (f->incident[0])
		buf_format(out, "; incident %s", f->incident);
	buf_u8(out, '\n');
}
