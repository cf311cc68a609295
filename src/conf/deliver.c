/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deliver - how mail gets into mailboxes, for all domains or for one.
 *
 * Called by: lang/schema.c by way of the tables, conf/domain.c.
 * Always holds: a pattern that was taken has %u, no other % than %d and %u
 * (in folders that were put in front of it neither), and no "..".
 * KNOWN GAPS: whether the folder exists and may be written to is seen by
 * the store, when it opens it.
 */
#include <string.h>

#include "conf/read.h"

#define PATH_BYTES 1000u    /* of a pattern                              */
#define DEFAULT_OWNER "vmail"
#define JUNK_MAX   200u     /* bytes of what marks junk                  */

/* --- junk ---------------------------------------------------------------- */

static const char *const junk_words[] = { [JUNK_FOLDER] = "folder",
	[JUNK_HEADER] = "header", [JUNK_ADDRESS] = "address", NULL, "hold",
	NULL };

bool
is_printable(struct str s, const char *but)
{
	uint8_t c;
	size_t i;

	for (i = 0; i < s.len; i++) {
		c = (uint8_t)s.p[i];
		if (c < ' ' || c >= 0x7f || strchr(but, c) != NULL)
			return false;
	}
	return true;
}

/* Maildir++: a dot in front of each name, no name is empty. */
static bool
is_junk_folder(struct str s)
{
	struct str rest = str_from(s, 1);

	if (s.len < 2 || s.p[0] != '.' || !is_printable(s, "/ "))
		return false;
	while (rest.p != NULL)
		if (str_split(&rest, '.').len == 0)
			return false;
	return true;
}

/* field = name ":" SP value, in one line */
static bool
is_junk_header(struct str s)
{
	struct str rest = s, name = str_split(&rest, ':');

	return name.len > 0 && is_printable(name, " ") &&
	    str_trim(rest).len > 0 && is_printable(rest, "");
}

/* What makes ann into ann+Junk. */
static bool
is_junk_address(struct str s)
{
	return s.len >= 2 && (s.p[0] == '+' || s.p[0] == '-') &&
	    is_printable(s, "/ \"(),:;<>@[\\]") &&
	    s.p[s.len - 1] != '.';
}

/* junk = ( "folder" NAME / "header" FIELD / "address" SUFFIX ) */
static void
read_junk(struct reading *r, const struct stmt *s, void *conf)
{
	static const struct {
		bool (*is_right)(struct str);
		const char *example;
	} ways[] = {
		[JUNK_FOLDER] = { is_junk_folder, "junk folder \".Junk\"" },
		[JUNK_HEADER] = { is_junk_header,
		    "junk header \"X-Spam-Flag: YES\"" },
		[JUNK_ADDRESS] = { is_junk_address, "junk address \"+Junk\"" },
	};
	struct deliver_conf *d = conf;
	const struct node *way = schema_value(r, s, 1), *text;
	int kind;

	if (way == NULL || (kind = schema_choice(r, s, way, junk_words)) < 0)
		return;
	text = schema_value(r, s, 2);
	if (text == NULL || !schema_end(r, s, 3, NULL))
		return;
	if (text->text.len > JUNK_MAX || !ways[kind].is_right(text->text)) {
		diag_add(r->diag, DG_ERROR, "P0041", text->place,
		    ways[kind].example, "junk cannot be marked with the %s "
		    "\"%.*s\"", junk_words[kind], STR_ARG(text->text));
		return;
	}
	d->junk = (enum junk_kind)kind;
	d->junk_text = arena_str(r->arena, text->text);
}

static void
print_junk(const void *conf, unsigned indent, struct buf *out)
{
	const struct deliver_conf *d = conf;

	conf_indent(out, indent);
	(void)buf_addf(out, "junk %s ", junk_words[d->junk]);
	value_write(d->junk_text, out);
	(void)buf_add_byte(out, '\n');
}

const struct setting deliver_table[] = {
	{ "junk", SK_OTHER, .preset = "folder .Junk",
	  .arguments = "folder NAME | header FIELD | address SUFFIX",
	  .read = read_junk, .print = print_junk,
	  .help = "What becomes of mail that is taken but not wanted" },
	{ "owner", SK_TEXT, offsetof(struct deliver_conf, owner),
	  .preset = DEFAULT_OWNER, .arguments = "USER",
	  .help = "Who owns the mailboxes and writes them, when started as "
	      "root" },
	{ 0 }
};

/* --- the pattern --------------------------------------------------------- */

