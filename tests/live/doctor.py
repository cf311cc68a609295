#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A list served by rbldnsd behind unbound, on its worst days: it refuses us, it
is dead, it names everybody; and each time it comes back.

Mail comes in all the time, from strangers whom no list has: none of them may
be refused but the first few on the day when everybody is named. How long it
takes until the list has lost its weight, and has it again, is measured and
printed. unbound has the points of RFC 5782 in its cache, from when all was
well: that must hide nothing. catalogue 94, 97, 140
"""
import os
import re
import signal
import subprocess
import threading
import time

import lib
import names

SOA = """\
$SOA 300 ns.rbl.test hostmaster.rbl.test 1 600 300 86400 300
$NS 300 ns.rbl.test
$TTL 3
"""
WELL = SOA + "127.0.0.2 :127.0.0.2:listed\n198.51.100.0/24 :127.0.0.2:listed\n"
ALL = "0.0.0.0/1 %(what)s\n128.0.0.0/1 %(what)s\n"
REFUSES = SOA + ALL % {"what": ":127.255.255.254:a public resolver"}
EVERYBODY = SOA + ALL % {"what": ":127.0.0.2:everybody"}

POLICY = """\
policy live "a list that refuses alone"
list rbl "rbl.test" ip4 {
	title "The Test List"
	code  127.0.0.2 bot 12
}
use rbl
refuse at 9 doubt defer
"""
CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
policy live.policy
greet wait 0s
state state
limits { connections-per-minute 0; messages-per-minute 0 }
resolver 127.0.0.1:%d { query-deadline 1s; session-deadline 3s; \\
	rcpt-deadline 3s; ttl-low 1s }
processes { gates 2 }
control %s
"""
WRONG_MOST = 20
POSTERN = os.environ.get("POSTERN", lib.BUILD + "/postern")


class Strangers(threading.Thread):
    """Twenty clients a second, each from an address of its own: of one that
    was there before unbound knows that he is not listed."""
    known = 0

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.is_over = port, False
        self.sent, self.refused, self.deferred = 0, [], 0

    def run(self):
        while not self.is_over:
            self.sent += 1
            Strangers.known += 1
            ip = "203.0.%d.%d" % (Strangers.known // 250 % 250,
                                  Strangers.known % 250 + 1)
            reply = lib.send(self.port, "ann@good.test", ["me@x.test"],
                             lib.message("from " + ip), ip)[-1]
            if reply.code >= 500:
                self.refused.append(time.monotonic())
            self.deferred += 400 <= reply.code < 500
            time.sleep(0.05)

    def end(self):
        self.is_over = True
        self.join()


