#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py ROWS: what run.sh has measured, as medians, and what we ask for.

Rows that are not valid are counted and left out. A goal for which a figure is
missing is not printed.
"""
import collections
import statistics
import sys

SHOWN = {
    "floor": ["rate", "p50_ms", "cpu_us"],
    "refuse": ["cpu_us", "lists_per", "rate", "other"],
    "refuse-connect": ["cpu_us", "lists_per", "rate", "other"],
    "lists-8": ["cpu_us", "lists_per", "rate", "other"],
    "lists-0": ["cpu_us", "lists_per", "rate", "other"],
    "early": ["p50_ms", "cpu_us", "lists_per", "other"],
    "slow": ["p50_ms", "cpu_us", "lists_per", "other"],
    "accept": ["rate", "cpu_us", "dot_p50_ms", "dot_p99_ms", "lists_per",
               "late_s", "other"],
    "tls": ["cpu_us", "rate", "other"],
    "idle": ["count", "kib_each"], "idle-ehlo": ["count", "kib_each"],
    "tls-idle": ["count", "kib_each"],
    "house": ["processes", "mib"],
    "cold": ["banner_ms"],
    "durability": ["file", "folder"],
}
NAME = ["part", "peer", "mode", "sessions"]


def read(path):
    """Rows by what was measured, and how many of each were thrown away."""
    rows = collections.defaultdict(list)
    thrown = collections.Counter()
    with open(path, encoding="latin-1") as f:
        for line in f:
            row = dict(word.split("=", 1) for word in line.split()
                       if "=" in word)
            name = " ".join(row[part] for part in NAME if part in row)
            if "INVALID" in row.get("valid", ""):
                thrown[name] += 1
            else:
                rows[name].append(row)
    return rows, thrown


def middle(rows, key):
    """The median, a word when it is none, or None."""
    values = [row[key] for row in rows if key in row]
    try:
        return statistics.median(float(v) for v in values) if values else None
    except ValueError:
        return "/".join(sorted(set(values)))


def durability(rows, peer):
    """What a peer has synced before 250, as strace saw it."""
    for mode in "plain", "checks":
        seen = rows.get("durability %s %s" % (peer, mode))
        if seen:
            return "synced=file:%s,folder:%s" % (seen[-1]["file"],
                                                 seen[-1]["folder"])
    return ""


def table(rows, thrown):
    for name in list(rows) + [n for n in thrown if n not in rows]:
        part = name.split()[0]
        if part not in SHOWN:
            continue
        found = [(key, middle(rows[name], key)) for key in SHOWN[part]]
        print("%-28s n=%d" % (name, len(rows[name])),
              *("%s=%s" % (key, value if isinstance(value, str) else
                           "%.5g" % value)
                for key, value in found if value is not None),
              durability(rows, name.split()[1]) if part == "accept" else "",
              "INVALID=%d" % thrown[name] if thrown[name] else "")


class Goals:
    def __init__(self, rows):
        self.rows = rows

    def figure(self, name, key):
        return middle(self.rows.get(name, []), key)

    def best(self, peers, rest, key, want=max):
        found = [self.figure("accept %s %s" % (peer, rest), key)
                 for peer in peers]
        found = [value for value in found if value is not None]
        return want(found) if found else None

    def tell(self, what, ours, other, asked, aim=None, at_least=True):
        """`ours` beside `other` (1: as it is)."""
        if ours is None or not other:
            return
        share = ours / other
        is_met = share >= asked if at_least else share <= asked
        print("%-52s %8.2f  %s %g%s  %s" % (
            what, share, "at least" if at_least else "at most", asked,
            "" if aim is None else " (aim %g)" % aim,
            "met" if is_met else "NOT MET"))

    def messages(self, mode, peers, share, times, cpu):
        floor = self.figure("floor maildir-16", "rate")
        for sessions in "20", "100":
            rest = "%s %s" % (mode, sessions)
            name = "accept postern " + rest
            self.tell(rest + ": of the Maildir floor",
                      self.figure(name, "rate"), floor, *share)
            self.tell(rest + ": times the best of " + " ".join(peers),
                      self.figure(name, "rate"),
                      self.best(peers, rest, "rate"), *times)
            self.tell(rest + ": CPU of a message, of the cheapest's",
                      self.figure(name, "cpu_us"),
                      self.best(peers, rest, "cpu_us", min), *cpu,
                      at_least=False)

    def all(self):
        def most(what, ours, other, asked):
            self.tell(what, ours, other, asked, at_least=False)

        self.messages("plain", ["postfix"], (0.3, 0.5), (3,), (0.333,))
        self.messages("checks", ["rspamd", "haraka"], (0.15, 0.25), (3, 4),
                      (0.25, 0.167))
        for floor, what in ("maildir-1", "of one filing"), \
                ("maildir-1-paused", "of one after a pause"):
            most("plain 1: dot to 250, " + what,
                 self.figure("accept postern plain 1", "dot_p50_ms"),
                 self.figure("floor " + floor, "p50_ms"), 1.3)
        most("TLS session: CPU, of Postfix's",
             self.figure("tls postern", "cpu_us"),
             self.figure("tls postfix", "cpu_us"), 0.9)
        most("idle TLS connection: KiB",
             self.figure("tls-idle postern", "kib_each"), 1, 28)
        most("all processes idle: MiB",
             self.figure("house postern", "mib"), 1, 16)
        most("exec to banner: ms",
             self.figure("cold postern", "banner_ms"), 1, 80)
        for part, where in ("refuse", "at RCPT"), \
                ("refuse-connect", "at connect"):
            most("refusal %s: CPU, of the bare loop's" % where,
                 self.figure(part + " postern 20", "cpu_us"),
                 self.figure("refuse floor 20", "cpu_us"), 2.5)


def main():
    rows, thrown = read(sys.argv[1])
    table(rows, thrown)
    print()
    Goals(rows).all()


main()
