/* capture: see capture.h; the layout is the kernel's Documentation/networking/packet_mmap.rst. */
#include "os/capture.h"
#include "base/memory.h"

#include <errno.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BLOCK = 1 << 17, /* the largest frame with offloads on fits; more blocks, more milliseconds before the ring is full */
	RING_DEFAULT = 8 << 20,
	RETIRE_MS = 1, /* a frame waits this long for its block to fill, or twice as long */
	ROOM = 4,       /* for a tag to be put back */
};

struct capture {
	int      fd;
	uint8_t *ring;
	size_t   size;
	uint32_t blocks, block; /* block: the one being read */
	uint32_t left;          /* frames left in it */
	uint8_t *at;
	uint32_t linktype;
	uint64_t drops;
};

static enum err
err_of(int e)
{
	return e == EPERM || e == EACCES ? ERR_PERM : e == ENODEV || e == ENXIO ? ERR_NOTFOUND : e == ENOMEM ? ERR_MEMORY : ERR_IO;
}

/* ARPHRD of the interface to the link types we read. */
static enum err
find_linktype(int fd, const char *interface, uint32_t *out)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", interface);
	if (ioctl(fd, SIOCGIFHWADDR, &r))
		return err_of(errno);
	switch (r.ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		*out = 1;
		return OK;
	case ARPHRD_IEEE80211:
		*out = 105;
		return OK;
	case ARPHRD_IEEE80211_RADIOTAP:
		*out = 127;
		return OK;
	case ARPHRD_NONE:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_PPP:
		*out = 101;
		return OK;
	default:
		return ERR_UNSUPPORTED;
	}
}

static enum err
set_up(struct capture *c, const char *interface, const struct capture_options *o)
{
	int                 version = TPACKET_V3, reserve = ROOM;
	struct tpacket_req3 q = {
		.tp_block_size = BLOCK, .tp_block_nr = c->blocks, .tp_frame_size = 2048,
		.tp_frame_nr = c->blocks * (BLOCK / 2048), .tp_retire_blk_tov = RETIRE_MS,
	};
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };

	to.sll_ifindex = (int)if_nametoindex(interface);
	if (!to.sll_ifindex)
		return ERR_NOTFOUND;
	all.mr_ifindex = to.sll_ifindex;
	enum err e = find_linktype(c->fd, interface, &c->linktype);
	if (e)
		return e;
	if (setsockopt(c->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) ||
	    setsockopt(c->fd, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve) ||
	    setsockopt(c->fd, SOL_PACKET, PACKET_RX_RING, &q, sizeof q))
		return err_of(errno);
	c->ring = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (c->ring == MAP_FAILED) {
		c->ring = NULL;
		return err_of(errno);
	}
	if (bind(c->fd, (struct sockaddr *)&to, sizeof to) ||
	    setsockopt(c->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
		return err_of(errno);
	if (o->fanout) {
		/* Both directions of a flow, and all of its fragments, to the same reader. */
		int fanout = o->fanout | (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG) << 16;
		if (setsockopt(c->fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout))
			return err_of(errno);
	}
	return OK;
}

enum err
capture_new(const char *interface, const struct capture_options *o, struct capture **out)
{
	struct capture *c = memory_new(1, sizeof *c);
	enum err        e;

	if (!c)
		return ERR_MEMORY;
	c->blocks = (uint32_t)((o->ring ? o->ring : RING_DEFAULT) / BLOCK);
	c->blocks = c->blocks < 2 ? 2 : c->blocks;
	c->size = (size_t)c->blocks * BLOCK;
	c->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	e = c->fd < 0 ? err_of(errno) : set_up(c, interface, o);
	if (e) {
		int saved = errno;
		capture_free(c);
		errno = saved;
		return e;
	}
	*out = c;
	return OK;
}

void
capture_free(struct capture *c)
{
	if (!c)
		return;
	if (c->ring)
		munmap(c->ring, c->size);
	if (c->fd >= 0)
		close(c->fd);
	memory_free(c);
}

int
capture_fd(const struct capture *c)
{
	return c->fd;
}

bool
capture_ready(const struct capture *c)
{
	return c->left > 0;
}

static struct tpacket_block_desc *
block(const struct capture *c)
{
	return (struct tpacket_block_desc *)(void *)(c->ring + (size_t)c->block * BLOCK);
}

/* Puts an 802.1Q tag back between the cards and the ethertype: the cards move into the room before them. */
static void
put_tag_back(const struct tpacket3_hdr *h, struct capture_frame *out)
{
	uint8_t *frame = (uint8_t *)(uintptr_t)out->data.at - 4;
	uint16_t tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : ETH_P_8021Q;
	uint16_t tci = (uint16_t)h->hv1.tp_vlan_tci;

	memmove(frame, frame + 4, 12);
	frame[12] = (uint8_t)(tpid >> 8);
	frame[13] = (uint8_t)tpid;
	frame[14] = (uint8_t)(tci >> 8);
	frame[15] = (uint8_t)tci;
	out->data = bytes_of(frame, out->data.len + 4);
	out->length += 4;
}

enum err
capture_next(struct capture *c, struct capture_frame *out)
{
	struct tpacket_block_desc *b = block(c);

	while (!c->left) {
		if (c->at) { /* done with this block: the kernel may have it back */
			__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
			c->block = (c->block + 1) % c->blocks;
			c->at = NULL;
			b = block(c);
		}
		if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
			struct pollfd p = { c->fd, POLLERR, 0 };
			if (poll(&p, 1, 0) > 0 && p.revents & (POLLERR | POLLHUP | POLLNVAL))
				return ERR_CLOSED;
			return ERR_AGAIN;
		}
		c->left = b->hdr.bh1.num_pkts;
		c->at = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
	}
	struct tpacket3_hdr *h = (struct tpacket3_hdr *)(void *)c->at;
	out->data = bytes_of(c->at + h->tp_mac, h->tp_snaplen);
	out->length = h->tp_len;
	out->linktype = c->linktype;
	out->when.us = (int64_t)h->tp_sec * INSTANT_SECOND + h->tp_nsec / 1000;
	if (h->tp_status & TP_STATUS_VLAN_VALID && h->tp_snaplen >= 12 && c->linktype == 1)
		put_tag_back(h, out);
	c->left--;
	c->at += h->tp_next_offset;
	return OK;
}

uint64_t
capture_drops(struct capture *c)
{
	struct tpacket_stats_v3 s;
	socklen_t               n = sizeof s;

	/* Reading the counters sets them to zero. */
	if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &s, &n) == 0)
		c->drops += s.tp_drops;
	return c->drops;
}
