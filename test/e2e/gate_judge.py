"""Care does not depend on who judges it."""
from gate import *

ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
leaf("pump1")
ehr, at = Backend(), port()
g = Gate([route("vitals", at, [("ehr", ehr.port)], cls="vitals", clients=[{"from": "127.0.0.1", "titles": ["MON|ICU"]}, {"from": "127.0.0.9", "titles": ["PUMP|OR"]}])], extra=("--interface", "no-such-wire"))
said = lambda words: words in (DIR / "gate.err").read_text()
until(lambda: said("no-such-wire: does not exist; the gateway goes on without it"), "the wire that is not there is told")
stop, wrong, done = threading.Event(), [], [0]


def steady():
    s = dial(at, "pump1")
    while not stop.is_set():
        done[0] += 1
        got = ask(s, message("s%d" % done[0]))
        if got != ["AA"]:
            wrong.append(got)
            return
        time.sleep(0.002)


def judges():
    return subprocess.run(["pgrep", "-P", str(g.p.pid), "-f", "role judge"], stdout=subprocess.PIPE, text=True).stdout.split()


t = threading.Thread(target=steady, daemon=True)
t.start()
until(lambda: done[0] > 50, "messages go")
old = judges()
os.kill(int(old[0]), signal.SIGKILL)
until(lambda: judges() and judges() != old, "a judge that died is replaced")
s = dial(at, "pump1")
check(ask(s, message("x", sender="PUMP|OR")) == ["AA"], "vitals of another's name were not let through")
until(lambda: g.alerts("session.identity"), "the new judge judges")
for _ in range(8):
    if not judges():
        break
    os.kill(int(judges()[0]), signal.SIGKILL)
    time.sleep(0.3)
until(lambda: said("NOTHING IS JUDGED ANY MORE; the gateway goes on"), "that nobody judges is told")
n = done[0]
until(lambda: done[0] > n + 200 or wrong, "messages go on unjudged")
check(attempt(at, "pump1") == "AA", "a new connection")
stop.set()
t.join()
check(not wrong, "answers", wrong)
g.order("stop")
check(g.p.wait(10) == 3, "the gateway ended with", g.p.returncode)
print("gateway: %d messages while its judge died six times: each answered" % done[0])
