#!/usr/bin/python3
"""Captures of TLS, as OpenSSL speaks it, and of STARTTLS: intercepted, downgraded, stolen, failing, and in ordinary life.

Keys come from numbers, so services keep their keys from run to run; random numbers and signatures do not.
"""
import datetime
import ssl
import tempfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hosts import Conversation, Host, Net

R = Host("10.20.3.1", "00:1b:54:10:20:01", 255)
EHR = Host("10.20.3.11", "00:25:90:10:20:11")
WARD = Host("10.20.3.30", "8c:16:45:10:20:30")
DESK = Host("10.20.3.31", "8c:16:45:10:20:31")
PUMPS = [Host("10.20.3.%d" % (50 + i), "00:03:b1:10:20:%02x" % (0x50 + i)) for i in range(4)]
M = Host("10.20.3.66", "b8:27:eb:10:20:66")
FAR = Host("198.51.100.20", "00:00:00:00:00:00")
FARS = [Host("198.51.100.%d" % (40 + i), "00:00:00:00:00:00") for i in range(4)]
MAIL = Host("10.20.3.25", "00:25:90:10:20:25")


# --- certificates ---------------------------------------------------------------------

class Key:
    def __init__(self, number):
        self.key = ec.derive_private_key(number + 1000, ec.SECP256R1())


class Certificate:
    """Signed by issuer, or by itself."""
    serial = 100

    def __init__(self, number, cn, names=(), issuer=None, ca=False, subject=None):
        Certificate.serial += 1
        self.key = Key(number)
        self.name = subject or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
        b = x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name if issuer else self.name)
        b = b.public_key(self.key.key.public_key()).serial_number(Certificate.serial)
        b = b.not_valid_before(datetime.datetime(2023, 1, 1)).not_valid_after(datetime.datetime(2030, 1, 1))
        b = b.add_extension(x509.BasicConstraints(ca, None), True)
        if names:
            b = b.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        self.cert = b.sign((issuer or self).key.key, hashes.SHA256())
        self.chain = [self] + ([issuer] if issuer else [])

    def pem(self):
        return b"".join(c.cert.public_bytes(serialization.Encoding.PEM) for c in self.chain) + self.key.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


CA = Certificate(1, "Clinic Issuing CA", ca=True)
OTHER_CA = Certificate(2, "Clinic Issuing CA", ca=True)  # the same name, another key


def service(number, name, issuer=CA):
    return Certificate(number, name, [name], issuer)


# --- OpenSSL in memory ----------------------------------------------------------------

def context(server, cert=None, least="TLSv1", most="TLSv1_3", ciphers=None, alpn=None, ask=None, trust=None, tickets=2):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    c.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
    c.minimum_version = getattr(ssl.TLSVersion, least)
    c.maximum_version = getattr(ssl.TLSVersion, most)
    if cert:
        with tempfile.NamedTemporaryFile() as f:
            f.write(cert.pem())
            f.flush()
            c.load_cert_chain(f.name)
    if alpn:
        c.set_alpn_protocols(alpn)
    if server:
        c.num_tickets = tickets
        if ask:
            c.verify_mode = ssl.CERT_REQUIRED
            c.load_verify_locations(cadata=ask.cert.public_bytes(serialization.Encoding.PEM).decode())
    else:
        c.check_hostname = False
        c.verify_mode = ssl.CERT_NONE
        if trust:
            c.verify_mode = ssl.CERT_REQUIRED
            c.load_verify_locations(cadata=trust.cert.public_bytes(serialization.Encoding.PEM).decode())
    return c


def flights(client, server, sni, session=None, say=b"hello", instead=None):
    """What goes over the wire: [(side, bytes)], and the client's session.  instead: a context whose hello the server gets in fact."""
    ci, co, si, so = (ssl.MemoryBIO() for _ in range(4))
    c = client.wrap_bio(ci, co, server_hostname=sni, session=session)
    s = server.wrap_bio(si, so, server_side=True)
    ends, out, asked, over = [c, s], [], [False, False], [False, False]
    for turn in range(12):
        side = turn % 2
        if over[side]:
            continue
        try:
            ends[side].do_handshake()
            if not asked[side]:
                ends[side].write(say)
                asked[side] = True
            else:
                try:
                    ends[side].read(1000)
                except ssl.SSLWantReadError:
                    pass
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            over[side] = True
        data = (co, so)[side].read()
        if data:
            out.append((side, data))
            if instead and turn == 0:
                other = instead.wrap_bio(ssl.MemoryBIO(), co, server_hostname=sni)
                try:
                    other.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                data = co.read()
            (si, ci)[side].write(data)
    try:
        return out, c.session
    except ValueError:  # the handshake failed
        return out, None


