# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/policy/libpolicy.a
src_policy_libpolicy_a_SOURCES =
