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

# --- live: kill -9 and reloads under load -----------------------------------
# posternd, but that it says 250 before the commit.
check_PROGRAMS += tests/live/posternd_liar
tests_live_posternd_liar_SOURCES = src/daemon/main.c tests/live/liar.c
tests_live_posternd_liar_LDADD = $(posternd_LDADD)
tests_live_posternd_liar_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=store_keep \
	-Wl,--wrap=fibers_new
storm_tests = tests/live/calls.py tests/live/kill.py tests/live/owners.py \
	tests/live/reload.py
EXTRA_DIST += tests/live/auditor.py tests/live/house.py tests/live/ps.py \
	$(storm_tests)
TESTS += $(storm_tests)
# Not part of check: it takes half an hour.
kill-long: posternd$(EXEEXT) tests/live/posternd_liar$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) KILLS=1000 MESSAGES=50000 \
	    $(PY_LOG_COMPILER) $(srcdir)/tests/live/kill.py
	$(AM_TESTS_ENVIRONMENT) RELOADS=500 \
	    $(PY_LOG_COMPILER) $(srcdir)/tests/live/reload.py
.PHONY: kill-long
CLEANFILES += tests/live/gate-calls.txt

# --- live: the daemon and programs that we did not write --------------------
live_tests = tests/live/clients.py tests/live/dkim_oracle.py \
	tests/live/doctor.py tests/live/dovecot.py tests/live/keeper.py \
	tests/live/lists.py tests/live/processes.py \
	tests/live/promise.py \
	tests/live/resolver.py tests/live/senders.py tests/live/signed.py \
	tests/live/swaks.py tests/live/tables.py tests/live/tls.py
EXTRA_DIST += tests/live/dkim_differences.txt tests/live/lib.py \
	tests/live/mta.py tests/live/names.py tests/live/nodemailer.js \
	tests/live/python tests/live/unpack.sh $(live_tests)
TESTS += $(live_tests)
clean-local:
	rm -rf tests/live/unpacked

# --- manual pages -----------------------------------------------------------
EXTRA_DIST += tests/man.sh
TESTS += tests/man.sh

# --- plays about the facts of filters ---------------------------------------
EXTRA_DIST += tests/plays/facts.policy \
	tests/plays/connect-client-name-must-lead-back.play \
	tests/plays/connect-lists-errors-are-no-listings.play \
	tests/plays/connect-lists-nobody-asks-about-our-own.play \
	tests/plays/mail-exists-only-certainty-refuses.play \
	tests/plays/mail-lists-forget-the-sender-before.play

# --- plays and tools --------------------------------------------------------
include tests/plays/local.mk
EXTRA_DIST += tests/plays.sh tests/tools.sh
TESTS += tests/plays.sh tests/tools.sh
