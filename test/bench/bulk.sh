#!/bin/sh
# Makes a capture of bulk DICOM: C-STORE of large objects between two namespaces, offloads off.
# usage: bulk.sh OUT.pcap [OBJECTS] [MIB]
set -eu
OUT=$1 OBJECTS=${2:-3} MIB=${3:-180}
P=pb$$
D=$(mktemp -d)
end() { ip netns pids "$P-a" 2>/dev/null | xargs -r kill 2>/dev/null; ip netns pids "$P-b" 2>/dev/null | xargs -r kill 2>/dev/null; ip netns del "$P-a"; ip netns del "$P-b"; rm -rf "$D"; }
trap end EXIT
ip netns add "$P-a"
ip netns add "$P-b"
ip link add e0 netns "$P-a" type veth peer name e0 netns "$P-b"
for n in a b; do
	ip netns exec "$P-$n" ethtool -K e0 rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 || true
	ip -n "$P-$n" link set lo up
	ip -n "$P-$n" link set e0 up
done
ip -n "$P-a" addr add 10.41.0.1/24 dev e0
ip -n "$P-b" addr add 10.41.0.2/24 dev e0
python3 - "$D/big.dcm" "$MIB" <<'END'
import struct, sys
def el(g, e, vr, v):
    v += b"\0" if len(v) % 2 and vr == b"UI" else b" " if len(v) % 2 else b""
    if vr in (b"OW", b"OB"):
        return struct.pack("<HH2sHI", g, e, vr, 0, len(v)) + v
    return struct.pack("<HH2sH", g, e, vr, len(v)) + v
side = 2048
frames = int(sys.argv[2]) * (1 << 20) // (side * side * 2)
meta = el(2, 2, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + el(2, 3, b"UI", b"1.2.826.0.1.3680043.9.9.9.1") + el(2, 0x10, b"UI", b"1.2.840.10008.1.2.1") + el(2, 0x12, b"UI", b"1.2.826.0.1.3680043.9.9")
u16 = lambda v: struct.pack("<H", v)
body = el(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + el(8, 0x18, b"UI", b"1.2.826.0.1.3680043.9.9.9.1") + el(8, 0x60, b"CS", b"OT") + el(0x10, 0x10, b"PN", b"BENCH^BULK") + el(0x10, 0x20, b"LO", b"0") + el(0x20, 0xd, b"UI", b"1.2.826.0.1.3680043.9.9.9.2") + el(0x20, 0xe, b"UI", b"1.2.826.0.1.3680043.9.9.9.3")
body += el(0x28, 2, b"US", u16(1)) + el(0x28, 4, b"CS", b"MONOCHROME2") + el(0x28, 8, b"IS", str(frames).encode()) + el(0x28, 0x10, b"US", u16(side)) + el(0x28, 0x11, b"US", u16(side)) + el(0x28, 0x100, b"US", u16(16)) + el(0x28, 0x101, b"US", u16(16)) + el(0x28, 0x102, b"US", u16(15)) + el(0x28, 0x103, b"US", u16(0))
body += el(0x7fe0, 0x10, b"OW", bytes(range(256)) * (frames * side * side * 2 // 256))
open(sys.argv[1], "wb").write(b"\0" * 128 + b"DICM" + el(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body)
END
ip netns exec "$P-b" storescp -od "$D" --ignore 11112 &
ip netns exec "$P-a" tcpdump -i e0 -B 65536 -s 0 -w "$OUT" 2>/dev/null &
sleep 1
i=0
while [ $i -lt "$OBJECTS" ]; do
	ip netns exec "$P-a" storescu 10.41.0.2 11112 "$D/big.dcm" >/dev/null
	i=$((i + 1))
done
sleep 1
ip netns pids "$P-a" | xargs -r kill -INT
sleep 1
