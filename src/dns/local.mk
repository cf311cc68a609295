# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/dns/libdns.a
src_dns_libdns_a_SOURCES =
