/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - postern.conf as struct settings, complete and checked.
 *
 * Called by: daemon/ at start and for -t and -T; sim/ for plays that bring a
 * configuration.
 * Always holds: settings are given out only when nothing was wrong.
 * KNOWN GAPS: of resolv.conf only nameserver lines are read; options
 * (timeout, attempts, rotate) are not followed.
 */
#include <stdlib.h>

#include "base/name.h"
#include "conf/read.h"
#include "mail/path.h"

#define SERVERS_MAX 3   /* of resolv.conf, as in resolv.conf(5)           */

/* --- what one setting alone does not say --------------------------------- */

/* `dir` moves the paths of other statements, so it is looked for first. */
static struct str
find_dir(const struct stmt *s, struct arena *arena)
{
	for (; s != NULL; s = s->next)
		if (stmt_is(s, "dir") && s->count == 2 &&
		    s->nodes[1].kind <= ND_STRING)
			return source_beside(arena,
			    s->nodes[1].place.source->name, s->nodes[1].text);
	return STR("");
}

static void
finish_names(struct reading *r, struct settings *c)
{
	struct str host, name;

	if (c->name.len == 0) {
		c->name = STR("localhost");
		if (r->reader->read(r->reader, STR(SOURCE_HOSTNAME), r->arena,
		    &host, NULL) == 0 &&
		    value_name(host, r->arena, &name) == 0)
			c->name = name;
	}
	if (c->authserv.len == 0)
		c->authserv = c->name;
}

static void
finish_postmaster(struct reading *r, struct settings *c)
{
	struct str text = c->postmaster;
	struct path path;
	size_t used;

	if (text.len == 0)
		return;
	text = arena_printf(r->arena, "<%.*s>", STR_ARG(text));
	if (path_parse(text, r->arena, &path, &used) == 0 &&
	    path.kind == PT_MAILBOX && used == text.len)
		c->postmaster = path.text;
	else
		diag_add(r->diag, DG_ERROR, "P0042",
		    schema_place(r, c, "postmaster"),
		    "for instance postmaster@example.org",
		    "\"%.*s\" is not a mail address", STR_ARG(c->postmaster));
}

static void
finish_paths(struct reading *r, struct settings *c)
{
	struct place where = schema_place(r, c, "state");

	if (where.source != NULL)
		c->state = conf_path(r, where, c->state);
	else if (c->dir.len > 0)
		c->state = arena_printf(r->arena, "%.*s/state",
		    STR_ARG(c->dir));
	where = schema_place(r, c, "policy");
	if (where.source != NULL && (str_ends_case(c->policy, STR(".policy")) ||
	    str_find(c->policy, '/') < c->policy.len))
		c->policy = source_beside(r->arena, where.source->name,
		    c->policy);
}

static void
finish_listens(struct reading *r, struct settings *c)
{
	static const struct { const char *text; bool has_domain; } presets[] = {
		{ "127.0.0.1:2525", false }, { "0.0.0.0:25", true },
		{ "[::]:25", true },
	};
	struct listen_conf *l;
	size_t i;

	if (c->listen_count > 0)
		return;
	c->listens = arena_array(r->arena, COUNT(presets),
	    sizeof *c->listens);
	for (i = 0; i < COUNT(presets); i++) {
		if (presets[i].has_domain != (c->domain_count > 0))
			continue;
		l = &c->listens[c->listen_count++];
		must(value_endpoint(str_of(presets[i].text), 0, &l->at) == 0);
	}
}

/* --- resolver ------------------------------------------------------------ */

/* The servers of resolv.conf(5); 127.0.0.1 when it names none, as libc. */
static void
servers_of_system(struct reading *r, struct resolver_conf *dns)
{
	struct str text = { 0 }, line, word;
	struct fault fault;
	struct endpoint at;

	(void)r->reader->read(r->reader, STR("/etc/resolv.conf"), r->arena,
	    &text, &fault);
	dns->servers = arena_array(r->arena, SERVERS_MAX,
	    sizeof *dns->servers);
	while (text.p != NULL && dns->server_count < SERVERS_MAX) {
		line = str_split(&text, '\n');
		line = str_trim(str_sub(line, 0, str_find(line, '\r')));
		word = str_sub(line, 0, sizeof "nameserver" - 1);
		line = str_from(line, word.len);
		if (!str_eq(word, STR("nameserver")) ||
		    str_trim(line).len == line.len)
			continue;
		if (value_endpoint(str_trim(line), 53, &at) == 0)
			dns->servers[dns->server_count++] = at;
	}
	if (dns->server_count == 0)
		dns->servers[dns->server_count++] =
		    (struct endpoint){ ip_v4(127, 0, 0, 1), 53 };
}

static void
finish_resolver(struct reading *r, struct settings *c)
{
	struct resolver_conf *dns = &c->resolver;
	struct place where = schema_place(r, dns, "ttl-low");

	if (dns->server_count == 0)
		servers_of_system(r, dns);
	if (dns->ttl_low <= dns->ttl_high)
		return;
	if (where.source == NULL)
		where = schema_place(r, dns, "ttl-high");
	diag_add(r->diag, DG_ERROR, "P0045", where, NULL,
	    "\"ttl-low\" is over \"ttl-high\"");
}

