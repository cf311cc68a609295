#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tables of a policy that change alone: the gates stay, new sessions are judged
by the new tables, old ones by those they began with.
"""
import os
import re
import signal

import lib
import ps

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
greet wait 0s
state state
policy site
resolver 127.0.0.1:%d { query-deadline 300ms }
processes { gates 2; stores 2 }
"""

POLICY = """\
policy site "%s"
table blocked nets file "tables/blocked"
at rcpt bad if client.ip in @blocked refuse 550 5.7.1 "blocked by hand"
"""

ONE, OTHER, THIRD = "192.0.2.66", "192.0.2.7", "2001:db8::7"


class Site:
    def __init__(self, room):
        self.room, self.tap = room, room.tap
        room.folder("mail/x.test")
        room.folder("policy/tables")
        self.policy("first")
        self.block(ONE)
        self.daemon = lib.Daemon(room, CONF % lib.DeadPort().port,
                                 "proxy from 127.0.0.0/8")

    def policy(self, text):
        self.room.write("policy/site.policy", POLICY % text)

    def block(self, *entries):
        self.room.write("policy/tables/blocked", "\n".join(entries) + "\n")

    def hears(self, pattern, times):
        return lib.until(lambda: len(re.findall(
            pattern, self.daemon.log(), re.M)) >= times)

    def reload(self):
        os.kill(self.daemon.pid, signal.SIGHUP)

    def gates(self):
        return sorted(ps.children(self.daemon.pid, "gate"))

    def client(self, ip):
        client = lib.Client(self.daemon.ports[0], ip)
        client.ask("EHLO client.test")
        client.ask("MAIL FROM:<a@b.test>")
        return client

    def answers(self, ip, times=6):
        """What RCPT is answered, by whichever gates take the calls."""
        found = set()
        for _ in range(times):
            client = self.client(ip)
            found.add(client.ask("RCPT TO:<me@x.test>").code)
            client.close()
        return found


def main():
    with lib.Room() as room:
        site, tap = Site(room), room.tap
        gates = site.gates()
        tap.same((site.answers(ONE), site.answers(OTHER)), ({550}, {250}),
                 "one is blocked, another is not")

        old = [site.client(OTHER) for _ in range(4)]
        site.block(OTHER, THIRD)
        site.reload()
        tap.ok(site.hears(r"name=gate state=tables", 2) and
               site.hears(r"name=posternd state=reloaded", 1),
               "the gates have new tables", site.daemon.log()[-2000:])
        tap.same(site.gates(), gates, "and are the same processes")
        tap.same((site.answers(ONE), site.answers(OTHER),
                  site.answers(THIRD)), ({250}, {550}, {550}),
                 "new sessions are judged by them")
        tap.same({c.ask("RCPT TO:<me@x.test>").code for c in old}, {250},
                 "old ones by those they began with")
        tap.same({c.content(lib.message("old")).code for c in old}, {250},
                 "to the end")

        os.kill(gates[0], signal.SIGKILL)
        tap.ok(site.hears(r"name=gate state=ready", 3), "a gate dies")
        tap.same((site.answers(ONE), site.answers(OTHER)), ({250}, {550}),
                 "and who takes its place has them too")

        gates = site.gates()
        site.block("nonsense/99")
        site.reload()
        tap.ok(site.hears(r"state=reload-failed", 1), "a bad table is told")
        tap.same((site.gates(), site.answers(OTHER)), (gates, {550}),
                 "and changes nothing")

        site.block(ONE)
        site.policy("second")
        site.reload()
        tap.ok(site.hears(r"name=posternd state=reloaded", 2) and
               len(set(site.gates()) - set(gates)) == 2,
               "another policy takes other gates", site.daemon.log()[-2000:])
        # Until they know, they may still take a call.
        site.hears(r"name=gate state=draining", 2)
        tap.same((site.answers(ONE), site.answers(OTHER)), ({550}, {250}),
                 "who read both anew")

        left = site.client(OTHER)
        site.block(OTHER)
        site.reload()
        tap.ok(site.hears(r"name=gate state=tables", 4), "once more")
        for client in old + [left]:
            client.close()
        site.daemon.end()
        tap.done()


main()
