/*
 * cut: the packets of a finding, out of the tapes of the sensors that saw them.
 *
 * Of each sighting: the frames of the message, or the frame alone, and up to
 * CUT_AROUND of the same conversation before and behind.  The result is one
 * pcapng (wire/pcap): interface 0 is the finding's own sighting, interface 1
 * the other one.  Its comment begins with the line
 *
 *	paravent slice N M       packet N of interface 0, M of interface 1, from 0; -1: none
 *
 * and goes on with the finding as an EVE line.
 */
#ifndef MAIN_CUT_H
#define MAIN_CUT_H

#include "base/buf.h"
#include "content/slice.h"
#include "model/finding.h"
#include "os/tape.h"

enum { CUT_AROUND = 16, CUT_NEAR = 512, CUT_NAME = 160, CUT_SIZE = 2 * SLICE_MOST + (64 << 10) };

struct cut;

enum err cut_new(struct cut **out) MUST_USE;
void     cut_free(struct cut *c);
void     cut_begin(struct cut *c);

/* side: 0 or 1.  first: where the message begins, 0 if that is not known.  ERR_NOTFOUND: the frame is not on the tape any more. */
enum err cut_side(struct cut *c, unsigned side, const struct tape *t, uint64_t first, uint64_t frame) MUST_USE;

/* Packets so far. */
uint32_t cut_packets(const struct cut *c);

/* name: of the places. */
void cut_print(const struct cut *c, const char *const name[static 2], struct bytes eve, struct buf *out);

/* Which packets a slice is about; false if it is none. */
bool cut_parse(struct bytes slice, int nth[static 2], struct bytes *eve);

/* The name of its file, without a suffix: the same whoever asks. */
void cut_name(const struct finding *f, char out[static CUT_NAME]);

#endif
