/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool: what the verbs of `postern` share. A verb is a file of this folder
 * and a row of main.c; results go to stdout, everything else to stderr.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "base/str.h"

/* Exit status, the same for all verbs (postern send has more). */
enum {
	EX_GOOD = 0,       /* done, and the answer is good                  */
	EX_NO = 1,         /* done, and the answer is no                    */
	EX_CANNOT = 2,     /* could not do it: usage, a file, no daemon     */
	EX_UNDECIDED = 3   /* tests: an answer was needed that nobody gave  */
};

struct verb {
	const char *name;
	const char *group;      /* as help prints them                      */
	const char *arguments;
	const char *line;       /* one line of help                         */
	const char *usage;      /* options and two examples; NULL: the verb
	                           prints its own                           */
	int (*run)(int argc, char **argv);     /* argv[0] is the verb       */
};

int cmd_ask(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_dns(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_facts(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_lists(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_version(int argc, char **argv);

extern const char usage_ask[], usage_check[], usage_demo[], usage_dns[],
    usage_doctor[], usage_facts[], usage_lists[], usage_send[], usage_test[];

/* The verbs, ended by name NULL, in the order of help. */
extern const struct verb tool_verbs[];

/* The verb of a name or an unambiguous prefix. NULL after saying on stderr
 * what is wrong with it. */
const struct verb *tool_verb(const char *name);

void tool_usage(const struct verb *);

/*
 * After getopt_long gave '?': says how to get help.
 * Returns EX_CANNOT.
 */
int tool_wrong(const char *verb);

#endif
