#!/usr/bin/env python3
"""Writes the captures of the lease family (DHCP, DHCPv6, starvation): python3-scapy, fixed times and seeds."""
import os
import random

from scapy.all import (ARP, BOOTP, DHCP, DUID_LL, ICMP, IP, UDP, DHCP6_Advertise, DHCP6_Reply, DHCP6_Request, DHCP6_Solicit,
                       DHCP6OptClientId, DHCP6OptDNSServers, DHCP6OptIA_NA, DHCP6OptIAAddress, DHCP6OptServerId, Ether,
                       ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6, wrpcap)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
T0 = 1800000000
ALL = "ff:ff:ff:ff:ff:ff"
GW, GW_IP = "00:1b:54:0a:00:01", "10.20.3.1"
DHCP1, DHCP1_IP = "00:25:90:0a:00:05", "10.20.3.5"
DHCP2, DHCP2_IP = "00:25:90:0a:00:06", "10.20.3.6"
DNS_IP, DNS2_IP = "10.20.3.10", "10.20.3.11"
EVIL, EVIL_IP = "b8:27:eb:0a:00:99", "10.20.3.99"
FAR = "198.51.100.20"


class Capture:
    def __init__(self, name):
        self.name, self.frames = name, []
        self.random = random.Random(name)

    def at(self, t, frame):
        frame.time = T0 + t
        self.frames.append(frame)

    def write(self):
        self.frames.sort(key=lambda f: f.time)
        wrpcap(os.path.join(HERE, self.name.replace("_", "-") + ".pcap"), self.frames, linktype=1)

    def arp(self, t, card, ip, target, answer=None):
        self.at(t, Ether(src=card, dst=ALL) / ARP(op=1, hwsrc=card, psrc=ip, pdst=target))
        if answer:
            self.at(t + 0.001, Ether(src=answer, dst=card) / ARP(op=2, hwsrc=answer, psrc=target, hwdst=card, pdst=ip))

    def ping(self, t, card, ip, n):
        """A host's echo through the router and back."""
        self.at(t, Ether(src=card, dst=GW) / IP(src=ip, dst=FAR, ttl=64, id=1000 + n) / ICMP(id=7, seq=n))
        self.at(t + 0.01, Ether(src=GW, dst=card) / IP(src=FAR, dst=ip, ttl=57, id=5000 + n) / ICMP(type=0, id=7, seq=n))

    def life(self, until, card="00:09:fb:0a:00:21", ip="10.20.3.21"):
        """A monitor that was here before, and talks to far away through the router."""
        for n in range(int(until)):
            if n % 10 == 0:
                self.arp(n + 0.1, card, ip, GW_IP, GW)
            self.ping(n + 0.2, card, ip, n)

    def dhcp(self, t, src, dst, ips, ports, op, kind, chaddr, xid, options=(), **bootp):
        raw = bytes.fromhex(chaddr.replace(":", ""))
        self.at(t, Ether(src=src, dst=dst) / IP(src=ips[0], dst=ips[1], id=self.random.randrange(1, 65535)) /
                UDP(sport=ports[0], dport=ports[1]) / BOOTP(op=op, chaddr=raw, xid=xid, **bootp) /
                DHCP(options=[("message-type", kind), *options, "end"]))

    def discover(self, t, card, xid, source=None, options=(), wants=(1, 3, 6, 15), vendor=b"MSFT 5.0"):
        self.dhcp(t, source or card, ALL, ("0.0.0.0", "255.255.255.255"), (68, 67), 1, "discover", card, xid,
                  [("vendor_class_id", vendor), ("param_req_list", list(wants)), *options])

    def request(self, t, card, xid, ip, server, source=None, wants=(1, 3, 6, 15), name=b"PC-14"):
        self.dhcp(t, source or card, ALL, ("0.0.0.0", "255.255.255.255"), (68, 67), 1, "request", card, xid,
                  [("requested_addr", ip), ("server_id", server), ("hostname", name), ("param_req_list", list(wants))])

    def answer(self, t, kind, server, server_ip, card, ip, xid, router=GW_IP, dns=(DNS_IP,), more=(), identifier=None):
        self.dhcp(t, server, card, (server_ip, ip), (67, 68), 2, kind, card, xid,
                  [("server_id", identifier or server_ip), ("lease_time", 3600), ("subnet_mask", "255.255.255.0"),
                   ("router", router), ("name_server", *dns), ("domain", b"ward.example"), *more], yiaddr=ip)

    def lease(self, t, card, ip, server=DHCP1, server_ip=DHCP1_IP, used=True, xid=None, source=None, wants=(1, 3, 6, 15), offer=True, **what):
        xid = xid or self.random.getrandbits(32)
        self.discover(t, card, xid, source, wants=wants)
        if offer:
            self.answer(t + 0.02, "offer", server, server_ip, card, ip, xid, **what)
        self.request(t + 0.05, card, xid, ip, server_ip, source, wants=wants)
        self.answer(t + 0.07, "ack", server, server_ip, card, ip, xid, **what)
        if used:
            self.arp(t + 0.2, card, ip, GW_IP, GW)
            self.ping(t + 0.3, card, ip, 1)


