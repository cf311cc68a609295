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
 * why it is so, what to do; lines of help have at most 66 bytes. Rows are
 * sorted by code; a code that was ever released is never used for something
 * else.
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
	  "Control bytes other than tab and the end of a line are not\n"
	  "allowed outside of comments. A file with many of them is not a\n"
	  "text at all." },
	{ "P0003", "a string without its closing quote",
	  "A string ends on the line on which it starts. A \" in it is\n"
	  "written \\\", a backslash \\\\." },
	{ "P0004", "an unknown escape in a string",
	  "Strings know two escapes: \\\" and \\\\. Everything else stands\n"
	  "for itself; there is no \\n and no variable." },
	{ "P0005", "\"#\" inside a word",
	  "A comment starts with # where a word could start. Put a space in\n"
	  "front of a comment, or the whole word into double quotes." },
	{ "P0006", "a character that starts nothing",
	  "! stands only in !=, and text is quoted with double quotes only." },
	{ "P0007", "\"}\" without \"{\"",
	  "A block is closed that was never opened." },
	{ "P0008", "\"{\" is never closed",
	  "The file ends inside this block. The missing } may be far above\n"
	  "the end: everything behind the { was taken for a part of the\n"
	  "block." },
	{ "P0009", "\"(\" and \")\" do not match",
	  "Inside ( ) a condition may go on over several lines, so a\n"
	  "missing ) shows only at the next ; or } or at the end of the\n"
	  "file." },
	{ "P0010", "blocks are nested too deeply",
	  "No statement of the language needs more than four levels; sixteen\n"
	  "are allowed." },
	{ "P0011", "too many words in one file",
	  "A million words and signs in one file is no configuration. Long\n"
	  "tables belong into files of their own: table ... file \"...\"." },
	{ "P0012", "include takes one name in quotes",
	  "include \"sites/*.conf\" reads files beside the one it stands\n"
	  "in. It stands on a line of its own, outside of all blocks; * ?\n"
	  "and [ ] make a pattern, whose files are read in sorted order." },
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
	{ "P0023", "a value is missing",
	  "The setting needs a value behind it." },
	{ "P0024", "too many values",
	  "The setting takes less than was given. Two settings on one line\n"
	  "are separated by ;" },
	{ "P0025", "a value of another kind",
	  "Counts are whole numbers; durations have a unit (250ms 5s 10m 2h\n"
	  "7d) and so have sizes (64k 25M 1G, or bytes without one)." },
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
	  "A host name is letters, digits and - in labels of at most 63\n"
	  "bytes, separated by dots. International names may be written as\n"
	  "they are read; they are kept in their xn-- form." },
	{ "P0031", "a certificate or key that cannot be read",
	  "`tls FOLDER` names a folder with fullchain.pem (the certificate,\n"
	  "then those of who vouches for it) and privkey.pem, as ACME clients\n"
	  "keep them. The key may be read by its owner alone. At the start\n"
	  "mail goes on without this certificate; a reload is refused." },
	{ "P0032", "not an address to listen on",
	  "192.0.2.1:25 or [2001:db8::1]:25; 0.0.0.0:25 and [::]:25 are all\n"
	  "addresses of this machine. The port must be written." },
	{ "P0033", "not a network",
	  "192.0.2.0/24, 2001:db8::/32, or one address. Bits behind the\n"
	  "prefix must be zero, so that what is written is what is meant." },
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
	  "A table of users has one local part or address a line; text\n"
	  "behind # is a comment. Addresses must be of the domain that\n"
	  "names the table. A local part becomes the name of a folder, so\n"
	  "it may not hold a / or start with a dot." },
	{ "P0040", "not the address of a resolver",
	  "127.0.0.1, 127.0.0.1:53 or [::1]:53. Names cannot be used: who\n"
	  "would look them up?" },
	{ "P0041", "junk cannot be marked like this",
	  "junk folder \".Junk\" (a Maildir++ folder: a dot, then a name),\n"
	  "junk header \"X-Spam-Flag: YES\", or junk address \"+Junk\"." },
	{ "P0042", "not a mail address",
	  "An address is local@domain." },
	{ "P0043", "not a usable path",
	  "A pattern holds no .. and has at most 1,000 bytes. No folder\n"
	  "above mailboxes has a % in its name: %d and %u have a meaning." },
	{ "P0044", "an address is listened on twice",
	  "One listen line for an address and port." },
	{ "P0045", "limits that contradict each other",
	  "One limit makes the other useless. The sentence names both." },
	{ "P0046", "not an owner of mailboxes",
	  "owner vmail: a user of the system without rights, not root; at\n"
	  "most eight of them in all. Each is a pool of processes." },
	{ "P0047", "a certificate that cannot be used",
	  "The certificate and its key must belong together, and be RSA of\n"
	  "2048 bits or more, or ECDSA. fullchain.pem has the host's own\n"
	  "certificate first and no key in it. At the start mail goes on\n"
	  "without this certificate; a reload is refused." },
	{ "P0048", "a certificate that has expired, or soon will",
	  "It stays in use: most senders do not look, and some mail is better\n"
	  "than none. Those that follow MTA-STS or DANE do look. Renew it,\n"
	  "then: systemctl reload postern." },
	{ "P0049", "an empty configuration file",
	  "A file that is being rewritten is empty for a moment; read then, it\n"
	  "would mean mail for nobody. Write a new file beside it and rename\n"
	  "it. Whoever wants the defaults puts a comment into the file." },
	{ "P0050", "a certificate that no client is shown",
	  "For each name the first ECDSA and the first RSA certificate that\n"
	  "have it are shown. Take the other away, or put this one first." },

	/* --- policy: names and types --- */
	{ "P0100", "no such word in a policy",
	  "A policy is made of: policy base mode include let off table list\n"
	  "group use score trust at junk refuse. `man postern.policy`." },
	{ "P0101", "a statement without a name",
	  "Scores, uses, rules, groups, exceptions, tables and lets have\n"
	  "names: a layer above can then replace them or switch them off. A\n"
	  "name has at most 64 letters, digits, \"-\" and \"_\", and is no\n"
	  "word of a condition." },
	{ "P0102", "a name is used twice in one layer",
	  "Scores, rules, groups, lists and exceptions share one name\n"
	  "space, so that `off NAME` needs no type. A layer above may use a\n"
	  "name of its base: then it replaces what the base says." },
	{ "P0103", "a group without cap or block",
	  "group NAME cap N [floor N] { use ... ; score ... }: the cap\n"
	  "keeps one kind of evidence from deciding alone." },
	{ "P0104", "only points stand in a group",
	  "A group clamps a sum; decisions and thresholds stand outside." },
	{ "P0105", "let defines a condition",
	  "let NAME = CONDITION. The name can then stand for it in\n"
	  "conditions." },
	{ "P0106", "the name is a fact",
	  "A let may not hide a fact: `postern facts` lists them." },
	{ "P0107", "off takes one name",
	  "off NAME removes a score, use, rule, group or exception of the\n"
	  "base." },
	{ "P0108", "no such mode",
	  "mode enforce is the default; mode observe judges, marks and\n"
	  "counts, and refuses nothing." },
	{ "P0109", "base takes one policy",
	  "base NAME names the layer below: values here replace it, lines\n"
	  "here are read first." },
	{ "P0110", "a policy has a name",
	  "policy NAME \"what it is\" is the first line; logs show the name." },
	{ "P0111", "a condition that is not finished",
	  "cond = test {and|or test}; test = [not] FACT [= VALUE | in\n"
	  "{VALUES} | in @TABLE | like \"GLOB\"], unknown(FACT), or ( cond\n"
	  ")." },
	{ "P0112", "no such fact",
	  "`postern facts` lists every fact with its type and the stage from\n"
	  "which on it is known. Facts of a list exist once it is used: add\n"
	  "`use NAME`." },
	{ "P0113", "a fact of another type",
	  "A truth stands alone, numbers compare with < <= > >=, words and\n"
	  "names with = != in, texts also with like." },
	{ "P0114", "a fact of a later stage",
	  "A decision is made at its stage at the latest; it cannot wait\n"
	  "for what becomes known later. Move it to the later stage. Points\n"
	  "may read facts of any stage." },
	{ "P0115", "no such word of a fact",
	  "`postern facts NAME` lists the words that a fact can be." },
	{ "P0116", "a value of the wrong kind",
	  "What stands behind = or in must be of the fact's type." },
	{ "P0117", "ignorance under not",
	  "`not unknown(x)` would be true because something is known, and\n"
	  "false because it is not: missing answers would then change a\n"
	  "verdict for the worse. Turn the line round." },
	{ "P0118", "a table of the wrong kind",
	  "nets hold addresses, domains and names hold names, addresses hold\n"
	  "mail addresses." },
	{ "P0119", "a condition that is too large",
	  "Thirty-two levels are allowed. `let` gives a part a name, but\n"
	  "counts as a level as well. And a thousand tests, with those of\n"
	  "all lets in it; long lists of values belong into a table." },
	{ "P0120", "nothing to switch off",
	  "off NAME removes what a layer below has; this name is not there." },
	{ "P0121", "a name that is something else in the base",
	  "A line replaces one of the base by having its name; both must be\n"
	  "of one kind." },
	{ "P0122", "a let that is defined by itself",
	  "A policy is finite: a definition may not lead back to itself." },
	{ "P0123", "no such table",
	  "table NAME nets|domains|addresses|names file \"PATH\"\n"
	  "defines one." },
	{ "P0124", "a table that is not well formed",
	  "table NAME nets|domains|addresses|names file \"PATH\"\n"
	  "[optional], or values in braces." },
	{ "P0125", "an entry that does not fit its table",
	  "One entry a line; # starts a comment. nets: 192.0.2.0/24 with no\n"
	  "bits set behind the prefix. domains, names: a.example.\n"
	  "addresses: ann@a.example." },
	{ "P0126", "a table's file cannot be read",
	  "Make it, or write `optional` behind its name: then a missing\n"
	  "file is an empty table. A relative name is looked for in the\n"
	  "site's policy folder, in that of postern.conf, among the shipped\n"
	  "files, and beside the text that names it." },
	{ "P0127", "no such list",
	  "A list is described by a `list` block, in the policy or in a file\n"
	  "lists/NAME.list beside the policies." },
	{ "P0128", "too many lists",
	  "Each list costs a question per message. Sixty-four is far beyond\n"
	  "use." },
	{ "P0129", "a list that is dead",
	  "The zone answers no more, or lists everybody: rules/lists/dead\n"
	  "has it with the date and where that was told." },
	{ "P0130", "no such policy",
	  "Policies are looked for as NAME.policy in the site's policy\n"
	  "folder and among the shipped ones." },
	{ "P0131", "a file that is no policy",
	  "The first line of a policy is: policy NAME \"what it is\"." },
	{ "P0132", "too much on a line",
	  "The statement is complete before this word." },
	{ "P0133", "points are missing",
	  "Points are numbers with at most two decimals, +2, -0.5, 8; none\n"
	  "over 1000." },
	{ "P0134", "if is missing",
	  "Every score, rule and exception says when it holds: if CONDITION." },
	{ "P0135", "points of a code",
	  "use LIST { CODE POINTS; CODE off } changes what its codes count." },
	{ "P0136", "a cap below 0, or a floor above it",
	  "A group's sum is kept between floor and cap. Without any hit the\n"
	  "sum is 0, which must lie between them." },
	{ "P0137", "an exception that skips nothing",
	  "skip names families of facts: lists greylist early rate auth scan\n"
	  "client helo history headers; `all` is every one but scan." },
	{ "P0138", "a date is missing",
	  "until 2027-06-30: from the first moment of that day (UTC) the\n"
	  "exception acts no more." },
	{ "P0139", "an action is missing",
	  "A decision ends in pass, accept, junk, defer, refuse or drop." },
	{ "P0140", "a reply code that does not fit",
	  "refuse takes 5xx, defer 4xx, drop either; then comes the\n"
	  "enhanced code (not for drop) and the text." },
	{ "P0141", "an enhanced code that does not fit",
	  "Its first digit is that of the reply code (RFC 3463): 550 5.7.1." },
	{ "P0142", "a text that no reply can say",
	  "Replies are ASCII in quotes, one line, at most 400 bytes before\n"
	  "facts are filled in, and at most eight of these." },
	{ "P0143", "no such stage",
	  "Stages in order: connect helo mail rcpt data eom." },
	{ "P0144", "doubt needs an action",
	  "What is done when a refusal hangs on a missing answer: doubt\n"
	  "junk, or doubt defer." },
	{ "P0145", "a threshold without its number",
	  "junk at 5, refuse at 9 early 10 doubt junk, or junk never. At 0 or\n"
	  "below it would stand for everybody." },
	{ "P0146", "early below refuse",
	  "`early` is the sum at which RCPT is refused although the message\n"
	  "may still bring good news; below `refuse at` it would make no\n"
	  "sense." },
	{ "P0147", "a note is a text in quotes",
	  "note \"contract 118\" says to people why an exception is there." },
	{ "P0148", "a list that takes no key",
	  "Only a list whose description has a line key prefix \"ZONE\" is\n"
	  "asked with a key." },
	{ "P0149", "a secret that cannot be read",
	  "key secret:NAME reads the file NAME in the folder secrets beside\n"
	  "postern.conf, or among systemd's credentials. Nobody else may read\n"
	  "it: chmod go= it." },
	{ "P0150", "a secret that is no key",
	  "A key becomes part of a question: one line of letters, digits and\n"
	  "\"-\", at most 63." },
	{ "P0199", "not there yet",
	  "The word belongs to the language; nothing acts on it in this\n"
	  "version. A word that is read and does nothing would be a trap,\n"
	  "so it is an error." },

	/* --- policy: meaning --- */
	{ "P0201", "a hard line that rests on not knowing",
	  "A missing answer must never cost a good message: what reads\n"
	  "unknown() may only accept, junk, defer, or give points of 0 and\n"
	  "less." },
	{ "P0207", "an exception for a name that anybody can write",
	  "An exception names one identity and says how it was proved:\n"
	  "verified by dkim, spf, dmarc, fcrdns or address. Each or-branch\n"
	  "of its condition tests exactly one identity, and not under\n"
	  "`not`." },
	{ "P0208", "a proof that does not prove this",
	  "address proves client.ip; fcrdns client.name; dkim from.domain and\n"
	  "dkim.domains; spf mail.domain; dmarc from.domain." },
	{ "P0209", "an exception that rests on not knowing",
	  "An exception must be proved; a missing answer proves nothing." },

	/* --- DNS lists --- */
	{ "P0301", "no such word in a list",
	  "A list is described by: ask code mask value error probe key see\n"
	  "title operator when register limit terms checked." },
	{ "P0302", "no such subject",
	  "ask client (its address), name (its confirmed host name), helo,\n"
	  "sender (domain of MAIL FROM), dkim (domains that signed)." },
	{ "P0303", "too many codes",
	  "Sixty-four codes are allowed." },
	{ "P0304", "no answer of a list",
	  "Answers are addresses; each octet may be a range: 127.0.0.4-7. A\n"
	  "prefix of whole octets works too: 127.255.255.0/24." },
	{ "P0305", "an answer outside of 127.0.0.0/8",
	  "RFC 5782 2.1: lists answer within 127.0.0.0/8. Anything else\n"
	  "means that the zone is lost or that somebody rewrites answers." },
	{ "P0306", "a code needs a name",
	  "Lower-case letters, digits and -, at most 32: the fact is\n"
	  "LIST.NAME." },
	{ "P0307", "a code needs points",
	  "The points it is worth unless a policy says otherwise: 8, -3,\n"
	  "0.5." },
	{ "P0308", "no date",
	  "checked 2026-11-24 \"SOURCE\" says when somebody last compared\n"
	  "this file with what the operator says." },
	{ "P0309", "no kind of registration",
	  "register none, free or paid." },
	{ "P0310", "no limit of questions",
	  "limit 300000 per 1d." },
	{ "P0311", "wrong number of arguments",
	  "The remedy shows the form of the word." },
	{ "P0312", "a list is not complete",
	  "list NAME \"ZONE\" ip4|ip6|domain... { ... }" },
	{ "P0313", "a list needs a name and a zone",
	  "The name makes facts: lower-case letters, digits and -. The zone\n"
	  "is a domain." },
	{ "P0314", "no such kind of list",
	  "ip4, ip6, domain, or several of them." },
	{ "P0315", "a list without codes",
	  "An answer that no code names is an error of the list, so a list\n"
	  "without codes could never say anything. A value alone will do for\n"
	  "a list that is asked about one subject: the number is one for all." },
	{ "P0316", "a list that is asked the wrong thing",
	  "An address asked in a list of domains gives an error code at\n"
	  "best." },
	{ "P0317", "a list whose facts exist already",
	  "A list NAME with a code CODE makes the facts NAME and NAME.CODE.\n"
	  "`postern facts` prints those that are there anyhow." },
	{ "P0318", "a word of a list given twice",
	  "Which one is meant? Only ask, code, error, mask and value may be\n"
	  "repeated." },
	{ "P0319", "see with something that cannot be filled in",
	  "The address of the page may hold {ip} and {domain}." },
	{ "P0320", "no bit of an answer",
	  "mask 127.0.0.0/24 { 2 black 6; 8 red 2 }: each bit as the number\n"
	  "it adds to the last octet, a name for the fact, and points." },
	{ "P0321", "a value without its octet",
	  "value 127.0.4.N score: of an answer 127.0.4.87 the fact LIST.score\n"
	  "is 87. Without a name it is LIST.value." },
	{ "P0322", "no points of a list",
	  "probe LISTED NOT-LISTED: two addresses, or two domains, of a kind\n"
	  "that the list has, once for each kind. \"-\" stands for a point\n"
	  "that the list lacks. Without it those of RFC 5782 hold: 127.0.0.2\n"
	  "and 127.0.0.1, ::ffff:127.0.0.2 and ::ffff:127.0.0.1, test and\n"
	  "invalid." },
	{ "P0323", "a key that belongs nowhere",
	  "key prefix \"dq.example.net\": with a key, KEY.dq.example.net is\n"
	  "asked instead of the zone." },
	{ "P0324", "a condition that a list cannot wait for",
	  "when FACT takes a truth like mail.null, not what another list says\n"
	  "and not that something is unknown." },
	/* --- plays --- */
	{ "P0410", "a zone without a name",
	  "zone good.test { @ MX 10 mx.good.test; mx A 203.0.113.5 } declares\n"
	  "what DNS says below good.test." },
	{ "P0411", "a name of DNS is declared twice",
	  "One zone of a name; its lines stand together. Several names of one\n"
	  "address: several reverse lines, or none and a zone." },
	{ "P0412", "a zone has no such line",
	  "list 192.0.2.77 127.0.0.4, list 198.51.100.0/24 127.0.0.3 ttl 60,\n"
	  "everybody 127.0.0.2, every servfail, or a record: @ MX 10 mx.test,\n"
	  "mx A 203.0.113.5. from +2h in front of a line: not before that." },
	{ "P0413", "no address, or one of the other kind",
	  "Answers of a list and of A are IPv4 addresses, those of AAAA IPv6\n"
	  "addresses; reverse takes either." },
	{ "P0414", "nothing that could be listed",
	  "list takes an address, a network without host bits, or a domain,\n"
	  "then one or more answers: list 192.0.2.77 127.0.0.4." },
	{ "P0415", "no name that DNS could carry",
	  "Labels have 1 to 63 bytes, a name 255 with their lengths. Any byte\n"
	  "may be written \\DDD." },
	{ "P0416", "no number, or no time",
	  "ttl 60, flap 3, MX 10 take whole numbers; from +2h and after 400ms\n"
	  "take times." },
	{ "P0417", "every what?",
	  "every timeout, servfail, refused, nxdomain or truncated: the fault of\n"
	  "every answer. every after 400ms: how late. every flap 3: three\n"
	  "questions well, three with the fault (or silent), and so on.\n"
	  "every A 127.255.255.254: a record of every name." },
	{ "P0418", "a CNAME beside other records",
	  "A name with a CNAME has nothing else (RFC 1034 3.6.2); a server would\n"
	  "refuse such a zone." },
	{ "P0419", "else nxdomain",
	  "A question for a name that the play does not declare is an error of\n"
	  "the play. else nxdomain lets it be unknown instead." },
	{ "P0420", "too many or too few words",
	  "The line under the caret ends too late or too early; help P0412 shows\n"
	  "the lines of a zone." },
	{ "P0440", "a play has one policy",
	  "policy default takes a shipped policy; policy \"site.policy\" a\n"
	  "file beside the play." },
	{ "P0441", "no date",
	  "Dates are written 2026-11-24 or 2026-11-24T09:00:00Z, always UTC." },
	{ "P0442", "a domain of a play",
	  "domain here.test { users bob ann } names a domain and who has a\n"
	  "mailbox there; full and broken name mailboxes over their quota\n"
	  "and on a failing disk." },
	{ "P0443", "a scene without a client",
	  "Each case, each row and each dialogue is a connection of somebody:\n"
	  "say from which address it comes." },
	{ "P0444", "a scene before its time",
	  "Scenes happen in the order in which they are written, and time\n"
	  "goes forward only. after +3h is 3 hours after the play began,\n"
	  "after 6m is 6 minutes after the scene above." },
	{ "P0445", "nothing can be expected of this",
	  "expect is followed by a verdict (accept, junk, refuse ...) or by\n"
	  "one of: stage, by, reply, score, folder, copies, header,\n"
	  "unknown, absent, fact, dns, time, log." },
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
	  "Each row has a cell for each column, with -> at the same place.\n"
	  "As a cell - means none, * means whatever." },
	{ "P0451", "an unknown escape in a dialogue",
	  "Lines behind > know \\r \\n \\t \\\\ and \\xNN; \\c at the end\n"
	  "sends the line without CR LF." },
	{ "P0452", "no reply to wait for",
	  "< 250, < 250 has PIPELINING, < 550 5.1.1 ~ \"no such\", or <\n"
	  "closed. One < line reads one whole reply, however many lines it\n"
	  "has." },
	{ "P0453", "nothing that other processes have on the board",
	  "elsewhere sessions 45, connections 60, messages 300 (of this\n"
	  "client), accepted 2h (ago), faults 3." },
};

static int
code_compare(const void *key, const void *row)
{
	const struct str *code = key;
	const struct diag_code *c = row;

	return str_cmp_case(*code, str_of(c->code));
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
