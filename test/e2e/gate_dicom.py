"""DICOM over the gateway, with DCMTK."""
from gate import *

if not shutil.which("storescu"):
    print("SKIP: dcmtk is not installed")
    sys.exit(77)
ca()
leaf("gw", "serverAuth,clientAuth", san="DNS:gw.test,IP:127.0.0.1")
leaf("gwrsa", "serverAuth,clientAuth", key="rsa", san="DNS:gw.test,IP:127.0.0.1")
leaf("ct1")
leaf("ct2", key="rsa")
leaf("pacs", "serverAuth", san="DNS:pacs.test")
(DIR / "in").mkdir()
(DIR / "secure").mkdir()
(DIR / "a.dump").write_text("(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]\n(0008,0018) UI [1.2.3.4.5]\n(0010,0010) PN [Test^One]\n(0010,0020) LO [1]\n"
                            "(0020,000d) UI [1.2.3.4]\n(0020,000e) UI [1.2.3.4.1]\n(0008,0060) CS [OT]\n(7fe0,0010) OW =pixels.raw\n")
(DIR / "pixels.raw").write_bytes(os.urandom(400000))
run("dump2dcm", "+te", "a.dump", "a.dcm")
scp, scps, at, edge, far, through = (port() for _ in range(6))


def background(*argv):
    PROCESSES.append(subprocess.Popen([str(a) for a in argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=DIR))


background("storescp", "-od", "in", scp)
background("storescp", "+tls", "pacs.key", "pacs.pem", "+cf", "ca.pem", "-ic", "-od", "secure", scps)
clients = [{"device": "ct1", "titles": ["CT1"]}, {"device": "ct2", "titles": ["CT2"]}]
both = ["gw", "gwrsa"]
g = Gate([
    route("pacs", at, [("pacs", scp)], protocol="dicom", cls="image", cert=both, clients=clients, called=["PACS"], kinds=["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.7"]),
    route("edge", edge, [("far", far, {"tls": True, "server_name": "gw.test"})], protocol="dicom", mode="wrap", cls="image", cert=["gw"]),
    route("far", far, [("pacs", scp)], protocol="dicom", mode="unwrap", cls="image", cert=both, clients=[{"device": "gw"}]),
    route("through", through, [("pacs", scps, {"server_name": "pacs.test"})], protocol="tcp", mode="passthrough", cls="image", cert=None, trust=None, kinds=["pacs.test", "localhost"]),
])


def wait_scp(n):
    def there():
        try:
            socket.create_connection(("127.0.0.1", n), 1).close()
            return True
        except OSError:
            return False
    until(there, "storescp listens")


wait_scp(scp)
wait_scp(scps)


def tls(name):
    return ["+tls", name + ".key", name + ".pem", "+cf", "ca.pem"]


def same(folder):
    """What arrived is what was sent, element for element."""
    got = list((DIR / folder).iterdir())
    check(len(got) == 1, "arrived in", folder, got)
    data = lambda f: [line for line in run("dcmdump", "+L", "-q", f).splitlines() if line.startswith("(") and not line.startswith("(0002")]
    check(data(DIR / "a.dcm") == data(got[0]), "the object that arrived is another")
    got[0].unlink()


for name, title in (("ct1", "CT1"), ("ct2", "CT2")):
    run("echoscu", *tls(name), "-aet", title, "-aec", "PACS", "127.0.0.1", at)
    run("storescu", *tls(name), "-aet", title, "-aec", "PACS", "127.0.0.1", at, "a.dcm")
    same("in")
    # TLS 1.2 too: with ECDSA and with RSA.
    p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % at, "-tls1_2", "-cert", name + ".pem", "-key", name + ".key", "-CAfile", "ca.pem"] +
                       ["-cipher", "ECDHE-RSA-AES256-GCM-SHA384" if name == "ct2" else "ECDHE-ECDSA-AES256-GCM-SHA384"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=DIR, timeout=20)
    check("Verify return code: 0 (ok)" in p.stdout and "TLSv1.2" in p.stdout, p.stdout[-1500:])
check("Calling AE Title Not Recognized" in run("echoscu", *tls("ct1"), "-aet", "CT2", "-aec", "PACS", "127.0.0.1", at, code=None), "another's AE title was let in")
check("Called AE Title Not Recognized" in run("echoscu", *tls("ct1"), "-aet", "CT1", "-aec", "OTHER", "127.0.0.1", at, code=None), "another's archive was called")
a = until(lambda: g.said(why="the calling AE title is not this client's"), "the reason is in the log")
check(a[0]["title"] == "CT2" and a[0]["device"] == "ct1", a)

# SOP classes: what may not go is refused in the answer, what may is negotiated.
asked = run("echoscu", *tls("ct1"), "-aet", "CT1", "-aec", "PACS", "-d", "-pts", "3", "127.0.0.1", at)
check("Accepted" in asked, asked)
got = run("findscu", *tls("ct1"), "-P", "-k", "0008,0052=PATIENT", "-aet", "CT1", "-aec", "PACS", "127.0.0.1", at, code=None)
check("Association Rejected" in got and "No Reason" in got, "a query was let through", got)
# An association of two classes, one of them not let through: it is opened for the other.
request = bytes.fromhex("00010000") + b"PACS".ljust(16) + b"CT1".ljust(16) + bytes(32)


def item(kind, data):
    return bytes([kind, 0]) + struct.pack(">H", len(data)) + data


def pc(ident, abstract):
    return item(0x20, bytes([ident, 0, 0, 0]) + item(0x30, abstract) + item(0x40, b"1.2.840.10008.1.2"))


request += item(0x10, b"1.2.840.10008.3.1.1.1") + pc(1, b"1.2.840.10008.5.1.4.1.2.1.1") + pc(3, b"1.2.840.10008.1.1")
request += item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3"))
s = dial(at, "ct1")
s.sendall(b"\x01\x00" + struct.pack(">I", len(request)) + request)
head = s.recv(6, socket.MSG_WAITALL) if not isinstance(s, ssl.SSLSocket) else s.recv(6)
data = b""
while len(data) < struct.unpack(">I", head[2:])[0]:
    data += s.recv(65536)
results = {}
at_item = 68
while at_item + 4 <= len(data):
    kind, n = data[at_item], struct.unpack(">H", data[at_item + 2:at_item + 4])[0]
    if kind == 0x21:
        results[data[at_item + 4]] = data[at_item + 6]
    at_item += 4 + n
check(head[0] == 2 and results == {1: 1, 3: 0}, "the answer to the association was", head, data, results)
s.close()

# A legacy modality, wrapped at its side and unwrapped at the other.
run("storescu", "-aet", "OLD", "-aec", "PACS", "127.0.0.1", edge, "a.dcm")
same("in")
# What speaks TLS itself is left alone, by the name it asks for.
run("storescu", *tls("ct1"), "-aet", "CT1", "-aec", "PACS", "localhost", through, "a.dcm", code=None)
p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % through, "-servername", "pacs.test", "-CAfile", "ca.pem", "-cert", "ct1.pem", "-key", "ct1.key"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=DIR, timeout=20)
check("CN = pacs" in p.stdout and "Verify return code: 0 (ok)" in p.stdout, "passthrough: the archive's own certificate was not seen", p.stdout[-800:])
p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % through, "-servername", "elsewhere.test", "-CAfile", "ca.pem"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=DIR, timeout=20)
check("CN = pacs" not in p.stdout, "passthrough: another name was let through")
n = g.status("pacs")
check(n["messages_total"] >= 6 and n["bytes_up_total"] > 2 * 400000, n)
g.stop()
