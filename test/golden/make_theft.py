#!/usr/bin/python3
"""Frames that say nothing take a card's switch port; and those that only look like it."""
from scapy.all import ARP, Ether
from hosts import ALL, Host, Net

gw = Host("192.0.2.1", "00:1b:54:45:00:01")
mon = Host("192.0.2.21", "00:09:fb:45:00:21")
ehr = Host("192.0.2.11", "00:25:90:45:00:11")
thief = Host("192.0.2.66", "b8:27:eb:45:00:66")


def begin(name):
    net = Net(name, gw)
    net.join(mon, ehr, thief)
    net.meet(gw, mon)
    net.meet(gw, ehr)
    net.meet(gw, thief)
    for _ in range(4):
        net.ping(mon, ehr)
        net.wait(1)
    return net


def nothing(net, h, n, after, arp=None, to=thief):
    for _ in range(n):
        net.frame(Ether(src=h.mac, dst=to.mac) / (arp or ARP(op=1, hwsrc="00:00:00:00:00:00", psrc="0.0.0.0", pdst="0.0.0.0")), after=after)


# As ettercap does it: steal, take a packet, ask for its owner, hand it on, steal again.
net = begin("port-stealing")
for _ in range(6):
    nothing(net, ehr, 60, 0.004)
    nothing(net, mon, 60, 0.004)
    net.arp(thief, ehr)
    net.ping(mon, ehr)
    net.arp(thief, mon)
    net.wait(0.1)
nothing(net, ehr, 300, 0.004)
net.write()

# As a few lines of Python do it: slower, and the packet holds what the tool puts in by itself.
net = begin("port-stealing-script")
nothing(net, ehr, 100, 0.05, ARP(op=1, hwsrc=thief.mac, psrc=thief.ip, pdst="0.0.0.0"))
net.write()

# A switch that asks whether its hosts are still there, a host that is asked a hundred times a second, a router whose hundred addresses are announced at once.
net = begin("port-probes")
for turn in range(4):
    for h in (mon, ehr, thief):
        net.frame(Ether(src=gw.mac, dst=h.mac) / ARP(op=1, hwsrc=gw.mac, psrc="0.0.0.0", pdst=h.ip))
        net.frame(Ether(src=h.mac, dst=gw.mac) / ARP(op=2, hwsrc=h.mac, psrc=h.ip, hwdst=gw.mac, pdst="0.0.0.0"))
    for _ in range(100):
        net.frame(Ether(src=mon.mac, dst=ehr.mac) / ARP(op=1, hwsrc=mon.mac, psrc=mon.ip, pdst=ehr.ip), after=0.01)
        net.frame(Ether(src=ehr.mac, dst=mon.mac) / ARP(op=2, hwsrc=ehr.mac, psrc=ehr.ip, hwdst=mon.mac, pdst=mon.ip))
for n in range(100):
    net.frame(Ether(src=gw.mac, dst=ALL) / ARP(op=1, hwsrc=gw.mac, psrc="192.0.2.%d" % (100 + n), pdst="192.0.2.%d" % (100 + n)))
net.write()

# A switch's loop: one announcement to all comes again and again, and so does one probe.
net = begin("port-loop")
for _ in range(300):
    net.frame(Ether(src=ehr.mac, dst=ALL) / ARP(op=1, hwsrc=ehr.mac, psrc=ehr.ip, pdst=ehr.ip), after=0.0005)
    net.frame(Ether(src=gw.mac, dst=mon.mac) / ARP(op=1, hwsrc=gw.mac, psrc="0.0.0.0", pdst=mon.ip), after=0.0005)
net.write()
