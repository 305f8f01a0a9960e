"""Staples of the gateway's own certificates."""
from gate import *
from gate_web import *

ca()
leaf("responder", "OCSPSigning")
leaf("pump1")
web = serve()
url = "http://127.0.0.1:%d/" % web.server_port
for name, key in (("gwec", "ec"), ("gwrsa", "rsa")):
    leaf(name, "serverAuth", san="IP:127.0.0.1", key=key, ocsp=url)
run(PARAVENT, "init", "--name", "gate.example/staple", "--state", DIR / "site")
ehr = Backend()
at = port()
KINDS = {"gwec": "ECDSA+SHA256", "gwrsa": "RSA-PSS+SHA256:RSA+SHA256"}


def stapled(name, version="-tls1_3"):
    """What is stapled to this certificate: "good" …, or None; openssl verifies the certificate."""
    p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % at, "-status", version, "-sigalgs", KINDS[name], "-CAfile", "ca.pem", "-cert", "pump1.pem", "-key", "pump1.key"],
                       cwd=DIR, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    check("Verify return code: 0" in p.stdout, name, p.stdout)
    if "OCSP response: no response sent" in p.stdout:
        return None
    serial = run("openssl", "x509", "-in", name + ".pem", "-noout", "-serial").strip().split("=")[1]
    check("Serial Number: " + serial in p.stdout, "the staple of another certificate is sent with", name, p.stdout)
    return p.stdout.split("Cert Status: ")[1].split()[0]


def staple(name):
    """The gateway's own words on it."""
    return [s for s in g.status("ehr")["staples"] if s["certificate"].endswith("/%s.pem" % name)][0]


def start():
    global g
    (DIR / "gate.err").write_text("")
    g = Gate([route("ehr", at, [("ehr", ehr.port)], cert=["gwec", "gwrsa"])], extra=["--state", DIR / "site"])


# Each certificate has its own, in both versions of TLS.
Web.life = ["-nmin", "1"]
start()
for name in KINDS:
    until(lambda: stapled(name) == "good", "it is stapled to " + name)
    check(stapled(name, "-tls1_2") == "good", "in TLS 1.2", name)
    check(staple(name)["state"] == "stapled" and staple(name)["fetched"] >= 1 and staple(name)["seconds"] <= 60, staple(name))
check("stapled, for" in g.order("status"), g.order("status"))
check('paravent_gate_staples_fetched_total{route="ehr",certificate="%s/gwec.pem"}' % DIR in g.order("metrics"), g.order("metrics"))
g.order("reload")
check(stapled("gwec") == "good" and stapled("gwrsa") == "good", "the next generation staples nothing")
mode = os.stat(DIR / "site/gate-staples")
check(mode.st_mode & 0o77 == 0, "others can write what is kept")

# With no responder what was kept is stapled after a restart, until it ends.
g.stop()
Web.down = True
start()
check(stapled("gwec") == "good" and stapled("gwrsa") == "good", "nothing was kept")
until(lambda: staple("gwec")["failed"], "the failure is counted")
check("503" in (DIR / "gate.err").read_text() and stapled("gwec") == "good", "a failure ended it")
until(lambda: not staple("gwec")["seconds"] and not staple("gwrsa")["seconds"], "it ends", 90)
until(lambda: not stapled("gwec") and not stapled("gwrsa"), "what has ended is not stapled any more")
check(attempt(at, "pump1") == "AA", "without a staple nobody is served")
g.stop()
start()
check(not stapled("gwec") and not stapled("gwrsa"), "what had ended came back from the file")
g.stop()

# What is in the file is judged again.
Web.down = False
start()
until(lambda: stapled("gwec") == "good" and stapled("gwrsa") == "good", "the responder is back")
g.stop()
kept = (DIR / "site/gate-staples/staples").read_bytes()
check(len(kept) > 500, "kept", len(kept))
for at_byte in (40, len(kept) - 40):
    kept = kept[:at_byte] + bytes([kept[at_byte] ^ 1]) + kept[at_byte + 1:]
(DIR / "site/gate-staples/staples").write_bytes(kept)
Web.down = True
start()
check(not stapled("gwec") and not stapled("gwrsa"), "a changed response was believed")
g.stop()

# Revoked: told loudly and never stapled; the other certificate keeps its own.
Web.down = False
run("openssl", "ca", "-config", "ca.cnf", "-revoke", "gwec.pem")
start()
until(lambda: staple("gwec")["state"] == "REVOKED" and stapled("gwrsa") == "good", "the gateway knows of it")
check(not stapled("gwec"), "a response that says revoked was stapled")
check("OWN CERTIFICATE WAS REVOKED" in (DIR / "gate.err").read_text() and "REVOKED" in g.order("status"), "nobody was told")
check('paravent_gate_certificate_revoked{route="ehr",certificate="%s/gwec.pem"} 1' % DIR in g.order("metrics"), "Prometheus was not told")
g.stop()
