/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read - listen, resolver, greet and log: read, and written again.
 *
 * Called by: lang/schema.c by way of the tables in conf/settings.c.
 * Always holds: what could not be read leaves what was there before.
 */
#include <string.h>

#include "conf/read.h"

#define GREET_MAX (60 * SEC)  /* clients wait 300 s (RFC 5321 4.5.3.2.1)  */

void *
array_add(struct arena *arena, void *array, size_t count, size_t size)
{
	void *grown;

	/* there is room up to the next power of two */
	if (count != 0 && (count & (count - 1)) != 0)
		return array;
	grown = arena_array(arena, count == 0 ? 1 : 2 * count, size);
	if (count > 0)
		memcpy(grown, array, count * size);
	return grown;
}

void
conf_indent(struct buf *out, unsigned tabs)
{
	while (tabs-- > 0)
		(void)buf_add_byte(out, '\t');
}

struct str
conf_path(const struct reading *r, struct place where, struct str path)
{
	const struct settings *c = r->more;
	struct str file = where.source->name;

	if (c->dir.len > 0)     /* beside a file that would be in dir */
		file = arena_printf(r->arena, "%.*s/.", STR_ARG(c->dir));
	return source_beside(r->arena, file, path);
}

/* --- dir ----------------------------------------------------------------- */

/* Only looks whether it is well written: it moves other paths, so load.c has
 * found it before any statement was read. */
void
read_dir(struct reading *r, const struct stmt *s, void *conf)
{
	const struct settings *c = conf;

	if (schema_value(r, s, 1) == NULL || !schema_end(r, s, 2, NULL))
		return;
	if (str_find(c->dir, '%') < c->dir.len)
		diag_add(r->diag, DG_ERROR, "P0043", s->nodes[1].place, NULL,
		    "no mailbox can be below %.*s: a %% has a meaning there",
		    STR_ARG(c->dir));
}

void
print_dir(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;

	if (c->dir.len == 0)
		return;
	conf_indent(out, indent);
	(void)buf_add_str(out, STR("dir "));
	value_write(c->dir, out);
	(void)buf_add_byte(out, '\n');
}

/* --- listen -------------------------------------------------------------- */

/* listen = 1*ADDRESS *( "tls" / "proxy" "from" 1*NET ) */

/* Whether this address is listened on already; says so. */
static bool
is_listened(struct reading *r, struct endpoint at, struct place where)
{
	const struct settings *c = r->more;
	char text[ENDPOINT_TEXT];
	size_t i;

	for (i = 0; i < c->listen_count; i++) {
		if (!ip_eq(c->listens[i].at.ip, at.ip) ||
		    c->listens[i].at.port != at.port)
			continue;
		(void)endpoint_print(at, text);
		diag_twice(r->diag, "P0044", where, c->listens[i].place,
		    "%s is listened on twice", text);
		return true;
	}
	return false;
}

/* Reads one address into a new listen_conf. */
static void
listen_add(struct reading *r, struct settings *c, const struct node *node)
{
	struct endpoint at;

	if (value_endpoint(node->text, 0, &at) != 0) {
		diag_add(r->diag, DG_ERROR, "P0032", node->place,
		    "for instance 0.0.0.0:25 or [::1]:2525",
		    "\"%.*s\" is not an address with a port",
		    STR_ARG(node->text));
		return;
	}
	if (is_listened(r, at, node->place))
		return;
	c->listens = array_add(r->arena, c->listens, c->listen_count,
	    sizeof *c->listens);
	c->listens[c->listen_count++] = (struct listen_conf){ .at = at,
		.place = node->place };
}

/* No address starts with a letter but IPv6, which has colons. */
static bool
is_keyword(struct str s)
{
	return s.len > 0 && s.p[0] >= 'a' && s.p[0] <= 'z' &&
	    str_find(s, ':') == s.len;
}

/* Reads nets from node *i up to a word or the end. */
static void
read_nets(struct reading *r, const struct stmt *s, size_t *i,
    struct listen_conf *more)
{
	const struct node *node;
	struct net net;

