#!/usr/bin/python3
"""evidence_peers: a device, a record system, and somebody between them, over MLLP.

evidence_peers.py server PORT                      answers every message with AA
evidence_peers.py proxy PORT HOST HOSTPORT OLD NEW passes on, with OLD replaced by NEW
evidence_peers.py device HOST PORT N ODD VALUE     sends N messages; the ODDth says VALUE
"""
import datetime
import socket
import sys
import threading
import time


def frames(sock):
    held = b""
    while True:
        data = sock.recv(65536)
        if not data:
            return
        held += data
        while b"\x1c\r" in held:
            one, held = held.split(b"\x1c\r", 1)
            yield one.lstrip(b"\x0b")


def wrap(text):
    return b"\x0b" + text + b"\x1c\r"


def listen(port):
    s = socket.create_server(("", int(port)))
    while True:
        yield s.accept()[0]


def server(port):
    def serve(c):
        for m in frames(c):
            control = m.split(b"\r")[0].split(b"|")[9]
            now = datetime.datetime.now().strftime("%Y%m%d%H%M%S").encode()
            c.sendall(wrap(b"MSH|^~\\&|EHR|W1|MON|W1|" + now + b"||ACK^R01|A" + control + b"|P|2.5\rMSA|AA|" + control + b"\r"))
    for c in listen(port):
        threading.Thread(target=serve, args=(c,), daemon=True).start()


def proxy(port, host, hostport, old, new):
    for c in listen(port):
        up = socket.create_connection((host, int(hostport)))
        answers = frames(up)
        for m in frames(c):
            up.sendall(wrap(m.replace(old.encode(), new.encode())))
            c.sendall(wrap(next(answers)))


def device(host, port, n, odd, value):
    c = socket.create_connection((host, int(port)))
    answers = frames(c)
    for i in range(1, int(n) + 1):
        now = datetime.datetime.now().strftime("%Y%m%d%H%M%S.%f").encode()
        said = value if i == int(odd) else str(70 + i % 9)
        m = (b"MSH|^~\\&|MON|W1|EHR|W1|" + now + b"||ORU^R01|C%05d|P|2.5\r" % i
             + b"PID|1||P%05d^^^H||MARKERNAME^Quinn\r" % (i % 4)
             + b"OBR|1|||VITALS|||" + now + b"\r"
             + b"OBX|1|NM|8867-4^HR^LN||" + said.encode() + b"|/min|||||F\rOBX|2|NM|2708-6^SpO2^LN||%d|%%|||||F\r" % (90 + i % 7))
        c.sendall(wrap(m))
        next(answers)
        time.sleep(0.05)


{"server": server, "proxy": proxy, "device": device}[sys.argv[1]](*sys.argv[2:])
