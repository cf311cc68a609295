#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Postfix and Exim send through posternd: what they were given stands in the
Maildirs, once and byte for byte; what we refuse comes back to its sender, what
we put off is tried again and comes once.
"""
import os
import re

import lib
import mta

CONF = """\
name mx.x.test
domain x.test { users table { me ann bob late } }
deliver maildir mail/%%d/%%u
policy live.policy
state state
limits { message-memory 64k }
resolver 127.0.0.1:%d
"""
POLICY = """\
policy live "everything is welcome"
junk at 1000
"""


class Test:
    def __init__(self, room, kind, tls):
        self.room, self.tap, self.tls = room, room.tap, tls
        self.name = kind.__name__ + ", TLS" * tls
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.daemon = lib.Daemon(room, CONF % self.dead.port, "")
        self.mta = kind(room, self.daemon.ports[0], tls)
        self.seen = {}

    def give(self, message, *users, sender="joe@good.test"):
        """To the mail server, which answers for it from now on."""
        reply = lib.send(self.mta.port, sender,
                         [user + "@x.test" for user in users], message)[-1]
        if reply.code != 250:
            raise RuntimeError("%s does not take it: %s" % (self.name, reply))

    def news(self, user):
        """What came into a mailbox since the last time."""
        box = self.room.at("mail/x.test", user, "new")
        try:
            found = set(os.listdir(box))
        except FileNotFoundError:
            found = set()
        fresh = found - self.seen.get(user, set())
        self.seen[user] = found
        return [self.room.read("mail/x.test/%s/new/%s" % (user, name))
                for name in fresh]

    def settled(self):
        """Waits until it has nothing more to send. One look may miss a file
        that is just moved from one queue to another."""
        return lib.until(lambda: not any(self.mta.queued()
                                         for _ in range(5)), 30)

    def arrives(self, what, message, *users):
        """Each of them has exactly this, below what was put in front."""
        what = "%s: %s" % (self.name, what)
        self.tap.ok(self.settled(), what + " is sent", self.mta.log())
        for user in users:
            letters = self.news(user)
            if not self.tap.same(len(letters), 1, "%s: one copy for %s" %
                                 (what, user)):
                continue
            # Ours, then one line of trace that it wrote itself.
            content = lib.split_trace(letters[0])[1]
            ours = letters[0][:len(letters[0]) - len(content)]
            how = rb"ESMTPS\s+\(TLSv1\.3 \S+\)" if self.tls else rb"ESMTP"
            self.tap.ok(re.search(rb"\swith " + how + rb"\s+id ", ours),
                        what + ": the trace says how", ours)
            content = re.sub(rb"\AReceived:.*\n([ \t].*\n)*", b"", content)
            self.tap.same(content, message, "%s: byte for byte for %s" %
                          (what, user))

    def contents(self):
        every = bytes(b for b in range(1, 256) if b not in b"\r\n")
        big = "".join("%07d %s\n" % (i, "x" * 60) for i in range(30000))
        for what, message in (
                ("plain", lib.message("plain", "Hello.\n\nThe end\n")),
                ("8 bit", lib.message("8 bit", "Grüße, 漢字\n") + every +
                 b"\n"),
                ("dots", lib.message("dots", ".\n..\n.x\n...\n\n.\nend\n")),
                ("empty", lib.message("empty")),
                ("long lines", lib.message("long", ("y" * 998 + "\n") * 50)),
                ("2 MB", lib.message("big", big))):
            self.give(message, "me")
            self.arrives(what, message, "me")
        message = lib.message("several", "To all of you.\n")
        self.give(message, "me", "ann", "bob")
        self.arrives("several", message, "me", "ann", "bob")

    def comes_back(self):
        """An unknown user: the others get it, the sender gets a report."""
        message = lib.message("partly", "Who are you?\n", From="ann@x.test")
        self.give(message, "me", "nobody", "bob", sender="ann@x.test")
        self.arrives("partly", message, "me", "bob")
        reports = self.news("ann")
        self.tap.same(len(reports), 1, self.name + ": one report")
        report = b"".join(reports).decode("latin-1")
        unfolded = re.sub(r"\n[ \t]+", " ", report)
        for part in (r"^Return-Path: <>$", r"message/delivery-status",
                     r"^Final-Recipient: rfc822; ?nobody@x\.test$",
                     r"550 5\.1\.1 no such address here"):
            self.tap.ok(re.search("(?m)" + part, unfolded),
                        "%s: the report says %s" % (self.name, part), report)

    def put_off(self):
        """A mailbox that cannot be written: nobody gets it, later both do."""
        folder = self.room.folder("mail/x.test/late")
        os.chmod(folder, 0)
        message = lib.message("put off", "Later.\n")
        self.give(message, "me", "late")
        # A line for each of the two, each time.
        told = lib.until(lambda: len(re.findall(
            r"\b451 4\.3\.0", self.mta.log())) >= 4, 30)
        self.tap.ok(told, self.name + ": tries again and is told 451",
                    self.mta.log())
        self.tap.ok(lib.until(lambda: self.mta.queued() == 1) and
                    self.news("me") == [],
                    self.name + ": keeps it, nobody has it")
        os.chmod(folder, 0o700)
        self.arrives("put off", message, "me", "late")


def main():
    mta.need_namespaces()
    with lib.Room() as room:
        for kind, tls in ((mta.Postfix, False), (mta.Postfix, True),
                          (mta.Exim, False), (mta.Exim, True)):
            test = Test(room, kind, tls)
            test.contents()
            test.comes_back()
            test.put_off()
            for user in "me", "ann", "bob", "late":
                room.tap.same(test.news(user), [], "%s: nothing else for %s"
                              % (test.name, user))
            test.mta.end()
            test.daemon.end()
            os.rename(room.at("mail"), room.at("mail of " + test.name))
        room.tap.done()


main()
