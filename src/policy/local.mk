# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/policy/libpolicy.a
src_policy_libpolicy_a_SOURCES = \
	src/policy/facts.c src/policy/facts.h \
	src/policy/list.c src/policy/list.h \
	src/policy/policy.h \
	src/policy/text.c src/policy/text.h
