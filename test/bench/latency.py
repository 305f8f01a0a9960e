"""latency.py LINES A B COUNT: sends COUNT HL7 messages, each altered between the interfaces A and B (one interface: between the two
legs of a relay), and reads the findings from the pipe LINES: milliseconds from the second copy's last packet to the line, p50 and p99."""
import calendar
import json
import os
import random
import re
import socket
import sys
import time

from messages import Tap, answer, device, message, opened, record

lines, interfaces, count = sys.argv[1], sys.argv[2:4], int(sys.argv[4])


def sender(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    return lambda us, frame: s.send(frame)


def send():
    relay = b"\x02\0\0\0\0\x09"
    cards = ([b"\x02\0" + device, relay], [relay, b"\x02\0" + record]) if interfaces[0] == interfaces[1] else (None, None)
    a, b = [Tap(sender(i), device, record, 2575, c) for i, c in zip(interfaces, cards)]
    opened((a, b), 0)
    dice = random.Random(1)
    for n in range(count):
        time.sleep(dice.uniform(0.005, 0.04))
        said = message(n)
        a.say(0, 0, said)
        time.sleep(0.0005)
        b.say(0, 0, said.replace(b"266016^mm[Hg]^MDC", b"266016^kk[Hg]^MDC", 1))
        b.say(0, 1, answer(n))
        a.say(0, 1, answer(n))


def instant(text):
    whole, part = re.match(r"([0-9T:-]+)\.(\d{6})", text).groups()
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + int(part) / 1e6


pipe = open(lines, "rb", buffering=0)
pid = os.fork()
if not pid:
    time.sleep(1)
    send()
    os._exit(0)
took, rest = [], b""
while len(took) < count:
    data = pipe.read(1 << 16)
    now = time.time()
    if not data:
        break
    *whole, rest = (rest + data).split(b"\n")
    for line in whole:
        e = json.loads(line)
        if e.get("alert", {}).get("signature") == "message.altered":
            took.append(1000 * (now - instant(e["timestamp"])))
os.waitpid(pid, 0)
took.sort()
assert len(took) == count, "%d of %d altered messages were told" % (len(took), count)
print("latency, %s: %d altered messages, second copy's last packet to the finding's line: p50 %.2f ms, p99 %.2f ms, most %.2f ms" %
      ("two taps" if interfaces[0] != interfaces[1] else "one span", count, took[len(took) // 2], took[len(took) * 99 // 100], took[-1]))
