#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# haraka.sh start plain|checks|stop: Haraka of npm, one process a processor
#
# checks: PROXY, dns-list, spf, dkim; it has no DMARC of its own. Nor does it
# file into a Maildir: the plugin below does, as postern does (synced file,
# rename, synced folder, then 250).
. "$(dirname "$0")/../common.sh"
dir=$WORK/haraka
home=$WORK/npm/node_modules/Haraka

plugin() {
	cat <<-'X'
	'use strict'
	const fs = require('node:fs/promises')
	const path = require('node:path')
	let n = 0

	exports.hook_queue = function (next, connection) {
	  const t = connection.transaction
	  const name = `${Date.now()}.P${process.pid}Q${n++}.mx`
	  const box = path.join(process.env.MAIL, t.rcpt_to[0].user)
	  t.message_stream.get_data(async (data) => {
	    try {
	      const tmp = path.join(box, 'tmp', name)
	      const file = await fs.open(tmp, 'wx')
	      await file.writeFile(data)
	      await file.sync()
	      await file.close()
	      await fs.rename(tmp, path.join(box, 'new', name))
	      const folder = await fs.open(path.join(box, 'new'))
	      await folder.sync()
	      await folder.close()
	      next(OK)
	    } catch (e) {
	      connection.logerror(String(e))
	      next(DENYSOFT)
	    }
	  })
	}
	X
}

configure() {
	local c=$dir/config
	fresh "$dir"
	mkdir -p "$c" "$dir/plugins" "$dir/queue"
	mailboxes "$dir/mail" root
	printf '%s\n' '[main]' "listen=127.0.0.1:$PORT" "nodes=$(nproc)" \
	    daemonize=false "spool_dir=$dir/queue" > "$c/smtp.ini"
	cp "$home/config/connection.ini" "$c"
	echo mx.example.test > "$c/me"
	echo example.test > "$c/host_list"
	echo LOGWARN > "$c/loglevel"
	printf '[main]\nzones=%s\nsearch=first\nperiodic_checks=0\n' \
	    "${ZONES// /,}" > "$c/dns-list.ini"
	printf '[verify]\nenabled=true\n[sign]\nenabled=false\n' > "$c/dkim.ini"
	plugin > "$dir/plugins/maildir.js"
	[ "$1" != checks ] || {
		sed -i 's/^;*hosts\[\] *=.*/hosts[]=127.0.0.1/' "$c/connection.ini"
		printf 'dns-list\nspf\ndkim\n' > "$c/plugins"
	}
	printf 'rcpt_to.in_host_list\nmaildir\n' >> "$c/plugins"
}

case $1 in
start)
	[ -e "$home/bin/haraka" ] || exit
	configure "$2"
	MAIL=$dir/mail UV_USE_IO_URING=0 peer_run haraka \
	    node "$home/bin/haraka" -c "$dir" > "$dir/out" 2>&1
	wait_port haraka ;;
stop) group_end haraka ;;
esac
