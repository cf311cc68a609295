# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += contrib/gdb/fibers.py

# --- fail2ban ---------------------------------------------------------------
EXTRA_DIST += contrib/fail2ban/postern.conf tests/live/fail2ban.py
TESTS += tests/live/fail2ban.py

EXTRA_PROGRAMS = contrib/bench/judge
contrib_bench_judge_SOURCES = contrib/bench/judge.c
contrib_bench_judge_LDADD = $(FLOOR4) $(ALL_LIBS)
if CMOCKA
EXTRA_PROGRAMS += contrib/bench/auth
contrib_bench_auth_SOURCES = contrib/bench/auth.c \
	tests/unit/dkim_lab.c tests/unit/desk.c
contrib_bench_auth_LDADD = $(FLOOR4) $(ALL_LIBS) $(CMOCKA_LIBS)
contrib_bench_auth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
EXTRA_PROGRAMS += contrib/bench/tls
contrib_bench_tls_SOURCES = contrib/bench/tls.c tests/unit/tls_lab.c
contrib_bench_tls_LDADD = $(FLOOR1) $(ALL_LIBS) $(CMOCKA_LIBS)
contrib_bench_tls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
endif
CLEANFILES += $(EXTRA_PROGRAMS)

EXTRA_DIST += contrib/bench/README.md contrib/bench/run.sh \
	contrib/bench/common.sh contrib/bench/load.c contrib/bench/dns.c \
	contrib/bench/floor.c contrib/bench/maildir.c \
	contrib/bench/starttls.c contrib/bench/setup.sh \
	contrib/bench/message.py contrib/bench/verify.py \
	contrib/bench/cold.py contrib/bench/durable.py \
	contrib/bench/report.py contrib/bench/peers/floor.sh \
	contrib/bench/peers/postern.sh contrib/bench/peers/postfix.sh \
	contrib/bench/peers/rspamd.sh contrib/bench/peers/haraka.sh

# --- systemd ----------------------------------------------------------------
EXTRA_DIST += contrib/systemd/postern.service \
	contrib/systemd/sysusers.conf contrib/systemd/tmpfiles.conf \
	tests/systemd.sh
TESTS += tests/systemd.sh
