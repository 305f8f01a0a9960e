"""burst.py [SECONDS]: monitors send at ten times their normal rate for so long (60 s), alarms between them, and a client that sends as much
as it can: the alarms' latency as a ratio to that of an idle gateway, and what was lost.  Who measures and who receives run before all
others (nice -10, as root): the gateway's waiting is wanted, not the harness's."""
import multiprocessing, select, statistics, sys, os, pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from gate import *

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60
MONITORS, NORMAL, TIMES, ABUSE, ALARMS, BATCH = 8, 20, 10, 50, 50, 32  # messages a second: of a monitor, of the abusive client by its policy, alarms


def first():
    try:
        os.nice(-10)
    except OSError:
        pass


def receiver(s, counts):
    """Acknowledges everything, in one process; counts are kept by sender."""
    first()
    poll, open_, rest = select.epoll(), {}, {}
    poll.register(s, select.EPOLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == s.fileno():
                c, _ = s.accept()
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                open_[c.fileno()], rest[c.fileno()] = c, b""
                poll.register(c, select.EPOLLIN)
                continue
            data = open_[fd].recv(65536)
            if not data:
                open_.pop(fd).close()
                continue
            *whole, rest[fd] = (rest[fd] + data).split(b"\x1c\r")
            out = b""
            for one in whole:
                ident = one.split(b"\r", 1)[0].split(b"|")[9]
                counts[int(ident.split(b".")[0])] += 1
                out += b"\x0bMSH|^~\\&|EHR|HOSP|MON|ICU|2026||ACK|A|P|2.5.1\rMSA|AA|" + ident + b"\r\x1c\r"
            open_[fd].sendall(out)


def exchange(s, idents, kind, size):
    """All at once, and their answers: how many did not come."""
    s.sendall(b"".join(message(i, kind, size=size) for i in idents))
    data = b""
    while data.count(b"\x1c\r") < len(idents):
        more = s.recv(65536)
        if not more:
            break
        data += more
    return sum(b"MSA|AA|" + i.encode() + b"\r" not in data for i in idents)


def steady(at, name, number, rate, kind, size, seconds, out):
    """rate messages a second, each after the answer to the one before; 0: as many as it can, a batch at a time."""
    s = dial(at, name)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(30)
    begun = due = time.monotonic()
    took, lost, n = [], 0, 0
    while time.monotonic() - begun < seconds:
        batch = ["%d.%d" % (number, n + 1 + i) for i in range(1 if rate else BATCH)]
        n += len(batch)
        t = time.monotonic()
        lost += exchange(s, batch, kind, size)
        took.append(time.monotonic() - t)
        due += 1 / rate if rate else 0
        time.sleep(max(0, due - time.monotonic()) if rate else 0)
    out.put((number, n, lost, took if kind == "ORU^R40" else []))


def alarms(at, seconds, out):
    first()
    steady(at, "alarm", 0, ALARMS, "ORU^R40", 0, seconds, out)


def crowd(at, numbers, rate, seconds, out):
    os.nice(5)
    threads = [threading.Thread(target=steady, args=(at, "monitor", n, rate, "ORU^R01", 1000, seconds, out)) for n in numbers]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def phase(at, seconds, busy):
    """Who sent how many, what was lost, and the alarms' latencies."""
    out = multiprocessing.Queue()
    work = [multiprocessing.Process(target=alarms, args=(at, seconds, out))]
    if busy:
        half = MONITORS // 2
        work += [multiprocessing.Process(target=crowd, args=(at, range(1 + i * half, 1 + (i + 1) * half), NORMAL * TIMES, seconds, out)) for i in range(2)]
        work += [multiprocessing.Process(target=steady, args=(at, "noisy", MONITORS + 1, 0, "ORU^R01", 1000, seconds, out))]
    for w in work:
        w.start()
    got = {r[0]: r[1:] for r in (out.get(timeout=seconds + 60) for _ in range(MONITORS + 2 if busy else 1))}
    for w in work:
        w.join()
    return got


def percentile(took, p):
    return sorted(took)[min(len(took) - 1, int(len(took) * p))] * 1e6


def quiet(took):
    """The median of the p99 of each 5 s: what the host does now and then to everybody is not in it."""
    n = 5 * ALARMS
    return statistics.median(percentile(took[i:i + n], .99) for i in range(0, max(1, len(took) - n + 1), n))


ca()
leaf("gw", "serverAuth", san="IP:127.0.0.1")
for name in ("alarm", "monitor", "noisy"):
    leaf(name)
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(64)
counts = multiprocessing.Array("q", MONITORS + 2)
sink = multiprocessing.Process(target=receiver, args=(listening, counts), daemon=True)
sink.start()
at = port()
g = Gate([route("ward", at, [("ehr", listening.getsockname()[1])],
                clients=[{"device": "alarm"}, {"device": "monitor", "rate": NORMAL * TIMES * 2, "burst": NORMAL * TIMES * 2}, {"device": "noisy", "rate": ABUSE, "burst": ABUSE}])])
phase(at, 2, True)
for i in range(len(counts)):
    counts[i] = 0
before = phase(at, SECONDS / 3, False)
busy = phase(at, SECONDS, True)
after = phase(at, SECONDS / 3, False)
idle, in_burst = before[0][2] + after[0][2], busy[0][2]
sent = [busy[n][0] + (before[0][0] + after[0][0] if n == 0 else 0) for n in sorted(busy)]
lost = sum(busy[n][1] for n in busy) + before[0][1] + after[0][1]
check(sent == list(counts), "sent", sent, "received", list(counts))
print("burst of %d s, %d messages/s of monitors (10 times normal): p99 of alarms %.2f of idle, %.2f by the median of 5 s (p50 %.2f)" % (
    SECONDS, sum(busy[n][0] for n in range(1, MONITORS + 1)) / SECONDS, percentile(in_burst, .99) / percentile(idle, .99), quiet(in_burst) / quiet(idle),
    percentile(in_burst, .5) / percentile(idle, .5)))
for words, took in (("idle", idle), ("in the burst", in_burst)):
    print("  %-12s %5.0f us p50, %5.0f us p99, %5.0f us p99 by the median of 5 s" % (words, percentile(took, .5), percentile(took, .99), quiet(took)))
print("  not acknowledged %d, not received %d of %d; the abusive client got %.2f of its policy's rate, shaped %d times" % (
    lost, sum(sent) - sum(counts), sum(sent), (busy[MONITORS + 1][0] - ABUSE) / SECONDS / ABUSE, g.status("ward")["shaped_total"]))
sink.terminate()
g.stop()
