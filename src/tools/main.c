/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main - `postern VERB ...`: finds the verb and runs it.
 *
 * Always holds: a row of the table is a verb that works; what is planned is
 * not in it. interfaces.md, "Two programs", has names and groups.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "base/basic.h"
#include "lang/diag.h"
#include "tools/tool.h"

const struct verb tool_verbs[] = {
	{ "check", "Policy", "[-c FILE]",
	  "read postern.conf and all it names; say what is wrong",
	  usage_check, cmd_check },
	{ "facts", "Policy", "[PREFIX]",
	  "what a policy can ask about", usage_facts, cmd_facts },
	{ "doctor", "Lists", "[LIST]",
	  "how DNS lists are, and what to do about it", usage_doctor,
	  cmd_doctor },
	{ "lists", "Lists", "",
	  "which DNS lists are used, and on which terms", usage_lists,
	  cmd_lists },
	{ "ask", "Lists", "ADDRESS|DOMAIN [LIST]",
	  "what DNS lists say about somebody, now", usage_ask, cmd_ask },
	{ "test", "Test", "FILE|DIR...",
	  "run plays: scripted clients, DNS and clock, no socket",
	  usage_test, cmd_test },
	{ "dns", "Test", "PLAY",
	  "serve the scripted DNS of a play on loopback", usage_dns, cmd_dns },
	{ "send", "Mail", "--to ADDRESS [FILE]",
	  "send a message over SMTP and show the dialogue",
	  usage_send, cmd_send },
	{ "demo", "Service", "",
	  "four conversations in memory, and why they ended so",
	  usage_demo, cmd_demo },
	{ "help", "Service", "[VERB|CODE]",
	  "this; a verb; a message code such as P0021", NULL, cmd_help },
	{ "version", "Service", "", "version and how it was built", NULL,
	  cmd_version },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

/* ------------------------------------------------------------------------
 * Finding a verb.
 */

static const struct verb *
find_exact(const char *name)
{
	const struct verb *v;

	for (v = tool_verbs; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* How many verbs start so; *found is one of them. */
static size_t
find_prefix(const char *prefix, const struct verb **found)
{
	const struct verb *v;
	size_t n = 0;

	for (v = tool_verbs; v->name != NULL; v++) {
		if (strncmp(v->name, prefix, strlen(prefix)) != 0)
			continue;
		*found = v;
		n++;
	}
	return n;
}

static void
say_ambiguous(const char *prefix)
{
	const struct verb *v;

	fprintf(stderr, "postern: \"%s\" may be", prefix);
	for (v = tool_verbs; v->name != NULL; v++)
		if (strncmp(v->name, prefix, strlen(prefix)) == 0)
			fprintf(stderr, " %s", v->name);
	fprintf(stderr, "; write more of it\n");
}

/* The nearest verb, if any is near (lang/diag.h). */
static void
say_unknown(const char *name)
{
	const char *names[COUNT(tool_verbs)], *near;
	size_t n = 0;

	for (; tool_verbs[n].name != NULL; n++)
		names[n] = tool_verbs[n].name;
	near = diag_nearest(str_of(name), names, n);
	fprintf(stderr, "postern: there is no verb \"%s\"", name);
	if (near != NULL)
		fprintf(stderr, "; did you mean %s?", near);
	fprintf(stderr, "\nAll verbs: postern help\n");
}

const struct verb *
tool_verb(const char *name)
{
	const struct verb *v = find_exact(name);
	size_t n;

	if (v != NULL)
		return v;
	n = name[0] != '\0' ? find_prefix(name, &v) : 0;
	if (n == 1)
		return v;
	if (n > 1)
		say_ambiguous(name);
	else
		say_unknown(name);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Help.
 */

void
tool_usage(const struct verb *v)
{
	printf("usage: postern %s%s%s\n%s.\n", v->name,
	    v->arguments[0] != '\0' ? " " : "", v->arguments, v->line);
	if (v->usage != NULL)
		printf("\n%s", v->usage);
}

int
tool_wrong(const char *verb)
{
	fprintf(stderr, "More: postern %s --help\n", verb);
	return EX_CANNOT;
}

/* One screen, in the groups of the table. */
static void
print_help(FILE *to)
{
	const struct verb *v;
	const char *group = "";
	int width;

	fprintf(to, "usage: postern VERB [OPTION...] [OBJECT...]\n");
	for (v = tool_verbs; v->name != NULL; v++) {
		if (strcmp(group, v->group) != 0)
			fprintf(to, "\n%s\n", v->group);
		group = v->group;
		width = 28 - (int)strlen(v->name);
		fprintf(to, "  %s %-*s %s\n", v->name, width, v->arguments,
		    v->line);
	}
	fprintf(to, "\nA verb may be shortened. Each knows --help. The daemon "
	    "is posternd.\n\nexamples:\n"
	    "  postern demo              see what it does, nothing is "
	    "installed or sent\n"
	    "  postern test tests/plays  run a collection of plays\n");
}

static int
help_code(const struct diag_code *c)
{
	printf("%s  %s\n\n%s\n", c->code, c->title, c->help);
	return EX_GOOD;
}

int
cmd_help(int argc, char **argv)
{
	const struct diag_code *code;
	const struct verb *v;

	if (argc < 2) {
		print_help(stdout);
		return EX_GOOD;
	}
	code = diag_code(str_of(argv[1]));
	if (code != NULL)
		return help_code(code);
	v = tool_verb(argv[1]);
	if (v == NULL)
		return EX_CANNOT;
	tool_usage(v);
	return EX_GOOD;
}

int
cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("postern %s (%s)\n", PACKAGE_VERSION, BUILD_SUMMARY);
	return EX_GOOD;
}

/* --help anywhere before "--", for verbs whose usage is in the table. */
static bool
wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const struct verb *v;

	if (argc < 2) {
		print_help(stderr);
		return EX_CANNOT;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return cmd_help(1, argv);
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(1, argv);
	v = tool_verb(argv[1]);
	if (v == NULL)
		return EX_CANNOT;
	if (wants_help(argc - 1, argv + 1)) {
		tool_usage(v);
		return EX_GOOD;
	}
	return v->run(argc - 1, argv + 1);
}
