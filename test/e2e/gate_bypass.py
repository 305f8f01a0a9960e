"""The gateway's own failures."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("pump1")
guarded, plain = Backend(name=b"GUARDED"), Backend(name=b"PLAIN")
at, closed = port(), port()
g = Gate([route("orders", closed, [("ehr", guarded.port)], cls="order", fail="closed"),
          route("vitals", at, [("ehr", guarded.port)], cls="vitals", bypass="127.0.0.1:%d" % plain.port)])


def children(role):
    out = subprocess.run(["pgrep", "-P", str(g.p.pid), "-f", "role " + role], stdout=subprocess.PIPE, text=True).stdout
    return [int(x) for x in out.split()]


def kill(role):
    for p in children(role):
        try:
            os.kill(p, signal.SIGKILL)
        except ProcessLookupError:
            pass


check(attempt(at, "pump1") == "AA" and attempt(closed, "pump1") == "AA", "before")
# A worker dies: its conversations end, the next ones are served.
kill("gate")
until(lambda: attempt(at, "pump1") == "AA", "a worker that died is replaced")
# Who lends the keys dies: a new generation takes over.
kill("lend")
until(lambda: attempt(at, "pump1") == "AA" and len(children("lend")) == 1, "the lender that died is replaced", 20)
# They keep dying.
end = time.time() + 40
while time.time() < end and "by the bypass" not in (DIR / "gate.err").read_text():
    if children("lend"):
        kill("lend")
        kill("gate")
    time.sleep(0.1)
check("route vitals is not guarded any more: its bytes go by the bypass" in (DIR / "gate.err").read_text(), "nobody was told")
check("route orders is not guarded any more: nobody is served" in (DIR / "gate.err").read_text(), "nobody was told")
n, served, closed_off = len(guarded.messages), g.status("vitals")["connections_total"], g.status("orders")["connections_total"]
g.order("drain", "vitals", "ehr", "--reason", "test")  # who goes by the bypass does not go there
until(lambda: attempt(at, text=message("bypassed")) == "AA", "vitals go by the bypass")
check(plain.messages and b"|bypassed|" in plain.messages[-1] and len(guarded.messages) == n, "the bypass took", plain.messages)
check(g.status("vitals")["connections_total"] > served and g.status("orders")["connections_total"] == closed_off, "the bypass is counted under another route")
g.order("drain", "vitals", "ehr", "--reason", "test", "--off")
s = socket.create_connection(("127.0.0.1", closed), 2)
s.settimeout(1)
try:
    s.sendall(message("order"))
    check(not s.recv(100), "what fails closed was answered")
except OSError:
    pass
s.close()
check(len(guarded.messages) == n and len(plain.messages) >= 1 and not any(b"|order|" in m for m in plain.messages), "an order went by")
# Back.
g.order("reload")
until(lambda: attempt(at, "pump1") == "AA" and attempt(closed, "pump1") == "AA", "the guard is back")
check(len(guarded.messages) >= n + 2, "it does not guard")
# Nothing outlives its parent, however that ended.
roles = children("")
check(len(roles) >= 5, "roles", roles)
g.p.kill()
g.p.wait(10)
until(lambda: not any(os.path.exists("/proc/%d" % p) for p in roles), "every role ends with its parent")
