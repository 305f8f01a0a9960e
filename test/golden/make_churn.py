#!/usr/bin/python3
"""One address goes from card to card, each falling silent before the next speaks; and its ordinary like, by leases."""
from hosts import Host, Net

gw = Host("192.0.2.1", "00:1b:54:44:00:01")
mon = Host("192.0.2.21", "00:09:fb:44:00:21")


def begin(name):
    net = Net(name, gw)
    net.join(mon)
    net.meet(gw, mon)
    return net


def speaks(net, h):
    net.join(h)
    net.announce(h)
    net.arp(h, mon)
    for _ in range(3):
        net.ping(h, mon)
        net.wait(0.5)
    net.wait(20)


cards = [Host("192.0.2.40", "%s:44:00:%02x" % (maker, n)) for n, maker in enumerate(("00:25:90", "00:1d:0c", "8c:16:45", "00:03:b1", "3c:07:54", "00:e0:4c"))]

net = begin("arp-churn")
for h in cards:
    speaks(net, h)
net.write()

net = begin("arp-churn-leases")
for n, h in enumerate(cards):
    net.dhcp(h, gw, "tablet-%d" % n, 0x2000 + n)
    speaks(net, h)
net.write()
