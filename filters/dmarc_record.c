/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_record - reads a DMARC policy record.
 *
 *	dmarc-record  = dmarc-version *(dmarc-sep dmarc-tag) [dmarc-sep] *WSP
 *	dmarc-version = "v" equals %s"DMARC1"
 *	dmarc-tag     = 1*ALPHA equals 1*dmarc-value
 *	equals        = *WSP "=" *WSP
 *	dmarc-sep     = *WSP ";" *WSP
 *	dmarc-value   = %x20-3A / %x3C-7E       ; printable without ";"
 *
 * Names of tags and words of values are case-blind, DMARC1 is not.
 *
 * Called by: organisation.c.
 * Always holds: no answer of DNS makes more work than its length, and none is
 * written to. A record is taken for less strict than it may have been meant,
 * never for stricter: a tag that cannot be read counts as missing, and a
 * record that says one thing twice (RFC 6376 3.2, whose tag lists these are)
 * is none at all. Unknown tags, and pct, rf and ri of old, are passed over.
 * Source: RFC 9989 4.7, 4.8, 4.10.1. Catalogue 92.
 */
#include "config.h"

#include "filters/dmarc_record.h"

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_alpha(char c)
{
	char low = (char)(c | 0x20);

	return low >= 'a' && low <= 'z';
}

/* --- values --------------------------------------------------------------- */

static const char *const policy_words[] = { [DP_NONE] = "none",
	[DP_QUARANTINE] = "quarantine", [DP_REJECT] = "reject",
	[DP_UNSET] = "unset" };

const char *
dmarc_policy_word(enum dmarc_policy p)
{
	return policy_words[p];
}

static bool
read_policy(struct str value, enum dmarc_policy *p)
{
	int i;

	for (i = DP_NONE; i <= DP_REJECT; i++)
		if (str_eq_case(value, str_of(policy_words[i]))) {
			*p = (enum dmarc_policy)i;
			return true;
		}
	return false;
}

/* scheme ":" 1*byte, the scheme as in RFC 3986 3.1 */
static bool
is_uri(struct str s)
{
	size_t i, colon = str_find(s, ':');

	if (colon == 0 || colon + 1 >= s.len || !is_alpha(s.p[0]))
		return false;
	for (i = 1; i < colon; i++)
		if (!is_alpha(s.p[i]) && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    str_find(STR("+-."), s.p[i]) == 3)
			return false;
	return str_find(s, ' ') == s.len;
}

static bool
has_uri(struct str list)
{
	while (list.len > 0)
		if (is_uri(str_trim(str_split(&list, ','))))
			return true;
	return false;
}

/* --- tags ----------------------------------------------------------------- */

/* Each known tag once; the order is that of tags[]. */
enum tag { TAG_P, TAG_SP, TAG_NP, TAG_ADKIM, TAG_ASPF, TAG_T, TAG_PSD, TAG_FO,
	TAG_RUA, TAG_RUF, TAG_V, TAG_COUNT };

static const char *const tags[TAG_COUNT] = { "p", "sp", "np", "adkim", "aspf",
	"t", "psd", "fo", "rua", "ruf", "v" };

struct reader {
	struct str value[TAG_COUNT]; /* p NULL: not there                   */
};

static bool
is_value(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_wsp(s.p[i]) && (s.p[i] <= 32 || s.p[i] > 126))
			return false;
	return s.len > 0;
}

/* False: a known tag comes again. What cannot be read is passed over. */
static bool
read_tag(struct reader *r, struct str one)
{
	size_t i, equals = str_find(one, '=');
	struct str name = str_trim(str_sub(one, 0, equals));
	struct str value = str_trim(str_from(one, equals + 1));

	if (equals == one.len || !is_value(value))
		return true;
	for (i = 0; i < TAG_COUNT; i++) {
		if (!str_eq_case(name, str_of(tags[i])))
			continue;
		if (r->value[i].p != NULL)
			return false;
		r->value[i] = value;
	}
	return true;
}

