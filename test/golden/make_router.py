#!/usr/bin/env python3
"""Writes the captures of the router family (RA, redirects, VRRP, HSRP, spanning tree): python3-scapy, fixed times."""
import struct

from scapy.all import (ARP, HSRP, ICMP, IP, LLC, SNAP, STP, UDP, VRRP, Dot3, Ether, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS, ICMPv6NDOptRouteInfo, ICMPv6NDOptSrcLLAddr, IPv6, Raw)

from make_lease import ALL, EVIL, EVIL6, EVIL_IP, GW, GW6, GW_IP, PC6, Capture, card, six

GW2, GW2_IP, GW2_6 = "00:1b:54:0a:00:02", "10.20.3.2", "fe80::21b:54ff:fe0a:2"
VIP = "10.20.3.254"
PC, PC_IP = card(1), "10.20.3.101"
NODES = "33:33:00:00:00:01"


def ra(c, t, src=GW, a=GW6, lifetime=1800, prefix="2001:db8:20:3::", rdnss=None, prf=0, option=True, route=None):
    f = six(c, src, NODES, a, "ff02::1") / ICMPv6ND_RA(routerlifetime=lifetime, prf=prf, M=0, O=0)
    if prefix:
        f /= ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64)
    if rdnss:
        f /= ICMPv6NDOptRDNSS(dns=[rdnss], lifetime=600)
    if route:
        f /= ICMPv6NDOptRouteInfo(prefix=route, plen=64, rtlifetime=1800)
    if option:
        f /= ICMPv6NDOptSrcLLAddr(lladdr=src)
    c.at(t, f)


def ra_rogue():
    """A host advertises itself as preferred router and resolver beside the router."""
    c = Capture("ra_rogue")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for t in (2, 8, 14, 20, 26):
        ra(c, t)
    for t in (18, 22):
        ra(c, t, EVIL, EVIL6, prefix="2001:db8:666::", rdnss=EVIL6, prf=1)
    c.write()


def ra_rogue_only():
    """IPv6 comes to a network of IPv4 alone, from a host."""
    c = Capture("ra_rogue_only")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for t in (18, 22):
        ra(c, t, EVIL, EVIL6, prefix="2001:db8:666::")
    c.write()


def ra_kill_router():
    """A host takes the router back in its name."""
    c = Capture("ra_kill_router")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for t in (2, 8, 14, 20, 26):
        ra(c, t)
    ra(c, 18, EVIL, GW6, lifetime=0, option=False)
    c.write()


def ra_kill_router_by_turns():
    """The same with the router's own card in the frame."""
    c = Capture("ra_kill_router_by_turns")
    c.life(40)
    for n in range(10):
        ra(c, 2 + 3 * n)
        if n > 2:
            ra(c, 3 + 3 * n, lifetime=0)
    c.write()


def ra_two_routers():
    c = Capture("ra_two_routers")
    c.life(40)
    c.arp(1, GW2, GW2_IP, GW_IP, GW)
    for n in range(6):
        ra(c, 2 + 6 * n)
        ra(c, 15 + 4 * n, GW2, GW2_6)
    c.write()


def ra_thread_border_router():
    """Routes to a mesh, no default route."""
    c = Capture("ra_thread_border_router")
    c.life(40)
    m = "d0:73:d5:0a:00:01"
    c.arp(3, m, "10.20.3.77", GW_IP, GW)
    for n in range(4):
        ra(c, 2 + 6 * n)
        ra(c, 15 + 5 * n, m, "fe80::d273:d5ff:fe0a:1", lifetime=0, prefix=None, route="fd5e:1234:5678:1::")
    c.write()


def ra_renumbering():
    """The router takes a prefix back, restarts, and has another."""
    c = Capture("ra_renumbering")
    c.life(40)
    for t in (2, 8, 14):
        ra(c, t)
    ra(c, 20, lifetime=0)
    for t in (22, 28, 34):
        ra(c, t, prefix="2001:db8:20:33::")
    c.write()


# --- redirects ---------------------------------------------------------------------------


def redirect(c, t, src, ip, gateway, to=PC, to_ip=PC_IP, destination="198.51.100.77"):
    inner = IP(src=to_ip, dst=destination, ttl=63, id=77) / UDP(sport=40000, dport=53) / Raw(b"12345678")
    c.at(t, Ether(src=src, dst=to) / IP(src=ip, dst=to_ip, ttl=64, id=int(t * 10)) / ICMP(type=5, code=1, gw=gateway) / inner)


