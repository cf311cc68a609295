# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/unit/tap

# --- smtp -------------------------------------------------------------------
noinst_HEADERS += tests/unit/session_lab.h
if CMOCKA
SMTP_PURE_TESTS = tests/unit/test_smtp_command tests/unit/test_smtp_data \
	tests/unit/test_smtp_proxy tests/unit/test_smtp_reply
SMTP_LAB_TESTS = tests/unit/test_smtp_controls tests/unit/test_smtp_crowd \
	tests/unit/test_smtp_door \
	tests/unit/test_smtp_drain tests/unit/test_smtp_judge \
	tests/unit/test_smtp_keep tests/unit/test_smtp_log \
	tests/unit/test_smtp_results tests/unit/test_smtp_session \
	tests/unit/test_smtp_slow tests/unit/test_smtp_storm
check_PROGRAMS += $(SMTP_PURE_TESTS) $(SMTP_LAB_TESTS)
TESTS += $(SMTP_PURE_TESTS) $(SMTP_LAB_TESTS)
check_LIBRARIES += tests/unit/libsessionlab.a
tests_unit_libsessionlab_a_SOURCES = tests/unit/session_lab.c
tests_unit_libsessionlab_a_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
SMTP_LAB = tests/unit/libsessionlab.a $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_smtp_command_SOURCES = tests/unit/test_smtp_command.c
tests_unit_test_smtp_command_LDADD = $(FLOOR5) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_smtp_command_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_data_SOURCES = tests/unit/test_smtp_data.c
tests_unit_test_smtp_data_LDADD = $(FLOOR5) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_smtp_data_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_proxy_SOURCES = tests/unit/test_smtp_proxy.c
tests_unit_test_smtp_proxy_LDADD = $(FLOOR5) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_smtp_proxy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_reply_SOURCES = tests/unit/test_smtp_reply.c
tests_unit_test_smtp_reply_LDADD = $(FLOOR5) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_smtp_reply_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_controls_SOURCES = tests/unit/test_smtp_controls.c
tests_unit_test_smtp_controls_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_controls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_crowd_SOURCES = tests/unit/test_smtp_crowd.c
tests_unit_test_smtp_crowd_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_crowd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_door_SOURCES = tests/unit/test_smtp_door.c
tests_unit_test_smtp_door_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_door_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_drain_SOURCES = tests/unit/test_smtp_drain.c
tests_unit_test_smtp_drain_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_drain_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_keep_SOURCES = tests/unit/test_smtp_keep.c
tests_unit_test_smtp_keep_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_keep_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_results_SOURCES = tests/unit/test_smtp_results.c
tests_unit_test_smtp_results_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_results_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_judge_SOURCES = tests/unit/test_smtp_judge.c
tests_unit_test_smtp_judge_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_judge_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_log_SOURCES = tests/unit/test_smtp_log.c
tests_unit_test_smtp_log_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_session_SOURCES = tests/unit/test_smtp_session.c
tests_unit_test_smtp_session_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_session_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_slow_SOURCES = tests/unit/test_smtp_slow.c
tests_unit_test_smtp_slow_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_slow_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smtp_storm_SOURCES = tests/unit/test_smtp_storm.c
tests_unit_test_smtp_storm_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_storm_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- base -------------------------------------------------------------------
noinst_HEADERS += tests/unit/check.h
if CMOCKA
BASE_TESTS = \
	tests/unit/test_base_arena \
	tests/unit/test_base_buf \
	tests/unit/test_base_date \
	tests/unit/test_base_error \
	tests/unit/test_base_ip \
	tests/unit/test_base_log \
	tests/unit/test_base_name \
	tests/unit/test_base_pack \
	tests/unit/test_base_radix \
	tests/unit/test_base_str \
	tests/unit/test_base_table
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_test_base_arena_SOURCES = tests/unit/test_base_arena.c
tests_unit_test_base_arena_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_arena_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_buf_SOURCES = tests/unit/test_base_buf.c
tests_unit_test_base_buf_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_buf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_date_SOURCES = tests/unit/test_base_date.c
tests_unit_test_base_date_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_date_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_error_SOURCES = tests/unit/test_base_error.c
tests_unit_test_base_error_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_error_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_ip_SOURCES = tests/unit/test_base_ip.c
tests_unit_test_base_ip_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_ip_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_log_SOURCES = tests/unit/test_base_log.c
tests_unit_test_base_log_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_name_SOURCES = tests/unit/test_base_name.c
tests_unit_test_base_name_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_name_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_pack_SOURCES = tests/unit/test_base_pack.c
tests_unit_test_base_pack_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_pack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_radix_SOURCES = tests/unit/test_base_radix.c
tests_unit_test_base_radix_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_radix_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_str_SOURCES = tests/unit/test_base_str.c
tests_unit_test_base_str_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_str_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_table_SOURCES = tests/unit/test_base_table.c
tests_unit_test_base_table_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_base_table_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- run --------------------------------------------------------------------
noinst_HEADERS += tests/unit/run_lab.h
check_PROGRAMS += tests/unit/gdb_subject
tests_unit_gdb_subject_SOURCES = tests/unit/gdb_subject.c
tests_unit_gdb_subject_LDADD = $(FLOOR1) $(ALL_LIBS)
EXTRA_DIST += tests/unit/test_run_gdb.sh
TESTS += tests/unit/test_run_gdb.sh
if CMOCKA
RUN_TESTS = tests/unit/test_run_board tests/unit/test_run_board_lists \
	tests/unit/test_run_board_shared \
	tests/unit/test_run_fiber tests/unit/test_run_loop \
	tests/unit/test_run_overflow tests/unit/test_run_stream
