# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/dns/libdns.a
src_dns_libdns_a_SOURCES = \
	src/dns/ares.c src/dns/ares.h \
	src/dns/ask.c src/dns/ask.h \
	src/dns/cache.c src/dns/cache.h \
	src/dns/upstream.h \
	src/dns/wire.c src/dns/wire.h \
	src/dns/wire_name.c src/dns/wire_name.h \
	src/dns/wire_write.c
