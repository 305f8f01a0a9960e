#!/usr/bin/env python3
"""seed.py OUT CAPTURE…: the first frames of each capture (classic pcap) as a seed of test/fuzz/pipeline_watch.c.

At most MOST bytes of a capture are taken; times become the nearest power of two that the seed's form can say."""
import os
import struct
import sys

LINKS = {1: 0, 127: 1, 105: 2, 113: 3, 276: 4, 101: 5, 0: 6, 9: 7}
MOST = 3600


def frames(data):
    order = {0xa1b2c3d4: "<", 0xd4c3b2a1: ">", 0xa1b23c4d: "<", 0x4d3cb2a1: ">"}[struct.unpack("<I", data[:4])[0]]
    nano = struct.unpack(order + "I", data[:4])[0] == 0xa1b23c4d
    link = struct.unpack(order + "I", data[20:24])[0] & 0x0fffffff
    at = 24
    while at + 16 <= len(data):
        s, fraction, captured, _ = struct.unpack(order + "IIII", data[at:at + 16])
        yield link, s * 1000000 + (fraction // 1000 if nano else fraction), data[at + 16:at + 16 + captured]
        at += 16 + captured


def delta(us):
    if us < 0:
        return 248 + min(7, max(0, (-us).bit_length() - 1) // 4)
    return min(247, 8 * (max(1, us).bit_length() - 1))


out = sys.argv[1]
os.makedirs(out, exist_ok=True)
for path in sys.argv[2:]:
    seed, last = b"", None
    for link, when, body in frames(open(path, "rb").read()):
        if link not in LINKS or len(seed) + 4 + len(body) > MOST:
            continue
        seed += struct.pack(">BBH", LINKS[link], delta(when - last if last is not None else 0), len(body)) + body
        last = when
    if seed:
        open(os.path.join(out, os.path.basename(path).split(".")[0]), "wb").write(seed)
