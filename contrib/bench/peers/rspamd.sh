#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# rspamd.sh start checks|stop: Postfix, and rspamd as its milter
#
# Of rspamd only what the others here do: 8 lists, SPF, DKIM, DMARC, the header
# field. As it comes it does far more.
. "$(dirname "$0")/../common.sh"
dir=$WORK/rspamd

# The bench's addresses are no less real than others: no local networks.
lists() {
	local zone name
	for zone in $ZONES; do
		name=${zone%.example}
		cat <<-X
		$name { symbol = "RBL_${name^^}"; rbl = "$zone"; ipv4 = true;
		  ipv6 = false; checks = ["from"]; local_exclude_ip_map = "";
		  exclude_local = false; }
		X
	done
}

configure() {
	fresh "$dir"
	mkdir -p "$dir"
	chown 64903 "$dir"
	cat > "$dir/rspamd.conf" <<-X
	options {
	  pidfile = "$dir/rspamd.pid"; filters = "dkim"; local_addrs = [];
	  hs_cache_dir = "$dir"; explicit_modules = ["settings"];
	  dns { nameserver = ["$DNS:53"]; timeout = 2s; retransmits = 2; }
	}
	logging { type = "file"; filename = "$dir/log"; level = "warning"; }
	lua = "/usr/share/rspamd/rules/rspamd.lua";
	modules { path = "/usr/share/rspamd/plugins/"; }
	actions { reject = 1000; add_header = 900; greylist = 800; }
	spf {} dkim {} dmarc {}
	rbl { rbls { $(lists) } }
	milter_headers { use = ["authentication-results"]; skip_local = false;
	  skip_authenticated = false; }
	worker "rspamd_proxy" {
	  bind_socket = "$dir/milter mode=0666"; milter = yes; timeout = 120s;
	  count = $(nproc);
	  upstream "local" { default = yes; self_scan = yes; }
	}
	X
}

# Of the two only Postfix syncs: only it is traced.
case $1 in
start)
	[ -e "$WORK/root/done" ] || exit
	configure
	TRACE="" peer_run rspamd /usr/bin/rspamd -f -c "$dir/rspamd.conf" -u rspamd \
	    -g rspamd > "$dir/out" 2>&1
	for i in $(seq 100); do
		[ -S "$dir/milter" ] && break
		sleep 0.1
	done
	MILTER=unix:$dir/milter "$BENCH/peers/postfix.sh" start milter ;;
stop)
	group_end postfix &&
	group_end rspamd ;;
esac
