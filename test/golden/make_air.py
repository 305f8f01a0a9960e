#!/usr/bin/env python3
"""Writes the captures of the Wi-Fi family: python3-scapy, fixed times."""
import os

from scapy.all import (Dot11, Dot11AssoReq, Dot11Beacon, Dot11Deauth, Dot11Elt, Dot11ProbeResp, Dot11QoS, RadioTap, Raw, wrpcap)

from make_lease import HERE, T0

ALL = "ff:ff:ff:ff:ff:ff"
AP1, AP2, AP3, GUEST = "00:17:df:0a:00:a0", "00:17:df:0a:00:b0", "02:17:df:0a:00:c0", "00:17:df:0a:00:a1"
EVIL = "b8:27:eb:0a:00:99"
CLIENT, CLIENT2 = "00:09:fb:0a:00:71", "00:09:fb:0a:00:72"
STAFF = b"WARD-STAFF"


def rsn(akm, mfp=0):
    return bytes.fromhex("0100000fac040100000fac040100000fac%02x%02x00" % (akm, mfp))


ENTERPRISE, PERSONAL = rsn(1), rsn(2)


class Air:
    def __init__(self, name):
        self.name, self.frames, self.number, self.up = name, [], {}, {}

    def at(self, t, frame):
        f = RadioTap(present="Rate", Rate=6) / frame
        f.time = T0 + t
        self.frames.append(f)

    def sequence(self, card, step=1):
        self.number[card] = (self.number.get(card, 100) + step) & 4095
        return self.number[card] << 4

    def clock(self, card, t):
        return int((self.up.setdefault(card, 5000 + len(self.up) * 777) + t) * 1e6)

    def beacon(self, t, bssid, ssid, security, subtype=8, to=ALL, clock=None, sequence=None):
        body = (Dot11Beacon if subtype == 8 else Dot11ProbeResp)(timestamp=self.clock(bssid, t) if clock is None else clock, cap=0x11 if security else 0x01)
        f = Dot11(type=0, subtype=subtype, addr1=to, addr2=bssid, addr3=bssid, SC=self.sequence(bssid) if sequence is None else sequence << 4) / body
        f /= Dot11Elt(ID="SSID", info=ssid) / Dot11Elt(ID="Rates", info=b"\x8c\x12\x98\x24") / Dot11Elt(ID="DSset", info=b"\x06")
        if security:
            f /= Dot11Elt(ID=48, info=security)
        self.at(t, f)

    def beacons(self, first, last, bssid, ssid=STAFF, security=ENTERPRISE, every=0.5, **what):
        t = first
        while t < last:
            self.beacon(t, bssid, ssid, security, **what)
            t += every

    def data(self, t, client, bssid, n=0):
        """Encrypted, from a client."""
        self.at(t, Dot11(type=2, subtype=8, FCfield=0x41, addr1=bssid, addr2=client, addr3="00:1b:54:0a:00:01", SC=self.sequence(client)) /
                Dot11QoS() / Raw(bytes([n & 255]) * 24))

    def deauth(self, t, source, to, bssid, sequence=None, reason=7):
        self.at(t, Dot11(type=0, subtype=12, addr1=to, addr2=source, addr3=bssid, SC=self.sequence(source) if sequence is None else sequence << 4) / Dot11Deauth(reason=reason))

    def join(self, t, client, bssid, ssid, security=None):
        f = Dot11(type=0, subtype=0, addr1=bssid, addr2=client, addr3=bssid, SC=self.sequence(client)) / Dot11AssoReq(cap=0x11 if security else 1)
        f /= Dot11Elt(ID="SSID", info=ssid) / Dot11Elt(ID="Rates", info=b"\x8c\x12\x98\x24")
        if security:
            f /= Dot11Elt(ID=48, info=security)
        self.at(t, f)

    def write(self):
        self.frames.sort(key=lambda f: f.time)
        wrpcap(os.path.join(HERE, self.name.replace("_", "-") + ".pcap"), self.frames, linktype=127)


def ward(name, until=40):
    """Two access points of one network, and a client of theirs."""
    a = Air(name)
    a.beacons(0, until, AP1)
    a.beacons(0.1, until, AP2)
    for n in range(int(until)):
        a.data(n + 0.3, CLIENT, AP1, n)
    return a


