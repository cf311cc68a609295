/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command - one line of the client, taken apart.
 *
 *	line      = verb [ 1*SP rest ]
 *	mail      = "FROM:" *SP reverse-path *( 1*SP parameter )
 *	rcpt      = "TO:" *SP forward-path *( 1*SP parameter )
 *	parameter = keyword [ "=" value ]
 *	keyword   = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
 *	value     = 1*( %d33-60 / %d62-126 )        ; no "=", no blank
 *
 * Called by: smtp/verbs.c.
 *
 * What is tolerated (catalogue 27, RFC 5321 4.1.1): verbs and keywords in
 * any case, blanks after the colon and at the end of a line. A path without
 * its <> is not. Nothing is repaired: what is not in the grammar is answered
 * and forgotten.
 *
 * Source: RFC 5321 4.1.1, 4.1.2, 1870 6.1 (SIZE), 6152 (BODY).
 */
#include <string.h>

#include "base/error.h"
#include "smtp/command.h"

static bool
has_byte(struct str s, bool (*is)(unsigned char))
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (is((unsigned char)s.p[i]))
			return true;
	return false;
}

static bool
is_8bit(unsigned char c)
{
	return c >= 0x80;
}

static bool
is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

enum reply_id
command_split(struct str line, struct command *cmd)
{
	size_t at;

	if (line.len > 0 && memchr(line.p, '\0', line.len) != NULL)
		return RP_NUL_LINE;
	at = str_find(line, ' ');
	cmd->verb = str_sub(line, 0, at);
	cmd->rest = str_trim(str_from(line, at));
	return RP_NONE;
}

/* --- parameters ---------------------------------------------------------- */

static enum reply_id
read_size(struct str value, struct mail_args *args)
{
	int rc = str_number(value, UINT64_MAX - 1, &args->size);

	if (rc == -E_TOOBIG)
		args->size = UINT64_MAX;
	else if (rc != 0)
		return RP_BAD_VALUE;
	args->has_size = true;
	return RP_NONE;
}

static enum reply_id
read_body(struct str value, struct mail_args *args)
{
	if (str_eq_case(value, STR("7BIT")))
		args->body = BODY_7BIT;
	else if (str_eq_case(value, STR("8BITMIME")))
		args->body = BODY_8BITMIME;
	else
		return RP_BAD_VALUE;
	return RP_NONE;
}

/* Those of MAIL. RCPT has none: DSN is not offered. */
static const struct parameter {
	const char *keyword;
	enum reply_id (*read)(struct str value, struct mail_args *);
} parameters[] = {
	{ "SIZE", read_size },
	{ "BODY", read_body },
};

static bool
is_keyword(struct str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && !(c == '-' && i > 0))
			return false;
	}
	return s.len > 0;
}

/* One parameter; seen has a bit for each that was there before. */
static enum reply_id
read_parameter(struct str text, struct mail_args *args, unsigned *seen)
{
	struct str keyword = str_sub(text, 0, str_find(text, '='));
	struct str value = str_from(text, keyword.len + 1);
	size_t i;

	if (!is_keyword(keyword) ||
	    (value.len == 0 && keyword.len < text.len) ||
	    str_find(value, '=') < value.len)
		return RP_BAD_VALUE;
	for (i = 0; args != NULL && i < COUNT(parameters); i++) {
		if (!str_eq_case(keyword, str_of(parameters[i].keyword)))
			continue;
		if ((*seen & 1u << i) != 0)
			return RP_BAD_VALUE;
		*seen |= 1u << i;
		return parameters[i].read(value, args);
	}
	return RP_BAD_PARAM;
}

/* In: what follows the path. args NULL: none is offered. */
static enum reply_id
read_parameters(struct str rest, struct mail_args *args)
{
	enum reply_id rp = RP_NONE;
	unsigned seen = 0;
	struct str word;

	if (rest.len > 0 && rest.p[0] != ' ')
		return RP_BAD_VALUE;
	while (rest.p != NULL && rp == RP_NONE) {
		word = str_split(&rest, ' ');
		if (word.len > 0)
			rp = read_parameter(word, args, &seen);
	}
	return rp;
}

/* --- MAIL, RCPT, HELO ---------------------------------------------------- */

/* "FROM:<...>" or "TO:<...>". Out: *after, what follows the path. */
static enum reply_id
read_path(struct str rest, struct str word, enum reply_id wrong,
    struct arena *arena, struct path *path, struct str *behind)
{
	size_t used;

	if (!str_starts_case(rest, word))
		return wrong;
	rest = str_trim(str_from(rest, word.len));
	if (has_byte(rest, is_8bit))
		return RP_8BIT_PATH;
	if (path_parse(rest, arena, path, &used) != 0)
		return wrong;
	*behind = str_from(rest, used);
	return RP_NONE;
}

enum reply_id
command_mail(struct str rest, struct arena *arena, struct mail_args *args)
{
	struct mail_args got = { .body = BODY_7BIT };
	enum reply_id rp;
	struct str behind;

	rp = read_path(rest, STR("FROM:"), RP_BAD_SENDER, arena, &got.sender,
	    &behind);
	/* <postmaster> is an address to send to, never from: a reverse-path
	 * has a domain. */
	if (rp == RP_NONE && got.sender.kind == PT_LOCAL)
		rp = RP_BAD_SENDER;
	if (rp == RP_NONE)
		rp = read_parameters(behind, &got);
	if (rp == RP_NONE)
		*args = got;
	return rp;
}

enum reply_id
command_rcpt(struct str rest, struct arena *arena, struct path *rcpt)
{
	enum reply_id rp;
	struct str behind;
	struct path path;

	rp = read_path(rest, STR("TO:"), RP_BAD_RCPT, arena, &path, &behind);
	if (rp == RP_NONE && path.kind == PT_NULL)
		rp = RP_BAD_RCPT;
	if (rp == RP_NONE)
		rp = read_parameters(behind, NULL);
	if (rp == RP_NONE)
		*rcpt = path;
	return rp;
}

enum reply_id
command_hello(struct str rest, struct str *helo)
{
	if (rest.len == 0 || rest.len > COMMAND_HELO ||
	    has_byte(rest, is_control))
		return RP_SYNTAX;
	if (has_byte(rest, is_8bit))
		return RP_8BIT_LINE;
	*helo = rest;
	return RP_NONE;
}
