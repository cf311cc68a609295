# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/basic.h \
	src/base/buf.c src/base/buf.h \
	src/base/date.c src/base/date.h \
	src/base/error.c src/base/error.h \
	src/base/ip.c src/base/ip.h \
	src/base/log.c src/base/log.h \
	src/base/name.c src/base/name.h \
	src/base/pack.c src/base/pack.h \
	src/base/radix.c src/base/radix.h \
	src/base/str.c src/base/str.h \
	src/base/table.c src/base/table.h
