#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# contrib/gdb/fibers.py against a program that stands still: names, states and
# backtraces of waiting fibers, live and in a core file made by gdb (not of a
# sanitized program, whose shadow would fill the disk).
: "${top_srcdir:=.}" "${top_builddir:=.}"
subject=$top_builddir/tests/unit/gdb_subject
script=$top_srcdir/contrib/gdb/fibers.py
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

command -v gdb >/dev/null || skip "no gdb"
gdb -nx -batch -ex 'python print(gdb.VERSION)' 2>/dev/null |
    grep -q '^[0-9]' || skip "gdb without Python"

ASAN_OPTIONS=detect_leaks=0; export ASAN_OPTIONS
make_core="generate-core-file $dir/core"
grep -q '^#define SANITIZED' "$top_builddir/config.h" && make_core=quit
gdb -nx -batch -iex 'set debuginfod enabled off' -ex run \
    -ex "source $script" -ex fibers -ex 'echo ---\n' -ex 'fibers bt' \
    -ex "$make_core" "$subject" >"$dir/live" 2>&1
grep -q 'SIGTRAP' "$dir/live" || skip "gdb may not trace here"
grep -q 'has no symbols' "$dir/live" && skip "built without -g"

echo 1..6
n=0
check() {       # check FILE NAME PATTERN: within FILE's text on one line
	n=$((n + 1))
	if tr '\n' ' ' <"$1" | grep -Eq -e "$3"; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$1"
	fi
}
check "$dir/live" "fibers lists names and states" \
    'boy +RUNNING.*vladimir +SLEEPING.*estragon +PARKED.*---'
check "$dir/live" "a running fiber shows where it runs" \
    '---.*boy +RUNNING.* boy \(.*vladimir'
check "$dir/live" "a sleeping fiber shows who sleeps" \
    'vladimir +SLEEPING[^#]*#1 [^#]*#2 .*fiber_sleep.* vladimir \(.*estragon'
check "$dir/live" "a parked fiber shows all that wait" \
    'estragon +PARKED.*fiber_park.*(waits_for_godot.*){3} estragon \('

if [ -f "$dir/core" ]; then
	gdb -nx -batch -iex 'set debuginfod enabled off' \
	    -ex "source $script" -ex 'fibers bt estr' "$subject" \
	    "$dir/core" >"$dir/dead" 2>&1
	check "$dir/dead" "a core shows the same" \
	    'estragon +PARKED.*fiber_park.*(waits_for_godot.*){3} estragon \('
	n=$((n + 1))
	if grep -q vladimir "$dir/dead"; then
		echo "not ok $n - a name picks fibers"
	else
		echo "ok $n - a name picks fibers"
	fi
else
	echo "ok 5 - a core shows the same # SKIP no core was written"
	echo "ok 6 - a name picks fibers # SKIP no core was written"
fi
