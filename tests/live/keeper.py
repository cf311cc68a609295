#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The keeper and the tools that ask it: what they say, that its death judges
nobody wrongly, that no reload closes its socket, and that the key of a list is
shown nowhere. catalogue 131
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import lib
import ps

KEY = "k3ymarker"
PLAY = """\
play "lists for a test"
policy "default"
zone %s.zen.test {
	list 203.0.113.66 127.0.0.2
	66.113.0.203 TXT "see zen \\"now\\""
}
zone rot.test { every A 127.255.255.254 }
zone whoami.akamai.net { @ A 192.0.2.53 }
zone 53.2.0.192.in-addr.arpa { @ PTR ns.x.test }
else nxdomain
""" % KEY
ZEN = """\
list zen "zen.test" ip4 {
	title "The Zen"
	key prefix zen.test
	code 127.0.0.2 bad +12
}
"""
ROT = """\
list rot "rot.test" ip4 {
	register free
	code 127.0.0.2 bad +12
}
"""
POLICY = """\
policy site "a list refuses alone"
use zen key secret:zen.key
use rot
refuse at 9
"""
CONF = """\
name mx.x.test
domain x.test { users table { me } }
deliver maildir mail/%%d/%%u
greet wait 0s
state state
policy site
control control
limits { per-address 0; per-network 0; connections-per-minute 0
         messages-per-minute 0 }
resolver 127.0.0.1:%d { query-deadline 500ms }
processes { gates 2; stores 2; watch 2s }
"""
LISTED, CLEAN = "203.0.113.66", "203.0.113.7"
MOST_PSS = 16 << 10


class House:
    def __init__(self, room):
        self.room, self.tap = room, room.tap
        for name in "postern", "posternd":
            shutil.copy(os.path.join(lib.BUILD, name), room.at(name))
            os.chmod(room.at(name), 0o755)
        room.folder("mail/x.test")
        room.folder("policy/lists")
        room.folder("secrets")
        room.write("policy/site.policy", POLICY)
        room.write("policy/lists/zen.list", ZEN)
        room.write("policy/lists/rot.list", ROT)
        room.write("secrets/zen.key", KEY + "\n")
        self.daemon = lib.Daemon(room, CONF % self.dns(),
                                 "proxy from 127.0.0.0/8")
        self.seen = []      # all that anybody was shown

    def dns(self):
        room = self.room
        room.start("dns", room.at("postern"), "dns", "-l", "127.0.0.1:0",
                   room.write("lists.play", PLAY))
        found = lib.until(lambda: re.search(
            rb"listening on 127\.0\.0\.1:(\d+)", room.read("dns.log")))
        return int(found.group(1))

    def keepers(self):
        return ps.by_kind(self.daemon.pid)["keeper"]

    def tool(self, *words):
        """(status, what it printed)"""
        run = subprocess.run(
            [self.room.at("postern"), *words, "-c",
             self.room.at("postern.conf")], text=True, capture_output=True,
            check=False, timeout=60)
        self.seen.append(run.stdout + run.stderr)
        return run.returncode, run.stdout + run.stderr

    def rows(self, *words):
        status, text = self.tool(*words, "--json")
        return status, [json.loads(line) for line in text.splitlines()
                        if line.startswith("{")]

    def says(self, words, status, *patterns):
        got, text = self.tool(*words)
        self.tap.ok(got == status and all(
            re.search(p, text, re.M) for p in patterns),
            "postern " + " ".join(words), "status %d" % got, text)

    def send(self, ip):
        reply = lib.send(self.daemon.ports[0], "a@b.test", ["me@x.test"],
                         lib.message("from " + ip), ip)[-1]
        self.seen.append(str(reply))
        return reply.code

    def hears(self, pattern, times=1):
        return lib.until(lambda: len(re.findall(
            pattern, self.daemon.log(), re.M)) >= times)


# --- what they say -----------------------------------------------------------

