#!/usr/bin/env python3
"""score.py CORPUS: what paravent finds in captures, against what is written beside them.

  CORPUS/fingerprints/{ja3,ja4}/*    captures; expected.tsv: pcap kind value [count]
  CORPUS/lab/pcaps/*.{span,wifi}.pcap.zst with CORPUS/lab/truth/*.json
                                     kind, families, also_ok, start, end, first_visible (epoch seconds), attacker.mac
  CORPUS/bench/mix1.pcap.zst         read whole

An ordinary day must wake nobody (severity 1 to 3).  An attack must wake nobody before it starts, and be found, by a rule of
a family it belongs to, before it has been over for ten seconds.  Whoever is named by that rule must be who did it."""
import collections
import concurrent.futures
import csv
import datetime
import glob
import json
import os
import statistics
import subprocess
import sys

PARAVENT = os.environ.get("PARAVENT", "build/paravent")
EARLY, LATE = 0.5, 10.0
FAMILY = {
    "arp.spoof": "arp_spoof", "arp.duplicate-ip": "ip_conflict", "gateway.rogue": "rogue_gateway",
    "mac.spoof": "mac_spoof", "mac.flood": "mac_flood",
    "dhcp.rogue": "rogue_dhcp", "dhcp.starvation": "dhcp_starvation", "dhcp6.rogue": "rogue_dhcpv6",
    "ra.rogue": "rogue_ra", "ndp.spoof": "ndp_spoof", "icmp.redirect": "icmp_redirect",
    "stp.takeover": "stp_takeover", "fhrp.takeover": "fhrp_takeover",
    "dns.spoof": "dns_spoof", "name.poison": "name_poison", "wpad": "wpad", "path.relay": "inline_relay",
    "tls.intercept": "tls_intercept", "tls.certificate": "tls_intercept", "tls.downgrade": "tls_downgrade",
    "tls.cipher-downgrade": "tls_cipher_downgrade", "tls.strip": "ssl_strip",
    "tls.starttls-strip": "starttls_strip", "tls.alpn-strip": "alpn_strip",
    "session.hijack": "session_hijack", "session.identity": "session_hijack",
    "wifi.evil-twin": "wifi_evil_twin", "wifi.rogue-ap": "wifi_evil_twin", "wifi.deauth": "wifi_deauth",
}
# Steps on the way to a changed message: where no rule speaks of messages, one of these must be seen.
MESSAGE = ("hl7_", "dicom_", "mqtt_", "fhir_", "coap_")
STEPS = {"arp_spoof", "inline_relay"}

counts = collections.Counter()


def score(good, what):
    """good: True passed, False failed, None skipped."""
    counts["skipped" if good is None else "passed" if good else "failed"] += 1
    if good is False:
        print("FAIL", what)


