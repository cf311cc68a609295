# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/sim/libsim.a
src_sim_libsim_a_SOURCES = \
	src/sim/compare.c src/sim/compare.h \
	src/sim/elsewhere.c src/sim/elsewhere.h \
	src/sim/expect.c src/sim/expect.h \
	src/sim/message.c src/sim/message.h \
	src/sim/outcome.c src/sim/outcome.h \
	src/sim/peer.c src/sim/peer.h \
	src/sim/play.c src/sim/play.h \
	src/sim/run.c src/sim/run.h \
	src/sim/scene.c \
	src/sim/script.c \
	src/sim/store.c src/sim/store.h \
	src/sim/ward.c src/sim/ward.h \
	src/sim/world.c src/sim/world.h

# --- scripted DNS -----------------------------------------------------------
src_sim_libsim_a_SOURCES += src/sim/upstream.c src/sim/upstream.h \
	src/sim/zone.c src/sim/zone.h src/sim/zone_lines.h src/sim/zone_read.c \
	src/sim/zone_words.c src/sim/zone_words.h
