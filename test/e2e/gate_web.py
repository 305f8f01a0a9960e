"""gate_web: a web server with the list of the CA, and a responder on its certificates: openssl's."""
import http.server
from gate import *


class Web(http.server.BaseHTTPRequestHandler):
    """/ca.crl, and OCSP of the CA "ca" anywhere but at /NAME of another one"""
    asked, unchanged = [], 0
    signer, down, life = "responder", False, []  # life: options of openssl ocsp
    others, clock = {}, []  # others: CA and who signs for it; clock: what openssl runs under

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

    def do_POST(self):
        q = self.rfile.read(int(self.headers["Content-Length"]))
        Web.asked.append(self.path)
        if Web.down:
            return self.reply(503)
        with tempfile.TemporaryDirectory() as d:
            pathlib.Path(d, "q").write_bytes(q)
            name = self.path[1:] if self.path[1:] in Web.others else "ca"
            signer = Web.others.get(name, Web.signer)
            run(*Web.clock, "openssl", "ocsp", "-index", name + ".index", "-CA", name + ".pem", "-rsigner", signer + ".pem", "-rkey", signer + ".key",
                "-reqin", d + "/q", "-respout", d + "/a", *Web.life)
            self.reply(200, pathlib.Path(d, "a").read_bytes(), Content_Type="application/ocsp-response")


def serve():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    return web
