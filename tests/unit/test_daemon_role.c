/* SPDX-License-Identifier: BSD-2-Clause */
/* role: a child gets what its role needs, each thing once, or nothing. */
#include "tests/unit/check.h"

#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/pack.h"
#include "daemon/role.h"

struct pair {
	int fds[2];
	int lowest;
};

/* Stays the same when no descriptor is left over. */
static int
next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static int
setup(void **state)
{
	static struct pair p;

	*state = &p;
	if (wire_pair(p.fds) != 0)
		return -1;
	p.lowest = next_fd();
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	int lowest = next_fd();

	if (p->fds[0] >= 0)
		close(p->fds[0]);
	close(p->fds[1]);
	return lowest == p->lowest ? 0 : -1;
}

/* --- scripts -------------------------------------------------------------- */

enum { END, HELLO, GIVE, GO, ORDER, TABLES, SHORT_HELLO, LONG_HELLO,
	SHORT_GIVE, LONG_ORDER, NUL_ORDER, BAD_ORDER, FOREIGN, HANG_UP };

struct step { int what; unsigned a, b, c; };

static int
say(int fd, unsigned type, const void *p, size_t n, unsigned fds)
{
	const struct message m = { .type = type, .body = { p, n },
		.fds = { STDERR_FILENO, STDERR_FILENO }, .fd_count = fds };

	return wire_send(fd, &m);
}

static int
say_order(int fd, uint32_t is_first, struct str file, struct str dir)
{
	struct buf b = BUF_INIT(0);
	int rc;

	rc = pack_u32(&b, is_first) | pack_str(&b, file) | pack_str(&b, dir);
	rc |= say(fd, RW_ORDER, b.p, b.len, 0);
	buf_free(&b);
	return rc;
}

static int
step(int fd, const struct step *s)
{
	static const char zeros[16] = { 0 };
	/* as wire.h says, of a build that is not ours */
	static const uint32_t foreign[7] = { RW_HELLO, 12, 1, 2 };

	switch (s->what) {
	case HELLO:
		return role_hello(fd, (enum role)s->a, s->b, s->c);
	case GIVE:
		return role_give(fd, (enum gift)s->a, s->b, STDERR_FILENO);
	case GO:
		return say(fd, RW_GO, NULL, 0, 0);
	case ORDER:
		return say_order(fd, 1, STR("/f"), STR("/d"));
	case TABLES:
		return say(fd, RW_TABLES, NULL, 0, 1);
	case SHORT_HELLO:
		return say(fd, RW_HELLO, zeros, 11, 0);
	case LONG_HELLO:
		return say(fd, RW_HELLO, zeros, 13, 0);
	case SHORT_GIVE:
		return say(fd, RW_GIVE, zeros, 4, 1);
	case LONG_ORDER:
		return say(fd, RW_ORDER, zeros, 13, 0);
	case NUL_ORDER:
		return say_order(fd, 0, STR("/a\0b"), STR(""));
	case BAD_ORDER:
		return say_order(fd, 2, STR("/f"), STR(""));
	case FOREIGN:
		return send(fd, foreign, sizeof foreign, 0) ==
		    sizeof foreign ? 0 : -1;
	default:
		return 0;
	}
}

#define GATE   { HELLO, ROLE_GATE, 7, 0 }
#define NEEDED { GIVE, GIFT_BOARD, 0, 0 }, { GIVE, GIFT_OPEN, 0, 0 }
#define SECRET { GIVE, GIFT_SECRET, 0, 0 }
#define FINISH { GO, 0, 0, 0 }