check_PROGRAMS += $(RUN_TESTS)
TESTS += $(RUN_TESTS)
tests_unit_test_run_board_SOURCES = tests/unit/test_run_board.c
tests_unit_test_run_board_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_board_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_board_lists_SOURCES = tests/unit/test_run_board_lists.c
tests_unit_test_run_board_lists_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_board_lists_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_board_shared_SOURCES = \
	tests/unit/test_run_board_shared.c
tests_unit_test_run_board_shared_LDADD = $(FLOOR1) $(ALL_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_run_board_shared_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_fiber_SOURCES = tests/unit/test_run_fiber.c
tests_unit_test_run_fiber_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_fiber_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_loop_SOURCES = tests/unit/test_run_loop.c
tests_unit_test_run_loop_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_loop_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_overflow_SOURCES = tests/unit/test_run_overflow.c
tests_unit_test_run_overflow_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_overflow_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_stream_SOURCES = tests/unit/test_run_stream.c
tests_unit_test_run_stream_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_stream_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- tls --------------------------------------------------------------------
noinst_HEADERS += tests/unit/tls_lab.h
if CMOCKA
TLS_TESTS = tests/unit/test_run_tls tests/unit/test_run_tls_attack \
	tests/unit/test_run_tls_server
check_PROGRAMS += $(TLS_TESTS)
TESTS += $(TLS_TESTS)
tests_unit_test_run_tls_SOURCES = tests/unit/test_run_tls.c \
	tests/unit/tls_lab.c
tests_unit_test_run_tls_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_tls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_tls_attack_SOURCES = tests/unit/test_run_tls_attack.c \
	tests/unit/tls_lab.c
tests_unit_test_run_tls_attack_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_tls_attack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_tls_server_SOURCES = tests/unit/test_run_tls_server.c \
	tests/unit/tls_lab.c
tests_unit_test_run_tls_server_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_tls_server_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- wire -------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_run_wire
TESTS += tests/unit/test_run_wire
tests_unit_test_run_wire_SOURCES = tests/unit/test_run_wire.c
tests_unit_test_run_wire_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_wire_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- lang -------------------------------------------------------------------
if CMOCKA
LANG_TESTS = tests/unit/test_lang_diag tests/unit/test_lang_schema \
	tests/unit/test_lang_source \
	tests/unit/test_lang_tree tests/unit/test_lang_value
check_PROGRAMS += $(LANG_TESTS)
TESTS += $(LANG_TESTS)
tests_unit_test_lang_diag_SOURCES = tests/unit/test_lang_diag.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_diag_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_diag_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lang_schema_SOURCES = tests/unit/test_lang_schema.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_schema_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_schema_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lang_source_SOURCES = tests/unit/test_lang_source.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_source_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_source_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lang_tree_SOURCES = tests/unit/test_lang_tree.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_tree_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lang_value_SOURCES = tests/unit/test_lang_value.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_value_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_value_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- dns --------------------------------------------------------------------
if CMOCKA
DNS_TESTS = tests/unit/test_dns_ares tests/unit/test_dns_ask \
	tests/unit/test_dns_oracle tests/unit/test_dns_wire
check_PROGRAMS += $(DNS_TESTS)
TESTS += $(DNS_TESTS)
tests_unit_test_dns_ares_SOURCES = tests/unit/test_dns_ares.c
tests_unit_test_dns_ares_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dns_ares_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dns_ask_SOURCES = tests/unit/test_dns_ask.c
tests_unit_test_dns_ask_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dns_ask_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dns_oracle_SOURCES = tests/unit/test_dns_oracle.c
tests_unit_test_dns_oracle_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS) \
	-lresolv
