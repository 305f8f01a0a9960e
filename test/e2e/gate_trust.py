"""Revocation that reaches new, resumed and open connections."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
for name in ("pump1", "pump2", "pump3"):
    leaf(name)
ehr, hard = Backend(), Backend(name=b"HARD")
result, order, vital, strict = port(), port(), port(), port()
two = [("ehr", ehr.port), ("safe", hard.port, {"hardened": True})]
g = Gate([route("results", result, two), route("orders", order, two, cls="order"), route("vitals", vital, two, cls="vitals"),
          route("strict", strict, two, revocation="hard")])


def opened(at, name):
    s = dial(at, name)
    check(ask(s, message("o1")) == ["AA"], "before it is revoked", name)
    return s


def resumable(at, name):
    ctx = context(name)
    s = dial(at, ctx=ctx)
    check(ask(s, message("r0")) == ["AA"], "before it is revoked")
    session = s.session
    s.close()
    s = dial(at, ctx=ctx, session=session)
    check(ask(s, message("r1")) == ["AA"] and s.session_reused, "a session was not resumed")
    session = s.session
    s.close()
    return ctx, session


live = {at: opened(at, "pump1") for at in (result, order, vital)}
others = {at: opened(at, "pump2") for at in (result, vital)}
sessions = {at: resumable(at, "pump1") for at in (result, vital)}
revoke("pump1")
time.sleep(2)
before = len(ehr.messages)
for at in (result, order):
    check(ask(live[at], message("x1")) != ["AA"], "an open connection still passes messages")
    check("revoked" in str(attempt(at, "pump1")).lower(), "a new connection is let in")
ctx, session = sessions[result]
got = attempt(result, ctx=ctx, session=session)
check(got != "AA", "a resumed connection is let in", got)
check(len(ehr.messages) == before and not hard.messages, "a message reached a receiver")
# Whoever was not revoked notices nothing.
for at, s in others.items():
    check(ask(s, message("y1")) == ["AA"], "another's connection was touched")
check(len(ehr.messages) == before + 2, ehr.messages[before:])
# Vitals go on, by the hardened path, marked.
check(ask(live[vital], message("x2")) == ["AA"], "vitals were cut")
ctx, session = sessions[vital]
check(attempt(vital, ctx=ctx, session=session, text=message("x3")) == "AA" and attempt(vital, "pump1", message("x4")) == "AA", "vitals were refused")
check([m.split(b"|")[9] for m in hard.messages] == [b"x2", b"x3", b"x4"], "the hardened path took", hard.messages)
check(g.status("vitals")["marked_total"] == 3, g.status("vitals"))
until(lambda: g.said(route="results", why="revoked") and g.said(route="vitals", marked="True"), "the log says so")
check(g.status("results")["cut_total"] == 1 and g.status("orders")["cut_total"] == 1, "open connections that were cut are not counted")

# A backend's certificate that is revoked: sessions with it and open connections to it carry nothing more; another one does.
for name in ("one", "two"):
    leaf(name, "serverAuth", san="DNS:%s.test" % name)


def tls_backend(name):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(DIR / (name + ".pem"), DIR / (name + ".key"))
    return Backend(name=name.encode(), tls=c)


one, two, at = tls_backend("one"), tls_backend("two"), port()
h = Gate([route("edge", at, [("one", one.port, {"tls": True, "server_name": "one.test", "weight": 256}), ("two", two.port, {"tls": True, "server_name": "two.test"})],
                mode="wrap", cert=None)], name="edge")
s = dial(at)
check(ask(s, message("w1")) == ["AA"] and attempt(at, text=message("w2")) == "AA" and len(one.messages) == 2, "before the backend's certificate is revoked")
revoke("one")
time.sleep(2)
check(ask(s, message("w3")) == ["AA"] and attempt(at, text=message("w4")) == "AA", "another backend is there, and was not used")
check(len(one.messages) == 2 and len(two.messages) == 2, "a revoked backend had a message", one.messages[2:])
s.close()
h.stop()

# A list that nobody trusted signed changes nothing; one that ends leaves a strict route shut.
before_list = (DIR / "ca.crl").read_bytes()
ca("rogue")
os.replace(DIR / "rogue.crl", DIR / "ca.crl")
time.sleep(1)
check(attempt(strict, "pump2") == "AA" and "revoked" in str(attempt(result, "pump1")).lower(), "a list of a stranger was believed")
check("signed" in (DIR / "gate.err").read_text(), "nobody was told of the list of a stranger")
(DIR / "ca.crl").write_bytes(before_list)
run("openssl", "ca", "-config", "ca.cnf", "-gencrl", "-crlsec", "2", "-out", "new.crl")
os.replace(DIR / "new.crl", DIR / "ca.crl")
until(lambda: attempt(strict, "pump3") != "AA", "the list has ended, and a strict route lets nobody in", 8)
check(attempt(result, "pump3") == "AA", "the list has ended, and a soft route lets nobody in")
until(lambda: g.said(route="strict", why="nothing is known of its revocation"), "the reason is in the log")
check(not [a for a in map(json.loads, g.log.read_text().splitlines()) if a["event_type"] == "alert"], "a finding where none is due")
g.stop()
