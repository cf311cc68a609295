/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain - our domains and who lives there.
 *
 * Called by: lang/schema.c by way of the tables.
 * Always holds: a user of a table can be a folder name (no "/", no dot in
 * front, printable ASCII); tables are sorted case-blind and name each user
 * once.
 */
#include <stdlib.h>

#include "base/name.h"
#include "conf/read.h"
#include "mail/path.h"

#define USERS_MAX 1000000u  /* of one table                              */

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

/* Case-blind; of two spellings the one with capitals stands first, so that
 * the same one stays whatever sorts. */
static int
local_compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int order = str_cmp_case(*x, *y);

	return order != 0 ? order : str_cmp(*x, *y);
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
		if (i == 0 || !str_eq_case(users[i], users[i - 1]))
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
