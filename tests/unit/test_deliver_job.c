/* SPDX-License-Identifier: BSD-2-Clause */
/* job: what was packed is unpacked, and nothing else is. */
#include "config.h"

#include "tests/unit/check.h"

#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/pack.h"
#include "deliver/job.h"

#define CONTENT 100

struct fixture {
	struct arena    *arena;
	struct body_pool pool;
	struct body     *body;
	struct piece     pieces[2];
	struct mailbox   boxes[2];
	struct copy      copies[2];
	struct parcel    parcel;
};

static int
setup(void **state)
{
	static struct fixture f;
	char bytes[CONTENT] = { 0 };

	memset(&f, 0, sizeof f);
	f.arena = arena_new(0);
	f.pool.max = 1 << 20;
	if (body_new(&f.pool, &f.body) != 0 ||
	    body_append(f.body, bytes, sizeof bytes) != 0 ||
	    body_seal(f.body) != 0)
		return -1;
	f.pieces[0] = (struct piece){ 0, 40 };
	f.pieces[1] = (struct piece){ 50, 50 };
	f.boxes[0] = (struct mailbox){ STR("x.test"), STR("ann"),
	    STR("x.test/ann") };
	f.boxes[1] = (struct mailbox){ STR("y.test"), STR("bob"),
	    STR("bob") };
	f.copies[0] = (struct copy){ &f.boxes[0], STR("A: b\r\n"),
	    STR(".Junk") };
	f.copies[1] = (struct copy){ &f.boxes[1], STR(""), STR("") };
	f.parcel = (struct parcel){ f.body, f.pieces, 2, f.copies, 2,
	    STR("dc31nvr2bsj.1") };
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	body_free(&f->body);
	arena_free(&f->arena);
	return 0;
}

static void
test_parcel(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT(0);
	struct parcel p;

	assert_int_equal(job_pack_parcel(&b, &f->parcel), 0);
	assert_int_equal(job_unpack_parcel(buf_str(&b), CONTENT, f->arena,
	    &p), 0);
	assert_str(p.id, "dc31nvr2bsj.1");
	assert_int_equal(p.piece_count, 2);
	assert_int_equal(p.pieces[1].at, 50);
	assert_int_equal(p.pieces[1].size, 50);
	assert_int_equal(p.copy_count, 2);
	assert_str(p.copies[0].mailbox->domain, "x.test");
	assert_str(p.copies[0].mailbox->folder, "x.test/ann");
	assert_str(p.copies[0].subfolder, ".Junk");
	assert_str(p.copies[0].prefix, "A: b\r\n");
	assert_str(p.copies[1].mailbox->local, "bob");
	assert_str(p.copies[1].prefix, "");
	/* Its size is what the descriptor says. */
	assert_int_equal(job_unpack_parcel(buf_str(&b), CONTENT + 1,
	    f->arena, &p), -E_INVALID);
	buf_free(&b);
}

/* Cut anywhere, or with a byte more, it is none. */
static void
test_cut(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT(0);
	struct parcel p;
	size_t n;

	assert_int_equal(job_pack_parcel(&b, &f->parcel), 0);
	for (n = 0; n < b.len; n++)
		CHECK(job_unpack_parcel((struct str){ b.p, n }, CONTENT,
		    f->arena, &p) == -E_INVALID, "cut at %zu", n);
	assert_int_equal(buf_add_byte(&b, 'x'), 0);
	assert_int_equal(job_unpack_parcel(buf_str(&b), CONTENT, f->arena,
	    &p), -E_INVALID);
	buf_free(&b);
}

