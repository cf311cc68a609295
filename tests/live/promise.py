#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Promises P1 and P2 of the whole daemon, as the kernel sees them.

P1: "250" goes to the client only after its message was written, synced,
renamed and the folder synced. promise-p1.awk judges; promise-p1.sh shows that
it sees what could be wrong.
P2: where a sync fails, the client hears 451 and nothing of its message stays.
catalogue 109
"""
import os
import re
import subprocess

import lib

CONF = """\
name mx.x.test
domain x.test { users table { user0 user1 user2 } }
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
CALLS = "accept4,openat,openat2,open,mkdirat,mkdir,write,writev,pwrite64," \
    "fsync,fdatasync,renameat2,renameat,rename,linkat,link,unlinkat," \
    "unlink,sendto,sendmsg"
REPLY = re.compile(r'^send(?:to|msg)\(.*"250 2\.0\.0 kept')


def judge(trace, copies):
    """What is wrong with the lines about one message."""
    run = subprocess.run(
        ["awk", "-v", "copies=%d" % copies, "-f",
         os.path.join(os.path.dirname(__file__), "promise-p1.awk")],
        input="\n".join(trace) + "\n", stdout=subprocess.PIPE, text=True,
        check=True)
    return run.stdout


def cut(text):
    """The lines about each message that was kept, "250" the last of them."""
    messages, lines = [], []
    for line in text.splitlines():
        if line.startswith("accept4("):
            lines = []               # what came before concerns nobody
        elif REPLY.match(line):
            messages.append(lines + ['write(1, "250 2.0.0 kept"...) = 16'])
            lines = []
        else:
            lines.append(line)
    return messages


class Test:
    def __init__(self, room, strace):
        self.room, self.tap, self.strace = room, room.tap, strace
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)

    def daemon(self, *options):
        """In one process: what comes before what is seen in one trace."""
        return lib.Daemon(self.room, CONF % self.dead.port, "", watcher=[
            self.strace, "-y", "-s", "24", "-o", self.room.at("trace"),
            *options], options=["--one-process"])

    def send(self, daemon, users, body="x\n"):
        mail = lib.message("promise", body)
        return lib.send(daemon.ports[0], "joe@good.test",
                        ["user%d@x.test" % i for i in range(users)],
                        mail)[-1]

    def order(self):
        """P1."""
        cases = (("one copy, a new Maildir", 1, "x\n"),
                 ("three copies, two new Maildirs", 3, "x\n"),
                 ("three copies, over the disk", 3, "0123456789\n" * 100000),
                 ("one more", 1, "x\n"))
        daemon = self.daemon("-e", "trace=" + CALLS)
        for name, users, body in cases:
            reply = self.send(daemon, users, body)
            self.tap.ok(reply.code == 250, name + ": is taken", reply)
        daemon.end()
        messages = cut(self.room.read("trace").decode("latin-1"))
        self.tap.same(len(messages), len(cases), "each has its 250")
        for (name, users, _), trace in zip(cases, messages):
            wrong = judge(trace, users)
            self.tap.ok(not wrong, name + ": in order", wrong)

        good = messages[1]
        self.tap.ok(judge([good[-1]] + good[:-1], 3),
                    "seen: 250 before everything")
        last = max(i for i, line in enumerate(good)
                   if line.startswith("fsync("))
        self.tap.ok(judge(good[:last] + [good[-1]] + [good[last]], 3),
                    "seen: 250 before the last fsync")

    def failure(self, which, what):
        """P2: of the syncs for two copies in Maildirs that are there, one
        fails."""
        daemon = self.daemon("-e", "trace=fsync", "-e",
                             "inject=fsync:error=EIO:when=%d" % which)
        before = self.files()
        reply = self.send(daemon, 2)
        self.tap.ok((reply.code, reply.enhanced) == (451, "4.3.0"),
                    what + ": 451", reply)
        self.tap.same(self.files(), before, what + ": nothing stays")
        lines = [lib.members(line) for line in daemon.log().splitlines()]
        self.tap.ok(any(line["event"] == "lost" for line in lines),
                    what + ": it is told", daemon.log())
        reply = self.send(daemon, 2)
        self.tap.ok(reply.code == 250, what + ": the next one is taken",
                    reply)
        daemon.end()

    def files(self):
        return sorted(os.path.join(folder, name)
                      for folder, _, names in os.walk(self.room.at("mail"))
                      for name in names)


def main():
    strace = lib.need("strace")
    if subprocess.run([strace, "-o", "/dev/null", "-e", "trace=none", "true"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        lib.skip("strace may not watch here")
    # A leak check cannot run while another watches.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:" + \
        os.environ.get("ASAN_OPTIONS", "")
    with lib.Room() as room:
        test = Test(room, strace)
        test.order()
        for which, what in enumerate(("the first file", "the second file",
                                      "the first folder",
                                      "the second folder"), 1):
            test.failure(which, "no sync of " + what)
        room.tap.done()


main()
