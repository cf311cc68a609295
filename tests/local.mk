# SPDX-License-Identifier: BSD-2-Clause

# --- lint -------------------------------------------------------------------
EXTRA_DIST += tests/lint/layers tests/lint/layers.awk tests/lint/planted
TESTS += tests/lint/layers tests/lint/planted

# --- live: deliver ----------------------------------------------------------
check_PROGRAMS += tests/live/deliver
tests_live_deliver_SOURCES = tests/live/deliver.c
tests_live_deliver_LDADD = $(FLOOR3) $(ALL_LIBS)
EXTRA_DIST += tests/live/promise-p1.awk tests/live/promise-p1.sh
TESTS += tests/live/promise-p1.sh
