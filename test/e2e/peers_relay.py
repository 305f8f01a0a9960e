"""peers_relay.py PORT HOST:PORT [OLD NEW]: a TCP relay that may alter: OLD becomes NEW, of the same length, once, in what the client says.
peers_relay.py PORT HOST:PORT udp [OLD NEW]: the same of datagrams, for one client.
peers_relay.py PORT HOST:PORT mllp drop|replay|inject|delay N: one that reads MLLP frames, and does that to the Nth."""
import select
import socket
import sys
import threading
import time

port, to = int(sys.argv[1]), sys.argv[2].rsplit(":", 1)
act = sys.argv[3:]
todo = {"once": True}


def frames(s):
    buf = b""
    while True:
        data = s.recv(65536)
        if not data:
            return
        buf += data
        while b"\x1c\r" in buf:
            frame, buf = buf.split(b"\x1c\r", 1)
            yield frame + b"\x1c\r"


def ack(frame):
    fields = frame.lstrip(b"\x0b").split(b"\r")[0].split(b"|")
    return b"\x0bMSH|^~\\&|R|R|S|S|20260101000000||ACK|A" + fields[9] + b"|P|2.6\rMSA|AA|" + fields[9] + b"\r\x1c\r"


def mllp(client, server):
    """Frame by frame, each answered before the next, as senders do."""
    answers, what, nth = frames(server), act[1], int(act[2])
    for n, frame in enumerate(frames(client), 1):
        mine = n == nth
        if mine and what == "drop":
            client.sendall(ack(frame))
            continue
        if mine and what == "delay":
            time.sleep(4)
        server.sendall(frame)
        client.sendall(next(answers))
        if mine and what in ("replay", "inject"):
            again = frame
            if what == "inject":
                again = frame.replace(b"|M%07d|" % n, b"|X%07d|" % n).replace(b"||72|", b"||33|")
                again = again.replace(b"2026010100", b"2026010211").replace(b"DOE", b"ROE").replace(b"1234", b"4321").replace(b"||121|", b"||60|")
            server.sendall(again)
            next(answers)
    server.shutdown(socket.SHUT_WR)


def pump(one, two, alter):
    try:
        while True:
            data = one.recv(65536)
            if not data:
                break
            two.sendall(changed(data) if alter else data)
    except OSError:
        pass
    try:
        two.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    server = socket.create_connection((to[0], int(to[1])))
    for s in (client, server):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if act[:1] == ["mllp"]:
        mllp(client, server)
    else:
        other = threading.Thread(target=pump, args=(server, client, False))
        other.start()
        pump(client, server, True)
        other.join()
    client.close()
    server.close()


def changed(data):
    if len(act) >= 2 and todo["once"] and act[-2].encode() in data:
        todo["once"] = False
        return data.replace(act[-2].encode(), act[-1].encode(), 1)
    return data


if act[:1] == ["udp"]:
    act = act[1:]
    near, far, client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM), None
    far.connect((to[0], int(to[1])))
    near.bind((far.getsockname()[0], port))  # it answers from the address it was asked at
    while True:
        for s in select.select([near, far], [], [])[0]:
            if s is near:
                data, client = near.recvfrom(65536)
                far.send(changed(data))
            elif client:
                near.sendto(far.recv(65536), client)

listener = socket.create_server(("", port), backlog=64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
