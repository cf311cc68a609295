#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The house: supervisor, gates, pools. Who they are and what they hold; that
each of them may die; reload, replacement, drain. catalogue 124, 125, 126,
127, 133, 134
"""
import os
import pwd
import re
import shutil
import signal
import subprocess
import time

import lib
import ps

CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
greet wait 0s
state state
resolver 127.0.0.1:%d { query-deadline 300ms }
processes { gates 2; stores 2; watch 2s }
"""

CONFIG = 78
KEPT = {"CapPrm": 0x5e0, "CapEff": 0x5e0, "CapBnd": 0x5e0, "CapInh": 0,
        "CapAmb": 0}
NONE = {name: 0 for name in KEPT}
SUPERVISOR_DIED = 20


# --- waiting -----------------------------------------------------------------

def stays(pids):
    return [pid for pid in pids if ps.alive(pid)]


def count(daemon, pattern):
    return len(re.findall(pattern, daemon.log(), re.M))


def heard(daemon, pattern, times=1, seconds=lib.PATIENCE):
    """Whether the log holds it so often, soon."""
    return lib.until(lambda: count(daemon, pattern) >= times, seconds)


def deliver(daemon, subject):
    replies = lib.send(daemon.ports[0], "a@b.test", ["me@x.test"],
                       lib.message(subject))
    return replies[-1].code


def sooner_or_later(daemon, subject):
    """While a process is away mail may be put off; then it is taken."""
    def attempt():
        try:
            return deliver(daemon, subject) == 250
        except (OSError, EOFError):
            return False
    return lib.until(attempt)


# --- who they are ------------------------------------------------------------

def table(room, daemon):
    """Two gates, a keeper, one pool; what each may do and has open."""
    tap = room.tap
    gates = ps.children(daemon.pid, "gate")
    pools = ps.children(daemon.pid, "pool")
    tap.same((len(gates), len(pools)), (2, 1), "two gates and a pool")
    tap.same((len(ps.children(daemon.pid, "keeper")),
              len(ps.children(daemon.pid))), (1, 4),
             "a keeper, and no checker is left")
    for pid in ps.family(daemon.pid):
        status = ps.status_of(pid)
        tap.note("%d %s" % (pid, ps.role_of(pid) or "supervisor"))
        tap.same(status["NoNewPrivs"].strip(), "1", "no new rights")
        tap.same(os.readlink("/proc/%d/cwd" % pid) if os.getuid() == 0 else
                 "/", "/", "its folder is /")
        limits = ps.read(pid, "limits").decode()
        tap.ok(re.search(r"Max core file size +0 +0 ", limits), "no core",
               limits)
    if not sanitized(room):
        seen = [pid for pid in ps.family(daemon.pid)
                if os.stat("/proc/%d/environ" % pid).st_uid != 0]
        tap.same(seen, [], "nobody's memory is seen")
    if os.getuid() == 0:
        descriptors(room, gates, pools)


def sanitized(room):
    out = subprocess.run([room.at("posternd"), "--version"], text=True,
                         capture_output=True, check=True).stdout
    return "sanitizers yes" in out


def held(pid):
    """What a process has open: (number, what)."""
    folder = "/proc/%d/fd" % pid
    return sorted((int(fd), os.readlink(folder + "/" + fd))
                  for fd in os.listdir(folder))


def descriptors(room, gates, pools):
    tap = room.tap
    for pid in gates + pools:
        tap.same(ps.read(pid, "environ").replace(b"\0", b"\n").decode(),
                 "".join("%s=%s\n" % pair for pair in os.environ.items()
                         if pair[0] in ("ASAN_OPTIONS", "UBSAN_OPTIONS",
                                        "LSAN_OPTIONS", "JOURNAL_STREAM")
                         and (sanitized(room) or
                              pair[0] == "JOURNAL_STREAM")),
                 "no environment of ours")
    for pid in gates:
        files = [what for number, what in held(pid) if number > 3 and
                 not re.match(r"socket:|anon_inode:|/memfd:", what)]
        tap.same(files, [], "a gate has no file open")
        tap.ok(held(pid)[3][0] == 3 and "socket:" in held(pid)[3][1],
               "its wire is descriptor 3")


# --- each may die ------------------------------------------------------------