def card(n, maker="8c:16:45"):
    return "%s:0a:%02x:%02x" % (maker, n >> 8, n & 255)


def dhcp_rogue_second():
    """A second server names itself router and resolver."""
    c = Capture("dhcp_rogue_second")
    c.life(40)
    c.lease(5, card(1), "10.20.3.101")
    c.arp(12, EVIL, EVIL_IP, GW_IP, GW)
    x = 0x1234
    c.discover(20, card(2), x)
    c.answer(20.01, "offer", EVIL, EVIL_IP, card(2), "10.20.3.150", x, router=EVIL_IP, dns=(EVIL_IP,))
    c.answer(20.02, "offer", DHCP1, DHCP1_IP, card(2), "10.20.3.102", x)
    c.request(20.05, card(2), x, "10.20.3.150", EVIL_IP)
    c.answer(20.07, "ack", EVIL, EVIL_IP, card(2), "10.20.3.150", x, router=EVIL_IP, dns=(EVIL_IP,))
    c.write()


def dhcp_rogue_first():
    """The attacker's answer is the first lease ever seen; the real server's comes after it."""
    c = Capture("dhcp_rogue_first")
    c.life(40)
    c.arp(12, EVIL, EVIL_IP, GW_IP, GW)
    for n, t in ((1, 20), (2, 25)):
        x = 0x1000 + n
        c.discover(t, card(n), x)
        c.answer(t + 0.01, "offer", EVIL, EVIL_IP, card(n), "10.20.3.15%d" % n, x, router=EVIL_IP, dns=(EVIL_IP,))
        c.answer(t + 0.02, "offer", DHCP1, DHCP1_IP, card(n), "10.20.3.10%d" % n, x)
        c.request(t + 0.05, card(n), x, "10.20.3.10%d" % n, DHCP1_IP)
        c.answer(t + 0.07, "ack", DHCP1, DHCP1_IP, card(n), "10.20.3.10%d" % n, x)
    c.write()


def dhcp_rogue_resolver():
    """A second server leaves the router as it is and names a resolver far away."""
    c = Capture("dhcp_rogue_resolver")
    c.life(40)
    c.lease(5, card(1), "10.20.3.101")
    c.lease(20, card(2), "10.20.3.150", EVIL, EVIL_IP, dns=("203.0.113.53",))
    c.write()


def dhcp_rogue_home_router():
    """Somebody plugs in a box from home, with a network of its own."""
    c = Capture("dhcp_rogue_home_router")
    c.life(40)
    c.lease(5, card(1), "10.20.3.101")
    c.lease(20, card(2), "192.168.1.100", "c0:25:e9:0a:00:01", "192.168.1.1", used=False, router="192.168.1.1", dns=("192.168.1.1",))
    c.write()