	do {
		node = schema_value(r, s, *i);
		if (node == NULL)
			return;
		if (net_parse(node->text, &net) != 0) {
			diag_add(r->diag, DG_ERROR, "P0033", node->place,
			    "for instance 10.0.0.0/24; bits behind the prefix "
			    "are zero", "\"%.*s\" is not a network",
			    STR_ARG(node->text));
			continue;
		}
		more->proxy_from = array_add(r->arena, more->proxy_from,
		    more->proxy_count, sizeof net);
		more->proxy_from[more->proxy_count++] = net;
	} while (++*i < s->count && !is_keyword(s->nodes[*i].text));
}

/* Reads the word at node *i that stands behind the addresses, and what
 * belongs to it. False: the rest has no meaning. */
static bool
read_more(struct reading *r, const struct stmt *s, size_t *i,
    struct listen_conf *more)
{
	static const char *const words[] = { "proxy", "tls", NULL, NULL };
	const struct node *node = schema_value(r, s, *i);
	int word;

	if (node == NULL || (word = schema_choice(r, s, node, words)) < 0)
		return false;
	++*i;
	if (str_eq(str_of(words[word]), STR("tls"))) {
		more->is_tls = true;
		return true;
	}
	node = schema_value(r, s, (*i)++);
	if (node == NULL)
		return false;
	if (!str_eq(node->text, STR("from"))) {
		diag_add(r->diag, DG_ERROR, "P0028", node->place,
		    "for instance proxy from 10.0.0.0/24",
		    "\"proxy\" is followed by \"from\"");
		return false;
	}
	read_nets(r, s, i, more);
	return true;
}

void
read_listen(struct reading *r, const struct stmt *s, void *conf)
{
	struct settings *c = conf;
	size_t i = 1, first = c->listen_count;
	struct listen_conf more = { .proxy_from = NULL };
	const struct node *node;

	do {
		node = schema_value(r, s, i++);
		if (node == NULL)
			return;
		listen_add(r, c, node);
	} while (i < s->count && !is_keyword(s->nodes[i].text));
	while (i < s->count && read_more(r, s, &i, &more))
		continue;
	for (; first < c->listen_count; first++) {
		c->listens[first].proxy_from = more.proxy_from;
		c->listens[first].proxy_count = more.proxy_count;
		c->listens[first].is_tls = more.is_tls;
	}
}

void
print_listen(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;
	const struct listen_conf *l;
	char at[ENDPOINT_TEXT], net[IP_TEXT + 4];
	size_t i, k;

	for (i = 0; i < c->listen_count; i++) {
		l = &c->listens[i];
		(void)endpoint_print(l->at, at);
		conf_indent(out, indent);
		(void)buf_addf(out, "listen %s%s%s", at,
		    l->is_tls ? " tls" : "", l->proxy_count > 0 ? " proxy from" : "");
		for (k = 0; k < l->proxy_count; k++) {
			(void)net_print(l->proxy_from[k], net);
			(void)buf_addf(out, " %s", net);
		}
		(void)buf_add_byte(out, '\n');
	}
}

/* --- resolver ------------------------------------------------------------ */

/* resolver = *ADDRESS [ block ], at least one of both */
void
read_resolver(struct reading *r, const struct stmt *s, void *conf)
{
	struct settings *c = conf;
	struct resolver_conf *dns = &c->resolver;
	const struct stmt *block = NULL;
	const struct node *node;
	struct endpoint at;
	size_t i;

	if (s->count == 1 && schema_value(r, s, 1) == NULL)
		return;
	for (i = 1; i < s->count && s->nodes[i].kind != ND_BLOCK; i++) {
		node = schema_value(r, s, i);
		if (node == NULL)
			return;
		if (value_endpoint(node->text, 53, &at) != 0) {
			diag_add(r->diag, DG_ERROR, "P0040", node->place,
			    "for instance 127.0.0.1 or [::1]:53",
			    "\"%.*s\" is not the address of a resolver",
			    STR_ARG(node->text));
			continue;
		}
		dns->servers = array_add(r->arena, dns->servers,
		    dns->server_count, sizeof *dns->servers);
		dns->servers[dns->server_count++] = at;
	}
	if (schema_end(r, s, i, &block))
		schema_read(resolver_table, block, dns, r);
}

