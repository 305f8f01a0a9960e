#!/usr/bin/python3
"""Issuance, as a ratio to bare signing and verifying in the same run; CPU of all our processes.
CERTIFICATES=1000000 does it again with as many more in the store.   usage: pki.py PARAVENT DIR"""
import os, re, resource, sqlite3, subprocess, sys

paravent, d = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]) + "/pki"
N = 4000
source = os.path.realpath(os.path.dirname(sys.argv[0]) + "/../..")
subprocess.run(["rm", "-rf", d], check=True)
os.makedirs(d)
os.chdir(d)
os.environ["PARAVENT_STATE"] = d + "/site"
open("pass", "w").write("correct horse battery\n")
open("hospital.yaml", "w").write("version: 1\ndevices:\n  - { name: pump1, address: 10.20.3.7 }\n")

def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)

def speed():
    """Seconds of one core for one signature and one verification."""
    out = run("openssl", "speed", "-seconds", "1", "ecdsap256").stdout
    sign, verify = re.search(r"\(nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)\s+([\d.]+)", out).groups()
    return 1 / float(sign) + 1 / float(verify)

def used():
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime

run(paravent, "init", "--name", "bench/pki")
run(paravent, "pki", "init", "--name", "Bench", "--root-key", "root.pem", "--passphrase-file", "pass", "--url", "http://127.0.0.1:1")
run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "k.pem")
run("openssl", "req", "-new", "-key", "k.pem", "-subj", "/CN=pump1", "-addext", "subjectAltName=DNS:pump1.hospital.example,IP:10.20.3.7", "-out", "one.csr")
one = open("one.csr").read()
open("many.csr", "w").write(one * N)

def issue(path):
    before = used()
    run(paravent, "pki", "issue", "--profile", "device", "--device", "pump1", "-p", "hospital.yaml", "--csr", path, "-o", "out.crt")
    return used() - before

def issuance():
    ratios = []
    for _ in range(3):
        both = speed()
        whole, start = issue("many.csr"), issue("one.csr")
        ratios.append(both * N / (whole - start))
    print("pki      issuance               %.2f (%.2f to %.2f) of 1/(verify + sign) of one core; %d requests, all stored and in the ledger, groups of 32" %
          (sorted(ratios)[1], min(ratios), max(ratios), N), flush=True)
    return sorted(ratios)[1]

def answers():
    out = run("./answers", "site/pki/pki.db").stdout
    print(out, end="", flush=True)
    return float(re.search(r"([\d.]+) \(", out).group(1))

def fill(n):
    """n certificates of other serial numbers, as long as one that was issued."""
    db = sqlite3.connect("site/pki/pki.db")
    row = db.execute("SELECT subject,names,profile,device,key,issued,not_before,not_after,der,issuer FROM certificate WHERE profile='device' LIMIT 1").fetchone()
    db.executemany("INSERT INTO certificate(serial,subject,names,profile,device,key,issued,not_before,not_after,der,issuer) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                   ((bytes([64 | i % 64]) + os.urandom(15), *row) for i in range(n)))
    db.commit()
    db.close()

build = os.path.dirname(paravent)
subprocess.run(["cc", "-O3", "-D_GNU_SOURCE", "-I" + source, "-o", "answers", source + "/test/bench/answers.c", *(build + "/" + r + ".a" for r in ("store", "crypt", "wire", "model", "os", "base")),
                "-lcrypto", "-lsqlite3", "-ljansson", "-lz", "-lzstd", "-lseccomp"], check=True)
few = issuance(), answers()
many = int(os.environ.get("CERTIFICATES", "0"))
if many:
    fill(many)
    full = issuance(), answers()
    print("pki      with %d more certificates in the store: issuance at %.2f, answers at %.2f of their speed before" % (many, full[0] / few[0], full[1] / few[1]))
