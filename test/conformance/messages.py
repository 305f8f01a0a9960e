#!/usr/bin/python3
"""messages.py CORPUS: what paravent says of the clinical messages in a laboratory's captures, against what is written beside them.

  CORPUS/lab/pcaps/*.{span,tapA,tapB}.pcap.zst
  CORPUS/lab/truth/*.json    kind, families (hl7_tamper, hl7_drop, hl7_replay, dicom_tamper), altered, start, end, attacker.mac,
                             semantic: messages at tapA and tapB, lost, value_changed, extra, counted by other means

On the SPAN an attack on messages must be told by its rule, with the field, naming who did it, and within its time; an ordinary day and
an attack on anything else must have no finding about messages.  Of two taps the totals must be those counted."""
import datetime
import glob
import json
import os
import re
import subprocess
import sys

PARAVENT = os.environ.get("PARAVENT", "build/paravent")
RULE = {"hl7_tamper": "message.altered", "dicom_tamper": "message.altered", "hl7_drop": "message.dropped", "hl7_replay": "message.replayed",
        "hl7_inject": "message.injected"}
LATE = 40.0
passed = failed = 0


def score(good, what):
    global passed, failed
    passed, failed = passed + good, failed + (not good)
    if not good:
        print("FAIL", what)


def run(*args):
    p = subprocess.run([PARAVENT, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if p.returncode not in (0, 1, 2):
        raise SystemExit("%s: exit %d" % (args, p.returncode))
    return p.stdout.decode()


def told(capture):
    out = []
    for line in run("watch", "-r", capture, "--jsonl", "-").splitlines():
        e = json.loads(line)
        if e.get("event_type") == "alert" and e["alert"]["signature"].startswith("message."):
            e["paravent"]["at"] = datetime.datetime.fromisoformat(e["timestamp"]).timestamp()
            out.append(e["paravent"])
    return out


def field(truth):
    """The field's name as a pattern: SpO2 stands in OBX-5 of any OBX."""
    m = re.search(r"([A-Z][A-Z0-9]{2})-(\d+)", truth["altered"])
    if m:
        return r"%s\[\d+\]\.%s" % m.groups()
    m = re.search(r"\([0-9a-f]{4},[0-9a-f]{4}\)", truth["altered"])
    return re.escape(m.group()) if m else None


def span(name, truth, capture):
    wanted = {RULE[f] for f in truth["families"] if f in RULE}
    found = told(capture)
    if not wanted:
        score(not found, "%s: %s" % (name, sorted({f["rule"] for f in found})))
        return "%d findings" % len(found)
    rules = {f["rule"] for f in found}
    score(bool(found) and rules <= wanted, "%s: told %s" % (name, sorted(rules)))
    path = field(truth) if rules == {"message.altered"} else None
    score(not path or all(re.fullmatch(path, f["field"]) for f in found), "%s: fields %s" % (name, sorted({f.get("field") for f in found})))
    score(all(f.get("attacker_mac") == truth["attacker"]["mac"] for f in found), "%s: names %s" % (name, sorted({f.get("attacker_mac", "") for f in found})))
    score(all(truth["start"] - 0.5 <= f["at"] <= truth["end"] + LATE for f in found), "%s: outside its time" % name)
    return "%d %s, %s" % (len(found), ", ".join(sorted(rules)), ", ".join(sorted({f.get("field", "") for f in found} - {""})) or "no field")


def taps(name, truth, a, b):
    """The gateway's messages, seen once at each tap."""
    r = json.loads(run("reconcile", "--json", "--a", a, "--b", b))
    pairs, seen = sum(x["pairs"] for x in r["routes"] if x["protocol"] == "hl7"), truth["semantic"]
    # The other means count by control id where both copies were whole: they may miss an altered value, and what was cut off by the end
    # of the capture is lost to them, under way to us.
    good = seen["value_changed"] <= r["altered"] <= max(seen["value_changed"], seen["span_same_seq_other_payload"])
    good &= r["dropped"] <= seen["lost"] <= r["dropped"] + r["in_flight"]
    good &= r["injected"] == seen["extra"] and r["replayed"] == seen["duplicated"] and not r["forged"] + r["reordered"] + r["delayed"]
    good &= truth["kind"] != "benign" or pairs == seen["tapA"] == seen["tapB"]
    got = " ".join("%d %s" % (r[k], k) for k in ("altered", "dropped", "injected", "replayed", "in_flight"))
    score(good, "%s: two taps: %s, %d pairs, for %s" % (name, got, pairs, seen))
    return "two taps: %d pairs, %s" % (pairs, got)


corpus = sys.argv[1]
for path in sorted(glob.glob(os.path.join(corpus, "lab", "truth", "*.json"))):
    truth = json.load(open(path))
    name = truth["scenario"]
    at = {k: os.path.join(corpus, "lab", "pcaps", "%s.%s.pcap.zst" % (name, k)) for k in ("span", "tapA", "tapB")}
    line = span(name, truth, at["span"]) if os.path.exists(at["span"]) else ""
    if truth.get("semantic") and os.path.exists(at["tapA"]) and os.path.exists(at["tapB"]):
        line += "; " + taps(name, truth, at["tapA"], at["tapB"])
    if line:
        print("%-30s %s" % (name, line))
print("messages: %d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
