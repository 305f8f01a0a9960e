#!/bin/sh
# HL7 messages of 1 KiB with their acknowledgements, seen at two taps: paired and compared per second of CPU of all processes, and the most
# memory any of them took, which must not grow with their number; beside it what a bare libpcap loop takes for the same files, once.
# usage: messages.sh [COUNT]; MOST=1000000 for the memory of a million too (2.5 GB of disk)
cd "$(dirname "$0")/../.." || exit 2
PARAVENT=${PARAVENT:-build/paravent}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O3 -o "$dir/null" test/bench/null.c -lpcap || exit 2
exec python3 - "$PARAVENT" "$dir" "${1:-100000}" <<'X'
import json, os, resource, subprocess, sys
paravent, where, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
a, b = where + "/a.pcap", where + "/b.pcap"
for count in (most // 10, most) + ((int(os.environ["MOST"]),) if "MOST" in os.environ else ()):
    subprocess.run([sys.executable, "test/bench/messages.py", str(count), a, b], check=True)
    best = bare = None
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for f in (a, b):
            subprocess.run([where + "/null", f], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        bare = min(cpu, bare or cpu)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = subprocess.run([paravent, "reconcile", "--json", "--a", a, "--b", b], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(cpu, best or cpu)
        assert json.loads(out)["identical"] == count
    print("messages: %d paired and compared, %.0f/s of CPU (both readings of the files), at most %d KiB in a process; a bare libpcap loop takes %.3f of it" %
          (count, count / best, after.ru_maxrss, bare / best))
X
