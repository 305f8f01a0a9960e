"""Reload, drain, harden, canary."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("pump1")
a, b, c, safe = Backend(name=b"A"), Backend(name=b"B"), Backend(name=b"C"), Backend(name=b"S")
at, more = port(), port()
routes = [route("results", at, [("a", a.port), ("b", b.port), ("c", c.port, {"canary": True}), ("safe", safe.port, {"hardened": True})])]
g = Gate(routes)
said = run(PARAVENT, "gate", "routes", DIR / "gate.yaml")
for wanted in ("results: mllp on 127.0.0.1:%d, class result, terminate" % at, "c, 127.0.0.1:%d, in clear, canary" % c.port,
               "safe, 127.0.0.1:%d, in clear, the hardened path" % safe.port):
    check(wanted in said, "gate routes does not say", wanted, said)
stop, wrong, done = threading.Event(), [], [0, 0]


def steady(n):
    s, i = dial(at, "pump1"), 0
    while not stop.is_set():
        i += 1
        got = ask(s, message("%d-%d" % (n, i)))
        if got != ["AA"]:
            wrong.append(("open", got))
            return
        done[0] += 1
        time.sleep(0.002)


def fresh(n):
    ctx, i = context("pump1"), 0
    while not stop.is_set():
        i += 1
        got = attempt(at, ctx=ctx, text=message("n%d-%d" % (n, i)))
        if got != "AA":
            wrong.append(("new", got))
        done[1] += 1


workers = [threading.Thread(target=f, args=(i,)) for f, k in ((steady, 8), (fresh, 2)) for i in range(k)]
for w in workers:
    w.start()
for i in range(4):
    time.sleep(0.7)
    g.order("reload")
time.sleep(0.7)
stop.set()
for w in workers:
    w.join()
check(not wrong and done[0] > 100 and done[1] > 20, "four reloads: wrong", wrong[:5], "of", done)
sent = sum(done)
check(len(a.messages) + len(b.messages) == sent and not c.messages and not safe.messages, "messages: sent", sent, "received", len(a.messages), len(b.messages))

# What cannot be served changes nothing.
(DIR / "gate.yaml").write_text("version: 1\nroutes: nonsense\n")
check("goes on as it was" in g.order("reload", code=3), "a broken file was taken")
g.write(routes + [route("more", more, [("a", a.port)], cert="missing")])
check("goes on as it was" in g.order("reload", code=3), "a missing certificate was taken")
check(attempt(at, "pump1") == "AA", "the gateway stopped")
try:
    socket.create_connection(("127.0.0.1", more), 1).close()
    fail("a route that was rolled back listens")
except ConnectionRefusedError:
    pass
g.write(routes + [route("more", more, [("a", a.port)])])
g.order("reload")
check(attempt(more, "pump1") == "AA", "a new route does not serve")
g.write(routes)
g.order("reload")
check(attempt(more, "pump1") != "AA", "a route taken away still serves")

# Drain: the connection stays, its next message goes elsewhere.
conns = [dial(at, "pump1") for _ in range(6)]
for i, s in enumerate(conns):
    check(ask(s, message("d%d" % i)) == ["AA"], "before the drain")
g.order("drain", "results", "a", "--dry-run", "--reason", "test")
check(g.status("results")["backends"]["a"] == "well", "a dry run acted")
g.order("drain", "results", "a", code=2)
g.order("drain", "results", "a", "--reason", "test")
time.sleep(0.1)
n = len(a.messages)
for i, s in enumerate(conns):
    check(ask(s, message("e%d" % i)) == ["AA"], "a drained backend cost a message")
check(len(a.messages) == n and g.status("results")["backends"]["a"] == "isolated", "an isolated backend took a message")
g.order("drain", "results", "a", "--off", "--reason", "test")

# Harden: the hardened backends alone; and back.
g.order("harden", "--reason", "test")
time.sleep(0.1)
n = len(a.messages) + len(b.messages)
for i, s in enumerate(conns):
    check(ask(s, message("h%d" % i)) == ["AA"], "hardening cost a message")
check(len(safe.messages) == 6 and len(a.messages) + len(b.messages) == n, "the hardened path took", len(safe.messages))
g.order("harden", "--off", "--reason", "test")
time.sleep(0.1)
check(ask(conns[0], message("i")) == ["AA"] and len(safe.messages) == 6, "the hardened path was not left")

# Where clients need not prove who they are, the same order makes them.
g.write(routes + [route("more", more, [("a", a.port)], mutual="optional")])
g.order("reload")
plain = context()
there = dial(more, ctx=plain)
check(ask(there, message("o1")) == ["AA"] and attempt(more, "pump1") == "AA", "mutual: optional")
g.order("harden", "more", "--reason", "test")
time.sleep(0.1)
check(ask(there, message("o2")) != ["AA"] and attempt(more, ctx=plain) != "AA", "hardened, and one without a certificate has a message forwarded")
check(attempt(more, "pump1") == "AA", "hardened, and one with a certificate is not let in")
g.order("harden", "more", "--off", "--reason", "test")
time.sleep(0.1)
check(attempt(more, ctx=plain) == "AA", "hardening was not taken back")

# Canary: a share of new conversations.
g.order("canary", "results", "50", "--reason", "test")
time.sleep(0.1)
for i in range(60):
    check(attempt(at, "pump1", message("c%d" % i)) == "AA", "a canary cost a message")
check(10 <= len(c.messages) <= 50, "of 60 conversations the canary had", len(c.messages))
g.order("canary", "results", "0", "--reason", "test")
time.sleep(0.1)
n = len(c.messages)
for i in range(20):
    attempt(at, "pump1")
check(len(c.messages) == n, "a canary of no share was used")
check("no route of this name" in g.order("drain", "nowhere", "a", "--reason", "x", code=3), "an unknown route was drained")
m = g.order("metrics")
check('paravent_gate_messages_total{route="results"}' in m and 'paravent_gate_backend_up{route="results",backend="a"} 1' in m, m)
g.stop()
