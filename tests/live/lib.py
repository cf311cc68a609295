# SPDX-License-Identifier: BSD-2-Clause
"""lib - what the live tests share: TAP, a room to work in, a daemon, a client.

A live test lets postern talk to programs that we did not write. It works in
a temporary folder, listens on loopback ports that the system gives, and ends
what it started, whatever happens. Who is root lends the room to an ordinary
user, and nothing in it runs as root but what must change users.
"""
import grp
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

PATIENCE = 10          # seconds for a thing that takes milliseconds
WHOLE_TEST = 120       # and for all of them: then something hangs
ADDRESS_TAKEN = "in use"

BUILD = os.environ.get("top_builddir", ".")
HERE = os.path.dirname(os.path.abspath(__file__))


# --- TAP ---------------------------------------------------------------------

class Tap:
    """Counts points and prints them; what went wrong comes as a comment."""

    def __init__(self):
        self.count = 0

    def ok(self, holds, name, *details):
        self.count += 1
        print("%sok %d - %s" % ("" if holds else "not ", self.count, name),
              flush=True)
        if not holds:
            for detail in details:
                self.note(detail)
        return holds

    def same(self, got, want, name):
        return self.ok(got == want, name, "got    %.2000r" % (got,),
                       "wanted %.2000r" % (want,))

    def has(self, text, part, name):
        return self.ok(part in text, name, "no %r in" % part, text)

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def done(self):
        print("1..%d" % self.count, flush=True)


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def need(*programs):
    """Skips the test where one of them is missing; returns their paths."""
    found = []
    for program in programs:
        path = shutil.which(program, path=os.environ.get("PATH", "") +
                            ":/usr/sbin:/sbin")
        if path is None:
            skip("no " + program)
        found.append(path)
    return found if len(found) > 1 else found[0]


def unpack(name, *packages):
    """The folder with the files of packages that are not installed; see
    unpack.sh. Skips the test where they cannot be had."""
    run = subprocess.run(
        [os.path.join(HERE, "unpack.sh"), name, *packages], text=True,
        stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        skip("no %s: %s" % (name, run.stdout.strip()))
    return run.stdout.strip()


# --- waiting -----------------------------------------------------------------

def until(holds, seconds=PATIENCE):
    """What holds() gives as soon as it is something; else the last it gave."""
    end = time.monotonic() + seconds
    result = holds()
    while not result and time.monotonic() < end:
        time.sleep(0.01)
        result = holds()
    return result


# --- ports -------------------------------------------------------------------

def free_port(kind=socket.SOCK_STREAM):
    """A port nobody has at this moment."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class DeadPort:
    """A UDP port that is ours, so nobody else's, and refuses at once: a
    resolver that is not there."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", 9))
        self.port = self.socket.getsockname()[1]


# --- the room ----------------------------------------------------------------

class Room:
    """A temporary folder and the processes that work in it. In: limit,
    seconds for the whole test."""

    def __init__(self, limit=WHOLE_TEST):
        self.tap, self.limit = Tap(), limit
        self.processes = []
        if os.getuid() == 0:
            user = pwd.getpwnam("nobody")
        else:
            user = pwd.getpwuid(os.getuid())
        self.user, self.uid, self.gid = user.pw_name, user.pw_uid, user.pw_gid
        self.group = grp.getgrgid(self.gid).gr_name
        self.folders = []
        self.path = self.another_folder()

    def __enter__(self):
        signal.signal(signal.SIGALRM, self._hangs)
        signal.signal(signal.SIGTERM, self._ended)
        signal.alarm(self.limit)
        return self

    def __exit__(self, kind, value, traceback):
        signal.alarm(0)
        if kind not in (None, SystemExit):
            print("Bail out! %s: %s" % (kind.__name__, str(value).replace(
                "\n", "; ")), flush=True)
        for process in reversed(self.processes):
            try:
                # The children too: each was given a group of its own.
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _hangs(self, number, frame):
        raise TimeoutError("the test takes too long")

    def _ended(self, number, frame):
        sys.exit(99)

    def another_folder(self, place=None):
        """A temporary one, in a place that need not be the usual."""
        self.folders.append(tempfile.mkdtemp(prefix="live-", dir=place))
        self.own(self.folders[-1])
        return self.folders[-1]

    def own(self, path):
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def folder(self, *parts):
        """Makes a folder and those above it."""
        path = self.path
        for part in "/".join(parts).split("/"):
            path = os.path.join(path, part)
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
                self.own(path)
        return path

    def write(self, name, text, is_root=False):
        """A file of the ordinary user's, or of root's who has given up to
        read those of others."""
        path = self.at(name)
        with open(path, "wb" if isinstance(text, bytes) else "w") as f:
            f.write(text)
        os.chmod(path, 0o600)
        if not is_root:
            self.own(path)
        return path

    def read(self, name):
        with open(self.at(name), "rb") as f:
            return f.read()

    def start(self, name, *command, is_root=False):
        """Starts a program as the ordinary user; what it says goes to
        NAME.log."""
        log = self.write(name + ".log", "")
        who = {}
        if os.getuid() == 0 and not is_root:
            who = {"user": self.uid, "group": self.gid, "extra_groups": []}
        with open(log, "ab") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.path, start_new_session=True, **who)
        self.processes.append(process)
        return process

    def end(self, process, pid=None):
        """Ends a process that was started here, once; its status. In: pid,
        if another is to be told."""
        if process.poll() is None:
            os.kill(pid or process.pid, signal.SIGTERM)
        return process.wait(PATIENCE)


