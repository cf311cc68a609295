/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scene - reads cases, and tables, whose rows are cases.
 *
 *	case "TITLE" {
 *		after +3h                the moment 3 h after the play's clock
 *		after 6m                 6 minutes after the scene before
 *		client 203.0.113.5
 *		helo mx.good.test        from ann@good.test      from <>
 *		to bob@here.test         several, or several times
 *		message "plain.eml"      or: header "Subject: x"   body "..."
 *		expect ...
 *	}
 *	table "TITLE" [repeat N] [every TIME] [wrong <= N] {
 *		client       helo  from  ->  verdict  score
 *		192.0.2.77   a.b   -     ->  refuse   11
 *	}
 *
 * Called by: sim/play.c.
 * Always holds: a word of a case and a column of a table are one row of
 * `words`, so both mean the same. What is not said (in a table: "-") is not
 * sent: the client says QUIT there. A header line replaces the standard one
 * of its name; `header -` leaves all standard ones out.
 */
#include "base/date.h"
#include "sim/message.h"
#include "sim/play.h"

#define AFTER_MOST (10 * 366 * 86400 * SEC)
#define TIMES_MOST 10000        /* also scenes of a play                    */

const struct node *
scene_block(struct reading *r, const struct stmt *s)
{
	const struct node *last = &s->nodes[s->count - 1];

	if (last->kind == ND_BLOCK)
		return last;
	diag_add(r->diag, DG_ERROR, "P0029", stmt_place(s), NULL,
	    "a block { ... } is missing behind \"%.*s\"",
	    STR_ARG(s->nodes[0].text));
	return NULL;
}

/* ------------------------------------------------------------------------
 * What a case says. Each returns 0, or -E_INVALID for a value of no use.
 */

/* With "+" a moment of the play, else a pause behind the scene above. */
static int
set_after(struct scene *s, struct str value, struct reading *r)
{
	(void)r;
	s->has_moment = str_starts(value, STR("+"));
	s->is_pause = !s->has_moment;
	if (value_duration(str_from(value, s->has_moment ? 1 : 0),
	    &s->after) != 0)
		return -E_INVALID;
	return s->after <= AFTER_MOST ? 0 : -E_TOOBIG;
}

static int
set_client(struct scene *s, struct str value, struct reading *r)
{
	(void)r;
	s->has_client = true;
	return ip_parse(value, &s->client);
}

static int
set_helo(struct scene *s, struct str value, struct reading *r)
{
	(void)r;
	s->has_helo = true;
	s->helo = value;
	return 0;
}

static int
set_from(struct scene *s, struct str value, struct reading *r)
{
	(void)r;
	s->has_sender = true;
	s->sender = str_eq(value, STR("<>")) ? STR("") : value;
	return 0;
}

/* A cell of a table holds several with spaces between them. */
static int
set_to(struct scene *s, struct str value, struct reading *r)
{
	struct str one;

	while (value.len > 0) {
		one = str_split(&value, ' ');
		if (one.len == 0)
			continue;
		s->rcpts = play_grow(r->arena, s->rcpts, s->rcpt_count,
		    sizeof one);
		s->rcpts[s->rcpt_count++] = one;
	}
	return 0;
}

/* As a file is kept by an editor; as it stands but for the line ends. */
static int
set_message(struct scene *s, struct str value, struct reading *r)
{
	struct str path = source_beside(r->arena, s->play->path, value);
	struct str text;
	struct fault f;

	if (r->reader->read(r->reader, path, r->arena, &text, &f) != 0)
		return -E_NOTFOUND;
	s->message = message_lines(text, r->arena);
	return 0;
}

static int
set_header(struct scene *s, struct str value, struct reading *r)
{
	s->header = arena_printf(r->arena, "%.*s%.*s\r\n",
	    STR_ARG(s->header), STR_ARG(value));
	return 0;
}

static int
set_body(struct scene *s, struct str value, struct reading *r)
{
	s->body = arena_printf(r->arena, "%.*s%.*s\r\n", STR_ARG(s->body),
	    STR_ARG(value));
	return 0;
}

