#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A storm of reloads while many send, some of them of a bad configuration, and
some that replace the program: nobody is turned away who just came, no
connection is reset, no message is lost or doubled; and what was bad changes
nothing.

RELOADS may be set; `make kill-long` does that. catalogue 126
"""
import collections
import os
import re
import signal
import ssl
import subprocess

import house
import lib

RELOADS = int(os.environ.get("RELOADS", "40"))
BAD_EVERY = 5          # of so many, the last is bad
REPLACED_EVERY = 8     # of so many, the first is by SIGUSR2
IS_LONG = RELOADS > 100
REST = 0.1 if IS_LONG else 0   # seconds between two connections of a client

BROKEN = ("limts { message 5M }\n", "policy missing.policy\n",
          "domain x.test {\n", "listen nowhere\n",
          'include "missing.conf"\n')


class Storm:
    def __init__(self, room, posternd):
        self.room, self.posternd = room, posternd
        self.good = room.read("postern.conf").decode()
        self.done = {"reloaded": 0, "reload-failed": 0}
        self.replaced = 0
        self.heard = collections.Counter()
        self.log = open(room.at(posternd.name + ".log"), "rb")

    def said(self, state):
        """How often the supervisor said so. The log grows long under load:
        it is read once."""
        for line in self.log:
            if not line.endswith(b"\n"):
                self.log.seek(-len(line), os.SEEK_CUR)
                break
            match = re.match(rb"state name=posternd state=(\S+)", line)
            if match:
                self.heard[match.group(1).decode()] += 1
        return self.heard[state]

    def reload(self, text, state, how=signal.SIGHUP):
        """Whether it ends as it must."""
        self.room.write("postern.conf", text)
        before = self.said(state)
        os.kill(self.posternd.pid, how)
        self.replaced += how == signal.SIGUSR2
        if not lib.until(lambda: self.said(state) > before, 75):
            return False
        self.done[state] += 1
        return True

    def run(self):
        for i in range(1, RELOADS + 1):
            how = signal.SIGHUP
            if i % BAD_EVERY == 0:
                text = self.good + BROKEN[i // BAD_EVERY % len(BROKEN)]
                state = "reload-failed"
            else:
                # Something that is seen: the greeting's name.
                text = re.sub("(?m)^name .*", "name mx%d.x.test" % i,
                              self.good)
                state = "reloaded"
                if i % REPLACED_EVERY == 1:
                    how = signal.SIGUSR2
            if not self.reload(text, state, how):
                return "number %d: no %s" % (i, state)
        return None


def name_of(posternd):
    """The name that a new client is greeted with."""
    client = lib.Client(posternd.ports[0])
    client.close()
    return client.greeting.text.split()[0]


def storm(room):
    tap = room.tap
    posternd = house.House(room)
    crowd = house.Crowd(room, posternd.ports, rest=REST)
    storm = Storm(room, posternd)
    lib.until(lambda: crowd.acknowledged() > 20)
    trouble = storm.run()
    tap.same(trouble, None, "each reload ends as it must")
    # A burst: many may be one, and the last one counts.
    room.write("postern.conf", storm.good)
    before = storm.said("reloaded")
    for _ in range(50):
        os.kill(posternd.pid, signal.SIGHUP)
    tap.ok(lib.until(lambda: storm.said("reloaded") > before, 75),
           "a burst of signals is a reload or some")
    tap.ok(crowd.end(), "everybody could send all")
    tap.ok(lib.until(posternd.is_whole, 70), "the house is whole",
           posternd.kinds())
    tap.ok(lib.until(lambda: name_of(posternd) == "mx.x.test"),
           "the last good configuration is in force", name_of(posternd))
    posternd.end()
    judge(tap, crowd, storm)


def judge(tap, crowd, storm):
    audit = crowd.audit()
    tap.note("%d reloads, %d of them by another program; %d bad ones" % (
        storm.done["reloaded"], storm.replaced, storm.done["reload-failed"]))
    tap.note(audit.figures())
    tap.ok(audit.counts["acknowledged"] > 2 * RELOADS, "under load")
    for what in ("missing", "short", "changed", "foreign", "given up",
                 "doubled", "left"):
        tap.ok(audit.counts[what] == 0, "nothing is " + what,
               *[t for t in audit.troubles if t.startswith(what)][:5])
    # Between two messages of a connection, 421 is what a drain says.
    odd = {what: n for what, n in audit.turned_away.items()
           if what != "next-envelope 421"}
    tap.same(odd, {}, "nobody is turned away, nothing is reset")


def a_long_message(room):
    """Who is in the middle of his message may finish it."""
    tap = room.tap
    posternd = house.House(room)
    storm = Storm(room, posternd)
    client = lib.Client(posternd.ports[0])
    client.ask("EHLO c.test")
    client.ask("MAIL FROM:<a@b.test>")
    client.ask("RCPT TO:<user0@x.test>")
    client.ask("DATA")
    client.socket.sendall(b"Subject: long\r\n\r\nbefore\r\n")
    renamed = storm.good.replace("name mx.x.test", "name new.x.test")
    tap.ok(storm.reload(renamed, "reloaded"), "a reload in between")
    # For a moment an old gate may still be the faster one.
    tap.ok(lib.until(lambda: name_of(posternd) == "new.x.test"),
           "who comes now sees the new one", name_of(posternd))
    client.socket.sendall(b"after\r\n.\r\n")
    tap.same(client.reply().code, 250, "the message is taken by the old one")
    tap.same(client.ask("MAIL FROM:<a@b.test>").enhanced, "4.3.2",
             "another one is not")
    client.socket.close()
    tap.ok(lib.until(posternd.is_whole), "and goes", posternd.kinds())
    posternd.end()


# --- certificates ------------------------------------------------------------

def make_certificate(room, openssl, serial):
    """A pair in tls/; the certificate as DER."""
    for name in "key", "chain":
        room.write("new-%s.pem" % name, "")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
         "/CN=mx.x.test", "-addext", "subjectAltName=DNS:mx.x.test",
         "-set_serial", str(serial), "-keyout", room.at("new-key.pem"),
         "-out", room.at("new-chain.pem")], check=True,
        stderr=subprocess.DEVNULL)
    os.rename(room.at("new-key.pem"), room.at("tls/privkey.pem"))
    os.rename(room.at("new-chain.pem"), room.at("tls/fullchain.pem"))
    return ssl.PEM_cert_to_DER_cert(room.read("tls/fullchain.pem").decode())


def in_tls(posternd):
    """A client, and the certificate that it sees."""
    client = lib.Client(posternd.ports[0])
    client.ask("EHLO c.test")
    client.start_tls()
    client.ask("EHLO c.test")
    return client, client.socket.getpeercert(binary_form=True)


def shown_now(posternd):
    """The certificate that a new client sees."""
    client, certificate = in_tls(posternd)
    client.close()
    return certificate


def a_certificate_is_renewed(room, openssl):
    """In its place, as every tool does; catalogue 71."""
    tap = room.tap
    room.folder("tls")
    first = make_certificate(room, openssl, 1)
    posternd = house.House(room, more="tls tls\n")
    storm = Storm(room, posternd)
    old, certificate = in_tls(posternd)
    tap.ok(certificate == first, "the certificate of the file is shown")
    for line in "MAIL FROM:<a@b.test>", "RCPT TO:<user0@x.test>", "DATA":
        old.ask(line)
    old.socket.sendall(b"Subject: long\r\n\r\nbefore\r\n")
    second = make_certificate(room, openssl, 2)
    tap.ok(storm.reload(storm.good, "reloaded"), "a reload")
    tap.ok(lib.until(lambda: shown_now(posternd) == second != first),
           "the new one is shown")
    old.socket.sendall(b"after\r\n.\r\n")
    tap.same(old.reply().code, 250, "a session with the old one goes on")
    old.socket.close()
    room.write("tls/fullchain.pem", "no certificate\n")
    tap.ok(storm.reload(storm.good, "reload-failed"),
           "a broken one is refused")
    tap.ok(shown_now(posternd) == second, "and the last good one is shown")
    posternd.end()


def main():
    openssl = lib.need("openssl")
    with lib.Room(limit=3600 if IS_LONG else 300) as room:
        storm(room)
        a_long_message(room)
        a_certificate_is_renewed(room, openssl)
        room.tap.done()


main()
