# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += src/deliver/libdeliver.a
src_deliver_libdeliver_a_SOURCES =
