#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""durable.py TRACE: what was synced between 354 and the 250 of one message.

TRACE is of strace -f -y; a sync counts when it has returned 0 before the 250
is written. Prints file=yes|no folder=yes|no.
"""
import os
import re
import sys

CALL = re.compile(r"^(\d+) +(fsync|fdatasync)\(\d+<(.*?)>(.*)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (?:fsync|fdatasync) resumed>(.*)$")
SAYS = re.compile(r'^\d+ +(?:write|writev|sendto|sendmsg)\(.*?"(\d{3}) ')


def main():
    synced = {"file": False, "folder": False}
    waiting = {}
    is_open = False
    with open(sys.argv[1], encoding="utf-8", errors="replace") as trace:
        for line in trace:
            call, resumed = CALL.match(line), RESUMED.match(line)
            says = SAYS.match(line)
            path = None
            if call:
                waiting[call[1]] = call[3]
                path = call[4].endswith("= 0") and call[3]
            elif resumed:
                path = resumed[2].endswith("= 0") and waiting.get(resumed[1])
            if says and says[1] == "354":
                is_open = True
            elif says and says[1] == "250" and is_open:
                print(*(f"{k}={'yes' if v else 'no'}"
                        for k, v in synced.items()))
                return
            if path and is_open:
                synced["folder" if os.path.isdir(path) else "file"] = True
    print("file=? folder=?")


main()
