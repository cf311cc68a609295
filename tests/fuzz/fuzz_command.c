/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: the first byte picks the parser, the rest is a line. What is
 * accepted must hold what its grammar says, and a refusal must leave its
 * output alone.
 */
#include <string.h>

#include "smtp/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		must((unsigned char)s.p[i] < 0x80);
}

static void
must_be_part(struct str part, struct str whole)
{
	must(part.len == 0 || (part.p >= whole.p &&
	    part.p + part.len <= whole.p + whole.len));
}

static void
fuzz_split(struct str line)
{
	struct command cmd;

	if (command_split(line, &cmd) != RP_NONE)
		return;
	must_be_part(cmd.verb, line);
	must_be_part(cmd.rest, line);
	must(cmd.verb.len + cmd.rest.len <= line.len);
	must(str_find(cmd.verb, ' ') == cmd.verb.len);
	must(str_eq(cmd.rest, str_trim(cmd.rest)));
}

static void
fuzz_mail(struct str rest, struct arena *arena)
{
	struct mail_args args, before;

	memset(&args, 0x5a, sizeof args);
	before = args;
	if (command_mail(rest, arena, &args) != RP_NONE) {
		must(memcmp(&args, &before, sizeof args) == 0);
		return;
	}
	must(args.sender.kind != PT_LOCAL);
	must(args.has_size || args.size == 0);
	must(str_starts_case(rest, STR("FROM:")));
	must_be_plain(args.sender.text);
}

static void
fuzz_rcpt(struct str rest, struct arena *arena)
{
	struct path path, before;

	memset(&path, 0x5a, sizeof path);
	before = path;
	if (command_rcpt(rest, arena, &path) != RP_NONE) {
		must(memcmp(&path, &before, sizeof path) == 0);
		return;
	}
	must(path.kind != PT_NULL && path.local.len <= PATH_LOCAL_MAX);
	must(str_starts_case(rest, STR("TO:")));
	must_be_plain(path.text);
}

static void
fuzz_hello(struct str rest)
{
	struct str helo = { 0 };

	if (command_hello(rest, &helo) != RP_NONE)
		return;
	must(helo.len > 0 && helo.len <= COMMAND_HELO);
	must_be_plain(helo);
	must(memchr(helo.p, '\0', helo.len) == NULL);
	must(memchr(helo.p, '\n', helo.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct str text;

	if (size == 0)
		return 0;
	arena = arena_new(0);
	text = (struct str){ (const char *)data + 1, size - 1 };
	switch (data[0] % 4) {
	case 0:
		fuzz_split(text);
		break;
	case 1:
		fuzz_mail(text, arena);
		break;
	case 2:
		fuzz_rcpt(text, arena);
		break;
	default:
		fuzz_hello(text);
	}
	arena_free(&arena);
	return 0;
}
