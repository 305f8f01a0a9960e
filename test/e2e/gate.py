"""gate: what the tests of the gateway share: a CA, a backend that acknowledges, clients, the gateway itself.

Everything is on loopback, on ports that were free; keys and certificates are made anew by openssl.
"""
import atexit, json, os, pathlib, shutil, signal, socket, ssl, struct, subprocess, sys, tempfile, threading, time

PARAVENT = os.path.realpath(os.environ.get("PARAVENT", "build/paravent"))
DIR = pathlib.Path(tempfile.mkdtemp(prefix="gate"))
DIR.chmod(0o755)  # lists of revoked certificates are read by a process without rights
PROCESSES = []


def fail(*words):
    print("FAIL:", *words)
    for name in ("gate.err", "log.jsonl"):
        if (DIR / name).exists():
            print((DIR / name).read_text()[-3000:])
    sys.exit(1)


def check(fine, *words):
    if not fine:
        fail(*words)


def until(what, words, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        got = what()
        if got:
            return got
        time.sleep(0.02)
    fail("not within %d s:" % seconds, words)


@atexit.register
def clean():
    for p in PROCESSES:
        if p.poll() is None:
            p.terminate()
    for p in PROCESSES:
        try:
            p.wait(5)
        except subprocess.TimeoutExpired:
            p.kill()
    shutil.rmtree(DIR, ignore_errors=True)


def port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    n = s.getsockname()[1]
    s.close()
    return n


def run(*argv, code=0, timeout=60):
    p = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, cwd=DIR)
    if code is not None:
        check(p.returncode == code, *argv, "exit", p.returncode, p.stdout)
    return p.stdout


# --- certificates ---------------------------------------------------------------------------

CNF = """[ca]
default_ca=c
[c]
dir=.
new_certs_dir=.
database={n}.index
serial={n}.serial
certificate={n}.pem
private_key={n}.key
default_md=sha256
default_days=30
default_crl_days=30
policy=p
copy_extensions=copy
unique_subject=no
[p]
commonName=supplied
"""


def ca(name="ca"):
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
    run("openssl", "req", "-x509", "-new", "-key", name + ".key", "-subj", "/CN=Test " + name, "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-out", name + ".pem")
    (DIR / (name + ".index")).write_text("")
    (DIR / (name + ".serial")).write_text("1000\n")
    (DIR / (name + ".cnf")).write_text(CNF.format(n=name))
    crl(name)


def crl(name="ca"):
    """The list of now, put in place at once."""
    run("openssl", "ca", "-config", name + ".cnf", "-gencrl", "-out", "new.crl")
    os.replace(DIR / "new.crl", DIR / (name + ".crl"))


def leaf(name, purpose="clientAuth", by="ca", key="ec", days=30, start=None, san=None, ocsp=None):
    if key == "rsa":
        run("openssl", "genrsa", "-out", name + ".key", "2048")
    else:
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
    run("openssl", "req", "-new", "-key", name + ".key", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + (san or "DNS:%s.test" % name),
        "-addext", "extendedKeyUsage=" + purpose, *(["-addext", "authorityInfoAccess=OCSP;URI:" + ocsp] if ocsp else []), "-out", name + ".csr")
    when = ["-startdate", start[0], "-enddate", start[1]] if start else ["-days", str(days)]
    run("openssl", "ca", "-batch", "-notext", "-config", by + ".cnf", "-in", name + ".csr", "-out", name + ".pem", *when)


def revoke(name, by="ca"):
    run("openssl", "ca", "-config", by + ".cnf", "-revoke", name + ".pem")
    crl(by)


def pin(name):
    der = subprocess.run("openssl x509 -in %s.pem -pubkey -noout | openssl pkey -pubin -outform der | sha256sum" % name, shell=True, cwd=DIR, stdout=subprocess.PIPE).stdout
    return der.split()[0].decode()


# --- HL7 --------------------------------------------------------------------------------------


def message(ident, kind="ORU^R01", sender="MON|ICU", size=0):
    text = "MSH|^~\\&|%s|EHR|HOSP|20260101000000||%s|%s|P|2.5.1\rPID|1||000000\rOBX|1|NM|8867-4||72%s\r" % (sender, kind, ident, "x" * size)
    return b"\x0b" + text.encode() + b"\x1c\r"


class Backend(threading.Thread):
    """Acknowledges what it receives; `code` may be a function of the message; None: it closes instead."""

    def __init__(self, code="AA", tls=None, name=b"EHR", at=0):
        super().__init__(daemon=True)
        self.code, self.tls, self.who = code, tls, name
        self.messages, self.connections, self.raw, self.peers = [], 0, b"", []
        self.s = socket.socket()
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.s.bind(("127.0.0.1", at))
        self.s.listen(256)
        self.port = self.s.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        try:
            if self.tls:
                c = self.tls.wrap_socket(c, server_side=True)
            self.peers.append(c)
            data = b""
            while True:
                more = c.recv(65536)
                if not more:
                    return
                self.raw += more
                data += more
                while b"\x1c\r" in data:
                    one, data = data.split(b"\x1c\r", 1)
                    one = one[one.index(b"\x0b") + 1:]
                    self.messages.append(one)
                    ident = one.split(b"\r")[0].split(b"\n")[0].split(b"|")[9]
                    code = self.code(one) if callable(self.code) else self.code
                    if code is None:
                        c.close()
                        return
                    c.sendall(b"\x0bMSH|^~\\&|" + self.who + b"|HOSP|MON|ICU|2026||ACK|A" + ident + b"|P|2.5.1\rMSA|" + code.encode() + b"|" + ident + b"\r\x1c\r")
        except (OSError, ValueError, ssl.SSLError):
            return

    def stop(self):
        self.s.close()
        for p in self.peers:
            try:
                p.close()
            except OSError:
                pass


