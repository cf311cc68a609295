# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/lang/liblang.a
src_lang_liblang_a_SOURCES = \
	src/lang/diag.c src/lang/diag.h \
	src/lang/diag_codes.c \
	src/lang/idn.c \
	src/lang/include.c \
	src/lang/lex.c src/lang/lex.h \
	src/lang/kind.c src/lang/kind.h \
	src/lang/schema.c src/lang/schema.h \
	src/lang/schema_print.c \
	src/lang/snippet.c src/lang/snippet.h \
	src/lang/source.c src/lang/source.h \
	src/lang/tree.c src/lang/tree.h \
	src/lang/value.c src/lang/value.h

# The shipped texts as one C table: what is installed is also inside.
src_lang_liblang_a_SOURCES += src/lang/builtin.c src/lang/builtin.h
nodist_src_lang_liblang_a_SOURCES = src/lang/shipped.c
EXTRA_DIST += src/lang/embed.awk
CLEANFILES += src/lang/shipped.c
src/lang/shipped.c: $(shipped_texts) src/lang/embed.awk
	$(AM_V_GEN)$(MKDIR_P) src/lang && \
	(cd $(srcdir) && $(AWK) -f src/lang/embed.awk $(shipped_texts)) \
	> $@.tmp && mv -f $@.tmp $@