tests_unit_test_dns_oracle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dns_wire_SOURCES = tests/unit/test_dns_wire.c
tests_unit_test_dns_wire_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS) \
	-lresolv
tests_unit_test_dns_wire_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- conf -------------------------------------------------------------------
EXTRA_DIST += tests/unit/conf_errors.txt
if CMOCKA
CONF_TESTS = tests/unit/test_conf tests/unit/test_conf_errors
check_PROGRAMS += $(CONF_TESTS)
TESTS += $(CONF_TESTS)
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_conf_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_conf_errors_SOURCES = tests/unit/test_conf_errors.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_conf_errors_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_errors_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- certs ------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_daemon_certs
TESTS += tests/unit/test_daemon_certs
tests_unit_test_daemon_certs_SOURCES = tests/unit/test_daemon_certs.c \
	tests/unit/lang.c tests/unit/tls_lab.c
tests_unit_test_daemon_certs_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_certs_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- starttls ---------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_smtp_tls
TESTS += tests/unit/test_smtp_tls
tests_unit_test_smtp_tls_SOURCES = tests/unit/test_smtp_tls.c
tests_unit_test_smtp_tls_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_tls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- generation -------------------------------------------------------------
if CMOCKA
GENERATION_TESTS = tests/unit/test_conf_generation \
	tests/unit/test_daemon_checker \
	tests/unit/test_daemon_role tests/unit/test_policy_image
check_PROGRAMS += $(GENERATION_TESTS)
TESTS += $(GENERATION_TESTS)
tests_unit_test_conf_generation_SOURCES = tests/unit/test_conf_generation.c
tests_unit_test_conf_generation_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_generation_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_daemon_checker_SOURCES = tests/unit/test_daemon_checker.c
tests_unit_test_daemon_checker_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_checker_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_daemon_role_SOURCES = tests/unit/test_daemon_role.c
tests_unit_test_daemon_role_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_role_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_image_SOURCES = tests/unit/test_policy_image.c
tests_unit_test_policy_image_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_image_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- mail -------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_mail_auth tests/unit/test_mail_author \
	tests/unit/test_mail_body \
	tests/unit/test_mail_header \
	tests/unit/test_mail_path \
	tests/unit/test_mail_strip \
	tests/unit/test_mail_trace
TESTS += tests/unit/test_mail_auth \
	tests/unit/test_mail_author \
	tests/unit/test_mail_body \
	tests/unit/test_mail_header \
	tests/unit/test_mail_path \
	tests/unit/test_mail_strip \
	tests/unit/test_mail_trace
tests_unit_test_mail_auth_SOURCES = tests/unit/test_mail_auth.c \
	tests/unit/fields.h
tests_unit_test_mail_auth_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_auth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_author_SOURCES = tests/unit/test_mail_author.c
tests_unit_test_mail_author_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_author_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_body_SOURCES = tests/unit/test_mail_body.c \
	tests/unit/faults.h
tests_unit_test_mail_body_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_body_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_header_SOURCES = tests/unit/test_mail_header.c
tests_unit_test_mail_header_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_header_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_path_SOURCES = tests/unit/test_mail_path.c
tests_unit_test_mail_path_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_path_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_strip_SOURCES = tests/unit/test_mail_strip.c \
	tests/unit/fields.h
tests_unit_test_mail_strip_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_strip_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_trace_SOURCES = tests/unit/test_mail_trace.c \
	tests/unit/fields.h
tests_unit_test_mail_trace_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_trace_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- deliver ----------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_deliver_below \
	tests/unit/test_deliver_content \
	tests/unit/test_deliver_faults \
	tests/unit/test_deliver_local \
	tests/unit/test_deliver_maildir
