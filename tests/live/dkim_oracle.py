#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of signed messages, most of them broken somewhere, judged by our
dkim filter and by python3-dkim. Both pass or both do not; where they differ the
reason has a name in dkim_differences.txt. CASES and SEED may be set.
"""
import base64
import collections
import os
import re
import subprocess
import sys

import lib

NOW = 1795478400       # what the clock of tests/unit/dkim_lab.c says
CASES = os.environ.get("CASES", "6000")
SEED = os.environ.get("SEED", "1")

try:
    import dkim
    import nacl.signing  # noqa: F401  for ed25519
except ImportError:
    # Debian's modules belong to Debian's interpreter.
    if sys.executable != "/usr/bin/python3" and \
            os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B"] + sys.argv)
    lib.skip("no python3-dkim with python3-nacl")


# --- the other one -----------------------------------------------------------

def theirs(message, record):
    """Does python3-dkim let the first signature pass? And what it said."""
    def ask(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return record if name.lower() == "s._domainkey.good.test." else None
    try:
        return dkim.DKIM(message, minkey=1024).verify(0, dnsfunc=ask), ""
    except Exception as error:     # it raises many kinds, and not only its own
        return False, "%s: %s" % (type(error).__name__, error)


# --- why they differ ---------------------------------------------------------

def froms(message):
    head = message.split(b"\r\n\r\n")[0]
    return len(re.findall(rb"(?im)^from[ \t]*:", head))


# Name, do we pass?, our reason (a pattern), what the other said (a pattern),
# and what else must be so.
WE, IT = True, False
RULES = [
    ("from-on-top", WE, "", "^$", lambda m, k: froms(m) > 1),
    ("space-colon", WE, "", "Unexpected characters in RFC822 header",
     lambda m, k: re.search(rb"(?m)^[!-9;-~]+[ \t]+:", m)),
    ("odd-line", WE, "", "Unexpected characters in RFC822 header",
     lambda m, k: re.search(rb"(?m)^(?![!-9;-~]+:|[ \t])",
                            m.split(b"\r\n\r\n")[0])),
    ("q-list", WE, "", "q= value is not dns/txt",
     lambda m, k: b"http:dns/txt" in m),
    ("padding", WE, "", "value is not valid base64",
     lambda m, k: re.search(rb"b=[^;=]*[^;=\s]\s*(;|\r\n\w)", m)),
    ("clock", IT, "signature has expired|signed in the future", "", None),
    ("x-before-t", IT, "x= is not after t=", "", None),
    ("h-grammar", IT, "h= is no list of fields", "", None),
    ("h-without-from", IT, "From is not signed", "", None),
    ("key-type", IT, "key is of another type", "", None),
    ("key-hash", IT, "key is for other hashes", "", None),
    ("key-version", IT, "no key record", "", lambda m, k: b"; v=DKIM1" in k),
    ("key-base64", IT, "p= is no key", "", lambda m, k: b"*" in k),
    ("key-strict", IT, "key is not for subdomains", "",
     lambda m, k: b"t=s" in k),
    ("rsa-sha1", IT, "rsa-sha1 is not trusted", "", None),
    ("tag-value", IT, "syntax error", "",
     lambda m, k: re.search(rb"[^\t\r\n -~]", m)),
    ("bare", IT, "bare CR or LF", "",
     lambda m, k: re.search(rb"\r(?!\n)|(?<!\r)\n", m)),
    ("l-too-large", IT, "l= is larger than the body", "", None),
    ("i-quoted", IT, "i= is not in d=", "", lambda m, k: b'"a@b"' in m),
    ("testing", IT, "domain tests DKIM", "", lambda m, k: b"t=y" in k),
    ("odd-space", IT, "signature does not match", "",
     lambda m, k: re.search(rb"[\f\v]", m.split(b"\r\n\r\n")[0])),
]


def explain(passes, reason, said, message, record):
    for name, we, ours, other, holds in RULES:
        if we == passes and re.search(ours, reason) and \
                re.search(other, said) and \
                (holds is None or holds(message, record)):
            return name
    return None


# --- the run -----------------------------------------------------------------

def written(source):
    with open(os.path.join(source, "dkim_differences.txt")) as f:
        return set(re.findall(r"(?m)^([a-z0-9-]+) {2,}\S", f.read()))


def main():
    tap = lib.Tap()
    program = os.path.join(lib.BUILD, "tests/unit/dkim_cases")
    if not os.path.exists(program):
        lib.skip("no dkim_cases (built with cmocka)")
    dkim.time.time = lambda: NOW
    tap.same({rule[0] for rule in RULES},
             written(os.path.dirname(os.path.abspath(__file__))),
             "dkim_differences.txt explains every name, and no other")
    out = subprocess.run([program, CASES, SEED], check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    agreed, ours, both = 0, 0, 0
    names, strange = collections.Counter(), []
    for line in out.splitlines():
        message, record, results = line.split(" ", 2)
        message = base64.b64decode(message)
        record = base64.b64decode(record[:-1])
        match = re.match(r';dkim=(\w+)(?: reason="([^"]*)")?', results)
        passes, reason = match.group(1) == "pass", match.group(2) or ""
        other, said = theirs(message, record)
        ours += passes
        both += passes and other
        if passes == other:
            agreed += 1
            continue
        name = explain(passes, reason, said, message, record)
        names[name] += 1
        if name is None:
            strange.append("%s, but %s %s:\n%r\n%r" %
                           (results, other, said, message, record))
    total = len(out.splitlines())
    tap.same(total, int(CASES), "all cases came")
    tap.ok(ours > total / 10 and ours < total * 9 / 10 and
           both > total / 10, "a good part of them passes", ours, both)
    tap.same(len(strange), 0, "each difference has a reason with a name")
    for text in strange[:3]:
        tap.note(text)
    tap.note("%d messages: %d agreed, %d pass with both" %
             (total, agreed, both))
    for name, count in names.most_common():
        tap.note("%6d %s" % (count, name))
    tap.done()


main()
