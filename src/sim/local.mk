# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/sim/libsim.a
src_sim_libsim_a_SOURCES =
