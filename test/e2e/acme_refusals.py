"""usage: acme_refusals.py DIRECTORY CA KID HMAC SECOND_KID SECOND_HMAC: the whole protocol, and each thing done wrong, at pump1 (10.20.3.7)."""
import datetime, hashlib, hmac, ipaddress, json, os, socket, ssl, sys, time, urllib.request

from acme_client import Client, Key, Web, b64, jws, serve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DIRECTORY, CA, KID, HMAC, KID2, HMAC2 = sys.argv[1:]
CA = None if CA == "-" else CA
NAME, ADDRESS = "pump1.hospital.example", "10.20.3.7"
checks = 0


def refused(answer, problem, status=None, words=""):
    global checks
    checks += 1
    kind = answer.headers.get("Content-Type", "")
    if answer.problem != problem or (status and answer.status != status) or words not in answer.body or kind != "application/problem+json" or answer.json["status"] != answer.status:
        sys.exit(f"FAIL: wanted {problem} {status or ''} '{words}', got {answer!r} ({kind})")


def holds(what, words):
    global checks
    checks += 1
    if not what:
        sys.exit(f"FAIL: {words}")


web = serve(ADDRESS)
c = Client(DIRECTORY, CA)

# --- nonces, signatures, urls ------------------------------------------------------------
holds(c.ask("HEAD", c.url["newNonce"]).status == 200, "HEAD new-nonce")
holds(c.ask("GET", c.url["newNonce"]).status == 204, "GET new-nonce")
url = c.url["newAccount"]
refused(c.post(url, {}, nonce="bm90Z2l2ZW4"), "badNonce", 400)
refused(c.post(url, {}, nonce=None), "badNonce", 400)
c.ask("HEAD", c.url["newNonce"])
once = json.dumps(jws(c.header(url), {"onlyReturnExisting": True}, c.key.sign)).encode()
refused(c.ask("POST", url, once), "accountDoesNotExist", 400)
refused(c.ask("POST", url, once), "badNonce", 400)
refused(c.post(url, {}, alg="none", sign=lambda t: b""), "badSignatureAlgorithm", 400)
public = c.key.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
refused(c.post(url, {}, alg="HS256", sign=lambda t: hmac.new(public, t, hashlib.sha256).digest()), "badSignatureAlgorithm", 400)
refused(c.post(url, {}, alg="RS256"), "badSignatureAlgorithm", 400)
refused(c.post(url, {}, alg="ES384"), "badSignatureAlgorithm", 400)
refused(c.post(url, {}, sign=Key().sign), "malformed", 400, "signature does not hold")
refused(c.post(url, {}, sign=lambda t: bytes(64)), "malformed", 400, "signature does not hold")
refused(c.post(url, {}, kid="x"), "malformed", 400, "one of jwk and kid")
refused(c.post(url, {}, jwk=None, kid=url.replace("new-account", "account/999")), "malformed", 400, "no kid")
refused(c.post(c.url["newOrder"], {}), "malformed", 400, "no jwk")
refused(c.post(url, {}, url=c.url["newOrder"]), "unauthorized", 403, "another url")
refused(c.post(url, {}, crit=["exp"], exp=1), "malformed", 400, "crit")
refused(c.post(url, {}, kind="application/json"), "malformed", 415)
refused(c.post(url, [1]), "malformed", 400, "no JSON object")
refused(c.ask("GET", url), "malformed", 405)
refused(c.ask("POST", url, b"{" * 5000), "malformed", 400)
small = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
refused(c.post(url, {}, alg="RS256", jwk={"kty": "RSA", "e": "AQAB", "n": b64(small.n.to_bytes(128, "big"))}), "badPublicKey", 400)
refused(c.post(url, {}, jwk={**c.key.jwk(), "d": b64(bytes(32))}), "badPublicKey", 400, "private")
refused(c.post(url, {}, jwk={"kty": "EC", "crv": "P-256", "x": b64(bytes(32)), "y": b64(bytes(32))}), "badPublicKey", 400)