# --- the network ----------------------------------------------------------------------

def lan(name, *more):
    n = Net(name, R)
    here = [EHR, WARD, DESK] + list(more)
    n.join(*here)
    for h in here:
        n.arp(h, R)
        n.arp(R, h)
    n.wait(1)
    return n


def talk(n, client, server, port, what, close=True, **how):
    c = n.tcp(client, server, port, **how)
    for side, data in what:
        c.part(side, data)
    if close:
        c.close()
    return c


def visit(n, client, server, cert, sni="ehr.clinic.example", port=443, wait=5, how=None, client_options=None, session=None, **options):
    what, session = flights(context(False, **(client_options or {})), context(True, cert, **options), sni, session)
    talk(n, client, server, port, what, **(how or {}))
    n.wait(wait)
    return session


TWELVE = {"most": "TLSv1_2"}


def intercept_selfsigned():
    n = lan("tls-intercept-selfsigned")
    for _ in range(4):
        visit(n, WARD, FAR, service(10, "lab.example.org"), "lab.example.org", **TWELVE)
    visit(n, WARD, FAR, Certificate(11, "lab.example.org", ["lab.example.org"]), "lab.example.org", **TWELVE)
    n.write()


def intercept_other_ca():
    n = lan("tls-intercept-other-ca", M)
    for _ in range(4):
        visit(n, WARD, FAR, service(10, "lab.example.org"), "lab.example.org", **TWELVE)
    for _ in range(2):
        visit(n, WARD, FAR, service(11, "lab.example.org", OTHER_CA), "lab.example.org", how={"through": M}, **TWELVE)
    n.write()


def renewal():
    n = lan("tls-renewal")
    for i in range(6):
        visit(n, WARD, EHR, service(12 if i < 3 else 13, "ehr.clinic.example"), **TWELVE)
    n.write()


def farm():
    n = lan("tls-farm")
    for i in range(6):
        visit(n, WARD, EHR, service(14 + i % 3, "ehr.clinic.example"), **TWELVE)
    n.write()


def far_farm():
    """A public name under two authorities by turns, behind the router."""
    n = lan("tls-far-farm")
    for i in range(6):
        visit(n, WARD, FAR, service(14 + i % 2, "www.example.org", CA if i % 2 else OTHER_CA), "www.example.org", **TWELVE)
    n.write()


def rekey():
    n = lan("tls-vendor-rekey")
    for i in range(6):
        visit(n, WARD, EHR, Certificate(20 if i < 3 else 21, "appliance", ["appliance"]), "appliance", **TWELVE)
    n.write()


def downgrade():
    n = lan("tls-downgrade")
    cert = service(30, "ehr.clinic.example")
    for i in range(5):
        visit(n, WARD, EHR, cert, wait=10, most="TLSv1_3" if i < 4 else "TLSv1")
    n.write()


def sentinel():
    """The server gets another hello than the client sent."""
    n = lan("tls-sentinel")
    what, _ = flights(context(False), context(True, service(31, "ehr.clinic.example")), "ehr.clinic.example", instead=context(False, most="TLSv1_2"))
    talk(n, WARD, EHR, 443, what)
    n.write()


def cipher():
    n = lan("tls-cipher-downgrade")
    cert = service(32, "ehr.clinic.example")
    for i in range(5):
        visit(n, WARD, EHR, cert, wait=10, ciphers=None if i < 4 else "ECDHE-ECDSA-AES128-SHA", **TWELVE)
    n.write()


def alpn():
    n = lan("tls-alpn-strip")
    cert = service(33, "ehr.clinic.example")
    for i in range(5):
        visit(n, WARD, EHR, cert, wait=10, alpn=["h2", "http/1.1"] if i < 4 else None, client_options={"alpn": ["h2", "http/1.1"]}, **TWELVE)
    n.write()


def upgraded():
    """A server that had only TLS 1.2 learns 1.3; another client that has only 1.2 still visits."""
    n = lan("tls-upgraded")
    cert = service(34, "ehr.clinic.example")
    for i in range(6):
        visit(n, WARD, EHR, cert, most="TLSv1_2" if i < 3 else "TLSv1_3")
        visit(n, WARD, EHR, cert, client_options=TWELVE)
    n.write()


def resumption():
    n = lan("tls-resumption")
    cert, session = service(35, "ehr.clinic.example"), None
    client, server = context(False), context(True, cert)
    for _ in range(4):
        what, session = flights(client, server, "ehr.clinic.example", session)
        talk(n, WARD, EHR, 443, what)
        n.wait(5)
    client, server, session = context(False, **TWELVE), context(True, cert, **TWELVE), None
    for _ in range(4):
        what, session = flights(client, server, "ehr.clinic.example", session)
        talk(n, WARD, EHR, 443, what)
        n.wait(5)
    n.write()


