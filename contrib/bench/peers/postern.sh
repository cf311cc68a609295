#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# postern.sh configure|start MODE, stop: log line on
#
# MODE: plain (no checks), tls (the same, with the certificate), refuse (PROXY,
# 8 lists), checks (PROXY, 8 lists, SPF, DKIM, DMARC). POSTERND_ARGS: more
# words, for instance --one-process.
. "$(dirname "$0")/../common.sh"
dir=$WORK/postern

lists() {
	local zone n=0
	for zone in $ZONES; do
		n=$((n + 1))
		echo "list bl$n \"$zone\" ip4 { code 127.0.0.2 listed 9 }"
		echo "use bl$n"
	done
}

policy() {
	echo "policy bench \"$1\""
	case $1-${BENCH_AT:-rcpt} in
	refuse-rcpt)
		lists
		echo 'refuse at 9' ;;
	refuse-connect)
		lists
		printf 'at connect listed if '
		printf 'bl%s or ' 1 2 3 4 5 6 7
		echo 'bl8 drop 554 "listed"' ;;
	refuse-nolists)
		echo 'at connect everybody if client.ip in {203.0.0.0/16} drop 554 "all"' ;;
	checks-*)
		lists
		cat <<-'X'
		score +3 spf-fail   if spf = fail
		score -1 dkim-good  if dkim.aligned
		score +5 dmarc-fail if dmarc = fail
		refuse at 9
		X
	esac
}

# A word that older builds do not have.
knows() {
	"$BUILD/posternd" --print-defaults | grep -q "^[[:space:]]*$1 "
}

configure() {
	fresh "$dir"
	mkdir -p "$dir/state"
	mailboxes "$dir/mail/example.test" "$MAIL_USER"
	chown "$MAIL_USER" "$dir/state"
	policy "$1" > "$dir/bench.policy"
	{
		echo "name     mx.example.test"
		case $1 in
		refuse | checks)
			echo "listen   127.0.0.1:$PORT proxy from 127.0.0.0/8" ;;
		*) echo "listen   127.0.0.1:$PORT" ;;
		esac
		[ "$1" != tls ] || echo "tls      $WORK/cert"
		echo "domain   example.test"
		echo "deliver  maildir $dir/mail/%d/%u { owner $MAIL_USER }"
		echo "resolver $DNS:53"
		echo "policy   \"$dir/bench.policy\""
		echo "state    $dir/state"
		echo "greet    wait 0s"
		echo "limits   { sessions 30000; per-address 0; per-network 0"
		for word in connections-per-minute messages-per-minute; do
			! knows $word || echo "	$word 0"
		done
		echo "}"
		echo "processes { user $GATE_USER"
		! knows minimum-uid || echo "	minimum-uid 1"
		echo "}"
	} > "$dir/postern.conf"
}

case $1 in
configure) configure "$2" ;;
start)
	configure "$2"
	# shellcheck disable=SC2086
	group_run postern "$BUILD/posternd" ${POSTERND_ARGS:-} \
	    -c "$dir/postern.conf" 2> "$dir/log"
	wait_port postern ;;
stop) group_end postern ;;
esac