def tools(house):
    tap = house.tap
    house.says(["doctor"], 1,
               r"^list +state +last +hits +unknown +p50/p99 ms +must-list +"
               r"must-not +remark$",
               r"^zen +ok +\d+ s .* yes +yes$",
               r"^rot +REFUSED .* - +- +127\.255\.255\.254: ",
               r"^resolver +127\.0\.0\.1, not public; seen from outside as "
               r"192\.0\.2\.53, ns\.x\.test$",
               r"^1 healthy, 0 to watch, 1 not counted$",
               r'^do: rot +register or remove "use rot" '
               r"\(site\.policy:3\)$")
    house.says(["doctor", "zen"], 0, r"^zen +ok ")
    house.says(["doctor", "--no-header", "zen"], 0, r"\Azen +ok ")
    house.says(["doctor", "nobody"], 2, "uses no such list")
    house.says(["doctor", "--monitor"], 2,
               r"\APOSTERN CRITICAL - 1 of 2 lists counted, rot REFUSED \| "
               r"healthy=1 watch=0 ill=1$")
    house.says(["doctor", "--monitor", "zen"], 0, r"\APOSTERN OK - 1 of 1 ")
    house.says(["lists"], 0, r"^zen +zen\.test +client +ip4 +- +key +- +"
               r"127\.0\.0\.2 bad \+12$")
    house.says(["ask", LISTED], 0,
               r'^zen +listed +127\.0\.0\.2 +bad \+12 +see zen "now"$')
    house.says(["ask", CLEAN], 1, r"^zen +clean +- +-$")
    house.says(["ask", LISTED, "rot"], 1, r"^rot +error +127\.255\.255\.254")
    house.says(["ask", "10.0.0.1"], 2, "no public address")
    house.says(["ask", "127.0.0.2"], 0, r"^zen +listed +127\.0\.0\.2")
    house.says(["ask", "x y"], 2, "no address and no domain")
    house.says(["ask"], 2, "one ADDRESS or DOMAIN")
    status, rows = house.rows("doctor")
    tap.same((status, [row["row"] for row in rows]),
             (1, ["list", "list", "resolver", "end"]), "rows of JSON")
    tap.same((rows[1]["list"], rows[1]["state"], rows[1]["counts"],
              rows[1]["line"]), ("rot", "refused", False, 3),
             "and what they hold")


def nobody_there(house):
    room = house.room
    for words, status in ((["doctor"], 2), (["doctor", "--monitor"], 3),
                          (["lists"], 2), (["ask", "192.0.2.1"], 2)):
        run = subprocess.run(
            [room.at("postern"), *words, "--control", room.at("nowhere")],
            text=True, capture_output=True, check=False)
        house.tap.ok(run.returncode == status and
                     "is posternd running?" in run.stderr,
                     "nobody is asked: " + " ".join(words), run.returncode,
                     run.stderr)


# --- what the tools make of it -----------------------------------------------

class Fake(threading.Thread):
    """A keeper that says what it is told to, a piece for each conversation."""

    def __init__(self, room, *pieces):
        super().__init__(daemon=True)
        self.path, self.pieces = room.at("fake"), pieces
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.socket.listen()
        self.start()

    def run(self):
        for piece in self.pieces:
            client = self.socket.accept()[0]
            client.recv(1000)
            client.sendall(piece.encode("latin-1"))
            client.close()

    def end(self):
        self.socket.close()
        os.unlink(self.path)


def row(**members):
    return json.dumps({"v": 1, **members}) + "\n"


def list_row(name, state="ok", counts=True, **more):
    members = {"row": "list", "list": name, "of": "ip4", "state": state,
               "counts": counts, "last": 4.2, "hits": 0.3124,
               "unknown": 0.001, "p50": 0.024, "p99": 0.19, "must": True,
               "must_not": True, "remark": "", "do": ""}
    return row(**{**members, **more})


END = row(row="end", status=0, error="")
ILL = row(row="end", status=1, error="")
HEAD = "list    state  last  hits    unknown  p50/p99 ms  must-list  " \
    "must-not  remark\n"