def context(name=None, trust="ca"):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.load_verify_locations(DIR / (trust + ".pem"))
    if name:
        c.load_cert_chain(DIR / (name + ".pem"), DIR / (name + ".key"))
    return c


def dial(at, name=None, session=None, ctx=None, source=None, sni=None, host="127.0.0.1"):
    ctx = ctx or (context(name) if name else None)
    s = socket.create_connection((host, at), 5, source_address=(source, 0) if source else None)
    s.settimeout(5)
    return ctx.wrap_socket(s, session=session, server_hostname=sni) if ctx else s


def receive(s, wanted=1):
    """The frames that come, up to so many; at the end None: the connection closed; or what TLS says."""
    data, out = b"", []
    while len(out) < wanted:
        try:
            more = s.recv(65536)
        except socket.timeout:
            return out
        except ssl.SSLError as e:
            return out + [str(e)]
        except ConnectionError:
            more = b""
        if not more:
            return out + [None]
        data += more
        while b"\x1c\r" in data:
            one, data = data.split(b"\x1c\r", 1)
            out.append(one)
    return out


def ask(s, text, wanted=1):
    """The codes of acknowledgement: AA, AR …; None: the connection closed; or what TLS says."""
    try:
        s.sendall(text)
    except OSError:
        pass  # why is read below
    return [one[one.index(b"MSA|") + 4:][:2].decode() if isinstance(one, bytes) else one for one in receive(s, wanted)]


def attempt(at, name=None, text=None, **how):
    """One message over a connection of its own: a code, or why not."""
    try:
        s = dial(at, name, **how)
        got = ask(s, text or message("1"))
        s.close()
        return got[0] if got else "no answer"
    except (ssl.SSLError, OSError) as e:
        return str(e)


# --- the gateway ------------------------------------------------------------------------------


def route(name, listen, backends, protocol="mllp", mode="terminate", cls="result", cert="gw", trust="hospital", **more):
    """backends: (name, port, {keys}) …"""
    r = {"name": name, "listen": "127.0.0.1:%d" % listen, "protocol": protocol, "mode": mode, "class": cls,
         "backends": [dict({"name": b[0], "address": "127.0.0.1:%d" % b[1]}, **(b[2] if len(b) > 2 else {})) for b in backends]}
    if cert:
        names = cert if isinstance(cert, list) else [cert]
        r["certificates"] = ["%s/%s.pem" % (DIR, n) for n in names]
        r["keys"] = ["%s/%s.key" % (DIR, n) for n in names]
    if trust:
        r["trust"] = trust
    r.update(more)
    return r


class Gate:
    def __init__(self, routes, crls=True, extra=(), name="gate", trust=None):
        self.name, self.log = name, DIR / "log.jsonl"
        self.control = DIR / (name + ".sock")
        self.write(routes, crls, trust)
        self.err = open(DIR / (name + ".err"), "ab")
        self.p = subprocess.Popen([PARAVENT, "gate", "run", "-p", DIR / (name + ".yaml"), "--control", self.control, "--jsonl", self.log, *extra],
                                  stdout=self.err, stderr=self.err)
        PROCESSES.append(self.p)
        until(lambda: self.p.poll() is not None or b"orders over" in (DIR / (name + ".err")).read_bytes(), "the gateway serves")
        check(self.p.poll() is None, "the gateway did not start")

    def write(self, routes, crls=True, trust=None):
        t = {"name": "hospital", "ca": "%s/ca.pem" % DIR}
        if crls:
            t["crls"] = ["%s/ca.crl" % DIR]
        t.update(trust or {})
        (DIR / (self.name + ".yaml")).write_text(json.dumps({"version": 1, "trusts": [t], "routes": routes}))

    def order(self, *words, code=0):
        return run(PARAVENT, "gate", *words, "--control", self.control, code=code)

    def status(self, name):
        for line in self.order("status", "--json").splitlines():
            r = json.loads(line)
            if r["route"] == name:
                return r

    def said(self, **wanted):
        """Lines of the access log in which all of this stands."""
        out = []
        for line in self.log.read_text().splitlines() if self.log.exists() else []:
            e = json.loads(line)
            if e["event_type"] == "gate" and all(str(e["gate"].get(k, "")) .find(str(v)) >= 0 for k, v in wanted.items()):
                out.append(e["gate"])
        return out

    def alerts(self, rule):
        return [e for e in map(json.loads, self.log.read_text().splitlines()) if e["event_type"] == "alert" and e["paravent"]["rule"] == rule]

    def stop(self):
        self.order("stop")
        check(self.p.wait(10) == 0, "the gateway ended with", self.p.returncode)
