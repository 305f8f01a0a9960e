"""Lists over HTTP, and OCSP of openssl, asked by the gateway."""
import http.server
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
for name in ("pump1", "pump2", "pump3"):
    leaf(name)
ehr = Backend()


class Web(http.server.BaseHTTPRequestHandler):
    """/ca.crl"""
    asked, unchanged = [], 0

    def log_message(self, *words):
        pass

    def reply(self, code, body=b"", **head):
        self.send_response(code)
        for k, v in head.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Web.asked.append(self.path)
        made = self.date_time_string(int(os.stat(DIR / "ca.crl").st_mtime))
        if self.headers.get("If-Modified-Since") == made:
            Web.unchanged += 1
            return self.reply(304)
        self.reply(200, (DIR / "ca.crl").read_bytes(), Last_Modified=made)


def serve():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    return web


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
until(lambda: Web.unchanged, "a list that did not change is not sent again", 40)
revoke("pump2")
until(lambda: ask(live, message("l2")) != ["AA"], "an open connection is cut by a list over HTTP", 40)
check("revoked" in str(attempt(soft, "pump2")).lower(), "a new connection is let in")
web.shutdown()
web.server_close()
until(lambda: "the list before stays in force" in (DIR / "gate.err").read_text(), "the list that cannot be fetched is told", 40)
check("revoked" in str(attempt(soft, "pump2")).lower() and attempt(strict, "pump1") == "AA", "the list before did not stay in force")
g.order("reload")
check("revoked" in str(attempt(soft, "pump2")).lower() and attempt(strict, "pump1") == "AA", "the list before did not outlive a reload")
g.stop()
