/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diag_codes - the table of all findings: `postern help P0112` prints a row.
 *
 *	P00xx  how a text is written; postern.conf
 *	P01xx  policy: names and types
 *	P02xx  policy: meaning (lint)
 *	P03xx  DNS lists
 *	P04xx  plays
 *
 * A row is a code, a title of one line, and a help paragraph: what it means,
 * why it is so, what to do. Lines of help end where a terminal of 80 columns
 * does. Rows are sorted by code; a code that was ever released is never used
 * for something else. P0031 is kept for the files of `tls`.
 */
#include <stdlib.h>

#include "lang/diag.h"

static const struct diag_code codes[] = {
	/* --- how a text is written --- */
	{ "P0001", "a file cannot be read",
	  "A file that is named here is missing, is no plain file, may not be\n"
	  "read, is larger than 16 MiB, or may be written by somebody whom\n"
	  "postern does not trust. The sentence says which." },
	{ "P0002", "a byte that does not belong into a text",
	  "Control bytes other than tab and the end of a line are not allowed\n"
	  "outside of comments. A file with many of them is not a text at all." },
	{ "P0003", "a string without its closing quote",
	  "A string ends on the line on which it starts. A \" in it is written\n"
	  "\\\", a backslash \\\\." },
	{ "P0004", "an unknown escape in a string",
	  "Strings know two escapes: \\\" and \\\\. Everything else stands for\n"
	  "itself; there is no \\n and no variable." },
	{ "P0005", "\"#\" inside a word",
	  "A comment starts with # where a word could start. Put a space in\n"
	  "front of a comment, or the whole word into double quotes." },
	{ "P0006", "a character that starts nothing",
	  "! stands only in !=, and text is quoted with double quotes only." },
	{ "P0007", "\"}\" without \"{\"",
	  "A block is closed that was never opened." },
	{ "P0008", "\"{\" is never closed",
	  "The file ends inside this block. The missing } may be far above the\n"
	  "end: everything behind the { was taken for a part of the block." },
	{ "P0009", "\"(\" and \")\" do not match",
	  "Inside ( ) a condition may go on over several lines, so a missing )\n"
	  "shows only at the next ; or } or at the end of the file." },
	{ "P0010", "blocks are nested too deeply",
	  "No statement of the language needs more than four levels; sixteen\n"
	  "are allowed." },
	{ "P0011", "too many words in one file",
	  "A million words and signs in one file is no configuration. Long\n"
	  "tables belong into files of their own: table ... file \"...\"." },
	{ "P0012", "include takes one name in quotes",
	  "include \"sites/*.conf\" reads files beside the one it stands in. It\n"
	  "stands on a line of its own, outside of all blocks; * ? and [ ] make\n"
	  "a pattern, whose files are read in sorted order." },
	{ "P0013", "a file includes itself",
	  "Directly or through others. Take one of the includes out." },
	{ "P0014", "files are included too deeply",
	  "Eight levels of include and a thousand files are allowed." },
	{ "P0015", "a statement cannot start like this",
	  "A statement starts with a word (or, in a list of values, with a\n"
	  "string). Lines of a dialogue that start with < or > are written on\n"
	  "lines of their own." },

	/* --- settings --- */
	{ "P0020", "a setting starts with a word",
	  "Each line is a word, its values, and perhaps a block." },
	{ "P0021", "there is no such setting",
	  "The word means nothing in this place. posternd --print-defaults\n"
	  "shows every word with its default." },
	{ "P0022", "a setting is given twice",
	  "Which one is meant? Only settings that are lists (listen, domain,\n"
	  "resolver) may be repeated." },
	{ "P0023", "a value is missing", "The setting needs a value behind it." },
	{ "P0024", "too many values",
	  "The setting takes less than was given. Two settings on one line are\n"
	  "separated by ;" },
	{ "P0025", "a value of another kind",
	  "Counts are whole numbers; durations have a unit (250ms 5s 10m 2h 7d)\n"
	  "and so have sizes (64k 25M 1G, or bytes without one)." },
	{ "P0026", "a value outside of its limits",
	  "The limits are shown behind the value. Where 0 is allowed beside\n"
	  "them it means: no limit." },
	{ "P0027", "this is not there yet",
	  "The word is reserved for something that this version cannot do.\n"
	  "Take it out: postern does not pretend." },
	{ "P0028", "an unknown choice",
	  "The setting takes one of a few words, which are shown." },
	{ "P0029", "a block is missing, or stands where none belongs",
	  "A block { } holds more settings, one a line or separated by ;" },

	/* --- postern.conf --- */
	{ "P0030", "not a host name",
	  "A host name is letters, digits and - in labels of at most 63 bytes,\n"
	  "separated by dots. International names may be written as they are\n"
	  "read; they are kept in their xn-- form." },
	{ "P0032", "not an address to listen on",
	  "192.0.2.1:25 or [2001:db8::1]:25; 0.0.0.0:25 and [::]:25 are all\n"
	  "addresses of this machine. The port must be written." },
	{ "P0033", "not a network",
	  "192.0.2.0/24, 2001:db8::/32, or one address. Bits behind the prefix\n"
	  "must be zero, so that what is written is what is meant." },
	{ "P0034", "not a mail domain",
	  "A domain that can receive mail has at least one dot, and its last\n"
	  "label is not a number." },
	{ "P0035", "a domain is named twice",
	  "Each domain has one description. Both places are shown." },
	{ "P0036", "a delivery pattern without %u",
	  "Without %u all mailboxes of a domain would be one folder.\n"
	  "deliver maildir /srv/mail/%d/%u" },
	{ "P0037", "an unknown % in a delivery pattern",
	  "%d is the domain, %u the mailbox. A % itself cannot be written." },
	{ "P0038", "a domain without a way to its mailboxes",
	  "Say where mail goes, once for all domains or in the block of one:\n"
	  "deliver maildir /srv/mail/%d/%u" },
	{ "P0039", "not a user of this domain",
	  "A table of users has one local part or address a line; text behind\n"
	  "# is a comment. Addresses must be of the domain that names the table.\n"
	  "A local part becomes the name of a folder, so it may not hold a / or\n"
	  "start with a dot." },
	{ "P0040", "not the address of a resolver",
	  "127.0.0.1, 127.0.0.1:53 or [::1]:53. Names cannot be used: who would\n"
	  "look them up?" },
	{ "P0041", "junk cannot be marked like this",
	  "junk folder \".Junk\" (a Maildir++ folder: a dot, then a name),\n"
	  "junk header \"X-Spam-Flag: YES\", or junk address \"+Junk\"." },
	{ "P0042", "not a mail address",
	  "An address is local@domain." },
	{ "P0043", "not a usable path",
	  "Paths hold no .. and no control bytes, and are not longer than 1,000\n"
	  "bytes." },
	{ "P0044", "an address is listened on twice",
	  "One listen line for an address and port." },
	{ "P0045", "limits that contradict each other",
	  "One limit makes the other useless. The sentence names both." },

	/* --- plays --- */
	{ "P0440", "a play has one policy",
	  "policy default takes a shipped policy; policy \"site.policy\" a file\n"
	  "beside the play." },
	{ "P0441", "no date",
	  "Dates are written 2026-11-24 or 2026-11-24T09:00:00Z, always UTC." },
	{ "P0442", "a domain of a play",
	  "domain here.test { users bob ann } names a domain and who has a\n"
	  "mailbox there; full and broken name mailboxes over their quota and on\n"
	  "a failing disk." },
	{ "P0443", "a scene without a client",
	  "Each case, each row and each dialogue is a connection of somebody:\n"
	  "say from which address it comes." },
	{ "P0444", "a scene before its time",
	  "Scenes happen in the order in which they are written, and time goes\n"
	  "forward only. after +3h is 3 hours after the play began, after 6m is\n"
	  "6 minutes after the scene above." },
	{ "P0445", "nothing can be expected of this",
	  "expect is followed by a verdict (accept, junk, refuse ...) or by one\n"
	  "of: stage, by, reply, score, folder, copies, header, unknown, absent,\n"
	  "fact, dns, time, log." },
	{ "P0446", "an expectation with a strange value",
	  "The line under the caret shows what can stand here." },
	{ "P0447", "no such fact",
	  "Facts are what filters declare and what the lists of the play's\n"
	  "policy add; postern facts shows the former." },
	{ "P0448", "a scene says something of no use",
	  "The line under the caret shows what can stand here." },
	{ "P0449", "a table has no such column",
	  "In front of -> stand the words of a case (client, helo, from, to,\n"
	  "message, after ...), behind it what is expected (verdict, score,\n"
	  "folder, reply ...)." },
	{ "P0450", "a row that does not fit its table",
	  "Each row has a cell for each column, with -> at the same place. As a\n"
	  "cell - means none, * means whatever." },
	{ "P0451", "an unknown escape in a dialogue",
	  "Lines behind > know \\r \\n \\t \\\\ and \\xNN; \\c at the end sends the\n"
	  "line without CR LF." },
	{ "P0452", "no reply to wait for",
	  "< 250, < 250 has PIPELINING, < 550 5.1.1 ~ \"no such\", or < closed.\n"
	  "One < line reads one whole reply, however many lines it has." },
};

static int
code_compare(const void *key, const void *row)
{
	const struct str *code = key;

	return str_cmp_case(*code, str_of(((const struct diag_code *)row)->code));
}

const struct diag_code *
diag_code(struct str code)
{
	return bsearch(&code, codes, COUNT(codes), sizeof *codes,
	    code_compare);
}

const struct diag_code *
diag_codes(size_t *count)
{
	*count = COUNT(codes);
	return codes;
}
