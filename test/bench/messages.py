"""messages.py COUNT A.pcap B.pcap: HL7 messages of 1 KiB with their acknowledgements, from a device to a gateway (A) and on to a record
system (B) half a millisecond later: what `paravent reconcile` compares."""
import struct
import sys

def total(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n ^ 0xffff


class Tap:
    """One conversation as one place sees it; cards: of the client's and of the server's side, made of their addresses if not given."""
    def __init__(self, put, client, server, port, cards=None):
        self.put = put
        self.end = [(client, 40000), (server, port)]
        self.cards = cards or [b"\x02\0" + client, b"\x02\0" + server]
        self.seq, self.id = [1000, 5000], 0

    def say(self, us, side, data, flags=0x18):
        (a, ap), (b, bp) = self.end[side], self.end[1 - side]
        self.id += 1
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), self.id & 0xffff, 0, 64, 6, 0, a, b)
        ip = ip[:10] + struct.pack("!H", total(ip)) + ip[12:]
        tcp = struct.pack("!HHIIBBHHH", ap, bp, self.seq[side] & 0xffffffff, self.seq[1 - side] & 0xffffffff, 0x50, flags, 65535, 0, 0)
        self.put(us, self.cards[1 - side] + self.cards[side] + b"\x08\0" + ip + tcp + data)
        self.seq[side] += len(data) + (flags == 2 or flags == 0x12)


device, gateway, record = bytes([10, 1, 0, 1]), bytes([10, 1, 0, 2]), bytes([10, 1, 0, 3])


def opened(taps, now):
    for tap in taps:
        tap.say(now, 0, b"", 2)
        tap.say(now, 1, b"", 0x12)


def message(n):
    obx = "".join("OBX|%d|NM|%d^MDC_VALUE_%d^MDC|1.%d.1.1|%d|266016^mm[Hg]^MDC|||||F|||20261121193100\r" % (i, 147842 + i, i, i, 60 + (n * i) % 97) for i in range(1, 8))
    text = ("MSH|^~\\&|MON^00:09:FB:00:00:21^EUI-48|ICU|EHR|HOSPITAL|20261121193102+0000||ORU^R01^ORU_R01|MON%012d|P|2.6|||AL|NE\r"
            "PID|||%d^^^HOSPITAL^MR||DUCK^DONALD^D||19241010|M\rPV1||I|ICU^3^7\rOBR|1|%d^MON|4711^MON|182777000^monitoring of patient^SCT|||20261121193100\r%s" %
            (n, n % 500, n, obx)).encode()
    return b"\x0b" + text + b"NTE|1||" + b"x" * max(0, 1024 - len(text) - 8) + b"\r\x1c\r"


def answer(n):
    return b"\x0bMSH|^~\\&|EHR|HOSPITAL|MON|ICU|20261121193102||ACK|A%012d|P|2.6\rMSA|AA|MON%012d\r\x1c\r" % (n, n)


def capture(path):
    f = open(path, "wb")
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    return lambda us, frame: f.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)) + frame)


if __name__ == "__main__":
    a, b = Tap(capture(sys.argv[2]), device, gateway, 2575), Tap(capture(sys.argv[3]), gateway, record, 2576)
    now = 1790000000 * 1000000
    opened((a, b), now)
    for n in range(int(sys.argv[1])):
        now += 1000
        for tap, late in ((a, 0), (b, 500)):
            tap.say(now + late, 0, message(n))
            tap.say(now + late + 200, 1, answer(n))
