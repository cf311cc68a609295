#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""swaks as the client: what it sends stands in the Maildir, byte for byte.

It is a client that we did not write: its own pipelining, its own dots, its
own PROXY headers of both versions.
"""
import os
import re
import subprocess

import lib

# Loopback is never asked about, and of DNS nothing is to be had.
CONF = """\
name mx.x.test
domain x.test { users table { me ann bob } }
deliver maildir mail/%%d/%%u
policy live.policy
state state
limits { message 4M; message-memory 64k }
resolver 127.0.0.1:%d
"""
POLICY = """\
policy live "everything is welcome"
junk at 1000
"""


class Test:
    def __init__(self, room, program):
        self.room, self.tap, self.program = room, room.tap, program
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.daemon = lib.Daemon(room, CONF % self.dead.port, "",
                                 "proxy from 127.0.0.0/8", "tls")
        self.seen = {}

    def swaks(self, to, message, *options, sender="joe@good.test", proxy=(),
              port=0):
        """Runs it; (status, transcript). In: port, which of ours."""
        # It ends the last line itself.
        data = self.room.write("message", message[:-1])
        run = subprocess.run(
            [self.program, "--server", "127.0.0.1", "--port",
             str(self.daemon.ports[1 if proxy else port]), "--helo",
             "client.test", "--from", sender, "--to", ",".join(to),
             "--data", "@" + data, "--suppress-data", "--timeout", "10",
             *options, *proxy],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60, cwd=self.room.path,
            env={**os.environ, "HOME": self.room.path})
        return run.returncode, run.stdout.decode("latin-1")

    def news(self, user):
        """What came into a mailbox since the last time."""
        box = self.room.at("mail/x.test", user)
        names = sorted(os.listdir(box + "/new")) if os.path.isdir(box) else []
        fresh = [n for n in names if n not in self.seen.get(user, ())]
        self.seen[user] = names
        return [self.room.read("mail/x.test/%s/new/%s" % (user, n))
                for n in fresh]

    def line(self, transcript):
        """What the log says of the message that was kept."""
        match = re.search(r"250 2\.0\.0 kept as (\S+)", transcript)
        return self.daemon.decision(match.group(1) if match else "nothing")

    def arrives(self, name, message, to=("me",), options=(), others=(),
                **more):
        """Every user of `to` gets exactly this; the pieces of trace that
        were put in front, one for each."""
        all_of_them = ["%s@x.test" % user for user in to] + list(others)
        status, transcript = self.swaks(all_of_them, message, *options,
                                        **more)
        self.tap.ok(status == 0, name + ": swaks is content",
                    "status %d" % status, transcript)
        traces = []
        for user in to:
            letters = self.news(user)
            if not self.tap.same(len(letters), 1, "%s: one copy for %s" %
                                 (name, user)):
                continue
            names, content = lib.split_trace(letters[0])
            self.tap.same(content, message, "%s: byte for byte for %s" %
                          (name, user))
            traces.append(letters[0][:len(letters[0]) - len(content)]
                          .decode("latin-1"))
        return traces, transcript

    def declined(self, name, status, reply, to, message, *options, **more):
        got, transcript = self.swaks(to, message, *options, **more)
        self.tap.ok(got == status, "%s: swaks ends with %d" % (name, status),
                    "status %d" % got, transcript)
        self.tap.has(transcript, reply, name + ": it was told why")
        for user in "me", "ann", "bob":
            self.tap.same(self.news(user), [], "%s: nothing for %s" %
                          (name, user))


def contents(test):
    plain = lib.message("plain", "Hello.\n\nThe end\n")
    traces, transcript = test.arrives("plain", plain)
    for want in ("Return-Path: <joe@good.test>\n",
                 "Delivered-To: me@x.test\n", "from client.test (",
                 "[127.0.0.1])", "by mx.x.test with ESMTP id ",
                 "for <me@x.test>", "X-Postern: accept"):
        test.tap.has("".join(traces), want, "trace: " + want.strip())
    line = test.line(transcript)
    test.tap.same({k: line.get(k) for k in
                   ("event", "ip", "helo", "from", "to", "box", "size",
                    "mid")},
                  {"event": "accept", "ip": "127.0.0.1",
                   "helo": "client.test", "from": "joe@good.test",
                   "to": "me@x.test", "box": "Inbox",
                   "size": str(len(plain.replace(b"\n", b"\r\n"))),
                   "mid": "<plain@good.test>"}, "the line in the log")

    every = bytes(b for b in range(1, 256) if b not in b"\r\n")
    test.arrives("8 bit", lib.message("8 bit", "Grüße, 漢字\n") + every +
                 b"\n")
    test.arrives("dots", lib.message("dots", ".\n..\n.x\n...\n\n.\nend\n"))
    test.arrives("long lines", lib.message("long lines", "x" * 998 + "\n" +
                                           "y" * 100000 + "\n"))
    body = "".join("%07d %s\n" % (i, "abcdefghij" * 6) for i in range(50000))
    test.arrives("3 MB, so over the disk", lib.message("big", body),
                 to=("me", "ann"))
    test.declined("too big", 26, "552 5.3.4", ["me@x.test"],
                  lib.message("too big", body * 2))


def recipients(test):
    mail = lib.message("several", "To all of you.\n")
    traces, _ = test.arrives("several", mail, to=("me", "ann", "bob"),
                             options=["--pipeline"])
    for user, trace in zip(("me", "ann", "bob"), traces):
        test.tap.same(sorted(set(re.findall(r"\w+@x\.test", trace))),
                      [user + "@x.test"],
                      "the trace for %s names nobody else" % user)
        test.tap.ok("for <" not in trace, "and has no \"for\"", trace)
    _, transcript = test.arrives("one of them unknown", mail, to=("ann",),
                                 others=["nobody@x.test"])
    test.tap.has(transcript, "550 5.1.1 no such address here: nobody@x.test",
                 "and that is told")
    test.declined("unknown user", 24, "550 5.1.1", ["nobody@x.test"], mail)
    test.declined("not our domain", 24, "550 5.7.1 we take no mail for",
                  ["joe@good.test"], mail)
    traces, _ = test.arrives("null sender", mail, sender="<>")
    test.tap.has("".join(traces), "Return-Path: <>\n", "it stays null")


def ways(test):
    mail = lib.message("ways", "x\n")
    traces, _ = test.arrives("HELO", mail, options=["--protocol", "SMTP"])
    test.tap.has("".join(traces), " with SMTP id ", "no E")
    test.declined("gone in the middle", 0, "354", ["me@x.test"], mail,
                  "--drop-after", "DATA")
    for option, port in ("--tls", 0), ("--tls-on-connect", 2):
        traces, transcript = test.arrives(option, mail, options=[option],
                                          port=port)
        test.tap.ok(re.search(r"with ESMTPS\s+\(TLSv1\.3 \S+\)\s+id ",
                              "".join(traces)), option + ": the trace", traces)
        test.tap.has(test.line(transcript).get("tls", ""), "TLSv1.3",
                     option + ": the log")
    for version, family, ip, ours in (
            ("1", "TCP4", "192.0.2.1", "192.0.2.9"),
            ("1", "TCP6", "2001:db8::1", "2001:db8::9"),
            ("2", "AF_INET", "192.0.2.2", "192.0.2.9"),
            ("2", "AF_INET6", "2001:db8::2", "2001:db8::9")):
        name = "PROXY %s %s" % (version, family)
        _, transcript = test.arrives(name, mail, proxy=[
            "--proxy-version", version, "--proxy-family", family,
            "--proxy-source", ip, "--proxy-source-port", "4000",
            "--proxy-dest", ours, "--proxy-dest-port", "25"] +
            (["--proxy-protocol", "STREAM"] if version == "2" else []))
        test.tap.same(test.line(transcript).get("ip"), ip,
                      name + " names the client")


def main():
    program = lib.need("swaks")
    with lib.Room() as room:
        test = Test(room, program)
        contents(test)
        recipients(test)
        ways(test)
        for user in "me", "ann", "bob":
            room.tap.same(os.listdir(room.at("mail/x.test", user, "tmp")),
                          [], "nothing half-written stays with " + user)
        test.daemon.end()
        room.tap.done()


main()