static const struct {
	const char *why;
	int         rc;
	struct step steps[8];
} scripts[] = {
	{ "a gate", 0, { GATE, NEEDED, SECRET, FINISH } },
	{ "a gate with all", 0, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_LISTENER, ROLE_LISTENERS - 1, 0 },
	    { GIVE, GIFT_JOBS, ROLE_OWNERS - 1, 0 },
	    { GIVE, GIFT_LOG, 0, 0 }, FINISH } },
	{ "a pool", 0, { { HELLO, ROLE_POOL, 7, 3 }, NEEDED,
	    { GIVE, GIFT_JOBS, 3, 0 }, { GIVE, GIFT_QUESTIONS, 3, 0 },
	    FINISH } },
	{ "a keeper", 0, { { HELLO, ROLE_KEEPER, 7, 0 }, NEEDED, SECRET,
	    FINISH } },
	{ "a keeper with all", 0, { { HELLO, ROLE_KEEPER, 7, 0 }, NEEDED,
	    SECRET, { GIVE, GIFT_CONTROL, 0, 0 }, { GIVE, GIFT_LOG, 0, 0 },
	    FINISH } },
	{ "a checker", 0, { { HELLO, ROLE_CHECKER, 7, 0 }, { ORDER, 0, 0, 0 },
	    FINISH } },

	{ "nobody says anything", -E_EOF, { { HANG_UP, 0, 0, 0 } } },
	{ "the end in between", -E_EOF, { GATE, NEEDED, { HANG_UP, 0, 0, 0 } } },
	{ "no role", -E_INVALID, { FINISH } },
	{ "a gift before the role", -E_INVALID, { NEEDED, GATE, FINISH } },
	{ "an order before the role", -E_INVALID, { { ORDER, 0, 0, 0 },
	    { HELLO, ROLE_CHECKER, 7, 0 }, FINISH } },
	{ "a role that is none", -E_INVALID, { { HELLO, ROLE_COUNT, 0, 0 },
	    NEEDED, SECRET, FINISH } },
	{ "an owner that is none", -E_INVALID, { { HELLO, ROLE_GATE, 0,
	    ROLE_OWNERS }, NEEDED, SECRET, FINISH } },
	{ "two roles", -E_INVALID, { GATE, GATE, NEEDED, SECRET, FINISH } },
	{ "the same gift twice", -E_INVALID, { GATE, NEEDED, SECRET, SECRET,
	    FINISH } },
	{ "a gift for nothing", -E_INVALID, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_COUNT, 0, 0 }, FINISH } },
	{ "a second board", -E_INVALID, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_BOARD, 1, 0 }, FINISH } },
	{ "a listener too many", -E_INVALID, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_LISTENER, ROLE_LISTENERS, 0 }, FINISH } },
	{ "jobs of nobody", -E_INVALID, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_JOBS, ROLE_OWNERS, 0 }, FINISH } },
	{ "questions far away", -E_INVALID, { GATE, NEEDED, SECRET,
	    { GIVE, GIFT_QUESTIONS, UINT32_MAX, 0 }, FINISH } },
	{ "a gate without secrets", -E_INVALID, { GATE, NEEDED, FINISH } },
	{ "a gate without a board", -E_INVALID, { GATE,
	    { GIVE, GIFT_OPEN, 0, 0 }, SECRET, FINISH } },
	{ "a keeper without secrets", -E_INVALID, { { HELLO, ROLE_KEEPER, 7,
	    0 }, NEEDED, FINISH } },
	{ "two control sockets", -E_INVALID, { { HELLO, ROLE_KEEPER, 7, 0 },
	    NEEDED, SECRET, { GIVE, GIFT_CONTROL, 0, 0 },
	    { GIVE, GIFT_CONTROL, 0, 0 }, FINISH } },
	{ "a pool with another's jobs", -E_INVALID, { { HELLO, ROLE_POOL, 7,
	    3 }, NEEDED, { GIVE, GIFT_JOBS, 2, 0 },
	    { GIVE, GIFT_QUESTIONS, 3, 0 }, FINISH } },
	{ "a checker without an order", -E_INVALID, { { HELLO, ROLE_CHECKER,
	    7, 0 }, FINISH } },
	{ "two orders", -E_INVALID, { { HELLO, ROLE_CHECKER, 7, 0 },
	    { ORDER, 0, 0, 0 }, { ORDER, 0, 0, 0 }, FINISH } },
	{ "an order for a gate", -E_INVALID, { GATE, NEEDED, SECRET,
	    { ORDER, 0, 0, 0 }, FINISH } },
	{ "an order with more behind it", -E_INVALID, { { HELLO,
	    ROLE_CHECKER, 7, 0 }, { LONG_ORDER, 0, 0, 0 }, FINISH } },
	{ "a name with NUL", -E_INVALID, { { HELLO, ROLE_CHECKER, 7, 0 },
	    { NUL_ORDER, 0, 0, 0 }, FINISH } },
	{ "first or not or what", -E_INVALID, { { HELLO, ROLE_CHECKER, 7, 0 },
	    { BAD_ORDER, 0, 0, 0 }, FINISH } },
	{ "a short word", -E_INVALID, { { SHORT_HELLO, 0, 0, 0 }, FINISH } },
	{ "a long word", -E_INVALID, { { LONG_HELLO, 0, 0, 0 }, FINISH } },
	{ "a short gift", -E_INVALID, { GATE, { SHORT_GIVE, 0, 0, 0 },
	    FINISH } },
	{ "tables before it serves", -E_INVALID, { GATE, NEEDED, SECRET,
	    { TABLES, 0, 0, 0 }, FINISH } },
	{ "another build", -E_INVALID, { { FOREIGN, 0, 0, 0 }, FINISH } },
};

