# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/conf/libconf.a
src_conf_libconf_a_SOURCES = \
	src/conf/control.c \
	src/conf/deliver.c \
	src/conf/domain.c \
	src/conf/generation.c src/conf/generation.h \
	src/conf/load.c \
	src/conf/read.c src/conf/read.h \
	src/conf/record.h \
	src/conf/recorder.c \
	src/conf/settings.c src/conf/settings.h \
	src/conf/tls.c