# --- posternd ----------------------------------------------------------------

def members(line):
    """'refuse ip=192.0.2.1 helo="a b"' as a dictionary, "event" included."""
    pairs = re.findall(r'(\S+?)=("(?:[^"\\]|\\.)*"|\S*)', line)
    found = {name: value.strip('"') for name, value in pairs}
    found["event"] = line.split(" ", 1)[0]
    return found


class Daemon:
    """posternd. In: conf, its configuration but for where it listens; listens,
    what stands behind each address there; watcher, a command that runs it;
    program, if it is another; is_root, when it shall change users; options,
    in front of the others."""

    def __init__(self, room, conf, *listens, watcher=(), program=None,
                 is_root=False, options=()):
        self.room, self.is_root = room, is_root
        program = self.bring(program)
        self.name, self.starts = "posternd", 1
        while True:
            self.ports = [free_port() for _ in listens]
            file = room.write("postern.conf", "".join(
                "listen 127.0.0.1:%d %s\n" % pair
                for pair in zip(self.ports, listens)) + self._control(conf) +
                conf, is_root)
            self.command = [*watcher, program, *options, "-c", file]
            if self._start():
                return
            if ADDRESS_TAKEN not in self.log():
                raise RuntimeError("posternd does not start:\n" + self.log())

    @staticmethod
    def _control(conf):
        """Not the usual place: others may be there."""
        return "" if re.search(r"(?m)^(control|dir) ", conf) else \
            "control control\n"

    def _start(self):
        self.process = self.room.start(self.name, *self.command,
                                       is_root=self.is_root)
        if not until(self._is_settled) or self.process.poll() is not None:
            return False
        self.pid = int(re.search(r"state=started .* pid=(\d+)",
                                 self.log()).group(1))
        return True

    def start_again(self):
        """The same command once more, after its end, with a log of its own;
        whether it serves."""
        self.starts += 1
        self.name = "posternd-%d" % self.starts
        return self._start()

    def bring(self, program):
        """Into the room: who is not root may not be able to reach the build
        tree."""
        program = program or os.environ.get("POSTERND", BUILD + "/posternd")
        copy = self.room.at(os.path.basename(program))
        if not os.path.exists(copy):
            shutil.copy(program, copy)
            os.chmod(copy, 0o755)
        return copy

    def _is_settled(self):
        return "state=started" in self.log() or \
            self.process.poll() is not None

    def log(self):
        return self.room.read(self.name + ".log").decode("latin-1")

    def decision(self, ident):
        """The one line about a transaction, as a dictionary."""
        def look():
            return [line for line in self.log().splitlines()
                    if " id=%s " % ident in line]
        lines = until(look)
        if len(lines) != 1:
            return {"event": "%d lines about %s" % (len(lines), ident)}
        return members(lines[0])

    def end(self):
        """Ends it; True when that was clean: no leak, nothing lost."""
        status = self.room.end(self.process, self.pid)
        clean = status == 0 and "state=stopped" in self.log() and \
            not re.search("state=ended .*status=[1-9]", self.log())
        return self.room.tap.ok(clean, "posternd ends cleanly",
                                "status %s" % status, self.log()[-3000:])


