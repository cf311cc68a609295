# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What all scripts of the bench share; sourced. Every value can be given from
# outside.
: "${BENCH:=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}"
: "${BUILD:=$BENCH/../../build}"         # where posternd was built
: "${WORK:=${TMPDIR:-/tmp}/postern-bench}"
: "${DNS:=127.53.0.1}"                   # the scripted DNS server, port 53
: "${REPEAT:=3}"
: "${SCALE:=100}"                        # percent of the usual counts
: "${MAIL_USER:=mail}" "${GATE_USER:=nobody}"   # posternd's, started as root
MAILBOXES=20                             # u0 to u19 at example.test
ZONES="bl1.example bl2.example bl3.example bl4.example bl5.example bl6.example
	bl7.example bl8.example"
ZONES=$(echo $ZONES)

# Where a peer listens. One runs at a time, so that one port does.
: "${PORT:=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')}"
export BENCH BUILD WORK DNS PORT MAIL_USER GATE_USER MAILBOXES ZONES

# --- control groups: exact CPU time, ended children included -----------------

if [ -e /sys/fs/cgroup/cpuacct ]; then
	group_root=/sys/fs/cgroup/cpuacct
else
	group_root=/sys/fs/cgroup
fi

group_path() { echo "$group_root/postern-bench-$1"; }

# group_cpu NAME: nanoseconds; without a name of the whole machine
group_cpu() {
	local dir=$group_root
	[ $# = 0 ] || dir=$(group_path "$1")
	if [ -e "$dir/cpuacct.usage" ]; then
		cat "$dir/cpuacct.usage"
	else
		awk '/^usage_usec/ { print $2 * 1000 }' "$dir/cpu.stat"
	fi
}

# group_exec NAME COMMAND...: becomes the command, in the group
group_exec() {
	local dir
	dir=$(group_path "$1"); shift
	mkdir -p "$dir"
	echo $BASHPID > "$dir/cgroup.procs"
	exec "$@"
}

# group_run NAME COMMAND...: in the background; TRACE=FILE: under strace
group_run() {
	local name=$1; shift
	[ -z "${TRACE:-}" ] || set -- strace -f -y -s 60 -o "$TRACE" \
	    -e trace=fsync,fdatasync,syncfs,write,writev,sendto,sendmsg "$@"
	( group_exec "$name" "$@" ) &
	echo $! > "$WORK/$name.pid"
}

# group_pss NAME: KiB of all its processes
group_pss() {
	local pid
	while read -r pid; do
		awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
	done < "$(group_path "$1")/cgroup.procs" 2>/dev/null |
	    awk '{ n += $1 } END { print n + 0 }'
}

group_signal() {
	local pid
	while read -r pid; do
		kill "-$1" "$pid"
	done < "$(group_path "$2")/cgroup.procs" 2>/dev/null
}

# group_end NAME: first whoever was started, who ends its children; then those
# that are left. Only what this bench started is in the group. Whoever outlives
# that would be measured with the next peer: the bench ends.
group_end() {
	local dir try pid
	dir=$(group_path "$1")
	pid=$(cat "$WORK/$1.pid" 2>/dev/null)
	if grep -qsx "${pid:-none}" "$dir/cgroup.procs"; then
		kill -TERM "$pid"
	else
		group_signal TERM "$1"
	fi
	for try in $(seq 60); do
		# Its size is always 0: it has to be read.
		[ -n "$(cat "$dir/cgroup.procs" 2>/dev/null)" ] || break
		[ "$try" != 30 ] || group_signal TERM "$1"
		[ "$try" -lt 50 ] || group_signal KILL "$1"
		sleep 0.1
	done
	[ ! -e "$dir" ] || rmdir "$dir" && return
	echo "bench: $1 does not end" >&2
	return 1
}

# --- peers -------------------------------------------------------------------

# peer_run NAME COMMAND...: as group_run, in a mount namespace of its own: the
# unpacked packages lie over /usr, and resolver and users are the bench's.
# Nothing of the machine is changed.
peer_run() {
	local name=$1; shift
	group_run "$name" unshare -m --propagation private bash -c '
		mount -t overlay overlay \
		    -o "lowerdir=$WORK/root/usr:/usr" /usr || exit
		for file in resolv.conf passwd group; do
			mount --bind "$WORK/etc/$file" /etc/$file || exit
		done
		exec "$@"' "$name" "$@"
}

# fresh FOLDER: makes it; what was there is put away, not deleted: ext4 searches
# long for an inode where many were freed in the last minute, and that would be
# measured. `run.sh new` deletes.
fresh() {
	if [ -e "$1" ]; then
		mkdir -p "$WORK/old"
		mv "$1" "$WORK/old/$(date +%s%N)"
	fi
	mkdir -p "$1"
}

# mailboxes FOLDER OWNER: MAILBOXES empty Maildirs
mailboxes() {
	local i
	fresh "$1"
	for i in $(seq 0 $((MAILBOXES - 1))); do
		mkdir -p "$1/u$i"/{tmp,new,cur}
	done
	chown -R "$2" "$1"
}

# wait_port NAME: until somebody listens; who does not is ended
wait_port() {
	local try
	for try in $(seq 200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && return 0
		sleep 0.05
	done
	echo "bench: $1 does not listen on port $PORT" >&2
	group_end "$1"
	return 1
}
