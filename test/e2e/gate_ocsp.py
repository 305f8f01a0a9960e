"""Lists over HTTP, and OCSP of openssl, asked by the gateway."""
from gate import *
from gate_web import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
for name in ("pump1", "pump2", "pump3"):
    leaf(name)
ehr = Backend()


# --- a list over HTTP -------------------------------------------------------------------------
web = serve()
soft, strict = port(), port()
one = [("ehr", ehr.port)]
lists = {"crls": ["http://localhost:%d/ca.crl" % web.server_port]}
revoke("pump3")
g = Gate([route("soft", soft, one), route("strict", strict, one, revocation="hard")], crls=False, trust=lists)
check(attempt(strict, "pump1") == "AA", "who is not on the list is not let in")
check("revoked" in str(attempt(soft, "pump3")).lower(), "who is on the list is let in from the first connection on")
live = dial(soft, "pump2")
check(ask(live, message("l1")) == ["AA"], "before it is revoked")
until(lambda: Web.unchanged, "a list that did not change is not sent again", 120)
revoke("pump2")
until(lambda: ask(live, message("l2")) != ["AA"], "an open connection is cut by a list over HTTP", 120)
check("revoked" in str(attempt(soft, "pump2")).lower(), "a new connection is let in")
web.shutdown()
web.server_close()
until(lambda: "the list before stays in force" in (DIR / "gate.err").read_text(), "the list that cannot be fetched is told", 120)
check("revoked" in str(attempt(soft, "pump2")).lower() and attempt(strict, "pump1") == "AA", "the list before did not stay in force")
g.order("reload")
check("revoked" in str(attempt(soft, "pump2")).lower() and attempt(strict, "pump1") == "AA", "the list before did not outlive a reload")
g.stop()

# --- OCSP -------------------------------------------------------------------------------------
# A responder certified by the CA, an answer of its without nextUpdate: it is asked again every 10 s.
leaf("responder", "OCSPSigning")
leaf("stranger", "clientAuth")
for name in ("pump4", "pump5", "pump6"):
    leaf(name)
def resumable(at, name):
    ctx = context(name)
    s = dial(at, ctx=ctx)
    check(ask(s, message("r0")) == ["AA"], "before it is revoked")
    session = s.session
    s.close()
    return ctx, session


web = serve()
(DIR / "gate.err").write_text("")
soft, strict, vital = port(), port(), port()
g = Gate([route("soft", soft, one), route("strict", strict, one, revocation="hard"), route("vital", vital, one, cls="vitals", revocation="hard")], crls=False,
         trust={"ocsp": "http://127.0.0.1:%d/" % web.server_port})
check(attempt(strict, "pump1") == "AA", "a strict route waits for the answer, and lets in who is good")
check(attempt(strict, "pump3") != "AA", "who is revoked by OCSP is let in")
until(lambda: g.said(route="strict", why="revoked"), "the reason is in the log")
asked = len(Web.asked)
check(attempt(strict, "pump1") == "AA" and len(Web.asked) == asked, "what is known was asked for again")
attempt(soft, "pump3")
check("revoked" in str(attempt(soft, "pump3")).lower(), "a soft route lets in who is known as revoked")
live, (ctx, session) = dial(soft, "pump4"), resumable(soft, "pump4")
check(ask(live, message("o1")) == ["AA"], "before it is revoked")
run("openssl", "ca", "-config", "ca.cnf", "-revoke", "pump4.pem")
until(lambda: ask(live, message("o2")) != ["AA"], "an open connection is cut by OCSP", 120)
check(attempt(soft, ctx=ctx, session=session) != "AA", "a resumed connection is let in")
check("revoked" in str(attempt(soft, "pump4")).lower(), "a new connection is let in")
check(g.status("soft")["cut_total"] >= 1, "the cut is not counted")

# Nobody answers, or somebody whom the CA did not certify for it.
before = len(ehr.messages)
for words, change in (("signed neither", lambda: setattr(Web, "signer", "stranger")), ("503", lambda: setattr(Web, "down", True))):
    change()
    name = "pump5" if words == "503" else "pump6"
    check(attempt(strict, name) != "AA", "a strict route lets in of whom nothing is known", words)
    until(lambda: g.said(route="strict", why="nothing is known of its revocation"), "the reason is in the log")
    check(attempt(soft, name) == "AA", "a soft route lets nobody in", words)
    check(attempt(vital, name) == "AA", "vitals are not let in", words)
    Web.down, Web.signer = False, "responder"
    until(lambda: attempt(strict, name) == "AA", "the responder is back", 60)
check(g.said(route="soft", event="begin", device="pump5", revocation="unknown") and g.said(route="vital", event="begin", device="pump5", revocation="unknown"), "the log does not say that nothing was known")
check(g.status("soft")["revocation_unknown_total"] and g.status("vital")["revocation_unknown_total"] and not g.status("strict")["revocation_unknown_total"], "nobody counted them")
check(g.said(route="strict", event="begin", device="pump1", revocation="good"), "the log does not say what was known")
check("signed neither" in (DIR / "gate.err").read_text(), (DIR / "gate.err").read_text())
check(len([m for m in ehr.messages[before:]]) >= 6, "messages were lost")
g.stop()
