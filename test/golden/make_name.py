#!/usr/bin/python3
"""Captures of DNS, LLMNR, mDNS and NetBIOS names, forged and ordinary."""
import socket
import struct
from scapy.all import DNS, DNSQR, DNSRR, Ether
from hosts import ALL, Host, Net, answer, query

CLIENT, OTHER = Host("10.20.3.31", "3c:52:82:10:20:31"), Host("10.20.3.32", "f4:39:09:10:20:32")
RESOLVER, STANDBY = Host("10.20.3.5", "00:50:56:10:20:05"), Host("10.20.3.5", "00:1a:4b:10:20:06")
GATEWAY, SECOND = Host("10.20.3.1", "00:1b:54:10:20:01"), Host("10.20.3.2", "00:1b:54:10:20:02")
ATTACKER = Host("10.20.3.66", "b8:27:eb:10:20:66")
DISTANT = Host("192.0.2.53", "00:00:00:00:00:00")
PACS, EHR = "10.20.3.40", "10.20.3.41"


def lan(name, *more):
    n = Net(name, GATEWAY)
    n.join(CLIENT, OTHER, RESOLVER, *more)
    n.meet(GATEWAY, CLIENT, RESOLVER, OTHER, *more)
    return n


def ask(n, client, resolver, name, addresses, type="A", id=None, port=None, **how):
    port, id = port or client.ephemeral(), id or client.ephemeral() * 3 % 65536
    n.udp(client, resolver, port, 53, query(name, id, type))
    n.wait(0.002)
    n.udp(resolver, client, 53, port, answer(name, id, addresses, type, **how))
    n.wait(0.6)
    return port, id


def usual(n, resolver=RESOLVER, times=4):
    for i in range(times):
        ask(n, CLIENT, resolver, "pacs.clinic.example", [PACS])
        ask(n, OTHER, resolver, "ehr.clinic.example", [EHR])


def race(name, forged_first, resolver=RESOLVER):
    n = lan(name, ATTACKER)
    usual(n, resolver)
    for i in range(3):
        port, id = CLIENT.ephemeral(), 0x4100 + i
        n.udp(CLIENT, resolver, port, 53, query("ehr.clinic.example", id))
        true = lambda: n.udp(resolver, CLIENT, 53, port, answer("ehr.clinic.example", id, [EHR]))
        lie = lambda: n.udp(resolver, CLIENT, 53, port, answer("ehr.clinic.example", id, [ATTACKER.ip], ttl=600), card=ATTACKER.mac, ttl=64, id=1)
        first, second = (lie, true) if forged_first else (true, lie)
        n.wait(0.001)
        first()
        n.wait(0.004)
        second()
        n.wait(2)
        usual(n, resolver, 1)
    n.write()


def guessing():
    n = lan("dns-guessing")
    usual(n, DISTANT)
    port = CLIENT.ephemeral()
    n.udp(CLIENT, DISTANT, port, 53, query("portal.clinic.example", 0x7001))
    for i in range(80):
        n.udp(DISTANT, CLIENT, 53, port, answer("portal.clinic.example", 0x1000 + i * 37, ["198.51.100.66"]), ttl=49, id=1)
    n.wait(0.01)
    n.udp(DISTANT, CLIENT, 53, port, answer("portal.clinic.example", 0x7001, ["198.51.100.10"]))
    usual(n, DISTANT, 2)
    n.write()


def wrong_card():
    """The forger answers alone: the resolver's own answer is lost."""
    n = lan("dns-wrong-card", ATTACKER)
    usual(n)
    for i in range(3):
        port, id = CLIENT.ephemeral(), 0x5200 + i
        n.udp(CLIENT, RESOLVER, port, 53, query("ehr.clinic.example", id))
        n.udp(RESOLVER, CLIENT, 53, port, answer("ehr.clinic.example", id, [ATTACKER.ip]), card=ATTACKER.mac, id=0)
        n.wait(0.4)
        usual(n, times=1)
    n.write()