def redirect_forged():
    """In the router's name, towards the attacker."""
    c = Capture("redirect_forged")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    c.arp(4, PC, PC_IP, GW_IP, GW)
    for t in (15, 18, 21):
        redirect(c, t, EVIL, GW_IP, EVIL_IP)
    c.write()


def redirect_by_router():
    """The router names the other router."""
    c = Capture("redirect_by_router")
    c.life(30)
    c.arp(3, GW2, GW2_IP, GW_IP, GW)
    c.arp(4, PC, PC_IP, GW_IP, GW)
    for t in (15, 18, 21):
        redirect(c, t, GW, GW_IP, GW2_IP)
    c.write()


def redirect6_forged():
    c = Capture("redirect6_forged")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for t in (2, 8, 14):
        ra(c, t)
    for t in (16, 20):
        c.at(t, six(c, EVIL, PC, GW6, PC6) / ICMPv6ND_Redirect(tgt=EVIL6, dst="2001:db8:99::77") / ICMPv6NDOptDstLLAddr(lladdr=EVIL))
    c.write()


# --- VRRP --------------------------------------------------------------------------------


def vrrp(c, t, src, ip, priority, vrid=7):
    c.at(t, Ether(src=src, dst="01:00:5e:00:00:12") / IP(src=ip, dst="224.0.0.18", ttl=255, proto=112, id=int(t * 100) & 65535) /
         VRRP(version=2, type=1, vrid=vrid, priority=priority, ipcount=1, authtype=0, adv=1, addrlist=[VIP]))


def announce(c, t, src, ip):
    c.at(t, Ether(src=src, dst=ALL) / ARP(op=1, hwsrc=src, psrc=ip, pdst=ip))


def vrrp_takeover():
    c = Capture("vrrp_takeover")
    c.life(30)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for n in range(17):
        vrrp(c, 1 + n, "00:00:5e:00:01:07", GW_IP, 150)
    for n in range(10):
        vrrp(c, 17.4 + n, EVIL, EVIL_IP, 255)
    c.write()


def vrrp_failover_and_failback():
    """keepalived without a shared card: the address moves from card to card and back."""
    c = Capture("vrrp_failover_and_failback")
    c.life(60)
    c.arp(0.5, GW2, GW2_IP, GW_IP, GW)
    c.arp(1.5, PC, PC_IP, VIP, GW)
    for n in range(15):
        vrrp(c, 1 + n, GW, GW_IP, 150)
    announce(c, 19.1, GW2, VIP)
    for n in range(20):
        vrrp(c, 19 + n, GW2, GW2_IP, 100)
    c.arp(22, PC, PC_IP, VIP, GW2)
    announce(c, 39.3, GW, VIP)
    for n in range(15):
        vrrp(c, 39.2 + n, GW, GW_IP, 150)
    c.arp(42, PC, PC_IP, VIP, GW)
    c.write()


# --- HSRP --------------------------------------------------------------------------------

SHARED = "00:00:0c:07:ac:05"


def hsrp(c, t, src, ip, state, priority, op=0):
    c.at(t, Ether(src=src, dst="01:00:5e:00:00:02") / IP(src=ip, dst="224.0.0.2", ttl=1, id=int(t * 100) & 65535) / UDP(sport=1985, dport=1985) /
         HSRP(opcode=op, state=state, hellotime=3, holdtime=10, priority=priority, group=5, virtualIP=VIP))


def pair(c, first, last, active=(GW, GW_IP, 110), standby=(GW2, GW2_IP, 100)):
    t = first
    while t < last:
        hsrp(c, t, SHARED, active[1], 16, active[2])
        if standby:
            hsrp(c, t + 0.3, standby[0], standby[1], 8, standby[2])
        t += 3


def hsrp_coup():
    c = Capture("hsrp_coup")
    c.life(40)
    c.arp(0.6, GW2, GW2_IP, GW_IP, GW)
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    pair(c, 1, 40)
    hsrp(c, 20, EVIL, EVIL_IP, 4, 255, op=1)
    for n in range(6):
        hsrp(c, 20.5 + 3 * n, SHARED, EVIL_IP, 16, 255)
    c.write()