TESTS += tests/unit/test_deliver_below \
	tests/unit/test_deliver_content \
	tests/unit/test_deliver_faults \
	tests/unit/test_deliver_local \
	tests/unit/test_deliver_maildir
tests_unit_test_deliver_below_SOURCES = tests/unit/test_deliver_below.c \
	tests/unit/faults.h
tests_unit_test_deliver_below_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_below_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_content_SOURCES = tests/unit/test_deliver_content.c
tests_unit_test_deliver_content_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_content_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_faults_SOURCES = tests/unit/test_deliver_faults.c \
	tests/unit/faults.h tests/unit/mailbox.h \
	tests/unit/maildir.h
tests_unit_test_deliver_faults_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_faults_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_local_SOURCES = tests/unit/test_deliver_local.c \
	tests/unit/faults.h tests/unit/mailbox.h
tests_unit_test_deliver_local_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_local_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_maildir_SOURCES = tests/unit/test_deliver_maildir.c \
	tests/unit/faults.h tests/unit/mailbox.h \
	tests/unit/maildir.h
tests_unit_test_deliver_maildir_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_maildir_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- stores -----------------------------------------------------------------
if CMOCKA
STORE_TESTS = tests/unit/test_daemon_pool tests/unit/test_deliver_job \
	tests/unit/test_deliver_remote tests/unit/test_deliver_sweep
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
tests_unit_test_daemon_pool_SOURCES = tests/unit/test_daemon_pool.c \
	tests/unit/faults.h tests/unit/mailbox.h
tests_unit_test_daemon_pool_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_pool_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_job_SOURCES = tests/unit/test_deliver_job.c
tests_unit_test_deliver_job_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_job_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_remote_SOURCES = tests/unit/test_deliver_remote.c \
	tests/unit/faults.h tests/unit/mailbox.h
tests_unit_test_deliver_remote_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_remote_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_sweep_SOURCES = tests/unit/test_deliver_sweep.c \
	tests/unit/faults.h tests/unit/mailbox.h
tests_unit_test_deliver_sweep_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_deliver_sweep_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- space ------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_smtp_space
TESTS += tests/unit/test_smtp_space
tests_unit_test_smtp_space_SOURCES = tests/unit/test_smtp_space.c
tests_unit_test_smtp_space_LDADD = $(SMTP_LAB)
tests_unit_test_smtp_space_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- policy -----------------------------------------------------------------
noinst_HEADERS += tests/unit/policy_world.h
if CMOCKA
POLICY_TESTS = tests/unit/test_policy_answer tests/unit/test_policy_belief \
	tests/unit/test_policy_compile tests/unit/test_policy_health \
	tests/unit/test_policy_judge tests/unit/test_policy_list \
	tests/unit/test_policy_property
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
tests_unit_test_policy_answer_SOURCES = \
	tests/unit/test_policy_answer.c tests/unit/policy_world.c
tests_unit_test_policy_answer_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_answer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_compile_SOURCES = \
	tests/unit/test_policy_compile.c tests/unit/policy_world.c
tests_unit_test_policy_compile_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_compile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_belief_SOURCES = tests/unit/test_policy_belief.c
tests_unit_test_policy_belief_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_belief_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_health_SOURCES = tests/unit/test_policy_health.c
tests_unit_test_policy_health_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_health_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_list_SOURCES = \
	tests/unit/test_policy_list.c tests/unit/policy_world.c
tests_unit_test_policy_list_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_list_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_judge_SOURCES = \
	tests/unit/test_policy_judge.c tests/unit/policy_world.c
tests_unit_test_policy_judge_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_judge_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_property_SOURCES = \
	tests/unit/test_policy_property.c tests/unit/policy_world.c
tests_unit_test_policy_property_LDADD = $(FLOOR3) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_policy_property_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- keeper -----------------------------------------------------------------
noinst_HEADERS += tests/unit/keeper_lab.h
if CMOCKA
KEEPER_TESTS = tests/unit/test_keeper_ask tests/unit/test_keeper_control \
	tests/unit/test_keeper_doctor tests/unit/test_keeper_probe \
	tests/unit/test_keeper_resolver
