#!/usr/bin/python3
"""Captures of clinical protocols and remote support, on ports of their own and on others."""
import base64
import struct
from hosts import Host, Net

GATEWAY = Host("10.20.3.1", "00:1b:54:10:20:01")
MONITOR, ENGINE = Host("10.20.3.21", "00:09:fb:10:20:21"), Host("10.20.3.42", "00:25:90:10:20:42")
MODALITY, PACS = Host("10.20.3.22", "00:0c:29:10:20:22"), Host("10.20.3.40", "00:25:90:10:20:40")
VENDOR = Host("198.51.100.20", "00:00:00:00:00:00")

# A TLS 1.2 handshake of an OpenSSL client and server, and one record of data: who sends, what.
FLIGHTS = (
    (0, """
FgMBAKQBAACgAwPd1mm7ntYl0t6/67aOSXJ1rzOZEpsO/gg1DfKIm1Nh9wAACsAswDDAK8AvAP8BAABtAAAAFwAVAAASaGw3LmNsaW5pYy5leGFtcGxlAAsA
BAMAAQIACgAMAAoAHQAXAB4AGQAYACMAAAAWAAAAFwAAAA0AKgAoBAMFAwYDCAcICAgJCAoICwgECAUIBgQBBQEGAQMDAwEDAgQCBQIGAg==
"""),
    (1, """
FgMDAEECAAA9AwPWDekrRYLfST3sWNKTm2Q0aXIhwPCHDByawviJlUVnZgDALAAAFf8BAAEAAAsABAMAAQIAIwAAABcAABYDAwGeCwABmgABlwABlDCCAZAw
ggE1oAMCAQICFHmquf9c+UCh2Za91odNJYcNOHogMAoGCCqGSM49BAMCMB0xGzAZBgNVBAMMEmhsNy5jbGluaWMuZXhhbXBsZTAeFw0yNjExMjEyMTM0Mzha
Fw0zNjExMTgyMTM0MzhaMB0xGzAZBgNVBAMMEmhsNy5jbGluaWMuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDhv7j15lW5NmIPA35TGg6+m
miHsInaYerKe12ZI+ql0DX4CjsPo+hGBTL6B9TC8wEeHDCF6lXa+/tgCPPH+RGGjUzBRMB0GA1UdDgQWBBS3EyYdgfjLoa8WoDKt4dHc0Hzw4zAfBgNVHSME
GDAWgBS3EyYdgfjLoa8WoDKt4dHc0Hzw4zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDM0NXViDOdyAKNJcXjjGQGt+maqGIlIPhFsAbu
NJFrnwIhAN5jCWOCRAVKfz/gjm2+feHI8/T321V9DB25hqsiKa1GFgMDAHIMAABuAwAdIPr2tSiapCosRQEIR4tLb9PkPZ8WiV2TDX+Jt+V/g9NWBAMARjBE
AiA0UtdNNTKzx7Vk2JtTlxQwwcsA8zkbZf+U/cG+7XU+cgIgZ3aeH1MbjfpSdMFMhCCWN2J+8/IryZbfPyn9Qcjc6D0WAwMABA4AAAA=
"""),
    (0, """
FgMDACUQAAAhILzkwzloS86gq+dp7fzKZWu2Re6SkoJoqJDbCZTUwIgBFAMDAAEBFgMDAChsZHH5f6sU5C+d09/iiYTXWUcNgV7b8TdBhC7kayEQwU7T70j6
f+fs
"""),
    (1, """
FgMDALoEAAC2AAAcIACwdoX/m5qd9u1zXmD7JXqxgZAII3JGiJ7/WnOopcso//juzVQHycHM0SasmHuz+hbDsCZBV+6SXuAx2vw0Be8l9dfZBkyG4q+cv/Dk
ic0qWLFe8I1GT2H0fHFuT0011qglQiyEc+O7KkwPnLBnGBMvUNaZ1bOf/tbAKLZD1XsF1Nb0xsPHLdasxQmJnhdr+KpmnTqY1VrYt7ES7CuvrMzHWX9NiwXx
DYaColMH4YJXL9kUAwMAAQEWAwMAKHYYdgJFrg2G56w0DTiLYUuuYW/rPcqpXiPEW/OBfYexmZla1Y3rmfo=
"""),
    (0, """
FwMDACVsZHH5f6sU5V4sqBGXn583De/kLJDyNA/ZpdlPfDaw4E7FJNpE
"""),
)


def lan(name, *more):
    n = Net(name, GATEWAY)
    n.join(MONITOR, ENGINE, MODALITY, PACS, *more)
    n.meet(GATEWAY, MONITOR, ENGINE, *more)
    n.meet(MODALITY, PACS)
    return n


def tls(c):
    for side, data in FLIGHTS:
        c.part(side, base64.b64decode(data))


def oru(number, observations=3):
    m = "MSH|^~\\&|MONITOR|WARD3|ENGINE|CLINIC|20231114221500||ORU^R01^ORU_R01|M%05d|P|2.5.1\rPID|1||000000^^^CLINIC\r" % number
    m += "".join("OBX|%d|NM|8867-4^Heart rate^LN||%d|/min\r" % (i + 1, 70 + i) for i in range(observations))
    return b"\x0b" + m.encode() + b"\x1c\r"


def ack(number):
    return b"\x0bMSH|^~\\&|ENGINE|CLINIC|MONITOR|WARD3|20231114221501||ACK^R01|A%05d|P|2.5.1\rMSA|AA|M%05d\r\x1c\r" % (number, number)


def hl7(n, port, count=2, observations=3):
    c = n.tcp(MONITOR, ENGINE, port)
    for i in range(count):
        c.client(oru(i, observations))
        n.wait(0.01)
        c.server(ack(i))
        n.wait(1)
    c.close()


