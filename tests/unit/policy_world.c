/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy_world - the small world in which the tests of policy/ judge.
 */
#include "policy_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lang/value.h"

static const char *const fcrdns_words[] = { "pass", "fail", "none", NULL };
static const char *const record_words[] = { "deny-all", "other", NULL };

static const struct fact_decl decls[PW_FACTS] = {
	[PW_IP] = { "client.ip", FT_ADDRESS, ST_CONNECT, FAM_NONE, NULL,
	    NULL, 0, "Address." },
	[PW_NAME] = { "client.name", FT_NAME, ST_CONNECT, FAM_CLIENT, NULL,
	    NULL, 0, "Confirmed name." },
	[PW_EARLY] = { "early", FT_TRUTH, ST_CONNECT, FAM_EARLY, NULL, NULL,
	    0, "Bytes before the banner." },
	[PW_GENERIC] = { "generic", FT_TRUTH, ST_CONNECT, FAM_CLIENT, NULL,
	    NULL, 0, "Generic name." },
	[PW_FCRDNS] = { "fcrdns", FT_WORD, ST_CONNECT, FAM_CLIENT,
	    fcrdns_words, NULL, 0, "Reverse name." },
	[PW_COUNTED] = { "counted", FT_NUMBER, ST_CONNECT, FAM_RATE, NULL,
	    "a minute", 0, "A number." },
	[PW_IGNORANT] = { "ignorant", FT_TRUTH, ST_CONNECT, FAM_LISTS, NULL,
	    NULL, FACT_IGNORANCE, "Nothing is known." },
	[PW_HELO] = { "helo.bad", FT_TRUTH, ST_HELO, FAM_HELO, NULL, NULL, 0,
	    "Bad HELO." },
	[PW_MAIL] = { "mail.address", FT_MAIL, ST_MAIL, FAM_NONE, NULL, NULL,
	    0, "Sender." },
	[PW_RECORD] = { "record", FT_WORD, ST_MAIL, FAM_AUTH, record_words,
	    NULL, 0, "A word." },
	[PW_LATE] = { "late", FT_TRUTH, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	    "Known late." },
	[PW_MISSING] = { "missing", FT_TRUTH, ST_EOM, FAM_HEADERS, NULL,
	    NULL, 0, "Known late too." },
	[PW_DOMAINS] = { "dkim.domains", FT_SET, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	    "A set." },
};

void
world_open(struct policy_world *w)
{
	w->arena = arena_new(0);
	w->vocabulary = vocabulary_new(w->arena);
	vocabulary_add(w->vocabulary, decls + 1, COUNT(decls) - 1);
	w->diag = diag_new();
}

void
world_close(struct policy_world *w)
{
	diag_free(&w->diag);
	arena_free(&w->arena);
}

/* --- files in memory ------------------------------------------------------ */

struct memory_files {
	struct reader reader;
	const char   *name[16], *text[16];
	size_t        count;
};

static int
memory_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct memory_files *m = CONTAINER(r, struct memory_files, reader);
	size_t i;

	(void)a;
	for (i = 0; i < m->count; i++)
		if (str_eq(path, str_of(m->name[i]))) {
			*text = str_of(m->text[i]);
			if (!str_eq(*text, str_of(WORLD_DENIED)))
				return 0;
			fault_set(f, "%.*s: not trusted", STR_ARG(path));
			return -E_DENIED;
		}
	fault_set(f, "%.*s: no such file", STR_ARG(path));
	return -E_NOTFOUND;
}

static int
memory_list(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	(void)r;
	(void)glob;
	(void)a;
	*paths = NULL;
	*count = 0;
	return 0;
}

const struct policy *
world_policy(struct policy_world *w, const char *text, ...)
{
	struct memory_files m = { { .read = memory_read,
		.list = memory_list, .secret = memory_read }, { "t.policy" },
		{ text }, 1 };
	const struct str folders[] = { STR("site"), STR("rules") };
	const struct str secrets[] = { STR("secrets"), STR("systemd") };
	struct policy_env env = { .reader = &m.reader,
		.vocabulary = w->vocabulary, .folders = folders,
		.folder_count = COUNT(folders), .secrets = secrets,
		.secret_count = COUNT(secrets) };
	const struct policy *p = NULL;
	const char *name;
	va_list ap;

	va_start(ap, text);
	while ((name = va_arg(ap, const char *)) != NULL) {
		must(m.count < COUNT(m.name));
		m.name[m.count] = name;
		m.text[m.count++] = va_arg(ap, const char *);
	}
	va_end(ap);
	if (policy_compile(&env, STR("t.policy"), w->arena, w->diag, &p) != 0)
		return NULL;
	return p;
}

