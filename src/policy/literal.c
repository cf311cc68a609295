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

int
literal_read(struct compiling *c, const struct node *n,
    const struct fact_decl *d, enum test_op op, struct literal *l)
{
	int rc = 0;

	if (!node_is_text(n))
		rc = -E_INVALID;
	else if (op == OP_LIKE)
		rc = literal_glob(d, n->text, &l->text);
	else if (d->type == FT_TEXT)
		l->text = n->text;
	else if (d->type == FT_MAIL)
		rc = mail_read(c->arena, n->text, &l->text);
	else if (d->type == FT_NUMBER)
		rc = value_number(n->text, &l->number);
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
