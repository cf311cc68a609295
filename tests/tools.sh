#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The `postern` command: finding verbs, exit statuses, and that the test
# harness can fail: a test run that cannot say no is worth nothing.
postern=$top_builddir/postern
plays=$top_srcdir/tests/plays
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0

# is STATUS WORDS NAME COMMAND...: the command ends with STATUS and says WORDS
# (a basic regular expression, "" for anything) on stdout or stderr.
is()
{
	want=$1 words=$2 name=$3
	shift 3
	n=$((n + 1))
	"$@" > "$dir/out" 2>&1 < /dev/null
	got=$?
	if [ $got -eq "$want" ] &&
		{ [ -z "$words" ] || grep -q -e "$words" "$dir/out"; }; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		echo "# status $got, expected $want with \"$words\":"
		sed 's/^/# /' "$dir/out"
	fi
}

# play NAME: writes a play from stdin, on top of what all of them need.
play()
{
	{
		echo "policy \"$top_srcdir/tests/plays/plain.policy\""
		echo 'domain here.test { users bob }'
		cat
	} > "$dir/$1.play"
}

echo "TAP version 13"

# --- verbs ------------------------------------------------------------------
is 2 'usage: postern VERB' 'no verb: help, and 2' "$postern"
is 0 'postern demo' 'help' "$postern" help
is 0 'usage: postern VERB' '--help' "$postern" --help
is 0 '^postern [0-9]' '--version' "$postern" --version
is 2 'did you mean test' 'an unknown verb: the nearest one' "$postern" tset
is 2 'no verb' 'an unknown verb far from all' "$postern" frobnicate
is 0 '^usage: postern facts' 'a prefix is enough' "$postern" fac --help
is 2 'may be doctor dns demo' 'an ambiguous prefix' "$postern" d
is 0 'examples:' 'help of a verb' "$postern" help test
is 0 'P0021  there is no such setting' 'help of a code' "$postern" help p0021
is 2 'no verb' 'help of nothing' "$postern" help P9999
is 0 '^fcrdns  *word .*{pass fail none}' 'facts, with their words' \
	"$postern" facts fcrdns
is 1 '' 'facts: no such prefix' "$postern" facts nothing.like.it
is 2 'More: postern facts --help' 'an unknown option' \
	"$postern" facts --frob
for verb in check demo dns facts send test; do
	is 0 'examples:' "$verb --help has examples" "$postern" $verb --help
done

# --- test: it can say yes, no, cannot, undecided ----------------------------
play good <<'END'
else nxdomain
case "taken" {
	client 192.0.2.1; helo a.test; from a@b.test; to bob@here.test
	expect accept; expect folder inbox
}
END
is 0 '^ok 1 - ' 'a play that comes as expected' "$postern" test \
	"$dir/good.play"
is 0 '^1 passed, 0 failed' 'on a terminal only the sum' "$postern" test \
	--no-tap "$dir/good.play"
n=$((n + 1))
if "$postern" test --no-tap -q "$dir/good.play" | grep -q .; then
	echo "not ok $n - -q says nothing when all is well"
else
	echo "ok $n - -q says nothing when all is well"
fi

play bad <<'END'
else nxdomain
case "refused?" {
	client 192.0.2.1; helo a.test; from a@b.test; to bob@here.test
	expect refuse
	expect score > 5
	expect folder junk
	expect header "X-Never"
	expect fact fcrdns pass
	expect reply 550
	expect stage rcpt
	expect by nobody
	expect unknown fcrdns
	expect absent client.ip
	expect dns > 100
	expect time > 1h
	expect copies 7
	expect log abuse
}
END
is 1 '^not ok 1 - ' 'a play that does not' "$postern" test "$dir/bad.play"
for words in 'expected *refuse ' 'expected *score > 5' \
	'expected *folder junk' 'expected *header X-Never' \
	'expected *fact fcrdns pass' 'expected *reply 550' \
	'expected *stage rcpt' 'expected *by nobody' \
	'expected *unknown fcrdns' 'expected *absent client.ip' \
	'expected *dns > 100' 'expected *time > 1h' \
	'expected *copies 7' 'expected *log abuse' \
	'got *accept 250 2.0.0 kept as' 'because *sum 0'; do
	is 1 "# $words" "it says: $words" "$postern" test "$dir/bad.play"
done