def relayed_drop():
    """ARP spoofing and forged answers; the questions are not passed on."""
    n = lan("dns-arp-forged", ATTACKER)
    usual(n, DISTANT)
    for i in range(6):
        n.poison(ATTACKER, CLIENT, GATEWAY)
        n.poison(ATTACKER, GATEWAY, CLIENT)
        port, id = CLIENT.ephemeral(), 0x6200 + i
        n.udp(CLIENT, DISTANT, port, 53, query("portal.clinic.example", id), to=ATTACKER.mac)
        n.udp(DISTANT, CLIENT, 53, port, answer("portal.clinic.example", id, [ATTACKER.ip]), card=ATTACKER.mac, ttl=64)
        n.wait(0.7)
        ask(n, OTHER, DISTANT, "ehr.clinic.example", [EHR])
    n.write()


def ordinary():
    """Round robin, subsets, retries, truncation, failures, a name that moves with its lease."""
    n = lan("dns-ordinary")
    farm = ["198.51.100.%d" % i for i in range(10, 18)]
    for i in range(6):
        ask(n, CLIENT, RESOLVER, "cdn.vendor.example", farm[i:] + farm[:i])
        ask(n, CLIENT, RESOLVER, "edge.vendor.example", farm[i % 4 * 2:][:2])
        ask(n, CLIENT, RESOLVER, "ehr.clinic.example", [EHR] if i % 2 else [EHR, PACS])
        ask(n, CLIENT, RESOLVER, "missing.clinic.example", [], rcode=3)
    for i in range(3):
        # The stub asks again with the same number; both are answered, by another subset.
        port, id = CLIENT.ephemeral(), 0x3300 + i
        n.udp(CLIENT, RESOLVER, port, 53, query("edge.vendor.example", id))
        n.wait(1)
        n.udp(CLIENT, RESOLVER, port, 53, query("edge.vendor.example", id))
        n.udp(RESOLVER, CLIENT, 53, port, answer("edge.vendor.example", id, farm[:2]))
        n.udp(RESOLVER, CLIENT, 53, port, answer("edge.vendor.example", id, farm[2:4]))
        n.wait(1)
        # One failure and one answer, from two servers behind one address.
        port, id = CLIENT.ephemeral(), 0x3400 + i
        n.udp(CLIENT, RESOLVER, port, 53, query("slow.vendor.example", id))
        n.udp(RESOLVER, CLIENT, 53, port, answer("slow.vendor.example", id, [], rcode=2))
        n.udp(RESOLVER, CLIENT, 53, port, answer("slow.vendor.example", id, farm[:1]))
        n.wait(1)
    # An old device: always the same port and number.
    for i in range(5):
        ask(n, OTHER, RESOLVER, "time.clinic.example", ["10.20.3.%d" % (5 + i % 2)], id=1, port=1024)
    pump = n.join(Host("10.20.3.71", "00:03:b1:10:20:71"))
    n.dhcp(pump, GATEWAY, "pump-71", 0x71)
    n.meet(pump, CLIENT)
    for i in range(3):
        ask(n, CLIENT, RESOLVER, "pump-71.clinic.example", [pump.ip])
    pump = n.join(Host("10.20.3.99", pump.mac))
    n.dhcp(pump, GATEWAY, "pump-71", 0x72)
    n.meet(pump, CLIENT)
    for i in range(3):
        ask(n, CLIENT, RESOLVER, "pump-71.clinic.example", [pump.ip])
    n.write()


def failover():
    """The resolver's address moves to another machine and back; a distant one answers by two routers."""
    n = lan("dns-resolver-failover", SECOND)
    usual(n)
    for holder in (STANDBY, RESOLVER):
        n.join(holder)
        n.announce(holder)
        n.announce(holder)
        n.wait(2)
        for i in range(20):
            ask(n, CLIENT, holder, "pacs.clinic.example", [PACS])
        n.wait(50)
    for i in range(8):
        port, id = CLIENT.ephemeral(), 0x2200 + i
        n.udp(CLIENT, DISTANT, port, 53, query("www.vendor.example", id))
        n.udp(DISTANT, CLIENT, 53, port, answer("www.vendor.example", id, ["198.51.100.7"]), card=(GATEWAY, SECOND)[i % 2].mac)
        n.wait(0.5)
    n.write()


