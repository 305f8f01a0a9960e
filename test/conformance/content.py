#!/usr/bin/python3
"""Agreement on clinical content: HL7 v2 with python3-hl7, DICOM with dcmdump, FHIR with Python's json, on every file that both read.
usage: content.py FIELDS CORPUS, where FIELDS is the program built from fields.c and CORPUS holds hl7/ and fhir/"""
import collections, glob, json, os, re, shutil, subprocess, sys

fields, corpus = sys.argv[1], sys.argv[2]
agreed = disagreed = 0

def ours(kind, path):
    r = subprocess.run([fields, kind, path], capture_output=True, timeout=60)
    if r.returncode not in (0, 1):
        raise SystemExit("%s: died with %d" % (path, r.returncode))
    return (r.stdout.decode() if r.returncode == 0 else None), r.stderr.decode().strip()

def agreed_with(c):
    global agreed
    agreed += c["agree"]

def differ(name, what):
    global disagreed
    disagreed += 1
    print("differs: %s: %s" % (name, what))

def hl7_theirs(data):
    """path and raw bytes of each field, by python3-hl7; Latin-1 carries every byte."""
    import hl7
    text = data.decode("latin-1")
    if text.startswith("\xef\xbb\xbf"):
        text = text[3:]
    text = re.sub("[\r\n]+", "\r", text)
    count, told = collections.Counter(), {}
    for segment in hl7.parse(text):
        name = str(segment[0])
        count[name] += 1
        # Of an MSH that ends after MSH-2 it makes fields of its name.
        if name == "MSH" and 4 <= len(segment) <= 5 and "MSH".startswith(str(segment[3])):
            continue
        for n in range(3 if name in ("MSH", "FHS", "BHS") else 1, len(segment)):
            value = str(segment[n])
            if value:
                told["%s[%d].%d" % (name, count[name], n)] = value.encode("latin-1")
    return told

def hl7_run():
    try:
        import hl7
    except ImportError:
        print("hl7: python3-hl7 is not installed")
        return
    c = collections.Counter()
    for path in sorted(glob.glob(corpus + "/hl7/**/*", recursive=True)):
        if not os.path.isfile(path) or os.path.basename(path) in ("LICENSE-MPL2", "hl7_stats.txt"):
            continue
        c["files"] += 1
        out, why = ours("hl7", path)
        if out is None:
            c["refused: " + why] += 1
            continue
        c["read"] += 1
        data = open(path, "rb").read()
        try:
            theirs = hl7_theirs(data)
        except Exception:
            c["not by python3-hl7"] += 1
            continue
        if chr(data[data.find(b"MSH") + 3]).isalnum():  # python3-hl7 splits the name MSH at it, too
            c["separated by a letter"] += 1
            continue
        mine = {k: bytes.fromhex(v) for k, v in (l.split(" ") for l in out.splitlines())}
        # Blanks at a message's end are python3-hl7's to strip; a name of other than three letters is the path's to shorten.
        odd = {k[:-2] for k in mine if k.endswith(".0")}
        strip = lambda d: {k: v.strip() for k, v in d.items() if re.match(r"^[A-Za-z0-9]{3}\[", k) and k.rsplit(".", 1)[0] not in odd and v.strip()}
        a, b = strip(mine), strip(theirs)
        if a == b:
            c["agree"] += 1
            c["fields"] += len(a)
        else:
            wrong = sorted(k for k in a.keys() | b.keys() if a.get(k) != b.get(k))
            differ(path, "%d fields, first %s: ours %r, python3-hl7 %r" % (len(wrong), wrong[0], a.get(wrong[0]), b.get(wrong[0])))
    agreed_with(c)
    print("hl7: " + ", ".join("%d %s" % (n, k) for k, n in c.items()))

