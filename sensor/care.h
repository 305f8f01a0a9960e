/*
 * care: the messages of clinical conversations, read to their end as they come
 * and told as keyed digests (content/message): nothing of them is kept.
 *
 * A conversation has a slot while it lasts, a message while it is read; both
 * come from fixed pools, and when one is empty the longest silent gives way:
 * the next message of its side says that bytes before it were not seen.
 *
 * All of it only where messages are asked for: s->cares is set.
 */
#ifndef SENSOR_CARE_H
#define SENSOR_CARE_H

#include "sensor/flow.h"
#include "wire/http.h"

/* The next bytes of one side of an HL7 conversation, in order. */
void care_hl7(struct sensor *s, struct packet *p, int side, struct bytes in);

/* A-ASSOCIATE-RQ or -AC. */
struct dicom_associate;
void care_dicom_associate(struct sensor *s, struct packet *p, const struct dicom_associate *a);
/* A P-DATA-TF PDU of this length begins; then what comes of it, taken off in, until it is no longer within. */
enum care_dicom_state { CARE_DICOM_BETWEEN, CARE_DICOM_WITHIN, CARE_DICOM_LOST };
void                  care_dicom_begin(struct sensor *s, struct packet *p, int side, uint32_t length);
enum care_dicom_state care_dicom(struct sensor *s, struct packet *p, int side, struct bytes *in, uint32_t *pass); /* pass: so many more need not be shown */

/*
 * A FHIR request or response was met, whose head begins at `at`.  True: its
 * body is to be told: its length, or that of each chunk, then its bytes, taken
 * off in, true when so many were, and its end.
 */
bool care_fhir_request(struct sensor *s, struct packet *p, int side, const struct http_request *r, const uint8_t *at);
bool care_fhir_response(struct sensor *s, struct packet *p, int side, const struct http_response *r, bool body, const uint8_t *at);
void care_fhir_expect(struct sensor *s, struct packet *p, int side, uint64_t length);
bool care_fhir_put(struct sensor *s, struct packet *p, int side, struct bytes *in);
void care_fhir_end(struct sensor *s, struct packet *p, int side);

/*
 * The next bytes of one side of an MQTT conversation, and how many of that
 * packet are still to come; those go to care_mqtt_more, which says how many it
 * took, 0 if none are due.
 */
void   care_mqtt(struct sensor *s, struct packet *p, int side, struct bytes in, size_t more);
size_t care_mqtt_more(struct sensor *s, struct packet *p, int side, struct bytes in);
/* The same in frames of a WebSocket: bytes done with, or DECODER_CLOSE if it carries no MQTT. */
size_t care_mqtt_socket(struct sensor *s, struct packet *p, int side, struct bytes in);

struct coap;
void care_coap(struct sensor *s, struct packet *p, int side, const struct coap *m);

/* p's conversation is of the kind that is read: a relayed copy of it is read too, from its first packet on. */
void care_attend(struct sensor *s, const struct packet *p);
/* n bytes of a side were never seen. */
void care_gap(struct sensor *s, const struct packet *p, int side, uint32_t n);
/* The conversation is over. */
void care_gone(struct sensor *s, struct flow *f);

struct known_table;
struct cares *care_new(size_t memory, const uint8_t key[static 32], struct known_table *known); /* known may be NULL */
void          care_free(struct cares *c);

#endif