# --- names asked of everybody ---------------------------------------------------

LLMNR, MDNS = ("224.0.0.252", "01:00:5e:00:00:fc"), ("224.0.0.251", "01:00:5e:00:00:fb")


def nbname(name, suffix=0):
    raw = name.upper().ljust(15).encode() + bytes([suffix])
    return b"\x20" + bytes(c for b in raw for c in (65 + (b >> 4), 65 + (b & 15))) + b"\0"


def nb_query(name, id, broadcast=True):
    return struct.pack("!HHHHHH", id, 0x0110 if broadcast else 0x0100, 1, 0, 0, 0) + nbname(name) + struct.pack("!HH", 0x20, 1)


def nb_answer(name, id, ip, aa=True):
    return struct.pack("!HHHHHH", id, 0x8500 if aa else 0x8580, 0, 1, 0, 0) + nbname(name) + struct.pack("!HHIHH", 0x20, 1, 165, 6, 0) + socket.inet_aton(ip)


def nb_register(name, id, ip):
    q = struct.pack("!HHHHHH", id, 0x2910, 1, 0, 0, 1) + nbname(name) + struct.pack("!HH", 0x20, 1)
    return q + b"\xc0\x0c" + struct.pack("!HHIHH", 0x20, 1, 300000, 6, 0) + socket.inet_aton(ip)


def broadcast(n, src, data):
    n.group(src, "10.20.3.255", ALL, 137, 137, data)


def look_up(n, asker, name, number, protocols="lnm", by=None, ip=None):
    """asker asks everybody for a name, in the protocols given; by answers."""
    if "l" in protocols:
        port = asker.ephemeral()
        n.group(asker, *LLMNR, port, 5355, DNS(id=number, rd=0, qd=DNSQR(qname=name)))
        if by:
            n.udp(by, asker, 5355, port, DNS(id=number, qr=1, rd=0, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata=ip or by.ip, ttl=30)))
    if "n" in protocols:
        broadcast(n, asker, nb_query(name, number))
        if by:
            n.udp(by, asker, 137, 137, nb_answer(name, number, ip or by.ip))
    if "m" in protocols:
        full = name + ".local"
        n.group(asker, *MDNS, 5353, 5353, DNS(id=0, rd=0, qd=DNSQR(qname=full)))
        if by:
            n.group(by, *MDNS, 5353, 5353, DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=DNSRR(rrname=full, rclass=0x8001, rdata=ip or by.ip, ttl=120)))
    n.wait(1)


def mdns_announce(n, h, name):
    for i in range(2):
        n.group(h, *MDNS, 5353, 5353, DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=DNSRR(rrname=name + ".local", rclass=0x8001, rdata=h.ip, ttl=120)))
        n.wait(1)


def poison(name, protocols):
    """A name that nobody has: asked in vain, then answered by one who was there all the time."""
    n = lan(name, ATTACKER)
    for i in range(3):
        look_up(n, CLIENT, "filesrv", 0x100 + i, protocols)
        n.ping(ATTACKER, GATEWAY)
        n.wait(8)
    look_up(n, CLIENT, "filesrv", 0x200, protocols, by=ATTACKER)
    n.tcp(CLIENT, ATTACKER, 445).close()
    n.write()


def poison_many():
    """From the first moment of the capture somebody answers for everything."""
    n = lan("local-poison-many", ATTACKER)
    for i, name in enumerate(("filesrv", "printr", "intrant", "pacss", "mailhost")):
        look_up(n, (CLIENT, OTHER)[i % 2], name, 0x300 + i, "ln", by=ATTACKER)
        n.wait(4)
    n.write()


