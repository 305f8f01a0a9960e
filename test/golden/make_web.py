#!/usr/bin/python3
"""Captures of plain HTTP: stripping, stolen sessions, exposed credentials, and their ordinary likenesses."""
from scapy.all import Ether
from hosts import Host, Net

CLIENT, OTHER = Host("10.20.3.31", "3c:52:82:10:20:31"), Host("10.20.3.32", "f4:39:09:10:20:32")
GATEWAY = Host("10.20.3.1", "00:1b:54:10:20:01")
ATTACKER = Host("10.20.3.66", "b8:27:eb:10:20:66")
EHR = Host("10.20.3.41", "00:25:90:10:20:41")
PORTAL = Host("198.51.100.10", "00:00:00:00:00:00")
PAGE = "<html><body>" + "x" * 40 + "</body></html>"


def lan(name, *more):
    n = Net(name, GATEWAY)
    n.join(CLIENT, OTHER, EHR, *more)
    n.meet(GATEWAY, CLIENT, OTHER, EHR, *more)
    return n


def get(host, path="/", more="", agent="Mozilla/5.0"):
    return "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n%s\r\n" % (path, host, agent, more)


def ok(body=PAGE, type="text/html", more="", status="200 OK"):
    return "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, type, len(body), more, body)


def moved(location, status="301 Moved Permanently"):
    return "HTTP/1.1 %s\r\nLocation: %s\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nmoved" % (status, location)


def fetch(n, client, server, request, response, port=80, **how):
    c = n.tcp(client, server, port, **how)
    c.client(request)
    n.wait(0.003)
    c.server(response)
    c.close()
    n.wait(1)


def poisoned(n, victim=CLIENT):
    for i in range(2):
        n.poison(ATTACKER, victim, GATEWAY)
        n.poison(ATTACKER, GATEWAY, victim)
        n.wait(0.1)


def stripped(name, per_visit):
    """Redirected to HTTPS for a while; then somebody between serves the page in clear, fetching it by TLS himself."""
    n = lan(name, ATTACKER)
    host = "portal.vendor.example"
    for i in range(4):
        fetch(n, CLIENT, PORTAL, get(host), moved("https://%s/" % host))
        n.wait(3)
    poisoned(n)
    for i in range(3):
        if per_visit == "follows":
            # The upstream half: the redirect that the victim does not see.
            fetch(n, ATTACKER, PORTAL, get(host), moved("https://%s/" % host))
        if per_visit == "rewrites":
            fetch(n, CLIENT, PORTAL, get(host), moved("http://%s/" % host), through=ATTACKER)
        body = PAGE.replace("https:", "http:")
        fetch(n, CLIENT, PORTAL, get(host), ok(body), through=ATTACKER)
        n.wait(2)
    n.write()


def strip_all_paths():
    """A form page never redirected itself, on a host that only ever redirected."""
    n = lan("web-strip-form", ATTACKER)
    host = "login.vendor.example"
    for path in ("/", "/home", "/"):
        fetch(n, CLIENT, PORTAL, get(host, path), moved("https://%s%s" % (host, path)))
        n.wait(3)
    poisoned(n)
    fetch(n, CLIENT, PORTAL, get(host, "/signin?next=%2Fhome"), ok("<form method=post>" + PAGE), through=ATTACKER)
    n.write()


def both():
    """Hosts that serve both, redirect some pages, are read behind a proxy; OCSP and CRL."""
    n = lan("web-ordinary")
    proxy = n.join(Host("10.20.3.8", "00:50:56:10:20:08"))
    n.meet(proxy, CLIENT, EHR)
    for i in range(3):
        fetch(n, CLIENT, PORTAL, get("news.vendor.example", "/today"), ok())
        fetch(n, CLIENT, PORTAL, get("news.vendor.example", "/login"), moved("https://news.vendor.example/login", "302 Found"))
        fetch(n, CLIENT, PORTAL, get("news.vendor.example", "/weather"), ok())
        fetch(n, CLIENT, PORTAL, get("www.vendor.example"), moved("https://www.vendor.example/"))
        fetch(n, CLIENT, PORTAL, get("www.vendor.example", "/ocsp/MFEwTzBN"), ok("\x30\x03\x0a\x01\x00", "application/ocsp-response"))
        fetch(n, CLIENT, PORTAL, get("www.vendor.example", "/root.crl"), ok("\x30\x03\x0a\x01\x00", "application/pkix-crl"))
        fetch(n, CLIENT, PORTAL, get("www.vendor.example", "/generate_204"), "HTTP/1.1 204 No Content\r\n\r\n")
        # A reverse proxy: redirects in front, serves from behind in clear.
        fetch(n, CLIENT, proxy, get("ehr.clinic.example"), moved("https://ehr.clinic.example/"))
        fetch(n, proxy, EHR, get("ehr.clinic.example"), ok(), port=8080)
        fetch(n, proxy, EHR, get("ehr.clinic.example", more="X-Forwarded-For: 10.20.3.31\r\n"), ok())
        n.wait(3)
    n.write()


