# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES = \
	src/daemon/assemble.c src/daemon/assemble.h \
	src/daemon/certs.c src/daemon/certs.h \
	src/daemon/checker.c src/daemon/checker.h \
	src/daemon/confine.c src/daemon/confine.h \
	src/daemon/gate.c src/daemon/gate.h src/daemon/gate_own.h \
	src/daemon/mailroom.c src/daemon/mailroom.h \
	src/daemon/notify.c src/daemon/notify.h \
	src/daemon/outside.c src/daemon/outside.h \
	src/daemon/role.c src/daemon/role.h \
	src/daemon/sink.c src/daemon/sink.h \
	src/daemon/versions.c src/daemon/versions.h

sbin_PROGRAMS += posternd
posternd_SOURCES = src/daemon/main.c
posternd_LDADD = $(FLOOR6) $(ALL_LIBS)
EXTRA_DIST += tests/live/posternd.py
TESTS += tests/live/posternd.py
