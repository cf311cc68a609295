#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Promise P1 as the kernel sees it: the order of write, fsync, rename, fsync
# and receipt. And the judge is shown to see each thing that could be wrong.
# catalogue 109

here=${top_srcdir:-.}/tests/live
deliver=${top_builddir:-.}/tests/live/deliver
calls=openat,openat2,open,mkdirat,mkdir,write,writev,pwrite64,fsync,fdatasync
calls=$calls,renameat2,renameat,rename,linkat,link,unlinkat,unlink
# A leak check cannot run while another watches.
ASAN_OPTIONS=detect_leaks=0:$ASAN_OPTIONS
export ASAN_OPTIONS

dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
if ! strace -o "$dir/try" -e trace=none true 2>/dev/null; then
	echo "1..0 # SKIP no strace, or it may not watch"
	exit 0
fi

n=0
ok() {          # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
	fi
}

judge() {       # COPIES < TRACE
	awk -v copies="$1" -f "$here/promise-p1.awk"
}

watch() {       # COPIES MESSAGES BYTES: a trace in $dir/trace
	mkdir -p "$dir/mail"
	strace -y -s 16 -o "$dir/trace" -e trace="$calls" \
	    "$deliver" "$dir/mail" "$@" > "$dir/out"
}

right() {       # NAME COPIES MESSAGES BYTES
	name=$1
	shift
	watch "$@"
	status=$?
	judge "$1" < "$dir/trace" > "$dir/says"
	sed 's/^/# /' "$dir/says"
	[ $status -eq 0 ] && [ ! -s "$dir/says" ] &&
	    [ "$(grep -c 250 "$dir/out")" -eq "$2" ]
	ok $? "$name"
}

# A trace that was changed must be found wrong.
caught() {      # NAME SED-SCRIPT
	sed "$2" "$dir/good" > "$dir/bad"
	! cmp -s "$dir/good" "$dir/bad" && [ -n "$(judge 3 < "$dir/bad")" ]
	ok $? "seen: $1"
}

echo 1..13
right "one copy, a new Maildir" 1 1 4096
right "three copies, new Maildirs, several messages" 3 4 4096
right "a large message" 2 1 3000000

rm -rf "$dir/mail"
watch 3 1 4096
cp "$dir/trace" "$dir/good"
[ -z "$(judge 3 < "$dir/good")" ]
ok $? "the trace that is changed now is right"
caught "no fsync of the file" '/^fsync.*user001\/tmp\//d'
caught "no fsync of new/" '/^fsync.*user001\/new>/d'
caught "no fsync where a folder was made" '/^fsync.*user000>/d'
caught "a rename that may replace" 's/RENAME_NOREPLACE/0/'
caught "one rename is missing" '/^renameat2.*user001/d'
caught "250 comes first" '/^write(1/d; 1i write(1, "250\\n", 4) = 4'
caught "a link may be followed" 's/|RESOLVE_NO_SYMLINKS//; s/|O_NOFOLLOW//'
caught "a sync failed" '/^fsync.*user001\/tmp\//s/= 0/= -1 EIO/'

# What a durable copy costs in an existing Maildir: three folders opened, the
# file, write, fsync, rename, fsync.
watch 1 1 4096
calls=$(grep -c "/x\.test/user000\|x\.test/user000\"" "$dir/trace")
echo "# calls below the mail root: $calls"
[ "$calls" -eq 8 ]
ok $? "few calls"
