/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <string.h>

#include "tests/unit/dkim_lab.h"

static void
smoke(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT, NULL, 5 },
		{ 0 } };
	struct room r;
	const char *c[] = { "simple/simple", "relaxed/relaxed", "relaxed/simple", "simple/relaxed" };
	size_t i, k;
	struct str h = STR("From: Ann <a@good.test>\r\nSubject:  x  y \r\n\tz\r\n"), b = STR("\r\nHi  there \r\n\r\n\r\n");
	(void)state;
	for (k = 0; k < LAB_KEYS; k++) for (i = 0; i < 4; i++) {
	rows[0].answer = lab_record(a, (enum lab_key)k);
	lab_open(&r, rows);
	struct str s = lab_sign(a, (enum lab_key)k, arena_printf(a, "v=1; a=%s-sha256; d=good.test; s=s;\r\n c=%s; h=from:subject; bh=$bh; b=$b", k == LAB_ED ? "ed25519":"rsa", c[i]).p, h, str_from(b, 2));
	lab_message(&r, lab_join(a, lab_join(a, s, h), b));
	room_expect(&r, k == LAB_512 ? "dkim=permerror dkim.domains=absent "
	    "dkim.aligned=false" : "dkim=pass dkim.domains=good.test "
	    "dkim.aligned=true dkim.weak=false", "each key, each way");
	lab_close(&r);
	}
	arena_free(&a);
}
int main(void){ const struct CMUnitTest t[] = { cmocka_unit_test(smoke) }; return cmocka_run_group_tests(t,NULL,NULL);}
