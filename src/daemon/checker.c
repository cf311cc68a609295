/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checker - reads everything once, for all.
 *
 *	files --assemble--> recorder --seal--> two memfds --> supervisor
 *	            +--> what is wrong, in words
 *
 * Called by: daemon/main.c, for -t and as the role "checker".
 * Always holds: both read the same things in the same way, so that what -t
 * calls good starts. Nothing is kept of a configuration with an error.
 */
#include "config.h"

#include "daemon/checker.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon/assemble.h"
#include "daemon/certs.h"
#include "daemon/confine.h"
#include "daemon/role.h"
#include "run/clock.h"

enum { EXIT_OS = 71, EXIT_CONFIG = 78 };

struct checking {
	struct str          file, dir;
	struct arena       *arena;
	struct diagnostics *diag;
	struct recorder    *recorder;
	struct str          words;     /* for a person, once it is read     */
};

static void
checking_open(struct checking *k, struct str file, struct str dir)
{
	k->file = file;
	k->dir = dir;
	k->arena = arena_new(0);
	k->diag = diag_new();
	k->recorder = recorder_new(assemble_reader());
	k->words = STR("");
}

static void
checking_close(struct checking *k)
{
	recorder_free(&k->recorder);
	diag_free(&k->diag);
	arena_free(&k->arena);
}

/* Whoever is root becomes these users: none may be missing. */
static int
check_users(struct checking *k, const struct settings *conf)
{
	struct identity who;
	struct fault fault;
	size_t i;
	int rc = 0;

	if (geteuid() != 0)
		return 0;
	for (i = 0; i <= conf->owner_count; i++) {
		if (identity_needed(conf, i, &who, &fault) == 0)
			continue;
		k->words = arena_printf(k->arena, "%.*sposternd: %s\n",
		    STR_ARG(k->words), fault.text);
		rc = -E_INVALID;
	}
	return rc;
}

/* In: may_lack, certificates that are no good stop nothing. */
static int
check(struct checking *k, bool may_lack)
{
	struct assembly what;
	int rc;

	assemble_record(k->recorder, k->file, k->dir);
	rc = assemble(recorder_reader(k->recorder), k->file, k->dir,
	    ASSEMBLE_POLICY | ASSEMBLE_TLS, k->arena, k->diag, &what);
	if (rc == 0)
		assemble_record_policy(k->recorder, &what, k->arena);
	k->words = diag_text(k->diag, k->arena);
	if (rc == 0 && !may_lack && diag_count(k->diag, DG_ERROR) > 0)
		rc = -E_INVALID;
	if (rc == 0)
		rc = check_users(k, what.settings);
	if (rc == 0 && what.pair_count == 0)
		rc = certs_make(k->recorder, what.settings, clock_wall());
	return rc;
}

static void
tell(struct str words)
{
	(void)fwrite(words.p, 1, words.len, stderr);
}

int
checker_test(struct str file, struct str dir)
{
	struct checking k;
	int rc;

	checking_open(&k, file, dir);
	rc = check(&k, false);
	tell(k.words);
	if (rc == 0)
		(void)fprintf(stderr, "%.*s: good\n",
		    STR_ARG(file.len > 0 ? file : STR("defaults")));
	checking_close(&k);
	return rc == 0 ? 0 : EXIT_CONFIG;
}

/* Both stay open here until the end, which is near. */
static int
hand_over(const struct checking *k)
{
	int open, secret, rc;

	rc = recorder_seal(k->recorder, &open, &secret);
	if (rc == 0)
		rc = role_made(ROLE_FD, open, secret);
	if (rc == 0)
		return 0;
	(void)role_failed(ROLE_FD, EXIT_OS,
	    STR("no memory for what was read"));
	return EXIT_OS;
}

/* The supervisor shows the words, or logs their beginning when it goes on
 * with what it has; then they stand on stderr in full. */
int
checker_main(const struct given *given)
{
	struct checking k;
	int status = EXIT_CONFIG;

	checking_open(&k, given->file, given->dir);
	if (check(&k, given->is_first) == 0) {
		if (k.words.len > 0)
			(void)role_failed(ROLE_FD, 0, k.words);
		status = hand_over(&k);
	} else {
		(void)role_failed(ROLE_FD, status, k.words);
		if (!given->is_first)
			tell(k.words);
	}
	checking_close(&k);
	return status;
}