/* The words of a case, which are the columns of a table. */
static const struct {
	const char *name;
	int (*set)(struct scene *, struct str, struct reading *);
	const char *form;
} words[] = {
	{ "after",   set_after,   "+3h (since the play began), 6m" },
	{ "client",  set_client,  "192.0.2.77" },
	{ "helo",    set_helo,    "mx.good.test" },
	{ "from",    set_from,    "ann@good.test, <>" },
	{ "to",      set_to,      "bob@here.test" },
	{ "message", set_message, "a file beside the play" },
	{ "header",  set_header,  "\"Subject: x\"" },
	{ "body",    set_body,    "\"a line\"" },
};

static size_t
word_find(struct str word)
{
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		if (str_eq(word, str_of(words[i].name)))
			break;
	return i;
}

bool
scene_set(struct scene *s, struct str word, struct str value,
    struct place place, struct reading *r)
{
	size_t i = word_find(word);

	if (i == COUNT(words))
		return false;
	if (str_eq(value, STR("-"))) {
		s->is_bare |= str_eq(word, STR("header"));
		return true;
	}
	if (words[i].set(s, value, r) != 0)
		diag_add(r->diag, DG_ERROR, "P0448", place, words[i].form,
		    "\"%.*s\" is nothing that %s could be", STR_ARG(value),
		    words[i].name);
	return true;
}

/* ------------------------------------------------------------------------
 * Cells: a node, or signs and what stands close behind them: <=3, <>.
 */

/* One value of a row, or behind a word of a case. */
struct cell {
	struct str   text;
	struct place place;
};

/* b belongs to the sign a. */
static bool
stands_close(const struct node *a, const struct node *b)
{
	return a->kind == ND_OP && a->place.line == b->place.line &&
	    a->place.column + a->text.len == b->place.column;
}

static struct cell *
cells_of(const struct stmt *s, struct arena *a, size_t *count)
{
	struct cell *cells = arena_array(a, s->count, sizeof *cells);
	const struct node *n;
	size_t i, c = 0;

	for (i = 0; i < s->count; i++) {
		n = &s->nodes[i];
		if (i > 0 && stands_close(n - 1, n)) {
			cells[c - 1].text = arena_printf(a, "%.*s%.*s",
			    STR_ARG(cells[c - 1].text), STR_ARG(n->text));
			continue;
		}
		cells[c].text = n->text;
		cells[c++].place = n->place;
	}
	*count = c;
	return cells;
}

/* ------------------------------------------------------------------------
 * case
 */

