# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES = \
	src/daemon/assemble.c src/daemon/assemble.h \
	src/daemon/certs.c src/daemon/certs.h \
	src/daemon/checker.c src/daemon/checker.h \
	src/daemon/child.c src/daemon/child.h \
	src/daemon/confine.c src/daemon/confine.h \
	src/daemon/control.c src/daemon/control.h \
	src/daemon/crash.c src/daemon/crash.h \
	src/daemon/crew.c src/daemon/crew.h src/daemon/crew_give.c \
	src/daemon/doors.c src/daemon/doors.h \
	src/daemon/gate.c src/daemon/gate.h src/daemon/gate_own.h \
	src/daemon/gate_role.c \
	src/daemon/handover.c src/daemon/handover.h \
	src/daemon/keeper.c src/daemon/keeper.h src/daemon/keeper_role.c \
	src/daemon/mailroom.c src/daemon/mailroom.h \
	src/daemon/notify.c src/daemon/notify.h \
	src/daemon/outside.c src/daemon/outside.h \
	src/daemon/pool.c src/daemon/pool.h \
	src/daemon/program.c src/daemon/program.h \
	src/daemon/role.c src/daemon/role.h \
	src/daemon/sink.c src/daemon/sink.h \
	src/daemon/site.c src/daemon/site.h \
	src/daemon/state.c src/daemon/state.h \
	src/daemon/succession.c src/daemon/succession.h \
	src/daemon/supervisor.c src/daemon/supervisor.h \
	src/daemon/versions.c src/daemon/versions.h \
	src/daemon/workers.c

sbin_PROGRAMS += posternd
posternd_SOURCES = src/daemon/main.c
posternd_LDADD = $(FLOOR6) $(ALL_LIBS)
EXTRA_DIST += tests/live/posternd.py
TESTS += tests/live/posternd.py
