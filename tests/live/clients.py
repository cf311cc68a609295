#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Python's smtplib and nodemailer as clients: two libraries that much mail of
the world is sent with, each with its own pipelining, dots and MIME; in clear,
with STARTTLS, and in TLS from the start.
"""
import base64
import email
import email.message
import email.policy
import hashlib
import json
import os
import re
import smtplib
import subprocess

import lib

NODEMAILER = "npm:nodemailer@10.6.1"
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
CLEAR, STARTTLS, IN_TLS = "in clear", "STARTTLS", "TLS from the start"
USERS = ("me@x.test", "ann@x.test", "bob@x.test")
EVERY = bytes(b for b in range(1, 256) if b not in b"\r\n")
BIG = "".join("%07d %s\n" % (i, "abcdefghij" * 6) for i in range(40000))

RAW = (("plain", lib.message("plain", "Hello.\n\nThe end\n")),
       ("8 bit", lib.message("8 bit", "Grüße, 漢字\n") + EVERY + b"\n"),
       ("dots", lib.message("dots", ".\n..\n.x\n...\n\n.\nend\n")),
       ("empty", lib.message("empty")),
       ("long lines", lib.message("long lines", "y" * 99999 + "\n")),
       ("3 MB", lib.message("big", BIG)))


class Test:
    def __init__(self, room):
        self.room, self.tap = room, room.tap
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.daemon = lib.Daemon(room, CONF % self.dead.port, "", "tls")
        self.seen, self.said = {}, set()

    def news(self, user):
        """What came into a mailbox since the last time, by subject."""
        box = self.room.at("mail/x.test", user.split("@")[0], "new")
        found = set(os.listdir(box)) if os.path.isdir(box) else set()
        fresh = found - self.seen.get(user, set())
        self.seen[user] = found
        texts = []
        for name in fresh:
            with open(os.path.join(box, name), "rb") as f:
                text = f.read()
            texts.append(lib.split_trace(text)[1])
            self.said.add(re.search(
                rb"\swith (ESMTPS?)\s+(?:\(\S+ \S+\)\s+)?id ", text).group(1))
        return sorted(texts)

    def protocols(self, what, way):
        """How all that came since the last time came, as the trace has it."""
        self.tap.same(self.said, {b"ESMTP" if way == CLEAR else b"ESMTPS"},
                      what + ": the trace says how")
        self.said = set()

    def arrived(self, what, users, *messages):
        for user in USERS:
            want = sorted(messages) if user in users else []
            self.tap.same([sha(text) for text in self.news(user)],
                          [sha(text) for text in want],
                          "%s: %d for %s, byte for byte" %
                          (what, len(want), user))

    def is_composed(self, what, text, subject, body, attachment):
        """What a library made: read again by Python's parser."""
        mail = email.message_from_bytes(text, policy=email.policy.default)
        self.tap.same(mail["Subject"], subject, what + ": its subject")
        self.tap.same(mail.get_body(("plain",)).get_content().rstrip(), body,
                      what + ": its text")
        self.tap.same([sha(part.get_content()) for part in
                       mail.iter_attachments()], [sha(attachment)],
                      what + ": its attachment")


def sha(text):
    return "%d %s" % (len(text), hashlib.sha256(text).hexdigest()[:12])


def wire(message):
    """smtplib sends bytes as they are, but for dots."""
    return message.replace(b"\n", b"\r\n")


# --- smtplib -----------------------------------------------------------------

def open_smtplib(test, way):
    if way == IN_TLS:
        return smtplib.SMTP_SSL(
            "127.0.0.1", test.daemon.ports[1], "client.test",
            timeout=lib.PATIENCE, context=lib.any_certificate())
    s = smtplib.SMTP("127.0.0.1", test.daemon.ports[0], "client.test",
                     lib.PATIENCE)
    if way == STARTTLS:
        s.starttls(context=lib.any_certificate())
    return s