HL7 = b"\x0bMSH|^~\\&|PUMP|WARD|ENGINE|CLINIC|20231114||ORU^R01^ORU_R01|%d|P|2.5.1\rPID|1||0\rOBX|1|NM|1^Rate||1\r\x1c\r"
ACK = b"\x0bMSH|^~\\&|ENGINE|CLINIC|PUMP|WARD|20231114||ACK^R01^ACK|%d|P|2.5.1\rMSA|AA|%d\r\x1c\r"


def clinical(n, pump, number):
    c = n.tcp(pump, EHR, 2575)
    c.client(HL7 % number)
    c.server(ACK % (number, number))
    c.close()


def fingerprint(name, turns, wait):
    n = lan(name, PUMPS[0])
    cert = service(36, "ehr.clinic.example")
    clinical(n, PUMPS[0], 1)
    for i in turns:
        visit(n, PUMPS[0], EHR, cert, wait=wait, client_options={"ciphers": ["ECDHE+AESGCM", "ECDHE+CHACHA20"][i]}, **TWELVE)
    n.write()


def client_alternates():
    fingerprint("tls-client-alternates", [0, 0, 0, 0, 1, 0, 1], 12)


def client_updated():
    fingerprint("tls-client-updated", [0, 0, 0, 0, 1, 1, 1], 12)


def device(n, who, cert, server_cert, options=None, wait=4):
    visit(n, who, EHR, server_cert, port=8443, wait=wait, client_options=dict(cert=cert, **(options or {})), ask=CA, **TWELVE)


def stolen():
    n = lan("tls-stolen-client-certificate", PUMPS[0], M)
    cert, ehr = service(40, "pump-50"), service(41, "ehr.clinic.example")
    for _ in range(3):
        device(n, PUMPS[0], cert, ehr)
    for _ in range(2):
        device(n, M, cert, ehr, {"ciphers": "ECDHE+CHACHA20"}, wait=0.2)
        n.arp(PUMPS[0], R)
        n.wait(2)
    device(n, PUMPS[0], cert, ehr)
    n.write()


def fleet():
    n = lan("tls-fleet-certificate", *PUMPS)
    cert, ehr = service(42, "pumps"), service(41, "ehr.clinic.example")
    for _ in range(2):
        for p in PUMPS[:3]:
            device(n, p, cert, ehr, wait=3)
            n.arp(PUMPS[0], R)
    n.write()


def docked():
    n = lan("tls-docked-laptop")
    cert, ehr = service(43, "laptop-7"), service(41, "ehr.clinic.example")
    docked_host = Host("10.20.3.71", "00:50:b6:10:20:71")
    for _ in range(3):
        device(n, DESK, cert, ehr)
    n.join(docked_host)
    n.wait(3)
    n.arp(docked_host, R)
    n.arp(R, docked_host)
    for _ in range(3):
        device(n, docked_host, cert, ehr)
    n.write()


def failing():
    n = lan("tls-failing", PUMPS[0])
    cert = service(44, "broker.clinic.example", OTHER_CA)
    for _ in range(4):
        visit(n, PUMPS[0], EHR, cert, "broker.clinic.example", port=8883, client_options={"trust": CA})
    n.write()


def restart():
    """Two failures while the broker restarts, then success."""
    n = lan("tls-broker-restart", PUMPS[0])
    for number in (44, 44, 45, 45, 45):
        visit(n, PUMPS[0], EHR, service(number, "broker.clinic.example", OTHER_CA if number == 44 else CA), "broker.clinic.example", port=8883,
              client_options={"trust": CA})
    n.write()


def middle(name, own_address, upstream_first=False, times=3, poisoned=True):
    """M takes what the ward sends to a server behind the router and opens a connection of its own."""
    n = lan(name, M)
    true, false = service(50, "lab.example.org"), service(51, "lab.example.org", OTHER_CA)
    for _ in range(times):
        if poisoned:
            n.poison(M, WARD, R)
            n.arp(R, DESK)
        inner, _ = flights(context(False), context(True, false), "lab.example.org")
        outer, _ = flights(context(False, ciphers="ECDHE"), context(True, true), "lab.example.org")
        if upstream_first:
            up = Conversation(n, M, FAR, M.ephemeral(), 443)
            up.part(*outer[0])
        down = n.tcp(WARD, FAR, 443, through=M)
        down.part(*inner[0])
        if not upstream_first:
            if own_address:
                up = Conversation(n, M, FAR, M.ephemeral(), 443)
            else:
                n.here[WARD.ip], kept = M, n.here[WARD.ip]
                fake = Host(WARD.ip, M.mac)
                up = Conversation(n, fake, FAR, WARD.ephemeral() + 1, 443)
                n.here[WARD.ip] = kept
            up.part(*outer[0])
        for side, data in outer[1:]:
            up.part(side, data)
        for side, data in inner[1:]:
            down.part(side, data)
        n.wait(5)
    n.write()


