"""A small ACME client (RFC 8555) that can also do everything wrong; for 54_acme.sh."""
import base64, hashlib, hmac, http.server, json, ssl, threading, time, urllib.error, urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID


def b64(raw):
    return base64.urlsafe_b64encode(raw if isinstance(raw, bytes) else raw.encode()).rstrip(b"=").decode()


def number(n, size):
    return b64(n.to_bytes(size, "big"))


class Key:
    def __init__(self, kind="ES256"):
        self.alg = kind
        if kind == "RS256":
            self.key = rsa.generate_private_key(65537, 2048)
        elif kind == "EdDSA":
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = ec.generate_private_key(ec.SECP256R1() if kind == "ES256" else ec.SECP384R1())

    def jwk(self):
        public = self.key.public_key()
        if self.alg == "RS256":
            n = public.public_numbers()
            return {"e": "AQAB", "kty": "RSA", "n": number(n.n, 256)}
        if self.alg == "EdDSA":
            return {"crv": "Ed25519", "kty": "OKP", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
        n, size = public.public_numbers(), 32 if self.alg == "ES256" else 48
        return {"crv": "P-256" if size == 32 else "P-384", "kty": "EC", "x": number(n.x, size), "y": number(n.y, size)}

    def thumbprint(self):
        return b64(hashlib.sha256(json.dumps(self.jwk(), sort_keys=True, separators=(",", ":")).encode()).digest())

    def sign(self, text):
        if self.alg == "RS256":
            return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        if self.alg == "EdDSA":
            return self.key.sign(text)
        size, digest = (32, hashes.SHA256()) if self.alg == "ES256" else (48, hashes.SHA384())
        r, s = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def jws(header, payload, sign):
    """payload: an object, or None for POST-as-GET."""
    protected, body = b64(json.dumps(header)), "" if payload is None else b64(json.dumps(payload))
    return {"protected": protected, "payload": body, "signature": b64(sign(f"{protected}.{body}".encode()))}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if body and "json" in (headers.get("Content-Type") or "") else None
        self.problem = (self.json or {}).get("type", "").rpartition(":")[2] if status >= 400 and self.json else None

    def __repr__(self):
        return f"{self.status} {self.body[:300]}"


class Client:
    def __init__(self, directory, ca=None, key=None):
        self.tls = ssl.create_default_context(cafile=ca) if ca else None
        self.key, self.kid, self.nonce = key or Key(), None, None
        self.url = self.ask("GET", directory).json

    def ask(self, method, url, body=None, kind="application/jose+json"):
        q = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": kind} if body is not None else {})
        try:
            with urllib.request.urlopen(q, context=self.tls, timeout=30) as r:
                a = Answer(r.status, r.headers, r.read().decode())
        except urllib.error.HTTPError as e:
            a = Answer(e.code, e.headers, e.read().decode())
        if "Replay-Nonce" in a.headers:
            self.nonce = a.headers["Replay-Nonce"]
        return a

    def header(self, to, **more):
        if not self.nonce:
            self.ask("HEAD", self.url["newNonce"])
        h = {"alg": self.key.alg, "nonce": self.nonce, "url": to}
        h.update({"kid": self.kid} if self.kid else {"jwk": self.key.jwk()})
        self.nonce = None
        h.update(more)
        return {k: v for k, v in h.items() if v is not None}

    def post(self, to, payload=None, sign=None, kind="application/jose+json", **header):
        body = jws(self.header(to, **header), payload, sign or self.key.sign)
        return self.ask("POST", to, json.dumps(body).encode(), kind)

    def binding(self, kid, key, **header):
        h = {"alg": "HS256", "kid": kid, "url": self.url["newAccount"]}
        h.update(header)
        mac = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        return jws(h, self.key.jwk(), lambda text: hmac.new(mac, text, hashlib.sha256).digest())

    def account(self, **payload):
        a = self.post(self.url["newAccount"], payload, kid=None, jwk=self.key.jwk())
        if a.status in (200, 201):
            self.kid = a.headers["Location"]
        return a

    def order(self, *names, **more):
        kinds = [{"type": "ip" if n[0].isdigit() else "dns", "value": n} for n in names]
        a = self.post(self.url["newOrder"], {"identifiers": kinds, **more})
        if a.json is not None:
            a.json["url"] = a.headers.get("Location")
        return a

    def challenge(self, authorization, kind="http-01"):
        z = self.post(authorization).json
        return next(c for c in z["challenges"] if c["type"] == kind)

    def settled(self, url, until=("valid", "invalid"), seconds=60):
        end = time.monotonic() + seconds
        while True:
            a = self.post(url)
            if a.json["status"] in until or time.monotonic() > end:
                return a.json
            time.sleep(0.2)

    def csr(self, *names, key=None, cn=None):
        import ipaddress
        key = key or ec.generate_private_key(ec.SECP256R1())
        san = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
        b = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else []))
        return key, b.add_extension(x509.SubjectAlternativeName(san), False).sign(key, hashes.SHA256())


class Web(http.server.BaseHTTPRequestHandler):
    """Answers tokens: token -> key authorization, or a URL to be redirected to."""
    files = {}

    def do_GET(self):
        token = self.path.rpartition("/")[2]
        said = self.files.get(token)
        self.send_response(404 if said is None else 302 if said.startswith("->") else 200)
        if said and said.startswith("->"):
            self.send_header("Location", said[2:])
        self.end_headers()
        if said and not said.startswith("->"):
            self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


def serve(address, port=80):
    s = http.server.ThreadingHTTPServer((address, port), Web)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return s
