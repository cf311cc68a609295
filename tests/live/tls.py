#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""TLS with clients that we did not write: OpenSSL's s_client, Python, swaks.

Which certificate they are shown, which versions they may speak, and that one
that is no good stops nothing (catalogue 67-71).
"""
import os
import re
import smtplib
import ssl
import subprocess

import lib

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
state state
limits { handshake-time 3s }
resolver 127.0.0.1:%d
tls certs/a
tls certs/gone
tls certs/a-rsa
tls certs/b
tls certs/mixed
tls certs/late
"""
POLICY = """\
policy live "everything is welcome"
junk at 1000
"""
MESSAGE = "Subject: over TLS\r\n\r\nhello\r\n"


class Test:
    def __init__(self, room, openssl):
        self.room, self.tap, self.openssl = room, room.tap, openssl
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.certificate("a", "a.test")
        self.certificate("a-rsa", "a.test", rsa=True)
        self.certificate("b", "b.test")
        self.certificate("late", "late.test", is_late=True)
        self.certificate("mixed", "mixed.test")
        self.certificate("mixed", "mixed.test", only_key=True)
        self.daemon = lib.Daemon(room, CONF % self.dead.port, "", "tls",
                                 "tls proxy from 127.0.0.0/8")

    def certificate(self, folder, name, rsa=False, is_late=False,
                    only_key=False):
        folder = self.room.folder("certs/" + folder)
        key = ["rsa:2048"] if rsa else \
            ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        out = "/dev/null" if only_key else folder + "/fullchain.pem"
        when = ["-days", "3" if is_late else "90"]
        subprocess.run(
            [self.openssl, "req", "-x509", "-newkey", *key, "-nodes",
             "-keyout", folder + "/privkey.pem", "-out", out, "-subj",
             "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, *when],
            check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for file in os.listdir(folder):
            os.chmod(os.path.join(folder, file), 0o600)
            self.room.own(os.path.join(folder, file))

    def s_client(self, *options, port=0):
        """Its status and what it says."""
        starttls = ["-starttls", "smtp"] if port == 0 else []
        run = subprocess.run(
            [self.openssl, "s_client", "-connect",
             "127.0.0.1:%d" % self.daemon.ports[port], *starttls, *options],
            input=b"QUIT\r\n", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=30)
        return run.returncode, run.stdout.decode("latin-1")

    def shown(self, name, kind, why, *options):
        ident = ["-servername", name] if name else ["-noservername"]
        said = self.s_client(*ident, *options)[1]
        subject = re.search(r"subject=CN = (\S+)", said)
        signed = re.search(r"Peer signature type: (\S+)", said)
        self.tap.same((subject and subject.group(1),
                       signed and signed.group(1)), kind, why)

    # --- certificates --------------------------------------------------------

    def test_names(self):
        self.shown("a.test", ("a.test", "ECDSA"), "the name that is asked for")
        self.shown("b.test", ("b.test", "ECDSA"), "another one")
        self.shown("B.TEST", ("b.test", "ECDSA"), "in upper case")
        self.shown("late.test", ("late.test", "ECDSA"),
                   "one that ends in three days stays")
        self.shown("c.test", ("a.test", "ECDSA"),
                   "who asks for a stranger gets the first")
        self.shown(None, ("a.test", "ECDSA"), "who asks for none too")
        self.shown("mixed.test", ("a.test", "ECDSA"),
                   "one that is no good is not shown")
        self.shown("a.test", ("a.test", "RSA-PSS"),
                   "RSA for a client that knows nothing else",
                   "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256")
        log = self.daemon.log()
        self.tap.has(log, "gone/fullchain.pem", "a missing one is named")
        self.tap.has(log, "P0047", "one with another's key too")
        self.tap.has(log, "P0048", "and the late one")

    def test_versions(self):
        for version, good in (("-tls1_3", True), ("-tls1_2", True),
                              ("-tls1_1", False)):
            said = self.s_client(version, "-cipher", "DEFAULT@SECLEVEL=0")[1]
            self.tap.same("Cipher is (NONE)" not in said and
                          "no peer certificate" not in said, good,
                          "%s: %s" % (version[1:],
                                      "spoken" if good else "refused"))

    def test_sessions(self):
        """Each is a new one: no ticket, nothing to resume."""
        for version in ("-tls1_2", "-tls1_3"):
            said = self.s_client(version, "-reconnect")[1] \
                if version == "-tls1_2" else self.s_client(version)[1]
            self.tap.ok("Reused," not in said and
                        "TLS session ticket:" not in said,
                        "%s: no resumption" % version[1:], said)

    # --- mail ----------------------------------------------------------------

    def letters(self):
        box = self.room.at("mail/x.test/me/new")
        return [open(os.path.join(box, name), encoding="latin-1").read()
                for name in sorted(os.listdir(box))] \
            if os.path.isdir(box) else []

    def test_python(self):
        context = lib.any_certificate()
        port = self.daemon.ports
        for name, version in (("1.2", ssl.TLSVersion.TLSv1_2),
                              ("1.3", ssl.TLSVersion.TLSv1_3)):
            context = lib.any_certificate()
            context.maximum_version = context.minimum_version = version
            before = len(self.letters())
            with smtplib.SMTP("127.0.0.1", port[0], timeout=20) as s:
                s.starttls(context=context)
                s.sendmail("joe@good.test", ["me@x.test"], MESSAGE)
            with smtplib.SMTP_SSL("127.0.0.1", port[1], timeout=20,
                                  context=context) as s:
                s.sendmail("joe@good.test", ["me@x.test"], MESSAGE)
            fresh = self.letters()
            self.tap.same(len(fresh), before + 2,
                          "smtplib, TLS %s: STARTTLS and at once" % name)
            self.tap.same(
                len([m for m in fresh if "with ESMTPS" in m and
                     "(TLSv%s " % name in m]), 2,
                "smtplib, TLS %s: Received says so" % name)
            self.tap.same(self.daemon.log().count("tls=TLSv" + name), 2,
                          "smtplib, TLS %s: the log says so" % name)

    def test_swaks(self):
        swaks = lib.need("swaks")
        for option, port in (("--tls", 0), ("--tlsc", 1)):
            before = len(self.letters())
            run = subprocess.run(
                [swaks, "--server", "127.0.0.1:%d" % self.daemon.ports[port],
                 "--from", "joe@good.test", "--to", "me@x.test", option,
                 "--timeout", "10"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                cwd=self.room.path, env={**os.environ,
                                         "HOME": self.room.path})
            self.tap.same((run.returncode, len(self.letters())),
                          (0, before + 1), "swaks %s" % option)

    def test_postern(self):
        postern = os.environ.get("POSTERN", lib.BUILD + "/postern")
        for option, port in (("--tls", 0), ("--tls-on-connect", 1)):
            run = subprocess.run(
                [postern, "send", "--server",
                 "localhost:%d" % self.daemon.ports[port], option,
                 "--to", "me@x.test"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            self.tap.ok(run.returncode == 0 and b"* TLSv1.3 " in run.stdout,
                        "postern send %s" % option, run.returncode,
                        run.stdout.decode("latin-1"))
        run = subprocess.run(
            [postern, "send", "--server",
             "127.0.0.1:%d" % self.daemon.ports[1], "--tls", "--to",
             "me@x.test"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60)
        self.tap.same(run.returncode, 29,
                      "postern send --tls where TLS comes first")

    def test_proxy(self):
        client = lib.socket.create_connection(
            ("127.0.0.1", self.daemon.ports[2]), lib.PATIENCE)
        client.sendall(b"PROXY TCP4 192.0.2.9 127.0.0.1 40000 465\r\n")
        with lib.any_certificate().wrap_socket(client) as s:
            file = s.makefile("rb")
            greeting = file.readline()
            s.sendall(b"QUIT\r\n")
            bye = file.readline()
        self.tap.ok(greeting.startswith(b"220 ") and bye.startswith(b"221"),
                    "PROXY in clear, then TLS, then the greeting")
        # Its line may come after the last word to the client.
        lib.until(lambda: "ip=192.0.2.9" in self.daemon.log())
        self.tap.has(self.daemon.log(), "ip=192.0.2.9",
                     "and the client is the one it names")

    def test_plain(self):
        replies = lib.send(self.daemon.ports[0], "joe@good.test",
                           ["me@x.test"], b"Subject: plain\n\nhello\n")
        self.tap.same([r.code for r in replies], [250, 250],
                      "plain mail goes on")


def main():
    openssl = lib.need("openssl")
    with lib.Room() as room:
        test = Test(room, openssl)
        test.test_names()
        test.test_versions()
        test.test_sessions()
        test.test_python()
        test.test_swaks()
        test.test_postern()
        test.test_proxy()
        test.test_plain()
        test.daemon.end()
        room.tap.done()


main()
