# SPDX-License-Identifier: BSD-2-Clause
"""mta - Postfix and Exim as sending mail servers, from unpacked packages.

Each runs as root in a mount and a process namespace of its own, where the
unpacked files lie over /usr and its users stand in /etc/passwd; the machine
itself stays as it is, and with the first process of the namespace all end.
It takes mail on a loopback port and sends what is for x.test to posternd.
"""
import os
import subprocess

import lib

# Tried again at once, Postfix may find a message still held by the agent that
# gave it back, and then forgets it until it starts anew: hence not 1s.
POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = %(path)s/queue
data_directory = %(path)s/data
meta_directory = %(path)s/conf
maillog_file = %(path)s/says
maillog_file_prefixes = %(path)s
mail_owner = postfix
setgid_group = postdrop
myhostname = sender.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
relay_domains = x.test
mynetworks = 127.0.0.0/8
alias_maps =
smtpd_peername_lookup = no
smtp_host_lookup = native
smtp_tls_security_level = %(tls)s
transport_maps = inline:{x.test=smtp:[127.0.0.1]:%(to)d}
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 3s
"""
POSTFIX_MASTER = """\
127.0.0.1:%(port)d inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
EXIM = """\
primary_hostname = sender.test
spool_directory = %(path)s/spool
log_file_path = %(path)s/says/%%slog
pid_file_path = %(path)s/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = %(port)d
domainlist relay_to = x.test
acl_smtp_rcpt = take
acl_smtp_data = take
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
keep_environment =
log_selector = +smtp_confirmation
begin acl
take:
  accept
begin routers
out:
  driver = manualroute
  domains = +relay_to
  transport = smtp
  route_list = * 127.0.0.1
  self = send
begin transports
smtp:
  driver = smtp
  port = %(to)d
  hosts_try_dane =
  tls_verify_hosts =
  tls_try_verify_hosts =
  hosts_avoid_tls = %(avoid)s
  hosts_require_tls = %(require)s
begin retry
* * F,1h,1s
"""
SHELL = """\
mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr &&
mount -t overlay overlay -o "lowerdir=$2:/etc" /etc && shift 2 && exec "$@"
"""


def need_namespaces():
    if os.getuid() != 0:
        lib.skip("only root may start a mail server that changes users")
    if subprocess.run(["unshare", "-m", "-p", "-f", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        lib.skip("unshare(1) may not make namespaces here")


class Mta:
    """What both have in common."""

    def __init__(self, room, name, root, users, to, tls):
        self.room, self.root, self.to, self.tls = room, root, to, tls
        self.name = name + "-tls" * tls
        self.path = room.folder(self.name)
        os.chown(self.path, 0, 0)
        for path in room.path, self.path:
            os.chmod(path, 0o711)          # users of its own go through
        os.mkdir(self.path + "/etc", 0o755)
        for file in "passwd", "group":
            with open("/etc/" + file) as f:
                text = f.read()
            for i, user in enumerate(users):
                # An id that nothing here has.
                line = "%s:x:%d:" % (user, 61001 + i)
                if file == "passwd":
                    line += "%d::/nonexistent:/bin/false" % (61001 + i)
                if "\n%s:" % user not in text:
                    text += line + "\n"
            self.put("etc/" + file, text)
        self.put("etc/resolv.conf", "nameserver 127.0.0.1\n")

    def put(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def launch(self, *command):
        while True:
            self.port = lib.free_port()
            self.configure()
            self.process = self.room.start(
                self.name, "unshare", "-m", "-p", "-f", "--kill-child",
                "--mount-proc", "sh", "-c", SHELL, "sh", self.root,
                self.path + "/etc", *command, is_root=True)
            if lib.until(self._is_settled) and self.process.poll() is None:
                return
            if lib.ADDRESS_TAKEN not in self.log():
                raise RuntimeError("%s does not start:\n%s" % (
                    self.name, self.log()))

    def _is_settled(self):
        if self.process.poll() is not None:
            return True
        try:
            lib.Client(self.port).close()
            return True
        except (OSError, EOFError):
            return False

    def log(self):
        text = self.room.read(self.name + ".log").decode("latin-1")
        for name in self.says:
            path = os.path.join(self.path, name)
            if os.path.exists(path):
                with open(path, encoding="latin-1") as f:
                    text += f.read()
        return text

    def end(self):
        """All of it, by the end of the first process of its namespace."""
        self.process.kill()
        self.process.wait(lib.PATIENCE)

    def queued(self):
        """How many messages it still has."""
        return sum(self.is_message(folder, name) for folder, _, names in
                   os.walk(self.path) for name in names)


class Postfix(Mta):
    says = ("says",)

    def __init__(self, room, to, tls=False):
        root = lib.unpack("postfix", "postfix")
        super().__init__(room, "postfix", root, ("postfix", "postdrop"), to,
                         tls)
        os.mkdir(self.path + "/queue", 0o755)
        os.mkdir(self.path + "/data", 0o700)
        self.launch("sh", "-c", 'chown postfix "$1/data" && '
                    'exec postfix -c "$1/conf" start-fg', "sh", self.path)

    def configure(self):
        words = {"path": self.path, "port": self.port, "to": self.to,
                 "tls": "encrypt" if self.tls else "none"}
        self.put("conf/main.cf", POSTFIX_MAIN % words)
        self.put("conf/master.cf", POSTFIX_MASTER % words)
        with open(self.root + "/etc/postfix/postfix-files") as f:
            self.put("conf/postfix-files", f.read())

    def is_message(self, folder, name):
        parts = os.path.relpath(folder, self.path).split(os.sep)
        return parts[0] == "queue" and len(parts) > 1 and parts[1] in (
            "maildrop", "incoming", "active", "deferred", "corrupt", "hold")


class Exim(Mta):
    says = ("says/mainlog", "says/paniclog", "says/rejectlog")

    def __init__(self, room, to, tls=False):
        # libidn12: what it needs and others do not bring along.
        root = lib.unpack("exim", "exim4-daemon-light", "libidn12")
        super().__init__(room, "exim", root, ("Debian-exim",), to, tls)
        os.mkdir(self.path + "/spool", 0o700)
        os.mkdir(self.path + "/says", 0o700)
        self.launch("sh", "-c", 'chown Debian-exim "$1/spool" "$1/says" && '
                    "exec exim4 -bdf -q1s", "sh", self.path)

    def configure(self):
        self.put("etc/exim4/exim4.conf", EXIM % {
            "path": self.path, "port": self.port, "to": self.to,
            "avoid": "" if self.tls else "*",
            "require": "*" if self.tls else ""})

    def is_message(self, folder, name):
        return "/spool/input" in folder and name.endswith("-H")
