#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Messages signed by python3-dkim, keys served by knot, neither ours: posternd
asks, verifies, and says so in Authentication-Results.
"""
import base64
import os
import re
import socket
import struct
import sys

import lib

HERE = os.path.dirname(os.path.abspath(__file__))
try:
    import dkim
    from dkim import crypto
    import nacl.signing
except ImportError:
    # Debian's modules belong to Debian's interpreter.
    if sys.executable != "/usr/bin/python3" and \
            os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B"] + sys.argv)
    lib.skip("no python3-dkim with python3-nacl")

KNOT = """\
server:
  rundir: "%(path)s"
  listen: 127.0.0.1@%(port)d
log:
  - target: stderr
    any: info
database:
  storage: "%(path)s"
zone:
  - domain: test
    file: "%(path)s/test.zone"
"""

ZONE = """\
$ORIGIN test.
@ 300 SOA ns hostmaster 1 600 300 86400 300
@ 300 NS ns
ns 300 A 127.0.0.1
good 300 A 192.0.2.10
good 300 MX 10 mx.good
mx.good 300 A 192.0.2.10
_dmarc.good 300 TXT "v=DMARC1; p=reject"
"""

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
greet wait 0s
state state
resolver 127.0.0.1:%d { query-deadline 1s }
"""

POLICY = """\
policy live "everything is taken"
refuse never
"""


# --- keys --------------------------------------------------------------------

def load_keys():
    """Name to DER, from the keys of the unit tests."""
    with open(os.path.join(HERE, "../unit/dkim_keys.h")) as f:
        text = f.read()
    return {name: base64.b64decode("".join(re.findall(r'"(.*?)"', body)))
            for name, body in
            re.findall(r'#define LAB_KEY_(\w+) ((?:\\\n\t".*?" ?)+)', text)}


def pem(der):
    return b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(der) + \
        b"-----END RSA PRIVATE KEY-----\n"


def der(kind, content):
    size = len(content)
    head = bytes([size]) if size < 128 else bytes([0x82]) + \
        size.to_bytes(2, "big")
    return bytes([kind]) + head + content


def number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def public_key(secret):
    """RSAPublicKey."""
    key = crypto.parse_pem_private_key(pem(secret))
    return der(0x30, number(key["modulus"]) + number(key["publicExponent"]))


def bare_key(secret):
    return base64.b64encode(public_key(secret)).decode()