/* --- lists ---------------------------------------------------------------- */

struct list *
world_list(struct policy_world *w, const char *text)
{
	struct source *s = arena_alloc(w->arena, sizeof *s);
	struct reading r = { .arena = w->arena, .diag = w->diag };
	struct stmt *st;

	*s = (struct source){ STR("t.list"), str_of(text) };
	st = tree_parse(s, w->arena, w->diag);
	return st == NULL ? NULL : list_read(st, &r);
}

struct list *
world_good_list(struct policy_world *w, const char *text)
{
	struct list *l = world_list(w, text);

	if (l == NULL)
		(void)fprintf(stderr, "%s\n%.*s\n", text,
		    STR_ARG(diag_text(w->diag, w->arena)));
	must(l != NULL);
	return l;
}

/* --- facts by name -------------------------------------------------------- */

struct facts *
world_facts(struct policy_world *w, enum stage stage)
{
	struct facts *f = facts_new(w->vocabulary, w->arena);
	size_t i;

	f->now = 1764028800 * SEC;      /* 2025-11-25 */
	for (i = 0; i < f->count; i++)
		if (vocabulary_decl(w->vocabulary, (int)i)->stage <= stage)
			f->fact[i].status = FS_ABSENT;
	return f;
}

static void
set_members(struct policy_world *w, struct fact *f, struct str value)
{
	struct str one;

	f->set.member = arena_array(w->arena, 8, sizeof *f->set.member);
	while (value.len > 0) {
		one = str_split(&value, ',');
		if (str_eq(one, STR("?")))
			f->is_partial = true;
		else
			f->set.member[f->set.count++] = one;
	}
}

static int
word_of(const struct fact_decl *d, struct str value)
{
	int i;

	for (i = 0; d->words[i] != NULL; i++)
		if (str_eq(value, str_of(d->words[i])))
			return i;
	must(!"a word of the fact");
}

static void
set_known(struct policy_world *w, struct fact *f, const struct fact_decl *d,
    struct str value)
{
	*f = (struct fact){ .status = FS_KNOWN };
	switch (d->type) {
	case FT_TRUTH:
		f->truth = !str_eq(value, STR("no"));
		break;
	case FT_NUMBER:
		must(value_number(value, &f->number) == 0);
		break;
	case FT_ADDRESS:
		must(ip_parse(value, &f->ip) == 0);
		break;
	case FT_WORD:
		f->word = word_of(d, value);
		break;
	case FT_SET:
		set_members(w, f, value);
		break;
	case FT_TIME:
		break;
	case FT_TEXT:
	case FT_NAME:
	case FT_MAIL:
		f->text = value;
		break;
	}
}

static bool
cut_end(struct str *s, const char *end)
{
	size_t n = strlen(end);

	if (s->len < n || !str_eq(str_from(*s, s->len - n), str_of(end)))
		return false;
	s->len -= n;
	return true;
}

static void
set_one(struct policy_world *w, struct facts *f, struct str what, bool is_not)
{
	size_t eq = str_find(what, '=');
	struct str name = str_sub(what, 0, eq), value = str_from(what, eq + 1);
	enum fact_status st = FS_KNOWN;
	enum why why = WHY_NONE;
	int fact;

	if (eq == what.len) {
		value = is_not ? STR("no") : STR("yes");
		why = cut_end(&name, "??") ? WHY_GONE : WHY_NONE;
		st = cut_end(&name, "...") ? FS_PENDING :
		    why == WHY_GONE ? FS_UNKNOWN :
		    cut_end(&name, "?") ? FS_UNKNOWN :
		    cut_end(&name, "-") ? FS_ABSENT : FS_KNOWN;
	}
	fact = vocabulary_find(w->vocabulary, name);
	must(fact >= 0);
	if (st == FS_KNOWN)
		set_known(w, &f->fact[fact],
		    vocabulary_decl(w->vocabulary, fact), value);
	else
		f->fact[fact] = (struct fact){ .status = (uint8_t)st,
			.why = (uint8_t)why };
}

void
world_set(struct policy_world *w, struct facts *f, const char *what)
{
	struct str rest = str_of(what), one;
	bool is_not = false;

	while (rest.len > 0) {
		one = str_split(&rest, ' ');
		if (str_eq(one, STR("not"))) {
			is_not = true;
			continue;
		}
		if (one.len > 0)
			set_one(w, f, one, is_not);
		is_not = false;
	}
}
