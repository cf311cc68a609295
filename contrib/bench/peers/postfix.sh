#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# postfix.sh setup|start|stop: smtpd with 8 reject_rbl_client (port 2528: PROXY)
#
# Debian's package is unpacked under $WORK and laid over /usr in a mount
# namespace of its own; nothing is installed on the machine.
. "$(dirname "$0")/../common.sh"
dir=$WORK/postfix
conf=$dir/conf
queue=$dir/queue

setup() {
	mkdir -p "$WORK/debs" "$WORK/root"
	[ -e "$WORK/root/usr/sbin/postfix" ] && return
	( cd "$WORK/debs" && apt-get -q download postfix >/dev/null )
	dpkg -x "$WORK"/debs/postfix_*.deb "$WORK/root"
}

configure() {
	local zone clients=
	for zone in $ZONES; do
		clients="$clients${clients:+, }reject_rbl_client $zone"
	done
	id postfix >/dev/null 2>&1 ||
	    useradd -r -M -d /nonexistent -s /usr/sbin/nologin postfix
	getent group postdrop >/dev/null || groupadd -r postdrop
	rm -rf "$dir"
	mkdir -p "$conf" "$queue" "$dir/data"
	chown postfix "$dir/data"
	cp -r "$WORK"/root/etc/postfix/{postfix-files,dynamicmaps.cf,postfix-files.d,dynamicmaps.cf.d} "$conf"/ 2>/dev/null
	echo "nameserver $DNS" > "$dir/resolv.conf"
	cat > "$conf/main.cf" <<-X
	compatibility_level = 3.6
	queue_directory = $queue
	data_directory = $dir/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	shlib_directory = /usr/lib/postfix
	meta_directory = $conf
	maillog_file = $dir/maillog
	maillog_file_prefixes = $WORK
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = mx.example.test
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mydestination =
	relay_domains = example.test
	mynetworks = 127.0.0.0/8
	alias_maps =
	default_process_limit = 200
	smtpd_client_connection_count_limit = 0
	smtpd_client_event_limit_exceptions = static:all
	smtpd_relay_restrictions = reject_unauth_destination
	smtpd_delay_reject = no
	smtpd_client_restrictions = $clients
	smtpd_peername_lookup = no
	X
	cat > "$conf/master.cf" <<-X
	127.0.0.1:2528 inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
	cleanup unix n - n - 0 cleanup
	rewrite unix - - n - - trivial-rewrite
	anvil unix - - n - 1 anvil
	proxymap unix - - n - - proxymap
	tlsmgr unix - - n 1000? 1 tlsmgr
	postlog unix-dgram n - n - 1 postlogd
	X
}

start() {
	configure
	group_run postfix unshare -m --propagation private bash -c '
		mount -t overlay overlay \
		    -o "lowerdir=$WORK/root/usr:/usr" /usr &&
		mount --bind "$0/resolv.conf" /etc/resolv.conf &&
		postfix -c "$0/conf" start' "$dir" >/dev/null 2>&1
	wait_port 2528
}

case $1 in
setup) setup ;;
start) start ;;
stop) group_end postfix ;;
esac