def deaths(room, daemon):
    tap = room.tap
    before = len(held(daemon.pid)) if os.getuid() == 0 else 0
    for role in "gate", "keeper", "pool":
        victims = ps.children(daemon.pid, role)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        tap.ok(heard(daemon, r"^state name=%s state=ended .*signal=SIGKILL" %
                     role, len(victims)), "the end of each %s is told" % role,
               daemon.log()[-2000:])
        tap.ok(lib.until(lambda role=role, victims=victims:
                         len(set(ps.children(daemon.pid, role)) - set(victims))
                         == len(victims)), "each %s comes back" % role)
        tap.ok(sooner_or_later(daemon, "after " + role),
               "and mail is taken")
    if before:
        tap.ok(lib.until(lambda: len(held(daemon.pid)) == before),
               "no descriptor was lost on the way", before,
               "\n".join(map(str, held(daemon.pid))))


def no_process(room, daemon):
    """fork fails: tried again, less and less often, and nothing is lost."""
    tap = room.tap
    before = len(held(daemon.pid)) if os.getuid() == 0 else 0
    who = {} if os.getuid() != 0 else {
        "user": room.uid, "group": room.gid, "extra_groups": []}

    def processes_may_be(number):
        subprocess.run(["prlimit", "--pid", str(daemon.pid),
                        "--nproc=%s:" % number], check=True, **who)
    hard = proc_limit(daemon.pid)
    processes_may_be(1)
    victim = ps.children(daemon.pid, "gate")[0]
    os.kill(victim, signal.SIGKILL)
    tap.ok(heard(daemon, "name=gate state=no-process", 2), "it is told")
    tap.ok(sooner_or_later(daemon, "one gate"), "the others work")
    time.sleep(1)
    tries = count(daemon, "name=gate state=no-process")
    tap.ok(tries <= 4, "no spinning", tries)
    processes_may_be(hard)
    tap.ok(both_gates(daemon), "then it comes back")
    if before:
        tap.ok(lib.until(lambda: len(held(daemon.pid)) == before),
               "no descriptor was lost on the way", before,
               "\n".join(map(str, held(daemon.pid))))


def both_gates(daemon):
    """Whether there are two again, soon; who died often waits for long."""
    return lib.until(lambda: len(ps.children(daemon.pid, "gate")) == 2,
                     3 * lib.PATIENCE)


def proc_limit(pid):
    """How many processes there may be, the hard limit."""
    limits = ps.read(pid, "limits").decode()
    return re.search(r"Max processes +\S+ +(\S+)", limits).group(1)


def fault(room, daemon):
    """What ran when it died is in the log."""
    victim = ps.children(daemon.pid, "gate")[0]
    os.kill(victim, signal.SIGABRT)
    room.tap.ok(heard(daemon, r'^state name=gate state=ended pid=%d '
                      r'signal=SIGABRT note="(loop|session)"' % victim),
                "what ran is told", daemon.log()[-1000:])
    room.tap.ok(both_gates(daemon), "and it is replaced")


def hung(room, daemon):
    """Who gives no sign of life is ended; who was stopped himself accuses
    nobody."""
    tap = room.tap
    os.kill(daemon.pid, signal.SIGSTOP)
    time.sleep(4.5)
    os.kill(daemon.pid, signal.SIGCONT)
    time.sleep(1.5)
    tap.ok(count(daemon, "state=hung") == 0, "no false alarm",
           daemon.log()[-1500:])
    victim = ps.children(daemon.pid, "gate")[0]
    os.kill(victim, signal.SIGSTOP)
    tap.ok(heard(daemon, r"state=hung pid=%d" % victim), "it is found out")
    tap.ok(lib.until(lambda: not ps.alive(victim), 2 * lib.PATIENCE),
           "and ended")
    tap.ok(both_gates(daemon), "and replaced")


# --- reload ------------------------------------------------------------------

def rewrite(daemon, room, change):
    room.write("postern.conf", change(room.read("postern.conf").decode()))


