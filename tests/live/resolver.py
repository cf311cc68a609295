#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole chain of DNS, none of it ours: posternd asks unbound, unbound asks
nsd for the names of senders and rbldnsd for a list.

Then it is taken apart from its far end. Whatever is missing, nobody is refused
for it. catalogue 94, 97
"""
import re
import signal
import time

import lib
import names

ZONES = {
    "test.": """\
@ 300 SOA ns hostmaster 1 600 300 86400 60
@ 300 NS ns
ns 300 A 127.0.0.1
good 300 MX 10 mx.good
good 300 TXT "v=spf1 ip4:192.0.2.10 ip6:2001:db8:600d::/48 -all"
mx.good 300 A 192.0.2.10
mx.good 300 AAAA 2001:db8:600d::10
bulk 300 MX 10 out7.bulk
out7.bulk 300 A 198.51.100.7
alias 300 CNAME good
null 300 MX 0 .
long 300 MX 10 mx.good
long 300 TXT ( "v=spf1 " %s "ip4:192.0.2.0/24 -all" )
""" % " ".join('"ip4:203.0.113.%d/32 "' % i for i in range(200)),
    "2.0.192.in-addr.arpa.": """\
@ 300 SOA ns.test. hostmaster.test. 1 600 300 86400 60
@ 300 NS ns.test.
10 300 PTR mx.good.test.
11 300 PTR mx.good.test.
""",
    "100.51.198.in-addr.arpa.": """\
@ 300 SOA ns.test. hostmaster.test. 1 600 300 86400 60
@ 300 NS ns.test.
7 300 PTR out7.bulk.test.
""",
    "8.b.d.0.1.0.0.2.ip6.arpa.": """\
@ 300 SOA ns.test. hostmaster.test. 1 600 300 86400 60
@ 300 NS ns.test.
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.0.0.6 300 PTR mx.good.test.
"""}

SOA = """\
$SOA 300 ns.rbl.test hostmaster.rbl.test 1 600 300 86400 60
$NS 300 ns.rbl.test
"""
LISTED = [("rbl.test", "ip4set", SOA + """\
127.0.0.2
198.51.100.0/26 :127.0.0.2:listed
"""), ("rbl.test", "ip6trie", SOA + "2001:db8:bad::/48 :127.0.0.2:listed\n")]

POLICY = """\
policy live "what the chain says"
list rbl "rbl.test" ip4 ip6 {
	title "The Test List"
	operator ours
	ask  client
	code 127.0.0.2 bot 12
}
use rbl
at rcpt no-domain if mail.exists = missing refuse 550 5.1.8 "no such domain"
at rcpt null-mx   if mail.exists = nullmx  refuse 550 5.1.8 "no mail there"
at rcpt spf-fail  if spf = fail            refuse 550 5.7.23 "SPF says no"
refuse at 9
"""
CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
greet wait 0s
state state
resolver 127.0.0.1:%d { query-deadline 1s; session-deadline 3s; \\
	rcpt-deadline 3s }
processes { gates 1 }                # what was asked once is remembered
"""