def dhcp_wpad():
    """A second server hands out a proxy configuration; the first, asked for it, gives none."""
    c = Capture("dhcp_wpad")
    wants = (1, 3, 6, 15, 252)
    c.life(40)
    c.lease(5, card(1), "10.20.3.101", wants=wants)
    c.lease(20, card(2), "10.20.3.150", EVIL, EVIL_IP, wants=wants, more=((252, b"http://10.20.3.99/wpad.dat"),))
    c.write()


def dhcp_failover_pair():
    """Two servers, the same options; one leaves out what its client did not ask for, and the order differs."""
    c = Capture("dhcp_failover_pair")
    c.life(40)
    for n in range(6):
        server, ip = ((DHCP1, DHCP1_IP), (DHCP2, DHCP2_IP))[n % 2]
        dns = ((DNS_IP, DNS2_IP), (DNS2_IP, DNS_IP))[n % 2]
        more = ((252, b"http://wpad.ward.example/wpad.dat"),) if n in (2, 5) else ()
        c.lease(5 + 5 * n, card(n), "10.20.3.10%d" % n, server, ip, dns=dns, more=more, wants=(1, 3, 6, 252) if more else (1, 3, 6))
    c.write()


def dhcp_pxe():
    """A boot server answers beside the DHCP server and gives no address."""
    c = Capture("dhcp_pxe")
    c.life(30)
    c.lease(5, card(1), "10.20.3.101")
    x = 77
    c.discover(12, card(2), x, vendor=b"PXEClient:Arch:00007:UNDI:003016")
    c.answer(12.01, "offer", DHCP1, DHCP1_IP, card(2), "10.20.3.102", x)
    c.dhcp(12.02, DHCP2, ALL, (DHCP2_IP, "255.255.255.255"), (67, 68), 2, "offer", card(2), x,
           [("server_id", DHCP2_IP), ("vendor_class_id", b"PXEClient"), (43, b"\x06\x01\x08\xff")], siaddr=DHCP2_IP)
    c.request(12.05, card(2), x, "10.20.3.102", DHCP1_IP)
    c.answer(12.07, "ack", DHCP1, DHCP1_IP, card(2), "10.20.3.102", x)
    c.arp(12.2, card(2), "10.20.3.102", GW_IP, GW)
    c.write()


def dhcp_renewal_and_move():
    """Renewals, a release, and the address given to the next; the router is the server and names itself."""
    c = Capture("dhcp_renewal_and_move")
    c.life(80)
    a, b, ip = card(1), card(2), "10.20.3.101"
    gateway = dict(server=GW, server_ip=GW_IP, dns=(GW_IP,))
    c.lease(5, a, ip, **gateway)
    for n, t in enumerate((15, 25)):
        c.dhcp(t, a, GW, (ip, GW_IP), (68, 67), 1, "request", a, 500 + n, [("param_req_list", [1, 3, 6, 15])], ciaddr=ip)
        c.dhcp(t + 0.01, GW, a, (GW_IP, ip), (67, 68), 2, "ack", a, 500 + n,
               [("server_id", GW_IP), ("lease_time", 3600), ("router", GW_IP), ("name_server", GW_IP), ("domain", b"ward.example")], yiaddr=ip, ciaddr=ip)
        c.ping(t + 1, a, ip, n)
    c.dhcp(30, a, GW, (ip, GW_IP), (68, 67), 1, "release", a, 600, [("server_id", GW_IP)], ciaddr=ip)
    c.lease(40, b, ip, **gateway)
    for n in range(10):
        c.ping(45 + n, b, ip, 100 + n)
    c.write()


