"""The gateway as a witness beside a tap: it says what it forwarded, the wire near the receiver what came."""
from gate import *

def skip(why):
    print("SKIP:", why)
    sys.exit(77)


if os.geteuid() or not shutil.which("ip"):
    skip("network namespaces need root and ip")
NS, HERE_IF, THERE_IF = "pvgw%d" % os.getpid(), "pvg%d" % (os.getpid() % 100000), "pvh%d" % (os.getpid() % 100000)
US, THEM = "10.199.77.1", "10.199.77.2"
if subprocess.run(["ip", "netns", "add", NS]).returncode:
    skip("no network namespaces on this host")
atexit.register(lambda: [subprocess.run(c, stderr=subprocess.DEVNULL) for c in (["ip", "netns", "del", NS], ["ip", "link", "del", HERE_IF])])
for c in ("ip link add %s type veth peer name %s netns %s" % (HERE_IF, THERE_IF, NS), "ip addr add %s/24 dev %s" % (US, HERE_IF), "ip link set %s up" % HERE_IF,
          "ip -n %s addr add %s/24 dev %s" % (NS, THEM, THERE_IF), "ip -n %s link set %s up" % (NS, THERE_IF), "ip -n %s link set lo up" % NS,
          "ethtool -K %s rx off tx off sg off tso off gso off gro off" % HERE_IF, "ip netns exec %s ethtool -K %s rx off tx off sg off tso off gso off gro off" % (NS, THERE_IF)):
    subprocess.run(c.split(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

RECORD = """
import socket, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("%s", 2575)); s.listen(16); print("up", flush=True)
def serve(c):
    data = b""
    while True:
        more = c.recv(65536)
        if not more: return
        data += more
        while b"\\x1c\\r" in data:
            m, data = data.split(b"\\x1c\\r", 1)
            i = m.split(b"|")[9]
            c.sendall(b"\\x0bMSH|^~\\\\&|EHR|HOSP|MON|ICU|20260101000000||ACK|A" + i + b"|P|2.5.1\\rMSA|AA|" + i + b"\\r\\x1c\\r")
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
""" % THEM
record = subprocess.Popen(["ip", "netns", "exec", NS, sys.executable, "-c", RECORD], stdout=subprocess.PIPE)
PROCESSES.append(record)
record.stdout.readline()


class Attacker(threading.Thread):
    """Between the gateway and the record: alters the 100th message, keeps the 200th and acknowledges it itself."""

    def __init__(self):
        super().__init__(daemon=True)
        self.s = socket.socket()
        self.s.bind(("127.0.0.1", 0))
        self.s.listen(4)
        self.port, self.n, self.active = self.s.getsockname()[1], 0, True
        self.start()

    def run(self):
        while True:
            c, _ = self.s.accept()
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        to = socket.create_connection((THEM, 2575))
        data = b""
        while True:
            more = c.recv(65536)
            if not more:
                return
            data += more
            while b"\x1c\r" in data:
                m, data = data.split(b"\x1c\r", 1)
                self.n += 1
                if self.n == 100:
                    m = m.replace(b"||72", b"||27")
                if self.n == 200:
                    c.sendall(b"\x0bMSH|^~\\&|EHR|HOSP|MON|ICU|20260101000000||ACK|X|P|2.5.1\rMSA|AA|" + m.split(b"|")[9] + b"\r\x1c\r")
                    continue
                to.sendall(m + b"\x1c\r")
                answer = b""
                while b"\x1c\r" not in answer:
                    answer += to.recv(65536)
                c.sendall(answer)


ca()
leaf("gw", "serverAuth", san="IP:" + US)
leaf("mon")
attacker, at = Attacker(), port()
r = route("vitals", at, [("ehr", attacker.port)])
r["listen"] = "%s:%d" % (US, at)
g = Gate([r], extra=("--tap", "record=" + HERE_IF, "--routes"))
time.sleep(0.5)
s = dial(at, "mon", host=US)
for i in range(300):
    got = ask(s, message("M%d" % i))
    check(got == ["AA"], "message", i, got)
    time.sleep(0.004)
s.close()


def told():
    return sorted((e["paravent"]["rule"], e["paravent"]["message"]) for e in map(json.loads, g.log.read_text().splitlines()) if e["event_type"] == "alert")


wanted = [("message.dropped", "M199"), ("message.dropped", "M99"), ("message.injected", "M99")]
until(lambda: len(told()) >= len(wanted), "three findings")
g.stop()
check(told() == wanted, "told:", told())
totals = (DIR / "gate.err").read_text()
check("599 messages, 599 answers, 298 paired, 298 identical, 2 dropped, 1 injected" in totals, totals)
print("gateway: 300 messages forwarded, 298 seen identical at the record; one altered and one kept back behind the gateway told, and no other")
