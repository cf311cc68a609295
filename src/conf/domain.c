/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain - our domains, who lives there, and how mail gets to them.
 *
 * Called by: lang/schema.c by way of the tables.
 * Always holds: a user of a table can be a folder name (no "/", no dot in
 * front, printable ASCII); tables are sorted case-blind and name each user
 * once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "conf/read.h"
#include "mail/path.h"

#define USERS_MAX  1000000u /* of one table                              */
#define PATH_BYTES 1000u    /* of a pattern                              */
#define JUNK_MAX   200u     /* bytes of what marks junk                  */

/* One line of a users table. */
struct user {
	struct str   local;
	struct str   domain;    /* "": of every domain that has the table   */
	struct place place;
	bool         is_taken;  /* by a domain                              */
};

/* What the block of one domain statement says. */
struct household {
	enum users_kind      users_kind;
	struct user         *users;
	size_t               user_count;
	struct deliver_conf *deliver;
};

/* --- deliver ------------------------------------------------------------- */

static const char *const junk_words[] = { [JUNK_FOLDER] = "folder",
	[JUNK_HEADER] = "header", [JUNK_ADDRESS] = "address", NULL, "hold",
	NULL };

/* Whether all bytes are printable ASCII and none is in `but`. */
static bool
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
	SETTING_LATER("owner"),
	{ 0 }
};

static struct deliver_conf *
deliver_new(struct arena *arena, struct str pattern)
{
	struct deliver_conf *d = arena_alloc(arena, sizeof *d);

	d->pattern = pattern;
	d->junk = JUNK_FOLDER;
	d->junk_text = STR(".Junk");
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

/* deliver = "maildir" PATTERN [ block ]. Never NULL: what is wrong was said
 * once, and no domain shall complain that there is nothing. */
static struct deliver_conf *
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
	return d;
}

void
read_deliver(struct reading *r, const struct stmt *s, void *conf)
{
	((struct settings *)conf)->deliver = deliver_read(r, s);
}

static void
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

/* --- users --------------------------------------------------------------- */

static const char *const users_words[] = { [USERS_MAILDIR] = "maildir",
	[USERS_TABLE] = "table", NULL, "passwd", "dovecot", "lmtp", "smtp",
	NULL };

/* Takes local@domain apart; the domain may be written with U-labels. */
static bool
address_read(struct arena *arena, struct str text, struct user *user)
{
	size_t at = str_find_last(text, '@'), used;
	struct str domain, written;
	struct path path;

	if (value_name(str_from(text, at + 1), arena, &domain) != 0)
		return false;
	written = arena_printf(arena, "<%.*s@%.*s>",
	    STR_ARG(str_sub(text, 0, at)), STR_ARG(domain));
	if (path_parse(written, arena, &path, &used) != 0 ||
	    path.kind != PT_MAILBOX || used != written.len)
		return false;
	user->local = path.local;
	user->domain = path.domain;
	return true;
}

/* Adds one entry of a table: a local part, or an address. */
static void
user_add(struct reading *r, struct household *h, struct str text,
    struct place where)
{
	struct user user = { .local = text, .place = where };

	if ((str_find(text, '@') < text.len &&
	    !address_read(r->arena, text, &user)) || user.local.len == 0 ||
	    user.local.len > PATH_LOCAL_MAX || user.local.p[0] == '.' ||
	    !is_printable(user.local, "/@")) {
		diag_add(r->diag, DG_ERROR, "P0039", where, NULL,
		    "\"%.*s\" cannot be a user", STR_ARG(text));
		return;
	}
	if (h->user_count == USERS_MAX) {
		diag_add(r->diag, DG_ERROR, "P0011", where, NULL,
		    "more than %u users in one table", USERS_MAX);
		return;
	}
	user.local = arena_str(r->arena, user.local);
	h->users = array_add(r->arena, h->users, h->user_count,
	    sizeof *h->users);
	h->users[h->user_count++] = user;
}

/* A line without its comment, which starts where a word could. */
static struct str
without_comment(struct str line)
{
	size_t at = str_find(line, '#');

	while (at < line.len && at > 0 && line.p[at - 1] != ' ' &&
	    line.p[at - 1] != '\t')
		at += 1 + str_find(str_from(line, at + 1), '#');
	line = str_sub(line, 0, at);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return str_trim(line);
}

/* users table "FILE": an entry a line. */
static void
users_file(struct reading *r, struct household *h, const struct node *name)
{
	struct source *source = arena_alloc(r->arena, sizeof *source);
	struct place where = { .source = source, .column = 1 };
	struct fault fault;
	struct str rest, line;

	source->name = source_beside(r->arena, name->place.source->name,
	    name->text);
	if (r->reader->read(r->reader, source->name, r->arena, &source->text,
	    &fault) != 0) {
		diag_add(r->diag, DG_ERROR, "P0001", name->place, NULL, "%s",
		    fault.text);
		return;
	}
	diag_saw(r->diag, source);
	for (rest = source->text; rest.p != NULL;) {
		line = without_comment(str_split(&rest, '\n'));
		where.line++;
		if (line.len == 0)
			continue;
		where.length = (unsigned)line.len;
		user_add(r, h, line, where);
	}
}

/* users table { ann bob "x y" } */
static void
users_inline(struct reading *r, struct household *h, const struct stmt *s)
{
	const struct node *node;
	size_t i;

	for (; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++) {
			node = &s->nodes[i];
			if (node->kind == ND_WORD || node->kind == ND_STRING)
				user_add(r, h, node->text, node->place);
			else
				diag_add(r->diag, DG_ERROR, "P0039",
				    node->place, "put names in quotes",
				    "this cannot be a user");
		}
}

