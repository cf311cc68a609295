/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMARC records, and the field that tells what came of them. A record that
 * is read prints to one that reads the same; whatever results are made of,
 * they make one Authentication-Results field.
 */
#include <string.h>

#include "filters/dmarc_record.h"
#include "mail/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_read_back(const struct dmarc_record *r, struct arena *a)
{
	struct str one = dmarc_record_print(r, a);
	struct dmarc_record again;

	must(r->p <= DP_REJECT && r->sp <= DP_UNSET && r->np <= DP_UNSET);
	must(!r->is_useless || (r->p == DP_NONE && r->sp == DP_UNSET));
	one = arena_printf(a, "v=DMARC1; %.*s", STR_ARG(one));
	if (one.len > DMARC_RECORD)     /* defaults are written out */
		return;
	must(dmarc_record_read(one, &again) == 0);
	must(again.p == r->p && again.sp == r->sp && again.np == r->np);
	must(again.is_dkim_strict == r->is_dkim_strict);
	must(again.is_spf_strict == r->is_spf_strict);
	must(again.is_testing == r->is_testing && again.psd == r->psd);
	must(str_eq(again.rua, r->rua) && str_eq(again.fo, r->fo));
}

/* All lines but the first begin with a tab; no line is too long. */
static void
must_be_one_field(struct str s)
{
	struct str line;

	must(s.len <= AUTH_FIELD);
	while (s.len > 0) {
		line = str_split(&s, '\n');
		must(line.len > 0 && line.len <= 999);
		must(str_find(line, '\r') == line.len - 1);
		must(s.len == 0 || s.p[0] == '\t');
	}
}

/* A value is one value: nothing in it ends it. */
static void
must_be_a_value(struct str text, struct arena *a)
{
	struct str value = auth_value(a, text), result;
	struct buf b = BUF_INIT(0);

	result = arena_printf(a, "x=y header.x=%.*s", STR_ARG(value));
	must(auth_field(&b, STR("us"), &result, 1) == 0);
	must_be_one_field(buf_str(&b));
	must(str_find(buf_str(&b), ';') == strlen(
	    "Authentication-Results: us"));
	must(!str_ends_case(buf_str(&b), STR("none\r\n")) ||
	    str_ends_case(value, STR("none")));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, rest = text;
	struct arena *a = arena_new(0);
	struct buf b = BUF_INIT(0);
	struct dmarc_record r;
	struct str results[8];
	size_t n = 0;
	int rc = dmarc_record_read(text, &r);

	must(rc == 0 || rc == -E_NOTFOUND || rc == -E_INVALID);
	if (rc == 0)
		must_read_back(&r, a);
	must_be_a_value(text, a);
	while (n < COUNT(results) && rest.len > 0)
		results[n++] = str_split(&rest, '\n');
	must(auth_field(&b, str_sub(text, 0, 100), results, n) == 0);
	must_be_one_field(buf_str(&b));
	buf_free(&b);
	arena_free(&a);
	return 0;
}
