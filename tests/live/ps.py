# SPDX-License-Identifier: BSD-2-Clause
"""ps - which process is which, for tests that look, kill and watch.

Everything is read from /proc, nothing is what posternd says.
"""
import os

LOOKUP = "postern-lookup"     # a worker of a pool as ps shows it
KINDS = ("gate", "keeper", "store", "lookup", "pool", "checker", "supervisor")


# --- one ---------------------------------------------------------------------

def read(pid, name):
    """A file of its folder; b"" when it is gone."""
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def status_of(pid):
    return dict(line.split(":\t", 1) for line in
                read(pid, "status").decode().splitlines() if ":\t" in line)


class Process:
    """One line of ps: what it is, and that it is still the same one. None is
    made of a process that is gone: that is an OSError or a ValueError."""

    def __init__(self, pid):
        name, words = read(pid, "stat").decode("latin-1").rsplit(")", 1)
        self.command = read(pid, "cmdline").decode("latin-1").split("\0")
        self.name, words = name.split("(", 1)[1], words.split()
        self.pid, self.state, self.parent = pid, words[0], int(words[1])
        self.started = int(words[19])          # in ticks since boot

    def role(self):
        """"": none, as of the supervisor, and of who is being born or dies."""
        try:
            return self.command[self.command.index("--role") + 1]
        except (ValueError, IndexError):
            return ""

    def is_gone(self):
        now = look(self.pid)
        return now is None or now.started != self.started


def look(pid):
    """None: it does not live (any more)."""
    try:
        p = Process(pid)
    except (OSError, ValueError):
        return None
    return None if p.state in "ZX" else p


def alive(pid):
    return look(pid) is not None


def role_of(pid):
    """'gate', 'pool'; '' for the supervisor and for who is gone."""
    p = look(pid)
    return p.role() if p else ""


# --- many --------------------------------------------------------------------

def everybody():
    """All that live on this machine: parent to processes."""
    found = {}
    for name in os.listdir("/proc"):
        p = look(int(name)) if name.isdigit() else None
        if p:
            found.setdefault(p.parent, []).append(p)
    return found


def tree(pid):
    """A process and all that come from it, parents first."""
    below = everybody()
    first = look(pid)
    found, at = [first] if first else [], 0
    while at < len(found):
        found += below.get(found[at].pid, [])
        at += 1
    return found


def family(pid):
    """The same as numbers."""
    return [p.pid for p in tree(pid)]


def children(pid, role=None):
    """Numbers of its living children, in order."""
    return sorted(p.pid for p in everybody().get(pid, [])
                  if role is None or p.role() == role)


def children_now(pid):
    """The same at once, for who must be quick; one that is being born or dies
    may be missing or dead."""
    return {int(word) for word in
            read(pid, "task/%d/children" % pid).split()}


def by_kind(pid):
    """The processes of a posternd: kind to processes, the oldest first."""
    found = {kind: [] for kind in KINDS}
    pools = set()
    for p in tree(pid):
        kind = p.role()
        if p.pid == pid:
            kind = "supervisor"
        elif kind == "pool":
            if p.parent in pools:
                kind = "lookup" if p.name == LOOKUP else "store"
            else:
                pools.add(p.pid)
        if kind in found:
            found[kind].append(p)
    for processes in found.values():
        processes.sort(key=lambda p: (p.started, p.pid))
    return found
