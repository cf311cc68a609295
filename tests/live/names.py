# SPDX-License-Identifier: BSD-2-Clause
"""names - DNS servers that we did not write, for live tests: rbldnsd for
lists, nsd for zones, unbound as the resolver in front of both.

Each listens on a loopback port that the system gave, and is asked something
before it is handed out.
"""
import random
import socket
import struct

import lib

NXDOMAIN, REFUSED = 3, 5

# Blocks for documentation, which a resolver would answer for by itself.
OURS = ("test.", "2.0.192.in-addr.arpa.", "100.51.198.in-addr.arpa.",
        "113.0.203.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.")

NSD = """\
server:
  ip-address: 127.0.0.1@%(port)d
  username: ""
  zonesdir: "%(path)s"
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "%(path)s/nsd.zones"
  server-count: 1
remote-control:
  control-enable: no
%(zones)s"""

UNBOUND = """\
server:
  interface: 127.0.0.1
  port: %(port)d
  username: ""
  chroot: ""
  directory: "%(path)s"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  infra-host-ttl: 1
%(zones)sremote-control:
  control-enable: no
"""


# --- asking ------------------------------------------------------------------

def question(port, name, kind=1):
    """Asks; (rcode, addresses), or None without an answer. What is not an
    address counts, and is not read."""
    ident = random.randrange(65536)
    wire = b"".join(bytes([len(part)]) + part.encode()
                    for part in name.rstrip(".").split("."))
    packet = struct.pack(">6H", ident, 0x100, 1, 0, 0, 0) + wire + \
        b"\0" + struct.pack(">2H", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect(("127.0.0.1", port))
        try:
            s.send(packet)
            answer = s.recv(4096)
        except OSError:
            return None
    rcode, count = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
    found, at = [], len(packet)
    for _ in range(count if kind == 1 else 0):  # names are two-byte pointers
        size = struct.unpack(">H", answer[at + 10:at + 12])[0]
        found.append(socket.inet_ntoa(answer[at + 12:at + 12 + size]))
        at += 12 + size
    return rcode, sorted(found)


# --- servers -----------------------------------------------------------------

def serve(room, name, command_at, probe):
    """Starts a server, on another port when somebody was faster; the process
    and the port. In: command_at, the command for a port; probe, a name that
    it can tell something of."""
    while True:
        port = lib.free_port(socket.SOCK_DGRAM)
        process = room.start(name, *command_at(port))
        if lib.until(lambda: process.poll() is not None or
                     question(port, probe)) and process.poll() is None:
            return process, port
        said = room.read(name + ".log").decode("latin-1")
        if lib.ADDRESS_TAKEN not in said:
            raise RuntimeError("%s does not start:\n%s" % (name, said))


def rbldnsd(room, program, zones, probe):
    """In: zones, (origin, kind, text) each."""
    words = []
    for i, (origin, kind, text) in enumerate(zones):
        room.write("rbldnsd.%d" % i, text)
        words.append("%s:%s:rbldnsd.%d" % (origin, kind, i))
    return serve(room, "rbldnsd", lambda port: [
        program, "-n", "-b", "127.0.0.1/%d" % port, *words], probe)


def nsd(room, program, zones):
    """In: zones, origin to text."""
    clauses = ""
    for origin, text in zones.items():
        file = "nsd.%szone" % origin
        room.write(file, "$ORIGIN %s\n%s" % (origin, text))
        clauses += 'zone:\n  name: "%s"\n  zonefile: "%s"\n' % (origin, file)

    def command_at(port):
        conf = room.write("nsd.conf", NSD % {
            "port": port, "path": room.path, "zones": clauses})
        return [program, "-d", "-c", conf]
    return serve(room, "nsd", command_at, next(iter(zones)))


def unbound(room, program, stubs, probe):
    """In: stubs, origin to the port of who serves it; the rest of the world
    does not exist for it."""
    clauses = "".join('  local-zone: "%s" nodefault\n' % z for z in OURS)
    clauses += '  local-zone: "." static\n'
    for origin in stubs:
        clauses += '  local-zone: "%s" transparent\n' % origin
    for origin, port in stubs.items():
        clauses += 'stub-zone:\n  name: "%s"\n  stub-addr: 127.0.0.1@%d\n' % (
            origin, port)

    def command_at(port):
        conf = room.write("unbound.conf", UNBOUND % {
            "port": port, "path": room.path, "zones": clauses})
        return [program, "-d", "-c", conf]
    return serve(room, "unbound", command_at, probe)
