#!/bin/sh
# Goal: 200 FHIR resources, JSON and XML, through a relay: all paired; one altered byte is told, with its pointer.
. "$(dirname "$0")/peers.sh"
need python3 ss
cat >"$DIR/fhir_server.py" <<'X'
import http.server
class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a):
        pass
http.server.ThreadingHTTPServer(("", 8080), Server).serve_forever()
X
cat >"$DIR/fhir_client.py" <<'X'
import http.client, json, sys
c = http.client.HTTPConnection("10.41.2.2", 8080)
for n in range(int(sys.argv[1]), int(sys.argv[2])):
    kind, body = "json", json.dumps({"resourceType": "Observation", "status": "final", "identifier": [{"system": "urn:mon", "value": "o%d" % n}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]}, "subject": {"reference": "Patient/%d" % (n % 7)},
        "effectiveDateTime": "2026-01-01T00:%02d:%02dZ" % (n // 60, n % 60), "valueQuantity": {"value": 60000 + n, "unit": "/min", "code": "/min"}})
    if n % 10 == 9:
        kind, body = "xml", ('<Observation xmlns="http://hl7.org/fhir"><identifier><value value="o%d"/></identifier><status value="final"/><subject><reference value="Patient/%d"/>'
            '</subject><effectiveDateTime value="2026-01-01T00:%02d:%02dZ"/><valueQuantity><value value="%d"/></valueQuantity></Observation>' % (n, n % 7, n // 60, n % 60, 60000 + n))
    c.request("POST", "/fhir/Observation", body, {"Content-Type": "application/fhir+" + kind})
    assert c.getresponse().read() == b""
X
bg srv python3 "$DIR/fhir_server.py"
listening srv 8080
twice "FHIR" 8080 200 "/valueQuantity/value" "python3 $DIR/fhir_client.py 0 200; sleep 3.3; python3 $DIR/fhir_client.py 200 205" 60123 60723
echo "PASS"
