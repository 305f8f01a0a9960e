/*
 * correction: an HL7 v2 result as its own correction (chapter 7: OBX-11 by table
 * 0085, OBR-25 by table 0123), for a person to look at.
 *
 * Every OBX whose value fields names ("OBX[2].5 OBX[3].5", as a finding has
 * them) gets the status C, as has the OBR it belongs to; the message gets an id
 * of its own, the old one with -C1 behind it.  Every other byte stays.
 */
#ifndef CONTENT_CORRECTION_H
#define CONTENT_CORRECTION_H

#include "base/buf.h"
#include "base/err.h"

/* ERR_FORM: it is no HL7, or fields names no result: there is nothing to propose. */
enum err correction_hl7(struct bytes message, const char *fields, struct buf *out) MUST_USE;

#endif