play talk <<'END'
else nxdomain
dialogue "wrong" from 192.0.2.1 {
	< 220
	> EHLO a.test
	< 250 has FROBNICATION
}
dialogue "too little" from 192.0.2.1 {
	< 220
	> EHLO a.test
	< 250
	> NOOP\r\nNOOP
	< 250
}
dialogue "too long" from 192.0.2.1 {
	< 220
	> QUIT
	< 221
	< 250
}
END
is 1 '^# expected *< 250 has FROBNICATION' 'a wrong reply' "$postern" test \
	"$dir/talk.play"
is 1 '^# expected *nothing more' 'a reply that nobody waited for' \
	"$postern" test "$dir/talk.play"
is 1 '^# got *the server closed' 'a server that has gone' "$postern" test \
	"$dir/talk.play"
is 1 '0 passed, 3 failed' 'three dialogues, three failures' "$postern" test \
	"$dir/talk.play"

play others <<'END'
else nxdomain
case "nothing is expected of the verdict" {
	client 192.0.2.1; helo a.test; from a@b.test; to bob@here.test
}
expect log no others
END
is 1 '^# got *accept ip=192.0.2.1' 'an event that nobody expected' \
	"$postern" test "$dir/others.play"

# Rows that may be wrong are counted; so are the rounds.
play counted <<'END'
else nxdomain
table "half of them" repeat 3 every 10s wrong <= 3 {
	client     helo    from   to             -> verdict
	192.0.2.1  a.test  a@b.c  bob@here.test  -> accept
	192.0.2.1  a.test  a@b.c  bob@here.test  -> junk
}
table "one too many" wrong <= 0 {
	client     helo    from   to             -> verdict
	192.0.2.1  a.test  a@b.c  bob@here.test  -> junk
}
END
is 1 'ok 1 - .*half of them: wrong 3 of 6, at most 3$' \
	'as many wrong rows as may be' "$postern" test --tap "$dir/counted.play"
is 1 'not ok 2 - .*one too many: wrong 1 of 1, at most 0$' 'one too many' \
	"$postern" test --tap "$dir/counted.play"
is 1 '^# got *1 of 1; the first:' 'the first of them is shown' \
	"$postern" test --tap "$dir/counted.play"
is 1 'virtual time 74\.' 'rounds have their pauses' "$postern" test --tap \
	"$dir/counted.play"
for words in 'repeat x' 'wrong 3' 'wrong <= -1' 'every' 'often 3' \
	'repeat 10001'; do
	printf 'table "t" %s { client -> verdict\n192.0.2.1 -> - }\n' "$words" |
		play odd
	is 2 'error P0448' "no such table: $words" "$postern" test \
		"$dir/odd.play"
done

# A list with a zone is looked after; of another nothing can be expected.
cat > "$dir/lists.play" <<'END'
else nxdomain
zone zen.spamhaus.org { list 192.0.2.77 127.0.0.4; from +1h every A 127.255.255.254 }
case "before" { client 192.0.2.1; expect list zen ok; expect list psbl ok }
case "after" { after +2h; client 192.0.2.1; expect list zen/ip6 refused; expect list zen refused }
case "wrong" { client 192.0.2.1; expect list zen ok; expect list zen/domain ok }
expect list zen refused
END
is 1 '3 passed, 1 failed' 'states of lists' "$postern" test "$dir/lists.play"
is 1 '^# got *refused' 'not this state' "$postern" test --tap \
	"$dir/lists.play"
is 1 '^# got *the policy uses no such list' 'no such kind' "$postern" test \
	--tap "$dir/lists.play"
cat > "$dir/nolists.play" <<'END'
else nxdomain
case "unwatched" { client 192.0.2.1; expect list zen ok }
END
is 1 'no list of this policy has a zone' 'nobody looks after it' \
	"$postern" test --tap "$dir/nolists.play"

play undeclared <<'END'
case "a name of nobody" {
	client 192.0.2.1; helo a.test; from a@b.test; to bob@here.test
	expect accept
}
END
is 3 '^# asked *b.test ' 'a name that no zone has: undecided' \
	"$postern" test "$dir/undeclared.play"