def wifi_open_twin():
    a = ward("wifi_open_twin")
    a.beacons(25, 40, EVIL, security=None)
    a.write()


def wifi_same_bssid_twin():
    """The twin copies name, security and card number; it cannot copy the clock."""
    a = ward("wifi_same_bssid_twin")
    for n in range(20):
        t = 25.21 + n * 0.5
        a.beacon(t, AP1, STAFF, ENTERPRISE, clock=int((t - 20) * 1e6), sequence=10 + n)
    a.write()


def wifi_other_make_twin():
    a = ward("wifi_other_make_twin")
    a.beacons(28, 40, "c0:25:e9:0a:00:01")
    a.write()


def wifi_karma():
    """One access point answers for every name that is asked for."""
    a = ward("wifi_karma")
    for n, name in enumerate((b"HOME-3F", b"AIRPORT", b"Telekom", b"CoffeeHouse", b"HOTEL-7")):
        a.beacon(25 + n, EVIL, name, None, subtype=5, to=CLIENT2)
    a.write()


def wifi_lure():
    """A client of the protected network is drawn into an open one that was not there before."""
    a = ward("wifi_lure")
    a.beacons(26, 40, EVIL, b"FREE-WARD", None)
    a.deauth(28, AP1, CLIENT, AP1)
    a.join(29, CLIENT, EVIL, b"FREE-WARD")
    a.write()


def wifi_deauth_flood():
    a = ward("wifi_deauth_flood")
    for n in range(24):
        a.deauth(25 + n * 0.05, AP1, CLIENT, AP1, sequence=2000 + n)
        a.deauth(25.01 + n * 0.05, CLIENT, AP1, AP1, sequence=1500 + n)
    a.write()


def wifi_deauth_slow():
    """Few, but none stands where the access point's own frames are."""
    a = ward("wifi_deauth_slow")
    for n in range(5):
        a.deauth(25 + n * 0.3, AP1, CLIENT, AP1, sequence=3000 + n)
    a.write()


def wifi_ordinary():
    """Roaming, a new access point of the same make, a second radio, a restart, a guest network, one client sent away, a hidden name."""
    a = Air("wifi_ordinary")
    a.beacons(0, 60, AP1, every=1)
    a.beacons(0.1, 30, AP2, every=1)
    a.beacons(0.2, 60, GUEST, b"WARD-GUEST", None, every=2)
    a.beacons(0.4, 60, "00:17:df:0a:00:a2", b"", ENTERPRISE, every=3)
    for n in range(20):
        a.data(n + 0.3, CLIENT, AP1, n)
    a.deauth(20.3, AP1, CLIENT, AP1, reason=8)
    a.join(20.6, CLIENT, AP2, STAFF, ENTERPRISE)
    for n in range(8):
        a.data(21 + n, CLIENT, AP2, n)
    # AP2 restarts: its clock and its numbers begin again.
    a.up[AP2], a.number[AP2] = -38, 0
    a.beacons(38, 60, AP2, every=0.5)
    a.beacons(40, 60, AP3, every=1)
    a.beacons(41, 60, "00:17:df:0a:00:d0", every=1, security=ENTERPRISE)
    a.join(45, CLIENT2, GUEST, b"WARD-GUEST")
    a.write()


def wifi_controller_sends_away():
    """An access point that goes out of service says good-bye to each of its clients, once."""
    a = ward("wifi_controller_sends_away", 30)
    for n in range(16):
        a.deauth(25 + n * 0.02, AP1, "00:09:fb:0a:01:%02x" % n, AP1, reason=3)
    a.write()


def wifi_two_makes_from_the_start():
    a = ward("wifi_two_makes_from_the_start")
    a.beacons(3, 40, "c0:25:e9:0a:00:01", every=1)
    a.beacons(30, 40, "c0:25:e9:0a:00:02", every=1)
    a.write()


if __name__ == "__main__":
    for case in (wifi_open_twin, wifi_same_bssid_twin, wifi_other_make_twin, wifi_karma, wifi_lure, wifi_deauth_flood, wifi_deauth_slow,
                 wifi_ordinary, wifi_controller_sends_away, wifi_two_makes_from_the_start):
        case()
