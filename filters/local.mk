# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += filters/libfilters.a
filters_libfilters_a_SOURCES = filters/check.c filters/client.c \
	filters/early.c filters/filters.c filters/generic.c \
	filters/headers.c filters/helo.c filters/lists.c \
	filters/lists_facts.c filters/rcpt.c filters/sender.c filters/tls.c
noinst_HEADERS += filters/check.h filters/filter.h filters/filters.h \
	filters/generic.h filters/lists.h

# DKIM
filters_libfilters_a_SOURCES += filters/dkim.c filters/dkim_item.c \
	filters/dkim_key.c filters/dkim_sig.c filters/dkim_tags.c \
	filters/dkim_verify.c
noinst_HEADERS += filters/dkim_item.h filters/dkim_key.h filters/dkim_sig.h \
	filters/dkim_tags.h filters/dkim_verify.h

# DMARC, and what all of them look at
filters_libfilters_a_SOURCES += filters/dmarc.c filters/dmarc_record.c \
	filters/organisation.c filters/view.c
noinst_HEADERS += filters/dmarc_record.h filters/inside.h \
	filters/organisation.h

# SPF
filters_libfilters_a_SOURCES += filters/spf.c filters/spf_expand.c \
	filters/spf_look.c filters/spf_record.c filters/spf_walk.c
noinst_HEADERS += filters/spf_expand.h filters/spf_look.h \
	filters/spf_record.h filters/spf_walk.h
