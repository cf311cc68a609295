#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a gate and the keeper ask of the kernel, from the first client or tool
on: they open no file by name, run no program, become nobody else. catalogue
133

All system calls of a gate are listed in tests/live/gate-calls.txt of the build tree,
for whoever writes the filter of system calls.
"""
import collections
import os
import re
import subprocess

import lib
import names
import ps

ZONES = {"test.": """\
@ 300 SOA ns hostmaster 1 600 300 86400 60
@ 300 NS ns
ns 300 A 127.0.0.1
good 300 MX 10 mx.good
mx.good 300 A 192.0.2.10
good 300 TXT ( "v=spf1 " %s "ip4:192.0.2.0/24 -all" )
""" % " ".join('"ip4:203.0.113.%d/32 "' % i for i in range(200))}
CONF = """\
name mx.x.test
domain x.test { users maildir }
domain y.test { users table { me } }
deliver maildir mail/%%d/%%u
greet wait 0s
state state
policy default
limits { message-memory 64k }
processes { gates 1; stores 2 }
control control
resolver 127.0.0.1:%d { query-deadline 500ms }
"""
# Names of files, programs, users: nothing of a gate's any more.
FORBIDDEN = set("""
    open openat openat2 creat execve execveat fork vfork clone clone3
    setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid
    setgroups capset chroot pivot_root mount umount2 unshare setns
    stat lstat access faccessat faccessat2 readlink readlinkat statx
    unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    mkdir mkdirat rmdir mknod mknodat chmod fchmodat chown fchownat lchown
    truncate chdir fchdir utimensat name_to_handle_at open_by_handle_at
    ptrace process_vm_readv process_vm_writev bpf kexec_load init_module
    io_uring_setup inotify_add_watch
""".split())
LINE = re.compile(r"(?m)^(\d+) +(\w+)\((.*)$")


def calls_of(text, pid):
    """(name, rest of the line) of all calls of a process from its first
    client on."""
    found = [(name, rest) for who, name, rest in LINE.findall(text)
             if who == pid]
    for i, (name, rest) in enumerate(found):
        if name == "accept4" and re.search(r"= \d+", rest):
            return found[i:]
    return []


def is_forbidden(name, rest):
    if name == "newfstatat":           # of a descriptor it may
        return not re.match(r'\d+, "", ', rest)
    return name in FORBIDDEN


def work(tap, posternd):
    """All that a gate is there for, at least once."""
    port, proxied = posternd.ports
    big = "0123456789\n" * 100000
    for what, who, body, want in (
            ("a message", "me@x.test", "x\n", 250),
            ("one over the disk", "me@x.test", big, 250),
            ("one for a table", "me@y.test", "x\n", 250),
            ("an unknown user", "nobody@x.test", "", 550),
            ("another's domain", "joe@good.test", "", 550)):
        reply = lib.send(proxied, "ann@good.test", [who],
                         lib.message(what, body), "192.0.2.10",
                         "mx.good.test")[-1]
        tap.same(reply.code, want, what)
    tap.has(str(posternd.decision(lib.send(
        proxied, "ann@good.test", ["me@x.test"], lib.message("spf"),
        "192.0.2.99", "mx.good.test")[-1].id)), "accept",
        "one more, and its line in the log")
    client = lib.Client(port)
    for line in "NOOP", "VRFY me", "HELP", "nonsense", "EHLO c.test":
        client.ask(line)
    client.close()
    client = lib.Client(port)
    client.socket.close()
    client = lib.Client(port)
    client.ask("EHLO c.test")
    client.start_tls()
    for line in "EHLO c.test", "MAIL FROM:<ann@good.test>", \
            "RCPT TO:<me@x.test>":
        client.ask(line)
    tap.same(client.content(lib.message("in TLS")).code, 250, "one in TLS")
    client.close()


def tools(room, posternd):
    """All that the keeper is asked, and a reload does not matter."""
    postern = os.path.join(lib.BUILD, "postern")
    for words in (["doctor"], ["doctor", "nobody"], ["lists"],
                  ["ask", "192.0.2.10"], ["ask", "good.test", "dbl"]):
        run = subprocess.run(
            [postern, words[0], "--control", room.at("control"), *words[1:]],
            text=True, capture_output=True, check=False, timeout=60)
        room.tap.ok(run.returncode in (0, 1, 2) and
                    "nobody answers" not in run.stderr,
                    "postern " + " ".join(words), run.returncode, run.stderr)


def main():
    strace, nsd = lib.need("strace", "nsd")
    if subprocess.run([strace, "-o", "/dev/null", "-e", "trace=none", "true"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        lib.skip("strace may not watch here")
    # A leak check cannot run while another watches.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:" + \
        os.environ.get("ASAN_OPTIONS", "")
    with lib.Room() as room:
        tap = room.tap
        room.folder("mail/x.test/me")
        port = names.nsd(room, nsd, ZONES)[1]
        posternd = lib.Daemon(
            room, CONF % port, "", "proxy from 127.0.0.0/8",
            watcher=[strace, "-f", "-o", room.at("trace")])
        kinds = ps.by_kind(posternd.pid)
        gates, keepers = kinds["gate"], kinds["keeper"]
        tap.same((len(gates), len(keepers)), (1, 1),
                 "there are a gate and a keeper")
        work(tap, posternd)
        tools(room, posternd)
        posternd.end()
        calls = calls_of(room.read("trace").decode("latin-1"),
                         str(gates[0].pid))
        tap.ok(len(calls) > 100, "it was watched", len(calls))
        tap.same([call for call in calls if is_forbidden(*call)], [],
                 "no file by name, no program, no other user")
        asked = calls_of(room.read("trace").decode("latin-1"),
                         str(keepers[0].pid))
        tap.ok(len(asked) > 20, "the keeper was watched", len(asked))
        tap.same([call for call in asked if is_forbidden(*call)], [],
                 "and neither does he")
        tap.ok(is_forbidden("openat", 'AT_FDCWD, "/etc/passwd"') and
               is_forbidden("newfstatat", 'AT_FDCWD, "x", ') and
               not is_forbidden("newfstatat", '4, "", '),
               "seen: what is forbidden")
        counts = collections.Counter(name for name, _ in calls)
        path = os.path.join(lib.BUILD, "tests/live/gate-calls.txt")
        with open(path, "w", encoding="ascii") as f:
            f.writelines("%s\n" % name for name in sorted(counts))
        tap.note("%d system calls: %s" % (len(counts),
                                          " ".join(sorted(counts))))
        tap.done()


main()
