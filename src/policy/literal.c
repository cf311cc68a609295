/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * literal - the values that a text compares facts with.
 *
 * Called by: cond.c.
 * Always holds: a value is of its fact's type and in the form in which facts
 * of this type come: names as A-labels, addresses in lower case.
 * Source: language.md 3, "Statuses" (how domains and local parts compare).
 */
#include "policy/compile.h"

#include "base/date.h"
#include "lang/value.h"
#include "policy/text.h"

/* What to write instead, by type. */
const char *
type_remedy(enum fact_type type, enum test_op op)
{
	static const char *const forms[] = {
		[FT_TRUTH] = "a truth stands alone: NAME, or not NAME",
		[FT_NUMBER] = "a number: NAME > 3",
		[FT_TEXT] = "a text: NAME = \"...\" or NAME like \"*...\"",
		[FT_NAME] = "a name: NAME = a.example, NAME in @TABLE or "
		    "NAME like \"*.example\"",
		[FT_MAIL] = "an address: NAME = \"a@b.example\" or NAME like "
		    "\"*@b.example\"",
		[FT_ADDRESS] = "an IP address: NAME = 192.0.2.1 or NAME in "
		    "{192.0.2.0/24}",
		[FT_WORD] = "a word: NAME = WORD or NAME in {WORD WORD}",
		[FT_SET] = "a set: NAME = x, NAME in {...}, NAME all in {...}",
		[FT_TIME] = "a moment: now < 2027-06-30",
	};

	return type == FT_SET && op == OP_NE ? "write: not NAME = VALUE" :
	    forms[type];
}

static int
literal_word(struct compiling *c, const struct node *n,
    const struct fact_decl *d, struct literal *l)
{
	size_t i;

	for (i = 0; d->words[i] != NULL; i++)
		if (str_eq(n->text, str_of(d->words[i]))) {
			l->word = (int)i;
			return 0;
		}
	compile_error(c, n->place, "P0115", text_did_you_mean(c->arena,
	    diag_nearest(n->text, d->words, i)),
	    "\"%.*s\" is no word of %s", STR_ARG(n->text), d->name);
	return -E_INVALID;
}

/* Names are compared as A-labels, which no glob can be turned into. */
static int
literal_glob(const struct fact_decl *d, struct str text, struct str *glob)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if ((uint8_t)text.p[i] >= 0x80 && d->type != FT_TEXT)
			return -E_INVALID;
	*glob = text;
	return text.len > 0 ? 0 : -E_INVALID;
}

/* A number; sizes may be written as such. */
static int
literal_number(const struct fact_decl *d, struct str text, int64_t *n)
{
	uint64_t bytes;

	if (value_number(text, n) == 0)
		return 0;
	if (d->unit == NULL || !str_eq(str_of(d->unit), STR("bytes")) ||
	    value_size(text, UINT64_C(1) << 40, &bytes) != 0)
		return -E_INVALID;
	*n = (int64_t)bytes * 100;
	return 0;
}

/* "helo.name = client.name" would compare with these eleven letters. */
static bool
literal_is_fact(struct compiling *c, const struct node *n,
    const struct fact_decl *d)
{
	if (n->kind != ND_WORD ||
	    vocabulary_find(c->env->vocabulary, n->text) < 0)
		return false;
	compile_error(c, n->place, "P0116", "in quotes it would be a text",
	    "%s can be compared with values, not with the fact %.*s", d->name,
	    STR_ARG(n->text));
	return true;
}

int
literal_read(struct compiling *c, const struct node *n,
    const struct fact_decl *d, enum test_op op, struct literal *l)
{
	int rc = 0;

	if (d->type != FT_WORD && literal_is_fact(c, n, d))
		return -E_INVALID;
	if (!node_is_text(n))
		rc = -E_INVALID;
	else if (op == OP_LIKE)
		rc = literal_glob(d, n->text, &l->text);
	else if (d->type == FT_TEXT)
		l->text = n->text;
	else if (d->type == FT_MAIL)
		rc = mail_read(c->arena, n->text, &l->text);
	else if (d->type == FT_NUMBER)
		rc = literal_number(d, n->text, &l->number);
	else if (d->type == FT_TIME)
		rc = date_parse(n->text, &l->number);
	else if (d->type == FT_ADDRESS)
		rc = net_parse(n->text, &l->net);
	else if (d->type == FT_WORD)
		return literal_word(c, n, d, l);
	else
		rc = value_name(n->text, c->arena, &l->text);
	if (rc != 0)
		compile_error(c, n->place, "P0116", type_remedy(d->type, op),
		    "%s cannot be compared with \"%.*s\"", d->name,
		    STR_ARG(n->text));
	return rc;
}
