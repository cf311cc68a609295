/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data phase: the same bytes in one piece and in pieces of the size that
 * the first byte says must give the same message, the same notes and the same
 * end; and what was kept, stuffed again, must give itself.
 */
#include <stdlib.h>
#include <string.h>

#include "smtp/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct got {
	char  *kept;
	size_t len, used;
};

static void
feed(struct data *d, struct str in, struct got *got)
{
	struct str keep;
	size_t n;

	while (in.len > 0 && d->state != DA_END) {
		n = data_next(d, in, &keep);
		must(n > 0 || keep.len > 0);
		if (keep.len > 0)
			memcpy(got->kept + got->len, keep.p, keep.len);
		got->len += keep.len;
		got->used += n;
		in = str_from(in, n);
	}
	must(d->size == got->len);
}

/* What was kept up to the end is a sequence of whole lines, unless empty. */
static void
stuff_again(const struct got *first)
{
	char *text = malloc(2 * first->len + 4);
	struct data d = { .state = DA_START };
	struct got again = { malloc(first->len + 4), 0, 0 };
	bool at_start = true;
	size_t i, n = 0;

	must(text != NULL && again.kept != NULL);
	for (i = 0; i < first->len; i++) {
		if (at_start && first->kept[i] == '.')
			text[n++] = '.';
		text[n++] = first->kept[i];
		at_start = first->kept[i] == '\n' && i > 0 &&
		    first->kept[i - 1] == '\r';
	}
	memcpy(text + n, ".\r\n", 3);
	feed(&d, (struct str){ text, n + 3 }, &again);
	must(d.state == DA_END && again.len == first->len);
	must(again.len == 0 ||
	    memcmp(again.kept, first->kept, again.len) == 0);
	free(text);
	free(again.kept);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct data whole = { .state = DA_START }, cut = whole;
	struct got a = { malloc(size + 1), 0, 0 };
	struct got b = { malloc(size + 1), 0, 0 };
	size_t piece = size > 0 ? data[0] % 16 + 1u : 1, at;
	struct str in = { 0 };

	must(a.kept != NULL && b.kept != NULL);
	if (size > 1)
		in = (struct str){ (const char *)data + 1, size - 1 };
	feed(&whole, in, &a);
	for (at = 0; at < in.len; at += piece)
		feed(&cut, str_sub(in, at, piece), &b);
	must(whole.state == cut.state && whole.has_nul == cut.has_nul &&
	    whole.has_bare == cut.has_bare);
	must(a.len == b.len && a.used == b.used);
	must(a.len == 0 || memcmp(a.kept, b.kept, a.len) == 0);
	if (whole.state == DA_END)
		stuff_again(&a);
	free(a.kept);
	free(b.kept);
	return 0;
}