def hsrp_failover():
    """The active router falls silent, comes back, and takes its place again by a coup."""
    c = Capture("hsrp_failover")
    c.life(70)
    c.arp(0.6, GW2, GW2_IP, GW_IP, GW)
    pair(c, 1, 20)
    pair(c, 30, 50, (GW2, GW2_IP, 100), None)
    hsrp(c, 50.1, GW, GW_IP, 4, 110, op=1)
    pair(c, 50.2, 68)
    c.write()


def hsrp_preemption():
    """The standby's priority is raised: it takes over from a living router."""
    c = Capture("hsrp_preemption")
    c.life(50)
    c.arp(0.6, GW2, GW2_IP, GW_IP, GW)
    pair(c, 1, 24)
    hsrp(c, 24.5, GW2, GW2_IP, 4, 120, op=1)
    pair(c, 24.6, 45, (GW2, GW2_IP, 120), (GW, GW_IP, 110))
    c.write()


# --- spanning tree -----------------------------------------------------------------------


def bpdu(c, t, src, root, bridge, cost=0, vlan=None):
    """root and bridge: (priority, card)"""
    b = struct.pack("!HBBBH6sIH6sHHHHH", 0, 0, 0, 0, root[0], bytes.fromhex(root[1].replace(":", "")), cost, bridge[0],
                    bytes.fromhex(bridge[1].replace(":", "")), 0x8001, 0, 20 << 8, 2 << 8, 15 << 8)
    if vlan is None:
        c.at(t, Dot3(src=src, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / Raw(b))
    else:
        c.at(t, Dot3(src=src, dst="01:00:0c:cc:cc:cd") / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0x00000c, code=0x010b) /
             Raw(b + b"\0" + struct.pack("!HHH", 0, 2, vlan)))


SW1, SW2, SW1_PORT, SW2_PORT = "00:1c:0e:0a:01:00", "00:1c:0e:0a:02:00", "00:1c:0e:0a:01:0b", "00:1c:0e:0a:02:0b"


def stp_takeover():
    c = Capture("stp_takeover")
    for n in range(10):
        bpdu(c, 1 + 2 * n, SW1_PORT, (32768, SW1), (32768, SW1))
    c.arp(3, EVIL, EVIL_IP, GW_IP, GW)
    for n in range(6):
        bpdu(c, 21 + 2 * n, EVIL, (0, EVIL), (0, EVIL))
        bpdu(c, 21.01 + 2 * n, SW1_PORT, (0, EVIL), (32768, SW1), 4)
    c.write()


def stp_root_failure():
    """The root dies; its neighbour is root until it comes back."""
    c = Capture("stp_root_failure")
    for n in range(40):
        bpdu(c, 1 + 2 * n, SW2_PORT, (24576, SW1), (32768, SW2), 4)
    for n in range(15):
        bpdu(c, 83 + 2 * n, SW2_PORT, (32768, SW2), (32768, SW2))
    for n in range(10):
        bpdu(c, 114 + 2 * n, SW2_PORT, (24576, SW1), (32768, SW2), 4)
    c.write()


def stp_priority_changed():
    """The root is moved, on purpose, to a switch that was here before."""
    c = Capture("stp_priority_changed")
    for n in range(40):
        bpdu(c, 1 + 2 * n, SW1_PORT, (32768, SW1), (32768, SW1))
        bpdu(c, 1.5 + 2 * n, SW2_PORT, (32768, SW1), (32768, SW2), 4)
    for n in range(10):
        bpdu(c, 82 + 2 * n, SW2_PORT, (4096, SW2), (4096, SW2))
        bpdu(c, 82.5 + 2 * n, SW1_PORT, (4096, SW2), (32768, SW1), 4)
    c.write()


def stp_per_vlan():
    """Two VLANs, two roots."""
    c = Capture("stp_per_vlan")
    for n in range(20):
        bpdu(c, 1 + 2 * n, SW1_PORT, (24576 + 10, SW1), (24576 + 10, SW1), vlan=10)
        bpdu(c, 1.1 + 2 * n, SW1_PORT, (4096 + 20, SW2), (32768 + 20, SW1), 4, vlan=20)
    c.write()


if __name__ == "__main__":
    for case in (ra_rogue, ra_rogue_only, ra_kill_router, ra_kill_router_by_turns, ra_two_routers, ra_thread_border_router, ra_renumbering,
                 redirect_forged, redirect_by_router, redirect6_forged, vrrp_takeover, vrrp_failover_and_failback, hsrp_coup, hsrp_failover,
                 hsrp_preemption, stp_takeover, stp_root_failure, stp_priority_changed, stp_per_vlan):
        case()
