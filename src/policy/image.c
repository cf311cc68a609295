/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image - asks tables that lie in memory as one piece.
 *
 * Called by: eval.c for each test with a table, members.c when a table is
 * opened.
 * Always holds: an image that image_open took is sorted and within its bytes;
 * so a question reads nothing outside, and at most 64 places inside.
 * IPv4 stands apart from IPv6, as in net_has: "::/0" holds no IPv4 address.
 */
#include "policy/image.h"

#include <string.h>

#include "base/error.h"
#include "base/name.h"

/* --- checking ------------------------------------------------------------- */

static bool
spans4_are_sound(const struct span4 *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].first > s[i].last ||
		    (i > 0 && s[i].first <= s[i - 1].last))
			return false;
	return true;
}

static bool
spans6_are_sound(const struct span6 *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(s[i].first, s[i].last, 16) > 0 || (i > 0 &&
		    memcmp(s[i].first, s[i - 1].last, 16) <= 0))
			return false;
	return true;
}

static int
open_nets(struct str rest, struct image *m)
{
	if (m->count > rest.len / sizeof *m->spans4)
		return -E_INVALID;
	m->spans4 = (const void *)rest.p;
	rest = str_from(rest, m->count * sizeof *m->spans4);
	if (m->count6 > rest.len / sizeof *m->spans6 ||
	    rest.len != m->count6 * sizeof *m->spans6)
		return -E_INVALID;
	m->spans6 = (const void *)rest.p;
	return spans4_are_sound(m->spans4, m->count) &&
	    spans6_are_sound(m->spans6, m->count6) ? 0 : -E_INVALID;
}

static struct str
text_at(const struct image *m, size_t i)
{
	size_t from = i == 0 ? 0 : m->ends[i - 1];

	return (struct str){ m->texts + from, m->ends[i] - from };
}

static int
open_texts(struct str rest, struct image *m)
{
	size_t i;

	if (m->count6 != 0 || m->count > rest.len / sizeof *m->ends)
		return -E_INVALID;
	m->ends = (const void *)rest.p;
	rest = str_from(rest, m->count * sizeof *m->ends);
	m->texts = rest.p;
	for (i = 0; i < m->count; i++)
		if (m->ends[i] > rest.len || (i > 0 && (m->ends[i] <
		    m->ends[i - 1] || str_cmp_case(text_at(m, i - 1),
		    text_at(m, i)) >= 0)))
			return -E_INVALID;
	return rest.len == (m->count == 0 ? 0 : m->ends[m->count - 1]) ? 0 :
	    -E_INVALID;
}

int
image_open(struct str bytes, enum group_kind kind, struct image *out)
{
	struct image m = { .kind = kind };
	struct image_head head;
	int rc;

	if (bytes.len < sizeof head ||
	    (uintptr_t)bytes.p % sizeof (uint64_t) != 0)
		return -E_INVALID;
	memcpy(&head, bytes.p, sizeof head);
	if (memcmp(head.magic, IMAGE_MAGIC, sizeof head.magic) != 0 ||
	    head.kind != kind || head.zero != 0)
		return -E_INVALID;
	m.hash = head.hash;
	m.count = head.count;
	m.count6 = head.count6;
	bytes = str_from(bytes, sizeof head);
	rc = kind == TB_NETS ? open_nets(bytes, &m) : open_texts(bytes, &m);
	if (rc == 0)
		*out = m;
	return rc;
}

/* --- asking --------------------------------------------------------------- */

static bool
has_v4(const struct image *m, uint32_t ip)
{
	size_t low = 0, high = m->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (ip > m->spans4[middle].last)
			low = middle + 1;
		else if (ip < m->spans4[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

static bool
has_v6(const struct image *m, struct ip ip)
{
	size_t low = 0, high = m->count6, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (memcmp(ip.a, m->spans6[middle].last, 16) > 0)
			low = middle + 1;
		else if (memcmp(ip.a, m->spans6[middle].first, 16) < 0)
			high = middle;
		else
			return true;
	}
	return false;
}

bool
image_has_ip(const struct image *m, struct ip ip)
{
	if (m->kind != TB_NETS)
		return false;
	if (ip_is_v6(ip))
		return has_v6(m, ip);
	return has_v4(m, (uint32_t)ip.a[12] << 24 | (uint32_t)ip.a[13] << 16 |
	    (uint32_t)ip.a[14] << 8 | ip.a[15]);
}

static bool
has_whole(const struct image *m, struct str text)
{
	size_t low = 0, high = m->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = str_cmp_case(text, text_at(m, middle));
		if (order == 0)
			return true;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool
image_has_text(const struct image *m, struct str text)
{
	if (m->kind == TB_NETS)
		return false;
	if (m->kind != TB_DOMAINS)
		return has_whole(m, text);
	for (; text.len > 0; text = name_parent(text))
		if (has_whole(m, text))
			return true;
	return false;
}
