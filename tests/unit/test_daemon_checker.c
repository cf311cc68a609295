/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checker and assemble: what runs in another process is what was checked,
 * whatever has become of the files; what is wrong makes nothing.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pack.h"
#include "daemon/assemble.h"
#include "daemon/checker.h"
#include "daemon/role.h"

struct site {
	char          path[32];
	struct arena *arena;
	uid_t         was;        /* root becomes nobody: else users matter */
};

static const char *const names[] = { "postern.conf", "users", "site.policy",
	"blocked", "extra.conf", "secrets/k", "cred/k" };

static void
put(struct site *s, const char *name, const char *text)
{
	struct str path = arena_printf(s->arena, "%s/%s", s->path, name);
	FILE *file = fopen(path.p, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
remove_all(struct site *s)
{
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		(void)unlink(arena_printf(s->arena, "%s/%s", s->path,
		    names[i]).p);
}

static void
put_good(struct site *s)
{
	put(s, "postern.conf", "include \"extra*.conf\"\n"
	    "include \"none*.conf\"\n"
	    "domain x.test { users table \"users\" }\n"
	    "deliver maildir mail/%d/%u\npolicy site.policy\n");
	put(s, "users", "ann\nbob\n");
	put(s, "extra.conf", "name mx.x.test\n");
	put(s, "site.policy", "policy site \"s\"\n"
	    "table blocked nets file \"blocked\"\n"
	    "table other names file \"not-there\" optional\n"
	    "at rcpt bad if client.ip in @blocked refuse 550 5.7.1 \"x\"\n");
	put(s, "blocked", "192.0.2.0/24 # SECRET-COMMENT\n2001:db8::1\n");
}

static int
setup(void **state)
{
	struct site *s = calloc(1, sizeof *s);

	memcpy(s->path, "/tmp/postern-test.XXXXXX", 25);
	s->arena = arena_new(0);
	s->was = geteuid();
	*state = s;
	if (mkdtemp(s->path) == NULL || (s->was == 0 &&
	    (chown(s->path, 65534, (gid_t)-1) != 0 || seteuid(65534) != 0)))
		return -1;
	put_good(s);
	return 0;
}

static int
teardown(void **state)
{
	struct site *s = *state;
	int rc;

	remove_all(s);
	(void)rmdir(arena_printf(s->arena, "%s/secrets", s->path).p);
	(void)rmdir(arena_printf(s->arena, "%s/cred", s->path).p);
	rc = seteuid(s->was) | rmdir(s->path);
	arena_free(&s->arena);
	free(s);
	return rc;
}

static struct str
conf_path(const struct site *s)
{
	return arena_printf(s->arena, "%s/postern.conf", s->path);
}

/* --- the same in another process ------------------------------------------ */

static void
assembled(struct site *s, struct reader *r, struct generation *g,
    struct assembly *out)
{
	struct diagnostics *diag = diag_new();
	int rc;

	rc = g != NULL ? assemble_given(g, ASSEMBLE_POLICY, s->arena, diag,
	    out) : assemble(r, conf_path(s), STR(""), ASSEMBLE_POLICY,
	    s->arena, diag, out);
	CHECK(rc == 0, "%.*s", STR_ARG(diag_text(diag, s->arena)));
	diag_free(&diag);
}

static void
test_same(void **state)
{
	struct site *s = *state;
	struct recorder *rec = recorder_new(assemble_reader());
	struct assembly direct, recorded, given;
	struct generation *g;
	char *all = malloc(65536);
	int open, secret;
	ssize_t n;

	assembled(s, assemble_reader(), NULL, &direct);
	assemble_record(rec, conf_path(s), STR(""));
	assembled(s, recorder_reader(rec), NULL, &recorded);
	assert_int_equal(recorder_seal(rec, &open, &secret), 0);
	remove_all(s);
	assert_int_equal(generation_map(open, -1, &g), 0);
	assembled(s, NULL, g, &given);
	assert_str(settings_print(recorded.settings, s->arena),
	    settings_print(direct.settings, s->arena).p);
	assert_str(settings_print(given.settings, s->arena),
	    settings_print(direct.settings, s->arena).p);
	assert_string_equal(policy_hash(direct.policy),
	    policy_hash(recorded.policy));
	assert_string_equal(policy_hash(direct.policy),
	    policy_hash(given.policy));
	/* the table came as an image, without its text */
	n = pread(open, all, 65536, 0);
	assert_true(n > 0 && n < 65536);
	assert_null(memmem(all, (size_t)n, "SECRET-COMMENT", 14));
	free(all);
	generation_free(&g);
	recorder_free(&rec);
	close(open);
	close(secret);
}

/* --- the role ------------------------------------------------------------- */

struct overheard {
	int        status;       /* of its exit                             */
	bool       has_words, has_made;
	uint32_t   told;         /* status in its words                     */
	struct str words;
	int        made[2];
};

static void
hear(struct site *s, int fd, struct overheard *h)
{
	char *room = malloc(WIRE_ROOM);
	struct message m;
	struct unpack u;

	while (wire_recv(fd, &role_to_parent, room, &m) == 0) {
		if (m.type == RW_MADE) {
			h->has_made = true;
			memcpy(h->made, m.fds, sizeof h->made);
			continue;
		}
		assert_int_equal(m.type, RW_FAILED);
		u = (struct unpack){ .rest = m.body };
		h->has_words = true;
		h->told = unpack_u32(&u);
		h->words = arena_str(s->arena, unpack_str(&u));
		assert_true(unpack_end(&u));
	}
	free(room);
}

/* In a child, whose descriptor 3 is its wire. */
static struct overheard
check(struct site *s, bool is_first)
{
	struct overheard h = { .made = { -1, -1 } };
	struct given g = { .role = ROLE_CHECKER, .is_first = is_first,
		.file = conf_path(s), .dir = STR("") };
	int pair[2], status, null;
	pid_t pid;

	assert_int_equal(wire_pair(pair), 0);
	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		if (pair[1] != ROLE_FD)
			dup2(pair[1], ROLE_FD);
		status = checker_main(&g);
		arena_free(&s->arena);
		free(s);
		_exit(status);
	}
	close(pair[1]);
	hear(s, pair[0], &h);
	close(pair[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	h.status = WEXITSTATUS(status);
	return h;
}

/* What `posternd -t` ends with. */
static int
test_of(struct site *s)
{
	int status, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		close(null);
		status = checker_test(conf_path(s), STR(""));
		arena_free(&s->arena);
		free(s);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
forget(struct overheard *h)
{
	if (!h->has_made)
		return;
	close(h->made[0]);
	close(h->made[1]);
}

/* --- keys of lists -------------------------------------------------------- */

static void
put_key(struct site *s, const char *folder, mode_t mode)
{
	struct str path = arena_printf(s->arena, "%s/%s", s->path, folder);

	put(s, "site.policy", "policy site \"s\"\n"
	    "list la \"la.test\" ip4 { code 127.0.0.2 x 1\n"
	    "key prefix \"dq.la.test\" }\nuse la key secret:k\n");
	(void)mkdir(path.p, 0700);
	path = arena_printf(s->arena, "%s/k", folder);
	put(s, path.p, "mark7er\n");
	assert_int_equal(chmod(arena_printf(s->arena, "%s/%.*s", s->path,
	    STR_ARG(path)).p, mode), 0);
}

static bool
memfd_has(int fd, const char *text)
{
	char *all = malloc(65536);
	ssize_t n = pread(fd, all, 65536, 0);
	bool has;

	assert_true(n > 0 && n < 65536);
	has = memmem(all, (size_t)n, text, strlen(text)) != NULL;
	free(all);
	return has;
}

/* catalogue 133: a key goes to those who ask lists, and to nobody else; where
 * it lay is not asked of their environment. */
static void
run_keys(struct site *s, const char *folder)
{
	struct recorder *rec = recorder_new(assemble_reader());
	struct assembly recorded, given;
	struct generation *g;
	size_t n;
	int open, secret;

	put_key(s, folder, 0600);
	assemble_record(rec, conf_path(s), STR(""));
	assembled(s, recorder_reader(rec), NULL, &recorded);
	assert_int_equal(recorder_seal(rec, &open, &secret), 0);
	assert_false(memfd_has(open, "mark7er"));
	assert_true(memfd_has(secret, "mark7er"));
	remove_all(s);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(generation_map(open, secret, &g), 0);
	assembled(s, NULL, g, &given);
	assert_str(policy_lists(given.policy, &n)[0]->key, "mark7er");
	assert_string_equal(policy_hash(given.policy),
	    policy_hash(recorded.policy));
	generation_free(&g);
	recorder_free(&rec);
	close(open);
	close(secret);
}

static void
test_keys(void **state)
{
	run_keys(*state, "secrets");
}

static void
test_keys_of_systemd(void **state)
{
	struct site *s = *state;

	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", arena_printf(
	    s->arena, "%s/cred", s->path).p, 1), 0);
	run_keys(s, "cred");
}

static void
test_keys_others_may_read(void **state)
{
	struct site *s = *state;
	struct overheard h;

	put_key(s, "secrets", 0644);
	h = check(s, true);
	CHECK(h.status == 78 && h.has_words && strstr(h.words.p, "P0149") &&
	    strstr(h.words.p, "chmod go=") && !strstr(h.words.p, "mark7er"),
	    "\"%.*s\"", STR_ARG(h.words));
	forget(&h);
}

static void
test_role_good(void **state)
{
	struct site *s = *state;
	struct overheard h = check(s, true);
	struct generation *g;
	struct assembly what;

	assert_int_equal(h.status, 0);
	assert_false(h.has_words);
	assert_true(h.has_made);
	assert_int_equal(generation_map(h.made[0], h.made[1], &g), 0);
	assembled(s, NULL, g, &what);
	assert_str(what.settings->name, "mx.x.test");
	assert_int_equal(what.settings->domains[0].user_count, 2);
	generation_free(&g);
	forget(&h);
}

static const struct {
	const char *why, *file, *text;
	const char *words;
	bool        stops_first, stops_reload;
} troubles[] = {
	{ "a setting that is none", "extra.conf", "nmae mx.x.test\n",
	  "P0021", true, true },
	{ "a policy with an error", "site.policy", "policy site \"s\"\n"
	  "at rcpt bad if clint.ip in { 192.0.2.1 } refuse 550 5.7.1 \"x\"\n",
	  "P0112", true, true },
	{ "an entry that does not fit", "blocked", "192.0.2.0/24\nhere\n",
	  "P0125", true, true },
	/* catalogue 71: a certificate stops no start, but a reload and -t */
	{ "a certificate that is none", "extra.conf",
	  "name mx.x.test\ntls nowhere\n", "nowhere", false, true },
	/* catalogue 115: half-written */
	{ "a file that ends too early", "postern.conf",
	  "domain x.test { users table { ann\n", "error", true, true },
};

static void
test_role_trouble(void **state)
{
	struct site *s = *state;
	struct overheard h;
	size_t i;
	int first;

	for (i = 0; i < COUNT(troubles); i++) {
		put_good(s);
		put(s, troubles[i].file, troubles[i].text);
		for (first = 0; first < 2; first++) {
			bool stops = first ? troubles[i].stops_first :
			    troubles[i].stops_reload;

			h = check(s, first == 1);
			CHECK(h.has_words && strstr(h.words.p,
			    troubles[i].words) != NULL, "%s: \"%.*s\"",
			    troubles[i].why, STR_ARG(h.words));
			CHECK(h.status == (stops ? 78 : 0) &&
			    (int)h.told == h.status && h.has_made == !stops,
			    "%s, first %d: %d, %u, made %d", troubles[i].why,
			    first, h.status, h.told, h.has_made);
			forget(&h);
		}
		CHECK(test_of(s) == 78, "-t, %s", troubles[i].why);
	}
	put_good(s);
	assert_int_equal(test_of(s), 0);
}

/* Root becomes others: who is not there is told before anything starts. */
static void
test_users(void **state)
{
	static const struct { const char *extra, *words; } rows[] = {
		{ "processes { user no-such-gate }\n", "no-such-gate" },
		{ "processes { user nobody }\n", "vmail" },
		{ "processes { user root }\n", "is root" },
	};
	struct site *s = *state;
	struct overheard h;
	size_t i;

	if (s->was != 0)
		skip();
	assert_int_equal(seteuid(0), 0);
	remove_all(s);          /* they are somebody else's */
	put_good(s);
	put(s, "postern.conf", "include \"extra.conf\"\n"
	    "domain x.test { users table \"users\" }\n"
	    "deliver maildir mail/%d/%u { owner no-such-vmail }\n");
	for (i = 0; i < COUNT(rows); i++) {
		put(s, "extra.conf", rows[i].extra);
		h = check(s, true);
		CHECK(h.status == 78 && !h.has_made && h.has_words &&
		    strstr(h.words.p, rows[i].words) != NULL, "%s: %d "
		    "\"%.*s\"", rows[i].extra, h.status, STR_ARG(h.words));
		assert_int_equal(test_of(s), 78);
	}
	put(s, "extra.conf", "processes { user nobody }\n");
	put(s, "postern.conf", "include \"extra.conf\"\n"
	    "domain x.test { users table \"users\" }\n"
	    "deliver maildir mail/%d/%u { owner nobody }\n");
	assert_int_equal(test_of(s), 0);
	/* catalogue 113: every Debian has bin, with uid 2. */
	put(s, "postern.conf", "include \"extra.conf\"\n"
	    "domain x.test { users table \"users\" }\n"
	    "deliver maildir mail/%d/%u { owner bin }\n");
	h = check(s, true);
	CHECK(h.status == 78 && strstr(h.words.p, "\"bin\" (uid 2) is a user "
	    "of the system") != NULL, "\"%.*s\"", STR_ARG(h.words));
	put(s, "extra.conf", "processes { user nobody; minimum-uid 2 }\n");
	assert_int_equal(test_of(s), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_of_systemd, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_keys_others_may_read,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_role_good, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_role_trouble, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