void
print_resolver(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;
	char at[ENDPOINT_TEXT];
	size_t i;

	conf_indent(out, indent);
	(void)buf_add_str(out, STR("resolver"));
	for (i = 0; i < c->resolver.server_count; i++) {
		(void)endpoint_print(c->resolver.servers[i], at);
		(void)buf_addf(out, " %s", at);
	}
	(void)buf_add_str(out, STR(" {\n"));
	schema_print_inside(resolver_table, &c->resolver, indent + 1, out);
	conf_indent(out, indent);
	(void)buf_add_str(out, STR("}\n"));
}

/* --- greet --------------------------------------------------------------- */

/* greet = "wait" DURATION */
void
read_greet(struct reading *r, const struct stmt *s, void *conf)
{
	static const char *const words[] = { "wait", NULL, NULL };
	struct settings *c = conf;
	const struct node *word = schema_value(r, s, 1), *span;

	if (word == NULL || schema_choice(r, s, word, words) < 0)
		return;
	span = schema_value(r, s, 2);
	if (span != NULL && schema_end(r, s, 3, NULL))
		(void)schema_duration(r, s, span, 0, GREET_MAX,
		    &c->greet_wait);
}

void
print_greet(const void *conf, unsigned indent, struct buf *out)
{
	char span[VALUE_TEXT];

	(void)duration_print(((const struct settings *)conf)->greet_wait,
	    span);
	conf_indent(out, indent);
	(void)buf_addf(out, "greet wait %s\n", span);
}

/* --- log ----------------------------------------------------------------- */

static const char *const log_words[] = { [LT_STDERR] = "stderr",
	[LT_FILE] = "file", [LT_SYSLOG] = "syslog", NULL, "journal", NULL };

static const char *const format_words[] = { "logfmt", NULL, "json", NULL };

static void
read_format(struct reading *r, const struct stmt *s, void *conf)
{
	const struct node *node = schema_value(r, s, 1);

	(void)conf;             /* there is no choice yet */
	if (node != NULL && schema_choice(r, s, node, format_words) >= 0)
		(void)schema_end(r, s, 2, NULL);
}

static void
print_format(const void *conf, unsigned indent, struct buf *out)
{
	(void)conf;
	conf_indent(out, indent);
	(void)buf_addf(out, "format %s\n", format_words[0]);
}

const struct setting log_table[] = {
	{ "format", SK_OTHER, .preset = "logfmt", .arguments = "logfmt",
	  .read = read_format, .print = print_format,
	  .help = "How a line is written" },
	{ 0 }
};

/* log = ( "stderr" / "file" PATH / "syslog" ) [ block ] */
void
read_log(struct reading *r, const struct stmt *s, void *conf)
{
	struct settings *c = conf;
	const struct node *node = schema_value(r, s, 1);
	const struct stmt *block = NULL;
	struct log_conf log = { 0 };
	size_t i = 2;
	int to;

	if (node == NULL || (to = schema_choice(r, s, node, log_words)) < 0)
		return;
	log.to = (enum log_to)to;
	if (log.to == LT_FILE) {
		node = schema_value(r, s, i++);
		if (node == NULL)
			return;
		log.path = conf_path(r, node->place, node->text);
	}
	if (!schema_end(r, s, i, &block))
		return;
	c->log = log;
	schema_read(log_table, block, &c->log, r);
}

void
print_log(const void *conf, unsigned indent, struct buf *out)
{
	const struct log_conf *log = &((const struct settings *)conf)->log;

	conf_indent(out, indent);
	(void)buf_addf(out, "log %s", log_words[log->to]);
	if (log->to == LT_FILE) {
		(void)buf_add_byte(out, ' ');
		value_write(log->path, out);
	}
	(void)buf_add_str(out, STR(" {\n"));
	schema_print_inside(log_table, log, indent + 1, out);
	conf_indent(out, indent);
	(void)buf_add_str(out, STR("}\n"));
}
