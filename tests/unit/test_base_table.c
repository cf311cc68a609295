/* SPDX-License-Identifier: BSD-2-Clause */
/* table: SipHash by its published vectors, and the table against a model. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "base/table.h"

/* 00 01 .. 0f, read as two little-endian words. */
static const struct sipkey key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

/* Aumasson and Bernstein, appendix A and the reference vectors: the hash of
 * 00 01 02 .. of n bytes. */
static void
siphash_vectors(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd },
		{ 2, 0x0d6c8009d9a94f5a }, { 3, 0x85676696d7fb7e2d },
		{ 4, 0xcf2794e0277187b7 }, { 5, 0x18765564cd99a68d },
		{ 6, 0xcbc9466e58fee3ce }, { 7, 0xab0200f58b01d137 },
		{ 8, 0x93f5f5799a932462 }, { 15, 0xa129ca6149be45e5 },
		{ 16, 0x3f2acc7f57c29bdb }, { 63, 0x958a324ceb064572 },
	};
	uint64_t hash;
	uint8_t *in;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		in = malloc(rows[i].n + 1);
		assert_non_null(in);
		for (j = 0; j < rows[i].n; j++)
			in[1 + j] = (uint8_t)j;         /* unaligned, too */
		hash = siphash(key, in + 1, rows[i].n);
		CHECK(hash == rows[i].hash, "%zu bytes give %016llx",
		    rows[i].n, (unsigned long long)hash);
		free(in);
	}
	assert_int_equal(siphash(key, NULL, 0), rows[0].hash);
}

static void
keys_are_bytes_and_copied(void **state)
{
	struct table *t = table_new(key);
	int one, two, three;
	char k[] = "abc";

	(void)state;
	assert_null(table_get(t, STR("abc")));
	assert_null(table_del(t, STR("abc")));
	assert_null(table_put(t, str_of(k), &one));
	k[0] = 'x';
	assert_ptr_equal(table_get(t, STR("abc")), &one);
	assert_null(table_get(t, STR("xbc")));
	assert_null(table_get(t, STR("ABC")));
	assert_null(table_get(t, STR("ab")));
	assert_null(table_get(t, STR("abc\0")));
	assert_null(table_put(t, STR("abc\0"), &two));
	assert_null(table_put(t, (struct str){ NULL, 0 }, &three));
	assert_ptr_equal(table_get(t, STR("")), &three);
	assert_ptr_equal(table_put(t, STR("abc"), &two), &one);
	assert_int_equal(table_count(t), 3);
	assert_ptr_equal(table_del(t, STR("abc")), &two);
	assert_null(table_del(t, STR("abc")));
	assert_ptr_equal(table_get(t, STR("abc\0")), &two);
	assert_int_equal(table_count(t), 2);
	table_free(&t);
	assert_null(t);
	table_free(&t);
}

enum { KEYS = 700 };

struct model {
	struct table *table;
	char  name[KEYS][24];
	int   value[KEYS][2];
	void *now[KEYS];
	size_t count;
};

static struct str
nth_key(struct model *m, size_t i)
{
	snprintf(m->name[i], sizeof m->name[i], "k%zu", i);
	return str_of(m->name[i]);
}

static void
model_is_met(struct model *m)
{
	size_t i;

	assert_int_equal(table_count(m->table), m->count);
	for (i = 0; i < KEYS; i++)
		CHECK(table_get(m->table, nth_key(m, i)) == m->now[i],
		    "key %zu", i);
}

/* Waves of many and few keys, so that it grows, fills with the dead, and is
 * rebuilt smaller. */
static void
behaves_as_its_model(void **state)
{
	struct model *m = calloc(1, sizeof *m);
	unsigned random = 1, step;
	void *value;
	size_t i;

	(void)state;
	assert_non_null(m);
	m->table = table_new(key);
	for (step = 0; step < 200000; step++) {
		random = random * 1664525u + 1013904223u;
		i = (random >> 16) % KEYS;
		value = &m->value[i][step & 1];
		if ((random >> 8) % 100 < (step / 10000 % 2 ? 20 : 80)) {
			assert_ptr_equal(table_put(m->table, nth_key(m, i),
			    value), m->now[i]);
			m->count += m->now[i] == NULL;
			m->now[i] = value;
		} else {
			assert_ptr_equal(table_del(m->table, nth_key(m, i)),
			    m->now[i]);
			m->count -= m->now[i] != NULL;
			m->now[i] = NULL;
		}
		if (step % 5000 == 0)
			model_is_met(m);
	}
	model_is_met(m);
	table_free(&m->table);
	free(m);
}

static void
walks_give_each_entry_once(void **state)
{
	struct model *m = calloc(1, sizeof *m);
	size_t pos = 0, i, n, odd;
	struct str k;
	void *v;

	(void)state;
	assert_non_null(m);
	m->table = table_new(key);
	assert_false(table_next(m->table, &pos, &k, &v));
	for (i = 0; i < KEYS; i++)
		table_put(m->table, nth_key(m, i), &m->value[i][0]);
	/* Every second one is deleted while walking. */
	for (pos = n = odd = 0; table_next(m->table, &pos, &k, &v); n++) {
		i = (size_t)((int (*)[2])v - m->value);
		assert_str(k, m->name[i]);
		assert_int_equal(m->value[i][1]++, 0);
		if (i % 2 == 1) {
			assert_ptr_equal(table_del(m->table, nth_key(m, i)), v);
			odd++;
		}
	}
	assert_int_equal(n, KEYS);
	assert_int_equal(table_count(m->table), KEYS - odd);
	for (i = 0; i < KEYS; i++)
		assert_int_equal(table_get(m->table, nth_key(m, i)) != NULL,
		    i % 2 == 0);
	table_free(&m->table);
	free(m);
}

/* catalogue 62: which keys collide depends on the secret. */
static void
order_depends_on_the_key(void **state)
{
	struct table *a = table_new(key);
	struct table *b = table_new((struct sipkey){ 1, 2 });
	size_t pos_a = 0, pos_b = 0, same = 0, i;
	struct str ka, kb;
	char name[8];
	void *v;
	int x;

	(void)state;
	for (i = 0; i < 256; i++) {
		snprintf(name, sizeof name, "h%zu", i);
		table_put(a, str_of(name), &x);
		table_put(b, str_of(name), &x);
	}
	while (table_next(a, &pos_a, &ka, &v) &&
	    table_next(b, &pos_b, &kb, &v))
		same += str_eq(ka, kb);
	assert_true(same < 20);
	table_free(&a);
	table_free(&b);
}

static void
put_null(void *p)
{
	table_put(p, STR("a"), NULL);
}

static void
null_is_no_value(void **state)
{
	struct table *t = table_new(key);

	(void)state;
	assert_true(dies(put_null, t));
	table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors),
		cmocka_unit_test(keys_are_bytes_and_copied),
		cmocka_unit_test(behaves_as_its_model),
		cmocka_unit_test(walks_give_each_entry_once),
		cmocka_unit_test(order_depends_on_the_key),
		cmocka_unit_test(null_is_no_value),
	};

	return cmocka_run_group_tests_name("base/table", tests, NULL, NULL);
}
