#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The unit of contrib/systemd: no more exposed than it says, and what it
# refers to is there.
unit=$top_srcdir/contrib/systemd
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT

command -v systemd-analyze > /dev/null || {
	echo '1..0 # SKIP no systemd-analyze'
	exit 0
}

n=0
# point HOLDS NAME: what stands in $dir/out explains
point() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$dir/out"
	fi
}

systemd-analyze --no-pager --offline=yes --threshold=25 \
	security "$unit/postern.service" > "$dir/out" 2>&1
point $? 'exposed to at most 2.5'
figure=$(sed -n 's/.*exposure level for postern.service: \([0-9.]*\).*/\1/p' \
	"$dir/out")
grep -q "says $figure;" "$unit/postern.service"
point $? "the figure in its comment is true: $figure"

# Its program and pages are not installed here; all else is an error.
systemd-analyze verify "$unit/postern.service" 2>&1 |
	grep -v -e 'posternd is not executable' -e "Command 'man " > "$dir/out"
[ ! -s "$dir/out" ]
point $? 'systemd understands each line'

systemd-sysusers --dry-run "$unit/sysusers.conf" > "$dir/out" 2>&1
point $? 'the users can be made'
echo "1..$n"
