/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_policy - a text of a stranger as a policy: it compiles or is told why
 * not; what compiles judges nothing-is-known without refusing.
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

struct input {
	struct reader reader;
	struct str    text;
};

static int
input_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	(void)a;
	if (!str_eq(path, STR("fuzz.policy"))) {
		fault_set(f, "no such file");
		return -E_NOTFOUND;
	}
	*text = CONTAINER(r, struct input, reader)->text;
	return 0;
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
	for (i = 0; i < f->count; i++)
		f->fact[i].status = FS_PENDING;
	(void)policy_is_settled(p, f, ST_EOM, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { { input_read, input_list },
		{ (const char *)data, size } };
	struct arena *a = arena_new(0);
	struct diagnostics *d = diag_new();
	struct vocabulary *v = vocabulary_new(a);
	struct policy_env env = { .reader = &in.reader, .vocabulary = v };
	const struct policy *p;
	int rc;

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
