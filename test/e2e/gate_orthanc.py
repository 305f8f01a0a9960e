"""Orthanc at both sides of the gateway."""
import urllib.request
from gate import *

if not shutil.which("Orthanc") or not shutil.which("storescu"):
    print("SKIP: Orthanc or DCMTK is not installed")
    sys.exit(77)
ca()
for kind in ("ec", "rsa"):
    leaf("gw" + kind, "serverAuth,clientAuth", key=kind, san="DNS:gw.test,DNS:localhost,IP:127.0.0.1")
    leaf("ct" + kind, key=kind)
    leaf("archive" + kind, "serverAuth,clientAuth", key=kind, san="DNS:archive.test,IP:127.0.0.1")
COUNT, OBJECT = 3, "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]\n(0008,0018) UI [1.2.3.%d.%d]\n(0008,0060) CS [CT]\n(0010,0010) PN [Test^One]\n(0010,0020) LO [1]\n" \
    "(0020,000d) UI [1.2.3.%d]\n(0020,000e) UI [1.2.3.%d.0]\n(0020,0013) IS [%d]\n(0028,0010) US 256\n(0028,0011) US 256\n(0028,0100) US 16\n(7fe0,0010) OW =pixels.raw\n"


def study(number):
    """Objects of one study, each with pixels of its own."""
    out = []
    for i in range(1, COUNT + 1):
        (DIR / "pixels.raw").write_bytes(os.urandom(2 * 256 * 256))
        (DIR / "one.dump").write_text(OBJECT % (number, i, number, number, i))
        out.append(DIR / ("%d-%d.dcm" % (number, i)))
        run("dump2dcm", "+te", "one.dump", out[-1])
    return out


def elements(f):
    """The data set without what says who wrote the file: every element, every pixel."""
    return [line for line in run("dcmdump", "+L", "-q", f).splitlines() if line.startswith("(") and not line.startswith("(0002")]


def same(sent, got):
    check(sorted(map(elements, sent)) == sorted(map(elements, got)), "what arrived is another")


class Orthanc:
    """One with a certificate of its own; tls: its archive speaks TLS alone.  What it sends goes to the gateway over TLS."""

    def __init__(self, name, kind, tls, out):
        self.dicom, self.http, self.dir = port(), port(), DIR / ("orthanc-" + name)
        self.dir.mkdir()
        (self.dir / "orthanc.json").write_text(json.dumps({
            "Name": name, "StorageDirectory": str(self.dir), "IndexDirectory": str(self.dir), "HttpPort": self.http, "AuthenticationEnabled": False, "RemoteAccessAllowed": False,
            "DicomPort": self.dicom, "DicomAet": "ARCHIVE", "DicomCheckCalledAet": True, "DicomTlsEnabled": tls, "DicomTlsCertificate": "%s/archive%s.pem" % (DIR, kind),
            "DicomTlsPrivateKey": "%s/archive%s.key" % (DIR, kind), "DicomTlsTrustedCertificates": "%s/ca.pem" % DIR, "DicomTlsRemoteCertificateRequired": True,
            "DicomModalities": {"far": {"AET": "FAR", "Host": "127.0.0.1", "Port": out, "UseDicomTls": True}}}))
        log = open(self.dir / "log", "wb")
        PROCESSES.append(subprocess.Popen(["Orthanc", self.dir / "orthanc.json"], stdout=log, stderr=log, cwd=self.dir))
        until(self.up, "Orthanc serves", 60)

    def up(self):
        try:
            return self.get("/system")
        except OSError:
            return None

    def get(self, path, body=None):
        r = urllib.request.Request("http://127.0.0.1:%d%s" % (self.http, path), data=body and json.dumps(body).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(r, timeout=60) as answer:
            return answer.read()

    def json(self, path, body=None):
        return json.loads(self.get(path, body))


scp = port()
(DIR / "far").mkdir()
PROCESSES.append(subprocess.Popen(["storescp", "-od", "far", "-aet", "FAR", "+xa", str(scp)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=DIR))
out = port()
archives = {"plain": Orthanc("plain", "rsa", False, out), "ec": Orthanc("ec", "ec", True, out), "rsa": Orthanc("rsa", "rsa", True, out)}
both = ["gwec", "gwrsa"]
into = {name: port() for name in archives}
clients = [{"device": "ctec", "titles": ["CTEC"]}, {"device": "ctrsa", "titles": ["CTRSA"]}]
g = Gate([route(name, into[name], [("archive", a.dicom, {} if name == "plain" else {"tls": True, "server_name": "archive.test"})], protocol="dicom", cls="image", cert=both,
                clients=clients, called=["ARCHIVE"]) for name, a in archives.items()] +
         [route("out", out, [("far", scp)], protocol="dicom", cls="image", cert=both, called=["FAR"],
                clients=[{"device": "archiveec", "titles": ["ARCHIVE"]}, {"device": "archiversa", "titles": ["ARCHIVE"]}])])
number = 0
for name, a in archives.items():
    for kind in ("ec", "rsa"):
        number += 1
        sent = study(number)
        run("storescu", "+tls", "ct%s.key" % kind, "ct%s.pem" % kind, "+cf", "ca.pem", "-aet", "CT" + kind.upper(), "-aec", "ARCHIVE", "127.0.0.1", into[name], *sent)
        # It is found again by its number, and what is kept is what was sent.
        found = a.json("/tools/find", {"Level": "Study", "Query": {"StudyInstanceUID": "1.2.3.%d" % number}})
        check(len(found) == 1, "the study is found", name, kind, found)
        kept = a.json("/studies/%s/instances" % found[0])
        check(len(kept) == COUNT, "objects of the study", kept)
        files = []
        for k in kept:
            files.append(DIR / "kept" / k["ID"])
            files[-1].parent.mkdir(exist_ok=True)
            files[-1].write_bytes(a.get("/instances/%s/file" % k["ID"]))
        same(sent, files)
        # And goes on to another archive.
        done = a.json("/modalities/far/store", {"Resources": found, "Synchronous": True})
        check(done["InstancesCount"] == COUNT and done["FailedInstancesCount"] == 0, "sent on", name, kind, done)
        got = list((DIR / "far").iterdir())
        check(len(got) == COUNT, "arrived", got)
        same(sent, got)
        for f in got:
            f.unlink()
for name in archives:
    n = g.status(name)
    check(n["messages_total"] >= 2 and n["bytes_up_total"] > 2 * COUNT * 2 * 256 * 256 and n["refused_total"] == 0, n)
check(g.said(route="out", event="end", subject="archiveec") and g.said(route="out", event="end", subject="archiversa"), "Orthanc showed both of its certificates")
# Another's archive, or another's name, is refused in DICOM's own words; Orthanc passes it on.
check("Called AE Title Not Recognized" in run("storescu", "+tls", "ctec.key", "ctec.pem", "+cf", "ca.pem", "-aet", "CTEC", "-aec", "OTHER", "127.0.0.1", into["plain"], sent[0], code=None), "another archive")
check("Calling AE Title Not Recognized" in run("storescu", "+tls", "ctec.key", "ctec.pem", "+cf", "ca.pem", "-aet", "CTRSA", "-aec", "ARCHIVE", "127.0.0.1", into["plain"], sent[0], code=None), "another's name")
g.stop()