# --- a client ----------------------------------------------------------------

class Reply:
    """Code, enhanced code and text; text has its lines joined by a space."""

    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])
        match = re.match(r"\d{3}.(\d\.\d+\.\d+) ", lines[-1])
        self.enhanced = match.group(1) if match else ""
        self.text = " ".join(line[4:] for line in lines)
        match = re.search(r"(?:kept as |quote |\[)([0-9a-z]{11}(?:\.\d+)?)",
                          lines[-1])
        self.id = match.group(1) if match else None

    def __str__(self):
        return "\n".join(self.lines)


class Client:
    """One connection. In: ip, who a PROXY header says that it is."""

    def __init__(self, port, ip=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.file = self.socket.makefile("rb")
        if ip is not None:
            family, our = ("TCP6", "::1") if ":" in ip else \
                ("TCP4", "127.0.0.1")
            self.say("PROXY %s %s %s 40000 25" % (family, ip, our))
        self.greeting = self.reply()

    def say(self, line):
        self.socket.sendall(line.encode("latin-1") + b"\r\n")

    def reply(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self.file.readline()
            if not line.endswith(b"\r\n"):
                raise EOFError("the server has gone, after %r" % lines)
            lines.append(line[:-2].decode("latin-1"))
        return Reply(lines)

    def ask(self, line):
        self.say(line)
        return self.reply()

    def content(self, message):
        """DATA and a message with LF line ends."""
        reply = self.ask("DATA")
        if reply.code != 354:
            return reply
        wire = message.replace(b"\n", b"\r\n")
        wire = re.sub(rb"(?m)^\.", b"..", wire)
        self.socket.sendall(wire + b".\r\n")
        return self.reply()

    def start_tls(self):
        """STARTTLS and the handshake; then EHLO is due again."""
        reply = self.ask("STARTTLS")
        if reply.code != 220:
            raise RuntimeError("no TLS: %s" % reply)
        self.wrap()

    def wrap(self):
        self.file.close()
        self.socket = any_certificate().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def close(self):
        try:
            self.ask("QUIT")
        except (OSError, EOFError):
            pass
        self.file.close()
        self.socket.close()


def any_certificate():
    """Of a TLS client that believes everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def send(port, sender, rcpts, message, ip=None, helo="client.test"):
    """One message; the replies to each RCPT, then that to the content if it
    came so far."""
    client = Client(port, ip)
    client.ask("EHLO " + helo)
    replies = [client.ask("MAIL FROM:<%s>" % sender)]
    replies += [client.ask("RCPT TO:<%s>" % rcpt) for rcpt in rcpts]
    if any(r.code == 250 for r in replies[1:]):
        replies.append(client.content(message))
    client.close()
    return replies[1:]


# --- mailboxes ---------------------------------------------------------------

OURS = (b"Return-Path", b"Delivered-To", b"Received", b"X-Postern",
        b"Authentication-Results")


def split_trace(text):
    """What stands in a mailbox, as the fields that postern put in front and
    the message as it was sent."""
    names = []
    at = 0
    while True:
        match = re.match(rb"([!-9;-~]+):.*\n(?:[ \t].*\n)*", text[at:])
        if match is None or match.group(1) not in OURS or \
                match.group(1) in names:
            return names, text[at:]
        names.append(match.group(1))
        at += match.end()


def maildir(path):
    """The messages of a Maildir folder, new and read ones."""
    found = []
    for sub in "new", "cur":
        folder = os.path.join(path, sub)
        if os.path.isdir(folder):
            for name in sorted(os.listdir(folder)):
                with open(os.path.join(folder, name), "rb") as f:
                    found.append(f.read())
    return found


def message(subject, body="", **fields):
    """A message with LF line ends."""
    head = {"From": "ann@good.test", "To": "me@x.test",
            "Date": "Tue, 24 Nov 2026 09:00:00 +0000",
            "Message-ID": "<%s@good.test>" % subject.replace(" ", "-"),
            "Subject": subject}
    head.update(fields)
    text = "".join("%s: %s\n" % pair for pair in head.items())
    return (text + "\n" + body).encode("utf-8")
