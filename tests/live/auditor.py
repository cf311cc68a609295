#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""auditor - sends numbered messages, writes down what it was told, and compares
that with the Maildirs in the end. For kill.py and reload.py.

The ledger lies on another file system than the mail, where there is one, and
each line is written before the next step. A message is tried until it is
acknowledged; each attempt has a name of its own, NUMBER.TRY, which stands in
its X-Audit field. The lines:

	B key moment recipients size sum     the attempt begins
	K key moment id recipients           250, for these
	R key moment stage code              refused, for now or for good
	L key moment stage what              nobody knows: no answer came

As a program it is one worker of the load:

	auditor.py PORT,TLS-PORT LEDGER WORKER SESSIONS REST USER...

It ends when its standard input does, after what it has begun is acknowledged.
"""
import asyncio
import bisect
import collections
import hashlib
import math
import os
import random
import re
import sys
import time

import lib

TRY_FOR = 60           # seconds for a message once the load is to end
ANSWER = 30            # and for one answer
SMALL, LARGE, HUGE = 1 << 10, 64 << 10, 1536 << 10
HUGE_SHARE = 0.004
TLS_SHARE = 0.1        # of the connections, when there is a port for them


# --- bodies ------------------------------------------------------------------

class Bodies:
    """Random lines, and the same as they go over the wire. A body is a run of
    them, so it costs no time to make."""

    def __init__(self, rng):
        lines, size = [], 0
        while size < 2 * HUGE:
            width = rng.choice((0, 1, 20, 60, 76, 76, 76, 300))
            line = "".join(rng.choices("abcdefghij .;", k=width))
            if rng.random() < 0.05:
                line = "." + line
            lines.append(line.encode())
            size += len(line) + 1
        self.plain = b"".join(line + b"\n" for line in lines)
        wires = [(b"." if line[:1] == b"." else b"") + line + b"\r\n"
                 for line in lines]
        self.wire = b"".join(wires)
        self.at, self.wire_at = [0], [0]
        for line, wire in zip(lines, wires):
            self.at.append(self.at[-1] + len(line) + 1)
            self.wire_at.append(self.wire_at[-1] + len(wire))
        self.rng = rng

    def draw(self):
        """A body of a random size: size, sum, and how it is sent."""
        if self.rng.random() < HUGE_SHARE:
            size = HUGE
        else:
            size = int(SMALL * math.exp(self.rng.random() *
                                        math.log(LARGE / SMALL)))
        mean = self.at[-1] / (len(self.at) - 1)
        count = int(size / mean)
        first = self.rng.randrange(len(self.at) - count - 1)
        last = first + count
        plain = self.plain[self.at[first]:self.at[last]]
        return (len(plain), hashlib.sha256(plain).hexdigest()[:32],
                self.wire[self.wire_at[first]:self.wire_at[last]])


# --- the ledger --------------------------------------------------------------

class Ledger:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, kind, key, *words):
        line = "%s %s %.6f %s\n" % (kind, key, time.monotonic(),
                                    " ".join(map(str, words)))
        os.write(self.fd, line.encode())


def read_ledger(folder):
    """All lines of all workers as lists of words, each in its order."""
    lines = []
    for name in sorted(os.listdir(folder)):
        if name.startswith("worker-"):
            with open(os.path.join(folder, name), encoding="ascii") as f:
                lines += [line.split() for line in f]
    return lines


# --- the load ----------------------------------------------------------------

class Gone(Exception):
    """The connection is of no more use. In: where, and why."""


class Message:
    def __init__(self, number, bodies, users, rng):
        self.number, self.tries = number, 0
        self.left = rng.sample(users, rng.choice((1, 1, 2, 3)))
        self.size, self.sum, self.wire = bodies.draw()
        self.key = None

    def begin(self):
        self.tries += 1
        self.key = "%s.%d" % (self.number, self.tries)

    def head(self):
        return ("From: <load@load.test>\r\nTo: <all@x.test>\r\n"
                "Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n"
                "Message-ID: <%s@load.test>\r\nSubject: %s\r\n"
                "X-Audit: %s\r\n\r\n" % (self.key, self.key, self.key)
                ).encode()


class Session:
    """One connection. Every wait has an end; what goes wrong is Gone."""

    def __init__(self, port, tls):
        self.port, self.tls, self.stage = port, tls, "connect"
        self.is_fresh = True       # nothing has come of it yet

    async def open(self):
        self.stage = "connect"
        try:
            self.reader, self.writer = await asyncio.wait_for(
                asyncio.open_connection("127.0.0.1", self.port,
                                        ssl=self.tls), ANSWER)
        except (OSError, asyncio.TimeoutError) as e:
            raise Gone(type(e).__name__) from e
        self.stage = "greeting"
        await self.expect(await self.reply(), 220)
        self.stage = "ehlo"
        await self.expect(await self.ask(b"EHLO load.test\r\n"), 250)

    async def expect(self, reply, *codes):
        if reply[0] not in codes:
            raise Gone(reply)

    async def send(self, data):
        try:
            self.writer.write(data)
            await asyncio.wait_for(self.writer.drain(), ANSWER)
        except (OSError, asyncio.TimeoutError) as e:
            raise Gone(type(e).__name__) from e

    async def reply(self):
        """(code, text)"""
        while True:
            try:
                line = await asyncio.wait_for(self.reader.readline(), ANSWER)
            except (OSError, asyncio.TimeoutError, ValueError) as e:
                raise Gone(type(e).__name__) from e
            if not line.endswith(b"\n"):
                raise Gone("eof")
            if line[3:4] != b"-":
                break
        reply = int(line[:3]), line[4:].decode("latin-1").strip()
        if reply[0] == 421:            # whatever was asked, this is the end
            raise Gone(reply)
        return reply

    async def ask(self, data):
        await self.send(data)
        return await self.reply()

    async def envelope(self, message):
        """All in one group; who was accepted, and whether content may come."""
        self.stage = "envelope" if self.is_fresh else "next-envelope"
        group = b"MAIL FROM:<load@load.test>\r\n" + b"".join(
            b"RCPT TO:<%s@x.test>\r\n" % user.encode()
            for user in message.left) + b"DATA\r\n"
        mail = await self.ask(group)
        rcpts = [await self.reply() for _ in message.left]
        data = await self.reply()
        if mail[0] // 100 != 2:
            raise Gone(mail)
        taken = [user for user, r in zip(message.left, rcpts)
                 if r[0] // 100 == 2]
        if data[0] != 354:
            raise Gone(rcpts[0] if not taken else data)
        return taken

    async def content(self, message):
        self.stage = "content"
        await self.send(message.head() + message.wire)
        self.stage = "dot"
        reply = await self.ask(b".\r\n")
        self.is_fresh = False
        return reply

    def close(self):
        if hasattr(self, "writer"):
            self.writer.close()


class Load:
    def __init__(self, ports, ledger, worker, rest, users):
        self.rng, self.rest = random.Random(worker), rest
        self.ports, self.ledger, self.worker = ports, Ledger(ledger), worker
        self.tls = lib.any_certificate()
        self.users, self.count = users, 0
        self.bodies = Bodies(self.rng)
        self.is_ending = False

    def draw(self):
        self.count += 1
        return Message("%s-%d" % (self.worker, self.count), self.bodies,
                       self.users, self.rng)

    async def one(self, session, message):
        """An attempt in an open session. True: everybody has it."""
        taken = await session.envelope(message)
        reply = await session.content(message)
        if reply[0] != 250:
            raise Gone(reply)
        ident = reply[1].rsplit(" ", 1)[-1]
        self.ledger.write("K", message.key, ident, ",".join(taken))
        message.left = [user for user in message.left if user not in taken]
        return not message.left

    def begin(self, message):
        message.begin()
        self.ledger.write("B", message.key, ",".join(message.left),
                          message.size, message.sum)

    async def batch(self, messages):
        """One connection; drops from the list what is done."""
        if len(self.ports) > 1 and self.rng.random() < TLS_SHARE:
            session = Session(self.ports[1], self.tls)
        else:
            session = Session(self.ports[0], None)
        self.begin(messages[0])
        try:
            await session.open()
            while await self.one(session, messages[0]):
                messages.pop(0)
                if not messages:
                    await session.ask(b"QUIT\r\n")
                    return
                self.begin(messages[0])
        except Gone as e:
            if messages:
                self.gone(messages[0], session.stage, e.args[0])
        finally:
            session.close()

    def gone(self, message, stage, why):
        if isinstance(why, tuple):
            self.ledger.write("R", message.key, stage, why[0],
                              why[1].split(" ", 1)[0])
        else:
            self.ledger.write("L", message.key, stage, why)

    async def client(self):
        while not self.is_ending:
            messages = [self.draw() for _ in range(self.rng.choice((1, 1, 3)))]
            latest, pause = math.inf, 0.01
            while messages and time.monotonic() < latest:
                before = len(messages)
                await self.batch(messages)
                if self.is_ending and latest == math.inf:
                    latest = time.monotonic() + TRY_FOR
                if self.rest > 0 and not self.is_ending:
                    await asyncio.sleep(self.rest)
                if len(messages) == before:
                    await asyncio.sleep(pause * (0.5 + self.rng.random()))
                    pause = min(2 * pause, 1)

    async def run(self, sessions):
        clients = [asyncio.ensure_future(self.client())
                   for _ in range(sessions)]
        end = asyncio.get_running_loop().run_in_executor(None,
                                                         sys.stdin.read)
        await end
        self.is_ending = True
        await asyncio.gather(*clients)


# --- the audit ---------------------------------------------------------------

class Attempt:
    def __init__(self, words):
        self.key, self.begin = words[1], float(words[2])
        self.users = words[3].split(",")
        self.size, self.sum = int(words[4]), words[5]
        self.end, self.taken, self.refused = math.inf, (), None
        self.stage = ""

    @property
    def number(self):
        return self.key.split(".")[0]


def merged(spans):
    """Sorted, and those that overlap made one."""
    found = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


class Audit:
    """In: ledger, its folder; mail, with a folder for each user below; kills,
    (begin, end) of each time in which something was killed."""

    def __init__(self, ledger, mail, kills=()):
        self.attempts = {}
        self.counts = collections.Counter()
        self.turned_away = collections.Counter()   # stage and why
        self.kills = merged(kills)
        self.troubles = []         # for a person
        for words in read_ledger(ledger):
            self._enter(words)
        self.copies = collections.defaultdict(list)
        for user in sorted(os.listdir(mail)):
            self._open(mail, user)
        self._judge()

    def _enter(self, words):
        kind, key = words[:2]
        if kind == "B":
            self.attempts[key] = Attempt(words)
            return
        a = self.attempts[key]
        a.end = float(words[2])
        if kind == "K":
            a.taken = words[4].split(",")
        elif kind == "R":
            a.refused = words[4]
            a.stage = words[3]
            self.counts["refused"] += 1
            self.turned_away["%s %s" % (words[3], words[4])] += 1
        else:
            a.stage = words[3]
            self.counts["unanswered"] += 1
            self.turned_away["%s %s" % (words[3], words[4])] += 1

    def _open(self, mail, user):
        for sub in "new", "cur":
            folder = os.path.join(mail, user, sub)
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), "rb") as f:
                    self._look(user, f.read())
        self.counts["left in tmp"] += len(os.listdir(
            os.path.join(mail, user, "tmp")))

    def _look(self, user, text):
        """One file."""
        self.counts["copies"] += 1
        head, _, body = text.partition(b"\n\n")
        self.counts["came in TLS"] += b" with ESMTPS\n" in head
        match = re.search(rb"(?m)^X-Audit: (\S+)$", head)
        a = self.attempts.get(match.group(1).decode()) if match else None
        if a is None:
            self._trouble("foreign", "%s: %r" % (user, text[:200]))
            return
        self.copies[a.key, user].append(len(body))
        if len(body) < a.size:
            self._trouble("short", "%s for %s" % (a.key, user))
        elif hashlib.sha256(body).hexdigest()[:32] != a.sum:
            self._trouble("changed", "%s for %s" % (a.key, user))

    def _trouble(self, what, text):
        self.counts[what] += 1
        self.troubles.append("%s: %s" % (what, text))

    def is_touched(self, a):
        """Whether something was killed while it lasted."""
        at = bisect.bisect_left(self.kills, a.begin, key=lambda k: k[1])
        return at < len(self.kills) and self.kills[at][0] <= a.end

    def _judge(self):
        self.counts["attempts"] = len(self.attempts)
        touched = {key: self.is_touched(a) for key, a in
                   self.attempts.items()}
        harmed, users = collections.Counter(), collections.Counter()
        has_it = set()
        for key, a in self.attempts.items():
            self._judge_one(a, touched[key])
            harmed[a.number] += touched[key]
            has_it.update((a.number, user) for user in a.taken)
            for user in a.users:
                users[a.number, user] += len(self.copies[key, user])
        for (number, user), count in users.items():
            if (number, user) not in has_it:
                self._trouble("given up", "%s for %s" % (number, user))
            if count > 1:
                what = "doubled, touched" if harmed[number] else "doubled"
                self._trouble(what, "%s for %s" % (number, user))
        self.counts["touched"] = sum(touched.values())
        self.counts["messages"] = len(harmed)

    def _judge_one(self, a, touched):
        if a.taken:
            self.counts["acknowledged"] += 1
            self.counts["untouched acknowledged"] += not touched
        for user in a.users:
            count = len(self.copies[a.key, user])
            if user in a.taken:
                if count == 0:
                    self._trouble("missing", "%s for %s" % (a.key, user))
            elif count > 0:
                # Nobody said 250. With a kill that is what must be borne.
                what = "left, touched" if touched else "left"
                self._trouble(what, "%s for %s (%s %s)" % (
                    a.key, user, a.stage, a.refused))

    def figures(self):
        words = ("attempts", "messages", "acknowledged", "copies",
                 "came in TLS", "missing",
                 "short", "changed", "foreign", "given up", "doubled", "left",
                 "doubled, touched", "left, touched", "touched",
                 "untouched acknowledged", "unanswered", "refused",
                 "left in tmp")
        lines = ["%7d %s" % (self.counts[word], word) for word in words]
        lines += ["%7d at %s" % (n, what) for what, n in
                  sorted(self.turned_away.items())]
        return "\n".join(lines)


def main():
    ports, ledger, worker, sessions, rest = sys.argv[1:6]
    load = Load([int(port) for port in ports.split(",")], ledger, worker,
                float(rest), sys.argv[6:])
    asyncio.run(load.run(int(sessions)))


if __name__ == "__main__":
    main()