/* users = "maildir" / "table" ( FILE / block ) */
static void
read_users(struct reading *r, const struct stmt *s, void *conf)
{
	struct household *h = conf;
	const struct node *node = schema_value(r, s, 1);
	const struct stmt *block = NULL;
	int kind;

	if (node == NULL || (kind = schema_choice(r, s, node,
	    users_words)) < 0)
		return;
	h->users_kind = (enum users_kind)kind;
	if (h->users_kind == USERS_MAILDIR) {
		(void)schema_end(r, s, 2, NULL);
	} else if (s->count > 2 && s->nodes[2].kind == ND_BLOCK) {
		if (schema_end(r, s, 2, &block))
			users_inline(r, h, block);
	} else {
		node = schema_value(r, s, 2);
		if (node != NULL && schema_end(r, s, 3, NULL))
			users_file(r, h, node);
	}
}

static int
local_compare(const void *a, const void *b)
{
	return str_cmp_case(*(const struct str *)a, *(const struct str *)b);
}

/* The users of one of the domains that have a table. */
static void
users_take(struct arena *arena, struct household *h, struct domain_conf *d)
{
	struct str *users = arena_array(arena, h->user_count, sizeof *users);
	size_t i, n = 0, kept = 0;

	for (i = 0; i < h->user_count; i++)
		if (h->users[i].domain.len == 0 ||
		    str_eq(h->users[i].domain, d->name)) {
			users[n++] = h->users[i].local;
			h->users[i].is_taken = true;
		}
	if (n > 0)
		qsort(users, n, sizeof *users, local_compare);
	for (i = 0; i < n; i++)
		if (i == 0 || local_compare(&users[i], &users[i - 1]) != 0)
			users[kept++] = users[i];
	d->users = users;
	d->user_count = kept;
}

/* --- domain -------------------------------------------------------------- */

static void
read_own_deliver(struct reading *r, const struct stmt *s, void *conf)
{
	((struct household *)conf)->deliver = deliver_read(r, s);
}

/* For the defaults only; print_domain writes what is in force. */
const struct setting domain_table[] = {
	{ "users", SK_OTHER, .preset = "maildir", .read = read_users,
	  .help = "Who lives there. maildir: whoever has a folder; "
	      "table FILE or table { NAME... }: whoever is named" },
	{ "deliver", SK_OTHER, .arguments = "maildir PATTERN",
	  .read = read_own_deliver,
	  .help = "Where its mail goes, when not where all mail goes" },
	SETTING_LATER("aliases"),
	SETTING_LATER("catch"),
	SETTING_LATER("tag"),
	{ 0 }
};

static void
domain_add(struct reading *r, struct settings *c, struct household *h,
    const struct node *node)
{
	struct domain_conf *d;
	struct str name;

	if (value_name(node->text, r->arena, &name) != 0 ||
	    !name_is_domain(name)) {
		diag_add(r->diag, DG_ERROR, "P0034", node->place,
		    "for instance example.org",
		    "\"%.*s\" is not a mail domain", STR_ARG(node->text));
		return;
	}
	c->domains = array_add(r->arena, c->domains, c->domain_count,
	    sizeof *c->domains);
	d = &c->domains[c->domain_count++];
	d->name = name;
	d->place = node->place;
	d->deliver = h->deliver;
	d->users_kind = h->users_kind;
	users_take(r->arena, h, d);
}

/* domain = 1*NAME [ block ] */
void
read_domain(struct reading *r, const struct stmt *s, void *conf)
{
	/* in the arena: its address tells its settings from another's */
	struct household *h = arena_alloc(r->arena, sizeof *h);
	const struct stmt *block = NULL;
	const struct node *node = schema_value(r, s, 1);
	size_t i, end;

	if (node == NULL)
		return;
	for (end = 1; end < s->count && s->nodes[end].kind != ND_BLOCK;)
		if (schema_value(r, s, end++) == NULL)
			return;
	if (!schema_end(r, s, end, &block))
		return;
	schema_read(domain_table, block, h, r);
	for (i = 1; i < end; i++)
		domain_add(r, conf, h, &s->nodes[i]);
	for (i = 0; i < h->user_count; i++)
		if (!h->users[i].is_taken)
			diag_add(r->diag, DG_ERROR, "P0039",
			    h->users[i].place, NULL,
			    "%.*s is not a domain that has this table",
			    STR_ARG(h->users[i].domain));
}

static void
users_write(const struct domain_conf *d, unsigned indent, struct buf *out)
{
	size_t i;

	conf_indent(out, indent);
	(void)buf_addf(out, "users %s", users_words[d->users_kind]);
	if (d->users_kind == USERS_TABLE) {
		(void)buf_add_str(out, STR(" {\n"));
		for (i = 0; i < d->user_count; i++) {
			conf_indent(out, indent + 1);
			value_write(d->users[i], out);
			(void)buf_add_byte(out, '\n');
		}
		conf_indent(out, indent);
		(void)buf_add_byte(out, '}');
	}
	(void)buf_add_byte(out, '\n');
}

void
print_domain(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;
	const struct domain_conf *d;
	size_t i;

	for (i = 0; i < c->domain_count; i++) {
		d = &c->domains[i];
		conf_indent(out, indent);
		(void)buf_addf(out, "domain %.*s {\n", STR_ARG(d->name));
		users_write(d, indent + 1, out);
		if (d->deliver != c->deliver)
			deliver_write(d->deliver, indent + 1, out);
		conf_indent(out, indent);
		(void)buf_add_str(out, STR("}\n"));
	}
}
