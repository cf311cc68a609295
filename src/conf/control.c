/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the statement `control PATH { group NAME }`: where tools ask the
 * keeper, and who may.
 *
 * Called by: lang/schema.c by way of the table in conf/settings.c; load.c.
 * Always holds: the path is absolute and fits a socket's address.
 */
#include <sys/un.h>

#include "conf/read.h"

#define DEFAULT_PATH "/run/postern/control"
#define PATH_MOST    (sizeof ((struct sockaddr_un *)NULL)->sun_path - 1)

const struct setting control_table[] = {
	{ "group", SK_TEXT, offsetof(struct control_conf, group),
	  .arguments = "NAME",
	  .help = "Group of the system whose members may ask too. Default: "
	      "root alone, or whoever runs it" },
	{ 0 }
};

/* control = PATH [ block ] */
void
read_control(struct reading *r, const struct stmt *s, void *conf)
{
	struct control_conf *c = &((struct settings *)conf)->control;
	const struct node *path = schema_value(r, s, 1);
	const struct stmt *block = NULL;

	if (path == NULL || !schema_end(r, s, 2, &block))
		return;
	c->place = path->place;
	c->path = conf_path(r, path->place, path->text);
	schema_read(control_table, block, c, r);
	if (c->path.len > PATH_MOST)
		diag_add(r->diag, DG_ERROR, "P0043", path->place, NULL,
		    "a socket's path has at most %zu bytes; this one, %.*s, "
		    "has %zu", PATH_MOST, STR_ARG(c->path), c->path.len);
}

/* Below a long `dir` nobody can ask, but mail comes in: the log says so. */
void
finish_control(struct reading *r, struct settings *c)
{
	if (c->control.path.len == 0)
		c->control.path = c->dir.len == 0 ? STR(DEFAULT_PATH) :
		    arena_printf(r->arena, "%.*s/control", STR_ARG(c->dir));
}

void
print_control(const void *conf, unsigned indent, struct buf *out)
{
	const struct control_conf *c = &((const struct settings *)conf)->control;

	conf_indent(out, indent);
	(void)buf_add_str(out, STR("control "));
	value_write(c->path, out);
	if (c->group.len > 0) {
		(void)buf_add_str(out, STR(" {\n"));
		schema_print_inside(control_table, c, indent + 1, out);
		conf_indent(out, indent);
		(void)buf_add_byte(out, '}');
	}
	(void)buf_add_byte(out, '\n');
}
