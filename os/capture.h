/*
 * capture: live frames of one interface: AF_PACKET with TPACKET_V3 (packet(7)),
 * a ring of blocks shared with the kernel, several readers by PACKET_FANOUT.
 *
 * The interface is set promiscuous while the descriptor is open.  A tag that
 * the card took off the frame is put back before the frame is shown.
 */
#ifndef OS_CAPTURE_H
#define OS_CAPTURE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"

struct capture;

struct capture_options {
	size_t   ring;   /* bytes of the ring, 0 for the default of 8 MiB */
	uint16_t fanout; /* group number, 0 for none */
};

struct capture_frame {
	struct bytes   data;
	struct instant when;
	uint32_t       length;   /* on the wire */
	uint32_t       linktype; /* of the tcpdump.org registry */
};

/* Needs CAP_NET_RAW; errno says more. */
enum err capture_new(const char *interface, const struct capture_options *o, struct capture **out) MUST_USE;
void     capture_free(struct capture *c);

/*
 * The next frame; ERR_AGAIN if there is none now (wait on capture_fd),
 * ERR_CLOSED if the interface went away.  Valid until the next call.
 */
enum err capture_next(struct capture *c, struct capture_frame *out) MUST_USE;
/* The next frame lies in the same block as the last: fetching it leaves the last one valid. */
bool     capture_ready(const struct capture *c);
int      capture_fd(const struct capture *c);

/* Frames the kernel had no room for since the start. */
uint64_t capture_drops(struct capture *c);

#endif
