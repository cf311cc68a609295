# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/smtp/libsmtp.a
src_smtp_libsmtp_a_SOURCES = \
	src/smtp/command.c src/smtp/command.h \
	src/smtp/content.c \
	src/smtp/controls.c \
	src/smtp/crowd.c \
	src/smtp/data.c src/smtp/data.h \
	src/smtp/door.c \
	src/smtp/drain.c \
	src/smtp/id.c \
	src/smtp/judge.c \
	src/smtp/keep.c \
	src/smtp/logline.c \
	src/smtp/proxy.c src/smtp/proxy.h \
	src/smtp/reply.c src/smtp/reply.h \
	src/smtp/secure.c \
	src/smtp/session.c src/smtp/session.h src/smtp/server.h \
	src/smtp/shake.c \
	src/smtp/transaction.c \
	src/smtp/verbs.c \
	src/smtp/verdict.c
