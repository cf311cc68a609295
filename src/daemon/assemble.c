/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assemble - from the name of a file to what a process runs with.
 *
 * Called by: daemon/checker.c with files, each role with what was checked;
 * daemon/main.c for -T.
 * Always holds: files of the site are refused when others may write them
 * (catalogue 115); shipped texts are those compiled in, so that a program
 * never meets the files of another version. A policy is looked for beside
 * the configuration first.
 */
#include "daemon/assemble.h"

#include "daemon/certs.h"

#include "filters/filter.h"
#include "lang/builtin.h"
#include "run/clock.h"

/* The command line in a generation; and what it came to, which is no part of
 * what a process reads. */
#define GIVEN_FILE   "given:file"
#define GIVEN_DIR    "given:dir"
#define FOUND_POLICY GENERATION_FRESH "policy"

/* Shipped texts from the table, files with distrust. */
static int
read_site(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *fault)
{
	struct reader *from = builtin_owns(path) ? builtin_reader() :
	    reader_files_strict();

	(void)r;
	return from->read(from, path, arena, text, fault);
}

static int
list_site(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	struct reader *from = builtin_owns(glob) ? builtin_reader() :
	    reader_files_strict();

	(void)r;
	return from->list(from, glob, arena, paths, count);
}

/* Nothing that is shipped is secret. */
static int
secret_site(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *fault)
{
	struct reader *from = builtin_owns(path) ? builtin_reader() :
	    reader_files_strict();

	(void)r;
	return from->secret(from, path, arena, text, fault);
}

struct reader *
assemble_reader(void)
{
	static struct reader site = {   /* constant */
		.read = read_site, .list = list_site, .secret = secret_site
	};

	return &site;
}

/* The --dir of the command line, as a statement in front of the file's. */
static struct stmt *
dir_statement(struct str dir, struct arena *arena, struct diagnostics *diag)
{
	struct source *source = arena_alloc(arena, sizeof *source);

	if (dir.len == 0)
		return NULL;
	source->name = STR("--dir");
	source->text = arena_printf(arena, "dir \"%.*s\"", STR_ARG(dir));
	return tree_parse(source, arena, diag);
}

/* A file that is being written anew is empty for a moment, and without a word
 * in it all defaults would hold: mail for nobody. */
static void
refuse_empty(struct reader *reader, struct str file, struct arena *arena,
    struct diagnostics *diag)
{
	struct source *source = arena_alloc(arena, sizeof *source);
	struct fault fault = { "" };

	source->name = arena_str(arena, file);
	if (reader->read(reader, file, arena, &source->text, &fault) == 0 &&
	    source->text.len == 0)
		diag_add(diag, DG_ERROR, "P0049", (struct place){ source, 1, 1,
		    0 }, "a comment in it says that it is meant so",
		    "this file is empty");
}

static int
read_settings(struct reader *reader, struct str file, struct str dir,
    struct arena *arena, struct diagnostics *diag, struct settings **out)
{
	struct stmt *all = dir_statement(dir, arena, diag), **end = &all;
	unsigned before = diag_count(diag, DG_ERROR);

	while (*end != NULL)
		end = &(*end)->next;
	if (file.len > 0) {
		refuse_empty(reader, file, arena, diag);
		*end = tree_load(reader, file, arena, diag);
	}
	if (diag_count(diag, DG_ERROR) > before)
		return -E_INVALID;
	return conf_read(all, file, reader, arena, diag, out);
}

/* Beside the configuration, then where systemd lays them; the latter through
 * the reader, so that every process looks where the checker did. */
static size_t
secret_folders(struct reader *reader, const struct settings *conf,
    struct arena *arena, struct str folders[2])
{
	folders[0] = source_beside(arena, arena_printf(arena, "%.*s/.",
	    STR_ARG(conf->folder)), STR("secrets"));
	return reader->read(reader, STR(SOURCE_CREDENTIALS), arena,
	    &folders[1], NULL) == 0 ? 2 : 1;
}

static int
compile(struct reader *reader, struct arena *arena, struct diagnostics *diag,
    struct assembly *out)
{
	const struct settings *conf = out->settings;
	const struct str folders[] = {
		source_beside(arena, arena_printf(arena, "%.*s/.",
		    STR_ARG(conf->folder)), STR("policy")),
		conf->folder,
		STR(BUILTIN_DIR),
	};
	struct str secrets[2];
	const struct policy_env env = {
		.reader = reader, .vocabulary = out->vocabulary,
		.folders = folders, .folder_count = COUNT(folders),
		.secrets = secrets, .secret_count = secret_folders(reader,
		    conf, arena, secrets),
	};

	return policy_compile(&env, conf->policy, arena, diag, &out->policy);
}

int
assemble(struct reader *reader, struct str file, struct str dir,
    unsigned parts, struct arena *arena, struct diagnostics *diag,
    struct assembly *out)
{
	struct assembly a = { .policy = NULL };
	int rc;

	rc = read_settings(reader, file, dir, arena, diag, &a.settings);
	if (rc != 0)
		return rc;
	a.vocabulary = vocabulary_new(arena);
	a.base = arena_array(arena, filters_count(), sizeof *a.base);
	filters_declare(a.vocabulary, a.base);
	if ((parts & ASSEMBLE_POLICY) != 0)
		rc = compile(reader, arena, diag, &a);
	if (rc == 0 && (parts & ASSEMBLE_TLS) != 0)
		rc = certs_read(reader, a.settings, clock_wall(), arena, diag,
		    &a.pairs, &a.pair_count);
	if (rc == 0)
		*out = a;
	return rc;
}

void
assemble_record(struct recorder *rec, struct str file, struct str dir)
{
	recorder_put(rec, STR(GIVEN_FILE), false, file);
	recorder_put(rec, STR(GIVEN_DIR), false, dir);
}

void
assemble_record_policy(struct recorder *rec, const struct assembly *what,
    struct arena *arena)
{
	recorder_put(rec, STR(FOUND_POLICY), false, arena_printf(arena,
	    "%.*s@%s", STR_ARG(policy_name(what->policy)),
	    policy_hash(what->policy)));
}

struct str
assemble_policy_given(struct generation *g, struct arena *arena)
{
	struct reader *reader = generation_reader(g);
	struct str text = STR("");

	(void)reader->read(reader, STR(FOUND_POLICY), arena, &text, NULL);
	return text;
}

int
assemble_given(struct generation *g, unsigned parts, struct arena *arena,
    struct diagnostics *diag, struct assembly *out)
{
	struct reader *reader = generation_reader(g);
	struct str file, dir;
	int rc;

	if (reader->read(reader, STR(GIVEN_FILE), arena, &file, NULL) != 0 ||
	    reader->read(reader, STR(GIVEN_DIR), arena, &dir, NULL) != 0)
		return -E_INVALID;
	rc = assemble(reader, file, dir, parts, arena, diag, out);
	if (rc == 0 && (parts & ASSEMBLE_TLS) != 0 && out->pair_count == 0)
		(void)certs_made(reader, arena, &out->pairs,
		    &out->pair_count);
	return rc;
}
