#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The shipped Fail2Ban filter, read by fail2ban-regex.

Real lines of a real posternd, with its names and addresses forged by clients
who want somebody else banned; then the same lines as syslog and the journal
show them. catalogue 32, 117
"""
import os
import re
import shutil
import subprocess

import lib

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
greet wait 0s
state state
log file "mail.log"
resolver 127.0.0.1:%d { query-deadline 300ms }
limits { error-delay 0 }
"""

POLICY = """\
policy live
at connect listed if client.ip in { 192.0.2.0/25 } refuse 550 5.7.1 "no"
"""

# Each wants another address in the line: as a member, as a line of its own.
FORGED = 'x\\" ip=203.0.113.5 id=a', \
    "abuse ip=203.0.113.6 id=b", \
    "posternd[1]: abuse ip=203.0.113.7 id=c"

COMMON = "/etc/fail2ban/filter.d/common.conf"


class Daemon(lib.Daemon):
    """One that logs to a file."""

    def log(self):
        text = super().log()
        if os.path.exists(self.room.at("mail.log")):
            text += self.room.read("mail.log").decode("latin-1")
        return text


def guess(port, ip, helo):
    """Guesses recipients until the server has had enough."""
    client = lib.Client(port, ip)
    client.ask("EHLO " + helo)
    client.ask("MAIL FROM:<a@b.test>")
    replies = []
    while not replies or replies[-1].code == 550:
        replies.append(client.ask("RCPT TO:<no%d@x.test>" % len(replies)))
    client.close()
    return replies[-1]


def banned(room, program, log, mode):
    """Addresses that fail2ban-regex takes from a log, each once."""
    out = subprocess.run(
        [program, "-o", "ip", log, room.at("postern.conf") +
         "[mode=%s]" % mode], capture_output=True, text=True, check=False)
    return sorted(set(re.findall(r"[0-9a-f.:]*[.:][0-9a-f.:]+", out.stdout)))


def as_syslog(text):
    return re.sub(r"(?m)^\S+Z posternd", "Nov 24 23:17:03 mx1 posternd", text)


def as_journal(text):
    return re.sub(r"(?m)^\S+Z posternd",
                  "2026-11-24T23:17:03+0000 mx1 posternd", text)


def main():
    regex = lib.need("fail2ban-regex")
    if not os.path.exists(COMMON):
        lib.skip("no " + COMMON)
    with lib.Room() as room:
        tap = room.tap
        nobody = lib.DeadPort()
        room.write("live.policy", POLICY)
        room.folder("mail/x.test")
        source = os.environ.get("top_srcdir", ".")
        shutil.copy(source + "/contrib/fail2ban/postern.conf",
                    room.at("filter.conf"))
        os.rename(room.at("filter.conf"), room.at("filter"))
        shutil.copy(COMMON, room.at("common.conf"))
        daemon = Daemon(room, CONF % nobody.port,
                        "proxy from 127.0.0.0/8")
        os.rename(room.at("postern.conf"), room.at("used.conf"))
        os.rename(room.at("filter"), room.at("postern.conf"))
        port = daemon.ports[0]
        for i, helo in enumerate(FORGED):
            reply = guess(port, "192.0.2.%d" % (201 + i), helo)
            tap.same((reply.code, reply.enhanced), (421, "4.7.0"),
                     "a guesser is cut")
        for i, helo in enumerate(FORGED):
            lib.send(port, "a@b.test", ["me@x.test"], b"x", helo=helo,
                     ip="192.0.2.%d" % (7 + i))
            lib.send(port, '"%s"@b.test' % helo.replace('"', '\\"'),
                     ["me@x.test"], lib.message("x", **{
                         "Message-ID": "<\n abuse ip=203.0.113.8 id=d>"}),
                     ip="192.0.2.%d" % (130 + i))
        daemon.end()
        text = room.read("mail.log").decode("latin-1")
        abusers = ["192.0.2.%d" % (201 + i) for i in range(3)]
        refused = ["192.0.2.%d" % (7 + i) for i in range(3)]
        for name, form in (("a log file", str), ("syslog", as_syslog),
                           ("the journal", as_journal)):
            log = room.write("read.log", form(text))
            tap.same(banned(room, regex, log, "abuse"), abusers,
                     name + ": only those who crossed a limit")
            tap.same(banned(room, regex, log, "all"),
                     sorted(abusers + refused), name + ": mode=all")
        tap.done()


main()
