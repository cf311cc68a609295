# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/run/librun.a
src_run_librun_a_SOURCES =
