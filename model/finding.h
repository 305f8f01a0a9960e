/*
 * finding: a contradiction that nothing explains, or a broken rule, with both
 * witnesses' words; and the incident that findings are joined into.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "base/addr.h"
#include "base/instant.h"

struct finding {
	char           rule[24];      /* stable id, see docs/rules.md */
	char           category[24];
	char           technique[12]; /* ATT&CK */
	uint8_t        severity;      /* 1 highest, 4 information */
	uint8_t        confidence;    /* percent: in the culprit named */
	uint8_t        protocol;      /* IP protocol, 0 below IP */
	bool           arp;           /* said by ARP: EVE's proto */
	uint16_t       place, source, port;
	uint32_t       domain;
	struct instant when;          /* capture time of the packet that completed it */
	uint64_t       frame, frame_before; /* evidence: both sightings, 0 if there was one */
	struct mac     attacker;      /* zero: nobody is named */
	struct addr    attacker_ip, victim_ip, src, dst;
	char           witness_a[16], witness_b[16];
	char           value_a[64], value_b[64];
	char           clinical[8];   /* hl7 dicom fhir mqtt coap, or empty */
	/* About a message: its own id, its type, the paths of fields that differ; never a value. */
	char           message[64], type[24], fields[160];
	bool           two_places;    /* the other sighting (frame_before) is of this capture: */
	uint16_t       place_before, source_before;
	uint64_t       frame_first, frame_first_before; /* of a message: where each sighting of it begins; 0: not known */
	char           says[400];
	uint32_t       count;         /* how often this and its like were seen before it was told */
	char           incident[24];
};

struct incident {
	char           id[24];
	struct mac     attacker;
	struct addr    attacker_ip;
	struct addr    victims[8];
	uint8_t        victims_n, severity;
	uint32_t       findings;
	char           rules[160];    /* blank between, in order of appearance */
	struct instant first, last;
};

#endif
