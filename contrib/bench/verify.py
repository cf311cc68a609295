#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify.py FOLDER MESSAGE COUNT: was the work done?

Waits until COUNT files are in the new/ folders below FOLDER, or none has come
for five seconds; then reads each. Prints key=value: filed, whole (the body is
the message's, byte for byte but for line ends), passed (dkim=pass in a field
of results), late_s (seconds until the last one was there).
"""
import pathlib
import re
import sys
import time

PASSED = re.compile(rb"^(authentication-results|x-dkim):[^\n]*\bdkim=pass",
                    re.I | re.M)


def files(folder):
    return [f for new in folder.rglob("new") for f in new.iterdir()]


def wait(folder, count):
    start = last = time.monotonic()
    have = -1
    while True:
        found = len(files(folder))
        now = time.monotonic()
        if found != have:
            have, last = found, now
        if found >= count or now > last + 5:
            return last - start
        time.sleep(0.05)


def split(data):
    head, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    return re.sub(rb"\n[ \t]+", b" ", head), body


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[3])
    body = split(pathlib.Path(sys.argv[2]).read_bytes())[1]
    late = wait(folder, count)
    read = [split(f.read_bytes()) for f in files(folder)]
    print(f"filed={len(read)} whole={sum(b == body for _, b in read)}",
          f"passed={sum(bool(PASSED.search(h)) for h, _ in read)}",
          f"late_s={late:.2f}")


main()