# --- accounts ----------------------------------------------------------------------------
refused(c.account(), "externalAccountRequired", 403, c.key.thumbprint())
refused(c.account(externalAccountBinding=c.binding(KID, b64(bytes(32)))), "unauthorized", 403)
refused(c.account(externalAccountBinding=c.binding("nobody", HMAC)), "unauthorized", 403)
refused(c.account(externalAccountBinding=c.binding(KID, HMAC, alg="ES256")), "badSignatureAlgorithm", 400)
refused(c.account(externalAccountBinding=c.binding(KID, HMAC, nonce="bm9uY2U")), "malformed", 400)
refused(c.account(externalAccountBinding=Client(DIRECTORY, CA).binding(KID, HMAC)), "malformed", 400, "another key")
refused(c.account(contact=["mailto:a@h.example,b@h.example"], externalAccountBinding=c.binding(KID, HMAC)), "invalidContact", 400)
refused(c.account(contact=["tel:+1"], externalAccountBinding=c.binding(KID, HMAC)), "unsupportedContact", 400)
made = c.account(contact=["mailto:biomed@hospital.example"], externalAccountBinding=c.binding(KID, HMAC))
holds(made.status == 201 and made.json["contact"] == ["mailto:biomed@hospital.example"], f"new-account: {made}")
again = c.account(onlyReturnExisting=True)
holds(again.status == 200 and again.headers["Location"] == made.headers["Location"], "the same account again")
thief = Client(DIRECTORY, CA)
refused(thief.account(externalAccountBinding=thief.binding(KID, HMAC)), "unauthorized", 403)
other = Client(DIRECTORY, CA, Key("RS256"))
holds(other.account(externalAccountBinding=other.binding(KID2, HMAC2)).status == 201, "the second account")
refused(other.post(c.kid), "unauthorized", 403, "another's")
refused(other.post(made.json["orders"]), "unauthorized", 403, "another's")
holds(c.post(c.kid, {"contact": []}).json["contact"] == [], "contacts taken back")

# --- names -------------------------------------------------------------------------------
refused(c.order("pump1.elsewhere.example"), "rejectedIdentifier", 403, "outside")
refused(c.order("*.hospital.example"), "rejectedIdentifier", 403)
refused(c.order("pump1\0.hospital.example"), "malformed", 400)
refused(c.order("pump1..hospital.example"), "rejectedIdentifier", 403)
refused(c.order("10.99.0.1"), "rejectedIdentifier", 403, "outside")
refused(c.order("10.20.03.7"), "malformed", 400)
refused(c.order(NAME, NAME.upper()), "malformed", 400, "twice")
refused(c.order(*[f"n{i}.hospital.example" for i in range(65)]), "malformed", 400)
refused(c.order(), "malformed", 400)
refused(c.post(c.url["newOrder"], {"identifiers": [{"type": "email", "value": "a@b"}]}), "unsupportedIdentifier", 400)
refused(c.order(NAME, notAfter="2030-01-01T00:00:00Z"), "malformed", 400)

# --- an order, looked at by others and too early -----------------------------------------
o = c.order(NAME.upper())
holds(o.status == 201 and o.json["status"] == "pending" and o.json["identifiers"] == [{"type": "dns", "value": NAME}], f"new-order: {o}")
key, csr = c.csr(NAME)
refused(c.post(o.json["finalize"], {"csr": b64(csr.public_bytes(Encoding.DER))}), "orderNotReady", 403)
refused(other.post(o.json["url"]), "malformed", 404)
refused(other.post(o.json["authorizations"][0]), "malformed", 404)
ch = c.challenge(o.json["authorizations"][0])
refused(other.post(ch["url"], {}), "malformed", 404)
for path in ("/../../certificate/00", "/%2e%2e/http-01", "x", "/"):
    refused(c.post(ch["url"] + path, {}), "malformed", 404)
holds(len(c.challenge(o.json["authorizations"][0], "dns-01")["token"]) >= 22 and all(t.isalnum() or t in "-_" for t in ch["token"]), "a token is base64url of 128 bits or more")


