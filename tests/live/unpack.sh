#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# unpack.sh NAME PACKAGE...: Debian packages, unpacked and not installed; or
# npm:PACKAGE@VERSION.
#
# Mail servers exclude each other as packages, and none of them belongs on a
# machine that only builds us. The files go to tests/live/unpacked/NAME in the
# build tree, once; what is set-user-ID in the package is not there. Prints the
# folder. Fails with one line that says why.
set -eu
name=$1
shift
top=$(cd "${top_builddir:-.}" && pwd)/tests/live/unpacked
mkdir -p "$top"
exec 9>"$top/lock"
flock 9
[ -e "$top/$name" ] && { echo "$top/$name"; exit 0; }

work=$top/$name.new
rm -rf "$work"
mkdir -p "$work/packages" "$work/root"
cd "$work/packages"

from_debian() {
	fetch="apt-get -q -o APT::Sandbox::User=root download"
	if ! $fetch "$@" >log 2>&1; then
		# The lists may be older than the archive, or not there yet.
		[ "$(id -u)" != 0 ] || apt-get -q update >log 2>&1 || :
		$fetch "$@" >log 2>&1 || return 1
	fi
	for package in *.deb; do
		dpkg -x "$package" "$work/root"
	done
}

from_npm() {
	npm install --prefix "$work/root" --no-save --no-package-lock \
	    --ignore-scripts --no-audit --no-fund "$1" >log 2>&1
}

case $1 in
npm:*) from_npm "${1#npm:}" || { echo "npm cannot install $1"; exit 1; } ;;
*) from_debian "$@" || { echo "apt-get cannot fetch $*"; exit 1; } ;;
esac
chmod -R u-s,g-s "$work/root"
mv "$work/root" "$top/$name"
rm -rf "$work"
echo "$top/$name"