def dicom_theirs(path):
    r = subprocess.run(["dcmdump", "-q", "+L", "-M", path], capture_output=True)
    if r.returncode:
        return None
    lines = []
    # A value may hold line ends.
    for l in re.split(r"\n(?= *\([0-9a-f]{4},[0-9a-f]{4}\) )", r.stdout.decode("latin-1")):
        m = re.match(r"^( *)\(([0-9a-f]{4}),([0-9a-f]{4})\) (..|\S+) .*# *([0-9]+|u/l), *[0-9-]+ ", l, re.DOTALL)
        if not m or m[2] in ("fffe", "0002"):  # items, delimiters, the file's own head
            continue
        sequence = m[4] in ("SQ", "pi", "px") or m[5] == "u/l" or "(PixelSequence" in l or "(Sequence with" in l
        lines.append("%d %s %s %s" % (len(m[1]) // 4, m[2], m[3], "u" if sequence else "UN" if m[4] in ("UN", "??") else m[5]))
    return lines

def dicom_same(mine, theirs):
    """Where the two part, or None.  dcmdump leaves a sequence in UN closed, which we read; it evens odd lengths."""
    i = 0
    for k, t in enumerate(theirs):
        if i >= len(mine):
            return i, k
        depth, group, element, length = mine[i].split()
        even = length if length == "u" else str(int(length) + int(length) % 2)
        if t == " ".join((depth, group, element, "UN")):
            i += 1
            while length == "u" and i < len(mine) and int(mine[i].split()[0]) > int(depth):
                i += 1
        elif t in (mine[i], " ".join((depth, group, element, even))):
            i += 1
        elif i and mine[i] == mine[i - 1] and i + 1 < len(mine) and t == mine[i + 1]:
            i += 2  # an element that stands twice, which dcmdump shows once
        else:
            return i, k
    return None if i == len(mine) else (i, len(theirs))

def dicom_run():
    import importlib.util
    spec = importlib.util.find_spec("pydicom")
    if not spec or not shutil.which("dcmdump"):
        print("dicom: python3-pydicom or dcmtk is not installed")
        return
    c = collections.Counter()
    root = os.path.dirname(spec.origin)
    for path in sorted(glob.glob(root + "/data/**/*.dcm", recursive=True)):
        c["files"] += 1
        out, why = ours("dicom", path)
        if out is None:
            c["refused: " + why] += 1
            continue
        c["read"] += 1
        theirs = dicom_theirs(path)
        if theirs is None:
            c["not by dcmdump"] += 1
        elif not out:
            c["deflated, or empty"] += 1
        elif dicom_same(out.splitlines(), theirs) is None:
            c["agree"] += 1
            c["elements"] += len(theirs)
        else:
            mine = out.splitlines()
            i, k = dicom_same(mine, theirs)
            differ(path, "ours %s, dcmdump %s" % (mine[i:i + 1], theirs[k:k + 1]))
    agreed_with(c)
    print("dicom: " + ", ".join("%d %s" % (n, k) for k, n in c.items()))

def leaves(v):
    if isinstance(v, (dict, list)) and v:
        return sum(leaves(x) for x in (v.values() if isinstance(v, dict) else v))
    return 1

def fhir_run():
    c = collections.Counter()
    for path in sorted(glob.glob(corpus + "/fhir/*.json")):
        c["files"] += 1
        out, why = ours("json", path)
        try:
            # One sample is Latin-1; bytes that are not UTF-8 we compare as they are.
            want = leaves(json.load(open(path, encoding="utf-8-sig", errors="replace")))
        except ValueError:
            want = None
        if out is None:
            c["refused: " + why] += 1
            if want is not None:
                differ(path, why)
        elif int(out.split()[0]) == want:
            c["agree"] += 1
            c["fields"] += want
        else:
            differ(path, "%s, Python %s" % (out.strip(), want))
    agreed_with(c)
    print("fhir: " + ", ".join("%d %s" % (n, k) for k, n in c.items()))

hl7_run()
dicom_run()
fhir_run()
print("content: %d passed, %d failed" % (agreed, disagreed))
sys.exit(disagreed != 0)