/* catalogue 132 */
static void
test_scripts(void **state)
{
	struct pair *p = *state;
	struct given g;
	size_t i, k;
	int pair[2], rc;

	for (i = 0; i < COUNT(scripts); i++) {
		assert_int_equal(wire_pair(pair), 0);
		for (k = 0; k < COUNT(scripts[i].steps) &&
		    scripts[i].steps[k].what != END; k++)
			CHECK(step(pair[0], &scripts[i].steps[k]) == 0,
			    "%s: step %zu", scripts[i].why, k);
		close(pair[0]);
		rc = role_receive(pair[1], &g);
		CHECK(rc == scripts[i].rc, "%s: %d", scripts[i].why, rc);
		if (rc == 0) {
			CHECK(g.row == 7, "%s: row %u", scripts[i].why, g.row);
			role_forget(&g);
		}
		close(pair[1]);
		CHECK(next_fd() == p->lowest, "%s: something is left open",
		    scripts[i].why);
	}
}

static void
test_given(void **state)
{
	struct pair *p = *state;
	struct given g;
	size_t i, held = 0;

	assert_int_equal(role_hello(p->fds[0], ROLE_GATE, 9, 0), 0);
	assert_int_equal(role_give(p->fds[0], GIFT_BOARD, 0, 2), 0);
	assert_int_equal(role_give(p->fds[0], GIFT_OPEN, 0, 2), 0);
	assert_int_equal(role_give(p->fds[0], GIFT_SECRET, 0, 2), 0);
	assert_int_equal(role_give(p->fds[0], GIFT_LISTENER, 5, 2), 0);
	assert_int_equal(role_give(p->fds[0], GIFT_QUESTIONS, 1, 2), 0);
	assert_int_equal(say(p->fds[0], RW_GO, NULL, 0, 0), 0);
	assert_int_equal(role_receive(p->fds[1], &g), 0);
	assert_int_equal(g.role, ROLE_GATE);
	assert_int_equal(g.row, 9);
	assert_true(g.board >= 0 && g.open >= 0 && g.secret >= 0);
	assert_int_equal(g.log, -1);
	for (i = 0; i < ROLE_LISTENERS; i++)
		held += (size_t)(g.listeners[i] >= 0);
	for (i = 0; i < ROLE_OWNERS; i++)
		held += (size_t)((g.jobs[i] >= 0) + (g.questions[i] >= 0));
	assert_int_equal(held, 2);
	assert_true(g.listeners[5] >= 0 && g.questions[1] >= 0);
	assert_int_equal(fcntl(g.listeners[5], F_GETFD), FD_CLOEXEC);
	role_forget(&g);
	assert_int_equal(g.listeners[5], -1);
	role_forget(&g);        /* nothing happens twice */
}