def tried(said, *names, kind="http-01", on=c):
    """A new order whose tokens are answered so: the order and its first authorization, settled."""
    order = on.order(*(names or (NAME,))).json
    for z in order["authorizations"]:
        challenge = on.challenge(z, kind)
        Web.files[challenge["token"]] = said(challenge["token"]) if said else f"{challenge['token']}.{on.key.thumbprint()}"
        on.post(challenge["url"], {})
        state = on.settled(z)
    return order, state


def failed(said, problem, words, *names):
    order, state = tried(said, *names)
    error = state["challenges"][0].get("error", {})
    holds(state["status"] == "invalid" and error.get("type", "").endswith(":" + problem) and words in error["detail"], f"wanted {problem} '{words}': {state}")
    holds(c.post(order["url"]).json["status"] == "invalid", "an order of an invalid name is invalid")


PATH = "/.well-known/acme-challenge/"
failed(lambda t: "something else", "unauthorized", "something else")
failed(lambda t: f"{t}.{other.key.thumbprint()}", "unauthorized", "something else")
failed(lambda t: "x" * 20000, "connection", "more than 8 KiB")
failed(lambda t: f"->http://127.0.0.1{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://[::1]{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://169.254.169.254{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://0.0.0.0{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://10.20.9.9{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://secret.hospital.example{PATH}{t}", "connection", "never connected")
failed(lambda t: f"->http://{NAME}:22{PATH}{t}", "connection", "port 22")
failed(lambda t: f"->ftp://{NAME}{PATH}{t}", "connection", "")
failed(lambda t: f"->http://{NAME}/admin?delete=all", "connection", "another path")
failed(lambda t: f"->http://{NAME}{PATH}../{t}", "connection", "")
failed(lambda t: f"->http://{NAME}{PATH}{t}", "connection", "more than 3")
failed(None, "dns", "has no address", "nowhere.hospital.example")

