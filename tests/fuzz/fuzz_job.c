/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_job - the bodies of jobs and answers. What is unpacked cannot leave its
 * root or its content, and packs to the same bytes.
 *
 * An input is its kind (one byte) and the body.
 */
#include "base/error.h"
#include "deliver/below.h"
#include "deliver/job.h"

#define CONTENT 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_below(struct str path)
{
	must(path.len > 0 && path.len <= BELOW_PATH);
	while (path.p != NULL)
		must(below_is_name(str_split(&path, '/')));
}

/* One body for all: of CONTENT bytes, so that parcels can be packed. */
static void
must_pack_back(struct str text, struct parcel *p)
{
	struct body_pool pool = { .max = 1 << 20 };
	struct buf b = BUF_INIT(0);
	char bytes[CONTENT] = { 0 };
	struct body *body;

	must(body_new(&pool, &body) == 0);
	must(body_append(body, bytes, sizeof bytes) == 0);
	p->body = body;
	must(job_pack_parcel(&b, p) == 0);
	must(str_eq(buf_str(&b), text));
	buf_free(&b);
	body_free(&body);
}

static void
parcel(struct str text, struct arena *a)
{
	uint64_t end = 0;
	struct parcel p;
	size_t i;

	if (job_unpack_parcel(text, CONTENT, a, &p) != 0)
		return;
	for (i = 0; i < p.piece_count; i++) {
		must(p.pieces[i].at >= end && p.pieces[i].at <= CONTENT);
		must(p.pieces[i].size <= CONTENT - p.pieces[i].at);
		end = p.pieces[i].at + p.pieces[i].size;
	}
	must(p.copy_count > 0);
	for (i = 0; i < p.copy_count; i++) {
		must_be_below(p.copies[i].mailbox->folder);
		must(p.copies[i].subfolder.len == 0 ||
		    (p.copies[i].subfolder.p[0] == '.' &&
		    below_is_name(p.copies[i].subfolder)));
	}
	must_pack_back(text, &p);
}

static void
found(struct str text, struct arena *a)
{
	struct mailbox box = { .domain = { "", 0 } };
	struct buf b = BUF_INIT(0);
	enum find find;
	int code;

	if (job_unpack_found(text, a, &code, &find, &box) != 0)
		return;
	must(code <= 0 && code > -E_COUNT && find <= FIND_FULL);
	if (code == 0 && find == FIND_YES)
		must_be_below(box.folder);
	must(job_pack_found(&b, code, find, &box) == 0);
	must(str_eq(buf_str(&b), text));
	buf_free(&b);
}

static void
question(struct str text)
{
	struct buf b = BUF_INIT(0);
	struct str domain, local;

	if (job_unpack_find(text, &domain, &local) != 0)
		return;
	must(job_pack_find(&b, domain, local) == 0);
	must(str_eq(buf_str(&b), text));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data + 1, size - 1 };
	struct arena *a;
	int code;

	if (size == 0)
		return 0;
	a = arena_new(0);
	if (data[0] % 4 == 0)
		parcel(text, a);
	else if (data[0] % 4 == 1)
		found(text, a);
	else if (data[0] % 4 == 2)
		question(text);
	else if (job_unpack_code(text, &code) == 0)
		must(code <= 0 && code > -E_COUNT);
	arena_free(&a);
	return 0;
}