static void
test_order(void **state)
{
	struct pair *p = *state;
	struct given g;
	char *name = malloc(40000);

	assert_int_equal(role_order(p->fds[0], 3, true, STR("/e/x.conf"),
	    STR("")), 0);
	assert_int_equal(role_receive(p->fds[1], &g), 0);
	assert_int_equal(g.role, ROLE_CHECKER);
	assert_int_equal(g.row, 3);
	assert_true(g.is_first);
	assert_string_equal(g.file.p, "/e/x.conf");
	assert_string_equal(g.dir.p, "");
	assert_int_equal(g.dir.len, 0);
	role_forget(&g);
	assert_int_equal(role_order(p->fds[0], 3, false, STR(""),
	    STR("/dir")), 0);
	assert_int_equal(role_receive(p->fds[1], &g), 0);
	assert_false(g.is_first);
	assert_str(g.file, "");
	assert_str(g.dir, "/dir");
	role_forget(&g);
	memset(name, 'a', 40000);
	assert_int_equal(role_order(p->fds[0], 3, false,
	    (struct str){ name, 40000 }, STR("")), -E_TOOBIG);
	free(name);
}

/* --- the way back --------------------------------------------------------- */

static struct str
failed(struct pair *p, char *room, struct str words, uint32_t *status)
{
	struct message m;
	struct unpack u;
	struct str text;

	assert_int_equal(role_failed(p->fds[1], 78, words), 0);
	assert_int_equal(wire_recv(p->fds[0], &role_to_parent, room, &m), 0);
	assert_int_equal(m.type, RW_FAILED);
	u = (struct unpack){ .rest = m.body };
	*status = unpack_u32(&u);
	text = unpack_str(&u);
	assert_true(unpack_end(&u));
	return text;
}

static void
test_says(void **state)
{
	struct pair *p = *state;
	char *room = malloc(WIRE_ROOM), *words = malloc(100000);
	struct message m;
	struct str text;
	uint32_t status;
	size_t i;

	assert_int_equal(role_ready(p->fds[1]), 0);
	assert_int_equal(wire_recv(p->fds[0], &role_to_parent, room, &m), 0);
	assert_int_equal(m.type, RW_READY);
	assert_int_equal(role_made(p->fds[1], 1, 2), 0);
	assert_int_equal(wire_recv(p->fds[0], &role_to_parent, room, &m), 0);
	assert_int_equal(m.type, RW_MADE);
	assert_int_equal(m.fd_count, 2);
	wire_discard(&m);
	text = failed(p, room, STR("it is wrong\n"), &status);
	assert_str(text, "it is wrong\n");
	assert_int_equal(status, 78);
	/* long ones lose whole lines, or when there is only one its end */
	for (i = 0; i < 100000; i++)
		words[i] = i % 10 == 9 ? '\n' : 'a';
	text = failed(p, room, (struct str){ words, 100000 }, &status);
	assert_true(text.len > WIRE_BODY - 20 && text.len % 10 == 0);
	memset(words, 'a', 100000);
	text = failed(p, room, (struct str){ words, 100000 }, &status);
	assert_int_equal(text.len, WIRE_BODY - 8);
	free(words);
	free(room);
}

static void
test_words(void **state)
{
	enum role role;

	(void)state;
	for (role = 0; role < ROLE_COUNT; role++)
		assert_int_equal(role_of(str_of(role_word(role))), role);
	assert_int_equal(role_of(STR("gates")), ROLE_COUNT);
	assert_int_equal(role_of(STR("")), ROLE_COUNT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_scripts), T(test_given), T(test_order), T(test_says),
		T(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
