# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += filters/libfilters.a
filters_libfilters_a_SOURCES =