static void
read_word(struct reading *r, const struct stmt *s, void *conf)
{
	struct cell *cells;
	size_t i, count;

	cells = cells_of(s, r->arena, &count);
	if (count < 2)
		diag_add(r->diag, DG_ERROR, "P0448", cells[0].place,
		    words[word_find(cells[0].text)].form,
		    "nothing stands behind \"%.*s\"",
		    STR_ARG(cells[0].text));
	for (i = 1; i < count; i++)
		(void)scene_set(conf, cells[0].text, cells[i].text,
		    cells[i].place, r);
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

static const struct setting case_words[] = {
	{ .name = "after", .kind = SK_OTHER, .read = read_word,
	  .arguments = "+DURATION|DURATION",
	  .help = "When: since the play began, or since the last scene." },
	{ .name = "client", .kind = SK_OTHER, .read = read_word,
	  .arguments = "ADDRESS", .help = "Who connects." },
	{ .name = "helo", .kind = SK_OTHER, .read = read_word,
	  .arguments = "NAME", .help = "What it says in EHLO." },
	{ .name = "from", .kind = SK_OTHER, .read = read_word,
	  .arguments = "ADDRESS|<>", .help = "MAIL FROM." },
	{ .name = "to", .kind = SK_OTHER, .is_list = true,
	  .read = read_word, .arguments = "ADDRESS...",
	  .help = "RCPT TO." },
	{ .name = "message", .kind = SK_OTHER, .read = read_word,
	  .arguments = "FILE", .help = "The message, beside the play." },
	{ .name = "header", .kind = SK_OTHER, .is_list = true,
	  .read = read_word, .arguments = "\"NAME: VALUE\"|-",
	  .help = "A header line; -: none of the standard ones." },
	{ .name = "body", .kind = SK_OTHER, .is_list = true,
	  .read = read_word, .arguments = "\"LINE\"",
	  .help = "A line of the message." },
	{ .name = "elsewhere", .kind = SK_OTHER, .is_list = true,
	  .read = read_elsewhere, .arguments = "WHAT NUMBER",
	  .help = "What other processes have on the board." },
	{ .name = "expect", .kind = SK_OTHER, .is_list = true,
	  .read = read_expect, .arguments = "...",
	  .help = "What must come out." },
	{ .name = NULL },
};

/* In order (RFC 5322 3.6), so that only what a case changes is odd. */
static void
compose(struct scene *s, struct arena *a)
{
	struct message m = {
		.header = s->header, .is_bare = s->is_bare,
		.from = s->sender.len > 0 ? s->sender :
		    STR("mailer-daemon@sender.test"),
		.to = s->rcpt_count > 0 ? s->rcpts[0] : STR("x@here.test"),
		.id = arena_printf(a, "<%zu@play.test>", s->number),
		.subject = STR("a message of a play"),
		.body = s->body.len > 0 ? s->body : STR("Hello.\r\n"),
	};
	char date[DATE_TEXT];

	m.date.len = date_rfc5322(s->play->clock, date);
	m.date.p = date;
	s->message = message_compose(&m, a);
}

/* When all words of a case, or all cells of a row, are read. */
static void
finish(struct scene *s, struct reading *r)
{
	if (!s->has_client)
		diag_add(r->diag, DG_ERROR, "P0443", s->place,
		    "add: client 192.0.2.1", "nobody connects here");
	if (s->message.p == NULL)
		compose(s, r->arena);
}

void
scene_read_case(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *block = scene_block(r, s);
	struct scene *scene;

	if (block == NULL)
		return;
	scene = play_add_scene(conf, stmt_place(s),
	    s->count > 2 ? s->nodes[1].text : STR("case"));
	schema_read(case_words, block->stmts, scene, r);
	finish(scene, r);
}

/* ------------------------------------------------------------------------
 * table
 */

struct columns {
	struct cell *cells;
	size_t       count;
	size_t       arrow;   /* index of "->"; count: there is none        */
};

/* count when there is none: then nothing is expected. */
static size_t
arrow_of(const struct cell *cells, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_eq(cells[i].text, STR("->")))
			break;
	return i;
}

/* In front of "->" words of a case, behind it kinds of expectations. */
static bool
columns_read(struct reading *r, const struct stmt *s, struct columns *c)
{
	bool is_good = true, is_known;
	size_t i;

	c->cells = cells_of(s, r->arena, &c->count);
	c->arrow = arrow_of(c->cells, c->count);
	for (i = 0; i < c->count; i++) {
		is_known = i < c->arrow ?
		    word_find(c->cells[i].text) < COUNT(words) :
		    i == c->arrow || expect_is_column(c->cells[i].text);
		if (is_known)
			continue;
		is_good = false;
		diag_add(r->diag, DG_ERROR, "P0449", c->cells[i].place,
		    i < c->arrow ? "before -> stand words of a case: client "
		    "helo from to ..." : "behind -> stands what is expected: "
		    "verdict score folder ...",
		    "there is no column \"%.*s\"",
		    STR_ARG(c->cells[i].text));
	}
	return is_good;
}

/* How often, and how many may be wrong. */
struct rounds {
	struct str    title;
	uint64_t      times;
	usec_t        every;
	struct score *score;
};

static void
row_read(struct reading *r, const struct stmt *s, const struct columns *c,
    struct play *play, const struct rounds *rounds)
{
	struct scene *scene;
	struct cell *cells;
	size_t i, count;

