#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A DNS list served by rbldnsd, a server that we did not write.

posternd asks it directly. It knows its zones only and refuses every other
question: so the whole test also shows that troubles of DNS cost nobody his
mail. And when it is dead, or silent, nobody is refused any more.
catalogue 94, 97
"""
import signal
import time

import lib
import names

CLIENTS = """\
$SOA 300 ns.rbl.test hostmaster.rbl.test 1 600 300 86400 300
$NS 300 ns.rbl.test
:127.0.0.2:listed
127.0.0.2
192.0.2.64/26
198.51.100.0/26 :127.0.0.3:
198.51.100.200 :127.255.255.254:
198.51.100.201 :127.0.0.77:
203.0.113.9 :127.0.0.3:
203.0.113.9 :127.0.0.4:
"""
CLIENTS6 = """\
2001:db8:bad::/48 :127.0.0.2:listed
"""
DOMAINS = """\
$SOA 300 ns.dbl.test hostmaster.dbl.test 1 600 300 86400 300
$NS 300 ns.dbl.test
:127.0.1.2:listed
bad.test
test
"""

POLICY = """\
policy live "what rbldnsd says, and nothing else"
list rbl "rbl.test" ip4 ip6 {
	title "The Test List"
	operator ours
	ask  client
	code 127.0.0.2 bot  12
	code 127.0.0.3 bulk 6
	code 127.0.0.4 dull 0
	error 127.255.255.0/24
	see  "https://rbl.test/{ip}"
}
list dbl "dbl.test" domain {
	title "Test Domains"
	operator theirs
	ask  sender
	code 127.0.1.2 spam 12
	see  "https://dbl.test/{domain}"
}
use rbl
use dbl
score +1 nameless if fcrdns in {fail none}
at rcpt no-domain if mail.exists = missing refuse 550 5.1.8 "no such domain"
junk   at 5
refuse at 9
"""

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
greet wait 0s
state state
processes { gates 1 }
resolver 127.0.0.1:%d { query-deadline 300ms; session-deadline 1s; \\
	rcpt-deadline 1s }
"""

# --- rbldnsd -----------------------------------------------------------------

def check_rbldnsd(tap, port):
    """It serves what we think: RFC 5782 5 names the points."""
    for name, want, why in (
            ("2.0.0.127.rbl.test", (0, ["127.0.0.2"]), "must be listed"),
            ("1.0.0.127.rbl.test", (names.NXDOMAIN, []), "must not be"),
            ("test.dbl.test", (0, ["127.0.1.2"]), "must be listed"),
            ("invalid.dbl.test", (names.NXDOMAIN, []), "must not be"),
            ("good.test", (names.REFUSED, []), "is not its business")):
        tap.same(names.question(port, name), want,
                 "rbldnsd: %s %s" % (name, why))


# --- clients -----------------------------------------------------------------

class Test:
    def __init__(self, room, daemon):
        self.room, self.tap, self.daemon = room, room.tap, daemon
        self.kept = 0

    def client(self, ip, sender="ann@good.test"):
        """Sends as ip; the last reply, and the line in the log."""
        mail = lib.message("from " + ip)
        replies = lib.send(self.daemon.ports[0], sender, ["me@x.test"], mail,
                           ip)
        return replies[-1], self.daemon.decision(replies[-1].id)

    def refused(self, ip, lists, sender="ann@good.test"):
        reply, line = self.client(ip, sender)
        what = "%s, <%s>" % (ip, sender)
        self.tap.ok((reply.code, reply.enhanced) == (550, "5.7.1"),
                    what + " is refused", reply)
        self.tap.same({k: line.get(k) for k in
                       ("event", "ip", "stage", "by", "lists", "from")},
                      {"event": "refuse", "ip": ip, "stage": "rcpt",
                       "by": "refuse-at", "lists": lists, "from": sender},
                      what + ": its line in the log")
        return reply

    def taken(self, ip, why, event="accept", lists="-", unknown="rbl",
              sender="ann@good.test"):
        reply, line = self.client(ip, sender)
        what = "%s is taken: %s" % (ip, why)
        self.tap.ok(reply.code == 250, what, reply)
        self.tap.same((line["event"], line.get("lists")), (event, lists),
                      what + ": the log says %s" % event)
        is_unknown = "rbl" in line.get("unk", "").split(",")
        self.tap.same(is_unknown, unknown == "rbl", what +
                      (": the list is unknown" if unknown == "rbl"
                       else ": the list was heard"))
        self.kept += reply.code == 250
        return line


def main():
    program = lib.need("rbldnsd")
    with lib.Room() as room:
        tap = room.tap
        rbldnsd, dns = names.rbldnsd(room, program, [
            ("rbl.test", "ip4set", CLIENTS), ("rbl.test", "ip6trie", CLIENTS6),
            ("dbl.test", "dnset", DOMAINS)], "2.0.0.127.rbl.test")
        check_rbldnsd(tap, dns)
        room.folder("mail")
        room.write("live.policy", POLICY)
        daemon = lib.Daemon(room, CONF % dns, "proxy from 127.0.0.0/8")
        test = Test(room, daemon)

        reply = test.refused("192.0.2.66", "rbl.bot+12")
        tap.has(reply.text, "192.0.2.66 is refused", "the reply says who")
        tap.has(reply.text, "The Test List (BOT)", "by whom")
        tap.has(reply.text, "https://rbl.test/192.0.2.66", "where to look")
        tap.has(reply.text, "postmaster@x.test", "whom to ask")
        test.refused("2001:db8:bad::25", "rbl.bot+12")
        reply = test.refused("192.0.2.1", "dbl.spam+12", "joe@bad.test")
        tap.has(reply.text, "bad.test is in the block list", "the domain")

        line = test.taken("192.0.2.1", "it is not listed", unknown=None)
        tap.same(line["unk"], "client,helo,spf,mail,dmarc",
                 "what rbldnsd would not answer is unknown")
        test.taken("198.51.100.7", "6 points are junk", "junk", "rbl.bulk+6",
                   unknown=None)
        test.taken("203.0.113.9", "both answers count as the higher", "junk",
                   "rbl.bulk+6,rbl.dull+0", unknown=None)
        test.taken("198.51.100.200", "an error of the list is no listing")
        test.taken("198.51.100.201", "an answer without a row is none")
        test.taken("2001:db8:600d::25", "it is not listed", unknown=None)

        # Silent: no answer comes. Listed addresses that nobody asked about.
        rbldnsd.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        test.taken("192.0.2.67", "the list is silent")
        tap.ok(time.monotonic() - began < 5, "and it takes no time",
               "%.1f s" % (time.monotonic() - began))
        rbldnsd.send_signal(signal.SIGCONT)
        test.refused("192.0.2.68", "rbl.bot+12")

        # Dead: the port is closed.
        room.end(rbldnsd)
        tap.same(names.question(dns, "2.0.0.127.rbl.test"), None,
                 "rbldnsd has gone")
        test.taken("192.0.2.69", "the list is dead")
        test.taken("2001:db8:bad::26", "the list is dead")
        tap.ok(lib.until(lambda: " name=rbl of=ip4 state=dead" in
                         daemon.log(), 30), "the log says so", daemon.log())
        test.taken("192.0.2.1", "both are dead", sender="joe@worse.test")
        # What it said before, and the cache has, counts no more.
        test.taken("192.0.2.66", "the list is dead")

        box = room.at("mail/x.test/me")
        tap.same(len(lib.maildir(box)) + len(lib.maildir(box + "/.Junk")),
                 test.kept, "every message taken is there, no other one is")
        daemon.end()
        tap.done()


main()
