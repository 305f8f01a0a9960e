#!/usr/bin/env python3
"""The case study in small: a kiosk joins, looks around, stands between two monitors and the telemetry
gateway, carries their vital signs, and after a while lowers the oxygen saturation on the way."""
from scapy.all import ARP, TCP, Ether, Raw
from hosts import ALL, Host, Net

gw = Host("10.20.3.1", "00:1b:54:20:03:01")
tele = Host("10.20.3.10", "00:50:c2:20:03:10")
mon1 = Host("10.20.3.21", "00:09:fb:20:03:21")
mon2 = Host("10.20.3.22", "00:09:fb:20:03:22")
kiosk = Host("10.20.3.66", "b8:27:eb:20:03:66")

net = Net("case_study", gw)
net.join(tele, mon1, mon2)
net.dhcp(mon1, gw, "monitor-icu-1", 0x1001)
net.dhcp(mon2, gw, "monitor-icu-2", 0x1002)
net.meet(gw, tele, mon1, mon2)


def vitals(monitor, number, spo2):
    name = "MON%s" % monitor.ip.rsplit(".", 1)[1]
    return ("\x0bMSH|^~\\&|%s|ICU|TELE|HOSP|20231114221320||ORU^R01^ORU_R01|%s-%d|P|2.6\r"
            "PID|1||TEST-%s^^^HOSP\rOBR|1|||VITALS\rOBX|1|NM|150456^SpO2^MDC||%d|%%|||||R\r\x1c\r" % (name, name, number, name, spo2)).encode()


def ack(number, monitor):
    name = "MON%s" % monitor.ip.rsplit(".", 1)[1]
    return ("\x0bMSH|^~\\&|TELE|HOSP|%s|ICU|20231114221320||ACK^R01|A%d|P|2.6\rMSA|AA|%s-%d\r\x1c\r" % (name, number, name, number)).encode()


def carried(c, side, data, altered):
    """What the sender wrote goes to the kiosk's card; what the kiosk makes of it goes on to the receiver."""
    me, you = c.ends[side], c.ends[1 - side]
    for card, to, body, ttl in ((me.mac, kiosk.mac, data, me.ttl), (kiosk.mac, you.mac, altered, me.ttl - 1)):
        segment = TCP(sport=c.ports[side], dport=c.ports[1 - side], seq=c.seq[side], ack=c.seq[1 - side], flags="PA", window=64240) / Raw(body)
        if card == kiosk.mac:
            me.id -= 1
        net.ip(me, you, segment, card=card, to=to, ttl=ttl)
    c.seq[side] = (c.seq[side] + len(data)) % 2**32


lines = {m: net.tcp(m, tele, 2575) for m in (mon1, mon2)}
for second in range(60):
    if second == 20:
        net.join(kiosk)
        net.dhcp(kiosk, gw, "kiosk-lobby", 0x1003)
        net.arp(kiosk, gw)
    if second == 24:
        for last in range(2, 60):
            net.frame(Ether(src=kiosk.mac, dst=ALL) / ARP(op=1, hwsrc=kiosk.mac, psrc=kiosk.ip, hwdst="00:00:00:00:00:00", pdst="10.20.3.%d" % last))
    if second >= 30 and second % 2 == 0:
        for m in (mon1, mon2):
            net.poison(kiosk, m, tele)
            net.poison(kiosk, tele, m)
    for m, line in lines.items():
        net.wait(0.3)
        if second < 30:
            line.send(0, "PA", vitals(m, second, 97))
            line.send(1, "PA", ack(second, m))
        else:
            carried(line, 0, vitals(m, second, 84), vitals(m, second, 98 if second >= 45 else 84))
            carried(line, 1, ack(second, m), ack(second, m))
    net.wait(0.3)
net.write()
