# SPDX-License-Identifier: BSD-2-Clause
"""house - posternd with all its processes, and a load on it: for tests that
kill, reload and watch.
"""
import os
import random
import signal
import subprocess
import sys
import time

import auditor
import lib
import ps

CONF = """\
name mx.x.test
domain x.test { users table { %s } }
deliver maildir mail/%%d/%%u
policy live.policy
state state
processes { gates %d; stores %d }
limits { per-address 0; per-network 0; message-memory 256k }
resolver 127.0.0.1:%d
"""
POLICY = """\
policy live "everything is welcome"
refuse never
"""
USERS = ["user%d" % i for i in range(8)]


# --- the house ---------------------------------------------------------------

class House(lib.Daemon):
    def __init__(self, room, gates=2, stores=4, program=None, more="",
                 listens=("", "tls")):
        self.dead = lib.DeadPort()
        room.folder("mail")
        room.write("live.policy", POLICY)
        self.gates, self.stores, self.more = gates, stores, more
        super().__init__(room, self.conf(), *listens, program=program)

    def conf(self):
        return CONF % (" ".join(USERS), self.gates, self.stores,
                       self.dead.port) + self.more

    def kinds(self):
        return ps.by_kind(self.process.pid)

    def is_whole(self):
        """Everybody is there, once."""
        now = self.kinds()
        return len(now["gate"]) == self.gates and \
            len(now["store"]) + len(now["lookup"]) == self.stores + 1 and \
            len(now["pool"]) == len(now["keeper"]) == 1

    def restart(self):
        """After the end of the supervisor: the same once more, as a service
        manager would."""
        end = time.monotonic() + lib.PATIENCE
        while time.monotonic() < end:
            if self.start_again():
                return
            time.sleep(0.02)
        raise RuntimeError("posternd does not start again:\n" + self.log())


# --- the load ----------------------------------------------------------------

class Crowd:
    """Workers that send, and their ledger: on another file system than the
    mail where that can be. In: first, the name of the first worker; no two of
    a room may have the same."""

    def __init__(self, room, ports, workers=2, sessions=16, rest=0, first=0):
        self.room = room
        self.folder, self.is_elsewhere = self._place(room)
        self.workers = []
        for i in range(first, first + workers):
            self.workers.append(subprocess.Popen(
                [sys.executable, "-B", lib.HERE + "/auditor.py",
                 ",".join(map(str, ports)),
                 "%s/worker-%d" % (self.folder, i), str(i), str(sessions),
                 str(rest), *USERS],
                stdin=subprocess.PIPE, start_new_session=True))
            room.processes.append(self.workers[-1])
        self.kills, self.offsets, self.kept = [], {}, 0

    @staticmethod
    def _place(room):
        for place in "/dev/shm", "/run", "/var/tmp":
            if os.access(place, os.W_OK) and \
                    os.stat(place).st_dev != os.stat(room.path).st_dev:
                return room.another_folder(place), True
        return room.folder("ledger"), False

    def acknowledged(self):
        """How many so far; reads on from where it was."""
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as f:
                f.seek(self.offsets.get(name, 0))
                for line in f:
                    if not line.endswith(b"\n"):
                        break
                    self.kept += line.startswith(b"K ")
                    self.offsets[name] = self.offsets.get(name, 0) + len(line)
        return self.kept

    def end(self):
        """They finish what they have begun; True when all could."""
        for worker in self.workers:
            worker.stdin.close()
        return [worker.wait(2 * auditor.TRY_FOR)
                for worker in self.workers] == [0] * len(self.workers)

    def killed(self, kind, pid, begin, end):
        self.kills.append((begin, end))
        with open(self.folder + "/kills", "a", encoding="ascii") as f:
            f.write("%s %d %.6f %.6f\n" % (kind, pid, begin, end))

    def audit(self):
        return auditor.Audit(self.folder, self.room.at("mail/x.test"),
                             self.kills)


# --- killing -----------------------------------------------------------------

class Killer:
    """kill -9, by kind."""

    def __init__(self, house, crowd, seed):
        self.house, self.crowd = house, crowd
        self.rng = random.Random(seed)
        self.counts = dict.fromkeys(ps.KINDS, 0)

    def kill(self, kind):
        """One of that kind, unless none would be left to do the work;
        whether."""
        if kind == "checker":
            return self._kill_checker()
        found = self.house.kinds()[kind]
        if len(found) < (2 if kind in ("gate", "store") else 1):
            return False
        # Who lived long is started anew at once.
        victim = found[0] if kind in ("gate", "pool") else \
            self.rng.choice(found)
        self._shoot(kind, victim)
        return True

    def _shoot(self, kind, victim):
        """And waits until it, and who cannot live without it, are gone."""
        heirs = ps.tree(victim.pid) if kind in ("pool", "supervisor") else []
        begin = time.monotonic()
        os.kill(victim.pid, signal.SIGKILL)
        if kind == "supervisor":
            self.house.process.wait()
        lib.until(victim.is_gone)
        if kind == "supervisor":
            # The gates that it leaves finish on their own.
            self.house.restart()
        lib.until(lambda: all(p.is_gone() for p in heirs), 30)
        self.crowd.killed(kind, victim.pid, begin, time.monotonic())
        self.counts[kind] += 1

    def _kill_checker(self):
        """It lives for some milliseconds, and only while we ask for a new
        generation."""
        others = set()
        os.kill(self.house.process.pid, signal.SIGHUP)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            for pid in ps.children_now(self.house.process.pid) - others:
                p = ps.look(pid)
                if p and p.role() == "checker":
                    self._shoot("checker", p)
                    return True
                if p and p.role():
                    others.add(pid)
        return False
