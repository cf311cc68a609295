#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# postfix.sh start MODE, stop: Debian's Postfix, unpacked
#
# MODE: plain (no checks), tls (the same, with the certificate), refuse (PROXY,
# 8 reject_rbl_client at connect, the cheapest way it has), milter (PROXY, a
# milter at $MILTER; for rspamd.sh).
#
# Mail is taken into the queue (250), then delivered by virtual(8).
. "$(dirname "$0")/../common.sh"
dir=$WORK/postfix
conf=$dir/conf
queue=$dir/queue

clients() {
	local zone
	for zone in $ZONES; do
		printf 'reject_rbl_client %s, ' "$zone"
	done
}

# Of smtpd(8), for the mode.
options() {
	case $1 in
	refuse | milter) echo "  -o smtpd_upstream_proxy_protocol=haproxy" ;;
	esac
	case $1 in
	refuse) echo "  -o smtpd_client_restrictions=\$lists" ;;
	milter) echo "  -o smtpd_milters=$MILTER" ;;
	tls) echo "  -o smtpd_tls_security_level=may" ;;
	esac
}

main_cf() {
	cat <<-X
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
	mynetworks = 127.0.0.0/8
	alias_maps =
	local_recipient_maps =
	virtual_mailbox_domains = example.test
	virtual_mailbox_base = $dir/mail
	virtual_mailbox_maps = texthash:$conf/mailboxes
	virtual_uid_maps = static:64904
	virtual_gid_maps = static:64904
	default_process_limit = 200
	in_flow_delay = 0
	smtpd_client_connection_count_limit = 0
	smtpd_client_event_limit_exceptions = static:all
	smtpd_relay_restrictions = reject_unauth_destination
	smtpd_delay_reject = no
	smtpd_peername_lookup = no
	smtpd_tls_chain_files = $WORK/cert/privkey.pem $WORK/cert/fullchain.pem
	milter_default_action = tempfail
	lists = $(clients)
	X
}

master_cf() {
	cat <<-X
	127.0.0.1:$PORT inet n - n - - smtpd
	$(options "$1")
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	proxymap unix - - n - - proxymap
	error unix - - n - - error
	retry unix - - n - - error
	virtual unix - n n - - virtual
	anvil unix - - n - 1 anvil
	tlsmgr unix - - n 1000? 1 tlsmgr
	postlog unix-dgram n - n - 1 postlogd
	X
}

configure() {
	local i
	fresh "$dir"
	mkdir -p "$conf" "$queue" "$dir/data"
	mailboxes "$dir/mail" 64904
	chown 64901 "$dir/data"
	for i in postfix-files dynamicmaps.cf postfix-files.d dynamicmaps.cf.d; do
		cp -r "$WORK/root/etc/postfix/$i" "$conf"/ 2>/dev/null
	done
	for i in $(seq 0 $((MAILBOXES - 1))); do
		echo "u$i@example.test u$i/"
	done > "$conf/mailboxes"
	main_cf > "$conf/main.cf"
	master_cf "$1" > "$conf/master.cf"
}

case $1 in
start)
	[ -e "$WORK/root/done" ] || exit
	configure "$2"
	peer_run postfix /usr/sbin/postfix -c "$conf" start >/dev/null 2>&1
	wait_port postfix ;;
stop) group_end postfix ;;
esac