# --- tls-alpn-01 and dns-01, done wrong and right -----------------------------------------
def alpn(san, digest, critical=True, protocol="acme-tls/1"):
    """A server that answers one handshake with such a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.datetime.utcnow()
    b = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(1)).add_extension(x509.SubjectAlternativeName(san), False)
    if digest:
        b = b.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31"), b"\x04\x20" + digest), critical)
    with open("alpn.pem", "wb") as f:
        f.write(b.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("alpn.pem")
    tls.set_alpn_protocols([protocol])
    return tls


def with_alpn(name, make):
    order = c.order(name).json
    challenge = c.challenge(order["authorizations"][0], "tls-alpn-01")
    tls = make(hashlib.sha256(f"{challenge['token']}.{c.key.thumbprint()}".encode()).digest())
    with socket.create_server((ADDRESS, 443)) as s:
        c.post(challenge["url"], {})
        try:
            with tls.wrap_socket(s.accept()[0], server_side=True) as conn:
                conn.recv(1)
        except (ssl.SSLError, ConnectionError):
            pass
    return c.settled(order["authorizations"][0])


own, alias, at = x509.DNSName(NAME), x509.DNSName("pump2.hospital.example"), x509.IPAddress(ipaddress.ip_address(ADDRESS))
for make, words in (
    (lambda d: alpn([own], bytes(32)), "acmeIdentifier"),
    (lambda d: alpn([own], None), "acmeIdentifier"),
    (lambda d: alpn([own], d, critical=False), "acmeIdentifier"),
    (lambda d: alpn([alias], d), "for it alone"),
    (lambda d: alpn([own, alias], d), "for it alone"),
    (lambda d: alpn([own], d, protocol="http/1.1"), "acme-tls/1"),
):
    state = with_alpn(NAME, make)
    holds(state["status"] == "invalid" and words in state["challenges"][0]["error"]["detail"], f"tls-alpn-01, wanted '{words}': {state}")
holds(with_alpn(NAME, lambda d: alpn([own], d))["status"] == "valid", "tls-alpn-01")
holds(with_alpn(ADDRESS, lambda d: alpn([at], d))["status"] == "valid", "tls-alpn-01 of an address")


def with_txt(*values):
    order = c.order(NAME).json
    challenge = c.challenge(order["authorizations"][0], "dns-01")
    right = b64(hashlib.sha256(f"{challenge['token']}.{c.key.thumbprint()}".encode()).digest())
    for v in values:
        body = json.dumps({"host": f"_acme-challenge.{NAME}.", "value": v or right}).encode()
        urllib.request.urlopen("http://10.20.0.5:8055/set-txt", body).read()
    c.post(challenge["url"], {})
    state = c.settled(order["authorizations"][0])
    urllib.request.urlopen("http://10.20.0.5:8055/clear-txt", json.dumps({"host": f"_acme-challenge.{NAME}."}).encode()).read()
    return state


for values, words in (((), "no TXT record"), (("x" * 43,), "no TXT record"), (("y" * 250, "z"), "no TXT record")):
    state = with_txt(*values)
    holds(state["status"] == "invalid" and words in state["challenges"][0]["error"]["detail"], f"dns-01, wanted '{words}': {state}")
holds(with_txt("another", None)["status"] == "valid", "dns-01, of two records the second")

# --- to a certificate --------------------------------------------------------------------
order, state = tried(None)
holds(state["status"] == "valid" and "validated" in state["challenges"][0] and len(state["challenges"]) == 1, f"http-01: {state}")
holds(c.post(order["url"]).json["status"] == "ready", "the order is ready")
finalize = lambda request: c.post(order["finalize"], {"csr": b64(request.public_bytes(Encoding.DER))})
refused(c.post(order["finalize"], {"csr": "AAAA"}), "badCSR", 400)
refused(finalize(c.csr(NAME, "pump2.hospital.example")[1]), "badCSR", 400, "not for")
refused(finalize(c.csr(ADDRESS)[1]), "badCSR", 400)
refused(finalize(c.csr(NAME, key=c.key.key)[1]), "badCSR", 400, "account's")
key, csr = c.csr(NAME)
done = finalize(csr)
holds(done.status == 200 and done.json["status"] == "valid", f"finalize: {done}")
pem = c.post(done.json["certificate"])
holds(pem.headers["Content-Type"] == "application/pem-certificate-chain" and pem.body.count("BEGIN CERTIFICATE") == 2, "the chain")
open("chain.pem", "w").write(pem.body)
leaf = x509.load_pem_x509_certificate(pem.body.encode())
holds(leaf.public_key().public_numbers() == key.public_key().public_numbers(), "of this key")
refused(other.post(done.json["certificate"]), "malformed", 404)
refused(c.post(done.json["certificate"][:-2] + "/."), "malformed", 404)
refused(finalize(csr), "orderNotReady", 403)
order, state = tried(None)
broken = bytearray(csr.public_bytes(Encoding.DER))
broken[-1] ^= 1
refused(c.post(order["finalize"], {"csr": b64(bytes(broken))}), "badCSR", 400, "private key")
holds(c.post(order["url"]).json["status"] == "invalid", "what is refused for good is over")
order, state = tried(None)
refused(finalize(c.csr(NAME, key=rsa.generate_private_key(65537, 1024))[1]), "badCSR", 400, "shorter than 2048")
order, state = tried(None, ADDRESS)
holds(not any(x["type"] == "dns-01" for x in c.post(c.order(ADDRESS).json["authorizations"][0]).json["challenges"]), "an address has no dns-01")
_, csr = c.csr(ADDRESS)
holds(finalize(csr).json["status"] == "valid", "an address (RFC 8738)")
holds(c.post(c.post(c.kid).json["orders"]).json["orders"], "the list of orders")

# --- renewal -----------------------------------------------------------------------------
aki = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1, "big")
ari = f"{b64(aki)}.{b64(serial)}"
info = c.ask("GET", c.url["renewalInfo"] + "/" + ari)
window = info.json["suggestedWindow"]
holds(info.status == 200 and window["start"] < window["end"] and int(info.headers["Retry-After"]) > 0 and time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) < window["start"], f"renewalInfo: {info}")
refused(c.ask("GET", c.url["renewalInfo"] + "/AAAA.AAAA"), "malformed", 404)
refused(c.ask("GET", c.url["renewalInfo"] + "/../directory"), "malformed", 404)
new = c.order(NAME, replaces=ari)
holds(new.status == 201 and new.json["replaces"] == ari, f"replaces: {new}")
refused(c.order(NAME, replaces=ari), "alreadyReplaced", 409)
refused(other.order("pump2.hospital.example", replaces=ari), "unauthorized", 403)
refused(c.order(NAME, replaces="AAAA.AAAA"), "malformed", 400)

# --- revocation --------------------------------------------------------------------------
der = b64(leaf.public_bytes(Encoding.DER))
refused(other.post(c.url["revokeCert"], {"certificate": der}), "unauthorized", 403)
refused(Client(DIRECTORY, CA).post(c.url["revokeCert"], {"certificate": der}), "unauthorized", 403)
refused(c.post(c.url["revokeCert"], {"certificate": der, "reason": 7}), "badRevocationReason", 400)
refused(c.post(c.url["revokeCert"], {"certificate": "AAAA"}), "malformed", 400)
holder = Client(DIRECTORY, CA)
holder.key.key = key
holds(holder.post(c.url["revokeCert"], {"certificate": der, "reason": 1}).status == 200, "revoked by its own key")
refused(c.post(c.url["revokeCert"], {"certificate": der}), "alreadyRevoked", 400)
window = c.ask("GET", c.url["renewalInfo"] + "/" + ari).json["suggestedWindow"]
holds(window["end"] <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "what is revoked is renewed at once")

# --- change of keys ------------------------------------------------------------------------
old = c.key


def change(new, url=c.url["keyChange"], account=None, was=None, sign=None, inner_url=None):
    inner = jws({"alg": new.alg, "jwk": new.jwk(), "url": inner_url or url}, {"account": account or c.kid, "oldKey": (was or old).jwk()}, sign or new.sign)
    return c.post(url, inner)


refused(change(Key(), was=Key()), "malformed", 400, "old key")
refused(change(Key(), sign=Key().sign), "malformed", 400, "new key")
refused(change(Key(), inner_url=c.url["newOrder"]), "malformed", 400, "urls")
refused(change(Key(), account=other.kid), "malformed", 400, "another account")
taken = change(other.key)
refused(taken, "malformed", 409)
holds(taken.headers["Location"] == other.kid, "who has the key")
for kind in ("ES384", "EdDSA", "RS256", "ES256"):
    new = Key(kind)
    holds(change(new).status == 200, f"key-change to {kind}")
    refused(c.post(c.kid), "badSignatureAlgorithm" if old.alg != kind else "malformed", 400)
    c.key = old = new
    holds(c.post(c.kid).status == 200, f"signed with {kind}")

# --- given up ------------------------------------------------------------------------------
z = c.order(NAME).json["authorizations"][0]
holds(c.post(z, {"status": "deactivated"}).json["status"] == "deactivated", "an authorization given up")
refused(c.post(z, {"status": "valid"}), "malformed", 400)
holds(other.post(other.kid, {"status": "deactivated"}).json["status"] == "deactivated", "an account given up")
refused(other.post(other.kid), "unauthorized", 403, "deactivated")
other.nonce = None
refused(other.account(), "unauthorized", 403, "deactivated")

# --- another device's name: a person decides (the shell does) --------------------------------
waiting = []
for name in ("pump2.hospital.example", "pump3.hospital.example"):
    order, state = tried(None, name)
    holds(state["status"] == "valid", f"{name}: {state}")
    _, csr = c.csr(name)
    a = c.post(order["finalize"], {"csr": b64(csr.public_bytes(Encoding.DER))})
    holds(a.json["status"] == "processing" and int(a.headers["Retry-After"]) > 0, f"another device's name: {a}")
    waiting.append(order["url"])
print("waiting", flush=True)
while not os.path.exists("decided"):
    time.sleep(0.2)
holds(c.post(waiting[0]).json["status"] == "valid", "approved")
holds(c.post(waiting[1]).json["status"] == "invalid" and "denied" in c.post(waiting[1]).json["error"]["detail"], "denied")
print(f"{checks} checks hold", flush=True)