def reload_good(room, daemon):
    """Nobody is sent away who has not had his turn; new addresses work."""
    tap = room.tap
    gates = ps.children(daemon.pid, "gate")
    early = lib.Client(daemon.ports[0])
    port = lib.free_port()
    rewrite(daemon, room, lambda text: "listen 127.0.0.1:%d\n" % port + text)
    os.kill(daemon.pid, signal.SIGHUP)
    tap.ok(heard(daemon, "state=reloaded"), "reloaded", daemon.log()[-2000:])
    lib.Client(port).close()
    tap.ok(True, "at the new address too")
    early.ask("EHLO c.test")
    early.ask("MAIL FROM:<a@b.test>")
    early.ask("RCPT TO:<me@x.test>")
    tap.same(early.content(lib.message("early")).code, 250,
             "a session of before has its turn")
    tap.same(early.ask("MAIL FROM:<a@b.test>").enhanced, "4.3.2",
             "but no second one")
    early.close()
    tap.ok(lib.until(lambda: not stays(gates)), "then the old gates are gone")
    tap.ok(lib.until(lambda: len(ps.children(daemon.pid)) == 4),
           "and the old pool")
    rewrite(daemon, room, lambda text: text.split("\n", 1)[1])
    os.kill(daemon.pid, signal.SIGHUP)
    tap.ok(heard(daemon, "state=reloaded", 2), "and once more")

    def refused():
        try:
            lib.Client(port).close()
        except (OSError, EOFError):
            return True
        return False
    tap.ok(lib.until(refused), "nobody listens where none is named")


def reload_bad(room, daemon):
    tap = room.tap
    gates = ps.children(daemon.pid, "gate")
    good = room.read("postern.conf").decode()
    room.write("postern.conf", good + "nonsense\n")
    os.kill(daemon.pid, signal.SIGHUP)
    tap.ok(heard(daemon, r"name=posternd state=reload-failed .*nonsense"),
           "a bad file is told", daemon.log()[-2000:])
    room.write("postern.conf", "")
    os.kill(daemon.pid, signal.SIGHUP)
    tap.ok(heard(daemon, r"state=reload-failed .*P0049"),
           "so is one that is just being written", daemon.log()[-2000:])
    tap.same(ps.children(daemon.pid, "gate"), gates, "and changes nothing")
    os.kill(gates[0], signal.SIGKILL)
    tap.ok(lib.until(lambda: len(set(ps.children(daemon.pid, "gate")) -
                                 set(gates)) == 1) and
           deliver(daemon, "bad file") == 250,
           "not even for who is started now")
    room.write("postern.conf", good)


def storm(room, daemon):
    """Many at once are one, or two."""
    before = count(daemon, "state=reloaded")
    for _ in range(200):
        os.kill(daemon.pid, signal.SIGHUP)
    room.tap.ok(heard(daemon, "state=reloaded", before + 1), "a storm")
    time.sleep(1)
    after = count(daemon, "state=reloaded") - before
    room.tap.ok(after <= 3, "is taken together", after)
    room.tap.ok(lib.until(lambda: len(ps.children(daemon.pid)) == 4),
                "and leaves as many as there were")


def clients_meanwhile(daemon, seconds):
    """Connects again and again; how often that went wrong, of how many."""
    end, bad, all_ = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        all_ += 1
        try:
            lib.Client(daemon.ports[0]).close()
        except (OSError, EOFError):
            bad += 1
    return bad, all_


def no_moment_lost(room, daemon):
    os.kill(daemon.pid, signal.SIGHUP)
    bad, all_ = clients_meanwhile(daemon, 2)
    room.tap.same(bad, 0, "%d connections while reloading" % all_)


# --- replacement -------------------------------------------------------------

def replace(room, daemon):
    """SIGUSR2: another program, the same process."""
    tap = room.tap
    program = room.at("posternd")
    gates = ps.children(daemon.pid, "gate")
    inode = os.stat(program).st_ino
    shutil.copy(program, program + ".new")
    os.rename(program + ".new", program)
    tap.ok(os.stat(program).st_ino != inode, "a new file")
    early = lib.Client(daemon.ports[0])
    before = count(daemon, "state=reloaded")
    os.kill(daemon.pid, signal.SIGUSR2)
    bad, all_ = clients_meanwhile(daemon, 2)
    tap.same(bad, 0, "%d connections meanwhile" % all_)
    tap.ok(heard(daemon, "state=reloaded", before + 1), "it serves",
           daemon.log()[-2000:])
    tap.ok(ps.alive(daemon.pid) and daemon.process.poll() is None,
           "in the same process")
    if os.getuid() == 0:
        tap.same(os.stat("/proc/%d/exe" % daemon.pid).st_ino,
                 os.stat(program).st_ino, "which runs the new file")
    early.ask("EHLO c.test")
    early.ask("MAIL FROM:<a@b.test>")
    early.ask("RCPT TO:<me@x.test>")
    tap.same(early.content(lib.message("replaced")).code, 250,
             "a session of before has its turn")
    early.close()
    tap.ok(lib.until(lambda: not stays(gates)), "the old gates end")
    tap.same(deliver(daemon, "new program"), 250, "mail is taken")
    room.write("posternd.good", room.read("posternd"))
    os.unlink(program)
    room.write("posternd", "#!/bin/sh\nexit 1\n")
    os.chmod(program, 0o755)
    os.kill(daemon.pid, signal.SIGUSR2)
    tap.ok(heard(daemon, "state=upgrade-failed"), "a bad program is refused",
           daemon.log()[-2000:])
    tap.same(deliver(daemon, "old program"), 250, "and the old one goes on")
    os.rename(room.at("posternd.good"), program)
    os.chmod(program, 0o755)
    tap.ok(lib.until(lambda: len(ps.children(daemon.pid)) == 4),
           "as many as there were")


