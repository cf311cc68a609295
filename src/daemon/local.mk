# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES =
