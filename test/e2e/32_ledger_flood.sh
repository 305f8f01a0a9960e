#!/bin/sh
# Goal: findings that come by the hundred fill neither the ledger nor hide in it: some are written, the rest is counted.
PARAVENT=${PARAVENT:-build/paravent}
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

# An hour of capture in which a card takes ten addresses every minute: read in less than a second.
python3 - "$DIR/flood.pcap" <<'END'
import struct, sys
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
def arp(at, card, address, to, to_card=b"\xff" * 6):
    frame = to_card + card + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + card + address + to_card + to
    frame = frame.ljust(60, b"\0")
    out.write(struct.pack("<IIII", 1700000000 + int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame)
attacker = bytes.fromhex("b827eb000066")
for minute in range(60):
    for second in range(8):
        for host in range(10):
            address, card = bytes([10, 9, minute, 10 + host]), bytes([0, 9, 0xfb, 0, minute, host])
            arp(minute * 60 + second + host / 100, card, address, address)
            if second > 4:
                arp(minute * 60 + second + 0.5 + host / 100, attacker, address, bytes([10, 9, minute, 1]), bytes([0, 0x1b, 0x54, 0, minute, 1]))
END
"$PARAVENT" init --name flood.example/l --state "$DIR/site" >/dev/null || fail "init"
"$PARAVENT" watch -r "$DIR/flood.pcap" --state "$DIR/site" --jsonl "$DIR/alerts" >/dev/null 2>"$DIR/err" || fail "watch: $(cat "$DIR/err")"
"$PARAVENT" ledger tail --state "$DIR/site" -n 100000 --json >"$DIR/entries" || fail "tail"
python3 - "$DIR/entries" "$DIR/alerts" <<'END' || fail "the count"
import json, sys
entries = [json.loads(l)["entry"] for l in open(sys.argv[1])]
told = [json.loads(l) for l in open(sys.argv[2])]
told = sum(1 for a in told if a["event_type"] == "alert" and a["alert"]["severity"] <= 3)
kept = sum(e["type"] == "finding" for e in entries)
more = sum(int(e["says"].split()[0]) for e in entries if e["type"] == "summary" and e["subject"] == "finding")
print("  %d findings: %d entries, %d counted" % (told, kept, more))
assert told > 400 and kept < told and kept + more == told, (told, kept, more)
assert all(e["type"] in ("ledger", "role", "summary", "finding", "incident") for e in entries)
END
"$PARAVENT" ledger verify --state "$DIR/site" >/dev/null || fail "the ledger"
# A clock that steps is told.
python3 - "$DIR/step.pcap" <<'END'
import struct, sys
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
for i, at in enumerate((0, 1, 2, -3600, -3599, -3598)):
    frame = (b"\xff" * 6 + b"\x00\x09\xfb\0\0\x01\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + b"\x00\x09\xfb\0\0\x01\x0a\x09\0\x01" + b"\0" * 6 + bytes([10, 9, 0, 2 + i])).ljust(60, b"\0")
    out.write(struct.pack("<IIII", 1700000000 + at, 0, len(frame), len(frame)) + frame)
END
"$PARAVENT" watch -r "$DIR/step.pcap" --state "$DIR/site" >/dev/null 2>&1 || fail "watch with a step"
"$PARAVENT" ledger tail --state "$DIR/site" -n 20 | grep -q "clock .*capture  parent: 1 steps of the capture's clock" || fail "the step: $("$PARAVENT" ledger tail --state "$DIR/site" -n 20)"

# What people do is never counted away.
"$PARAVENT" incident list --state "$DIR/site" --json | grep -q '"id"' || fail "no incident"
echo "PASS"
