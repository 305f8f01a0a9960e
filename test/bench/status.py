#!/usr/bin/python3
"""Status of certificates over HTTP: questions answered a second of CPU, all our processes counted,
against `openssl ocsp` in the same run; no TLS.  usage: status.py PARAVENT DIR   (after pki.py, in its site)"""
import os, re, signal, subprocess, sys, time

paravent, d = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]) + "/pki"
os.chdir(d)
os.environ["PARAVENT_STATE"] = d + "/site"
for name in list(os.environ):
    if name.lower().endswith("_proxy"):
        del os.environ[name]
N, PORT = 10000, 20000 + os.getpid() % 20000
TICK = os.sysconf("SC_CLK_TCK")

def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more)

def used(pid):
    """CPU of a process and its children that still run."""
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    children = open("/proc/%d/task/%d/children" % (pid, pid)).read().split()
    return (int(fields[11]) + int(fields[12])) / TICK + sum(used(int(c)) for c in children)

def ask(port, path, question, keep):
    return run("ab", "-q", "-r", *(["-k"] if keep else []), "-n", str(N), "-c", "4", "-T", "application/ocsp-request", "-p", question, "http://127.0.0.1:%d%s" % (port, path))

def started(port, *command):
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        if subprocess.run(["curl", "-s", "-o", "/dev/null", "--data-binary", "@plain.der", "-H", "Content-Type: application/ocsp-request", "http://127.0.0.1:%d/" % port]).returncode != 7:
            return p
        time.sleep(0.1)
    sys.exit("nothing answers on port %d" % port)

def measure(p, port, path, question, keep):
    for _ in range(10):  # ab gives up when a connection is refused, which openssl's responder does now and then
        before = used(p.pid)
        try:
            ask(port, path, question, keep)
        except subprocess.CalledProcessError:
            continue
        return N / (used(p.pid) - before)
    sys.exit("port %d refuses connections" % port)

run("openssl", "x509", "-inform", "der", "-in", "site/pki/issuing.cer", "-out", "issuing.crt")
run("openssl", "x509", "-in", "out.crt", "-out", "leaf.crt")
run("openssl", "ocsp", "-issuer", "issuing.crt", "-cert", "leaf.crt", "-no_nonce", "-reqout", "plain.der")
run("openssl", "ocsp", "-issuer", "issuing.crt", "-cert", "leaf.crt", "-reqout", "nonce.der")
run("openssl", "req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "rk.pem", "-out", "rc.pem", "-subj", "/CN=responder")
serial = run("openssl", "x509", "-in", "leaf.crt", "-noout", "-serial").stdout.strip().split("=")[1]
open("index.txt", "w").write("V\t300101000000Z\t\t%s\tunknown\t/CN=pump1\n" % serial)
ours = started(PORT, paravent, "pki", "status", "--presign", "--listen", "127.0.0.1:%d" % PORT)
theirs = started(PORT + 1, "openssl", "ocsp", "-index", "index.txt", "-port", str(PORT + 1), "-rsigner", "rc.pem", "-rkey", "rk.pem", "-CA", "issuing.crt")
try:
    rows = [("a nonce, one question a connection", "nonce.der", False), ("a nonce, connections kept", "nonce.der", True),
            ("no nonce, one question a connection", "plain.der", False), ("no nonce, connections kept", "plain.der", True)]
    ratios = {r: [] for r in rows}
    rates = {r: [] for r in rows}
    for _ in range(3):
        for r in rows:
            they = measure(theirs, PORT + 1, "/", r[1], False)  # it closes after each
            we = measure(ours, PORT, "/ocsp", r[1], r[2])
            ratios[r].append(we / they)
            rates[r].append(we)
    for r in rows:
        print("status   %-36s %.1f (%.1f to %.1f) times `openssl ocsp`; %.0f answers a second of CPU" % (r[0], sorted(ratios[r])[1], min(ratios[r]), max(ratios[r]), sorted(rates[r])[1]))
finally:
    ours.terminate()
    ours.wait()
    theirs.kill()
    theirs.wait()
