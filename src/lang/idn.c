/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idn - domain names as a person writes them; the one user of libidn2.
 *
 * Called by: lang/schema.c (SK_NAME), conf/, policy/ (tables, values), sim/.
 * Always holds: what comes out is name_is_host, whatever libidn2 let pass
 * (it takes "a..b").
 * Source: RFC 5890, 5891, UTS 46.
 */
#include <idn2.h>

#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "lang/value.h"

#define WRITTEN_MAX 1000   /* bytes; a U-label takes more than its A-label */

static bool
is_ascii(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((uint8_t)s.p[i] >= 0x80)
			return false;
	return true;
}

int
value_name(struct str s, struct arena *arena, struct str *name)
{
	struct str plain;
	char *label;

	if (s.len == 0 || s.len > WRITTEN_MAX || str_find(s, '\0') < s.len)
		return -E_INVALID;
	if (is_ascii(s)) {
		plain = name_normal(arena, s);
	} else {
		if (idn2_to_ascii_8z(arena_str(arena, s).p, &label,
		    IDN2_NONTRANSITIONAL) != IDN2_OK)
			return -E_INVALID;
		plain = name_normal(arena, str_of(label));
		idn2_free(label);
	}
	if (!name_is_host(plain))
		return -E_INVALID;
	*name = plain;
	return 0;
}
