#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# postern.sh start|stop: log line on, 8 lists (port 2577: PROXY; 2575: plain)
. "$(dirname "$0")/../common.sh"
dir=$WORK/postern
configure() {
	local zone n=0
	rm -rf "$dir"
	mkdir -p "$dir/mail/example.test/u0"
	{
		echo 'policy bench "eight lists, as a peer has them"'
		for zone in $ZONES; do
			n=$((n + 1))
			echo "list bl$n \"$zone\" ip4 { code 127.0.0.2 listed 9 }"
			echo "use bl$n"
		done
		case ${BENCH_AT:-rcpt} in
		rcpt) echo 'refuse at 9' ;;
		connect)
			printf 'at connect listed if '
			for n in 1 2 3 4 5 6 7; do printf 'bl%s or ' "$n"; done
			echo 'bl8 drop 554 "listed"' ;;
		esac
	} > "$dir/bench.policy"
	cat > "$dir/postern.conf" <<-X
	name     mx.example.test
	listen   127.0.0.1:2575
	listen   127.0.0.1:2577 proxy from 127.0.0.0/8
	domain   example.test
	deliver  maildir $dir/mail/%d/%u
	resolver $DNS:53
	policy   "$dir/bench.policy"
	state    $dir
	limits   { sessions 30000; per-address 0; per-network 0 }
	X
}
case $1 in
start)
	configure
	group_run postern "$BUILD/posternd" -f -c "$dir/postern.conf" \
	    2> "$dir/log"
	wait_port 2577 ;;
stop) group_end postern ;;
esac
