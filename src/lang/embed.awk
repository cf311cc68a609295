# SPDX-License-Identifier: BSD-2-Clause
# embed - turns the files given (sorted) into the table of lang/builtin.h:
# each line becomes one string literal, so that the result can be read.
BEGIN {
	print "/* Made by src/lang/embed.awk; do not edit. */"
	print "#include \"lang/builtin.h\""
	print ""
	print "#define F(name, text) { name, text, sizeof (text) - 1 }"
	print ""
	print "const struct builtin_file builtin_files[] = {"
}

FNR == 1 {
	if (NR > 1)
		print "\t),"
	name = FILENAME
	sub(/^.*rules\//, "", name)
	printf "\tF(\"%s\",\n", name
}

{
	gsub(/\\/, "\\\\\\\\")
	gsub(/"/, "\\\"")
	gsub(/\?/, "\\?")
	printf "\t\"%s\\n\"\n", $0
}

END {
	if (NR > 0)
		print "\t),"
	print "\t{ NULL, NULL, 0 }"
	print "};"
}