COOKIE = "Cookie: _ga=GA1.2.1111111111.2222222222; JSESSIONID=5F2C7A1B9D3E4F608192A3B4C5D6E7F8\r\n"


def theft():
    n = lan("web-cookie-theft", ATTACKER)
    for i in range(5):
        fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/chart/%d" % i, COOKIE), ok())
        n.wait(2)
    for i in range(3):
        fetch(n, ATTACKER, EHR, get("ehr.clinic.example", "/admin/%d" % i, COOKIE, "curl/7.88"), ok())
        fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/chart/9%d" % i, COOKIE), ok())
        n.wait(1)
    n.write()


def session_ordinary():
    """Forwarders, a new lease, analytics shared by all, a session that ends."""
    n = lan("web-session-ordinary")
    proxy = n.join(Host("10.20.3.8", "00:50:56:10:20:08"))
    n.meet(proxy, CLIENT, EHR)
    for i in range(4):
        request = get("ehr.clinic.example", "/chart/%d" % i, COOKIE)
        # By a proxy that says so, by one that does not, and by an address translator.
        fetch(n, CLIENT, proxy, request, ok())
        fetch(n, proxy, EHR, get("ehr.clinic.example", "/chart/%d" % i, COOKIE + "X-Forwarded-For: 10.20.3.31\r\n"), ok())
        a, b = n.tcp(CLIENT, PORTAL, 80), n.tcp(Host("203.0.113.9", GATEWAY.mac), PORTAL, 80)
        other = get("app.vendor.example", "/view/%d" % i, "Cookie: session_id=0123456789abcdef0123456789abcdef\r\n")
        a.client(other)
        b.client(other)
        b.server(ok())
        a.server(ok())
        n.wait(1)
        for h in (CLIENT, OTHER):
            fetch(n, h, PORTAL, get("www.vendor.example", "/", "Cookie: _ga=GA1.2.9999999999.8888888888; visitor_token=aaaaaaaaaaaaaaaaaaaaaaaa\r\n"), ok())
        n.wait(2)
    tablet = n.join(Host("10.20.3.77", "a4:4c:c8:10:20:77"))
    token = "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0YWJsZXQifQ.c2ln\r\n"
    for ip in ("10.20.3.77", "10.20.3.78"):
        tablet = n.join(Host(ip, tablet.mac))
        n.dhcp(tablet, GATEWAY, "tablet-7", 0x77)
        n.meet(tablet, EHR)
        for i in range(4):
            fetch(n, tablet, EHR, get("ehr.clinic.example", "/mobile/%d" % (i % 2), token), ok())
            n.wait(1)
    # It ends: refused once, signed in anew.
    fetch(n, tablet, EHR, get("ehr.clinic.example", "/mobile/0", token), ok("no", status="401 Unauthorized"))
    fresh = token.replace("c2ln", "bmV3")
    for i in range(3):
        fetch(n, tablet, EHR, get("ehr.clinic.example", "/mobile/0", fresh), ok())
    n.write()


def asked_again():
    """Somebody between shows a sign-in page though the session is good."""
    n = lan("web-asked-again", ATTACKER)
    for i in range(4):
        fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/chart", COOKIE), ok())
        n.wait(2)
    for i in range(2):
        n.poison(ATTACKER, CLIENT, EHR)
        fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/chart", COOKIE), moved("/login", "302 Found"), through=ATTACKER)
        n.ping(EHR, GATEWAY)
        n.wait(2)
    n.write()


def exposed():
    """A Basic credential crosses a card that spoofs ARP."""
    n = lan("web-credential-exposed", ATTACKER)
    basic = "Authorization: Basic bnVyc2U6bm90LWEtcmVhbC1wYXNzd29yZA==\r\n"
    fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/report", basic), ok())
    n.wait(3)
    for i in range(3):
        n.poison(ATTACKER, CLIENT, EHR)
        n.poison(ATTACKER, EHR, CLIENT)
        fetch(n, CLIENT, EHR, get("ehr.clinic.example", "/report", basic), ok(), relay=ATTACKER)
        n.wait(2)
    n.write()


stripped("web-strip-follows", "follows")
stripped("web-strip-rewrites", "rewrites")
stripped("web-strip-quiet", "")
strip_all_paths()
both()
theft()
session_ordinary()
asked_again()
exposed()
