#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""message.py FOLDER: what the bench sends, and what DNS knows about it.

Writes into FOLDER: key.pem (RSA 2048), signed (4 KiB, signed by it:
rsa-sha256, relaxed/simple), plain (4 KiB without a signature) and zone, as
dns.c reads it. Clients are 203.1.x.y: addresses that no program takes for
local ones.
"""
import base64
import hashlib
import pathlib
import re
import subprocess
import sys

SIZE = 4096
DOMAIN = "sender.example"
FIELDS = f"""From: Sender <sender@{DOMAIN}>
To: u0@example.test
Subject: bench
Date: Mon, 23 Nov 2026 22:00:00 +0000
Message-ID: <bench.1@{DOMAIN}>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii""".split("\n")
LINE = "A line of text, as there are many in mail that people write."
ZONE = f"""{DOMAIN} A 203.1.0.1
{DOMAIN} MX mx.{DOMAIN}
{DOMAIN} TXT v=spf1 include:_spf.{DOMAIN} -all
_spf.{DOMAIN} TXT v=spf1 ip4:203.0.113.0/24 ip4:203.1.0.0/16 ~all
_dmarc.{DOMAIN} TXT v=DMARC1; p=reject
mx.{DOMAIN} A 203.1.0.1
client.{DOMAIN} A 203.1.0.1
client.{DOMAIN} TXT v=spf1 ip4:203.1.0.0/16 -all
*.1.203.in-addr.arpa PTR client.{DOMAIN}
example.test MX mx.example.test
mx.example.test A 127.0.0.1
sel._domainkey.{DOMAIN} TXT v=DKIM1; k=rsa; p=%s
"""


def openssl(*arguments, text=b""):
    return subprocess.run(["openssl", *arguments], input=text, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def relaxed(field):
    name, value = field.split(":", 1)
    return name.lower() + ":" + re.sub(r"[ \t\r\n]+", " ", value).strip()


def folded(text):
    return "\r\n\t ".join(re.findall(".{1,70}", text))


def signature(body, key):
    names = ":".join(field.split(":")[0] for field in FIELDS)
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    field = (f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; "
             f"d={DOMAIN}; s=sel;\r\n\th={names};\r\n\tbh={digest};\r\n\tb=")
    signed = "".join(relaxed(f) + "\r\n" for f in FIELDS) + relaxed(field)
    value = openssl("dgst", "-sha256", "-sign", key, text=signed.encode())
    return field + folded(base64.b64encode(value).decode())


def message(sign):
    """In: sign(body), the signature field with its line end, or nothing."""
    head = "\r\n".join(FIELDS) + "\r\n\r\n"
    room = SIZE - len(head) - len(sign(""))
    body = ""
    while len(body) + len(LINE) + 7 <= room:
        body += f"{len(body):04} {LINE}\r\n"
    body += "x" * (room - len(body) - 2) + "\r\n"
    return (sign(body) + head + body).encode()


def main():
    folder = pathlib.Path(sys.argv[1])
    key = str(folder / "key.pem")
    openssl("genrsa", "-out", key, "2048")
    public = openssl("rsa", "-in", key, "-pubout", "-outform", "DER")
    (folder / "zone").write_text(ZONE % base64.b64encode(public).decode())
    (folder / "plain").write_bytes(message(lambda body: ""))
    (folder / "signed").write_bytes(message(
        lambda body: signature(body, key) + "\r\n"))


main()
