#!/usr/bin/python3
"""parts: an engine that makes several messages of one, and some of its own, between two taps; an attacker behind it.

Goal: the route is told as one that splits; each part is held beside its whole: what was altered, dropped, replayed or
injected is counted once, with the field of the whole, and nothing else is.  Deterministic: a seed is a case.

    parts.py FIRST LAST     cases FIRST to LAST - 1 against $PARAVENT

cut        obr      one message an order, with its observations
           obx      one message an observation
           adt      partial ADTs of a registration, of another trigger event
           batch    a batch file (FHS, BHS) of messages, taken apart
ids        kept     the whole's in each part;  suffix  that and a number;  new  the engine's own
"""
import collections, json, os, random, subprocess, sys, tempfile

from taps import PARAVENT, RECORD, SERVER, START, Connection, Tap, acknowledge

RATES = {"altered": .06, "dropped": .05, "whole dropped": .03, "replayed": .03, "injected": .03}


def stamp(t):
    return "20261121%06d.%03d" % (int(t) % 1_000_000, int(t * 1000) % 1000)


def header(app, facility, to, t, what, own):
    return "MSH|^~\\&|%s|%s|%s|H|%s||%s|%s|P|2.6\r" % (app, facility, to, stamp(t), what, own)


class Case:
    def __init__(self, seed):
        random.seed(seed)
        self.seed = seed
        self.cut = random.choice(["obr", "obx", "adt", "batch"])
        self.ids = random.choice(["kept", "suffix", "new"])
        self.alike = random.random() < .4      # always the same values
        self.renamed = random.random() < .7    # the engine writes its own name
        self.own = random.random() < .5        # and makes messages of its own
        self.truth = collections.Counter()
        self.a, self.b = Tap(), Tap()
        self.number = self.number_out = 0
        self.fields = []

    def value(self):
        return 97 if self.alike else random.randint(60, 99)

    def groups(self, t):
        """What of a message goes into one part: a list of lists of segments; and what goes into each."""
        each = ["PID|||MRN%04d^^^H||DOE^JOHN||19550412|M" % (self.number if not self.alike else 1), "PV1||I|ICU^%d" % (self.number % 9)]
        if self.cut == "adt":
            return each, [["NK1|%d|DOE^%s|SPO|%d HIGH ST|555-%04d" % (i + 1, "ANN" if i else "BOB", 10 + i, self.value() * 7 + i)] for i in range(2)] + \
                [["IN1|1|PLAN|%d|COMPANY|STREET|%s" % (self.value(), stamp(t))]]
        found = []
        for i in range(random.choice([2, 3, 4])):
            lines = ["OBR|%d|%d%d^MON|%d|%s^^LN|||%s" % (i + 1, self.number, i, i, ["59407-7", "8867-4", "9279-1", "8310-5"][i], stamp(t + i))]
            lines += ["OBX|%d|NM|%d-%d^^LN||%d|u|0-100|N|||F|||%s" % (k + 1, i, k, self.value(), stamp(t + i)) for k in range(random.choice([1, 2]))]
            found.append(lines)
        if self.cut == "obx": # all under one order
            first = found[0][0]
            return each + [first], [[line] for g in found for line in g[1:]]
        return each, found

    def part_id(self, own, i):
        self.number_out += 1
        return {"kept": own, "suffix": "%s-%d" % (own, i + 1), "new": "E%07d" % self.number_out}[self.ids]

    def sender(self):
        return ("ENGINE", "HUB") if self.renamed else ("IV", "mon")

    def parts(self, t, own, each, groups):
        what = "ADT^A08^ADT_A01" if self.cut == "adt" else "ORU^R01^ORU_R01"
        app, facility = self.sender()
        out = []
        for i, g in enumerate(groups):
            lines, seen = [], collections.Counter()
            for line in each + g:
                name, rest = line[:3], line.split("|")[2:]
                seen[name] += 1
                renumbered = line.split("|")[1] and self.cut != "batch"
                lines.append("|".join([name, str(seen[name])] + rest) if renumbered else line)
            name = self.part_id(own, i)
            out.append((header(app, facility, "EHR", t, what, name) + "\r".join(lines) + "\r", name))
        return out

    def whole(self, t, own, each, groups):
        if self.cut == "batch":
            text = "FHS|^~\\&|IV|mon|TGW|H|%s\rBHS|^~\\&|IV|mon|TGW|H|%s\r" % (stamp(t), stamp(t))
            for i, g in enumerate(groups):
                text += header("IV", "mon", "TGW", t, "ORU^R01^ORU_R01", "%s.%d" % (own, i)) + "\r".join(each + g) + "\r"
            return text + "BTS|%d\rFTS|1\r" % len(groups)
        what = "ADT^A04^ADT_A01" if self.cut == "adt" else "ORU^R01^ORU_R01"
        return header("IV", "mon", "TGW", t, what, own) + "\r".join(each + [line for g in groups for line in g]) + "\r"

    @staticmethod
    def change(text):
        lines = text.split("\r")
        for i, line in enumerate(lines):
            if line[:4] in ("OBX|", "NK1|", "IN1|"):
                f = line.split("|")
                at = 5 if f[0] != "IN1" else 3
                f[at] = f[at] + "1"
                lines[i] = "|".join(f)
        return "\r".join(lines)

    def field(self, groups, victim):
        """What was changed in a part, as the whole has it (of a batch, as its message has it)."""
        seen, names = collections.Counter(), []
        for i, g in enumerate(groups):
            for line in g:
                seen[line[:3]] += self.cut != "batch" or i == victim
                if i == victim and line[:3] != "OBR":
                    names.append("%s[%d].%d" % (line[:3], seen[line[:3]], 3 if line[:3] == "IN1" else 5))
        return " ".join(names)

    def play(self, count=70):
        device = ("10.9.0.21", "00:09:fb:00:00:21")
        near, far = Connection([self.a], START, device, SERVER, 40000, 2575), Connection([self.b], START, SERVER, RECORD, 50000, 2576)
        arrive = []
        for n in range(count):
            self.number = n
            t = START + 1 + n + random.random() * .3
            own = "MON%06d" % n
            each, groups = self.groups(t)
            near.say(t, 0, self.whole(t, own, each, groups))
            near.say(t + .002, 1, acknowledge(own))
            parts = self.parts(t, own, each, groups)
            late, what = .003, None
            if 20 <= n < count - 25:
                r = random.random()
                for name, share in RATES.items():
                    r -= share
                    if r < 0:
                        what = name
                        break
            self.truth[what] += 1
            victim = random.randrange(len(parts))
            for i, (text, answer) in enumerate(parts):
                late += .002
                if what == "whole dropped" or (what == "dropped" and i == victim):
                    continue
                if what == "altered" and i == victim:
                    text = self.change(text)
                    self.fields.append(self.field(groups, i))
                arrive.append((t + late, text, answer))
                if what == "replayed" and i == victim:
                    arrive.append((t + late + 6, text, answer))
            if what == "whole dropped" and self.cut == "batch": # each message of it is one
                self.truth["dropped"] += len(parts) - 1
            if what == "injected":
                text = self.change(parts[victim][0]).replace("|%s|P" % parts[victim][1], "|Z%d|P" % n).replace(stamp(t), stamp(t + .7))
                arrive.append((t + .4, text, "Z%d" % n))
            if self.own and n % 9 == 4:
                app, facility = self.sender()
                own = "S%d" % n
                text = header(app, facility, "EHR", t + .5, "ORU^R30^ORU_R30", own) + "PID|||MRN9^^^H\rOBX|1|NM|SUM||%d|n|||||F\r" % n
                arrive.append((t + .5, text, own))
        for t, text, answer in sorted(arrive, key=lambda x: x[0]):
            far.say(t, 0, text)
            far.say(t + .0015, 1, acknowledge(answer))

    def want(self):
        t = self.truth
        return {"altered": t["altered"], "dropped": t["dropped"] + t["whole dropped"], "delayed": 0, "replayed": t["replayed"], "injected": t["injected"],
                "unclear": 0, "kind": "relay" if self.cut == "batch" else "split", "makes": ["ORU^R30"] if self.own else [], "fields": sorted(self.fields)}

    def got(self, folder):
        a, b, lines = (os.path.join(folder, n) for n in ("a.pcap", "b.pcap", "lines"))
        self.a.write(a)
        self.b.write(b)
        run = subprocess.run([PARAVENT, "reconcile", "--a", a, "--b", b, "--json", "--jsonl", lines], capture_output=True, text=True)
        try:
            counts = json.loads(run.stdout)
            route = max(counts["routes"], key=lambda r: r["pairs"])
        except ValueError:
            return {"said": run.stdout[:200] + run.stderr[:500]}
        got = {k: counts[k] for k in self.want() if k in counts}
        with open(lines) as f:
            alerts = [e["paravent"] for e in map(json.loads, f) if e["event_type"] == "alert"]
        got["fields"] = sorted(a["field"] for a in alerts if a["rule"] == "message.altered")
        got.update(kind=route["kind"], makes=route["originates"])
        return got


def main():
    passed = failed = 0
    cuts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(int(sys.argv[1]), int(sys.argv[2])):
            case = Case(seed)
            case.play()
            want, got = case.want(), case.got(folder)
            cuts[case.cut] += 1
            if want == got:
                passed += 1
            else:
                failed += 1
                print("FAIL case %d (%s, %s ids%s%s%s): wanted %s, got %s" % (
                    seed, case.cut, case.ids, ", alike" if case.alike else "", ", renamed" if case.renamed else "", ", own" if case.own else "", want, got))
    print("parts: engines that split (%s); %d passed, %d failed" % (", ".join("%d %s" % (n, c) for c, n in sorted(cuts.items())), passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
