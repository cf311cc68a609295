#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Dovecot reads by IMAP and POP3 what postern delivered.

It is a reader that we did not write, and a strict one: it takes the sizes in
the names of the files at their word and complains in its log when they lie.
While it reads, more mail comes in, and it moves files from new/ to cur/ under
the hands of who delivers.
"""
import hashlib
import imaplib
import poplib
import re
import threading
import time

import lib

POSTERN = """\
name mx.x.test
domain x.test { users table { me ann } }
deliver maildir mail/%%d/%%u { junk folder ".Junk" }
policy live.policy
state state
limits { message-memory 64k }
resolver 127.0.0.1:%d
"""
POLICY = """\
policy live "what comes from bulk.test is junk"
at eom bulk if mail.domain = "bulk.test" junk
"""

# A private instance without a second user: nobody else logs in there.
DOVECOT = """\
base_dir = {run}
state_dir = {state}
log_path = {log}
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{mail}/%d/%n
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {passwd}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%d/%n
}}
namespace inbox {{
  inbox = yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service stats {{
  chroot =
}}
"""

CAME_LATER = 200       # messages that come while it reads


# --- the two servers ---------------------------------------------------------

class Dovecot:
    def __init__(self, room, program):
        self.room = room
        room.write("passwd", "me@x.test:secret\nann@x.test:secret\n")
        room.write("dovecot-says.log", "")
        while True:
            self.imap, self.pop3 = lib.free_port(), lib.free_port()
            room.write("dovecot.conf", DOVECOT.format(
                run=room.at("run"), state=room.at("state-of-dovecot"),
                log=room.at("dovecot-says.log"), user=room.user,
                group=room.group, uid=room.uid, gid=room.gid,
                mail=room.at("mail"), passwd=room.at("passwd"),
                imap=self.imap, pop3=self.pop3))
            self.process = room.start("dovecot", program, "-F", "-c",
                                      room.at("dovecot.conf"))
            if lib.until(self._is_settled) and self.process.poll() is None:
                return
            if lib.ADDRESS_TAKEN not in self.log():
                raise RuntimeError("Dovecot does not start:\n" + self.log())

    def _is_settled(self):
        return "starting up" in self.log() or \
            self.process.poll() is not None

    def log(self):
        return (self.room.read("dovecot.log") +
                self.room.read("dovecot-says.log")).decode("latin-1")

    def open_imap(self, user, folder):
        box = imaplib.IMAP4("127.0.0.1", self.imap, lib.PATIENCE)
        box.login(user + "@x.test", "secret")
        box.select(folder)
        return box

    def open_pop3(self, user):
        box = poplib.POP3("127.0.0.1", self.pop3, lib.PATIENCE)
        box.user(user + "@x.test")
        box.pass_("secret")
        return box


# --- reading -----------------------------------------------------------------

def read_imap(box, first, last):
    """Of each message: whether the size is as announced, and what was sent,
    with LF."""
    found = []
    for number in range(first, last + 1):
        _, data = box.fetch(str(number), "(RFC822.SIZE BODY.PEEK[])")
        # Flags that another session set may be told in between.
        at = [isinstance(part, tuple) for part in data].index(True)
        size = re.search(rb"RFC822\.SIZE (\d+)", data[at][0] + data[at + 1])
        text = data[at][1]
        found.append((int(size.group(1)) == len(text),
                      lib.split_trace(text.replace(b"\r\n", b"\n"))[1]))
    return found


def read_pop3(box, numbers=None):
    """The same; of the whole mailbox, unless it is told which."""
    found = []
    if numbers is None:
        numbers = range(1, box.stat()[0] + 1)
    for number in numbers:
        announced = int(box.list(number).split()[2])
        _, lines, _ = box.retr(number)
        text = b"".join(line + b"\n" for line in lines)
        size = len(text) + len(lines)
        found.append((announced == size, lib.split_trace(text)[1]))
    return found


# --- the test ----------------------------------------------------------------

class Test:
    def __init__(self, room, program):
        self.room, self.tap = room, room.tap
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.daemon = lib.Daemon(room, POSTERN % self.dead.port, "")
        self.dovecot = Dovecot(room, program)

    def send(self, user, message, sender="joe@good.test"):
        reply = lib.send(self.daemon.ports[0], sender, [user + "@x.test"],
                         message)[-1]
        if reply.code != 250:
            raise RuntimeError("not taken: %s" % reply)

    def compare(self, found, wanted, name):
        self.tap.same(len(found), len(wanted), name + ": all are there")
        self.tap.same([sha(text) for _, text in found],
                      [sha(text) for text in wanted],
                      name + ": in order, byte for byte")
        self.tap.ok(all(right for right, _ in found),
                    name + ": sizes are what they say")

    def what_lies_there(self):
        big = "".join("%07d %s\n" % (i, "x" * 60) for i in range(20000))
        inbox = [
            lib.message("first", "Hello.\n"),
            lib.message("dots", ".\n..\n.x\n"),
            lib.message("eight", "Grüße\n") + bytes(range(128, 256)) + b"\n",
            lib.message("empty"),
            lib.message("big", big),
        ]
        junk = [lib.message("only today", "Seventy percent off.\n")]
        for mail in inbox:
            self.send("me", mail)
        for mail in junk:
            self.send("me", mail, "promo@bulk.test")

        box = self.dovecot.open_imap("me", "INBOX")
        self.compare(read_imap(box, 1, len(inbox)), inbox, "IMAP Inbox")
        self.tap.same(box.select("INBOX")[1], [b"%d" % len(inbox)],
                      "IMAP Inbox: nothing else is")
        self.tap.ok(any(line.endswith((b" Junk", b' "Junk"'))
                        for line in box.list()[1]),
                    "IMAP: there is a folder Junk", box.list()[1])
        self.tap.same(box.select("Junk")[1], [b"1"], "IMAP Junk: one is")
        self.compare(read_imap(box, 1, 1), junk, "IMAP Junk")
        box.logout()

        box = self.dovecot.open_pop3("me")
        self.compare(read_pop3(box), inbox, "POP3")
        box.quit()

    def more_comes_in(self):
        """One sends without a pause, two read without a pause."""
        before = lib.message("before", "x\n")
        later = [lib.message("later %03d" % i, "%d\n" % i * (i * i % 9973))
                 for i in range(CAME_LATER)]
        wanted = [before] + later
        self.send("ann", before)
        sender = Worker(lambda: [self.send("ann", mail) for mail in later])
        imap = Worker(lambda: self.follow_imap("ann", len(wanted)))
        pop3 = Worker(lambda: self.follow_pop3("ann", len(wanted)))
        for worker in sender, imap, pop3:
            worker.join()
        self.tap.same(sender.trouble, None, "all of them were taken")
        for name, worker in ("IMAP", imap), ("POP3", pop3):
            name += " while more comes in"
            if not self.tap.same(worker.trouble, None, name + ": no trouble"):
                continue
            found, looks = worker.result
            # Of two that are new at one look, either may be the first.
            found.sort(key=lambda pair: pair[1])
            self.compare(found, sorted(wanted), name)
            self.tap.ok(looks > 2, name + ": it was there all the time",
                        "%d looks" % looks)
            self.tap.note("%s: %d looks" % (name, looks))

    def follow_imap(self, user, count):
        """Everything that appears in one session; and how often it looked."""
        box = self.dovecot.open_imap(user, "INBOX")
        found, looks = [], 0
        end = time.monotonic() + 3 * lib.PATIENCE
        while len(found) < count and time.monotonic() < end:
            box.noop()
            exists = box.response("EXISTS")[1][-1]
            looks += exists is not None
            found += read_imap(box, len(found) + 1, int(exists or 0))
        box.logout()
        return found, looks

    def follow_pop3(self, user, count):
        """Everything that appears, session by session, by its UIDL."""
        found, looks = {}, 0
        end = time.monotonic() + 3 * lib.PATIENCE
        while len(found) < count and time.monotonic() < end:
            box = self.dovecot.open_pop3(user)
            ids = [line.decode().split() for line in box.uidl()[1]]
            fresh = [int(n) for n, ident in ids if ident not in found]
            looks += bool(fresh)
            texts = read_pop3(box, fresh)
            found.update((ident, texts.pop(0)) for n, ident in ids
                         if ident not in found)
            box.quit()
        return list(found.values()), looks


class Worker(threading.Thread):
    """Does something beside us; what came of it, or what went wrong."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.result, self.trouble = work, None, None
        self.start()

    def run(self):
        try:
            self.result = self.work()
        except Exception as e:                # told by who waits for us
            self.trouble = repr(e)


def sha(text):
    """Short enough to be shown."""
    return hashlib.sha256(text).hexdigest()[:12]


def main():
    program = lib.need("dovecot")
    with lib.Room() as room:
        test = Test(room, program)
        test.what_lies_there()
        test.more_comes_in()
        complaints = [line for line in test.dovecot.log().splitlines()
                      if re.search("Warning|Error|Fatal|Panic", line)]
        room.tap.same(complaints, [], "Dovecot has nothing to complain of")
        room.end(test.dovecot.process)
        test.daemon.end()
        room.tap.done()


main()
