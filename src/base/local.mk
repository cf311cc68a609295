# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES =
