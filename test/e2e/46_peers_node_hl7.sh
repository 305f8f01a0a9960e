#!/bin/sh
# Goal: of HL7 messages of node-hl7-client to node-hl7-server the relay alters one in one byte: that one is told, with its field, and no other.
. "$(dirname "$0")/peers.sh"
need python3 ss node npm
(cd "$DIR" && timeout 120 npm install --silent --no-audit --no-fund node-hl7-client node-hl7-server >/dev/null 2>&1) || skip "node's peers could not be fetched"
cat >"$DIR/server.cjs" <<'X'
const { Server } = require('node-hl7-server');
new Server({ bindAddress: '10.41.2.1' }).createInbound({ port: 2576 }, async (req, res) => { await res.sendResponse('AA'); });
X
# The server answers all earlier messages of a connection again: each message has a connection of its own.
cat >"$DIR/client.cjs" <<'X'
const { Client, Message } = require('node-hl7-client');
const n = +process.argv[2];
function next(i) {
  if (i === n) { console.log('fine'); process.exit(0); }
  const to = new Client({ host: '10.41.2.2' }).createConnection({ port: 2575 }, async (res) => {
    if (res.getMessage().get('MSA.2').toString() !== 'N' + i) { console.log('wrong', res.getMessage().toString()); process.exit(1); }
    await to.close();
    next(i + 1);
  });
  to.once('connect', () => to.sendMessage(new Message({ text: 'MSH|^~\\&|MON|ICU|EHR|HOSP|20260101' + String(100000 + i) + '||ORU^R01|N' + i +
    '|P|2.6\rPID|||1234||DOE^JANE\rOBX|1|NM|8867-4^HR^LN||' + (60 + i % 30) + '|/min|||||F\rOBX|2|NM|beats^^L||' + (70000 + i) + '||||||F' })));
}
next(0);
setTimeout(() => { console.log('nothing came'); process.exit(1); }, 60000);
X
bg srv node "$DIR/server.cjs"
listening srv 2576
N=120
for how in honest altered; do
	taps
	if [ "$how" = altered ]; then set -- "||70060|" "||70860|"; else set --; fi
	ip netns exec "$P-mid" python3 "$(dirname "$0")/peers_relay.py" 2575 10.41.2.1:2576 "$@" >"$DIR/log.relay" 2>&1 & relay=$!
	PIDS="$PIDS $relay"
	listening mid 2575
	at dev sh -c "cd '$DIR' && timeout 60 node client.cjs $N" >"$DIR/log.dev" 2>&1 || fail "node: $(tail -n 2 "$DIR/log.dev")"
	compared 1
	kill "$relay" 2>/dev/null || true
	wait "$relay" 2>/dev/null || true
	[ "$(total pairs)" = "$N" ] || fail "$how: $(total pairs) of $N paired: $(cut -c1-400 "$DIR/totals")"
	if [ "$how" = altered ]; then only message.altered "OBX[2].5"; else only -; fi
done
echo "  node-hl7: $N paired, no finding; one byte altered: message.altered OBX[2].5"
echo "PASS"