def watch(capture, events="none"):
    """The JSON lines that paravent prints for a capture, and its exit code."""
    p = subprocess.run([PARAVENT, "watch", "-r", capture, "--events", events, "--jsonl", "-"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout.splitlines()


def values(capture):
    code, lines = watch(capture, "tls")
    seen = collections.defaultdict(set)
    for line in lines:
        tls = json.loads(line).get("tls", {})
        for kind in ("ja3", "ja3s"):
            seen[kind].add(tls.get(kind, {}).get("hash"))
        seen["ja4"].add(tls.get("ja4"))
    return code, seen


def fingerprints(corpus, pool):
    table = os.path.join(corpus, "fingerprints", "expected.tsv")
    if not os.path.exists(table):
        print("no fingerprints")
        return score(None, "")
    wanted = collections.defaultdict(set)
    for row in csv.DictReader(open(table), delimiter="\t"):
        wanted[row["pcap"]].add((row["kind"], row["value"]))
    files = {os.path.basename(f): f for f in glob.glob(os.path.join(corpus, "fingerprints", "ja[34]", "*"))}
    found = 0
    for name, (code, seen) in zip(sorted(files), pool.map(values, [files[n] for n in sorted(files)])):
        missing = sorted(k + " " + v for k, v in wanted[name] if v not in seen[k])
        found += len(wanted[name]) - len(missing)
        score(code == 0 and not missing, "%s: exit %d, without %s" % (name, code, ", ".join(missing)))
    for name in sorted(set(wanted) - set(files)):
        score(None, name)
    print("fingerprints: %d captures, %d of %d values" % (len(files), found, sum(map(len, wanted.values()))))


def alerts(capture):
    """(time, rule, family, card named) of what wakes somebody."""
    code, lines = watch(capture)
    out = []
    for line in lines:
        e = json.loads(line)
        if e.get("event_type") != "alert" or e["alert"]["severity"] > 3:
            continue
        p = e["paravent"]
        out.append((datetime.datetime.fromisoformat(e["timestamp"]).timestamp(), p["rule"], FAMILY.get(p["rule"], p["rule"]), p.get("attacker_mac")))
    return code, sorted(out, key=lambda a: a[0])


def judge(truth, code, found):
    """(good, verdict, seconds to detection)"""
    if code != 0:
        return False, "exit %d" % code, None
    if truth["kind"] == "benign":
        return not found, "woke: " + " ".join(a[1] for a in found) if found else "silent", None
    early = [a for a in found if a[0] < truth["start"] - EARLY]
    if early:
        return False, "woke before it: " + " ".join(a[1] for a in early), None
    wanted, steps = set(truth["families"]), set(truth.get("also_ok", [])) & STEPS
    message = all(f.startswith(MESSAGE) for f in wanted)
    if message and not steps:
        return None, "about messages alone", None
    # A relay is seen wherever the address was stolen for it.
    wanted = STEPS if message else wanted
    window = [a for a in found if truth["start"] - EARLY <= a[0] <= truth["end"] + LATE]
    hits = [a for a in window if a[2] in wanted]
    if not hits:
        return False, "found: " + (" ".join(a[1] for a in window) or "nothing"), None
    named = {a[3] for a in hits if a[3]}
    wrong = named - {truth["attacker"]["mac"]}
    first = truth.get("family_start", {}).get(hits[0][2], truth.get("first_visible") or truth["start"])
    return not wrong, " ".join(sorted({a[1] for a in hits})) + (" names " + " ".join(sorted(wrong)) if wrong else "" if named else " (names nobody)"), max(0.0, hits[0][0] - first)


def lab(corpus, pool):
    captures = sorted(glob.glob(os.path.join(corpus, "lab", "pcaps", "*.span.pcap.zst")) +
                      glob.glob(os.path.join(corpus, "lab", "pcaps", "*.wifi.pcap.zst")))
    if not captures:
        print("no laboratory")
        return score(None, "")
    times = []
    for capture, (code, found) in zip(captures, pool.map(alerts, captures)):
        name = os.path.basename(capture).split(".")[0]
        path = os.path.join(corpus, "lab", "truth", name + ".json")
        if not os.path.exists(path):
            score(None, name)
            continue
        good, verdict, seconds = judge(json.load(open(path)), code, found)
        if seconds is not None:
            times.append(seconds)
        score(good, name)
        print("%-30s %-5s %8s  %s" % (name, {True: "ok", False: "WRONG", None: "skip"}[good], "" if seconds is None else "%.2f s" % seconds, verdict))
    print("lab: %d attacks found, median time to detection %.2f s, longest %.2f s" %
          (len(times), statistics.median(times) if times else 0, max(times, default=0)))


def mix(corpus):
    capture = os.path.join(corpus, "bench", "mix1.pcap.zst")
    if not os.path.exists(capture):
        print("no mix")
        return score(None, "")
    p = subprocess.Popen([PARAVENT, "watch", "-r", capture, "--events", "all", "--jsonl", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines, bad = 0, 0
    for line in p.stdout:
        lines += 1
        try:
            bad += not isinstance(json.loads(line), dict)
        except ValueError:
            bad += 1
    code = p.wait()
    score(code == 0 and lines > 0 and bad == 0, "mix: exit %d, %d of %d lines are no JSON object" % (code, bad, lines))
    print("mix: exit %d, %d lines" % (code, lines))


def main():
    corpus = sys.argv[1]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        fingerprints(corpus, pool)
        lab(corpus, pool)
    mix(corpus)
    print("conformance: %d passed, %d failed, %d skipped" % (counts["passed"], counts["failed"], counts["skipped"]))
    sys.exit(1 if counts["failed"] else 0)


main()