def full_key(secret):
    """SubjectPublicKeyInfo."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    bits = der(3, b"\0" + public_key(secret))
    return base64.b64encode(der(0x30, algorithm + bits)).decode()


def record(selector, domain, text):
    parts = " ".join('"%s"' % text[i:i + 200]
                     for i in range(0, len(text), 200))
    return "%s._domainkey.%s 300 TXT ( %s )\n" % (selector, domain, parts)


# --- knot --------------------------------------------------------------------

def answers(port):
    name = b"".join(bytes([len(p)]) + p for p in b"ns.test".split(b"."))
    packet = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + name + b"\0" + \
        struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect(("127.0.0.1", port))
        try:
            s.send(packet)
            return len(s.recv(512)) > len(packet)
        except OSError:
            return False


def start_knot(room, program, zone):
    room.write("test.zone", zone)
    while True:
        port = lib.free_port(socket.SOCK_DGRAM)
        conf = room.write("knot.conf", KNOT % {"path": room.path,
                                               "port": port})
        process = room.start("knot", program, "-c", conf)
        if lib.until(lambda: process.poll() is not None or answers(port)) \
                and process.poll() is None:
            return port
        said = room.read("knot.log").decode()
        if lib.ADDRESS_TAKEN not in said:
            raise RuntimeError("knot does not start:\n" + said)


# --- messages ----------------------------------------------------------------

class Test:
    def __init__(self, room, daemon, keys):
        self.room, self.tap, self.daemon = room, room.tap, daemon
        self.rsa = pem(keys["2048"])
        self.large = pem(keys["4096"])
        self.ed = base64.b64encode(keys["ED"][-32:])
        self.count = 0

    def message(self, sender="ann@good.test", body="Hi  Bob,\n\nbye \n\n"):
        self.count += 1
        return lib.message("message %d" % self.count, body,
                           From="Ann <%s>" % sender)

    def sign(self, text, key=None, selector=b"rsa", domain=b"good.test",
             **more):
        if selector == b"ed":
            key, more["signature_algorithm"] = self.ed, b"ed25519-sha256"
        wire = text.replace(b"\n", b"\r\n")
        field = dkim.sign(wire, selector, domain, key or self.rsa, **more)
        return field.replace(b"\r\n", b"\n") + text

    def results(self, text):
        """Sends it; what Authentication-Results says, method to value, in
        order."""
        reply = lib.send(self.daemon.ports[0], "ann@good.test", ["me@x.test"],
                         text, "192.0.2.10")[-1]
        if reply.code != 250:
            return [str(reply)]
        subject = re.search(rb"(?m)^Subject: (.*)$", text).group(0)
        box = self.room.at("mail/x.test/me")
        kept = [m for m in lib.maildir(box) if subject + b"\n" in m]
        field = re.search(rb"(?m)^Authentication-Results: (.*\n(?:\s.+\n)*)",
                          kept[0]).group(1).decode()
        parts = [" ".join(p.split()) for p in field.split(";")]
        self.tap.same(parts[0], "mx.x.test", "the field is ours")
        self.tap.ok(kept[0].endswith(text), "the message is as it was sent",
                    kept[0])
        return [p for p in parts[1:] if p.startswith(("dkim=", "dmarc="))]

    def check(self, why, text, *want):
        got = self.results(text)
        self.tap.ok(len(got) == len(want) and
                    all(re.match(w, g) for w, g in zip(want, got)), why,
                    "got    %s" % got, "wanted %s" % (want,))


PASS = r"dkim=pass header\.d=good\.test header\.i=@good\.test header\.s=%s " \
    r'header\.b="?[A-Za-z0-9+/]{8}"? header\.a=%s-sha256$'


def run(test):
    rsa, ed = PASS % ("rsa", "rsa"), PASS % ("ed", "ed25519")
    for canon in ((b"relaxed", b"relaxed"), (b"simple", b"simple")):
        test.check("rsa, %s" % b"/".join(canon).decode(),
                   test.sign(test.message(), canonicalize=canon), rsa,
                   "dmarc=pass")
    test.check("ed25519", test.sign(test.message(), selector=b"ed"), ed,
               "dmarc=pass")
    test.check("both", test.sign(test.sign(test.message()), selector=b"ed"),
               ed, rsa, "dmarc=pass")
    test.check("a key as bare RSAPublicKey",
               test.sign(test.message(), selector=b"bare"),
               PASS % ("bare", "rsa"), "dmarc=pass")
    test.check("4096 bits and a long note, by TCP",
               test.sign(test.message(), test.large, b"large"),
               PASS % ("large", "rsa"), "dmarc=pass")
    test.check("a body of many pieces",
               test.sign(test.message(body="0123456789 \n" * 60000)), rsa,
               "dmarc=pass")
    test.check("of a subdomain",
               test.sign(test.message("ann@news.good.test")), rsa,
               "dmarc=pass")
    test.check("a body that was changed",
               test.sign(test.message()).replace(b"bye", b"buy"),
               r'dkim=fail reason="body has changed" header\.d=good\.test',
               "dmarc=fail")
    test.check("a field that was changed",
               test.sign(test.message()).replace(b"From: Ann", b"From: Eve"),
               r'dkim=fail reason="signature does not match"', "dmarc=fail")
    test.check("a revoked key", test.sign(test.message(), selector=b"old"),
               r'dkim=permerror reason="key is revoked"', "dmarc=fail")
    test.check("a domain that tests",
               test.sign(test.message(), selector=b"trial"),
               r"dkim=policy", "dmarc=fail")
    test.check("no such key", test.sign(test.message(), selector=b"no"),
               r'dkim=permerror reason="no key in DNS"', "dmarc=fail")
    test.check("a domain that DNS refuses to tell of, and one that passes",
               test.sign(test.sign(test.message()), domain=b"good.example"),
               r"dkim=temperror .*header\.d=good\.example", rsa, "dmarc=pass")
    test.check("no signature", test.message(), "dkim=none", "dmarc=fail")


def main():
    program = lib.need("knotd")
    keys = load_keys()
    ed = nacl.signing.SigningKey(keys["ED"][-32:]).verify_key
    zone = ZONE + "".join(record(s, "good", text) for s, text in (
        ("rsa", "v=DKIM1; k=rsa; p=" + full_key(keys["2048"])),
        ("bare", "v=DKIM1; p=" + bare_key(keys["2048"])),
        ("large", "v=DKIM1; n=%s; p=" % ("x" * 1500) +
         full_key(keys["4096"])),
        ("ed", "v=DKIM1; k=ed25519; p=" +
         base64.b64encode(bytes(ed)).decode()),
        ("old", "v=DKIM1; p="),
        ("trial", "v=DKIM1; t=y; p=" + full_key(keys["2048"]))))
    with lib.Room() as room:
        port = start_knot(room, program, zone)
        room.folder("mail")
        room.write("live.policy", POLICY)
        daemon = lib.Daemon(room, CONF % port, "proxy from 127.0.0.0/8")
        run(Test(room, daemon, keys))
        daemon.end()
        room.tap.done()


main()