def dhcp_relay():
    """One answer seen twice: server to relay, relay to client."""
    c = Capture("dhcp_relay")
    c.life(30)
    server, server_ip, relay_ip = DHCP1, "10.20.9.5", "10.20.3.1"
    for n in range(3):
        x, ip, t, m = 900 + n, "10.20.3.10%d" % n, 5 + 5 * n, card(n)
        options = [("server_id", server_ip), ("lease_time", 3600), ("router", GW_IP), ("name_server", DNS_IP)]
        for dt, kind, reply in ((0, "discover", "offer"), (0.1, "request", "ack")):
            c.dhcp(t + dt, m, ALL, ("0.0.0.0", "255.255.255.255"), (68, 67), 1, kind, m, x, [("param_req_list", [1, 3, 6])])
            c.dhcp(t + dt + 0.01, GW, server, (relay_ip, server_ip), (67, 67), 1, kind, m, x, [("param_req_list", [1, 3, 6])], giaddr=relay_ip, hops=1)
            c.dhcp(t + dt + 0.02, server, GW, (server_ip, relay_ip), (67, 67), 2, reply, m, x, options, giaddr=relay_ip, yiaddr=ip)
            c.dhcp(t + dt + 0.03, GW, m, (relay_ip, ip), (67, 68), 2, reply, m, x, options, giaddr=relay_ip, yiaddr=ip)
        c.arp(t + 0.3, m, ip, GW_IP, GW)
    c.write()


def starvation_one_card():
    """Many clients asked for from one card (yersinia, dhcpstarv)."""
    c = Capture("starvation_one_card")
    c.life(12)
    for n in range(80):
        t = 4 + n * 0.05
        x = c.random.getrandbits(32)
        c.discover(t, "%02x:%02x:%02x:%02x:%02x:%02x" % tuple([n & 0xfe] + [c.random.randrange(256) for _ in range(5)]), x, source=EVIL)
    c.write()


def starvation_many_cards():
    """As many cards as clients, none of which ever takes an offer."""
    c = Capture("starvation_many_cards")
    c.life(16)
    for n in range(90):
        m = "%02x:%02x:%02x:%02x:%02x:%02x" % tuple([n & 0xfc | 2] + [c.random.randrange(256) for _ in range(5)])
        c.discover(3 + n * 0.1, m, c.random.getrandbits(32), wants=(1,))
    c.write()


def starvation_full_leases():
    """Invented clients that go all the way to a lease and are never heard again (DHCPig)."""
    c = Capture("starvation_full_leases")
    c.life(4, card(1), "10.20.3.101")
    for n in range(2):
        c.lease(1 + n * 0.2, card(n + 1), "10.20.3.10%d" % (n + 1))
    for n in range(35):
        m = "02:%02x:%02x:%02x:%02x:%02x" % tuple(c.random.randrange(256) for _ in range(5))
        c.lease(8 + n * 0.15, m, "10.20.3.%d" % (110 + n), used=False, wants=(1,), offer=False)
    c.lease(18, card(3), "10.20.3.103")
    c.write()


def morning_power_up():
    """Tablets by the dozen in seconds; the server is slow, some ask twice, all use what they get."""
    c = Capture("morning_power_up")
    for n in range(34):
        t, m, ip, x = 2 + n * 0.03, card(300 + n, "3c:22:fb"), "10.20.3.%d" % (110 + n), c.random.getrandbits(32)
        c.discover(t, m, x, wants=(1,))
        if n % 8 == 0:
            c.discover(t + 1.5, m, x, wants=(1,))
        c.request(t + 3.25, m, x, ip, DHCP1_IP, wants=(1,), name=b"T")
        c.answer(t + 3.3, "ack", DHCP1, DHCP1_IP, m, ip, x)
        c.at(t + 3.5, Ether(src=m, dst=ALL) / ARP(op=1, hwsrc=m, psrc=ip, pdst=GW_IP))
    c.lease(14, card(1), "10.20.3.101")
    c.lease(20, card(2), "10.20.3.102")
    c.write()


def power_up_without_server():
    """The same tablets, and the server is down: they ask again and again."""
    c = Capture("power_up_without_server")
    for n in range(38):
        m, x = card(300 + n, "3c:22:fb"), c.random.getrandbits(32)
        for dt in (0, 3.1, 8.2):
            c.discover(1 + n * 0.05 + dt, m, x, wants=(1,))
    c.write()


