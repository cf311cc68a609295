# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/mail/libmail.a
src_mail_libmail_a_SOURCES = \
	src/mail/auth.c src/mail/auth.h \
	src/mail/author.c src/mail/author.h \
	src/mail/body.c src/mail/body.h \
	src/mail/header.c src/mail/header.h \
	src/mail/path.c src/mail/path.h \
	src/mail/trace.c src/mail/trace.h
