#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh PART...     measures postern beside floors and peers
#
# refuse slow           refusing listed clients, DNS answers at once or late
# lists early           what eight lists cost a refusal at connect; four of them
#                       slow, and not waited for
# accept                durable messages, without and with checks
# tls tls-idle          full STARTTLS sessions; memory of idle ones
# idle house cold       memory of idle connections, of the house; start to 220
# durability PEER MODE  what is synced before 250 (mode: plain or checks)
# all                   each of them, then the report
# report                medians of all rows so far, beside what is asked for
# new                   forgets them, and deletes what was filed
#
# Needs root (control groups, mount namespaces for the peers) and the packages
# of ./bootstrap deps. Everything is bounded, on loopback, and ended by pid.
. "$(dirname "$0")/common.sh"
set -u
ROWS=$WORK/rows

# row KEY=VALUE...: printed and kept
row() { echo "$*" | tee -a "$ROWS"; }

# of KEY ROW: the value, 0 when there is none
of() {
	local word
	for word in $2; do
		[ "${word%%=*}" != "$1" ] || { echo "${word#*=}"; return; }
	done
	echo 0
}

scaled() { echo $((($1 * SCALE + 99) / 100)); }

peer() { "$BENCH/peers/$1.sh" "${@:2}"; }

# Our own programs have a group of their own, so that it can be told what
# others did meanwhile.
tool() { ( group_exec tools "$@" ); }

dns_pid=
# dns_start DELAY_MS [SLOW_MS]
dns_start() {
	dns_stop
	( group_exec tools "$WORK/dns" "$DNS:53" "$1" 203.0 "$WORK/zone" \
	    ${2:+"$2"} ) > "$WORK/dns.out" &
	dns_pid=$!
	sleep 0.2
}

dns_stop() {
	[ -z "$dns_pid" ] || { kill "$dns_pid"; wait "$dns_pid"; } 2>/dev/null
	dns_pid=
}

# However this ends, nothing that it started goes on.
end_all() {
	local name
	dns_stop
	for name in floor postern postfix rspamd haraka; do
		[ ! -e "$(group_path $name)" ] || group_end $name
	done
	rmdir "$(group_path tools)" 2>/dev/null
}

# What was asked since the last call: "questions=N lists=M".
dns_asked() {
	kill -USR1 "$dns_pid"
	sleep 0.1
	tail -n 1 "$WORK/dns.out"
}

# each WHAT COUNT: with one digit
each() { awk "BEGIN { printf \"%.1f\", $1 / ($2 > 0 ? $2 : 1) }"; }

# --- the machine, while something runs -------------------------------------

# cpu_of PEER: nanoseconds; rspamd's is that of its Postfix too
cpu_of() {
	case $1 in
	rspamd) echo $(($(group_cpu rspamd) + $(group_cpu postfix))) ;;
	*) group_cpu "$1" ;;
	esac
}

# watch PEER: begins; watched PEER: sets cpu (us of the peer) and other (% of
# the machine used by neither the peer nor our tools)
watch() {
	cpu_0=$(cpu_of "$1")
	tools_0=$(group_cpu tools)
	machine_0=$(group_cpu)
	time_0=$(date +%s%6N)
}

watched() {
	local tools busy
	cpu=$((($(cpu_of "$1") - cpu_0) / 1000))
	tools=$((($(group_cpu tools) - tools_0) / 1000))
	busy=$((($(group_cpu) - machine_0) / 1000))
	other=$(((busy - cpu - tools) * 100 /
	    (($(date +%s%6N) - time_0) * $(nproc))))
}

# --- refusals --------------------------------------------------------------

client=0

# refuse_once PART PEER SESSIONS TOTAL
refuse_once() {
	local result lists asked "done"
	dns_asked >/dev/null
	watch "$2"
	result=$(tool "$WORK/load" refuse "127.0.0.1:$PORT" -s "$3" -m "$4" \
	    -p 203.0 -o "$client")
	watched "$2"
	client=$(((client + $4) % 65536))
	asked=$(dns_asked)
	done=$(of done "$result")
	lists=$(each "$(of lists "$asked")" "$done")
	row part="$1" peer="$2" sessions="$3" cpu_us=$((cpu / (done + !done))) \
	    lists_per="$lists" \
	    "$(valid "$result" "$4" ${BENCH_LISTS-"$lists"})" \
	    other="$other" "$result"
}

# warm PEER: a first run; and time for postern to look at a list that names all
# who come: then it believes it.
warm() {
	refuse_once warm "$1" 20 500 >/dev/null
	sleep 1.5
}

# refuse_peer PART PEER SESSIONS TOTAL: starts once and is measured REPEAT times.
refuse_peer() {
	local i
	peer "$2" start refuse || return
	warm "$2"
	for i in $(seq "$REPEAT"); do
		refuse_once "$1" "$2" "$3" "$4"
	done
	peer "$2" stop || exit
}

# Floor and Postfix refuse at connect; postern where its policies do, at RCPT,
# and at connect, which is the same work as theirs.
refuse() {
	local part=$1 delay=$2 sessions=$3 total
	total=$(scaled "$4")
	dns_start "$delay"
	refuse_peer "$part" floor "$sessions" "$total"
	refuse_peer "$part" postern "$sessions" "$total"
	[ "$part" != refuse ] || BENCH_AT=connect \
	    refuse_peer refuse-connect postern "$sessions" "$total"
	refuse_peer "$part" postfix "$sessions" "$total"
}

# The same work at connect with eight lists and without any.
lists() {
	local total
	total=$(scaled 5000)
	dns_start 0
	BENCH_AT=connect refuse_peer lists-8 postern 20 "$total"
	BENCH_AT=nolists BENCH_LISTS='' refuse_peer lists-0 postern 20 "$total"
}

# Half of the lists take 400 ms, and the first one that answers decides. So few
# sessions that what nobody waits for fits among the questions that may be
# under way.
early() {
	local i
	dns_start 0 400
	BENCH_AT=connect peer postern start refuse || return
	warm postern
	for i in $(seq "$REPEAT"); do
		refuse_once early postern 4 "$(scaled 2000)"
	done
	peer postern stop || exit
}

# valid RESULT DONE [LISTS]: was everything done, and were all lists asked?
valid() {
	if [ "$(of done "$1")" != "$2" ] || [ "$(of failed "$1")" != 0 ]; then
		echo valid=INVALID:done
	elif [ -n "${3:-}" ] && [ "${3%.*}" -lt 8 ]; then
		echo valid=INVALID:lists
	else
		echo valid=yes
	fi
}

# --- messages --------------------------------------------------------------

PAUSE=400       # us: what else a session of one message does, about

# floor_once THREADS [PAUSE]: files of the size that a message has in a mailbox: a page
# more or less is a block more or less to write.
floor_once() {
	mkdir -p "$WORK/filed"
	row part=floor peer="maildir-$1${2:+-paused}" "$(tool "$WORK/maildir" \
	    "$WORK/filed/$(date +%s%N)" "$1" 20 "$(scaled 300)e-2" \
	    "$filed_bytes" "${2:-0}")"
}

# How large that is.
filed_measure() {
	peer postern start plain || return
	accept_once warm postern plain 20 200 >/dev/null
	peer postern stop || exit
	filed_bytes=$(find "$WORK/postern/mail" -path '*/new/*' -type f \
	    -printf '%s\n' | sort -n | tail -1)
}

# The whole truth about one run: RESULT VERIFIED MODE LISTS
accept_valid() {
	local filed "done"
	done=$(of done "$1")
	filed=$(of filed "$2")
	if [ "$filed" != "$done" ] || [ "$(of whole "$2")" != "$done" ]; then
		echo valid=INVALID:filed
	elif [ "$3" = checks ] && [ "$(of passed "$2")" != "$done" ]; then
		echo valid=INVALID:dkim
	elif [ "$3" = checks ]; then
		valid "$1" "$done" "$4"
	else
		valid "$1" "$done"
	fi
}