class Test:
    def __init__(self, room, programs):
        self.room, self.tap = room, room.tap
        unbound, nsd, rbldnsd = programs
        self.rbldnsd, lists = names.rbldnsd(room, rbldnsd, LISTED,
                                            "2.0.0.127.rbl.test")
        self.nsd, zones = names.nsd(room, nsd, ZONES)
        stubs = dict.fromkeys(ZONES, zones)
        stubs["rbl.test."] = lists
        self.unbound, port = names.unbound(room, unbound, stubs, "good.test")
        for name, want in (("2.0.0.127.rbl.test", ["127.0.0.2"]),
                           ("mx.good.test", ["192.0.2.10"])):
            self.tap.same(names.question(port, name), (0, want),
                          "unbound knows " + name)
        for name in "nobody.test", "1.0.0.127.rbl.test", "elsewhere.example":
            self.tap.same(names.question(port, name), (names.NXDOMAIN, []),
                          "unbound knows that there is no " + name)
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.daemon = lib.Daemon(room, CONF % port, "proxy from 127.0.0.0/8")
        # What a list said in the second in which it was first found well is
        # not taken from the cache, and at the end only that is left.
        time.sleep(1)
        self.sent = self.kept = 0

    def send(self, ip, sender):
        self.sent += 1
        mail = lib.message("number %d" % self.sent, From=sender)
        reply = lib.send(self.daemon.ports[0], sender, ["me@x.test"], mail,
                         ip, "mx.good.test")[-1]
        self.kept += reply.code == 250
        return reply, self.daemon.decision(reply.id)

    def taken(self, ip, sender, *results, unknown=()):
        """In: results, what Authentication-Results must say; unknown, what
        nobody could tell."""
        what = "%s from %s" % (sender, ip)
        reply, line = self.send(ip, sender)
        if not self.tap.ok(reply.code == 250, what + " is taken", reply):
            return
        got = set(line.get("unk", "-").split(",")) - {"-"}
        self.tap.same(got, set(unknown), what + ": what is unknown")
        newest = [m for m in lib.maildir(self.room.at("mail/x.test/me"))
                  if b"Subject: number %d\n" % self.sent in m]
        field = re.search(rb"(?m)^Authentication-Results: (.*\n(?:\s.+\n)*)",
                          newest[0]).group(1).decode()
        for result in results:
            self.tap.ok(re.search(r"(?m)(;|^)\s*" + result, field),
                        "%s: %s" % (what, result), field)

    def refused(self, ip, sender, enhanced, by):
        reply, line = self.send(ip, sender)
        self.tap.same((reply.code, reply.enhanced, line.get("by")),
                      (550, enhanced, by),
                      "%s from %s is refused" % (sender, ip))


def whole(test):
    test.taken("192.0.2.10", "ann@good.test", "spf=pass", "iprev=pass")
    test.taken("2001:db8:600d::10", "ann@good.test", "spf=pass", "iprev=pass")
    test.taken("192.0.2.10", "ann@long.test", "spf=pass")    # over TCP
    test.taken("192.0.2.11", "ann@bulk.test", "spf=none", "iprev=fail")
    test.taken("192.0.2.99", "ann@bulk.test", "spf=none")
    test.taken("192.0.2.10", "ann@alias.test", "spf=pass")
    test.refused("192.0.2.77", "ann@good.test", "5.7.23", "spf-fail")
    test.refused("198.51.100.7", "promo@bulk.test", "5.7.1", "refuse-at")
    test.refused("2001:db8:bad::25", "ann@bulk.test", "5.7.1", "refuse-at")
    test.refused("192.0.2.10", "ann@nobody.test", "5.1.8", "no-domain")
    test.refused("192.0.2.10", "ann@null.test", "5.1.8", "null-mx")


def taken_apart(test):
    """Names and addresses that nobody was asked about before."""
    test.rbldnsd.send_signal(signal.SIGSTOP)
    test.taken("198.51.100.8", "ann@bulk.test", unknown={"rbl"})
    test.rbldnsd.send_signal(signal.SIGCONT)
    test.refused("198.51.100.9", "ann@bulk.test", "5.7.1", "refuse-at")
    test.room.end(test.nsd)
    test.taken("192.0.2.12", "ann@gone.test",
               unknown={"client", "spf", "mail", "dmarc"})
    test.refused("198.51.100.10", "ann@gone.test", "5.7.1", "refuse-at")
    test.room.end(test.unbound)
    test.taken("198.51.100.11", "ann@away.test",
               unknown={"client", "rbl", "spf", "mail", "dmarc"})
    test.refused("198.51.100.7", "ann@away.test", "5.7.1", "refuse-at")


def main():
    programs = lib.need("unbound", "nsd", "rbldnsd")
    with lib.Room() as room:
        test = Test(room, programs)
        whole(test)
        taken_apart(test)
        room.tap.same(len(lib.maildir(room.at("mail/x.test/me"))), test.kept,
                      "every message taken is there, no other one is")
        test.daemon.end()
        room.tap.done()


main()
