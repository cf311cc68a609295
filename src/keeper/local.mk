# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/keeper/libkeeper.a
src_keeper_libkeeper_a_SOURCES = \
	src/keeper/control.c src/keeper/control.h \
	src/keeper/control_list.c src/keeper/control_list.h \
	src/keeper/doctor.c src/keeper/doctor.h src/keeper/doctor_own.h \
	src/keeper/doctor_ask.c \
	src/keeper/probe.c src/keeper/probe.h \
	src/keeper/resolver.c src/keeper/resolver.h \
	src/keeper/rows.c src/keeper/rows.h
