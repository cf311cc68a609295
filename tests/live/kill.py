#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of every kind of process, at random, while many send; then the
auditor compares what was acknowledged with what is there.

Nothing acknowledged may be missing, short or changed. Attempts that no kill
touched leave exactly what was acknowledged: nothing twice, nothing without a
250. And the auditor must find fault with a daemon that says 250 too early.

KILLS and MESSAGES may be set: how many there must be at least; `make
kill-long` does that. SEED too. catalogue 109, 127
"""
import os
import random
import shutil
import time

import house
import lib

KILLS = int(os.environ.get("KILLS", "30"))
MESSAGES = int(os.environ.get("MESSAGES", "2000"))
SEED = int(os.environ.get("SEED", "1"))
IS_LONG = KILLS > 100

# How often each kind is killed, of a hundred times.
SHARES = {"gate": 30, "store": 30, "lookup": 8, "pool": 9, "checker": 8,
          "keeper": 5, "supervisor": 10}
# Seconds between two kills, on average, and between two connections of each
# of the clients.
PAUSE, REST = (0.2, 0.1) if IS_LONG else (0.4, 0.03)
LIES = 3               # rounds until the liar must have been caught


def storm(room, crowd, killer):
    """Kills until there were enough kills and messages."""
    rng = random.Random(SEED)
    # Each kind once, whatever chance says later.
    plan = list(SHARES)
    done, told = 0, 0
    latest = time.monotonic() + room.limit / 2
    while done < KILLS or crowd.acknowledged() < MESSAGES:
        time.sleep(PAUSE * 2 * rng.random())
        if time.monotonic() > latest:
            break
        kind = plan.pop() if plan else rng.choices(
            list(SHARES), list(SHARES.values()))[0]
        if killer.kill(kind):
            done += 1
        if IS_LONG and done >= told + 50:
            told = done
            print("# %d kills, %d acknowledged" % (done,
                                                   crowd.acknowledged()),
                  flush=True)
    return done


def tell(room, crowd, killer, audit, what):
    room.tap.note("%s: killed %s" % (what, ", ".join(
        "%d %s" % (n, kind) for kind, n in killer.counts.items() if n)))
    room.tap.note("ledger on %s file system" % (
        "another" if crowd.is_elsewhere else "the same"))
    room.tap.note(audit.figures())


def nothing_is_lost(room):
    tap = room.tap
    posternd = house.House(room, gates=3, stores=6)
    tap.ok(lib.until(posternd.is_whole), "the house is whole",
           posternd.kinds())
    crowd = house.Crowd(room, posternd.ports, rest=REST)
    killer = house.Killer(posternd, crowd, SEED)
    done = storm(room, crowd, killer)
    tap.ok(done >= KILLS, "%d kills at least" % KILLS, done)
    tap.ok(all(killer.counts.values()), "of every kind of process",
           killer.counts)
    tap.ok(crowd.end(), "everybody could send all in the end")
    tap.ok(lib.until(posternd.is_whole, 70), "the house is whole again",
           posternd.kinds())
    tap.same(room.end(posternd.process), 0, "posternd ends cleanly")
    audit = crowd.audit()
    tell(room, crowd, killer, audit, "posternd")
    counts = audit.counts
    tap.ok(counts["acknowledged"] >= MESSAGES,
           "%d acknowledged at least" % MESSAGES)
    for what, why in (
            ("missing", "everything acknowledged is there"),
            ("short", "nothing is short"), ("changed", "nothing is changed"),
            ("foreign", "nothing else is there"),
            ("given up", "in the end everybody has got everything"),
            ("doubled", "untouched by kills, nothing is there twice"),
            ("left", "untouched by kills, nothing is there without a 250")):
        tap.ok(counts[what] == 0, why, "%d %s" % (counts[what], what),
               *[t for t in audit.troubles if t.startswith(what + ":")][:5])
    tap.ok(counts["untouched acknowledged"] > counts["acknowledged"] / 10,
           "a good part of them was untouched")
    tap.ok(0 < counts["came in TLS"] < counts["copies"],
           "some of them came in TLS")
    the_auditor_sees(room, crowd)


def the_auditor_sees(room, crowd):
    """What it must find fault with, done by hand to four files."""
    paths = []
    for user in house.USERS[:4]:
        folder = room.at("mail/x.test", user, "new")
        paths.append(max((os.path.join(folder, name) for name in
                          os.listdir(folder)), key=os.path.getsize))
    before = crowd.audit().counts
    os.remove(paths[0])
    os.truncate(paths[1], os.path.getsize(paths[1]) - 1)
    with open(paths[2], "r+b") as f:
        f.seek(-2, os.SEEK_END)
        f.write(b"#")
    shutil.copy(paths[3], paths[3] + ".again")
    audit = crowd.audit()
    found = audit.counts - before
    for what in "missing", "short", "changed":
        room.tap.same(found[what], 1, "the auditor sees what is " + what)
    room.tap.same(found["doubled"] + found["doubled, touched"], 1,
                  "the auditor sees what is doubled")


def a_liar_is_caught(room):
    """The same, with a daemon that answers before the commit."""
    program = os.path.join(lib.BUILD, "tests/live/posternd_liar")
    # A store holds one message until it is told to commit: with many of
    # them many are in danger at once.
    posternd = house.House(room, stores=16, program=program)
    missing = changed = 0
    for number in range(LIES):
        crowd = house.Crowd(room, posternd.ports, first=10 * number)
        killer = house.Killer(posternd, crowd, SEED)
        for kind in "gate", "store", "gate", "pool", "gate":
            before = crowd.acknowledged()
            lib.until(lambda: crowd.acknowledged() > before + 100, 3)
            killer.kill(kind)
        crowd.end()
        audit = crowd.audit()
        tell(room, crowd, killer, audit, "liar")
        missing += audit.counts["missing"]
        changed += audit.counts["changed"]
        if missing > 0:
            break
    room.end(posternd.process)
    room.tap.ok(missing > 0, "who says 250 before the commit is caught")
    room.tap.same(changed, 0, "for nothing else")


def main():
    with lib.Room(limit=7200 if IS_LONG else 300) as room:
        nothing_is_lost(room)
    with lib.Room() as again:
        again.tap = room.tap
        a_liar_is_caught(again)
        again.tap.done()


main()
