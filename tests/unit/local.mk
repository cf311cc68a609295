# SPDX-License-Identifier: BSD-2-Clause

# --- run --------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_run_fiber
TESTS += tests/unit/test_run_fiber
tests_unit_test_run_fiber_SOURCES = tests/unit/test_run_fiber.c
tests_unit_test_run_fiber_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_fiber_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif

# --- mail -------------------------------------------------------------------
if CMOCKA
check_PROGRAMS += tests/unit/test_mail_path
TESTS += tests/unit/test_mail_path
tests_unit_test_mail_path_SOURCES = tests/unit/test_mail_path.c
tests_unit_test_mail_path_LDADD = $(FLOOR2) $(ALL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_path_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif
