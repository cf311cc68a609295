/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script - reads dialogues.
 *
 *	dialogue "TITLE" from ADDRESS {
 *		< 220                         a whole reply with this code
 *		< 250 has PIPELINING          one of its lines starts so
 *		< 550 5.1.1 ~ "no such"       enhanced code, text in it
 *		< closed                      the server ends it
 *		> EHLO a.test                 CR LF is added
 *		> RSET\r\nNOOP\c              unless it ends in \c
 *		repeat 100 { lines }          so many times; \# is which one
 *		wait 5s                       the client says nothing
 *		tls                           the client starts TLS
 *		close                         the client ends its side
 *		reset                         the client breaks it
 *		after ...     expect ...      as in a case
 *	}
 *
 * Called by: sim/play.c.
 * Always holds: < and > lines reach us as they stand in the file; here is
 * the one place that reads their escapes (\r \n \t \\ \xNN \#).
 */
#include <stdio.h>
#include <string.h>

#include "sim/play.h"

#define REPEAT_MOST  100000
#define STEPS_MOST   100000     /* of one dialogue, repeats unrolled       */
#define ROUND_DIGITS 6
#define WAIT_MOST    (7 * 86400 * SEC)

/* Steps are taken in the order in which they are read. */
static struct step *
add_step(struct scene *s, enum act act, struct place place, struct arena *a)
{
	struct step *step = arena_alloc(a, sizeof *step);

	step->act = act;
	step->place = place;
	s->step_count++;
	if (s->last_step != NULL)
		s->last_step->next = step;
	else
		s->steps = step;
	s->last_step = step;
	return step;
}

/* ------------------------------------------------------------------------
 * > what the client sends
 */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte for the escape at text.p[*i] == '\\', *i behind it. -1: none. */
static int
escape(struct str text, size_t *i)
{
	static const struct { char name, byte; } plain[] = {
		{ 'r', '\r' }, { 'n', '\n' }, { 't', '\t' }, { '\\', '\\' },
	};
	char c = *i + 1 < text.len ? text.p[*i + 1] : '\0';
	size_t k;
	int high, low;

	for (k = 0; k < COUNT(plain); k++) {
		if (c == plain[k].name) {
			*i += 2;
			return (unsigned char)plain[k].byte;
		}
	}
	if (c != 'x' || *i + 3 >= text.len)
		return -1;
	high = hex(text.p[*i + 2]);
	low = hex(text.p[*i + 3]);
	if (high < 0 || low < 0)
		return -1;
	*i += 4;
	return high << 4 | low;
}

/* At most ROUND_DIGITS bytes, where two stood. */
static size_t
round_print(unsigned round, char *out)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u", round);

	memcpy(out, text, (size_t)n);
	return (size_t)n;
}

static void
read_send(struct reading *r, const struct node *n, struct str text,
    struct scene *s)
{
	struct step *step = add_step(s, AC_SEND, n->place, r->arena);
	char *out = arena_alloc(r->arena, ROUND_DIGITS * text.len + 3);
	bool has_end = true;
	size_t i = 0, len = 0;
	int byte;

	while (i < text.len) {
		if (str_eq(str_from(text, i), STR("\\c"))) {
			has_end = false;
			break;
		}
		if (text.p[i] != '\\') {
			out[len++] = text.p[i++];
			continue;
		}
		if (str_starts(str_from(text, i), STR("\\#"))) {
			len += round_print(s->round, out + len);
			i += 2;
			continue;
		}
		byte = escape(text, &i);
		if (byte < 0) {
			diag_add(r->diag, DG_ERROR, "P0451", n->place,
			    "\\r \\n \\t \\\\ \\xNN, \\# in a repeat, \\c at the "
			    "end", "an escape that a dialogue does not know");
			return;
		}
		out[len++] = (char)byte;
	}
	if (has_end) {
		out[len++] = '\r';
		out[len++] = '\n';
	}
	step->text = (struct str){ out, len };
}

/* ------------------------------------------------------------------------
 * < what the server must say
 */

/* "5.1.1", told from a text that only starts with a digit. */
static bool
is_enhanced(struct str word)
{
	return word.len >= 5 && word.p[1] == '.' && word.p[0] >= '2' &&
	    word.p[0] <= '5';
}

/* Raw lines bring their quotes along. */
static struct str
without_quotes(struct str text)
{
	if (text.len >= 2 && text.p[0] == '"' &&
	    text.p[text.len - 1] == '"')
		return str_sub(text, 1, text.len - 2);
	return text;
}

/* CODE [ENHANCED] [has WORD | ~ TEXT] */
static int
parse_reply(struct step *step, struct str text)
{
	struct str word = str_split(&text, ' ');
	uint64_t code;

	if (word.len != 3 || str_number(word, 599, &code) != 0 || code < 200)
		return -E_INVALID;
	step->code = (unsigned)code;
	text = str_trim(text);
	if (is_enhanced(str_sub(text, 0, str_find(text, ' '))))
		step->enhanced = str_split(&text, ' ');
	text = str_trim(text);
	if (str_starts(text, STR("has ")))
		step->has = without_quotes(str_trim(str_from(text, 4)));
	else if (str_starts(text, STR("~")))
		step->text = without_quotes(str_trim(str_from(text, 1)));
	else if (text.len > 0)
		return -E_INVALID;
	return 0;
}

static void
read_reply(struct reading *r, const struct node *n, struct str text,
    struct scene *s)
{
	struct step *step;

	text = str_trim(text);
	if (str_eq(text, STR("closed"))) {
		(void)add_step(s, AC_CLOSED, n->place, r->arena);
		return;
	}
	step = add_step(s, AC_REPLY, n->place, r->arena);
	if (parse_reply(step, text) != 0)
		diag_add(r->diag, DG_ERROR, "P0452", n->place,
		    "< 250   < 250 has PIPELINING   < 550 5.1.1 ~ \"no "
		    "such\"   < closed", "this is no reply to wait for");
}

