# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What all scripts of the bench share; sourced. Every value can be given from
# outside.
: "${BENCH:=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}"
: "${BUILD:=$BENCH/../../build}"         # where posternd was built
: "${WORK:=${TMPDIR:-/tmp}/postern-bench}"
: "${DNS:=127.0.0.53}"
: "${REPEAT:=3}"
ZONES="bl1.example bl2.example bl3.example bl4.example bl5.example bl6.example
	bl7.example bl8.example"
ZONES=$(echo $ZONES)
export BENCH BUILD WORK DNS ZONES

# --- control groups: exact CPU time, ended children included -----------------

if [ -e /sys/fs/cgroup/cpuacct ]; then
	group_root=/sys/fs/cgroup/cpuacct
else
	group_root=/sys/fs/cgroup
fi

group_path() { echo "$group_root/postern-bench-$1"; }

# group_cpu NAME: nanoseconds
group_cpu() {
	local dir
	dir=$(group_path "$1")
	if [ -e "$dir/cpuacct.usage" ]; then
		cat "$dir/cpuacct.usage"
	else
		awk '/^usage_usec/ { print $2 * 1000 }' "$dir/cpu.stat"
	fi
}

# group_run NAME COMMAND...: in the background, in a group of its own
group_run() {
	local dir
	dir=$(group_path "$1"); shift
	mkdir -p "$dir"
	( echo $BASHPID > "$dir/cgroup.procs"; exec "$@" ) &
}

# group_pss NAME: KiB of all its processes
group_pss() {
	local pid
	while read -r pid; do
		awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
	done < "$(group_path "$1")/cgroup.procs" 2>/dev/null |
	    awk '{ n += $1 } END { print n + 0 }'
}

# group_end NAME: only what this bench started is in it
group_end() {
	local dir pid try signal=TERM any
	dir=$(group_path "$1")
	for try in 1 2 3 4 5 6 7 8 9 10; do
		any=no
		while read -r pid; do
			kill -$signal "$pid" 2>/dev/null && any=yes
		done < "$dir/cgroup.procs" 2>/dev/null
		[ $any = yes ] || { rmdir "$dir" 2>/dev/null; return 0; }
		sleep 0.2
		[ "$try" -lt 5 ] || signal=KILL
	done
}

# wait_port PORT: until something listens there
wait_port() {
	local try
	for try in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		sleep 0.05
	done
	echo "bench: nothing listens on port $1" >&2
	return 1
}
