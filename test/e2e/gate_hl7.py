"""HL7 over the gateway: identity in three places at once, types, framings."""
from gate import *

ca()
ca("rogue")
leaf("gw", "serverAuth", san="DNS:gw.test,IP:127.0.0.1")
for name in ("pump1", "pump2", "lost", "other"):
    leaf(name)
leaf("expired", start=("20200101000000Z", "20200201000000Z"))
leaf("early", start=("20400101000000Z", "20400201000000Z"))
leaf("server", "serverAuth")
leaf("impostor", by="rogue", san="DNS:pump1.test")
leaf("pinned")
revoke("lost")
ehr = Backend()
at, vital = port(), port()
clients = [
    {"device": "pump1", "from": "127.0.0.0/8", "titles": ["MON|ICU"]},
    {"device": "pump2", "from": "10.20.3.8"},
    {"device": "pinned", "pins": [pin("pump1")]},
    {"device": "lost"}, {"device": "expired"}, {"device": "early"}, {"device": "server"},
]
g = Gate([
    route("results", at, [("ehr", ehr.port)], clients=clients, kinds=["ORU", "ADT^A01"]),
    route("vitals", vital, [("ehr", ehr.port)], cls="vitals", clients=clients),
])

# Who may, may; nothing is acknowledged that the receiver did not.
check(attempt(at, "pump1", message("ok1")) == "AA", "an honest message was not acknowledged")
check(ehr.messages[-1].startswith(b"MSH|^~\\&|MON|ICU|") and ehr.raw == message("ok1"), "the message was not forwarded as it was", ehr.raw)

# Who may not: the right alert of TLS, and the reason in the log.
for name, alert, why in (
        ("impostor", "unknown ca", "not issued by a CA trusted here"),
        ("expired", "certificate expired", "expired"),
        ("early", "certificate", "not valid yet"),
        ("server", "certificate", "not for this purpose"),
        ("lost", "certificate revoked", "revoked"),
        ("other", "alert", "no client of this route is like it"),
        ("pump2", "alert", "belongs to another address"),
        ("pinned", "alert", "not the one pinned")):
    before = len(ehr.messages)
    got = attempt(at, name)
    check(alert.replace(" ", "_").upper() in got.upper() or alert in got, name, "was told", got)
    check(len(ehr.messages) == before, name, "had a message forwarded")
    until(lambda: g.said(event="end", why=why), "the log says of %s: %s" % (name, why))
got = attempt(at)
check(got != "AA" and got != "AR", "plain text was answered", got)
plain = context()
got = attempt(at, ctx=plain)
check("certificate" in str(got).lower() or "alert" in str(got).lower(), "who shows no certificate was told", got)

# One identity in address, certificate and application: both witnesses are heard.
a = until(lambda: g.alerts("session.identity"), "session.identity")[0]["paravent"]
check((a["witness_a"], a["value_a"], a["witness_b"], a["value_b"]) == ("policy", "10.20.3.8", "gateway", "127.0.0.1"), a)
s = dial(at, "pump1")
check(ask(s, message("t1", sender="EVIL|ICU")) == ["AR"], "another's name was let through")
check(ask(s, message("t2", kind="RDE^O11")) == ["AR"], "an order was let through a route of results")
check(ask(s, message("t3")) == ["AA"], "the same connection no longer works")
s.close()
check(not any(b"|t1|" in m or b"|t2|" in m for m in ehr.messages), "a refused message reached the receiver")

# Care goes on: a revoked, an expired or a misplaced certificate of vitals is marked, and forwarded.
for name, why in (("lost", "revoked"), ("expired", "expired"), ("pump2", "another address")):
    check(attempt(vital, name, message("v" + name)) == "AA", "vitals of", name, "were not forwarded")
    until(lambda: [x for x in g.said(route="vitals", marked="True") if x.get("device", "").startswith(name)], name + " is marked")
check("unknown ca" in attempt(vital, "impostor").replace("_", " ").lower(), "a stranger came in by vitals")

# Framings: a stated outcome each.
V, F = b"\x0b", b"\x1c\r"


def body(i):
    return message(i)[1:-2]


cases = [  # name, chunks, acknowledged, forwarded ids, closed
    ("two in one segment", [message("f1") + message("f2")], 2, ["f1", "f2"], False),
    ("split in the middle", [message("g1")[:30], message("g1")[30:]], 1, ["g1"], False),
    ("end bytes split", [message("h1")[:-1], b"\r"], 1, ["h1"], False),
    ("LF after the end, then a second", [message("i1") + b"\n", message("i2")], 2, ["i1", "i2"], False),
    ("LF separators", [V + body("j1").replace(b"\r", b"\n") + F], 1, ["j1"], False),
    ("no CR before the end", [V + body("k1")[:-1] + F], 1, ["k1"], False),
    ("text before the start", [b"junk" + message("l1")], 1, ["l1"], False),
    ("no start", [body("m1") + F], 0, [], False),
    ("0x1c inside", [V + body("n1").replace(b"72", b"7\x1c2") + F], 1, ["n1"], False),
    ("0x1c 0x0d inside", [V + body("o1").replace(b"72", b"7\x1c\r2") + F], 0, [], True),
    ("0x0b inside", [V + body("p1").replace(b"72", b"7\x0b2") + F], 1, ["p1"], False),
    ("an empty frame, then one", [V + F + message("q1")], 1, ["q1"], False),
    ("a byte of Latin-1", [V + body("r1").replace(b"72", b"M\xfcller") + F], 1, ["r1"], False),
    ("no CR after 0x1c", [V + body("s1") + b"\x1c"], 0, [], False),
    ("LF after 0x1c", [V + body("u1") + b"\x1c\n"], 0, [], False),
    ("no HL7", [V + b"hello" + F], 0, [], True),
]
for name, chunks, acks, ids, closed in cases:
    before = len(ehr.messages)
    s = dial(at, "pump1")
    s.settimeout(0.7)
    for c in chunks:
        s.sendall(c)
        time.sleep(0.05)
    got = receive(s, acks + 1)
    s.close()
    forwarded = [m.replace(b"\n", b"\r").split(b"\r")[0].split(b"|")[9].decode() for m in ehr.messages[before:]]
    check(len([x for x in got if isinstance(x, bytes)]) == acks and forwarded == ids and (None in got) == closed, name, "gave", got, "and forwarded", forwarded)
until(lambda: g.status("results")["open"] == 0, "all conversations ended")
n = g.status("results")
check(n["answers_total"] == n["messages_total"] and n["answers_stray_total"] == 0, n)
g.stop()
text = g.log.read_text()
check("000000" not in text and "8867" not in text, "content of messages is in the log")