def replace_spoilt(room, daemon):
    """SIGUSR2, and a file that is spoilt when it has been tested and before
    the successor reads it. Whether that could be arranged: the supervisor must
    be held while its test is under way."""
    def test():
        return [pid for pid in ps.children_now(daemon.pid)
                if b"\0-t\0" in ps.read(pid, "cmdline")]

    good = room.read("postern.conf")
    before = count(daemon, "name=posternd state=reloaded")
    os.kill(daemon.pid, signal.SIGUSR2)
    end = time.monotonic() + lib.PATIENCE
    while not test() and time.monotonic() < end and \
            count(daemon, "name=posternd state=reloaded") == before:
        pass
    os.kill(daemon.pid, signal.SIGSTOP)
    lib.until(lambda: not test())
    room.write("postern.conf", good + b"nonsense\n")
    os.kill(daemon.pid, signal.SIGCONT)
    return heard(daemon, r"name=posternd state=(reload-failed|reloaded)",
                 before + 1) and "nonsense" in daemon.log()


def heirs(room, daemon):
    """A successor that has no generation: those who were left to it serve, and
    when one of them dies it tries again, until there is one."""
    tap = room.tap
    good = room.read("postern.conf")
    many = len(ps.children(daemon.pid))
    for _ in range(10):
        if replace_spoilt(room, daemon):
            break
        room.write("postern.conf", good)
    left = ps.children(daemon.pid)
    tap.ok(heard(daemon, "state=reload-failed .*nonsense"),
           "the successor finds no generation", daemon.log()[-2000:])
    tap.same((len(left), deliver(daemon, "left")), (many, 250),
             "those who were left serve")
    time.sleep(2.5)
    tap.same(count(daemon, "state=reload-failed"), 1, "and all is quiet")
    for pid in ps.children(daemon.pid, "gate"):
        os.kill(pid, signal.SIGKILL)
    tap.ok(heard(daemon, "state=reload-failed", 3),
           "without a gate it tries again", daemon.log()[-2000:])
    time.sleep(2)
    tap.ok(count(daemon, "state=reload-failed") <= 4, "but does not spin")
    before = count(daemon, "name=posternd state=reloaded")
    room.write("postern.conf", good)
    tap.ok(heard(daemon, "name=posternd state=reloaded", before + 1, 20),
           "until there is one", daemon.log()[-2000:])
    tap.same(deliver(daemon, "healed"), 250, "mail is taken")
    tap.ok(lib.until(lambda: len(ps.children(daemon.pid)) == many and
                     not stays(left)), "and all are new")


# --- the end -----------------------------------------------------------------

def orphans(room, daemon):
    """kill -9 of the supervisor: what is under way is finished."""
    tap = room.tap
    everybody = ps.family(daemon.pid)[1:]
    before = len(lib.maildir(room.at("mail/x.test/me")))
    client = lib.Client(daemon.ports[0])
    client.ask("EHLO c.test")
    client.ask("MAIL FROM:<a@b.test>")
    client.ask("RCPT TO:<me@x.test>")
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.process.wait()
    time.sleep(1)
    tap.same(client.content(lib.message("orphan")).code, 250,
             "a message under way is taken")
    tap.same(len(lib.maildir(room.at("mail/x.test/me"))), before + 1,
             "and kept")
    client.close()
    tap.ok(lib.until(lambda: not stays(everybody), SUPERVISOR_DIED),
           "then all end", "\n".join(
               "%d %s" % (pid, ps.role_of(pid)) for pid in stays(everybody)))


