/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_policy - a text of a stranger as a policy: it compiles or is told why
 * not; what compiles judges nothing-is-known without refusing.
 *
 * Lines "%%" part an input into the files that a policy may name: itself,
 * its base "b", a table's file "t", the list "l", lists/dead, and the secret
 * "k".
 */
#include <stdint.h>

#include "policy/policy.h"

static const char *const words[] = { "pass", "fail", NULL };

static const struct fact_decl decls[] = {
	{ "client.ip", FT_ADDRESS, ST_CONNECT, FAM_NONE, NULL, NULL, 0, "a" },
	{ "client.name", FT_NAME, ST_CONNECT, FAM_CLIENT, NULL, NULL, 0, "n" },
	{ "early", FT_TRUTH, ST_CONNECT, FAM_EARLY, NULL, NULL, 0, "t" },
	{ "fcrdns", FT_WORD, ST_CONNECT, FAM_CLIENT, words, NULL, 0, "w" },
	{ "count", FT_NUMBER, ST_HELO, FAM_RATE, NULL, NULL, 0, "c" },
	{ "mail.address", FT_MAIL, ST_MAIL, FAM_NONE, NULL, NULL, 0, "m" },
	{ "domains", FT_SET, ST_EOM, FAM_AUTH, NULL, NULL, 0, "s" },
};

static const char *const files[] = { "fuzz.policy", "site/b.policy", "site/t",
	"site/lists/l.list", "site/lists/dead", "secrets/k" };

struct input {
	struct reader reader;
	struct str    text[COUNT(files)];
};

static void
input_part(struct input *in, struct str rest)
{
	size_t i, at;

	for (i = 0; i < COUNT(files); i++) {
		in->text[i] = rest;
		for (at = 0; at < rest.len; at++)
			if (str_starts(str_from(rest, at), STR("\n%%\n")))
				break;
		in->text[i] = str_sub(rest, 0, at);
		rest = str_from(rest, at + 4 < rest.len ? at + 4 : rest.len);
	}
}

static int
input_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct input *in = CONTAINER(r, struct input, reader);
	size_t i;

	(void)a;
	for (i = 0; i < COUNT(files); i++)
		if (str_eq(path, str_of(files[i])) && (i == 0 ||
		    in->text[i].len > 0)) {
			*text = in->text[i];
			return 0;
		}
	fault_set(f, "no such file");
	return -E_NOTFOUND;
}

static int
input_list(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	(void)r;
	(void)glob;
	(void)a;
	*paths = NULL;
	*count = 0;
	return 0;
}

static void
judge(const struct policy *p, const struct vocabulary *v, struct arena *a)
{
	struct facts *f = facts_new(v, a);
	struct verdict verdict;
	size_t i;

	for (i = 0; i < f->count; i++)
		f->fact[i].status = FS_UNKNOWN;
	policy_judge(p, f, ST_EOM, a, &verdict);
	must(verdict.would < ACT_REFUSE);
	for (i = 0; i < f->count; i++)
		f->fact[i].status = FS_PENDING;
	(void)policy_is_settled(p, f, ST_EOM, a);
	(void)policy_is_settled(p, f, ST_RCPT, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .reader = { .read = input_read,
		.list = input_list, .secret = input_read } };
	const struct str folder = STR("site"), secrets = STR("secrets");
	struct arena *a = arena_new(0);
	struct diagnostics *d = diag_new();
	struct vocabulary *v = vocabulary_new(a);
	struct policy_env env = { .reader = &in.reader, .vocabulary = v,
		.folders = &folder, .folder_count = 1,
		.secrets = &secrets, .secret_count = 1 };
	const struct policy *p;
	int rc;

	input_part(&in, (struct str){ (const char *)data, size });
	vocabulary_add(v, decls, COUNT(decls));
	rc = policy_compile(&env, STR("fuzz.policy"), a, d, &p);
	must((rc == 0) == (diag_count(d, DG_ERROR) == 0));
	if (rc == 0)
		judge(p, v, a);
	else
		(void)diag_text(d, a);
	diag_free(&d);
	arena_free(&a);
	return 0;
}
