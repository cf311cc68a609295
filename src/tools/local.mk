# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += postern
postern_SOURCES = \
	src/tools/ask.c \
	src/tools/check.c \
	src/tools/control.c src/tools/control.h \
	src/tools/demo.c \
	src/tools/dns.c \
	src/tools/doctor.c \
	src/tools/facts.c \
	src/tools/lists.c \
	src/tools/main.c \
	src/tools/send.c \
	src/tools/test.c src/tools/tool.h
postern_LDADD = $(FLOOR6) $(ALL_LIBS)
