# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/policy/libpolicy.a
src_policy_libpolicy_a_SOURCES = \
	src/policy/belief.c src/policy/belief.h \
	src/policy/bounds.c \
	src/policy/compile.c src/policy/compile.h \
	src/policy/cond.c \
	src/policy/decide.c \
	src/policy/eval.c \
	src/policy/facts.c src/policy/facts.h \
	src/policy/health.c src/policy/health.h src/policy/health_own.h \
	src/policy/health_share.c \
	src/policy/image.c src/policy/image.h \
	src/policy/image_make.c \
	src/policy/judge.c \
	src/policy/layer.c \
	src/policy/lines.c src/policy/lines.h \
	src/policy/list.c src/policy/list.h \
	src/policy/list_answer.c \
	src/policy/list_facts.c \
	src/policy/list_words.c src/policy/list_words.h \
	src/policy/lists.c \
	src/policy/literal.c \
	src/policy/members.c \
	src/policy/policy.h \
	src/policy/settled.c \
	src/policy/several.c \
	src/policy/text.c src/policy/text.h \
	src/policy/trust.c \
	src/policy/walk.c src/policy/walk.h
