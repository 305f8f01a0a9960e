"""Limits, failing backends, rates."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("pump1")
leaf("noisy")
good, dying, saying_no = Backend(name=b"GOOD"), Backend(code=None, name=b"DYING"), Backend(code="AE")
dead = port()
at, once, again, skip, no, rated = (port() for _ in range(6))
g = Gate([
    route("small", at, [("good", good.port)], largest=16),
    route("once", once, [("dying", dying.port)]),
    route("again", again, [("dying", dying.port, {"weight": 200}), ("good", good.port)], repeat=True),
    route("skip", skip, [("dead", dead, {"weight": 100}), ("good", good.port)]),
    route("no", no, [("no", saying_no.port)]),
    route("rated", rated, [("good", good.port)], clients=[{"device": "noisy", "rate": 50, "burst": 50}, {"device": "pump1"}]),
], extra=["--connections", "2000"])

# Half-open connections of one address: so many and no more; another address notices nothing.
half = []
for i in range(400):
    s = socket.create_connection(("127.0.0.1", at), 5, source_address=("127.0.0.2", 0))
    s.sendall(b"\x16\x03\x01")
    half.append(s)
until(lambda: g.status("small")["refused_total"] >= 144, "more than 256 half-open connections of one address are refused")
check(attempt(at, "pump1", source="127.0.0.3") == "AA", "half-open connections of another address keep a client out")
for s in half:
    s.close()
until(lambda: g.status("small")["open"] == 0, "half-open connections that were closed are forgotten")

# From many addresses: the oldest give way, and whoever means it gets in.
half = []
for i in range(900):
    s = socket.create_connection(("127.0.0.1", at), 5, source_address=("127.0.1.%d" % (1 + i % 9), 0))
    s.sendall(b"\x16\x03\x01")
    half.append(s)
until(lambda: g.status("small")["connections_total"] >= 1157, "all of them were accepted")
check(attempt(at, "pump1", source="127.0.0.3") == "AA", "half-open connections of many addresses keep a client out")
check(g.status("small")["open"] <= 502, "more handshakes are unfinished than a quarter of all", g.status("small"))
for s in half:
    s.close()
until(lambda: g.status("small")["open"] == 0, "half-open connections that were closed are forgotten")

# Too large: closed, said, and nothing of it forwarded.
n = len(good.messages)
got = attempt(at, "pump1", message("big", size=200000))
check(got != "AA" and len(good.messages) == n, "a message beyond the limit went through", got)
until(lambda: g.said(why="larger than this route lets through"), "the reason is in the log")
check(attempt(at, "pump1", message("fit", size=12000)) == "AA", "a message within the limit did not go through")

# Bad handshakes end cleanly.
for junk in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 5000, b"\x80\x2e\x01\x00\x02", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", os.urandom(600)):
    s = socket.create_connection(("127.0.0.1", at), 5)
    s.settimeout(15)
    s.sendall(junk)
    s.shutdown(socket.SHUT_WR)
    try:
        while s.recv(4096):
            pass
    except ConnectionError:
        pass
    s.close()
for version in ("-tls1", "-tls1_1"):
    p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % at, version, "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    check("Cipher is (NONE)" in p.stdout, version, "was accepted", p.stdout[-500:])
for cipher in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"):
    p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % at, "-tls1_2", "-cipher", cipher], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    check("Cipher is (NONE)" in p.stdout, cipher, "was accepted")
check(attempt(at, "pump1") == "AA", "bad handshakes stopped the gateway")

# A backend that dies before it acknowledges: nobody is told that it did.
got = attempt(once, "pump1", message("w1"))
check(got != "AA", "a message was acknowledged that nobody acknowledged", got)
# Where messages may come twice, another backend gets them.
n = len(good.messages)
ids = ["z%d" % i for i in range(20)]
s = dial(again, "pump1")
for i in ids:
    got = ask(s, message(i))
    check(got == ["AA"], "a message was lost with its backend", i, got, g.said(route="again"))
s.close()
check([m.split(b"|")[9].decode() for m in good.messages[n:]] == ids, "the other backend received", good.messages[n:])
check(g.status("again")["messages_repeated_total"] > 0, g.status("again"))
# A backend that is not there costs no message, and is left out after a while.
for i in range(12):
    check(attempt(skip, "pump1", message("k%d" % i)) == "AA", "a dead backend cost a message")
check(g.status("skip")["backend_ejected_total"] == 1, g.status("skip"))
# What says no is heard, and counts against it.
check(ask(dial(no, "pump1"), message("n1")) == ["AE"] and g.status("no")["answers_negative_total"] == 1, "a negative answer")

# Beyond its rate a client waits; nothing is lost; its alarms do not wait, nor does anybody else.
s, n = dial(rated, "noisy"), len(good.messages)
s.settimeout(20)
burst = b"".join(message("b%d" % i, kind="ORU^R40" if i % 10 == 9 else "ORU^R01") for i in range(100))
answers = []
t = threading.Thread(target=lambda: answers.extend(ask(s, burst, 100)))
t.start()
check(attempt(rated, "pump1", message("quiet")) == "AA", "another client waited for ever")
t.join()
check(answers == ["AA"] * 100, "of a burst was answered", len(answers))
check(sorted(m.split(b"|")[9] for m in good.messages[n:]) == sorted([b"b%d" % i for i in range(100)] + [b"quiet"]), "a burst lost or doubled messages")
check(g.status("rated")["shaped_total"] > 0, "nobody was shaped")
alarms = dial(rated, "noisy")
n = g.status("rated")["shaped_total"]
for i in range(60):
    check(ask(alarms, message("a%d" % i, kind="ORU^R40")) == ["AA"], "an alarm")
check(g.status("rated")["shaped_total"] == n, "an alarm had to wait for its rate")
g.stop()