# --- root --------------------------------------------------------------------

def free_users():
    """Two users of the system that no person uses, for gates and mail."""
    found = []
    for name in "daemon", "mail", "bin", "games", "man":
        try:
            found.append(pwd.getpwnam(name))
        except KeyError:
            pass
    return found[:2]


def caps(pid):
    status = ps.status_of(pid)
    return {name: int(status[name], 16) for name in KEPT}


def as_root(room, nobody):
    """Started as root: three users, and next to no capabilities."""
    tap = room.tap
    gate, owner = free_users()
    os.chmod(room.path, 0o755)
    mail = room.folder("rooted")
    os.chown(mail, owner.pw_uid, owner.pw_gid)
    conf = (CONF % nobody).replace("mail/", mail + "/").replace(
        "processes {",
        "processes { minimum-uid 1; user %s;" % gate.pw_name).replace(
        "deliver maildir %s/%%d/%%u" % mail,
        "deliver maildir %s/%%d/%%u { owner %s }" % (mail, owner.pw_name))
    port = lib.free_port()
    file = room.write("root.conf", "listen 127.0.0.1:%d\n" % port + conf)
    os.chown(file, 0, 0)
    with open(room.at("root.log"), "wb") as log:
        process = subprocess.Popen(
            [room.at("posternd"), "-c", file], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, cwd=room.path, start_new_session=True)
    room.processes.append(process)

    def said():
        return room.read("root.log").decode()
    tap.ok(lib.until(lambda: "state=started" in said()), "it starts", said())
    for pid in ps.family(process.pid):
        status = ps.status_of(pid)
        tap.note("%-7d %-10s uid %s gid %s groups %s caps %s" % (
            pid, ps.role_of(pid) or "supervisor",
            status["Uid"].split()[1], status["Gid"].split()[1],
            status["Groups"].strip() or "-", status["CapEff"]))
    tap.same(caps(process.pid), KEPT, "the supervisor keeps five of them")
    for role, user in ("gate", gate), ("keeper", gate), ("pool", owner):
        for pid in ps.children(process.pid, role):
            for one in ps.family(pid):
                status = ps.status_of(one)
                tap.same((set(status["Uid"].split()),
                          set(status["Gid"].split()),
                          status["Groups"].strip()),
                         ({str(user.pw_uid)}, {str(user.pw_gid)}, ""),
                         "a %s is %s alone" % (role, user.pw_name))
                tap.same(caps(one), NONE, "without capabilities")
    replies = lib.send(port, "a@b.test", ["me@x.test"], lib.message("root"))
    tap.same(replies[-1].code, 250, "mail is taken", )
    found = [os.stat(os.path.join(folder, name)).st_uid
             for folder, _, names in os.walk(mail) for name in names]
    tap.same(found, [owner.pw_uid], "and is its owner's")
    os.kill(process.pid, signal.SIGHUP)
    tap.ok(lib.until(lambda: "state=reloaded" in said()), "it reloads",
           said())
    tap.same(room.end(process), 0, "and ends")
    no_user(room, file)


def no_user(room, file):
    with open(file) as f:
        text = re.sub(r"user \S+;", "user no-such-user;", f.read())
    room.write("root.conf", text)
    os.chown(file, 0, 0)
    done = subprocess.run([room.at("posternd"), "-c", file], text=True,
                          capture_output=True, check=False,
                          timeout=lib.PATIENCE)
    room.tap.same(done.returncode, CONFIG, "a user that is not there")
    room.tap.has(done.stderr, "useradd", "and what helps")


def main():
    with lib.Room() as room:
        room.folder("mail/x.test")
        nobody = lib.DeadPort().port
        daemon = lib.Daemon(room, CONF % nobody, "")
        table(room, daemon)
        room.tap.same(deliver(daemon, "first"), 250, "mail is taken")
        deaths(room, daemon)
        no_process(room, daemon)
        fault(room, daemon)
        hung(room, daemon)
        reload_good(room, daemon)
        reload_bad(room, daemon)
        storm(room, daemon)
        no_moment_lost(room, daemon)
        replace(room, daemon)
        daemon.end()
        daemon = lib.Daemon(room, CONF % nobody, "")
        heirs(room, daemon)
        orphans(room, daemon)
        if os.getuid() == 0:
            as_root(room, nobody)
        else:
            room.tap.note("as another user: nothing of root was looked at")
        room.tap.done()


main()
