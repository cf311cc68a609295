# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/conf/libconf.a
src_conf_libconf_a_SOURCES =
noinst_HEADERS += src/conf/settings.h