check_PROGRAMS += $(KEEPER_TESTS)
TESTS += $(KEEPER_TESTS)
KEEPER_LAB = tests/unit/keeper_lab.c tests/unit/policy_world.c
tests_unit_test_keeper_ask_SOURCES = tests/unit/test_keeper_ask.c \
	$(KEEPER_LAB)
tests_unit_test_keeper_ask_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keeper_ask_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keeper_control_SOURCES = tests/unit/test_keeper_control.c \
	$(KEEPER_LAB)
tests_unit_test_keeper_control_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keeper_control_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keeper_resolver_SOURCES = tests/unit/test_keeper_resolver.c \
	$(KEEPER_LAB)
tests_unit_test_keeper_resolver_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keeper_resolver_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keeper_doctor_SOURCES = tests/unit/test_keeper_doctor.c \
	$(KEEPER_LAB)
tests_unit_test_keeper_doctor_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keeper_doctor_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keeper_probe_SOURCES = tests/unit/test_keeper_probe.c \
	$(KEEPER_LAB)
tests_unit_test_keeper_probe_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keeper_probe_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- sim --------------------------------------------------------------------
if CMOCKA
SIM_TESTS = tests/unit/test_sim_world tests/unit/test_tools_send
check_PROGRAMS += $(SIM_TESTS)
TESTS += $(SIM_TESTS)
tests_unit_test_sim_world_SOURCES = tests/unit/test_sim_world.c
tests_unit_test_sim_world_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sim_world_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tools_send_SOURCES = tests/unit/test_tools_send.c
tests_unit_test_tools_send_LDADD = $(FLOOR0) $(CMOCKA_LIBS)
tests_unit_test_tools_send_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- filters ----------------------------------------------------------------
noinst_HEADERS += tests/unit/desk.h
if CMOCKA
FILTERS_TESTS = tests/unit/test_filters_belief \
	tests/unit/test_filters_check tests/unit/test_filters_client \
	tests/unit/test_filters_generic tests/unit/test_filters_lists \
	tests/unit/test_filters_message tests/unit/test_filters_rules \
	tests/unit/test_filters_signers tests/unit/test_filters_subjects
check_PROGRAMS += $(FILTERS_TESTS)
TESTS += $(FILTERS_TESTS)
FILTERS_LIBS = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_filters_belief_SOURCES = \
	tests/unit/test_filters_belief.c tests/unit/desk.c
tests_unit_test_filters_belief_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_belief_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_check_SOURCES = \
	tests/unit/test_filters_check.c tests/unit/desk.c
tests_unit_test_filters_check_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_check_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=join_start
tests_unit_test_filters_check_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_client_SOURCES = \
	tests/unit/test_filters_client.c tests/unit/desk.c
tests_unit_test_filters_client_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_client_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_generic_SOURCES = tests/unit/test_filters_generic.c
tests_unit_test_filters_generic_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_generic_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_lists_SOURCES = \
	tests/unit/test_filters_lists.c tests/unit/desk.c
tests_unit_test_filters_lists_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_lists_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_message_SOURCES = \
	tests/unit/test_filters_message.c tests/unit/desk.c
tests_unit_test_filters_message_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_message_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_rules_SOURCES = \
	tests/unit/test_filters_rules.c tests/unit/desk.c
tests_unit_test_filters_rules_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_rules_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_signers_SOURCES = tests/unit/test_filters_signers.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
tests_unit_test_filters_signers_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_signers_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_subjects_SOURCES = \
	tests/unit/test_filters_subjects.c tests/unit/desk.c
tests_unit_test_filters_subjects_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_subjects_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- SPF --------------------------------------------------------------------
EXTRA_DIST += tests/unit/spf tests/unit/spf-differences.md \
	tests/unit/spf_differential.py
TESTS += tests/unit/spf_differential.py
noinst_HEADERS += tests/unit/spf_stage.h
check_PROGRAMS += tests/unit/spf_cases
tests_unit_spf_cases_SOURCES = tests/unit/spf_cases.c tests/unit/spf_stage.c
tests_unit_spf_cases_LDADD = $(FLOOR4) $(ALL_LIBS)
if CMOCKA
SPF_TESTS = tests/unit/test_filters_spf tests/unit/test_filters_spf_facts \
	tests/unit/test_filters_spf_record