/* "v" equals %s"DMARC1", and nothing else before the first ";". */
static bool
is_version(struct str one)
{
	size_t equals = str_find(one, '=');
	struct str name = str_sub(one, 0, equals);

	return equals < one.len && name.len > 0 && !is_wsp(name.p[0]) &&
	    str_eq_case(str_trim(name), STR("v")) &&
	    str_eq(str_trim(str_from(one, equals + 1)), STR("DMARC1"));
}

/* One of the policies; false: it is there, and is none. */
static bool
take_policy(const struct reader *r, enum tag tag, enum dmarc_policy *p)
{
	return r->value[tag].p == NULL || read_policy(r->value[tag], p);
}

static bool
says(const struct reader *r, enum tag tag, const char *word)
{
	return str_eq_case(r->value[tag], str_of(word));
}

/*
 * A policy that is no policy: whoever asks for reports is served as with
 * p=none, all others as if there were no DMARC (4.10.1).
 */
static void
take_policies(const struct reader *r, struct dmarc_record *out)
{
	out->p = DP_NONE;
	out->sp = out->np = DP_UNSET;
	if (take_policy(r, TAG_P, &out->p) &&
	    take_policy(r, TAG_SP, &out->sp) &&
	    take_policy(r, TAG_NP, &out->np))
		return;
	out->p = DP_NONE;
	out->sp = out->np = DP_UNSET;
	out->is_useless = !has_uri(r->value[TAG_RUA]);
}

int
dmarc_record_read(struct str text, struct dmarc_record *out)
{
	struct reader r = { 0 };

	if (!is_version(str_sub(text, 0, str_find(text, ';'))))
		return -E_NOTFOUND;
	if (text.len > DMARC_RECORD)
		return -E_INVALID;
	while (text.len > 0)
		if (!read_tag(&r, str_split(&text, ';')))
			return -E_INVALID;
	*out = (struct dmarc_record){ .fo = r.value[TAG_FO],
	    .rua = r.value[TAG_RUA], .ruf = r.value[TAG_RUF] };
	take_policies(&r, out);
	out->is_dkim_strict = says(&r, TAG_ADKIM, "s");
	out->is_spf_strict = says(&r, TAG_ASPF, "s");
	out->is_testing = says(&r, TAG_T, "y");
	if (says(&r, TAG_PSD, "y"))
		out->psd = PSD_Y;
	else if (says(&r, TAG_PSD, "n"))
		out->psd = PSD_N;
	return 0;
}

/* --- for reports ---------------------------------------------------------- */

struct str
dmarc_record_print(const struct dmarc_record *r, struct arena *a)
{
	static const char *const psd[] = { [PSD_U] = "", [PSD_N] = "; psd=n",
		[PSD_Y] = "; psd=y" };
	const struct { const char *name; struct str value; } more[] = {
		{ "fo", r->fo }, { "rua", r->rua }, { "ruf", r->ruf },
	};
	struct str out;
	size_t i;

	out = arena_printf(a, "p=%s", policy_words[r->p]);
	if (r->sp != DP_UNSET)
		out = arena_printf(a, "%.*s; sp=%s", STR_ARG(out),
		    policy_words[r->sp]);
	if (r->np != DP_UNSET)
		out = arena_printf(a, "%.*s; np=%s", STR_ARG(out),
		    policy_words[r->np]);
	out = arena_printf(a, "%.*s; adkim=%s; aspf=%s%s%s", STR_ARG(out),
	    r->is_dkim_strict ? "s" : "r", r->is_spf_strict ? "s" : "r",
	    r->is_testing ? "; t=y" : "", psd[r->psd]);
	for (i = 0; i < COUNT(more); i++)
		if (more[i].value.len > 0)
			out = arena_printf(a, "%.*s; %s=%.*s", STR_ARG(out),
			    more[i].name, STR_ARG(more[i].value));
	return out;
}