/* A gate that lies (catalogue 132, 103). */
static void
test_lies(void **state)
{
	static const struct {
		struct str   folder, subfolder, prefix;
		struct piece pieces[2];
		size_t       copies;
		int          rc;
		const char  *why;
	} rows[] = {
#define FINE { { 0, 40 }, { 50, 50 } }
		{ { "a/b", 3 }, { "", 0 }, { "", 0 }, FINE, 1, 0, "fine" },
		{ { "a/b", 3 }, { "", 0 }, { "", 0 }, FINE, 0, -E_INVALID,
		    "for nobody" },
		{ { "../b", 4 }, { "", 0 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "goes up" },
		{ { "/b", 2 }, { "", 0 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "absolute" },
		{ { "a//b", 4 }, { "", 0 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "an empty step" },
		{ { "", 0 }, { "", 0 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "the root itself" },
		{ { "a\0b", 3 }, { "", 0 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "NUL" },
		{ { "a", 1 }, { "Junk", 4 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "no dot in front" },
		{ { "a", 1 }, { "..", 2 }, { "", 0 }, FINE, 1, -E_INVALID,
		    "the folder above" },
		{ { "a", 1 }, { "./../b", 6 }, { "", 0 }, FINE, 1,
		    -E_INVALID, "a path" },
		{ { "a", 1 }, { "", 0 }, { "A: b", 4 }, FINE, 1, -E_INVALID,
		    "half a line in front" },
		{ { "a", 1 }, { "", 0 }, { "", 0 }, { { 0, 101 } }, 1,
		    -E_INVALID, "longer than the content" },
		{ { "a", 1 }, { "", 0 }, { "", 0 }, { { 101, 0 } }, 1,
		    -E_INVALID, "behind the content" },
		{ { "a", 1 }, { "", 0 }, { "", 0 },
		    { { 0, 10 }, { 9, 1 } }, 1, -E_INVALID, "twice" },
		{ { "a", 1 }, { "", 0 }, { "", 0 },
		    { { 50, 10 }, { 0, 1 } }, 1, -E_INVALID, "backwards" },
		{ { "a", 1 }, { "", 0 }, { "", 0 },
		    { { 0, 10 }, { 11, UINT64_MAX } }, 1, -E_INVALID,
		    "goes round" },
	};
	struct fixture *f = *state;
	struct buf b = BUF_INIT(0);
	struct parcel p;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(rows); i++) {
		b.len = 0;
		f->boxes[0].folder = rows[i].folder;
		f->copies[0].subfolder = rows[i].subfolder;
		f->copies[0].prefix = rows[i].prefix;
		memcpy(f->pieces, rows[i].pieces, sizeof f->pieces);
		f->parcel.copy_count = rows[i].copies;
		f->parcel.piece_count = rows[i].pieces[1].size > 0 ? 2 : 1;
		assert_int_equal(job_pack_parcel(&b, &f->parcel), 0);
		rc = job_unpack_parcel(buf_str(&b), CONTENT, f->arena, &p);
		CHECK(rc == rows[i].rc, "%s: %d", rows[i].why, rc);
	}
	buf_free(&b);
}

static void
test_find(void **state)
{
	struct buf b = BUF_INIT(0);
	struct str domain, local;
	size_t n;

	(void)state;
	assert_int_equal(job_pack_find(&b, STR("x.test"), STR("a\0b")), 0);
	assert_int_equal(job_unpack_find(buf_str(&b), &domain, &local), 0);
	assert_str(domain, "x.test");
	assert_true(str_eq(local, STR("a\0b")));
	for (n = 0; n < b.len; n++)
		CHECK(job_unpack_find((struct str){ b.p, n }, &domain,
		    &local) == -E_INVALID, "cut at %zu", n);
	buf_free(&b);
}

static void
test_found(void **state)
{
	static const struct {
		int       code;
		enum find found;
	} rows[] = { { 0, FIND_YES }, { 0, FIND_NO }, { 0, FIND_FULL },
		{ -E_IO, FIND_NO }, { -E_DENIED, FIND_YES } };
	struct fixture *f = *state;
	struct buf b = BUF_INIT(0);
	struct mailbox box;
	enum find found;
	size_t i, n;
	int code;

	for (i = 0; i < COUNT(rows); i++) {
		b.len = 0;
		assert_int_equal(job_pack_found(&b, rows[i].code,
		    rows[i].found, &f->boxes[0]), 0);
		assert_int_equal(job_unpack_found(buf_str(&b), f->arena,
		    &code, &found, &box), 0);
		assert_int_equal(code, rows[i].code);
		assert_int_equal(found, rows[i].found);
		for (n = 0; n < b.len; n++)
			CHECK(job_unpack_found((struct str){ b.p, n },
			    f->arena, &code, &found, &box) == -E_INVALID,
			    "row %zu cut at %zu", i, n);
	}
	/* Only FIND_YES has a mailbox; others leave what was there. */
	assert_str(box.folder, "x.test/ann");
	buf_free(&b);
}

static void
test_codes(void **state)
{
	struct buf b = BUF_INIT(0);
	int code, got = 1;

	(void)state;
	for (code = 0; code < E_COUNT; code++) {
		b.len = 0;
		assert_int_equal(job_pack_code(&b, -code), 0);
		assert_int_equal(job_unpack_code(buf_str(&b), &got), 0);
		assert_int_equal(got, -code);
	}
	for (code = E_COUNT; code < E_COUNT + 3; code++) {
		b.len = 0;
		assert_int_equal(job_pack_code(&b, -code), 0);
		assert_int_equal(job_unpack_code(buf_str(&b), &got),
		    -E_INVALID);
	}
	b.len = 0;
	assert_int_equal(pack_u32(&b, UINT32_MAX), 0);
	assert_int_equal(job_unpack_code(buf_str(&b), &got), -E_INVALID);
	buf_free(&b);
}

/* What a clerk takes for the content of a message. */
static void
test_adopt(void **state)
{
	struct body *b = NULL;
	int fd, pipes[2];
	char text[4];

	(void)state;
	fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, "abcd", 4), 4);
	assert_int_equal(body_adopt(fd, &b), -E_INVALID);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_int_equal(body_adopt(fd, &b), -E_INVALID);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(body_adopt(fd, &b), 0);
	assert_int_equal(body_size(b), 4);
	assert_int_equal(body_read(b, 2, text, 4), 2);
	assert_memory_equal(text, "cd", 2);
	body_free(&b);
	assert_int_equal(fcntl(fd, F_GETFD), -1);       /* it was the body's */

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(body_adopt(fd, &b), -E_INVALID);
	close(fd);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);      /* has a name */
	assert_int_equal(body_adopt(fd, &b), -E_INVALID);
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(body_adopt(pipes[0], &b), -E_INVALID);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(body_adopt(-1, &b), -E_INVALID);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parcel),
		TEST(test_cut),
		TEST(test_lies),
		TEST(test_find),
		TEST(test_found),
		TEST(test_codes),
		TEST(test_adopt),
	};

	return cmocka_run_group_tests_name("deliver_job", tests, NULL, NULL);
}