/* --- domains ------------------------------------------------------------- */

/* By name; equal ones as they were written. */
static int
domain_compare(const void *a, const void *b)
{
	const struct domain_conf *const *x = a, *const *y = b;
	int order = str_cmp((*x)->name, (*y)->name);

	if (order != 0)
		return order;
	return *x < *y ? -1 : *x > *y;
}

/* Each owner once, in the order of the domains. */
static void
finish_owners(struct reading *r, struct settings *c)
{
	struct domain_conf *d;
	size_t i, k;

	c->owners = arena_array(r->arena, OWNERS_MAX, sizeof *c->owners);
	for (i = 0; i < c->domain_count; i++) {
		d = &c->domains[i];
		if (d->deliver == NULL)
			continue;
		for (k = 0; k < c->owner_count; k++)
			if (str_eq(c->owners[k], d->deliver->owner))
				break;
		if (k == OWNERS_MAX) {
			diag_add(r->diag, DG_ERROR, "P0046", d->place, NULL,
			    "mailboxes have at most %d owners", OWNERS_MAX);
			return;
		}
		if (k == c->owner_count)
			c->owners[c->owner_count++] = d->deliver->owner;
		d->owner = (unsigned)k;
	}
}

static void
finish_domains(struct reading *r, struct settings *c)
{
	const struct domain_conf **by_name;
	size_t i;

	if (c->deliver == NULL && c->dir.len > 0)
		c->deliver = deliver_below(r->arena, c->dir);
	by_name = arena_array(r->arena, c->domain_count, sizeof *by_name);
	for (i = 0; i < c->domain_count; i++) {
		by_name[i] = &c->domains[i];
		if (c->domains[i].deliver == NULL)
			c->domains[i].deliver = c->deliver;
		if (c->domains[i].deliver == NULL)
			diag_add(r->diag, DG_ERROR, "P0038",
			    c->domains[i].place,
			    "add: deliver maildir /srv/mail/%d/%u",
			    "nothing says where mail for %.*s goes",
			    STR_ARG(c->domains[i].name));
	}
	if (c->domain_count > 0)
		qsort(by_name, c->domain_count, sizeof *by_name,
		    domain_compare);
	for (i = 1; i < c->domain_count; i++)
		if (str_eq(by_name[i]->name, by_name[i - 1]->name))
			diag_twice(r->diag, "P0035", by_name[i]->place,
			    by_name[i - 1]->place, "%.*s is named twice",
			    STR_ARG(by_name[i]->name));
	c->by_name = by_name;
	finish_owners(r, c);
}

uint64_t
settings_free_bytes(const struct settings *c, uint64_t size)
{
	return c->limits.free_space >= SETTING_NONE ? 0 :
	    c->limits.free_space + size + size / 2;
}

uint64_t
settings_free_inodes(const struct settings *c)
{
	return c->limits.free_inodes >= SETTING_NONE ? 0 :
	    c->limits.free_inodes;
}

const struct domain_conf *
settings_domain(const struct settings *c, struct str name)
{
	size_t low = 0, high = c->domain_count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = str_cmp(name, c->by_name[middle]->name);
		if (order == 0)
			return c->by_name[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- all of it ----------------------------------------------------------- */

int
conf_read(const struct stmt *stmts, struct str file, struct reader *reader,
    struct arena *arena, struct diagnostics *d, struct settings **settings)
{
	struct settings *c = arena_alloc(arena, sizeof *c);
	struct reading r = { .arena = arena, .diag = d, .reader = reader,
		.more = c };
	size_t folder = str_find_last(file, '/');
	unsigned before = diag_count(d, DG_ERROR);

	schema_preset(settings_table, c);
	schema_preset(resolver_table, &c->resolver);
	c->greet_wait = 2 * SEC;
	c->log.to = LT_STDERR;
	c->folder = folder == file.len ? STR(".") :
	    arena_str(arena, str_sub(file, 0, folder > 0 ? folder : 1));
	c->dir = find_dir(stmts, arena);
	schema_read(settings_table, stmts, c, &r);
	finish_names(&r, c);
	finish_postmaster(&r, c);
	finish_paths(&r, c);
	finish_control(&r, c);
	finish_listens(&r, c);
	finish_tls(&r, c);
	finish_resolver(&r, c);
	finish_domains(&r, c);
	c->origin_count = schema_origins(&r, &c->origins);
	if (diag_count(d, DG_ERROR) > before)
		return -E_INVALID;
	*settings = c;
	return 0;
}

int
conf_load(struct reader *reader, struct str path, struct arena *arena,
    struct diagnostics *d, struct settings **settings)
{
	const struct stmt *stmts = NULL;
	unsigned before = diag_count(d, DG_ERROR);
	struct settings *c;
	int rc;

	if (path.len > 0)
		stmts = tree_load(reader, path, arena, d);
	rc = conf_read(stmts, path, reader, arena, d, &c);
	if (rc != 0 || diag_count(d, DG_ERROR) > before)
		return -E_INVALID;
	*settings = c;
	return 0;
}
