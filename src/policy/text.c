/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text - facts and remedies as words for people.
 *
 * Called by: the compiler (remedies, names in reply texts), the judge
 * (expanding the text of the line that decided).
 * Always holds: an expanded text is printable ASCII without CR or LF,
 * whatever a stranger put into a fact (catalogue 35).
 */
#include "policy/text.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"

const char *
text_did_you_mean(struct arena *a, const char *word)
{
	if (word == NULL)
		return NULL;
	return arena_printf(a, "did you mean %s?", word).p;
}

static struct str
text_set(const struct fact *f, struct arena *a)
{
	struct str s = { 0 };
	size_t i;

	for (i = 0; i < f->set.count; i++)
		s = i == 0 ? f->set.member[0] : arena_printf(a, "%.*s %.*s",
		    STR_ARG(s), STR_ARG(f->set.member[i]));
	return s;
}

static struct str
text_known(const struct fact_decl *d, const struct fact *f, struct arena *a)
{
	char number[24];

	switch (d->type) {
	case FT_TRUTH:
		return f->truth ? STR("yes") : STR("no");
	case FT_NUMBER:
		points_print(f->number, 0, number);
		return arena_str(a, str_of(number));
	case FT_WORD:
		return str_of(d->words[f->word]);
	case FT_ADDRESS:
		return ip_text(a, f->ip);
	case FT_SET:
		return text_set(f, a);
	case FT_TEXT:
	case FT_NAME:
	case FT_MAIL:
		return f->text;
	case FT_TIME:
		break;
	}
	must(!"a fact has a type, and now is not stated");
}

static struct str
text_now(usec_t now, struct arena *a)
{
	char date[DATE_TEXT];

	return arena_str(a, (struct str){ date, date_rfc3339(now, false,
	    date) });
}

struct str
text_fact(const struct facts *facts, int fact, struct arena *a)
{
	const struct fact *f = &facts->fact[fact];

	if (fact == FACT_NOW)
		return text_now(facts->now, a);
	if (f->status == FS_ABSENT || f->status == FS_NOT_ASKED)
		return STR("none");
	if (f->status != FS_KNOWN)
		return STR("unknown");
	return text_known(vocabulary_decl(facts->vocabulary, fact), f, a);
}

bool
text_next_name(struct str pattern, size_t *at, struct str *name)
{
	struct str rest = str_from(pattern, *at);
	size_t open = str_find(rest, '{');
	size_t close;

	if (open == rest.len)
		return false;
	close = str_find(str_from(rest, open), '}');
	if (open + close == rest.len)
		return false;
	*name = str_sub(rest, open + 1, close - 1);
	*at += open + close + 1;
	return true;
}

struct str
text_expand(struct str pattern, const struct facts *facts, struct arena *a)
{
	struct buf b = BUF_INIT(2048);
	char shown[TEXT_FACT];
	struct str name, s;
	size_t at = 0, from = 0, n;
	int fact;

	while (text_next_name(pattern, &at, &name)) {
		fact = vocabulary_find(facts->vocabulary, name);
		must(fact >= 0);
		buf_add_str(&b, str_sub(pattern, from,
		    at - from - name.len - 2));
		n = text_escape(text_fact(facts, fact, a), shown,
		    sizeof shown);
		buf_add(&b, shown, n);
		from = at;
	}
	if (from == 0)
		return pattern;
	buf_add_str(&b, str_from(pattern, from));
	s = arena_str(a, buf_str(&b));
	buf_free(&b);
	return s;
}
