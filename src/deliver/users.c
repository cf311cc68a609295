/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users - from a local part to a mailbox, without any disk.
 *
 * Called by: local.c and remote.c.
 * Always holds (design.md P8, catalogue 103): what a client typed is found in
 * a table, or has passed is_folder_user, before it becomes part of a path.
 *
 * Source: RFC 5321 4.1.2 (local parts are case-blind here, as everybody
 * expects of a mailbox).
 */
#include "deliver/users.h"

#include <string.h>

#include "deliver/below.h"
#include "mail/path.h"

/* --- patterns ------------------------------------------------------------ */

/*
 * pattern = [ root "/" ] below  ; below begins with the component that has
 *                               ; the first %u or %d
 */
int
users_pattern(struct str pattern, struct str *root, struct str *below)
{
	size_t i, first = str_find(pattern, '%'), users = 0, slash;

	if (first == pattern.len)
		return -E_INVALID;
	for (i = first; i < pattern.len; i++) {
		if (pattern.p[i] != '%')
			continue;
		i++;
		if (i == pattern.len || pattern.p[i] == '\0' ||
		    strchr("ud%", pattern.p[i]) == NULL)
			return -E_INVALID;
		users += pattern.p[i] == 'u';
	}
	if (users == 0)
		return -E_INVALID;
	slash = str_find_last(str_sub(pattern, 0, first), '/');
	*root = slash == first ? STR(".") :
	    str_sub(pattern, 0, slash == 0 ? 1 : slash);
	*below = slash == first ? pattern : str_from(pattern, slash + 1);
	return 0;
}

/* The pattern with domain and user in their places. */
static struct str
folder_of(const struct users *u, struct str user, struct arena *a)
{
	struct str part, rest = u->below, out = { "", 0 };

	for (;;) {
		part = str_split(&rest, '%');
		out = arena_printf(a, "%.*s%.*s", STR_ARG(out),
		    STR_ARG(part));
		if (rest.p == NULL)
			return out;
		part = rest.p[0] == 'u' ? user :
		    rest.p[0] == 'd' ? u->domain : STR("%");
		out = arena_printf(a, "%.*s%.*s", STR_ARG(out),
		    STR_ARG(part));
		rest = str_from(rest, 1);
	}
}

/* --- tables -------------------------------------------------------------- */

int
users_check(const struct users *u, struct fault *f)
{
	size_t i;

	for (i = 0; u->has_table && i < u->count; i++) {
		if (!below_is_name(u->list[i]) || u->list[i].p[0] == '.') {
			fault_set(f, "\"%.*s\" in the table of %.*s cannot be "
			    "the name of a folder; use one without \"/\" and "
			    "no dot first", STR_ARG(u->list[i]),
			    STR_ARG(u->domain));
			return -E_INVALID;
		}
		must(i == 0 || str_cmp_case(u->list[i - 1], u->list[i]) < 0);
	}
	return 0;
}

static const struct str *
look_up(const struct users *u, struct str local)
{
	size_t low = 0, high = u->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = str_cmp_case(local, u->list[middle]);
		if (order == 0)
			return &u->list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- users --------------------------------------------------------------- */

/* Whether a lower-case local part may name a folder that exists. */
static bool
is_folder_user(struct str s)
{
	size_t i;

	if (s.len == 0 || s.len > PATH_LOCAL_MAX || s.p[0] == '.')
		return false;
	for (i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    (s.p[i] == '\0' || strchr("._+-=", s.p[i]) == NULL))
			return false;
	return true;
}

bool
users_find(const struct users *u, struct str local, struct arena *a,
    struct mailbox *out)
{
	struct mailbox box = { .domain = u->domain };
	const struct str *user;

	if (u->has_table) {
		user = look_up(u, local);
		if (user == NULL)
			return false;
		box.local = *user;
	} else {
		box.local = arena_lower(a, local);
		if (!is_folder_user(box.local))
			return false;
	}
	box.folder = folder_of(u, box.local, a);
	*out = box;
	return true;
}

bool
users_owns(const struct users *u, const struct mailbox *box,
    struct arena *a)
{
	struct mailbox own;

	return users_find(u, box->local, a, &own) &&
	    str_eq(own.local, box->local) && str_eq(own.folder, box->folder);
}
