#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Started as root, mail of two domains is written by two users, and neither
can reach what the other has. catalogue 124, 133
"""
import os
import pwd
import shutil

import lib
import ps

# Users that every system has; nobody of them ever logs in.
GATES, FIRST, SECOND = "daemon", "mail", "nobody"
CONF = """\
name mx.x.test
domain x.test {
	users table { me ann }
	deliver maildir first/%%%%d/%%%%u { owner %s }
}
domain y.test {
	users maildir
	deliver maildir second/%%%%d/%%%%u { owner %s }
}
policy live.policy
greet wait 0s
state state
processes { gates 1; stores 2; user %s; minimum-uid 1 }
limits { message-memory 64k }
resolver 127.0.0.1:%%d
""" % (FIRST, SECOND, GATES)
BIG = "0123456789\n" * 50000         # ten times what memory takes
POLICY = 'policy live "everything is welcome"\nrefuse never\n'


def ids(user):
    """(uid, gid)"""
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def who_they_are(tap, posternd):
    # A worker has its name a moment after its birth.
    lib.until(lambda: len(ps.by_kind(posternd.pid)["lookup"]) == 2)
    kinds = ps.by_kind(posternd.pid)
    tap.same({kind: len(found) for kind, found in kinds.items()},
             {"supervisor": 1, "gate": 1, "keeper": 1, "pool": 2, "store": 4,
              "lookup": 2,
              "checker": 0}, "a pool each")
    users = {}
    for kind, found in kinds.items():
        for p in found:
            status = ps.status_of(p.pid)
            uids = set(status["Uid"].split())
            tap.ok(len(uids) == 1 and len(set(status["Gid"].split())) == 1,
                   "%s %d: one user, for good" % (kind, p.pid), status["Uid"])
            name = pwd.getpwuid(int(uids.pop())).pw_name
            users.setdefault(kind, []).append(name)
            if kind == "supervisor":
                continue
            tap.same((status["CapPrm"].strip("0"), status["CapBnd"].strip("0"),
                      status["NoNewPrivs"]), ("", "", "1"),
                     "%s %d: may nothing special" % (kind, p.pid))
            tap.same(status["Groups"].split(), [], "%s %d: no other groups" %
                     (kind, p.pid))
    tap.same({kind: sorted(set(names)) for kind, names in users.items()},
             {"supervisor": ["root"], "gate": [GATES], "keeper": [GATES],
              "pool": sorted([FIRST, SECOND]),
              "store": sorted([FIRST, SECOND]),
              "lookup": sorted([FIRST, SECOND])}, "who they are")


def files_below(path):
    for folder, _, names in os.walk(path):
        for name in names:
            yield os.path.join(folder, name)


def whose_files(room, posternd):
    tap, port = room.tap, posternd.ports[0]
    for rcpts, body in ((["me@x.test", "ann@x.test"], "x\n"),
                        (["bob@y.test"], "x\n"), (["me@x.test"], BIG),
                        (["bob@y.test"], BIG)):
        replies = lib.send(port, "joe@good.test", rcpts,
                           lib.message("for " + rcpts[0], body))
        tap.same({r.code for r in replies}, {250}, "for %s, %d bytes" %
                 (" and ".join(rcpts), len(body)))
    replies = lib.send(port, "joe@good.test",
                       ["me@x.test", "bob@y.test", "no@y.test"],
                       lib.message("for both"))
    tap.same([(r.code, r.enhanced) for r in replies],
             [(250, "2.1.5"), (452, "4.5.3"), (550, "5.1.1"),
              (250, "2.0.0")], "one destination a message")
    for place, user, count in ("first", FIRST, 4), ("second", SECOND, 2):
        found = list(files_below(room.at(place)))
        tap.same(len(found), count, "%s: %d files" % (place, count))
        tap.same({(os.stat(f).st_uid, os.stat(f).st_gid,
                   oct(os.stat(f).st_mode & 0o777)) for f in found},
                 {(*ids(user), "0o600")}, "%s: all of %s, for nobody else" %
                 (place, user))


def without_a_spool(room, posternd):
    """Nobody may make one: large contents lie beside the mailboxes."""
    tap = room.tap
    shutil.rmtree(room.at("state"))
    os.mkdir(room.at("state"), 0o755)
    tap.ok(posternd.start_again(), "started without a folder for state",
           posternd.log())
    for rcpt in "me@x.test", "bob@y.test":
        replies = lib.send(posternd.ports[0], "joe@good.test", [rcpt],
                           lib.message("large", BIG))
        tap.same({r.code for r in replies}, {250}, "for %s, %d bytes" %
                 (rcpt, len(BIG)))
    posternd.end()
    tap.same(os.listdir(room.at("state")), [], "nothing was in it")
    tap.same([sorted(os.listdir(room.at(place))) for place in
              ("first", "second")], [["x.test"], ["y.test"]],
             "and nothing is left beside the mailboxes")


def main():
    if os.getuid() != 0:
        lib.skip("only root can become two users")
    with lib.Room() as room:
        os.chmod(room.path, 0o711)
        for place, user in ("first", FIRST), ("second/y.test/bob", SECOND):
            path = room.path
            for part in place.split("/"):
                path = os.path.join(path, part)
                os.mkdir(path, 0o700)
                os.chown(path, *ids(user))
        # The first owner's, who makes files for contents over the disk.
        os.mkdir(room.at("state"), 0o700)
        os.chown(room.at("state"), *ids(FIRST))
        room.write("live.policy", POLICY, is_root=True)
        posternd = lib.Daemon(room, CONF % lib.DeadPort().port, "",
                              is_root=True)
        who_they_are(room.tap, posternd)
        whose_files(room, posternd)
        posternd.end()
        without_a_spool(room, posternd)
        room.tap.done()


main()