static struct deliver_conf *
deliver_new(struct arena *arena, struct str pattern)
{
	struct deliver_conf *d = arena_alloc(arena, sizeof *d);

	d->pattern = pattern;
	d->junk = JUNK_FOLDER;
	d->junk_text = STR(".Junk");
	d->owner = STR(DEFAULT_OWNER);
	return d;
}

struct deliver_conf *
deliver_below(struct arena *arena, struct str dir)
{
	return deliver_new(arena, arena_printf(arena, "%.*s/mail/%%d/%%u",
	    STR_ARG(dir)));
}

/* Whether a pattern can be used; says why not. */
static bool
check_pattern(struct reading *r, const struct node *node)
{
	struct str s = node->text, rest = s, step;
	struct place at = node->place;
	bool has_user = false, goes_up = false;
	size_t i;

	for (i = str_find(s, '%'); i < s.len;
	    i += 2 + str_find(str_from(s, i + 2), '%')) {
		if (i + 1 < s.len && strchr("du", s.p[i + 1]) != NULL) {
			has_user |= s.p[i + 1] == 'u';
			continue;
		}
		diag_add(r->diag, DG_ERROR, "P0037", at,
		    "%d is the domain, %u the mailbox",
		    "no \"%.*s\" in a pattern", STR_ARG(str_sub(s, i, 2)));
		return false;
	}
	while (rest.p != NULL) {
		step = str_split(&rest, '/');
		goes_up |= str_eq(step, STR(".."));
	}
	if (goes_up || s.len > PATH_BYTES) {
		diag_add(r->diag, DG_ERROR, "P0043", at, NULL, goes_up ?
		    "a pattern cannot hold \"..\"" :
		    "a pattern has at most %u bytes", PATH_BYTES);
		return false;
	}
	if (!has_user)
		diag_add(r->diag, DG_ERROR, "P0036", at,
		    "for instance /srv/mail/%d/%u",
		    "all mailboxes would be the one folder \"%.*s\"",
		    STR_ARG(s));
	return has_user;
}

static unsigned
percents(struct str s)
{
	unsigned n = 0;

	while (s.p != NULL) {
		(void)str_split(&s, '%');
		n++;
	}
	return n;
}

/* --- statements ---------------------------------------------------------- */

/* Who it is in truth the system knows, when the processes are made. */
static void
check_owner(struct reading *r, const struct stmt *s,
    const struct deliver_conf *d)
{
	if (d->owner.len > 0 && is_printable(d->owner, " /:") &&
	    !str_eq(d->owner, STR("root")))
		return;
	diag_add(r->diag, DG_ERROR, "P0046", s->nodes[0].place,
	    "for instance owner vmail",
	    "\"%.*s\" cannot own mailboxes", STR_ARG(d->owner));
}

/* deliver = "maildir" PATTERN [ block ] */
struct deliver_conf *
deliver_read(struct reading *r, const struct stmt *s)
{
	static const char *const words[] = { "maildir", NULL, "lmtp", "smtp",
		NULL };
	const struct node *way = schema_value(r, s, 1), *pattern;
	struct deliver_conf *d = deliver_new(r->arena, STR(""));
	const struct stmt *block = NULL;

	if (way == NULL || schema_choice(r, s, way, words) < 0)
		return d;
	pattern = schema_value(r, s, 2);
	if (pattern == NULL || !check_pattern(r, pattern) ||
	    !schema_end(r, s, 3, &block))
		return d;
	d->pattern = conf_path(r, pattern->place, pattern->text);
	if (percents(d->pattern) > percents(pattern->text))
		diag_add(r->diag, DG_ERROR, "P0043", pattern->place,
		    "write the whole path", "this pattern is below a folder "
		    "with a %% in its name");
	schema_read(deliver_table, block, d, r);
	check_owner(r, s, d);
	return d;
}

void
read_deliver(struct reading *r, const struct stmt *s, void *conf)
{
	((struct settings *)conf)->deliver = deliver_read(r, s);
}

void
deliver_write(const struct deliver_conf *d, unsigned indent, struct buf *out)
{
	conf_indent(out, indent);
	(void)buf_add_str(out, STR("deliver maildir "));
	value_write(d->pattern, out);
	(void)buf_add_str(out, STR(" {\n"));
	schema_print_inside(deliver_table, d, indent + 1, out);
	conf_indent(out, indent);
	(void)buf_add_str(out, STR("}\n"));
}

void
print_deliver(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;

	if (c->deliver != NULL)
		deliver_write(c->deliver, indent, out);
}