def two_legs():
    middle("tls-two-legs", True)


def two_legs_tproxy():
    middle("tls-two-legs-tproxy", False)


def two_legs_upstream_first():
    middle("tls-two-legs-upstream-first", True, True)


def inspection():
    """The same by a router that nobody was led to: an appliance."""
    middle("tls-inspection", True, poisoned=False)


def reverse_proxy():
    """The proxy ends TLS at its own address and asks a server behind it by the same name."""
    n = lan("tls-reverse-proxy", M)
    front, back = service(52, "portal.clinic.example"), service(53, "portal.clinic.example")
    for _ in range(3):
        visit(n, WARD, M, front, "portal.clinic.example", wait=0.05)
        visit(n, M, EHR, back, "portal.clinic.example")
    n.write()


def nat():
    """A router with both faces on this wire: the same hello comes again from its own address."""
    n = lan("tls-nat", M)
    cert = service(54, "www.example.org")
    for i in range(3):
        for who in (WARD, DESK):
            what, _ = flights(context(False), context(True, cert), "www.example.org")
            a = n.tcp(who, FAR, 443, through=M)
            b = Conversation(n, M, FAR, M.ephemeral(), 443)
            for side, data in what:
                (a if side == 0 else b).part(side, data)
                (b if side == 0 else a).part(side, data)
        n.wait(3)
    n.write()


def proxy():
    n = lan("tls-one-key")
    for i, name in enumerate(["www.example.org", "mail.example.net", "shop.example.com", "news.example.edu"]):
        visit(n, WARD, FARS[i], Certificate(60, name, [name], CA), name, **TWELVE)
    n.write()


def hosting():
    """One key for the names of one domain."""
    n = lan("tls-one-domain")
    for i, name in enumerate(["www.example.org", "mail.example.org", "shop.example.org", "a.b.example.org"]):
        visit(n, WARD, FARS[i], Certificate(61, name, [name], CA), name, **TWELVE)
    n.write()


# --- STARTTLS -------------------------------------------------------------------------------

def smtp(n, client, offers=True, takes=True, wait=40):
    c = n.tcp(client, MAIL, 25)
    c.server("220 mail.clinic.example ESMTP\r\n")
    c.client("EHLO %s\r\n" % client.ip)
    c.server("250-mail.clinic.example\r\n250-SIZE 10240000\r\n%s250 8BITMIME\r\n" % ("250-STARTTLS\r\n" if offers else ""))
    if offers and takes:
        c.client("STARTTLS\r\n")
        c.server("220 2.0.0 Ready to start TLS\r\n")
        for side, data in flights(context(False), context(True, service(70, "mail.clinic.example")), None)[0]:
            c.part(side, data)
    else:
        c.client("MAIL FROM:<scanner@clinic.example>\r\n")
        c.server("250 2.1.0 Ok\r\n")
        c.client("RCPT TO:<desk@clinic.example>\r\n")
        c.server("250 2.1.5 Ok\r\n")
        c.client("DATA\r\n")
        c.server("354 End data\r\n")
        c.client("Subject: test\r\n\r\ntest\r\n.\r\n")
        c.server("250 2.0.0 Ok\r\n")
    c.close()
    n.wait(wait)


def starttls_strip():
    n = lan("starttls-strip", MAIL)
    for i in range(3):
        smtp(n, WARD, offers=i < 2)
    n.write()


def starttls_ignored():
    """A client that took the offer goes on in clear: the offer it saw was another one."""
    n = lan("starttls-ignored", MAIL)
    for i in range(3):
        smtp(n, WARD, takes=i < 2)
    n.write()


def starttls_ordinary():
    """One client takes the offer, an old scanner never does."""
    n = lan("starttls-ordinary", MAIL)
    for _ in range(3):
        smtp(n, WARD)
        smtp(n, DESK, takes=False)
    n.write()


if __name__ == "__main__":
    for case in (intercept_selfsigned, intercept_other_ca, renewal, farm, far_farm, rekey, downgrade, sentinel, cipher, alpn, upgraded, resumption,
                 client_alternates, client_updated, stolen, fleet, docked, failing, restart, two_legs, two_legs_tproxy, two_legs_upstream_first, inspection,
                 reverse_proxy, nat, proxy, hosting, starttls_strip, starttls_ignored, starttls_ordinary):
        case()
