"""gate_web: a web server with the list of the CA, and a responder on its certificates: openssl's."""
import http.server
from gate import *


class Web(http.server.BaseHTTPRequestHandler):
    """/ca.crl, and OCSP anywhere"""
    asked, unchanged = [], 0
    signer, down, life, ca = "responder", False, [], "ca"  # life: options of openssl ocsp

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
            run("openssl", "ocsp", "-index", Web.ca + ".index", "-CA", Web.ca + ".pem", "-rsigner", Web.signer + ".pem", "-rkey", Web.signer + ".key",
                "-reqin", d + "/q", "-respout", d + "/a", *Web.life)
            self.reply(200, pathlib.Path(d, "a").read_bytes(), Content_Type="application/ocsp-response")


def serve():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    return web
