#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# setup.sh: all that run.sh needs, below $WORK; what is there already stays
#
# Peers: Debian's packages are unpacked, Haraka comes from npm; nothing is
# installed. A peer that cannot be had is left out.
. "$(dirname "$0")/common.sh"
PACKAGES="postfix rspamd libluajit-5.1-2 libluajit-5.1-common libhyperscan5
	libjemalloc2 libicu72 libsodium23"

tools() {
	local cc="gcc -O2 -Wall -Wextra -D_GNU_SOURCE" name
	for name in load dns maildir; do
		$cc -o "$WORK/$name" "$BENCH/$name.c" -lpthread || return
	done
	$cc -o "$WORK/floor" "$BENCH/floor.c" -lev -lcares &&
	$cc -o "$WORK/starttls" "$BENCH/starttls.c" -lssl -lcrypto -lpthread
}

# Messages, what DNS knows about them, a certificate.
data() {
	[ -e "$WORK/signed" ] || python3 "$BENCH/message.py" "$WORK" || return
	mkdir -p "$WORK/cert"
	[ -e "$WORK/cert/fullchain.pem" ] || openssl req -x509 -nodes -days 30 \
	    -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -subj /CN=mx.example.test -keyout "$WORK/cert/privkey.pem" \
	    -out "$WORK/cert/fullchain.pem" 2>/dev/null
	chmod 600 "$WORK/cert/privkey.pem"
}

# What peers find in /etc.
etc() {
	local id=64900 name
	mkdir -p "$WORK/etc"
	echo "nameserver $DNS" > "$WORK/etc/resolv.conf"
	cp /etc/passwd /etc/group "$WORK/etc"
	for name in postfix postdrop rspamd vmail; do
		id=$((id + 1))
		sed -i "/^$name:/d" "$WORK/etc/passwd" "$WORK/etc/group"
		echo "$name:x:$id:$id::/nonexistent:/usr/sbin/nologin" \
		    >> "$WORK/etc/passwd"
		echo "$name:x:$id:" >> "$WORK/etc/group"
	done
}

packages() {
	[ ! -e "$WORK/root/done" ] || return 0
	mkdir -p "$WORK/debs" "$WORK/root"
	( cd "$WORK/debs" && apt-get -q download $PACKAGES ) >/dev/null 2>&1 ||
	    return
	for deb in "$WORK"/debs/*.deb; do
		dpkg -x "$deb" "$WORK/root" || return
	done
	touch "$WORK/root/done"
}

haraka() {
	[ ! -e "$WORK/npm/node_modules/Haraka" ] || return 0
	mkdir -p "$WORK/npm"
	( cd "$WORK/npm" && npm install --no-audit --no-fund Haraka ) \
	    >/dev/null 2>&1
}

mkdir -p "$WORK"
chmod 755 "$WORK"
tools && data && etc || exit 1
packages || echo "setup: no packages of Postfix and rspamd" >&2
haraka || echo "setup: no Haraka" >&2
