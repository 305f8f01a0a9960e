/* command: see command.h. */
#include "main/command.h"

#include <stdio.h>
#include <string.h>

#include "main/role.h"

static int help_run(int argc, char **argv);
static int completion_run(int argc, char **argv);
static int version_run(int argc, char **argv);

#define LIST_MORE                                                              \
	"  list [WHAT]         all, newest first, or those WHAT names (a card, an address, a name, a rule, an id)\n" \
	"  show ID             one of them, every field on a line of its own\n" \
	"  --state DIR         the site whose record it is\n" \
	"  --store DB          or the database `watch --store` wrote (default paravent.db)\n" \
	"  --limit N           at most N (default 1000)\n" \
	"  --json | --jsonl    one array, or one object a line\n"

static const struct command COMMANDS[] = {
	{ "watch", "(-r FILE… | -i IFACE…) [options]", "see who stands between whom, in a capture or live", watch_run,
	  "  -r FILE             read a capture: pcap or pcapng, gzip or zstd too, - for standard input; may be repeated\n"
	  "  -i IFACE            listen to an interface (needs root or CAP_NET_RAW); may be repeated\n"
	  "  --tap NAME=SOURCE   a file or interface at a place with a name; may be repeated, the one nearest the devices first\n"
	  "  --routes            tell at the end which ways clinical messages took, and what became of them there\n"
	  "  -p, --policy FILE   hospital.yaml: what the policy says is a witness too\n"
	  "  --pki DIR           the hospital's own CA (SITE/pki): what it certified for a name is a witness too\n"
	  "  --jsonl FILE|-      write alerts as EVE JSON lines\n"
	  "  --events LIST       none, all, or some of arp,dhcp,dhcpv6,dns,nbns,tls,http,hl7,dicom,mqtt,coap,flow\n"
	  "  --store DB          keep devices, flows, certificates, findings and incidents in this SQLite file\n"
	  "  --state DIR         a site: the record is DIR/paravent.db, and what matters is entered in its ledger\n"
	  "  --verify S[,S]      how often the ledger is verified: what was added, and all of it (default 60,86400 seconds; 0 never)\n"
	  "  --ring MIB          of a site's live run: the last packets of each interface, evidence is cut from them (default 64; 0 for none)\n"
	  "  --evidence MIB,N    the most that is sealed a day, in bytes and files (default 1024,4096)\n"
	  "  --fail-on N         exit with 1 if there was a finding of severity N or worse (1 is the highest)\n"
	  "  --severity N        show findings in words down to severity N (default 3; 4 is information)\n"
	  "  --memory MIB        memory of the sensors' tables together (default 40)\n"
	  "  --queues N          readers of each interface, each on its share of the flows (default 1)\n"
	  "  --color WHEN        auto, always or never\n" },
	{ "reconcile", "--a FILE|IFACE --b FILE|IFACE [options]", "compare every clinical message seen at two taps, field by field", reconcile_run,
	  "  --a FILE|IFACE      the tap nearer the devices\n"
	  "  --b FILE|IFACE      the tap nearer the record system\n"
	  "  -p, --policy FILE   hospital.yaml\n"
	  "  --jsonl FILE|-      write alerts as EVE JSON lines\n"
	  "  --json              the routes and counts as one JSON object\n"
	  "  --state DIR         a site: its record and its ledger (--verify S[,S] as of watch)\n"
	  "  --restore DIR       what the sender said of each message altered or dropped, and a proposed correction; nothing is sent\n" },
	{ "gate", "run|check|routes|status|metrics|reload|stop|drain|harden|canary", "hold clinical connections at both ends: TLS, MLLP, DICOM", gate_command_run,
	  "  run -p FILE         the gateway of hospital.yaml, until it is told to stop\n"
	  "  check FILE          could it serve by this file?\n"
	  "  routes FILE         what its routes let through, in plain words (--json)\n"
	  "  status [ROUTE]      conversations, messages, backends (--json)\n"
	  "  metrics             the counters, for Prometheus\n"
	  "  reload              read hospital.yaml and its files again: a new generation serves, or nothing changes\n"
	  "  stop\n"
	  "  drain ROUTE BACKEND it takes no new message; --off: it does again\n"
	  "  harden [ROUTE]      clients must prove themselves, backends are those of the hardened path; --off\n"
	  "  canary ROUTE PERCENT|policy\n"
	  "  --reason TEXT       why; wanted by drain, harden and canary, and entered in the ledger with --by NAME\n"
	  "  --dry-run           say what would be ordered\n"
	  "  --workers N         of run: processes that serve, one a core (default 1)\n"
	  "  --connections N     of run: at most so many a worker (default 10000)\n"
	  "  -i, --interface IF  of run: watch this wire too, and hold what comes there against what was forwarded (--tap NAME=IF)\n"
	  "  --routes            of run: at the end, the ways messages took\n"
	  "  --jsonl FILE|-      of run: the access log and findings, as EVE JSON lines\n"
	  "  --store DB          of run: findings in this SQLite file\n"
	  "  --state DIR         the site: its record and its ledger; orders over DIR/gate.sock\n"
	  "  --control PATH      orders over this socket (default /run/paravent-gate.sock without a site)\n" },
	{ "init", "--name NAME [--state DIR]", "make a site: its keys and its tamper-evident ledger", init_run,
	  "  --name NAME         of the ledger, for ever; a name nobody else has, as in hospital.example/paravent\n"
	  "  --state DIR         the site's directory (default: $PARAVENT_STATE, else ./paravent.state)\n" },
	{ "device", "list|show", "the devices seen", list_run, LIST_MORE },
	{ "service", "list|show", "the services seen, and how each is protected", list_run, LIST_MORE },
	{ "flow", "list|show", "who talks to whom, in what, protected how", list_run, LIST_MORE },
	{ "cert", "list|show", "the certificates seen", list_run, LIST_MORE },
	{ "finding", "list|show", "contradictions that nothing explains", list_run, LIST_MORE },
	{ "incident", "list|show|ack|assign|note|contained|recovered|close|false-alarm|export|runbook [ID] [WORDS]", "findings joined by attacker, victim and time; and what people do about them", incident_run,
	  "  list [WHAT]         all, newest first\n"
	  "  show ID             state, times, devices, what was missing, timeline\n"
	  "  ack ID [NOTE]       somebody looks into it; opens a closed one again\n"
	  "  assign ID OWNER [NOTE]\n"
	  "  note ID NOTE        with --severity N, --phi yes|no|unknown: the note is the reason\n"
	  "  contained ID NOTE   recovered ID NOTE   close ID REASON   false-alarm ID REASON\n"
	  "  export ID -o FILE   one signed zip file: timeline, findings, packets, proofs\n"
	  "  runbook ID|RULE     the steps to take, by whom, with which commands\n"
	  "  --state DIR         the site (default $PARAVENT_STATE or paravent.state): its record and its ledger\n"
	  "  --store DB          the database alone; then nothing is written to a ledger\n"
	  "  --policy FILE       hospital.yaml: names, and what was declared and not enforced (-p)\n"
	  "  --by NAME           who does it (default: your login name)\n"
	  "  --dry-run           say what would be written, and write nothing\n"
	  "  --captures DIR      with export: where the captures are, for the packets\n"
	  "  --reason TEXT       with export: open sealed evidence and lay the messages side by side; why, for the ledger\n"
	  "  --json | --jsonl    for machines\n" },
	{ "evidence", "verify FILE.zip --key VKEY | --finding ID -o FILE.zip --reason TEXT", "one finding's packets and messages; or check what was exported, without the system it came from", evidence_run,
	  "  verify FILE.zip     is it what was signed?\n"
	  "  --key VKEY          the ledger's public key, or a file with it (ledger.vkey)\n"
	  "  --finding ID        by its number: packets of both sightings, both messages side by side, the claims\n"
	  "  -o FILE.zip         for its owner alone: it holds patients' data\n"
	  "  --reason TEXT       why; entered in the ledger, with who it was, before anything is read\n"
	  "  --state DIR         the site: its record, its sealed evidence, its keys and its ledger\n"
	  "  --store DB          the database alone; then the packets are looked for in the captures\n"
	  "  --captures DIR      where the captures are\n"
	  "  --by NAME           who does it (default: your login name)\n"
	  "  --json              one object\n" },
	{ "ledger", "verify|prove|show|tail|export|witness|cosign|timestamp [options]", "the tamper-evident log: verify it, prove an entry, have others vouch for it", ledger_run,
	  "  verify              all of it: every entry, every hash, the signature; a copy too, as DIR with --key\n"
	  "  verify FILE.tlog-proof   one entry's proof; the entry lies beside it as FILE.json, or --entry FILE\n"
	  "  prove INDEX -o FILE.tlog-proof\n"
	  "  show INDEX          one entry, shown only if it is in the signed tree; tail [-n N] [-f]: the last ones\n"
	  "  export -o FILE.zip  the log's files, for others to verify\n"
	  "  witness init --name NAME   a key to cosign others' logs with\n"
	  "  witness --listen ADDRESS:PORT --policy FILE   cosign the logs the policy names (c2sp.org/tlog-witness)\n"
	  "  cosign --policy FILE       ask the policy's witnesses; is its quorum met? (c2sp.org/tlog-policy)\n"
	  "  timestamp --tsa URL --ca FILE   have the time of the checkpoint stamped (RFC 3161)\n"
	  "  --state DIR         the site (default $PARAVENT_STATE or paravent.state)\n"
	  "  --key VKEY          the log's public key, or a file with it\n"
	  "  --remembered FILE   a checkpoint seen before: shows whether the log was cut, rolled back or forked since\n"
	  "  --tls-ca FILE       certificates to trust for https instead of the system's\n"
	  "  --json              for machines\n" },
	{ "pki", "init|issue|renew|pending|approve|deny|revoke|crl|list|show|inspect|expiring|status|serve|code|eab|accounts|close|trust-factory|agent|inventory|dependents|profile|rotate [options]", "the hospital's own CA: certificates for its devices, and their status", pki_run,
	  "  init                a root, its key encrypted in --root-key FILE to be carried away, and the issuing CA\n"
	  "  issue               certificates for the requests in --csr FILE (PEM, any number, or DER)\n"
	  "  renew SERIAL        the same names again, for the request in --csr FILE\n"
	  "  pending             who waits for approval; approve ID, deny ID\n"
	  "  revoke SERIAL       with --reason key-compromise, superseded, cessation …; crl: the lists anew\n"
	  "  list [WHAT]         those issued; show SERIAL, expiring [DAYS], inspect FILE\n"
	  "  status --listen ADDRESS:PORT   answers over HTTP: /ocsp, /crl/N.crl, /ca/issuing.cer; --presign: signed ahead\n"
	  "  agent --url U --dir DIR --ca root.pem --device NAME   on a device: enrols, and renews in time; --config FILE, --once, --renew,\n"
	  "                      --code-file FILE, --factory FILE, --dns D, --address A, -- HOOK ARGUMENT…\n"
	  "  inventory [WHAT]    issued beside seen: unseen, foreign, elsewhere, expiring, weak, shared; --store DB\n"
	  "  dependents SERIAL|ca   who breaks if it is rotated: flows seen, pins\n"
	  "  profile TARGET DEVICE  settings for nginx, freeradius …; --dir DIR, --peer HOST, --ssid NAME, --wireguard-key FILE\n"
	  "  rotate --root-key FILE   a new issuing CA below the same root\n"
	  "  serve --https ADDRESS:PORT [--http ADDRESS:PORT] [--scep-legacy]   devices enrol themselves: EST, SCEP\n"
	  "  code DEVICE         a code by which it enrols once, told once; trust-factory FILE: its maker's CA\n"
	  "  eab DEVICE          a key by which a program may have an ACME account for it; --account-key FILE: by its own key\n"
	  "  accounts [DEVICE]   those of ACME, and who may have one; close NUMBER\n"
	  "  --resolver ADDRESS  of serve: who is asked for names (default: the system's); --validate-http-port, --validate-tls-port N\n"
	  "  --state DIR         the site (default $PARAVENT_STATE or paravent.state)\n"
	  "  -p, --policy FILE   hospital.yaml: the devices that are issued to without approval, shorter lives\n"
	  "  --profile P         device, gateway-server, gateway-client, server, supplicant, radius, administrator\n"
	  "  --device NAME       whose certificate it is, as hospital.yaml names it\n"
	  "  --name HOSPITAL     of init; --key p256|p384|rsa3072|ed25519|pkcs11:URI, --passphrase-file FILE, --url http://HOST\n"
	  "  --domain D, --subnet S   of init, several: the CA can issue for no others\n"
	  "  --csr FILE          may be repeated\n"
	  "  --by NAME           who does it (default: your login name)\n"
	  "  --dry-run           say what would be done, and do nothing\n"
	  "  --json              for machines\n" },
	{ "sign", "init | FILE --kind KIND --version V [-o FILE.dsse]", "sign firmware or a viewer's package: a detached statement of its digest, device kind and version", sign_run,
	  "  init                the key for packages, in the keys' process; DIR/pki/release.pub is for everybody\n"
	  "  --kind KIND         of the devices it is for\n"
	  "  --version V         one to eight numbers with dots between\n"
	  "  -o FILE.dsse        the statement (default: FILE.dsse, beside it)\n"
	  "  --proof             the ledger's proof too, as FILE.dsse.tlog-proof\n"
	  "  --key ed25519|p256  of init\n"
	  "  --state DIR         the site (default $PARAVENT_STATE or paravent.state)\n"
	  "  --by NAME           who does it (default: your login name)\n" },
	{ "verify", "FILE --key release.pub --kind KIND [--remember FILE]", "is this package what was signed, for this device, and no older than the last?  Offline", verify_run,
	  "  --key FILE          the public key it must be signed with (PEM)\n"
	  "  --kind KIND         of the device it is for\n"
	  "  --statement FILE    the statement (default: FILE.dsse)\n"
	  "  --remember FILE     what was accepted last: nothing older is accepted after it\n"
	  "  --proof             the ledger's proof beside the statement must hold too, with --ledger-key VKEY\n"
	  "  --json              one object\n" },
	{ "policy", "check|show FILE", "read hospital.yaml and say what is wrong, with line and column", policy_run, "" },
	{ "doctor", "[-i IFACE]", "what this host can see and do, and which rules therefore cannot fire", doctor_run,
	  "  -i IFACE            look at this interface (default: all)\n"
	  "  --json              one object\n" },
	{ "help", "[COMMAND]", "this, or the options of a command", help_run, "" },
	{ "completion", "", "a completion script for bash: source <(paravent completion)", completion_run, "" },
	{ "version", "", "the version", version_run, "" },
};
enum { COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static const struct command *
find(const char *name)
{
	for (int i = 0; i < COUNT; i++)
		if (strcmp(COMMANDS[i].name, name) == 0)
			return &COMMANDS[i];
	return NULL;
}

static int
help_run(int argc, char **argv)
{
	const struct command *c = argc > 1 ? find(argv[1]) : NULL;

	if (argc > 1 && !c) {
		fprintf(stderr, "paravent: there is no command %s; `paravent help` lists them\n", argv[1]);
		return EXIT_USAGE;
	}
	if (c) {
		printf("usage: paravent %s %s\n%s.\n%s", c->name, c->arguments, c->does, c->more);
		return EXIT_FINE;
	}
	printf("usage: paravent COMMAND …\n\n");
	for (int i = 0; i < COUNT; i++)
		printf("  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].does);
	printf("\nExit: 0 fine, 1 findings at or above --fail-on, 2 usage, 3 could not run or only in part, 4 waits for approval, 5 refused, 6 ledger or evidence failed.\n");
	return EXIT_FINE;
}

static int
completion_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("_paravent() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n\tif [ $COMP_CWORD = 1 ]; then COMPREPLY=($(compgen -W '");
	for (int i = 0; i < COUNT; i++)
		printf("%s ", COMMANDS[i].name);
	printf("' -- \"$cur\")); return; fi\n\tcase ${COMP_WORDS[1]} in\n");
	for (int i = 0; i < COUNT; i++) {
		printf("\t%s) COMPREPLY=($(compgen -W '", COMMANDS[i].name);
		for (const char *p = COMMANDS[i].more; (p = strstr(p, "--")); p++)
			if (p[-1] == ' ')
				printf("%.*s ", (int)strcspn(p, " ,|\n"), p);
		for (const char *p = COMMANDS[i].arguments; (*p >= 'a' && *p <= 'z') || *p == '-' || *p == '|'; p++)
			putchar(*p == '|' ? ' ' : *p); /* its verbs, if it begins with them */
		printf("' -f -- \"$cur\"));;\n");
	}
	printf("\tesac\n}\ncomplete -o filenames -F _paravent paravent\n");
	return EXIT_FINE;
}

static int
version_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("paravent " PARAVENT_VERSION "\n");
	return EXIT_FINE;
}

int
command_run(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2)
		return help_run(1, argv);
	if (strcmp(argv[1], "role") == 0 && argc == 4)
		return role_main(argv[2], argv[3]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_run(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0)
		return version_run(0, NULL);
	c = find(argv[1]);
	if (!c) {
		fprintf(stderr, "paravent: there is no command %s; `paravent help` lists them\n", argv[1]);
		return EXIT_USAGE;
	}
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return help_run(2, (char *[]){ argv[0], argv[1] });
	return c->run(argc - 1, argv + 1);
}
