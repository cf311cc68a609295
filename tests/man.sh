#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Manual pages: well written, and true. What the programs say of themselves
# (settings with their defaults, verbs, options) stands in the pages, and
# nothing else does; their examples work.
man=$top_srcdir/doc/man
postern=$top_builddir/postern
posternd=$top_builddir/posternd
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0

# same NAME: $dir/want and $dir/got hold the same lines, and some.
same() {
	n=$((n + 1))
	LC_ALL=C sort -u "$dir/want" > "$dir/want.sorted"
	LC_ALL=C sort -u "$dir/got" > "$dir/got.sorted"
	if [ -s "$dir/want" ] && diff "$dir/want.sorted" "$dir/got.sorted" \
		> "$dir/diff"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^</# missing in the page:/; s/^>/# only in the page:/' \
			"$dir/diff" | grep '^#'
	fi
}

# works NAME COMMAND...
works() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" > "$dir/out" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/out"
	fi
}

# example PAGE: the last example of a page as a file would hold it.
example() {
	awk '/^\.Bd -literal/ { text = ""; inside = 1; next }
	    /^\.Ed/ { inside = 0 }
	    inside { text = text $0 "\n" }
	    END { printf "%s", text }' "$man/$1" | sed 's/\\e/\\/g'
}

# Options named in a page, as they are typed.
flags() {
	sed -n '/^\.\(It\|Nm\|Op\|Fl\)/p' "$1" | grep -o 'Fl [-a-zA-Z][-a-z ,]*' |
		tr ',' '\n' | sed 's/Fl//g; s/ //g; s/|//g; /^$/d; s/^/-/'
}

# Options in a usage text.
options() {
	grep -o -e '\(^\|[] [,(]\)--*[a-zA-Z][-a-z]*' | grep -o -e '-.*'
}

# --- well written ------------------------------------------------------------
if command -v mandoc > /dev/null; then
	for page in "$man"/*.[58]; do
		n=$((n + 1))
		# In its folder: there it finds what a page refers to.
		if (cd "$man" && mandoc -T lint "${page##*/}") \
			> "$dir/out" 2>&1 &&
			[ ! -s "$dir/out" ]; then
			echo "ok $n - ${page##*/}: mandoc has nothing to say"
		else
			echo "not ok $n - ${page##*/}: mandoc has nothing to say"
			sed 's/^/# /' "$dir/out"
		fi
	done
else
	n=$((n + 1))
	echo "ok $n # SKIP no mandoc"
fi

# --- settings ----------------------------------------------------------------
"$posternd" --print-defaults > "$dir/defaults"
for block in resolver processes limits; do
	sed -n "/^#*$block.*{/,/^#*}/p" "$dir/defaults" |
		sed -n 's/^#*	\([a-z-]*\)  *\([^ ]*\)$/\1 \2/p' |
		grep -v '^deliver ' > "$dir/want"
	awk -v s="$block" 'tolower($2) == s && /^\.Ss/ { inside = 1; next }
	    /^\.S[sh]/ { inside = 0 } inside' "$man/postern.conf.5" |
		sed -n 's/^\.It Ic //p' > "$dir/got"
	same "postern.conf.5: every word of $block, with its default"
done
sed -n 's/^#\{0,1\}\([a-z]\{1,\}\) .*/\1/p' "$dir/defaults" > "$dir/want"
awk '/^\.Bl -tag -width Ds/ { depth++ } /^\.El/ { depth-- }
    /^\.S[sh]/ { past = past || /Resolver/ }
    depth == 1 && !past && /^\.It Ic/ { print $3 }' "$man/postern.conf.5" \
	> "$dir/got"
same 'postern.conf.5: every setting'

# --- verbs and options -------------------------------------------------------
"$postern" help | sed -n '/^Policy/,/^A verb/s/^  \([a-z]*\) .*/\1/p' \
	> "$dir/want"
sed -n '/^\.Sh DESC/,/^\.Sh EXIT/s/^\.It Ic \([a-z]*\).*/\1/p' \
	"$man/postern.8" > "$dir/got"
same 'postern.8: every verb'
while read -r verb; do
	"$postern" "$verb" --help
done < "$dir/want.sorted" | sed '/^examples:/,/^$/d' > "$dir/usage"
{ options < "$dir/usage"; echo --help; } > "$dir/want"
flags "$man/postern.8" > "$dir/got"
same 'postern.8: every option'
{ "$posternd" --help | options; echo --help; } > "$dir/want"
flags "$man/posternd.8" > "$dir/got"
same 'posternd.8: every option'

# --- examples ----------------------------------------------------------------
example postern.conf.5 > "$dir/postern.conf"
works 'postern.conf.5: the example' "$postern" check -c "$dir/postern.conf"
mkdir "$dir/policy"
example postern.policy.5 > "$dir/policy/site.policy"
{ grep -v ^policy "$dir/postern.conf"; echo policy site; } > "$dir/site.conf"
works 'postern.policy.5: the example' "$postern" check -c "$dir/site.conf"
{
	echo 'policy mine "uses a list"'
	echo 'use mine'
	example postern.list.5
} > "$dir/policy/mine.policy"
{ grep -v ^policy "$dir/postern.conf"; echo policy mine; } > "$dir/mine.conf"
works 'postern.list.5: the example' "$postern" check -c "$dir/mine.conf"
example postern.play.5 > "$dir/a.play"
works 'postern.play.5: the example' "$postern" test "$dir/a.play"
echo "1..$n"
