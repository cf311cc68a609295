# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/smtp/libsmtp.a
src_smtp_libsmtp_a_SOURCES = \
	src/smtp/command.c src/smtp/command.h \
	src/smtp/data.c src/smtp/data.h \
	src/smtp/proxy.c src/smtp/proxy.h \
	src/smtp/reply.c src/smtp/reply.h
