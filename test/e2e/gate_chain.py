"""The responder that each certificate names; a CA between."""
from gate import *
from gate_web import *

if not shutil.which("faketime"):
    print("SKIP: faketime is not installed")
    sys.exit(77)
web = serve()
url = "http://127.0.0.1:%d/" % web.server_port
ca()
ca("other")
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("responder", "OCSPSigning")
leaf("stranger", "clientAuth")
leaf("foreign", "OCSPSigning", by="other")
# A CA below the first one, and what it issues, with the CA's certificate behind it.
run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sub.key")
run("openssl", "req", "-new", "-key", "sub.key", "-subj", "/CN=Test sub", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    "-addext", "authorityInfoAccess=OCSP;URI:" + url + "ca", "-out", "sub.csr")
run("openssl", "ca", "-batch", "-notext", "-config", "ca.cnf", "-in", "sub.csr", "-out", "sub.pem", "-days", "30")
(DIR / "sub.index").write_text("")
(DIR / "sub.serial").write_text("2000\n")
(DIR / "sub.cnf").write_text(CNF.format(n="sub"))
leaf("subresponder", "OCSPSigning", by="sub")
Web.others = {"sub": "subresponder"}
for name in ("pump1", "pump2"):
    leaf(name, by="sub", ocsp=url + "sub")
    with open(DIR / (name + ".pem"), "a") as f:
        f.write((DIR / "sub.pem").read_text())
leaf("near", ocsp=url + "ca")
leaf("bare")
leaf("hidden", ocsp="https://127.0.0.1/ca")
for name in ("late", "wrong", "uncertified"):
    leaf(name, ocsp=url + "ca")

ehr = Backend()
strict, soft = port(), port()
one = [("ehr", ehr.port)]
g = Gate([route("strict", strict, one, revocation="hard"), route("soft", soft, one)], crls=False, trust={"ocsp": "certificate"})


def told(words):
    until(lambda: words in (DIR / "gate.err").read_text(), "told: " + words)


check(attempt(strict, "near") == "AA" and "/ca" in Web.asked and "/sub" not in Web.asked, "the responder it names", Web.asked)
check(attempt(strict, "pump1") == "AA" and "/sub" in Web.asked, "the responder of who is below a CA between", Web.asked)
for name in ("bare", "hidden"):
    check(attempt(strict, name) != "AA", "a strict route lets in of whom nobody can be asked", name)
    check(attempt(soft, name) == "AA", "a soft route does not", name)
told("not http://")

# Answers that are none.
Web.clock, Web.life = ["faketime", "-f", "-3h"], ["-nmin", "60"]
check(attempt(strict, "late") != "AA", "an answer that has ended was believed")
told("not of now")
Web.clock, Web.life = [], []
until(lambda: attempt(strict, "late") == "AA", "an answer of now is believed", 60)
for name, signer in (("uncertified", "stranger"), ("wrong", "foreign")):
    Web.signer = signer
    check(attempt(strict, name) != "AA", "an answer was believed that was signed by", signer)
    Web.signer = "responder"
    until(lambda: attempt(strict, name) == "AA", "the responder is back", 60)
told("signed neither")

# Revoked below; then the CA between itself.
live = dial(soft, "pump1")
check(ask(live, message("c1")) == ["AA"], "before it is revoked")
run("openssl", "ca", "-config", "sub.cnf", "-revoke", "pump1.pem")
until(lambda: ask(live, message("c2")) != ["AA"], "the connection is cut", 60)
live = dial(soft, "pump2")
check(ask(live, message("c3")) == ["AA"], "another one of the CA between")
run("openssl", "ca", "-config", "ca.cnf", "-revoke", "sub.pem")
until(lambda: ask(live, message("c4")) != ["AA"], "with the CA between go those it issued", 60)
check("revoked" in str(attempt(soft, "pump2")).lower() and attempt(strict, "near") == "AA", "who is revoked")
g.stop()
