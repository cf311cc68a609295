/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_image - any bytes as a table's image: refused, or it can be asked.
 *
 * The magic is made right. An input's first byte is the kind; the rest is
 * the image from behind the magic on.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct image *m)
{
	static const char *const texts[] = { "", "a", "a.example",
		"x.a.example", "ann@a.example", "zz" };
	struct ip ip;
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		(void)image_has_text(m, str_of(texts[i]));
	for (i = 0; i < 256; i += 5) {
		memset(&ip, (int)i, sizeof ip);
		(void)image_has_ip(m, ip);
		(void)image_has_ip(m, ip_v4((uint8_t)i, 0, 2, 1));
	}
	/* what a range says of itself is so */
	for (i = 0; i < m->count && m->kind == TB_NETS; i++)
		must(image_has_ip(m, ip_v4((uint8_t)(m->spans4[i].last >> 24),
		    (uint8_t)(m->spans4[i].last >> 16),
		    (uint8_t)(m->spans4[i].last >> 8),
		    (uint8_t)m->spans4[i].last)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t magic = sizeof ((struct image_head *)0)->magic;
	enum group_kind kind;
	struct image m;
	char *copy;

	if (size == 0)
		return 0;
	kind = (enum group_kind)(data[0] % TB_COUNT);
	size--;
	copy = malloc(magic + size);    /* aligned, and its end is its own */
	must(copy != NULL);
	memcpy(copy, IMAGE_MAGIC, magic);
	memcpy(copy + magic, data + 1, size);
	if (image_open((struct str){ copy, magic + size }, kind, &m) == 0)
		ask(&m);
	free(copy);
	return 0;
}
