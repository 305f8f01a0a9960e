#!/usr/bin/env python3
"""verify.py LOG VKEY: verifies a log with nothing but the specifications and the standard library.

C2SP tlog-tiles, tlog-checkpoint and signed-note; RFC 6962 section 2.1; RFC 8032 section 5.1.7.
It shares no code with the program.  Prints one line; exits 1 with the reason if the log is not what it says."""
import base64
import hashlib
import os
import sys

# --- Ed25519 (RFC 8032): the curve -x² + y² = 1 + d x² y² over the integers modulo p; points as (X, Y, Z, T) ---
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, point)
        point, n = add(point, point), n >> 1
    return out


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise ValueError("a point is not on the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("a point is not on the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % Q
    return s < Q and same(times(s, BASE), add(point(signature[:32]), times(h, point(key))))


# --- signed note, checkpoint --------------------------------------------------------------------------------

def checkpoint(note, vkey):
    name, number, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != number or key[0] != 1:
        raise ValueError("the verifier key does not fit its number")
    text, _, lines = note.rpartition(b"\n\n")
    text += b"\n"
    good = 0
    for line in lines.decode().splitlines():
        dash, who, signature = line.split(" ")
        signature = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and who == name and signature[:4].hex() == number:
            if not signed(key[1:], text, signature[4:]):
                raise ValueError("checkpoint: the signature is wrong")
            good += 1
    if not good:
        raise ValueError("checkpoint: not signed by this key")
    origin, size, root = text.decode().splitlines()[:3]
    if origin != name or str(int(size)) != size:
        raise ValueError("checkpoint: the origin or the size is wrong")
    return int(size), base64.b64decode(root, validate=True)


# --- the tree --------------------------------------------------------------------------------------------------

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree(leaves):
    """MTH(D[n]) over hashes; 256 of them are a tile."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(tree(leaves[:k]), tree(leaves[k:]))


def read(log, level, n, width):
    digits = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        digits = "x%03d/%s" % (n % 1000, digits)
    with open(os.path.join(log, "tile", level, digits + (".p/%d" % width if width < 256 else "")), "rb") as f:
        return f.read()


def verify(log, vkey):
    with open(os.path.join(log, "checkpoint"), "rb") as f:
        size, root = checkpoint(f.read(), vkey)
    hashes = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        bundle = read(log, "entries", n, width)
        for i in range(width):
            length = int.from_bytes(bundle[:2], "big")
            if len(bundle) < 2 + length:
                raise ValueError("entry %d is cut" % (n * 256 + i))
            hashes.append(hashlib.sha256(b"\x00" + bundle[2:2 + length]).digest())
            bundle = bundle[2 + length:]
        if bundle:
            raise ValueError("bundle %d has more than its entries" % n)
    leaves, level = hashes, 0
    while hashes:
        for n in range((len(hashes) + 255) // 256):
            part = hashes[n * 256:n * 256 + 256]
            if read(log, str(level), n, len(part)) != b"".join(part):
                raise ValueError("tile %d of level %d is not that of the entries" % (n, level))
        hashes, level = [tree(hashes[n:n + 256]) for n in range(0, len(hashes) // 256 * 256, 256)], level + 1
    if tree(leaves) != root:
        raise ValueError("the root is not that of the checkpoint")
    return size


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: verify.py LOG VKEY")
    try:
        print("verified: %d entries" % verify(sys.argv[1], sys.argv[2]))
    except (OSError, ValueError) as e:
        sys.exit("not verified: %s" % e)
