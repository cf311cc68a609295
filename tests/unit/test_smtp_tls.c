/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What plays cannot say of STARTTLS: a process with too many handshakes, or
 * without a certificate. The rest is in tests/plays/tls-*.play.
 */
#include "tests/unit/session_lab.h"

#include "run/tls.h"

static void
give_tls(struct lab *lab)
{
	struct tls_pair pair;
	struct fault fault;

	assert_int_equal(tls_self_made(STR("mx.here.test"),
	    world_wall(lab->world), lab->arena, &pair), 0);
	assert_int_equal(tls_server_new(&pair, 1, TLS_1_2, &lab->server.tls,
	    &fault), 0);
}

static void
test_too_many(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	give_tls(&lab);
	lab.server.handshakes = 64;
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO a.test\r\n"));
	lab_expect(lab_say(&lab, STR("STARTTLS\r\n")), "454 4.7.0 *\r\n",
	    "put off");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *\r\n",
	    "and the session goes on in clear");
	lab.server.handshakes = 63;
	lab_expect(lab_say(&lab, STR("STARTTLS\r\n")), "220 2.0.0 *\r\n",
	    "the last one");
	assert_int_equal(lab.server.handshakes, 64);
	lab_hang_up(&lab);
	assert_int_equal(lab.server.handshakes, 63);
	assert_int_equal(lab.server.open, 0);
	assert_int_equal(board_total(lab.world->board, TL_TLS_FAILED), 1);
	lab.server.handshakes = 0;
	tls_server_free(&lab.server.tls);
	lab_close(&lab);
}

static void
test_none(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	assert_null(strstr(lab_say(&lab, STR("EHLO a.test\r\n")).p,
	    "STARTTLS"));
	lab_expect(lab_say(&lab, STR("STARTTLS\r\n")), "502 5.5.1 *\r\n",
	    "not offered");
	lab_hang_up(&lab);
	lab_close(&lab);
}

/* Where TLS comes first nothing is said in clear, whatever the reason. */
static void
test_mute(void **state)
{
	static const struct lab_conf crowd = { "limits { sessions 1 }\n",
		NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &crowd);
	lab.listen.is_tls = true;
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_say(&lab, STR("\x16\x03\x01")), "",
	    "there is no certificate");
	assert_true(lab_is_closed(&lab));
	lab_expect(lab_log(&lab), "tls *error=\"there is no certificate\"",
	    "says so");
	lab_close(&lab);

	lab_open(&lab, &crowd);
	give_tls(&lab);
	lab.listen.is_tls = true;
	lab.server.handshakes = 64;
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_say(&lab, STR("\x16\x03\x01")), "", "too many");
	assert_true(lab_is_closed(&lab));
	lab.server.handshakes = 0;
	tls_server_free(&lab.server.tls);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mute),
	};

	return cmocka_run_group_tests_name("smtp tls", tests, NULL, NULL);
}
