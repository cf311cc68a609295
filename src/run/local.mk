# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/run/librun.a
src_run_librun_a_SOURCES = \
	src/run/board.c src/run/board.h src/run/board_own.h \
	src/run/board_lists.c \
	src/run/clock.c src/run/clock.h \
	src/run/fiber.c src/run/fiber.h \
	src/run/join.c src/run/join.h \
	src/run/listener.c \
	src/run/loop.c src/run/loop.h \
	src/run/pipe.c src/run/pipe.h \
	src/run/stack.c src/run/stack.h \
	src/run/stream.c src/run/stream.h \
	src/run/timer.c src/run/timer.h \
	src/run/tls.c src/run/tls.h src/run/tls_own.h \
	src/run/tls_cert.c \
	src/run/tls_server.c \
	src/run/wire.c src/run/wire.h \
	src/run/world.c src/run/world.h