play broken <<'END'
else nxdomain
cases "what" { }
case "who" { expect refuse }
case "when" { client 192.0.2.1; after +1h; expect nothing }
case "then" { client 192.0.2.1; after +1m; expect score high }
table "odd" {
	client     helo    ->  verdict
	192.0.2.1  a.test  ->  refuse  3
}
dialogue "no" from 192.0.2.1 {
	elsewhere dragons 3
	< hello
	> \q
}
END
is 2 '' 'a play with faults' "$postern" test "$dir/broken.play"
for words in 'broken.play:4:1: error P0021.*"cases"' 'error P0443' \
	'error P0445' 'error P0444' 'error P0446' 'error P0450' \
	'error P0451' 'error P0452' 'error P0453'; do
	is 2 "$words" "it says: $words" "$postern" test "$dir/broken.play"
done
is 2 'error P0021' 'a fault in one play runs none' "$postern" test \
	"$dir/good.play" "$dir/broken.play"
n=$((n + 1))
if grep -q '^ok' "$dir/out"; then
	echo "not ok $n - nothing ran"
else
	echo "ok $n - nothing ran"
fi
is 2 'nowhere.play' 'a play that is not there' "$postern" test \
	"$dir/nowhere.play"
mkdir "$dir/empty"
is 2 'no file here ends in .play' 'a folder without plays' "$postern" test \
	"$dir/empty"
is 2 'name a play' 'no play named' "$postern" test

# --- promise P10: same play, same transcript --------------------------------
for i in 1 2; do
	"$postern" test -v --tap "$plays" 2>&1 | sed '/^# .* passed,/d' \
		> "$dir/run$i"
done
n=$((n + 1))
if cmp "$dir/run1" "$dir/run2" && [ "$(wc -l < "$dir/run1")" -gt 500 ]; then
	echo "ok $n - two runs of all plays give the same transcripts"
else
	echo "not ok $n - two runs of all plays give the same transcripts"
	diff "$dir/run1" "$dir/run2" | sed 's/^/# /;20q'
fi

# --- no socket, no name of this machine -------------------------------------
n=$((n + 1))
if ! strace -o /dev/null true 2> /dev/null; then
	echo "ok $n # SKIP strace cannot be used here"
elif ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=network -o "$dir/trace" \
	"$postern" test -q "$plays" > /dev/null 2>&1 &&
	! grep -v '^[0-9]* *[+-]' "$dir/trace" | grep -q .; then
	echo "ok $n - plays open no socket"
else
	echo "not ok $n - plays open no socket"
	sed 's/^/# /;10q' "$dir/trace"
fi

# --- demo -------------------------------------------------------------------
is 0 '^4 of 4 as expected\|^5 of 5 as expected' 'demo' "$postern" demo
for words in 'ACCEPT' 'JUNK' 'REFUSE' 'gave no usable answer' \
	'me@demo.test .*2 messages: 1 Inbox, 1 Junk'; do
	is 0 "$words" "demo shows: $words" "$postern" demo
done
is 0 'because .*sum' 'demo --explain' "$postern" demo --explain
is 0 '< 220' 'demo --dialogue' "$postern" demo --dialogue
"$postern" demo --print | sed 's/127.0.0.4 /127.0.0.9 /; s/^	list 203/	list 204/' \
	> "$dir/my.play"
is 1 'expected *refuse' 'a changed demo fails' "$postern" demo --play \
	"$dir/my.play"
is 2 'error P0021' 'a play with faults' "$postern" demo --play \
	"$dir/broken.play"

# --- check ------------------------------------------------------------------
cat > "$dir/good.conf" <<END
domain example.org
deliver maildir $dir/mail/%d/%u
END
is 0 'nothing wrong' 'check: a good file' "$postern" check -c "$dir/good.conf"
echo 'domian example.org' > "$dir/bad.conf"
is 1 'did you mean domain' 'check: a slip' "$postern" check -c "$dir/bad.conf"
mkdir -p "$dir/d/etc" && cp "$dir/good.conf" "$dir/d/etc/postern.conf"
is 0 'd/etc/postern.conf: nothing wrong' 'check --dir' "$postern" check \
	--dir "$dir/d"
is 2 'cannot be read' 'check: no file' "$postern" check -c "$dir/none.conf"
echo 'policy nosuch' >> "$dir/good.conf"
is 1 'error P0130' 'check: the policy is read too' "$postern" check -c \
	"$dir/good.conf"

# --- send -------------------------------------------------------------------
is 2 'nobody listens' 'send: nobody there' "$postern" send --server \
	127.0.0.1:1 --to a@b.test
is 2 'to whom' 'send: no recipient' "$postern" send
is 2 'wants an address' 'send: --as' "$postern" send --as x --to a@b.test
echo "1..$n"
