/* SPDX-License-Identifier: BSD-2-Clause */
/* The lexer and the parser: a text, the tree it gives, what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lang.h"
#include "lang/tree.h"

/* A tree in one line: statements end in ";", strings stand in '', operators
 * and signs in themselves, raw lines in | |. */
static void
dump(const struct stmt *s, struct buf *out)
{
	static const char *const open[] = { [ND_WORD] = "", [ND_STRING] = "'",
		[ND_OP] = "", [ND_OPEN] = "", [ND_CLOSE] = "", [ND_RAW] = "|" };
	size_t i;

	for (; s != NULL; s = s->next) {
		for (i = 0; i < s->count; i++) {
			if (i > 0)
				(void)buf_add_byte(out, ' ');
			if (s->nodes[i].kind == ND_BLOCK) {
				(void)buf_add_byte(out, '{');
				dump(s->nodes[i].stmts, out);
				(void)buf_add_byte(out, '}');
				continue;
			}
			(void)buf_addf(out, "%s%.*s%s",
			    open[s->nodes[i].kind], STR_ARG(s->nodes[i].text),
			    open[s->nodes[i].kind]);
		}
		(void)buf_add_byte(out, ';');
	}
}

static const struct { const char *text, *tree, *codes, *why; } trees[] = {
	/* --- statements --- */
	{ "", "", "", "nothing" },
	{ "\n\n ;; \t\n", "", "", "empty statements are none" },
	{ "a b\nc\n", "a b;c;", "", "a line, a statement" },
	{ "a b; c;\n;d", "a b;c;d;", "", "\";\" ends one too; no line end "
	    "at the end" },
	{ "a\r\nb\r\n", "a;b;", "", "CR LF" },
	{ "a \\\n  b\n", "a b;", "", "a line goes on after \"\\\"" },
	{ "a\\\nb \\  \t\n c", "a b c;", "", "also behind a word, also with "
	    "blanks behind" },
	{ "a \\\r\nb", "a b;", "", "and before CR LF" },
	{ "a \\", "a;", "", "and at the end of the text" },
	{ "a\\b c:\\d", "a\\b c:\\d;", "", "a \"\\\" elsewhere is a byte of "
	    "the word" },
	{ "\xef\xbb\xbf" "a b", "a b;", "", "an editor's mark in front" },
	{ "m\xc3\xbcller", "m\xc3\xbcller;", "", "bytes over 0x7f" },
	/* --- words, operators --- */
	{ "score +8 x.y if a>=2", "score +8 x.y if a >= 2;", "", "operators "
	    "need no blanks" },
	{ "a=b c!=d e<f g<=h i>j", "a = b c != d e < f g <= h i > j;", "",
	    "all of them" },
	{ "192.0.2.0/24 2001:db8::/32 127.0.0.4-7 30% @t -0.5 a-b",
	    "192.0.2.0/24 2001:db8::/32 127.0.0.4-7 30% @t -0.5 a-b;", "",
	    "addresses, ranges, shares are words" },
	{ "client to -> verdict", "client to -> verdict;", "", "the arrow" },
	{ "a->b", "a -> b;", "", "the arrow without blanks" },
	{ "a - > b", "a - > b;", "", "that is none" },
	{ "it's", "it's;", "", "a single quote inside a word" },
	/* --- strings --- */
	{ "a \"b c\" \"\"", "a 'b c' '';", "", "strings" },
	{ "a \"x\\\"y\\\\z\"", "a 'x\"y\\z';", "", "their two escapes" },
	{ "a \"# ; { } <\"", "a '# ; { } <';", "", "nothing else means "
	    "anything" },
	{ "a\"b\"c", "a 'b' c;", "", "no blanks needed" },
	/* --- comments --- */
	{ "# x\na # y } \"\n# z", "a;", "", "comments" },
	{ "a {# x\nb}# y", "a {b;};", "", "also behind a sign" },
	{ "a \\\n# x\nb", "a;b;", "", "a comment does not end a line that "
	    "goes on, its line end does" },
	/* --- blocks --- */
	{ "a { b; c d }", "a {b;c d;};", "", "a block on a line" },
	{ "a {\n b\n c d\n}\ne", "a {b;c d;};e;", "", "on several" },
	{ "a b\n{\n c\n}\nd", "a b {c;};d;", "", "\"{\" on its own line" },
	{ "a b # x\n\n# y\n{ c }", "a b {c;};", "", "with comments between" },
	{ "a {}", "a {};", "", "an empty one" },
	{ "a { b { c } }", "a {b {c;};};", "", "one in another" },
	{ "x if fcrdns in {fail none} and y\nz", "x if fcrdns in {fail none;} "
	    "and y;z;", "", "a block in the middle" },
	{ "a { b } c { d }", "a {b;} c {d;};", "", "two in one statement" },
	{ "a {\n\"x y\"\nann }", "a {'x y';ann;};", "", "values that are "
	    "strings" },
	/* --- parentheses --- */
	{ "a (b or\n c) and d\ne", "a ( b or c ) and d;e;", "", "a line goes "
	    "on inside ( )" },
	{ "a ((b)\n(c\n)) d", "a ( ( b ) ( c ) ) d;", "", "nested" },
	{ "a (b in {c\nd}\nor e)", "a ( b in {c;d;} or e );", "", "a block "
	    "inside ( ) has statements" },
	/* --- raw lines --- */
	{ "d {\n< 220\n > EHLO \"x { # y\r\n}\nz", "d {|< 220|;|> EHLO \"x { "
	    "# y|;};z;", "", "raw to the end of the line, without CR" },
	{ "a\n<\nb", "a;|<|;b;", "", "a raw line may be empty" },
	{ "a \\\n< b", "a < b;", "", "not where a line goes on" },
	{ "a (\n< b)", "a ( < b );", "", "nor inside ( )" },
	/* --- errors: the rest is still read --- */
	{ "a \x01\x02 b\nc", "a b;c;", "P0002@1:3", "control bytes: once" },
	{ "a\rb", "a b;", "P0002@1:2", "a lone CR" },
	{ "a \x7f", "a;", "P0002@1:3", "DEL" },
	{ "a \"b\tc\x01\"", "a 'b\tc\x01';", "P0002@1:7", "in strings only "
	    "tabs" },
	{ "a \"b c\nd", "a 'b c';d;", "P0003@1:3", "an open string" },
	{ "a \"b\\", "a 'b\\';", "P0003@1:3 P0004@1:5", "open at the end of "
	    "the text" },
	{ "a \"b\\nc\" d", "a 'b\\nc' d;", "P0004@1:5", "an unknown escape" },
	{ "a b#c d\ne", "a b d;e;", "P0005@1:4", "\"#\" in a word" },
	{ "a ! b 'c", "a b c;", "P0006@1:3 P0006@1:7", "\"!\" and a single "
	    "quote" },
	{ "a }\nb", "a;b;", "P0007@1:3", "a \"}\" too many" },
	{ "a {\nb {\nc\n", "a {b {c;};};", "P0008@2:3 P0008@1:3", "two \"}\" "
	    "missing" },
	{ "a ) b", "a b;", "P0009@1:3", "a \")\" too many" },
	{ "a (b; c", "a ( b;c;", "P0009@1:3", "a missing \")\" ends at \";\"" },
	{ "a { b (c } d", "a {b ( c;} d;", "P0009@1:7", "and at \"}\"" },
	{ "a (b\nc", "a ( b c;", "P0009@1:3", "and at the end" },
	{ "= a\nb", "a;b;", "P0015@1:1", "a statement that starts with an "
	    "operator" },
	{ "d { < 220 }\nb", "d {220;};b;", "P0015@1:5", "a raw line that is "
	    "none" },
	{ "{ a }", "{a;};", "P0015@1:1", "a block that belongs to nothing" },
};

static void
test_trees(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(trees); i++) {
		struct arena *arena = arena_new(0);
		struct diagnostics *d = diag_new();
		struct source source = { STR("t"), str_of(trees[i].text) };
		struct buf out = BUF_INIT(0);

		dump(tree_parse(&source, arena, d), &out);
		(void)buf_add_byte(&out, '\0');
		expect_text(trees[i].why, str_of(out.p), trees[i].tree);
		expect_text(trees[i].why, codes_of(d, arena), trees[i].codes);
		buf_free(&out);
		diag_free(&d);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
