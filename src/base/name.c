/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name: domain names as text, what they may be made of and how they relate.
 *
 * Called by: everybody who handles a name.
 * Always holds: no call allocates but name_normal; nothing here knows the
 * public suffix list.
 * Source: RFC 1035 2.3.1 and 2.3.4, 1123 2.1, 5321 4.1.2.
 * KNOWN GAPS: escapes of master files (\.) are bytes like others; U-labels
 * are no host names, who has them turns them into A-labels first.
 */
#include "base/name.h"

#include "base/error.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* let-dig / "-" / "_" */
static bool
is_host_byte(char c)
{
	char low = (char)(c | 0x20);

	return (low >= 'a' && low <= 'z') || is_digit(c) || c == '-' ||
	    c == '_';
}

/*
 *	label = let-dig-under [*61(let-dig-under / "-") let-dig-under]
 */
static bool
label_is_host(struct str label)
{
	size_t i;

	if (label.len < 1 || label.len > LABEL_MAX || label.p[0] == '-' ||
	    label.p[label.len - 1] == '-')
		return false;
	for (i = 0; i < label.len; i++)
		if (!is_host_byte(label.p[i]))
			return false;
	return true;
}

bool
name_is_host(struct str name)
{
	if (name.len < 1 || name.len > NAME_MAX_TEXT)
		return false;
	do {
		if (!label_is_host(str_split(&name, '.')))
			return false;
	} while (name.p != NULL);
	return true;
}

bool
name_is_domain(struct str name)
{
	size_t dot = str_find_last(name, '.'), i;

	if (dot == name.len || !name_is_host(name))
		return false;
	for (i = dot + 1; i < name.len; i++)
		if (!is_digit(name.p[i]))
			return true;
	return false;   /* "192.0.2.1" is an address, not a name */
}

static struct str
without_last_dot(struct str name)
{
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	return name;
}

/* Without one dot at the front and one at the end. */
static struct str
bare(struct str name)
{
	if (name.len > 0 && name.p[0] == '.')
		name = str_from(name, 1);
	return without_last_dot(name);
}

bool
name_fits(struct str name)
{
	struct str label;

	name = without_last_dot(name);
	if (name.len < 1 || name.len > NAME_MAX_TEXT)
		return false;
	do {
		label = str_split(&name, '.');
		if (label.len < 1 || label.len > LABEL_MAX)
			return false;
	} while (name.p != NULL);
	return true;
}

struct str
name_normal(struct arena *a, struct str name)
{
	return arena_lower(a, without_last_dot(name));
}

bool
name_eq(struct str a, struct str b)
{
	return str_eq_case(bare(a), bare(b));
}

bool
name_is_below(struct str name, struct str parent)
{
	size_t border;

	name = bare(name);
	parent = bare(parent);
	if (parent.len == 0 || name.len == parent.len)
		return str_eq_case(name, parent);
	if (!str_ends_case(name, parent))
		return false;
	border = name.len - parent.len - 1;
	return name.p[border] == '.';
}

struct str
name_parent(struct str name)
{
	str_split(&name, '.');
	return name;
}

unsigned
name_labels(struct str name)
{
	unsigned n = 0;

	name = bare(name);
	while (name.len > 0) {
		str_split(&name, '.');
		n++;
	}
	return n;
}