def item(kind, body):
    return struct.pack("!BBH", kind, 0, len(body)) + body


def pdu(kind, body):
    return struct.pack("!BBI", kind, 0, len(body)) + body


def dicom(n, port):
    verification, implicit, context = b"1.2.840.10008.1.1", b"1.2.840.10008.1.2", b"1.2.840.10008.3.1.1.1"
    names = b"PACS".ljust(16) + b"CT-1".ljust(16) + b"\0" * 32
    user = item(0x50, item(0x51, struct.pack("!I", 16384)) + item(0x52, b"1.2.3.4"))
    ask = item(0x10, context) + item(0x20, b"\x01\0\0\0" + item(0x30, verification) + item(0x40, implicit)) + user
    grant = item(0x10, context) + item(0x21, b"\x01\0\0\0" + item(0x40, implicit)) + user
    c = n.tcp(MODALITY, PACS, port)
    c.client(pdu(1, b"\0\x01\0\0" + names + ask))
    c.server(pdu(2, b"\0\x01\0\0" + names + grant))
    element = lambda e, v: struct.pack("<HHI", 0, e, len(v)) + v
    echo = element(2, verification + b"\0") + element(0x100, b"\x30\0") + element(0x110, b"\x01\0") + element(0x800, b"\x01\x01")
    echo = element(0, struct.pack("<I", len(echo))) + echo
    c.client(pdu(4, struct.pack("!IBB", len(echo) + 2, 1, 3) + echo))
    c.client(pdu(5, b"\0\0\0\0"))
    c.server(pdu(6, b"\0\0\0\0"))
    c.close()


def mqtt(n, port, level):
    text = lambda s: struct.pack("!H", len(s)) + s
    packet = lambda head, body: bytes([head, len(body)]) + body
    extra = b"\0" if level == 5 else b""
    c = n.tcp(MONITOR, ENGINE, port)
    c.client(packet(0x10, text(b"MQTT") + bytes([level, 2, 0, 60]) + extra + text(b"monitor-21")))
    c.server(packet(0x20, b"\0\0" + extra))
    for i in range(3):
        c.client(packet(0x30, text(b"ward3/monitor-21/hr") + extra + b"%d" % (70 + i)))
        n.wait(0.5)
    c.client(b"\xe0\0")
    c.close()


def coap(n, port):
    for i in range(3):
        here = MONITOR.ephemeral()
        n.udp(MONITOR, ENGINE, here, port, struct.pack("!BBHI", 0x44, 1, 0x100 + i, 0xABCD0000 + i) + b"\xb6vitals\x02hr")
        n.udp(ENGINE, MONITOR, port, here, struct.pack("!BBHI", 0x64, 0x45, 0x100 + i, 0xABCD0000 + i) + b"\xff72")
        n.wait(1)


def recognition():
    """Every protocol on a port that is not its own: seen for what it is, and nothing to complain of."""
    n = lan("recognition")
    hl7(n, 9100, 2, 200)
    dicom(n, 9101)
    mqtt(n, 9102, 4)
    mqtt(n, 9103, 5)
    coap(n, 9104)
    c = n.tcp(VENDOR, ENGINE, 9105)
    c.client(bytes.fromhex("0300002a25e00000000000") + b"Cookie: mstshash=svc\r\n" + bytes.fromhex("0100080003000000"))
    c.server(bytes.fromhex("030000130ed000001234000200080002000000"))
    c.close()
    c = n.tcp(VENDOR, ENGINE, 9106)
    c.server(b"RFB 003.008\n")
    c.client(b"RFB 003.008\n")
    c.close()
    c = n.tcp(VENDOR, ENGINE, 9107)
    c.server(b"SSH-2.0-OpenSSH_9.2\r\n")
    c.client(b"SSH-2.0-PuTTY_Release_0.78\r\n")
    c.close()
    c = n.tcp(MONITOR, ENGINE, 9108)
    c.client("GET /fhir/Observation?code=8867-4 HTTP/1.1\r\nHost: ehr.clinic.example\r\nAccept: application/fhir+json\r\n\r\n")
    c.server("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n")
    c.client("GET /fhir/Device HTTP/1.1\r\nHost: ehr.clinic.example\r\nAccept: application/fhir+json\r\n\r\n")
    c.server("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\n\r\n{}")
    c.close()
    # TLS within a proxy's tunnel and within SOCKS.
    c = n.tcp(MONITOR, ENGINE, 9109)
    c.client("CONNECT hl7.clinic.example:443 HTTP/1.1\r\nHost: hl7.clinic.example:443\r\n\r\n")
    c.server("HTTP/1.1 200 Connection established\r\n\r\n")
    tls(c)
    c.close()
    c = n.tcp(MONITOR, ENGINE, 9110)
    c.client(b"\x05\x01\x00")
    c.server(b"\x05\x00")
    c.client(b"\x05\x01\x00\x03\x12hl7.clinic.example\x01\xbb")
    c.server(b"\x05\x00\x00\x01\x0a\x14\x03\x2a\x01\xbb")
    tls(c)
    c.close()
    n.write()


def plain_where_tls():
    """A feed that was TLS goes in clear."""
    n = lan("clinical-plain-after-tls")
    for i in range(3):
        c = n.tcp(MONITOR, ENGINE, 6661)
        tls(c)
        c.close()
        n.wait(5)
    hl7(n, 6661)
    n.write()


def plain_beside_tls():
    """A feed in clear on one port and one by TLS on another."""
    n = lan("clinical-plain-beside-tls")
    for i in range(2):
        c = n.tcp(MONITOR, ENGINE, 6661)
        tls(c)
        c.close()
        hl7(n, 2575)
        n.wait(5)
    n.write()


recognition()
plain_where_tls()
plain_beside_tls()
