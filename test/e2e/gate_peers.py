"""Peers that others wrote. node's are fetched into the temporary folder where npm can fetch."""
from gate import *

PYTHON = "/usr/bin/python3"
if subprocess.run([PYTHON, "-c", "import hl7.mllp, hl7.client"], stderr=subprocess.DEVNULL).returncode:
    print("SKIP: python3-hl7 is not installed")
    sys.exit(77)
ca()
leaf("gw", "serverAuth,clientAuth", san="DNS:localhost,IP:127.0.0.1")
leaf("gwrsa", "serverAuth,clientAuth", key="rsa", san="DNS:localhost,IP:127.0.0.1")
leaf("pump1")
leaf("pump2", key="rsa")


def background(*argv):
    PROCESSES.append(subprocess.Popen([str(a) for a in argv], stdout=open(DIR / (os.path.basename(argv[1]) + ".log"), "ab"), stderr=subprocess.STDOUT, cwd=DIR))


def listening(n):
    def there():
        try:
            socket.create_connection(("127.0.0.1", n), 1).close()
            return True
        except OSError:
            return False
    until(there, "a peer listens on %d" % n, 20)


# Who has node's peers, has them; where nothing can be fetched python's alone are met.
node = shutil.which("npm") and subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "node-hl7-client", "node-hl7-server", "simple-hl7"], cwd=DIR,
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode == 0
(DIR / "server.py").write_text("""import asyncio, sys, hl7, hl7.mllp
async def serve(reader, writer):
    try:
        while True:
            message = await reader.readmessage()
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await hl7.mllp.start_hl7_server(serve, host="127.0.0.1", port=int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
""")
(DIR / "client.py").write_text("""import sys, hl7, hl7.client
with hl7.client.MLLPClient("127.0.0.1", int(sys.argv[1])) as c:
    for i in range(int(sys.argv[2])):
        text = "MSH|^~\\\\&|MON|ICU|EHR|HOSP|20260101000000||ORU^R01|P%d|P|2.5.1\\rPID|1||0\\rOBX|1|NM|8867-4||72\\r" % i
        answer = hl7.parse(c.send_message(text).decode().strip("\\x0b\\x1c\\r") + "\\r")
        assert str(answer.segment("MSA")[1]) == "AA" and str(answer.segment("MSA")[2]) == "P%d" % i, answer
print("fine")
""")
(DIR / "node_server.cjs").write_text("""const { Server } = require('node-hl7-server');
new Server({ bindAddress: '127.0.0.1' }).createInbound({ port: +process.argv[2] }, async (req, res) => { await res.sendResponse('AA'); });
""")
(DIR / "node_client.cjs").write_text("""const fs = require('fs');
const { Client, Message } = require('node-hl7-client');
const [port, n, name] = [+process.argv[2], +process.argv[3], process.argv[4]];
const tls = name ? { key: fs.readFileSync(name + '.key'), cert: fs.readFileSync(name + '.pem'), ca: fs.readFileSync('ca.pem') } : undefined;
const client = new Client({ host: 'localhost', tls });
let got = 0;
const out = client.createConnection({ port }, async (res) => {
  const m = res.getMessage();
  if (m.get('MSA.1').toString() !== 'AA' || m.get('MSA.2').toString() !== 'N' + got) { console.log('wrong', m.toString()); process.exit(1); }
  if (++got === n) { console.log('fine'); process.exit(0); }
  send(got);
});
function send(i) {
  out.sendMessage(new Message({ text: 'MSH|^~\\\\&|MON|ICU|EHR|HOSP|20260101000000||ORU^R01|N' + i + '|P|2.5.1\\rOBX|1|NM|8867-4||72' }));
}
out.once('connect', () => send(0)); // earlier it would connect twice, and might send on both
setTimeout(() => { console.log('nothing came'); process.exit(1); }, 20000);
""")
(DIR / "simple_server.cjs").write_text("""const hl7 = require('simple-hl7');
const app = hl7.tcp();
app.use((req, res, next) => { res.end(); });
app.start(+process.argv[2]);
""")
(DIR / "simple_client.cjs").write_text("""const hl7 = require('simple-hl7');
const client = hl7.Server.createTcpClient('localhost', +process.argv[2]);
const n = +process.argv[3];
function send(i) {
  const m = new hl7.Message('MON', 'ICU', 'EHR', 'HOSP', '20260101000000', '', ['ORU', 'R01'], 'S' + i, 'P', '2.5');
  m.addSegment('OBX', '1', 'NM', '8867-4', '', '72');
  client.send(m, (err, ack) => {
    if (err || ack.getSegment('MSA').getField(1) !== 'AA' || ack.getSegment('MSA').getField(2) !== 'S' + i) { console.log('wrong', err); process.exit(1); }
    if (i + 1 === n) { console.log('fine'); process.exit(0); }
    setImmediate(send, i + 1);
  });
}
send(0);
setTimeout(() => { console.log('nothing came'); process.exit(1); }, 20000);
""")
servers = {"python": (PYTHON, "server.py")}
clients = {"python": (PYTHON, "client.py")}
if node:
    for name in ("node", "simple"):
        servers[name], clients[name] = ("node", name + "_server.cjs"), ("node", name + "_client.cjs")
else:
    print("node's peers could not be fetched: python's alone")
routes, ports = [], {}
for name, server in servers.items():
    at = {k: port() for k in ("server", "tls", "far", "edge")}
    background(*server, at["server"])
    routes += [route(name, at["tls"], [(name, at["server"])], cert=["gw", "gwrsa"]),
               route(name + "-far", at["far"], [(name, at["server"])], mode="unwrap", cert=["gw", "gwrsa"], clients=[{"device": "localhost"}]),
               route(name + "-edge", at["edge"], [("far", at["far"], {"tls": True, "server_name": "localhost"})], mode="wrap", cert="gw", cls="vitals")]
    ports[name] = at
for at in ports.values():
    listening(at["server"])
g = Gate(routes)
N = 50
for name, at in ports.items():
    # node-hl7-server 3 answers all earlier messages of a connection again: it gets one a connection.
    n = 1 if name == "node" else N
    for who, client in clients.items():
        out = run(*client, at["edge"], n)
        check("fine" in out, who, "to", name, "through wrap and unwrap:", out)
        now = g.status(name + "-far")
        check(now["answers_total"] == now["messages_total"] and now["answers_total"] % n == 0 and now["answers_stray_total"] == 0, who, "to", name, now)
    for device in ("pump1", "pump2"):
        if node:
            out = run(*clients["node"], at["tls"], n, device)
            check("fine" in out, "node with the certificate of", device, "to", name, out)
        for i in range(N // n):
            s = dial(at["tls"], device)
            for k in range(n):
                check(ask(s, message("T%d-%d" % (i, k))) == ["AA"], "a message over TLS to", name)
            s.close()
total = sum(g.status(r["name"])["messages_total"] for r in routes)
print("gateway: %d messages of %d clients to %d servers, each acknowledged" % (total, len(clients), len(servers)))
g.stop()
