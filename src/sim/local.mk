# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/sim/libsim.a
src_sim_libsim_a_SOURCES = \
	src/sim/store.c src/sim/store.h \
	src/sim/world.c src/sim/world.h
noinst_HEADERS += src/sim/upstream.h src/sim/zone.h