	cells = cells_of(s, r->arena, &count);
	if (count != c->count || arrow_of(cells, count) != c->arrow) {
		diag_add(r->diag, DG_ERROR, "P0450", stmt_place(s),
		    "a cell that says nothing is written - or *",
		    "this row does not fit the %zu columns above it",
		    c->count);
		return;
	}
	scene = play_add_scene(play, stmt_place(s), rounds->title);
	scene->is_pause = rounds->every > 0;
	scene->after = rounds->every;
	scene->score = rounds->score;
	if (scene->score != NULL)
		scene->score->last = scene;
	for (i = 0; i < count; i++) {
		if (i < c->arrow)
			(void)scene_set(scene, c->cells[i].text,
			    cells[i].text, cells[i].place, r);
		else if (i > c->arrow)
			expect_cell(r, c->cells[i].text, cells[i].text,
			    cells[i].place, &scene->expects);
	}
	finish(scene, r);
}

/* wrong <= N */
static int
read_wrong(const struct stmt *s, size_t *at, struct rounds *rounds,
    struct reading *r)
{
	struct score *score;
	uint64_t most;

	if (*at + 3 >= s->count || !str_eq(s->nodes[*at + 1].text, STR("<=")) ||
	    value_count(s->nodes[*at + 2].text, TIMES_MOST, &most) != 0)
		return -E_INVALID;
	score = arena_alloc(r->arena, sizeof *score);
	score->place = stmt_place(s);
	score->title = rounds->title;
	score->most = most;
	score->said = arena_printf(r->arena, "wrong <= %llu",
	    (unsigned long long)most);
	rounds->score = score;
	*at += 3;
	return 0;
}

/* One of: repeat N, every TIME, wrong <= N. */
static int
read_option(const struct stmt *s, size_t *at, struct rounds *rounds,
    struct reading *r)
{
	struct str word = s->nodes[*at].text;
	struct str value = *at + 2 < s->count ? s->nodes[*at + 1].text :
	    STR("");

	if (str_eq(word, STR("wrong")))
		return read_wrong(s, at, rounds, r);
	*at += 2;
	if (str_eq(word, STR("repeat")))
		return value_count(value, TIMES_MOST, &rounds->times);
	if (str_eq(word, STR("every")))
		return value_duration(value, &rounds->every);
	return -E_INVALID;
}

static uint64_t
rows_of(const struct stmt *first)
{
	uint64_t n = 0;

	for (; first != NULL; first = first->next)
		n++;
	return n;
}

/* All between "table" and the block. */
static bool
rounds_read(struct reading *r, const struct stmt *s, struct rounds *rounds)
{
	size_t at = 1;

	*rounds = (struct rounds){ .title = STR("table"), .times = 1 };
	if (s->count > 2 && s->nodes[1].kind == ND_STRING)
		rounds->title = s->nodes[at++].text;
	while (at + 1 < s->count) {
		if (read_option(s, &at, rounds, r) == 0)
			continue;
		diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s),
		    "table \"TITLE\" repeat 100 every 1s wrong <= 20 { ... }",
		    "this says not how often, nor how many may be wrong");
		return false;
	}
	return true;
}

void
scene_read_table(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *block = scene_block(r, s);
	const struct stmt *row;
	struct columns columns;
	struct rounds rounds;
	uint64_t i;

	if (block == NULL || !rounds_read(r, s, &rounds))
		return;
	if (block->stmts == NULL || block->stmts->next == NULL) {
		diag_add(r->diag, DG_ERROR, "P0450", stmt_place(s), NULL,
		    "a table has a line of columns and at least one row");
		return;
	}
	if (!columns_read(r, block->stmts, &columns))
		return;
	if (rounds.times * rows_of(block->stmts->next) +
	    ((struct play *)conf)->scene_count > TIMES_MOST) {
		diag_add(r->diag, DG_ERROR, "P0448", stmt_place(s), NULL,
		    "a play has at most %d scenes, repeats unrolled",
		    TIMES_MOST);
		return;
	}
	for (i = 0; i < rounds.times; i++)
		for (row = block->stmts->next; row != NULL; row = row->next)
			row_read(r, row, &columns, conf, &rounds);
}