FAKES = (
    ("one line for a list whose kinds agree", ["doctor"], 0,
     [list_row("zen") + list_row("zen", of="ip6") + END],
     HEAD.replace("list    ", "list  ") +
     "zen   ok     4 s   31.2 %  0.1 %    24 / 190    yes        yes\n"
     "1 healthy, 0 to watch, 0 not counted\n"),
    ("one for each where they do not", ["doctor", "--no-header"], 1,
     [list_row("zen") + list_row("zen", "wrong-use", False, of="ip6",
                                 last=7260, p99=0, must=None, must_not=False,
                                 remark="why", do='do "it"') + ILL],
     "zen/ip4  ok         4 s  31.2 %  0.1 %  24 / 190  yes  yes\n"
     "zen/ip6  WRONG USE  2 h  31.2 %  0.1 %  -  -  NO  why\n"
     "1 healthy, 0 to watch, 1 not counted\n"
     'do: zen  do "it"\n'),
    ("what to watch", ["doctor", "--monitor"], 1,
     [list_row("zen", "slow", remark="late") + END],
     "POSTERN WARNING - 1 of 1 lists counted, zen slow | healthy=0 watch=1 "
     "ill=0\n"),
    ("nothing steers a terminal", ["ask", "192.0.2.1"], 0,
     [row(row="asked", list="zen", heard="listed", answers=["127.0.0.2"],
          codes="", text="a\x1b[31m\u202eb") + END],
     "list  says    answers    codes  text\n"
     "zen   listed  127.0.0.2  -      a\\x1b[31m\\xe2\\x80\\xaeb\n"),
    ("without its end it is asked again", ["doctor", "--no-header"], 0,
     [list_row("old"), list_row("zen") + END],
     "zen  ok  4 s  31.2 %  0.1 %  24 / 190  yes  yes\n"
     "1 healthy, 0 to watch, 0 not counted\n"),
    ("but not for ever", ["doctor"], 2, ["", list_row("zen")], None),
    ("what is no JSON", ["doctor"], 2, ["hello\n", "hello\n"], None),
    ("a keeper that cannot", ["ask", "192.0.2.1"], 2,
     [row(row="end", status=2, error="no")], None),
    ("rows of a later version", ["doctor", "--no-header"], 0,
     [row(row="news", x=[1]) + list_row("zen", more={"a": 1}) + END],
     "zen  ok  4 s  31.2 %  0.1 %  24 / 190  yes  yes\n"
     "1 healthy, 0 to watch, 0 not counted\n"),
    ("no lists", ["doctor"], 0, [END], "the policy uses no list\n"),
)


def drawn(room):
    squeeze = re.compile("  +")
    for why, words, status, pieces, want in FAKES:
        fake = Fake(room, *pieces)
        run = subprocess.run(
            [room.at("postern"), *words, "--control", fake.path], text=True,
            capture_output=True, check=False, timeout=60)
        fake.end()
        got = run.stdout
        if want is not None and "--no-header" in words:
            got, want = squeeze.sub("  ", got), squeeze.sub("  ", want)
        room.tap.ok(run.returncode == status and
                    (got == want if want is not None else run.stderr), why,
                    "status %d" % run.returncode, got, run.stderr, want)


# --- what it is --------------------------------------------------------------

def who(house):
    tap = house.tap
    keeper = house.keepers()[0]
    status = ps.status_of(keeper.pid)
    tap.same({int(status[n], 16) for n in ("CapPrm", "CapEff", "CapInh",
                                           "CapAmb")}, {0},
             "it has no capability")
    tap.same(oct(os.stat(house.room.at("control")).st_mode & 0o7777), "0o660",
             "the socket is for its owner and a group")
    if os.getuid() != 0:
        return
    folder = "/proc/%d/fd" % keeper.pid
    held = [os.readlink(folder + "/" + fd) for fd in os.listdir(folder)
            if int(fd) > 2]
    tap.same([what for what in held if not re.match(
        r"socket:|anon_inode:|/memfd:", what)], [], "it has no file open")
    text = subprocess.run([house.room.at("posternd"), "--version"], text=True,
                          capture_output=True, check=True).stdout
    if "sanitizers yes" in text:
        return
    pss = sum(int(line.split()[1])
              for kind in ps.by_kind(house.daemon.pid).values()
              for p in kind
              for line in ps.read(p.pid, "smaps_rollup").decode().splitlines()
              if line.startswith("Pss:"))
    tap.note("the house idle: %d KiB" % pss)
    tap.ok(pss < MOST_PSS, "which is under 16 MiB", pss)


# --- its death ---------------------------------------------------------------

class Load(threading.Thread):
    """Clients that are listed and that are not, in turn."""

    def __init__(self, house):
        super().__init__()
        self.house, self.wrong, self.done = house, [], 0
        self.is_over = False

    def run(self):
        while not self.is_over:
            for ip, want in (LISTED, 550), (CLEAN, 250):
                got = self.house.send(ip)
                if got != want:
                    self.wrong.append((ip, got))
                self.done += 1


