"""Health checks that speak the protocol."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("pump1")
first, second = Backend(name=b"FIRST"), Backend(name=b"SECOND")
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(16)  # it accepts, and says nothing
at, pacs, scp = port(), port(), port()
dcmtk = shutil.which("storescp")
routes = [route("results", at, [("first", first.port), ("second", second.port), ("silent", silent.getsockname()[1])], check=1, ask_as="PARAVENT|GATE")]
if dcmtk:
    routes.append(route("pacs", pacs, [("pacs", scp), ("silent", silent.getsockname()[1])], protocol="dicom", cls="image", check=1, ask_as="PARAVENT", called=["PACS"]))
    PROCESSES.append(subprocess.Popen(["storescp", "-v", "-aet", "PACS", str(scp)], stdout=open(DIR / "scp.log", "wb"), stderr=subprocess.STDOUT, cwd=DIR))
g = Gate(routes)


def state(name):
    return g.status(name)["backends"]


until(lambda: any(m.startswith(b"MSH|^~\\&|PARAVENT|GATE|") and b"|NMQ^N01|" in m for m in first.messages), "the query is heard")
until(lambda: state("results") == {"first": "well", "second": "well", "silent": "ill"}, "one that accepts and says nothing is ill", 20)
if dcmtk:
    until(lambda: state("pacs") == {"pacs": "well", "silent": "ill"}, "C-ECHO tells an archive from a mere listener", 20)
    check(b"Echo" in (DIR / "scp.log").read_bytes(), "the archive heard no C-ECHO")
where = first.port
first.stop()
until(lambda: state("results")["first"] == "ill", "one that has gone is ill", 20)
for i in range(10):
    check(attempt(at, "pump1", message("m%d" % i)) == "AA", "a message was lost although a backend is well")
check(len([m for m in second.messages if b"|m" in m]) == 10, "messages went elsewhere")
back = Backend(name=b"BACK", at=where)
until(lambda: state("results")["first"] == "well", "one that came back is well", 20)
check("does not answer" in (DIR / "gate.err").read_text() and "well again" in (DIR / "gate.err").read_text(), "nobody was told")
g.stop()
