# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/deliver/libdeliver.a
src_deliver_libdeliver_a_SOURCES = \
	src/deliver/below.c src/deliver/below.h \
	src/deliver/clerk.c src/deliver/clerk.h \
	src/deliver/content.c src/deliver/content.h \
	src/deliver/handoff.c src/deliver/handoff.h \
	src/deliver/job.c src/deliver/job.h \
	src/deliver/known.c src/deliver/known.h \
	src/deliver/local.c src/deliver/local.h \
	src/deliver/maildir.c src/deliver/maildir.h \
	src/deliver/remote.c src/deliver/remote.h \
	src/deliver/scratch.c src/deliver/scratch.h \
	src/deliver/sweep.c src/deliver/sweep.h \
	src/deliver/users.c src/deliver/users.h