# --- DHCPv6 ---------------------------------------------------------------------------

GW6, PC6, EVIL6, SRV6 = "fe80::21b:54ff:fe0a:1", "fe80::8e16:45ff:fe0a:1", "fe80::ba27:ebff:fe0a:99", "fe80::225:90ff:fe0a:5"


def six(c, src, dst, a, b, hlim=255):
    return Ether(src=src, dst=dst) / IPv6(src=a, dst=b, hlim=hlim)


def ra(c, t, managed, lifetime=1800):
    c.at(t, six(c, GW, "33:33:00:00:00:01", GW6, "ff02::1") / ICMPv6ND_RA(M=managed, O=managed, routerlifetime=lifetime) /
         ICMPv6NDOptPrefixInfo(prefix="2001:db8:20:3::", prefixlen=64) / ICMPv6NDOptSrcLLAddr(lladdr=GW))


def dhcp6(c, t, server, server6, address, dns, client=card(1), client6=PC6, xid=0x77):
    cid, sid = DHCP6OptClientId(duid=DUID_LL(lladdr=client)), DHCP6OptServerId(duid=DUID_LL(lladdr=server))
    ia = DHCP6OptIA_NA(iaid=1, ianaopts=[DHCP6OptIAAddress(addr=address, preflft=300, validlft=600)])
    names = DHCP6OptDNSServers(dnsservers=[dns])
    ask = six(c, client, "33:33:00:01:00:02", client6, "ff02::1:2", 1) / UDP(sport=546, dport=547)
    back = six(c, server, client, server6, client6, 64) / UDP(sport=547, dport=546)
    c.at(t, ask / DHCP6_Solicit(trid=xid) / cid / DHCP6OptIA_NA(iaid=1))
    c.at(t + 0.02, back / DHCP6_Advertise(trid=xid) / cid / sid / ia / names)
    c.at(t + 0.04, ask / DHCP6_Request(trid=xid + 1) / cid / sid / ia)
    c.at(t + 0.06, back / DHCP6_Reply(trid=xid + 1) / cid / sid / ia / names)


def dhcp6_mitm6():
    """A network of IPv4 alone: a host answers the clients' solicitations and names itself resolver."""
    c = Capture("dhcp6_mitm6")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    dhcp6(c, 15, EVIL, EVIL6, "fe80::3:101", EVIL6)
    c.write()


def dhcp6_second():
    """The router has a server, announced by its flags; another one names another resolver."""
    c = Capture("dhcp6_second")
    c.life(40)
    ra(c, 2, 1)
    dhcp6(c, 5, DHCP1, SRV6, "2001:db8:20:3::101", "2001:db8:20:3::53")
    c.arp(10, EVIL, EVIL_IP, GW_IP, GW)
    dhcp6(c, 20, EVIL, EVIL6, "2001:db8:20:3::666", EVIL6, card(2), "fe80::8e16:45ff:fe0a:2", 0x99)
    c.write()


def dhcp6_announced():
    """A server that the router's flags announce, and renewals."""
    c = Capture("dhcp6_announced")
    c.life(40)
    ra(c, 2, 1)
    for n in range(3):
        dhcp6(c, 5 + 10 * n, DHCP1, SRV6, "2001:db8:20:3::10%d" % n, "2001:db8:20:3::53", card(n), "fe80::8e16:45ff:fe0a:%d" % (n + 1), 0x100 * n)
    c.write()


if __name__ == "__main__":
    for case in (dhcp_rogue_second, dhcp_rogue_first, dhcp_rogue_resolver, dhcp_rogue_home_router, dhcp_wpad, dhcp_failover_pair, dhcp_pxe,
                 dhcp_renewal_and_move, dhcp_relay, starvation_one_card, starvation_many_cards, starvation_full_leases, morning_power_up,
                 power_up_without_server, dhcp6_mitm6, dhcp6_second, dhcp6_announced):
        case()
