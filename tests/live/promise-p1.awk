# SPDX-License-Identifier: BSD-2-Clause
# Reads what strace -y saw of tests/live/deliver and judges promise P1: each
# copy written, synced, renamed without replacing, its new/ synced, and "250"
# after all of that. Says what is wrong, one line each; nothing when all is
# well. In: copies, the number of mailboxes.
#
# -y puts the path behind a descriptor: fsync(7</m/x.test/user0/new>) = 0

function wrong(what) { print "line " NR ": " what }

# The path in the n-th <...> of the line.
function path(n,   parts) {
	split($0, parts, /[<>]/)
	return parts[2 * n]
}

# user0/tmp/NAME; the mail root itself may lie in /tmp.
function is_copy(file) { return file ~ /user[0-9]+\/tmp\// }

function failed() { return $0 !~ /= [0-9]+(<.*>)?$/ }

/^mkdirat\(/ {
	if (failed())
		next
	split($0, name, "\"")
	unsynced[path(1)] = name[2]
}

/^write(v)?\(/ && is_copy(path(1)) {
	file = path(1)
	written[file]++
	if (file in synced)
		wrong("written after its fsync: " file)
}

/^fsync\(/ {
	if (failed())
		wrong("a sync failed")
	file = path(1)
	delete unsynced[file]
	if (file in written)
		synced[file] = 1
	if (file ~ /\/new$/)
		moved_unsynced[file] = 0
	if (is_copy(file) && renamed > 0)
		wrong("a copy is prepared after the first commit: " file)
}

/^renameat2\(/ && path(1) ~ /\/x\.test\// {
	split($0, name, "\"")
	file = path(1) "/" name[2]
	if (!(file in written))
		wrong("renamed, but nobody wrote it: " file)
	if (!(file in synced))
		wrong("renamed before its fsync: " file)
	if ($0 !~ /RENAME_NOREPLACE/)
		wrong("may replace: " file)
	if (path(2) !~ /\/new$/)
		wrong("not into new/: " path(2))
	if (failed())
		wrong("a rename failed")
	renamed++
	moved_unsynced[path(2)] = 1
}

/^(open|rename|link|unlink|mkdir|stat)\(/ && /x\.test/ {
	wrong("by a path instead of a descriptor")
}

/^openat\(/ && path(1) ~ /\/x\.test/ && !/O_NOFOLLOW/ {
	wrong("may follow a link")
}

/^openat2\(/ && !/RESOLVE_NO_SYMLINKS/ { wrong("may follow a link") }
/^openat2\(/ && !/RESOLVE_BENEATH/ { wrong("may leave the mail root") }

/^write\(1/ && /250/ {
	replies++
	if (renamed != copies)
		wrong("250 after " renamed + 0 " of " copies " copies")
	for (file in moved_unsynced)
		if (moved_unsynced[file])
			wrong("250 before the fsync of " file)
	for (file in unsynced)
		wrong("250, but " unsynced[file] " in " file " is unsynced")
	renamed = 0
}

END {
	if (replies == 0)
		print "no 250 at all"
}
