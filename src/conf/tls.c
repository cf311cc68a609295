/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls - the statement `tls FOLDER { minimum 1.2 }`: one certificate, its key,
 * and the oldest version of TLS that is spoken.
 *
 * Called by: lang/schema.c by way of the table in conf/settings.c; load.c.
 * Always holds: all tls_conf have the same minimum, since a client names the
 * version that it can before it is known which certificate it wants. No file
 * is looked at here: daemon/certs.c does that, because a bad certificate
 * must not stop plain mail.
 */
#include "conf/read.h"

/* In the order of enum tls_version, from TLS_1_0 on. */
static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3", NULL };

const struct setting tls_table[] = {
	{ "minimum", SK_WORD, offsetof(struct tls_conf, minimum),
	  .preset = "1.2", .words = versions,
	  .help = "Older versions of TLS are not spoken" },
	{ 0 }
};

/* tls = FOLDER [ block ] */
void
read_tls(struct reading *r, const struct stmt *s, void *conf)
{
	struct tls_conf *t = arena_alloc(r->arena, sizeof *t);
	const struct node *folder = schema_value(r, s, 1);
	const struct stmt *block = NULL;
	struct settings *c = conf;

	if (folder == NULL || !schema_end(r, s, 2, &block))
		return;
	schema_preset(tls_table, t);
	schema_read(tls_table, block, t, r);
	t->folder = source_beside(r->arena, folder->place.source->name,
	    folder->text);
	t->chain = arena_printf(r->arena, "%.*s/fullchain.pem",
	    STR_ARG(t->folder));
	t->key = arena_printf(r->arena, "%.*s/privkey.pem",
	    STR_ARG(t->folder));
	t->place = folder->place;
	t->minimum_place = schema_place(r, t, "minimum");
	c->tls = array_add(r->arena, c->tls, c->tls_count, sizeof *c->tls);
	c->tls[c->tls_count++] = *t;
}

/* What one statement says holds for those that say nothing. */
void
finish_tls(struct reading *r, struct settings *c)
{
	const struct tls_conf *said = NULL, *t;
	size_t i;

	for (i = 0; i < c->tls_count; i++) {
		t = &c->tls[i];
		if (t->minimum_place.source == NULL)
			continue;
		if (said != NULL && said->minimum != t->minimum)
			diag_twice(r->diag, "P0045", t->minimum_place,
			    said->minimum_place, "\"minimum\" holds for all "
			    "certificates, and is said to be %s and %s",
			    versions[said->minimum], versions[t->minimum]);
		said = t;
	}
	for (i = 0; said != NULL && i < c->tls_count; i++)
		c->tls[i].minimum = said->minimum;
}

enum tls_version
settings_tls_minimum(const struct settings *c)
{
	return c->tls_count == 0 ? TLS_1_2 :
	    (enum tls_version)(TLS_1_0 + c->tls[0].minimum);
}

void
print_tls(const void *conf, unsigned indent, struct buf *out)
{
	const struct settings *c = conf;
	size_t i;

	for (i = 0; i < c->tls_count; i++) {
		conf_indent(out, indent);
		(void)buf_add_str(out, STR("tls "));
		value_write(c->tls[i].folder, out);
		(void)buf_add_str(out, STR(" {\n"));
		schema_print_inside(tls_table, &c->tls[i], indent + 1, out);
		conf_indent(out, indent);
		(void)buf_add_str(out, STR("}\n"));
	}
}
