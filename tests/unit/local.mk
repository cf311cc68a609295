# SPDX-License-Identifier: BSD-2-Clause

# --- run --------------------------------------------------------------------
noinst_HEADERS += tests/unit/run_lab.h
if CMOCKA
RUN_TESTS = tests/unit/test_run_fiber tests/unit/test_run_stream
check_PROGRAMS += $(RUN_TESTS)
TESTS += $(RUN_TESTS)
tests_unit_test_run_fiber_SOURCES = tests/unit/test_run_fiber.c
tests_unit_test_run_fiber_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_fiber_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_stream_SOURCES = tests/unit/test_run_stream.c
tests_unit_test_run_stream_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_stream_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- mail -------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_mail_path
TESTS += tests/unit/test_mail_path
tests_unit_test_mail_path_SOURCES = tests/unit/test_mail_path.c
tests_unit_test_mail_path_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_path_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- lang -------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_lang_tree
TESTS += tests/unit/test_lang_tree
tests_unit_test_lang_tree_SOURCES = tests/unit/test_lang_tree.c \
	tests/unit/lang.c tests/unit/lang.h
tests_unit_test_lang_tree_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lang_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif
