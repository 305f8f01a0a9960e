"""messages.py COUNT A.pcap B.pcap: HL7 messages of 1 KiB with their acknowledgements, from a device to a gateway (A) and on to a record
system (B) half a millisecond later: what `paravent reconcile` compares."""
import struct
import sys

count = int(sys.argv[1])


def total(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n ^ 0xffff


class Tap:
    def __init__(self, path, client, server, port):
        self.f = open(path, "wb")
        self.f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.end = [(client, 40000), (server, port)]
        self.seq, self.id = [1000, 5000], 0

    def say(self, us, side, data, flags=0x18):
        (a, ap), (b, bp) = self.end[side], self.end[1 - side]
        self.id += 1
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), self.id & 0xffff, 0, 64, 6, 0, a, b)
        ip = ip[:10] + struct.pack("!H", total(ip)) + ip[12:]
        tcp = struct.pack("!HHIIBBHHH", ap, bp, self.seq[side] & 0xffffffff, self.seq[1 - side] & 0xffffffff, 0x50, flags, 65535, 0, 0)
        card = lambda x: b"\x02\0" + x
        frame = card(b) + card(a) + b"\x08\0" + ip + tcp + data
        self.f.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)) + frame)
        self.seq[side] += len(data) + (flags == 2 or flags == 0x12)


device, gateway, record = bytes([10, 1, 0, 1]), bytes([10, 1, 0, 2]), bytes([10, 1, 0, 3])
a, b = Tap(sys.argv[2], device, gateway, 2575), Tap(sys.argv[3], gateway, record, 2576)
now = 1790000000 * 1000000
for tap in (a, b):
    tap.say(now, 0, b"", 2)
    tap.say(now, 1, b"", 0x12)
for n in range(count):
    now += 1000
    obx = "".join("OBX|%d|NM|%d^MDC_VALUE_%d^MDC|1.%d.1.1|%d|266016^mm[Hg]^MDC|||||F|||20261121193100\r" % (i, 147842 + i, i, i, 60 + (n * i) % 97) for i in range(1, 8))
    text = ("MSH|^~\\&|MON^00:09:FB:00:00:21^EUI-48|ICU|EHR|HOSPITAL|20261121193102+0000||ORU^R01^ORU_R01|MON%012d|P|2.6|||AL|NE\r"
            "PID|||%d^^^HOSPITAL^MR||DUCK^DONALD^D||19241010|M\rPV1||I|ICU^3^7\rOBR|1|%d^MON|4711^MON|182777000^monitoring of patient^SCT|||20261121193100\r%s" %
            (n, n % 500, n, obx)).encode()
    text += b"NTE|1||" + b"x" * max(0, 1024 - len(text) - 8) + b"\r"
    answer = b"\x0bMSH|^~\\&|EHR|HOSPITAL|MON|ICU|20261121193102||ACK|A%012d|P|2.6\rMSA|AA|MON%012d\r\x1c\r" % (n, n)
    for tap, late in ((a, 0), (b, 500)):
        tap.say(now + late, 0, b"\x0b" + text + b"\x1c\r")
        tap.say(now + late + 200, 1, answer)