def of_smtplib(test, way):
    tap = test.tap
    with open_smtplib(test, way) as s:
        s.ehlo()
        tap.ok(all(s.has_extn(word) for word in
                   ("size", "8bitmime", "pipelining", "enhancedstatuscodes"))
               and s.has_extn("starttls") == (way == CLEAR),
               "smtplib: knows what we can", s.esmtp_features)
        if way != CLEAR:
            tap.same(s.sock.version(), "TLSv1.3", "smtplib: in TLS 1.3")
        for what, message in RAW:
            s.sendmail("joe@good.test", USERS[:2], wire(message),
                       ["BODY=8BITMIME"])
            test.arrived("smtplib: " + what, USERS[:2], message)
        refused = s.sendmail("joe@good.test", ["no@x.test", "me@x.test"],
                             wire(RAW[0][1]))
        tap.same({who: (code, text[:5]) for who, (code, text) in
                  refused.items()}, {"no@x.test": (550, b"5.1.1")},
                 "smtplib: is told whom we do not know")
        test.arrived("smtplib: the other one", USERS[:1], RAW[0][1])
        made = email.message.EmailMessage()
        made["From"], made["To"] = "Jö <joe@good.test>", "me@x.test"
        made["Subject"] = "Grüße an alle"
        made.set_content("Schöne Grüße")
        made.add_attachment(EVERY * 300, "application", "octet-stream",
                            filename="ünd.bin")
        s.send_message(made)
        test.is_composed("smtplib", test.news("me@x.test")[0],
                         "Grüße an alle", "Schöne Grüße", EVERY * 300)
        for what, kind, who, message in (
                ("too big", smtplib.SMTPSenderRefused, USERS,
                 lib.message("much", BIG * 2)),
                ("unknown", smtplib.SMTPRecipientsRefused, ["no@x.test"],
                 RAW[0][1])):
            try:
                s.sendmail("joe@good.test", who, wire(message))
                tap.ok(False, "smtplib: %s is refused" % what)
            except kind as e:
                tap.ok(re.search("552.*5.3.4|550.*5.1.1", str(e)),
                       "smtplib: %s is refused" % what, e)
        test.arrived("smtplib: refused", ())
        test.protocols("smtplib", way)


# --- nodemailer --------------------------------------------------------------

def of_nodemailer(test, node, folder, way):
    tap = test.tap

    def run(mails, **options):
        options = {"host": "127.0.0.1", "name": "client.test",
                   "port": test.daemon.ports[way == IN_TLS],
                   "secure": way == IN_TLS, "ignoreTLS": way == CLEAR,
                   "requireTLS": way == STARTTLS,
                   "tls": {"rejectUnauthorized": False}, **options}
        done = subprocess.run(
            [node, os.path.join(lib.HERE, "nodemailer.js"), folder],
            input=json.dumps({"options": options, "mails": mails}),
            stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def raw(message, *users):
        return {"envelope": {"from": "joe@good.test", "to": users,
                             "use8BitMime": True},
                "raw": base64.b64encode(message).decode()}

    for what, message in RAW:
        results = run([raw(message, *USERS[:2])])
        tap.has(str(results), "250 2.0.0 kept as", "nodemailer: " + what)
        test.arrived("nodemailer: " + what, USERS[:2], message)
    many = [lib.message("pool %d" % i, "%d\n" % i * 1000) for i in range(40)]
    results = run([raw(m, *USERS) for m in many], pool=True, maxConnections=5)
    tap.same([r["response"][:9] for r in results], ["250 2.0.0"] * 40,
             "nodemailer: 40 messages by 5 connections")
    test.arrived("nodemailer: the pool", USERS, *many)
    results = run([raw(RAW[0][1], "no@x.test", "me@x.test"),
                   raw(RAW[0][1], "no@x.test"),
                   raw(lib.message("much", BIG * 2), "me@x.test")])
    tap.same(results[0].get("rejected"), ["no@x.test"],
             "nodemailer: is told whom we do not know")
    tap.same([(r.get("code"), r["response"][4:9]) for r in results[1:]],
             [(550, "5.1.1"), (552, "5.3.4")],
             "nodemailer: unknown, too big")
    test.arrived("nodemailer: the other one", USERS[:1], RAW[0][1])
    run([{"from": "Jö <joe@good.test>", "to": "me@x.test",
          "subject": "Grüße an alle", "text": "Schöne Grüße",
          "attachments": [{"filename": "ünd.bin", "encoding": "base64",
                           "content": base64.b64encode(EVERY * 300).decode(),
                           "contentType": "application/octet-stream"}]}])
    test.is_composed("nodemailer", test.news("me@x.test")[0],
                     "Grüße an alle", "Schöne Grüße", EVERY * 300)
    test.protocols("nodemailer", way)


def main():
    node = lib.need("node", "npm")[0]
    folder = lib.unpack("nodemailer", NODEMAILER)
    with lib.Room() as room:
        test = Test(room)
        for way in CLEAR, STARTTLS, IN_TLS:
            room.tap.note(way)
            of_smtplib(test, way)
            of_nodemailer(test, node, folder, way)
        test.daemon.end()
        room.tap.done()


main()
