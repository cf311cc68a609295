#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""cold.py PORT COMMAND...: milliseconds from exec to the 220 banner."""
import socket
import subprocess
import sys
import time


def banner(port, end):
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as s:
                return s.recv(200)
        except OSError:
            time.sleep(0.0002)
    return b""


start = time.monotonic()
daemon = subprocess.Popen(sys.argv[2:], stderr=subprocess.DEVNULL)
said = banner(int(sys.argv[1]), start + 5)
took = time.monotonic() - start
valid = "yes" if said.startswith(b"220 ") else "INVALID:banner"
print(f"banner_ms={took * 1e3:.1f} valid={valid}")
daemon.terminate()
daemon.wait()