/* ------------------------------------------------------------------------
 * The rest.
 */

static void
read_wait(struct reading *r, const struct stmt *s, void *conf)
{
	struct step *step = add_step(conf, AC_WAIT, stmt_place(s), r->arena);

	if (s->count == 2 && value_duration(s->nodes[1].text,
	    &step->span) == 0 && step->span <= WAIT_MOST)
		return;
	diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s), "wait 5s (7d at most)",
	    "how long is to be waited?");
}

static void
read_tls_step(struct reading *r, const struct stmt *s, void *conf)
{
	struct step *step = add_step(conf, AC_TLS, stmt_place(s), r->arena);

	if (s->count == 2)
		step->text = s->nodes[1].text;
	else if (s->count > 2)
		diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s),
		    "tls, or tls mx.here.test", "which host does it want?");
}

static void
read_close(struct reading *r, const struct stmt *s, void *conf)
{
	(void)add_step(conf, AC_CLOSE, stmt_place(s), r->arena);
}

static void
read_reset(struct reading *r, const struct stmt *s, void *conf)
{
	(void)add_step(conf, AC_RESET, stmt_place(s), r->arena);
}

static void
read_after(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *n = &s->nodes[s->count - 1];

	(void)scene_set(conf, STR("after"), n->text, n->place, r);
}

static void
read_expect(struct reading *r, const struct stmt *s, void *conf)
{
	struct scene *scene = conf;

	expect_read(r, s, &scene->expects);
}

static void
read_elsewhere(struct reading *r, const struct stmt *s, void *conf)
{
	struct scene *scene = conf;

	elsewhere_read(r, s, &scene->elsewhere);
}

static void read_lines(struct reading *, const struct stmt *,
    struct scene *);

/* The lines are read again for each round, so that \# can differ. */
static void
read_repeat(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *block = scene_block(r, s);
	struct scene *scene = conf;
	unsigned outer = scene->round;
	uint64_t n, i;

	if (block == NULL)
		return;
	if (s->count != 3 || value_count(s->nodes[1].text, REPEAT_MOST,
	    &n) != 0) {
		diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s),
		    "repeat 100 { ... }", "how often is it to be said?");
		return;
	}
	for (i = 1; i <= n && scene->step_count < STEPS_MOST; i++) {
		scene->round = (unsigned)i;
		read_lines(r, block->stmts, scene);
	}
	scene->round = outer;
	if (scene->step_count >= STEPS_MOST)
		diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s), NULL,
		    "a dialogue has less than %d lines", STEPS_MOST);
}

static const struct setting script_words[] = {
	{ .name = "repeat", .kind = SK_OTHER, .is_list = true,
	  .read = read_repeat, .arguments = "COUNT { LINES }",
	  .help = "The same lines so many times." },
	{ .name = "wait", .kind = SK_OTHER, .is_list = true,
	  .read = read_wait, .arguments = "DURATION",
	  .help = "The client says nothing for so long." },
	{ .name = "tls", .kind = SK_OTHER, .is_list = true,
	  .read = read_tls_step, .arguments = "[HOST]",
	  .help = "The client starts TLS." },
	{ .name = "close", .kind = SK_OTHER, .read = read_close,
	  .arguments = "", .help = "The client closes its side." },
	{ .name = "reset", .kind = SK_OTHER, .read = read_reset,
	  .arguments = "", .help = "The client breaks the connection." },
	{ .name = "after", .kind = SK_OTHER, .read = read_after,
	  .arguments = "+DURATION|DURATION",
	  .help = "When: since the play began, or since the last scene." },
	{ .name = "elsewhere", .kind = SK_OTHER, .is_list = true,
	  .read = read_elsewhere, .arguments = "WHAT NUMBER",
	  .help = "What other processes have on the board." },
	{ .name = "expect", .kind = SK_OTHER, .is_list = true,
	  .read = read_expect, .arguments = "...",
	  .help = "What must come out." },
	{ .name = NULL },
};

/* Raw lines and statements in one row. Each statement is read by itself:
 * where it stands among the lines is what it means. */
static void
read_lines(struct reading *r, const struct stmt *all, struct scene *s)
{
	const struct node *n;
	struct stmt one;
	struct str text;

	for (; all != NULL; all = all->next) {
		n = &all->nodes[0];
		if (n->kind != ND_RAW) {
			one = *all;
			one.next = NULL;
			schema_read(script_words, &one, s, r);
			continue;
		}
		text = str_from(n->text, 1);
		if (n->text.p[0] == '<')
			read_reply(r, n, text, s);
		else
			read_send(r, n, str_from(text,
			    str_starts(text, STR(" ")) ? 1 : 0), s);
	}
}

/* dialogue ["TITLE"] from ADDRESS { ... } */
void
script_read(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *block = scene_block(r, s), *address;
	struct scene *scene;

	if (block == NULL)
		return;
	if (s->count < 4 ||
	    !str_eq(s->nodes[s->count - 3].text, STR("from"))) {
		diag_add(r->diag, DG_ERROR, "P0443", stmt_place(s),
		    "dialogue \"TITLE\" from 192.0.2.1 { ... }",
		    "nobody connects here");
		return;
	}
	address = &s->nodes[s->count - 2];
	scene = play_add_scene(conf, stmt_place(s),
	    s->count == 5 ? s->nodes[1].text : STR("dialogue"));
	scene->is_dialogue = true;
	(void)scene_set(scene, STR("client"), address->text, address->place,
	    r);
	read_lines(r, block->stmts, scene);
}
