#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The self-test of main.c: a target that crashes, ends or hangs on some input
# must fail, with that input kept; and in the same way each time.
set -u
program=${top_builddir:-.}/tests/fuzz/planted
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
printf abc > "$dir/good"
printf 'a\177' > "$dir/bad"
case $program in /*) ;; *) program=$PWD/$program ;; esac
cd "$dir" || exit 99

n=0
bad=0
result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$dir/out"
		bad=1
	fi
}

run() {         # run FAULT WANTED-STATUS PATTERN WHAT ARGUMENT...
	fault=$1 status=$2 pattern=$3 what=$4
	shift 4
	rm -f crash-planted
	PLANTED=$fault FUZZ_PATIENCE=1 "$program" "$@" > out 2>&1
	[ $? = "$status" ] && grep -q "$pattern" out
	result $? "$what"
}

kept() {
	grep -q "$(printf '\177')" crash-planted
	result $? "$1"
}

echo 1..12
run none 0 '^ok 2 .* 500 mutations' 'no fault, no failure' -n 500 good bad
run abort 1 '^not ok 1' 'a file that crashes' -n 500 good bad
run abort 1 'number 1: signal 6' 'its number and signal' -n 0 good bad
cmp -s bad crash-planted
result $? 'and the file is kept'
run abort 1 '^not ok 2' 'a mutation that crashes' -n 500 good
kept 'and it is kept'
cp crash-planted first
cp out first-out
run abort 1 '^not ok 2' 'it crashes again' -n 500 good
cmp -s first crash-planted && cmp -s first-out out
result $? 'on the same input with the same number'
run abort 1 '^not ok 1' 'the kept input alone fails' -n 0 first
run exit 1 'exit status 3' 'a target that ends the process' -n 500 good
run loop 1 'it took too long' 'a target that hangs' -n 500 good
run none 99 '^Bail out!' 'no corpus is no success' "$dir/nothing-here"
exit $bad
