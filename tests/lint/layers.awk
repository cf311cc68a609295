# SPDX-License-Identifier: BSD-2-Clause
#
# Reads names of files, one a line; prints "file:line: rule: what" for each
# breach. Plain awk: mawk knows no \b and no {n}.
#
#	floor    an #include that runs up a floor, or sideways to another
#	         folder of its floor, or carries no folder
#	home     a library's header outside its one home
#	clock    asking the system for the time outside run/clock.c
#	length   a function of over 90 lines: from "{" to "}" in column 0
#	file     a C file of over 600 lines
#	banned   calls that style does not allow
#	words    what says that something is not done
#	spdx     no SPDX line among the first two
#
# Comments and strings are taken out before calls are looked for; words are
# looked for everywhere.

BEGIN {
	split("base run lang mail dns memory policy deliver conf filters " \
	    "smtp keeper daemon sim tools", folder, " ")
	split("0 1 1 2 2 2 3 3 3 4 5 5 6 6 7", number, " ")
	for (i in folder)
		floor[folder[i]] = number[i]

	# Header (a prefix) and the files that may include it (prefixes).
	home["ev.h"] = "src/run/loop.c"
	home["openssl/"] = "src/run/tls src/base/"
	home["ares"] = "src/dns/ares.c"
	home["lmdb.h"] = "src/memory/db.c"
	home["spf2/"] = "filters/spf_walk.c"
	home["dkim.h"] = home["opendkim/"] = "filters/dkim_verify.c"
	home["seccomp.h"] = "src/daemon/confine.c"
	home["microhttpd.h"] = "src/daemon/console.c"
	home["hiredis/"] = "src/memory/redis.c"

	clock = "(time|clock|clock_gettime|gettimeofday|timespec_get|ftime)"
	banned = "(strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok" \
	    "|system|popen|tmpnam|mktemp|atoi|atol)"
	words = "(todo|xxx|hack|not implemented|stub)"
	limit = 90
}

function report(rule, what) {
	print file ":" line ": " rule ": " what
}

# Does one of the space-separated prefixes begin the name?
function begins(name, prefixes,    part, i, n) {
	n = split(prefixes, part, " ")
	for (i = 1; i <= n; i++)
		if (index(name, part[i]) == 1)
			return 1
	return 0
}

# The folder that a path of the tree lies in.
function folder_of(path,    part) {
	sub(/^src\//, "", path)
	split(path, part, "/")
	return part[1]
}

# A word that no letter, digit, "_" or "." stands before, with what must be
# behind it. Gives the word, or "".
function find_word(text, pattern, behind) {
	text = " " text " "
	if (!match(text, "[^A-Za-z0-9_.]" pattern behind))
		return ""
	text = substr(text, RSTART + 1, RLENGTH - 1)
	sub(/[ \t]*[^A-Za-z0-9_]$/, "", text)
	return text
}

# The code of a line: no comments, strings empty. Keeps `inside` over lines.
function code_of(s,    out, quote, c) {
	out = ""
	while (s != "") {
		if (inside) {
			if (!(c = index(s, "*/")))
				return out
			s = substr(s, c + 2)
			inside = 0
			out = out " "
			continue
		}
		if (!match(s, /\/\*|\/\/|"|'/))
			return out s
		quote = substr(s, RSTART, RLENGTH)
		out = out substr(s, 1, RSTART - 1)
		s = substr(s, RSTART + RLENGTH)
		if (quote == "//")
			return out
		if (quote == "/*") {
			inside = 1
			continue
		}
		do {
			c = substr(s, 1, 1)
			s = substr(s, c == "\\" ? 3 : 2)
		} while (c != quote && s != "")
		out = out quote quote
	}
	return out
}

function check_own(name,    there, here) {
	if (name == "config.h")
		return
	there = folder_of(name)
	here = folder_of(file)
	if (!(there in floor) || index(name, "/") == 0)
		report("floor", "\"" name "\" names no folder of the house")
	else if (there != here && floor[there] >= floor[here])
		report("floor", here " (floor " floor[here] ") includes " \
		    name " (floor " floor[there] ")")
}

function check_library(name,    h) {
	for (h in home)
		if (index(name, h) == 1 && !begins(file, home[h]))
			report("home", "<" name "> belongs into " home[h])
}

function check_include(text,    name) {
	name = text
	sub(/^[ \t]*#[ \t]*include[ \t]*[<"]/, "", name)
	sub(/[>"].*$/, "", name)
	check_library(name)
	if (text ~ /include[ \t]*"/)
		check_own(name)
}

function check_code(text,    found) {
	gsub(/->/, ".", text)
	found = find_word(text, banned, "[ \t]*\\(")
	if (found != "")
		report("banned", found "()")
	found = find_word(text, clock, "[ \t]*\\(")
	if (found != "" && file != "src/run/clock.c")
		report("clock", found "() outside run/clock.c")
}

function check_length(text) {
	if (text == "{") {
		start = line
	} else if (text ~ /^}/ && start > 0) {
		if (line - start + 1 > limit)
			report("length", "a function of " line - start + 1 \
			    " lines")
		start = 0
	}
}

function check_line(text,    found) {
	if (!inside && text ~ /^[ \t]*#[ \t]*include[ \t]*[<"]/)
		check_include(text)
	found = find_word(tolower(text), words, "[^A-Za-z0-9_]")
	if (found != "")
		report("words", found)
	check_length(text)
	check_code(code_of(text))
}

{
	file = $0
	is_ours = file ~ /^(src|filters)\/.*\.[ch]$/
	line = start = inside = has_spdx = 0
	while ((got = (getline text < file)) > 0) {
		line++
		if (line <= 2 && text ~ /SPDX-License-Identifier: /)
			has_spdx = 1
		if (is_ours)
			check_line(text)
	}
	close(file)
	if (got < 0) {
		print file ": cannot be read" > "/dev/stderr"
		exit 2
	}
	if (is_ours && line > 600)
		report("file", line " lines")
	line = 1
	if (!has_spdx)
		report("spdx", "no SPDX line")
}
