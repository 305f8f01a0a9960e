#!/usr/bin/python3
"""taps: conversations of monitors with a record system, seen at two taps or on one mirror port, with an attacker between.

Goal: every message that was altered, dropped, delayed, replayed or injected is counted once, nothing else is, whatever
the messages' ids are worth.  Deterministic: a seed is a case.

    taps.py FIRST LAST     cases FIRST to LAST - 1 against $PARAVENT

topology   direct   one TCP connection past both taps (the attacker holds it open both ways)
           proxy    two TCP connections, one a tap
           engine   a gateway between the taps forwards to another server and rewrites the header
           mirror   one mirror port sees the devices' leg and the attacker's
ids        good     unique;  count  each device counts from 1;  const  all the same;  empty  none
"""
import collections, json, os, random, struct, subprocess, sys, tempfile

PARAVENT = os.environ.get("PARAVENT", "build/paravent")
RATES = {"altered": .05, "altered with its id": .03, "dropped": .05, "replayed": .03, "injected": .03, "delayed": .02}
SERVER, RECORD, ATTACKER = ("10.9.0.10", "00:50:c2:00:00:10"), ("10.9.0.11", "00:50:c2:00:00:11"), ("10.9.0.66", "b8:27:eb:00:00:66")
START = 1_795_289_000.0


def checksum(b):
    b += b"\0" * (len(b) % 2)
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return bytes(map(int, text.split(".")))


class Tap:
    """A capture; ahead: how far its clock is ahead, seconds."""

    def __init__(self, ahead=0.0):
        self.packets, self.ahead = [], ahead

    def write(self, path):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for t, b in sorted(self.packets, key=lambda x: x[0]):
                us = round((t + self.ahead) * 1e6)
                f.write(struct.pack("<IIII", us // 1_000_000, us % 1_000_000, len(b), len(b)) + b)


class Connection:
    """TCP between client and server (address, card) as taps see it."""
    identification = 0

    def __init__(self, taps, t, client, server, sport, dport):
        self.taps, self.ends, self.ports = taps, (client, server), (sport, dport)
        self.seq = [random.getrandbits(31), random.getrandbits(31)]
        for side, flags in ((0, 0x02), (1, 0x12), (0, 0x10)):
            self.packet(t, side, flags)
            self.seq[side] += flags != 0x10
            t += .0001

    def packet(self, t, side, flags, data=b""):
        (src, scard), (dst, dcard) = self.ends[side], self.ends[1 - side]
        tcp = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.seq[side] & 0xFFFFFFFF,
                          self.seq[1 - side] & 0xFFFFFFFF if flags & 0x10 else 0, 0x50, flags, 64240, 0, 0)
        pseudo = ip(src) + ip(dst) + struct.pack("!BBH", 0, 6, len(tcp) + len(data))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + data)) + tcp[18:]
        Connection.identification = (Connection.identification + 1) & 0xFFFF
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(data), Connection.identification, 0x4000, 64, 6, 0) + ip(src) + ip(dst)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        for tap in self.taps:
            tap.packets.append((t, mac(dcard) + mac(scard) + b"\x08\0" + head + tcp + data))

    def say(self, t, side, text):
        data = b"\x0b" + text.encode() + b"\x1c\r"
        self.packet(t, side, 0x18, data)
        self.seq[side] += len(data)
        self.packet(t + .00005, 1 - side, 0x10)


def vitals(device, number, t, spo2, rate, ids):
    stamp = "20261121%06d.%03d" % (int(t) % 1_000_000, int(t * 1000) % 1000)
    own = {"count": "%d" % number, "const": "ACK", "empty": "", "good": "%s-%06d" % (device, number)}[ids]
    return own, ("MSH|^~\\&|IV|%s|TGW|H|%s||ORU^R01^ORU_R01|%s|P|2.6\rPID|||MRN%s^^^H||DOE^%s||19550412|M\rPV1||I|ICU\rOBR|1|||VITALS|||%s\r"
                 "OBX|1|NM|59407-7^SpO2^LN||%d|%%|90-100|N|||F|||%s\rOBX|2|NM|8867-4^HR^LN||%d|/min|50-120|N|||F|||%s\r"
                 % (device, stamp, own, device, device, stamp, spo2, stamp, rate, stamp))


def acknowledge(own):
    return "MSH|^~\\&|TGW|H|IV|x|20261121||ACK^R01^ACK|A%s|P|2.6\rMSA|AA|%s\r" % (own, own)


