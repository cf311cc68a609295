/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a play: read, and when it is one, played twice. Whatever its
 * clients say, no session hangs, and both times everything comes the same
 * (promise P10).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "sim/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define BYTES_MOST 4096
#define SCENES_MOST 300
#define DAY (86400 * SEC)

/* Serves the input as every play, and one policy as all others. */
struct input {
	struct reader reader;
	struct str    text;
};

static const char policy[] =
	"policy p \"for plays that nobody wrote\"\n"
	"use bad\n"
	"at connect gone if client.ip = 192.0.2.66 drop 554 \"go\"\n"
	"score +3 literal if helo.literal\n"
	"junk at 5\n"
	"refuse at 9 early 10 doubt junk\n";

static int
input_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	(void)a;
	if (str_ends_case(path, STR(".play"))) {
		*text = CONTAINER(r, struct input, reader)->text;
		return 0;
	}
	if (str_ends_case(path, STR(".policy"))) {
		*text = STR(policy);
		return 0;
	}
	fault_set(f, "there is no other file");
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

/* What came of a scene becomes a part of the sum. */
static void
add(void *arg, const struct play *p, const struct outcome *o)
{
	static const struct sipkey key = { 1, 2 };
	const struct finding *f;
	uint64_t *sum = arg;

	(void)p;
	*sum = *sum * 31 + siphash(key, o->transcript.p, o->transcript.len);
	for (f = o->findings; f != NULL; f = f->next) {
		*sum = *sum * 31 + siphash(key, f->got.p, f->got.len);
		if (str_eq(f->got, STR("it hangs")))
			abort();
	}
}

/* A play of years with lists that are looked after, or of thousands of scenes,
 * is right, and takes longer than a fuzzer waits. */
static bool
is_short(const struct play *p)
{
	const struct scene *s;
	const struct step *step;
	usec_t span = 0;

	for (s = p->scenes; s != NULL && span < DAY; s = s->next) {
		span += s->after;
		for (step = s->steps; step != NULL; step = step->next)
			span += step->span;
	}
	return span < DAY && p->scene_count <= SCENES_MOST;
}

static bool
play(struct str text, uint64_t *sum)
{
	struct input input = { { .read = input_read,
		.list = input_list, .secret = input_read }, text };
	const struct play_show show = { .scene = add, .arg = sum };
	struct play_tally tally = { 0 };
	struct arena *a = arena_new(0);
	struct diagnostics *d = diag_new();
	struct play *p = play_read(&input.reader, STR("input.play"), a, d);

	if (p != NULL && is_short(p))
		play_run(p, &show, &tally);
	else if (p == NULL)
		(void)diag_text(d, a);
	diag_free(&d);
	arena_free(&a);
	return p != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	uint64_t once = 0, again = 0;

	if (size > BYTES_MOST)
		return 0;
	if (play(text, &once) && (!play(text, &again) || once != again))
		abort();
	return 0;
}
