"""hosts: a small network that writes a capture: hosts that ask for each other by ARP, UDP, TCP.

Deterministic: time runs by what is sent, numbers come from counters.
"""
import os
import struct
from scapy.all import ARP, DNS, DNSQR, DNSRR, ICMP, IP, TCP, UDP, Ether, PcapWriter, Raw

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
ALL = "ff:ff:ff:ff:ff:ff"


class Host:
    def __init__(self, ip, mac, ttl=64):
        self.ip, self.mac, self.ttl = ip, mac, ttl
        self.id = sum(mac.encode()) * 7 % 60000
        self.port = 40000 + sum(ip.encode()) % 9000

    def ephemeral(self):
        self.port += 7
        return self.port


class Net:
    """gateway carries what is not for a host in self.here."""

    def __init__(self, name, gateway=None):
        self.name, self.gateway, self.t, self.here, self.packets = name, gateway, 1_700_000_000.0, {}, []
        if gateway:
            self.join(gateway)

    def join(self, *hosts):
        for h in hosts:
            self.here[h.ip] = h
        return hosts[0]

    def wait(self, seconds):
        self.t += seconds

    def frame(self, packet, after=0.0004):
        self.t += after
        self.packets.append((self.t, bytes(packet)))

    def ip(self, src, dst, payload, card=None, to=None, ttl=None, df=False, id=None):
        """src, dst: Host.  card: the sending card if not src's; to: the card it is sent to."""
        src.id = (src.id + 1) % 65536
        if card is None:
            card = src.mac if src.ip in self.here else self.gateway.mac
        if to is None:
            to = dst.mac if dst.ip in self.here else self.gateway.mac
        if ttl is None:
            ttl = src.ttl if src.ip in self.here else src.ttl - 9
        self.frame(Ether(src=card, dst=to) / IP(src=src.ip, dst=dst.ip, ttl=ttl, id=src.id if id is None else id, flags="DF" if df else 0) / payload)

    def udp(self, src, dst, sport, dport, data, **how):
        self.ip(src, dst, UDP(sport=sport, dport=dport) / Raw(bytes(data)), **how)

    def group(self, src, ip, mac, sport, dport, data):
        src.id = (src.id + 1) % 65536
        self.frame(Ether(src=src.mac, dst=mac) / IP(src=src.ip, dst=ip, ttl=255 if dport == 5353 else 64, id=src.id) / UDP(sport=sport, dport=dport) / Raw(bytes(data)))

    def arp(self, a, b):
        """a asks for b, b answers."""
        self.frame(Ether(src=a.mac, dst=ALL) / ARP(op=1, hwsrc=a.mac, psrc=a.ip, hwdst="00:00:00:00:00:00", pdst=b.ip))
        self.frame(Ether(src=b.mac, dst=a.mac) / ARP(op=2, hwsrc=b.mac, psrc=b.ip, hwdst=a.mac, pdst=a.ip))

    def announce(self, h):
        self.frame(Ether(src=h.mac, dst=ALL) / ARP(op=1, hwsrc=h.mac, psrc=h.ip, hwdst="00:00:00:00:00:00", pdst=h.ip))

    def poison(self, m, victim, of):
        """m tells victim that of's address is at m."""
        self.frame(Ether(src=m.mac, dst=victim.mac) / ARP(op=2, hwsrc=m.mac, psrc=of.ip, hwdst=victim.mac, pdst=victim.ip))

    def ping(self, a, b):
        self.ip(a, b, ICMP(type=8, id=7, seq=a.id % 1000) / Raw(b"0123456789abcdef"))
        self.ip(b, a, ICMP(type=0, id=7, seq=(a.id - 1) % 1000) / Raw(b"0123456789abcdef"))

    def meet(self, *hosts):
        """Each asks for each and they talk."""
        for i, a in enumerate(hosts):
            for b in hosts[i + 1:]:
                self.arp(a, b)
                self.arp(b, a)
                self.ping(a, b)
                self.wait(0.05)

    def dhcp(self, client, server, name, xid):
        """A lease: request and acknowledgement, broadcast."""
        def message(op, kind, yiaddr, more):
            b = struct.pack("!BBBBIHH4s4s4s4s", op, 1, 6, 0, xid, 0, 0, b"\0" * 4, bytes(map(int, yiaddr.split("."))), b"\0" * 4, b"\0" * 4)
            b += bytes.fromhex(client.mac.replace(":", "")) + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63" + bytes([53, 1, kind]) + more + b"\xff"
            return b
        ask = bytes([50, 4]) + bytes(map(int, client.ip.split("."))) + bytes([12, len(name)]) + name.encode()
        me = bytes(map(int, server.ip.split(".")))
        offer = bytes([54, 4]) + me + bytes([51, 4]) + struct.pack("!I", 86400) + bytes([1, 4, 255, 255, 255, 0])
        self.frame(Ether(src=client.mac, dst=ALL) / IP(src="0.0.0.0", dst="255.255.255.255", id=xid % 65536) / UDP(sport=68, dport=67) / Raw(message(1, 3, "0.0.0.0", ask)))
        self.frame(Ether(src=server.mac, dst=client.mac) / IP(src=server.ip, dst=client.ip, id=(xid + 1) % 65536) / UDP(sport=67, dport=68) / Raw(message(2, 5, client.ip, offer)))

    def tcp(self, client, server, dport, **how):
        return Conversation(self, client, server, client.ephemeral(), dport, **how)

    def write(self):
        path = os.path.join(CAPTURES, self.name + ".pcap")
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for t, b in self.packets:
                us = int(round(t * 1_000_000))
                f.write(struct.pack("<IIII", us // 1_000_000, us % 1_000_000, len(b), len(b)) + b)


class Conversation:
    """One TCP connection.  through: a Host whose card takes the server's place on this link; relay: one that carries each packet on."""

    def __init__(self, net, client, server, sport, dport, through=None, relay=None):
        self.net, self.ends, self.ports, self.through, self.relay = net, (client, server), (sport, dport), through, relay
        self.seq = [1000 * sport % 2**32, 77 * sport % 2**32]
        self.send(0, "S", options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (sport, 0)), ("NOP", None), ("WScale", 7)])
        self.send(1, "SA", options=[("MSS", 1460), ("NOP", None), ("WScale", 7)])
        self.send(0, "A")

    def send(self, side, flags, data=b"", options=()):
        me, you = self.ends[side], self.ends[1 - side]
        segment = TCP(sport=self.ports[side], dport=self.ports[1 - side], seq=self.seq[side], ack=self.seq[1 - side] if "A" in flags else 0, flags=flags, window=64240, options=list(options)) / Raw(data)
        how = {}
        if self.through:
            how = {"to": self.through.mac} if side == 0 else {"card": self.through.mac}
        if self.relay:
            m = self.relay.mac
            out = you.mac if you.ip in self.net.here else self.net.gateway.mac
            own = me.mac if me.ip in self.net.here else self.net.gateway.mac
            ttl = me.ttl if me.ip in self.net.here else me.ttl - 9
            self.net.ip(me, you, segment, card=own, to=m)
            self.net.ip(me, you, segment, card=m, to=out, ttl=ttl - 1, id=me.id)
            me.id -= 1
        else:
            self.net.ip(me, you, segment, **how)
        self.seq[side] = (self.seq[side] + len(data) + ("S" in flags or "F" in flags)) % 2**32

    def client(self, data):
        self.part(0, data)

    def server(self, data):
        self.part(1, data)

    def part(self, side, data):
        data = data.encode() if isinstance(data, str) else bytes(data)
        for i in range(0, len(data), 1400):
            self.send(side, "PA", data[i:i + 1400])
            self.send(1 - side, "A")

    def close(self):
        self.send(0, "FA")
        self.send(1, "FA")
        self.send(0, "A")


def query(name, id, type="A", rd=1):
    return DNS(id=id, rd=rd, qd=DNSQR(qname=name, qtype=type))


def answer(name, id, addresses, type="A", ttl=60, rcode=0, aa=0, tc=0):
    rr = None
    for a in addresses:
        r = DNSRR(rrname=name, type=type, rdata=a, ttl=ttl)
        rr = rr / r if rr else r
    return DNS(id=id, qr=1, rd=1, ra=1, aa=aa, tc=tc, rcode=rcode, qd=DNSQR(qname=name, qtype=type), an=rr, ancount=len(addresses))