class Case:
    def __init__(self, seed):
        random.seed(seed)
        self.seed = seed
        self.topology = random.choice(["direct", "proxy", "engine", "mirror"])
        self.ids = random.choice(["good", "count", "const", "empty"])
        self.alike = random.random() < .4      # all devices always measure the same
        self.devices = ["mon%d" % i for i in range(random.choice([1, 2, 4]))]
        self.ahead = random.choice([0, 0, 12.3, -800.7])
        self.truth = collections.Counter()
        self.a, self.b = Tap(), Tap(self.ahead)

    def connect(self):
        """For each device the connection near it, and the one near the record system."""
        near, far, attacked, engine = {}, {}, {}, None
        for k, d in enumerate(self.devices):
            device = ("10.9.0.%d" % (21 + k), "00:09:fb:00:00:%02x" % (0x21 + k))
            t = START + k * .01
            near[d] = Connection([self.a], t, device, SERVER, 40000 + k, 2575)
            if self.topology == "engine":
                engine = engine or Connection([self.b], t, SERVER, RECORD, 50000, 2576)
                far[d] = engine
            elif self.topology == "mirror":
                far[d] = near[d]
                # From the attack on: the device speaks to the attacker's card, which speaks to the server in its name.
                attacked[d] = (device, t, k)
            else:
                far[d] = Connection([self.b], t + .001, device, SERVER, 40000 + k + (1000 if self.topology == "proxy" else 0), 2575)
        return near, far, attacked

    def step_in(self, t, near, far, attacked):
        for d, (device, _, k) in attacked.items():
            near[d] = Connection([self.a], t, device, (SERVER[0], ATTACKER[1]), 42000 + k, 2575)
            far[d] = Connection([self.a], t + .001, (device[0], ATTACKER[1]), SERVER, 43000 + k, 2575)

    def play(self, seconds=90):
        near, far, attacked = self.connect()
        said = []
        for i in range(seconds):
            for k, d in enumerate(self.devices):
                t = START + 1 + i + k * .31 / len(self.devices) * 2 + random.random() * .1
                spo2, rate = (97, 70) if self.alike else (random.randint(94, 99), random.randint(60, 90))
                said.append((t, d, spo2) + vitals(d, i + 1, t, spo2, rate, self.ids))
        said.sort()
        first, last = 15 * len(self.devices), len(said) - 25 * len(self.devices)
        arrive = []
        for j, (t, d, spo2, own, text) in enumerate(said):
            if j == first:
                for when, line, what, own_ in sorted(arrive, key=lambda x: x[0]):
                    self.deliver(far, when, line, what, own_)
                arrive = []
                self.step_in(t - .05, near, far, attacked)
            what = None
            if first <= j < last:
                r = random.random()
                for name, share in RATES.items():
                    r -= share
                    if r < 0:
                        what = name
                        break
            self.truth[what] += 1
            if not (self.topology == "mirror" and j < first):
                near[d].say(t, 0, text)
                near[d].say(t + .002, 1, acknowledge(own))
            late = .001 + random.random() * .002
            if self.topology == "engine":
                text = text.replace("|TGW|H|", "|EHR|H|", 1)
            if what in ("altered", "altered with its id"):
                text = text.replace("||%d|%%" % spo2, "||%d|%%" % (spo2 - 10), 1)
            if what == "altered with its id":
                text = text.replace("R01|%s|P" % own, "R01|X%d|P" % j, 1)
            if what == "dropped":
                continue
            if what == "delayed":
                late += 6 + random.random() * 2
            arrive.append((t + late, d, text, own))
            if what == "replayed":
                arrive.append((t + late + 9 + random.random(), d, text, own))
            if what == "injected":
                own, text = vitals(d, 900 + j, t + .5, *((97, 71) if self.alike else (60, 120)), self.ids)
                if self.topology == "engine":
                    text = text.replace("|TGW|H|", "|EHR|H|", 1)
                arrive.append((t + late + .4, d, text, own))
        for when, d, text, own in sorted(arrive, key=lambda x: x[0]):
            self.deliver(far, when, d, text, own)

    @staticmethod
    def deliver(far, t, d, text, own):
        far[d].say(t, 0, text)
        far[d].say(t + .0015, 1, acknowledge(own))

    def want(self):
        t = self.truth
        return {"altered": t["altered"] + t["altered with its id"], "dropped": t["dropped"], "delayed": t["delayed"],
                "replayed": t["replayed"], "injected": t["injected"]}

    def got(self, folder):
        a, b = os.path.join(folder, "a.pcap"), os.path.join(folder, "b.pcap")
        self.a.write(a)
        if self.topology == "mirror": # the mirror's capture, and a second tap that saw nothing
            Tap().write(b)
        else:
            self.b.write(b)
        run = subprocess.run([PARAVENT, "reconcile", "--a", a, "--b", b, "--json"], capture_output=True, text=True)
        try:
            counts = json.loads(run.stdout)
        except ValueError:
            return {"said": run.stdout[:200] + run.stderr[:500]}
        return {k: counts[k] for k in self.want()}


def main():
    passed = failed = messages = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(int(sys.argv[1]), int(sys.argv[2])):
            case = Case(seed)
            case.play()
            messages += sum(case.truth.values())
            want, got = case.want(), case.got(folder)
            if want == got:
                passed += 1
            else:
                failed += 1
                print("FAIL case %d (%s, %s ids, %d devices%s): wanted %s, got %s" % (
                    seed, case.topology, case.ids, len(case.devices), ", alike" if case.alike else "", want, got))
    print("taps: %d messages told apart exactly; %d passed, %d failed" % (messages, passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
