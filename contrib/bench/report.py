#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py ROWS: what run.sh has measured, as tables of medians.

Rows that are not valid are counted and left out. `of floor` is the rate
beside the median of all floors of 16 threads in the same file.
"""
import collections
import statistics
import sys

SHOWN = {
    "floor": ["rate", "p50_ms", "cpu_us"],
    "refuse": ["cpu_us", "lists_per", "rate"],
    "slow": ["p50_ms", "cpu_us", "lists_per"],
    "accept": ["rate", "cpu_us", "dot_p50_ms", "dot_p99_ms", "lists_per"],
    "tls": ["cpu_us", "rate"],
    "idle": ["kib_each"], "idle-ehlo": ["kib_each"],
    "tls-idle": ["kib_each"],
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
            name = tuple(row.get(part, "") for part in NAME)
            if "INVALID" in row.get("valid", ""):
                thrown[name] += 1
            else:
                rows[name].append(row)
    return rows, thrown


def middle(values):
    try:
        return "%.4g" % statistics.median(float(v) for v in values)
    except ValueError:
        return "/".join(sorted(set(values)))


def main():
    rows, thrown = read(sys.argv[1])
    floors = [float(row["rate"]) for row in
              rows.get(("floor", "maildir-16", "", ""), [])]
    for name in list(rows) + [n for n in thrown if n not in rows]:
        if name[0] not in SHOWN:
            continue
        found = ["%s=%s" % (key, middle([row[key] for row in rows[name]
                                         if key in row]))
                 for key in SHOWN[name[0]] if rows[name]]
        if name[0] == "accept" and floors and rows[name]:
            rate = statistics.median(float(r["rate"]) for r in rows[name])
            found.append("of_floor=%.0f%%" %
                         (100 * rate / statistics.median(floors)))
        print("%-34s n=%d %s%s" % (
            " ".join(part for part in name if part), len(rows[name]),
            " ".join(found),
            " INVALID=%d" % thrown[name] if thrown[name] else ""))


main()
