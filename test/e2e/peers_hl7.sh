# peers_hl7: python-hl7's client and server, with the relay between them; sourced by the tests beside it.
. "$(dirname "$0")/peers.sh"
need python3 ss mllp_send
/usr/bin/python3 -c 'import hl7' 2>/dev/null || skip "python3-hl7 is not installed"
HERE=$(dirname "$0")
cat >"$DIR/server.py" <<'X'
import asyncio, hl7, hl7.mllp
async def serve(reader, writer):
    try:
        while True:
            message = await reader.readmessage()
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await hl7.mllp.start_hl7_server(serve, port=2576)
    await server.serve_forever()
asyncio.run(main())
X
# messages FILE FIRST LAST EVENT: each with an id, a time and values of its own
messages() {
	python3 - "$@" <<'X'
import sys
with open(sys.argv[1], "wb") as f:
    for n in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
        f.write(("\x0bMSH|^~\\&|MON|Bed%d|EHR|HOSP|20260101%06d||ORU^%s^ORU_R01|M%07d|P|2.6\rPID|||1234%d||DOE^JANE\rOBR|1|||182777000^monitoring^SCT\r"
                 "OBX|1|NM|8867-4^HR^LN||72|/min|||||F\rOBX|2|NM|8480-6^SYS^LN||121|mm[Hg]|||||F\rOBX|3|NM|59408-5^SpO2^LN||%d|%%|||||F\rOBX|4|NM|beats^^L||%d||||||F\r\x1c\r" %
                 (n % 40, n, sys.argv[4], n, n % 40, 90 + n % 9, 60000 + n)).encode())
X
}
bg srv /usr/bin/python3 "$DIR/server.py"
listening srv 2576
send() {
	messages "$DIR/messages" "$@"
	at dev timeout 60 /usr/bin/mllp_send -q -p 2575 -f "$DIR/messages" 10.41.2.2 >"$DIR/log.dev" 2>&1 || fail "mllp_send: $(tail -n 1 "$DIR/log.dev")"
}
# run COUNT EVENT WAIT [WHAT…]: so many messages; after WAIT seconds five more, by whose time what came to nothing has.
run() {
	count=$1 event=$2 rest=$3; shift 3
	taps
	ip netns exec "$P-mid" python3 "$HERE/peers_relay.py" 2575 10.41.2.1:2576 "$@" >"$DIR/log.relay" 2>&1 & relay=$!
	PIDS="$PIDS $relay"
	listening mid 2575
	send 1 "$count" "$event"
	sleep "$rest"
	send 20001 20005 "$event"
	compared 0.5
	kill "$relay" 2>/dev/null || true
	wait "$relay" 2>/dev/null || true
}