check_PROGRAMS += $(SPF_TESTS)
TESTS += $(SPF_TESTS)
tests_unit_test_filters_spf_SOURCES = tests/unit/test_filters_spf.c \
	tests/unit/spf_stage.c
tests_unit_test_filters_spf_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_spf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_spf_facts_SOURCES = \
	tests/unit/test_filters_spf_facts.c tests/unit/desk.c
tests_unit_test_filters_spf_facts_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_spf_facts_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_spf_record_SOURCES = \
	tests/unit/test_filters_spf_record.c
tests_unit_test_filters_spf_record_LDADD = $(FILTERS_LIBS)
tests_unit_test_filters_spf_record_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- scripted DNS -----------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_sim_zone
TESTS += tests/unit/test_sim_zone
tests_unit_test_sim_zone_SOURCES = tests/unit/test_sim_zone.c
tests_unit_test_sim_zone_LDADD = src/sim/libsim.a $(FLOOR2) $(ALL_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_sim_zone_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
check_PROGRAMS += tests/unit/test_tools_dns
TESTS += tests/unit/test_tools_dns
tests_unit_test_tools_dns_SOURCES = tests/unit/test_tools_dns.c \
	src/tools/dns.c
tests_unit_test_tools_dns_LDADD = src/sim/libsim.a $(FLOOR2) $(ALL_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_tools_dns_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- dkim -------------------------------------------------------------------
noinst_HEADERS += tests/unit/dkim_keys.h tests/unit/dkim_lab.h
if CMOCKA
DKIM_TESTS = tests/unit/test_dkim tests/unit/test_dkim_property \
	tests/unit/test_dkim_read
check_PROGRAMS += $(DKIM_TESTS) tests/unit/dkim_cases
TESTS += $(DKIM_TESTS)
tests_unit_dkim_cases_SOURCES = tests/unit/dkim_cases.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
tests_unit_dkim_cases_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_dkim_cases_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dkim_SOURCES = tests/unit/test_dkim.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
tests_unit_test_dkim_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dkim_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dkim_property_SOURCES = tests/unit/test_dkim_property.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
tests_unit_test_dkim_property_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dkim_property_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dkim_read_SOURCES = tests/unit/test_dkim_read.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
tests_unit_test_dkim_read_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dkim_read_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- dmarc ------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_dmarc tests/unit/test_dmarc_record \
	tests/unit/test_filters_results tests/unit/test_filters_sessions \
	tests/unit/test_organisation
TESTS += tests/unit/test_dmarc tests/unit/test_dmarc_record \
	tests/unit/test_filters_results tests/unit/test_filters_sessions \
	tests/unit/test_organisation
tests_unit_test_organisation_SOURCES = tests/unit/test_organisation.c \
	tests/unit/desk.c
tests_unit_test_organisation_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_organisation_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_sessions_SOURCES = \
	tests/unit/test_filters_sessions.c tests/unit/desk.c
tests_unit_test_filters_sessions_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_filters_sessions_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filters_results_SOURCES = \
	tests/unit/test_filters_results.c tests/unit/desk.c
tests_unit_test_filters_results_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_filters_results_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dmarc_SOURCES = tests/unit/test_dmarc.c tests/unit/desk.c
tests_unit_test_dmarc_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dmarc_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dmarc_record_SOURCES = tests/unit/test_dmarc_record.c
tests_unit_test_dmarc_record_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dmarc_record_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- daemon: supervisor -----------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_daemon_sink
TESTS += tests/unit/test_daemon_sink
tests_unit_test_daemon_sink_SOURCES = tests/unit/test_daemon_sink.c
tests_unit_test_daemon_sink_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_sink_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
check_PROGRAMS += tests/unit/test_daemon_confine \
	tests/unit/test_daemon_handover
TESTS += tests/unit/test_daemon_confine tests/unit/test_daemon_handover
tests_unit_test_daemon_confine_SOURCES = tests/unit/test_daemon_confine.c
tests_unit_test_daemon_confine_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_confine_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_daemon_handover_SOURCES = tests/unit/test_daemon_handover.c
tests_unit_test_daemon_handover_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_handover_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
check_PROGRAMS += tests/unit/test_daemon_control
TESTS += tests/unit/test_daemon_control
tests_unit_test_daemon_control_SOURCES = tests/unit/test_daemon_control.c
tests_unit_test_daemon_control_LDADD = $(FLOOR6) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_daemon_control_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif
