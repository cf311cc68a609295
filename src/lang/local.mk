# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/lang/liblang.a
src_lang_liblang_a_SOURCES =
noinst_HEADERS += src/lang/diag.h src/lang/schema.h src/lang/source.h \
	src/lang/tree.h src/lang/value.h
