/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_cases - cases of spf_stage.h from standard input; for each one line
 * "NAME VERDICT EXPLANATION", an empty one as "-". For spf_differential.py.
 */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/spf_stage.h"

int
main(void)
{
	struct buf text = BUF_INIT(0);
	struct stage_case *c;
	struct stage s;
	const char *wrong;
	ssize_t n;
	char *p;

	while ((p = buf_room(&text, 65536)) != NULL &&
	    (n = read(STDIN_FILENO, p, 65536)) > 0)
		text.len += (size_t)n;
	wrong = stage_read(&s, buf_str(&text));
	if (wrong != NULL) {
		fprintf(stderr, "spf_cases: %s\n", wrong);
		return 2;
	}
	stage_play(&s);
	for (c = s.first; c != NULL; c = c->next)
		printf("%.*s %.*s %.*s\n", STR_ARG(c->name), STR_ARG(c->got),
		    c->got_exp.len == 0 ? 1 : (int)c->got_exp.len,
		    c->got_exp.len == 0 ? "-" : c->got_exp.p);
	stage_close(&s);
	buf_free(&text);
	return 0;
}