class Test:
    def __init__(self, room, programs):
        self.room, self.tap = room, room.tap
        self.program, unbound = programs
        self.rbldnsd, self.lists = names.rbldnsd(
            room, self.program, [("rbl.test", "ip4set", WELL)],
            "2.0.0.127.rbl.test")
        self.unbound, self.dns = names.unbound(
            room, unbound, {"rbl.test.": self.lists}, "2.0.0.127.rbl.test")
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.control = room.at("control")
        self.daemon = lib.Daemon(room, CONF % (self.dns, self.control),
                                 "proxy from 127.0.0.0/8")
        self.figures = []

    def serves(self, text):
        """From now on the list says that."""
        self.room.write("rbldnsd.0", text)
        if self.rbldnsd is not None:
            self.rbldnsd.send_signal(signal.SIGHUP)

    def dies(self):
        self.room.end(self.rbldnsd)
        self.rbldnsd = None

    def lives(self):
        self.rbldnsd = self.room.start(
            "rbldnsd", self.program, "-n", "-b", "127.0.0.1/%d" % self.lists,
            "rbl.test:ip4set:rbldnsd.0")

    def lines(self, state):
        return [line for line in self.daemon.log().splitlines()
                if re.search(r"(^| )list name=rbl .*state=%s " % state, line)]

    def becomes(self, state, seconds, what):
        """Seconds until the log says so, which must come."""
        before, began = len(self.lines(state)), time.monotonic()
        while len(self.lines(state)) == before and \
                time.monotonic() < began + seconds:
            time.sleep(0.05)
        self.tap.ok(len(self.lines(state)) > before,
                    "%s: the list is %s" % (what, state), *(
                        line for line in self.daemon.log().splitlines()
                        if "list name=" in line))
        took = time.monotonic() - began
        self.tap.note("%s: %s after %.2f s" % (what, state, took))
        return took

    def asked(self, *words):
        """What `postern` says to these words: its output and status."""
        run = subprocess.run([POSTERN, *words, "--control", self.control],
                             text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        return run.stdout, run.returncode

    def doctor_says(self, state, what):
        """The doctor's table, its status, and what monitoring would read."""
        good = state == "ok"
        said, status = self.asked("doctor", "rbl")
        self.tap.ok(re.search(r"(?mi)^rbl +%s\b" % state, said) and
                    status == (0 if good else 1),
                    "%s: the doctor says %s" % (what, state), status, said)
        self.tap.note(said)
        said, status = self.asked("doctor", "--monitor")
        self.tap.ok(status == (0 if good else 2),
                    "%s: so does monitoring" % what, status, said)

    def listed_is(self, code, what):
        """What becomes of one whom the list really has."""
        self.number = getattr(self, "number", 0) + 1
        reply = lib.send(self.daemon.ports[0], "joe@bad.test", ["me@x.test"],
                         lib.message("spam"), "198.51.100.%d" % self.number)
        self.tap.ok(reply[-1].code == code, "%s: one who is listed gets %d" %
                    (what, code), reply[-1])

    def ill(self, what, state, begins, ends, wrong_most, back):
        """Falls ill, with mail coming in; and comes back within a time."""
        self.listed_is(550, "before " + what)
        strangers = Strangers(self.daemon.ports[0])
        strangers.start()
        time.sleep(1)
        begins()
        began = time.monotonic()
        lost = self.becomes(state, 40, what)
        time.sleep(2)
        late = [t for t in strangers.refused if t > began + lost + 1]
        self.tap.ok(len(strangers.refused) <= wrong_most and not late,
                    "%s: %d of %d strangers were refused, at most %d" %
                    (what, len(strangers.refused), strangers.sent,
                     wrong_most), late)
        self.listed_is(250, what)
        self.doctor_says(state, what)
        ends()
        again = self.becomes("ok", back, what + " is over")
        strangers.end()
        self.tap.same(strangers.deferred, 0, what + ": nobody was put off")
        self.listed_is(550, "after " + what)
        self.doctor_says("ok", "after " + what)
        self.figures.append("%s: lost weight after %.2f s, %d of %d wrong; "
                            "has it again after %.2f s" % (
                                what, lost, len(strangers.refused),
                                strangers.sent, again))


def main():
    programs = lib.need("rbldnsd", "unbound")
    with lib.Room(limit=300) as room:
        test = Test(room, programs)
        tap = room.tap
        tap.same(names.question(test.dns, "1.0.0.127.rbl.test"),
                 (names.NXDOMAIN, []), "the must-not point lies in unbound")
        test.ill("refusal", "refused", lambda: test.serves(REFUSES),
                 lambda: test.serves(WELL), 0, 30)
        test.ill("death", "dead", test.dies, test.lives, 0, 30)
        test.serves(WELL)
        tap.same(names.question(test.dns, "1.0.0.127.rbl.test"),
                 (names.NXDOMAIN, []), "the must-not point lies there again")

        def everybody():
            test.serves(EVERYBODY)
            lib.until(lambda: names.question(test.lists, "1.0.0.127.rbl.test")
                      == (0, ["127.0.0.2"]))
            tap.same(names.question(test.dns, "1.0.0.127.rbl.test"),
                     (names.NXDOMAIN, []), "unbound does not know it yet")
        test.ill("everybody", "off", everybody, lambda: test.serves(WELL),
                 WRONG_MOST, 60)
        test.daemon.end()
        for line in test.figures:
            tap.note(line)
        tap.done()


main()
