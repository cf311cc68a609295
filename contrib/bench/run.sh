#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh refuse|slow|idle|cold|all     measures postern beside a floor and a peer
#
# Needs root (control groups, a mount namespace for the peer) and the packages
# of ./bootstrap deps. Everything is bounded, on loopback, and ended by pid.
. "$(dirname "$0")/common.sh"
set -u
mkdir -p "$WORK"

tools() {
	local cc="gcc -O2 -Wall -Wextra -D_GNU_SOURCE"
	$cc -o "$WORK/load" "$BENCH/load.c" &&
	$cc -o "$WORK/dns" "$BENCH/dns.c" &&
	$cc -o "$WORK/floor" "$BENCH/floor.c" -lev -lcares
}

dns_start() {
	"$WORK/dns" "$DNS:53" "$1" 203.0 > "$WORK/dns.out" &
	dns_pid=$!
	sleep 0.2
}

dns_stop() {
	kill "$dns_pid" && wait "$dns_pid" 2>/dev/null
}

# What the eight zones were asked since the last call.
dns_lists() {
	kill -USR1 "$dns_pid"
	sleep 0.1
	tail -n 1 "$WORK/dns.out" | sed 's/.*lists=//'
}

client=0

# refuse_once NAME PORT SESSIONS TOTAL: one run, a line of key=value
refuse_once() {
	local before after result refused
	dns_lists >/dev/null
	before=$(group_cpu "$1")
	result=$("$WORK/load" refuse "127.0.0.1:$2" -s "$3" -m "$4" \
	    -p 203.0 -o "$client")
	after=$(group_cpu "$1")
	client=$(((client + $4) % 65536))
	refused=$(sed 's/.*refused=\([0-9]*\).*/\1/' <<< "$result")
	[ "$refused" -gt 0 ] || { echo "$1: nobody was refused: $result"; return; }
	echo "$1 cpu_us=$(((after - before) / 1000 / refused))" \
	    "lists_per=$(($(dns_lists) * 10 / refused))/10 $result"
}

# Each peer starts once and is measured REPEAT times; the first run warms up.
refuse() {
	local delay=$1 sessions=$2 total=$3 peer port i
	dns_start "$delay"
	for peer in floor postern postfix; do
		case $peer in
		floor) port=2595 ;; postern) port=2577 ;; postfix) port=2528 ;;
		esac
		"$BENCH/peers/$peer.sh" start || continue
		refuse_once $peer $port "$sessions" 500 >/dev/null
		for i in $(seq "$REPEAT"); do
			refuse_once $peer $port "$sessions" "$total"
		done
		"$BENCH/peers/$peer.sh" stop
	done
	dns_stop
}

# idle_once COUNT [-e]: KiB of process memory for each idle connection
idle_once() {
	local before after
	"$BENCH/peers/postern.sh" start || return
	before=$(group_pss postern)
	"$WORK/load" idle 127.0.0.1:2575 -s "$@" -h 4 > "$WORK/idle.out" &
	sleep 1
	until [ -s "$WORK/idle.out" ]; do sleep 0.2; done
	sleep 1.5
	after=$(group_pss postern)
	wait $!
	echo "idle ${2:-banner} kib_each=$(awk "BEGIN { printf \"%.2f\", \
	    ($after - $before) / $1 }") $(cat "$WORK/idle.out")"
	"$BENCH/peers/postern.sh" stop
}

idle() {
	ulimit -n 65536
	dns_start 0
	idle_once 10000
	idle_once 10000 -e
	dns_stop
}

# From exec to the 220 banner, milliseconds.
cold() {
	local i
	dns_start 0
	"$BENCH/peers/postern.sh" start
	"$BENCH/peers/postern.sh" stop
	for i in $(seq "$REPEAT"); do
		python3 - "$BUILD/posternd" "$WORK/postern/postern.conf" <<-'X'
		import socket, subprocess, sys, time
		start = time.monotonic()
		daemon = subprocess.Popen([sys.argv[1], "-f", "-c", sys.argv[2]],
		    stderr=subprocess.DEVNULL)
		while True:
		    try:
		        s = socket.create_connection(("127.0.0.1", 2575))
		        break
		    except OSError:
		        time.sleep(0.0002)
		banner = s.recv(200)
		took = time.monotonic() - start
		print("cold banner_ms=%.1f %r" % (took * 1e3, banner[:20]))
		daemon.terminate()
		daemon.wait()
		X
	done
	dns_stop
}

tools || exit 1
"$BENCH/peers/postfix.sh" setup
case ${1:-} in
refuse) refuse 0 20 5000 ;;
slow) refuse 20 100 3000 ;;
idle) idle ;;
cold) cold ;;
all) refuse 0 20 5000; refuse 20 100 3000; idle; cold ;;
*) sed -n '3,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
