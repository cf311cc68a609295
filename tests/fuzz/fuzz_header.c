/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message from a stranger through header.c, trace.c and content.c: the
 * fields are its bytes, none left out; what stays after the forged ones went
 * has none of them; what we write about it is one field.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "deliver/content.h"
#include "mail/trace.h"

#define US STR("mx.example.org")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct body_pool pool = { .max = (size_t)64 << 20 };

static struct body *
body_of(struct str text)
{
	struct body *b;

	must(body_new(&pool, &b) == 0);
	must(body_append(b, text.p, text.len) == 0);
	must(body_seal(b) == 0);
	return b;
}

/* The raw parts are the header; names and values lie in them. */
static void
must_be_whole(const struct header *h, struct str text)
{
	const struct field *f;
	uint64_t at = 0;

	for (f = h->fields; f < h->fields + h->count; f++) {
		must(f->at == at && f->raw.len > 0);
		must(f->raw.len <= text.len - at);
		must(memcmp(f->raw.p, text.p + at, f->raw.len) == 0);
		must(f->name.len + f->value.len <= f->raw.len);
		must(f->is_long == (f->raw.len > HEADER_FIELD));
		at += f->raw.len;
	}
	must(h->size >= at && h->size - at <= 2 && h->size <= text.len);
}

/* A second look finds nothing more to remove. */
static void
must_be_clean(struct str text, struct arena *a)
{
	struct body *b = body_of(text);
	struct header h;
	struct piece *pieces;
	size_t count;

	must(header_read(b, a, &h) == 0);
	must(header_count(&h, STR("Return-Path")) == 0);
	must(header_count(&h, STR("X-Postern")) == 0);
	trace_strip(&h, text.len, US, STR("X-Spam-Flag"), a, &pieces, &count);
	must(count == (text.len > 0) && (count == 0 ||
	    (pieces[0].at == 0 && pieces[0].size == text.len)));
	body_free(&b);
}

static void
must_write_one_field(struct str value, struct arena *a)
{
	struct buf out = BUF_INIT(0);
	struct header h;
	struct body *b;
	struct trace t = { .host = US, .helo = value, .client_name = value,
		.id = value };

	must(trace_field(&out, "X-Postern", value) == 0);
	b = body_of(buf_str(&out));
	must(header_read(b, a, &h) == 0 && h.count == 1 && !h.has_odd);
	body_free(&b);
	out.len = 0;
	t.id = str_sub(value, 0, 40);
	must(trace_received(&out, &t) == 0);
	b = body_of(buf_str(&out));
	must(header_read(b, a, &h) == 0 && h.count == 1 && !h.has_odd);
	body_free(&b);
	buf_free(&out);
}

/* What stays, joined by hand; and the same by content.c, with LF ends. */
static struct str
join(const struct parcel *parcel, struct str text, struct arena *a)
{
	char *p = arena_alloc(a, text.len + 1);
	char *lf = arena_alloc(a, text.len + 1);
	struct content *c;
	struct str block;
	size_t i, n = 0, at = 0, len;

	for (i = 0; i < parcel->piece_count; i++) {
		memcpy(p + n, text.p + parcel->pieces[i].at,
		    (size_t)parcel->pieces[i].size);
		n += (size_t)parcel->pieces[i].size;
	}
	len = content_unix((struct str){ p, n }, lf);
	must(content_new(parcel, &c) == 0);
	must(content_wire_size(c) == n);
	do {
		must(content_next(c, &block) == 0);
		must(block.len <= len - at);
		must(memcmp(lf + at, block.p == NULL ? lf : block.p,
		    block.len) == 0);
		at += block.len;
	} while (block.len > 0);
	must(at == len);
	content_free(&c);
	return (struct str){ p, n };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *a = arena_new(0);
	struct body *b = body_of(text);
	struct parcel parcel = { .body = b };
	struct path bob;
	struct piece *pieces;
	struct header h;
	size_t i, used;
	int rc = header_read(b, a, &h);

	must(rc == 0 || rc == -E_TOOBIG);
	if (rc == 0) {
		must_be_whole(&h, text);
		trace_strip(&h, size, US, STR("X-Spam-Flag"), a, &pieces,
		    &parcel.piece_count);
		parcel.pieces = pieces;
		must_be_clean(join(&parcel, text, a), a);
		must(path_parse(STR("<bob@x.org>"), a, &bob, &used) == 0);
		(void)trace_is_loop(&h, US,
		    (const struct path *[]){ &bob }, 1);
		for (i = 0; i < h.count && i < 8; i++)
			must_write_one_field(h.fields[i].value, a);
		for (i = 0; i < h.count; i++)
			must(field_text(&h.fields[i], a).len <=
			    h.fields[i].value.len);
	}
	body_free(&b);
	arena_free(&a);
	return 0;
}