# put_away FOLDER: what was filed so far, see fresh
put_away() {
	local new
	find "$1" -type d -name new | while read -r new; do
		fresh "$new"
		chmod 700 "$new"
		chown --reference "${new%new}tmp" "$new"
	done
}

# accept_once PART PEER MODE SESSIONS TOTAL
accept_once() {
	local result truth asked "done" lists folder=$WORK/$2 proxy=
	local message=$WORK/plain
	[ "$2" != rspamd ] || folder=$WORK/postfix
	[ "$3" != checks ] || {
		proxy="-p 203.1 -o $client"
		message=$WORK/signed
	}
	put_away "$folder/mail"
	dns_asked >/dev/null
	watch "$2"
	# shellcheck disable=SC2086
	result=$(tool "$WORK/load" accept "127.0.0.1:$PORT" -s "$4" -m "$5" \
	    -f "$message" -u "$MAILBOXES" $proxy)
	done=$(of done "$result")
	watched "$2"
	truth=$(tool "$BENCH/verify.py" "$folder/mail" "$message" "$done")
	cpu=$((($(cpu_of "$2") - cpu_0) / 1000))
	client=$(((client + $5) % 65536))
	asked=$(dns_asked)
	lists=$(each "$(of lists "$asked")" "$done")
	row part="$1" peer="$2" mode="$3" sessions="$4" \
	    cpu_us=$((cpu / (done + !done))) \
	    asked_per="$(each "$(of questions "$asked")" "$done")" \
	    lists_per="$lists" \
	    "$(accept_valid "$result" "$truth" "$3" "$lists")" \
	    other="$other" "$truth" "$result"
}

# accept_peer PEER MODE TOTAL
accept_peer() {
	local sessions total i
	peer "$1" start "$2" || return
	accept_once warm "$1" "$2" 20 200 >/dev/null
	for sessions in 1 20 100; do
		total=$(scaled "$3")
		[ $sessions != 1 ] || total=$(scaled 400)
		for i in $(seq "$REPEAT"); do
			accept_once accept "$1" "$2" $sessions "$total"
		done
	done
	peer "$1" stop || exit
}

accept() {
	local i filed_bytes
	dns_start 0
	filed_measure
	for i in $(seq "$REPEAT"); do
		floor_once 16
		floor_once 1
		floor_once 1 $PAUSE
	done
	accept_peer postern plain 8000
	accept_peer postfix plain 2000
	accept_peer haraka plain 2000
	accept_peer postern checks 6000
	accept_peer rspamd checks 2000
	accept_peer haraka checks 1000
	floor_once 16
	floor_once 1
	floor_once 1 $PAUSE
}

# durability PEER MODE: one message under strace
durability() {
	local proxy=
	dns_start 0
	rm -f "$WORK/trace"
	[ "$2" != checks ] || proxy="-p 203.1"
	TRACE=$WORK/trace peer "$1" start "$2" || return
	# shellcheck disable=SC2086
	tool "$WORK/load" accept "127.0.0.1:$PORT" -s 1 -m 1 \
	    -f "$WORK/signed" $proxy >/dev/null
	row part=durability peer="$1" mode="$2" \
	    "$("$BENCH/durable.py" "$WORK/trace")"
	peer "$1" stop || exit
}

# --- TLS -------------------------------------------------------------------

# tls_once PART PEER TOTAL
tls_once() {
	local result "done"
	watch "$2"
	result=$(tool "$WORK/starttls" full "127.0.0.1:$PORT" 20 "$3")
	watched "$2"
	done=$(of done "$result")
	row part="$1" peer="$2" cpu_us=$((cpu / (done + !done))) \
	    "$(valid "$result" "$3")" other="$other" "$result"
}

