# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += filters/libfilters.a
filters_libfilters_a_SOURCES = filters/check.c filters/client.c \
	filters/early.c filters/filters.c filters/generic.c \
	filters/headers.c filters/helo.c filters/lists.c filters/rcpt.c \
	filters/sender.c filters/tls.c
noinst_HEADERS += filters/check.h filters/filter.h filters/filters.h \
	filters/generic.h