def deaths(house):
    tap = house.tap
    load = Load(house)
    load.start()
    spans = []
    for _ in range(3):
        victim = house.keepers()[0]
        began = time.monotonic()
        os.kill(victim.pid, signal.SIGKILL)
        lib.until(lambda victim=victim: any(
            p.pid != victim.pid for p in house.keepers()))
        lib.until(lambda: answers(house))
        spans.append(time.monotonic() - began)
        time.sleep(0.5)
    load.is_over = True
    load.join()
    tap.note("back after %s s; %d messages meanwhile" % (
        ", ".join("%.2f" % span for span in spans), load.done))
    tap.same(load.wrong, [], "kill -9: no wrong verdict")
    tap.ok(load.done > 20, "of many", load.done)
    # A crash loop is slowed down, so only the first says how quick it is.
    tap.ok(spans[0] < 2.5, "and it is back at once", spans)


def answers(house):
    """Whether the keeper answers."""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(lib.PATIENCE)
            s.connect(house.room.at("control"))
            s.sendall(b"status\n")
            text = b""
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                text += piece
    except OSError:
        return False
    return b'"row":"end"' in text


def hung(house):
    tap = house.tap
    victim = house.keepers()[0]
    os.kill(victim.pid, signal.SIGSTOP)
    tap.ok(house.hears(r"name=keeper state=hung pid=%d" % victim.pid),
           "who is stopped is found out")
    tap.same(house.send(LISTED), 550, "and mail is judged meanwhile")
    tap.ok(lib.until(lambda: [p for p in house.keepers()
                              if p.pid != victim.pid], 40), "then replaced")
    tap.ok(lib.until(lambda: answers(house)), "by one who answers")


# --- reload ------------------------------------------------------------------

def connects(house, seconds):
    """How many could not connect, of how many."""
    end, bad, all_ = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        all_ += 1
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(house.room.at("control"))
        except OSError:
            bad += 1
        time.sleep(0.002)
    return bad, all_


def reloads(house):
    tap = house.tap
    for number, name in (signal.SIGHUP, "reload"), (signal.SIGUSR2,
                                                    "replacement"):
        before = house.keepers()[0].pid
        os.kill(house.daemon.pid, number)
        bad, all_ = connects(house, 3)
        tap.same(bad, 0, "%s: the socket is never gone, %d times" % (name,
                                                                     all_))
        tap.ok(lib.until(lambda before=before: [
            p.pid for p in house.keepers()] not in ([], [before]) and
            len(house.keepers()) == 1), "one keeper, another one",
            house.keepers())
        tap.ok(lib.until(lambda: answers(house)), "who answers")
        status, rows = house.rows("doctor", "zen")
        tap.same((status, rows[0]["state"]), (0, "ok"), "and knows the lists")
        tap.same((house.send(LISTED), house.send(CLEAN)), (550, 250),
                 "mail is judged as before")


# --- the key -----------------------------------------------------------------

def secrets(house):
    """In nothing that anybody was shown."""
    room, tap = house.room, house.tap
    for option in "-t", "-T":
        run = subprocess.run(
            [room.at("posternd"), option, "-c", room.at("postern.conf")],
            text=True, capture_output=True, check=False)
        house.seen.append(run.stdout + run.stderr)
    for words in (["doctor", "--json"], ["lists", "--json"],
                  ["ask", LISTED, "--json"], ["check"]):
        house.tool(*words)
    house.seen += [mail.decode("latin-1") for folder in
                   ("mail/x.test/me", "mail/x.test/me/.Junk")
                   for mail in lib.maildir(room.at(folder))]
    house.seen.append(house.daemon.log())
    tap.ok(len(house.seen) > 20, "much was shown", len(house.seen))
    tap.same([text for text in house.seen if KEY in text], [],
             "the key is in none of it")
    tap.ok(KEY in room.read("lists.play").decode(), "which could be seen")


def main():
    with lib.Room(180) as room:
        house = House(room)
        nobody_there(house)
        drawn(room)
        room.tap.same((house.send(LISTED), house.send(CLEAN)), (550, 250),
                      "who is listed is refused")
        who(house)
        tools(house)
        deaths(house)
        hung(house)
        reloads(house)
        secrets(house)
        house.daemon.end()
        room.tap.done()


main()