tls() {
	local peer i
	dns_start 0
	for peer in postern postfix; do
		peer $peer start tls || continue
		tls_once warm $peer 200 >/dev/null
		for i in $(seq "$REPEAT"); do
			tls_once tls $peer "$(scaled 2000)"
		done
		peer $peer stop || exit
	done
}

# --- memory ----------------------------------------------------------------

# held PART MODE COUNT COMMAND...: KiB of the daemon for each connection held
held() {
	local part=$1 before after count=$3 mode=$2
	shift 3
	peer postern start "$mode" || return
	sleep 1
	before=$(group_pss postern)
	: > "$WORK/held"
	tool "$@" > "$WORK/held" &
	until [ -s "$WORK/held" ] || ! kill -0 $! 2>/dev/null; do sleep 0.2; done
	sleep 1.5
	after=$(group_pss postern)
	wait $!
	row part="$part" peer=postern count="$count" \
	    kib_each="$(awk "BEGIN { printf \"%.2f\", \
	    ($after - $before) / $count }")" \
	    "$(valid "$(cat "$WORK/held")" "$count")" "$(cat "$WORK/held")"
	peer postern stop || exit
}

# As many as there may be descriptors for.
many() {
	[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge 12000 ] &&
	    echo 10000 || echo 2000
}

idle() {
	local count
	count=$(many)
	dns_start 0
	held idle plain "$count" \
	    "$WORK/load" idle "127.0.0.1:$PORT" -s "$count" -h 4
	held idle-ehlo plain "$count" \
	    "$WORK/load" idle "127.0.0.1:$PORT" -s "$count" -h 4 -e
}

tls_idle() {
	local count
	count=$(many)
	dns_start 0
	held tls-idle tls "$count" \
	    "$WORK/starttls" idle "127.0.0.1:$PORT" 20 "$count" 4
}

# All processes of the daemon, nobody there.
house() {
	dns_start 0
	peer postern start plain || return
	sleep 2
	row part=house peer=postern \
	    processes="$(wc -l < "$(group_path postern)/cgroup.procs")" \
	    mib="$(awk "BEGIN { printf \"%.1f\", $(group_pss postern) / 1024 }")"
	peer postern stop || exit
}

# From exec to the 220 banner.
cold() {
	local i
	dns_start 0
	peer postern configure plain
	for i in $(seq "$REPEAT"); do
		# shellcheck disable=SC2086
		row part=cold peer=postern "$(python3 "$BENCH/cold.py" "$PORT" \
		    "$BUILD/posternd" ${POSTERND_ARGS:-} \
		    -c "$WORK/postern/postern.conf")"
	done
}

# --- which -----------------------------------------------------------------

durability_all() {
	durability postern plain
	durability postfix plain
	durability haraka plain
	durability rspamd checks
}

part() {
	case $1 in
	refuse) refuse refuse 0 20 5000 ;;
	slow) refuse slow 20 100 3000 ;;
	accept | tls | idle | house | cold | lists | early) $1 ;;
	tls-idle) tls_idle ;;
	durability) durability_all ;;
	report) "$BENCH/report.py" "$ROWS" ;;
	new) rm -rf "$ROWS" "$WORK/old" "$WORK/filed" ;;
	all)
		house
		cold
		refuse refuse 0 20 5000
		refuse slow 20 100 3000
		lists
		early
		idle
		accept
		tls
		tls_idle
		durability_all
		"$BENCH/report.py" "$ROWS" ;;
	*) sed -n '3,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
}

[ $# -gt 0 ] || part help
trap end_all EXIT
ulimit -n "$(ulimit -Hn)"
"$BENCH/setup.sh" || exit 1
mkdir -p "$(group_path tools)"
if [ "$1" = durability ] && [ -x "$BENCH/peers/${2:-}.sh" ]; then
	durability "$2" "${3:-plain}"
	exit
fi
for which; do
	part "$which"
done