def poison_owned():
    """The owner registered its name and is alive; another answers first."""
    n = lan("local-poison-owned", ATTACKER)
    owner = n.join(Host("10.20.3.45", "00:1e:8f:10:20:45"))
    broadcast(n, owner, nb_register("PRINTSRV", 0x900, owner.ip))
    n.meet(owner, CLIENT)
    n.wait(5)
    look_up(n, CLIENT, "printsrv", 0x901, "ln", by=ATTACKER)
    look_up(n, CLIENT, "printsrv", 0x902, "ln", by=owner)
    n.write()


def wpad():
    n = lan("local-wpad", ATTACKER)
    look_up(n, CLIENT, "wpad", 0x400, "l", by=ATTACKER)
    n.write()


def local_ordinary():
    n = lan("local-ordinary")
    printer = n.join(Host("10.20.3.45", "00:1e:8f:10:20:45"))
    n.meet(printer, CLIENT, GATEWAY)
    # Asked while it was off; it comes up, says who it is, and answers.
    for i in range(3):
        look_up(n, CLIENT, "printsrv", 0x500 + i)
        n.wait(6)
    broadcast(n, printer, nb_register("PRINTSRV", 0x510, printer.ip))
    mdns_announce(n, printer, "printsrv")
    for i in range(3):
        look_up(n, CLIENT, "printsrv", 0x520 + i, by=printer)
        n.wait(4)
    # Its services: many records, one host.
    ptr = DNSRR(rrname="_ipp._tcp.local", type="PTR", rdata="Ward 3._ipp._tcp.local", ttl=4500)
    a = DNSRR(rrname="printsrv.local", rclass=0x8001, rdata=printer.ip, ttl=120)
    for i in range(4):
        n.group(CLIENT, *MDNS, 5353, 5353, DNS(id=0, rd=0, qd=DNSQR(qname=("_ipp", "_pdl-datastream", "_http", "_scanner")[i] + "._tcp.local", qtype="PTR")))
        n.group(printer, *MDNS, 5353, 5353, DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=ptr, ar=a))
        n.wait(2)
    # A laptop leaves its dock: the same name by another card, after a lease.
    wired, wireless = n.join(Host("10.20.3.81", "d8:9e:f3:10:20:81")), Host("10.20.3.82", "a4:4c:c8:10:20:82")
    n.dhcp(wired, GATEWAY, "laptop-9", 0x81)
    n.meet(wired, CLIENT)
    for i in range(4):
        look_up(n, CLIENT, "laptop-9", 0x540 + i, by=wired)
        n.wait(3)
    n.join(wireless)
    n.dhcp(wireless, GATEWAY, "laptop-9", 0x82)
    n.meet(wireless, CLIENT)
    for i in range(3):
        look_up(n, CLIENT, "laptop-9", 0x550 + i, by=wireless)
        n.wait(3)
    # A WINS server answers for many, asked alone.
    wins = n.join(Host("10.20.3.6", "00:50:56:10:20:06"))
    n.meet(wins, CLIENT)
    for i in range(8):
        n.udp(CLIENT, wins, 137, 137, nb_query("HOST%d" % i, 0x600 + i, False))
        n.udp(wins, CLIENT, 137, 137, nb_answer("HOST%d" % i, 0x600 + i, "10.20.3.%d" % (100 + i)))
        n.wait(1)
    # A reflector passes on what hosts of another network say.
    reflector = n.join(Host("10.20.3.7", "00:0b:86:10:20:07"))
    n.meet(reflector, CLIENT)
    for i in range(8):
        look_up(n, CLIENT, "ipad-%d" % i, 0, "m", by=reflector, ip="192.168.44.%d" % (20 + i))
        n.wait(2)
    n.write()


race("dns-race-forged-first", True)
race("dns-race-true-first", False)
race("dns-race-distant", True, DISTANT)
guessing()
wrong_card()
relayed_drop()
ordinary()
failover()
poison("local-poison-llmnr", "l")
poison("local-poison-nbns", "n")
poison("local-poison-mdns", "m")
poison_many()
poison_owned()
wpad()
local_ordinary()
