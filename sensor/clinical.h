/*
 * clinical: HL7 v2 over MLLP, DICOM, MQTT and CoAP, to the depth of who speaks
 * to whom about what kind of thing; never the content.
 *
 * Claims: clinical content in clear (TLS due), credential.  Inventory: roles, names.
 * Events: hl7, dicom, mqtt, coap.
 */
#ifndef SENSOR_CLINICAL_H
#define SENSOR_CLINICAL_H

#include "sensor/flow.h"

bool   clinical_hl7_looks(const struct flow *f, int side, struct bytes in);
size_t clinical_hl7(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   clinical_hl7_resync(struct sensor *s, struct packet *p, int side);
bool   clinical_dicom_looks(const struct flow *f, int side, struct bytes in);
size_t clinical_dicom(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   clinical_dicom_resync(struct sensor *s, struct packet *p, int side);
bool   clinical_mqtt_looks(const struct flow *f, int side, struct bytes in);
size_t clinical_mqtt(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   clinical_mqtt_resync(struct sensor *s, struct packet *p, int side);
bool   clinical_coap_looks(const struct flow *f, int side, struct bytes in);
void   clinical_coap(struct sensor *s, struct packet *p, int side, struct bytes in);

/* The flow carries clinical content in clear: labels it, claims it once. */
void clinical_plain(struct sensor *s, struct packet *p, const char *protocol);

/* A TLS handshake was completed with this service: content in clear there will be a claim of its own. */
void clinical_was_tls(struct sensor *s, struct addr server, uint16_t port);

/* Sender and receiver of packet p have these roles, each if its address is its card's own; 0 for none. */
void clinical_roles(struct sensor *s, const struct packet *p, uint32_t sender, uint32_t receiver);

#endif
