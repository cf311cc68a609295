# SPDX-License-Identifier: BSD-2-Clause
# A target is tests/fuzz/fuzz_X.c and a corpus tests/fuzz/corpus/X/. With
# --enable-fuzzers it is a libFuzzer program; otherwise it gets the main of
# main.c and `make check` runs it over its corpus and some thousand mutations.
EXTRA_DIST += tests/fuzz/corpus
fuzz_targets =
check_PROGRAMS += $(fuzz_targets)
if FUZZERS
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
TESTS += $(fuzz_targets)
check_LIBRARIES += tests/fuzz/libmain.a
tests_fuzz_libmain_a_SOURCES = tests/fuzz/main.c
FUZZ_MAIN = tests/fuzz/libmain.a
FUZZ_LINK = $(AM_LDFLAGS)
check_PROGRAMS += tests/fuzz/planted
TESTS += tests/fuzz/planted.sh
tests_fuzz_planted_SOURCES = tests/fuzz/planted.c
tests_fuzz_planted_LDADD = $(FUZZ_MAIN)
endif
EXTRA_DIST += tests/fuzz/planted.sh
CLEANFILES += crash-*

fuzz_targets += tests/fuzz/fuzz_base
tests_fuzz_fuzz_base_SOURCES = tests/fuzz/fuzz_base.c
tests_fuzz_fuzz_base_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_base_LDADD = $(FUZZ_MAIN) $(FLOOR0)

fuzz_targets += tests/fuzz/fuzz_command tests/fuzz/fuzz_data \
	tests/fuzz/fuzz_proxy
tests_fuzz_fuzz_command_SOURCES = tests/fuzz/fuzz_command.c
tests_fuzz_fuzz_command_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_command_LDADD = $(FUZZ_MAIN) $(FLOOR5) $(ALL_LIBS)
tests_fuzz_fuzz_data_SOURCES = tests/fuzz/fuzz_data.c
tests_fuzz_fuzz_data_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_data_LDADD = $(FUZZ_MAIN) $(FLOOR5) $(ALL_LIBS)
tests_fuzz_fuzz_proxy_SOURCES = tests/fuzz/fuzz_proxy.c
tests_fuzz_fuzz_proxy_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_proxy_LDADD = $(FUZZ_MAIN) $(FLOOR5) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c
tests_fuzz_fuzz_policy_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_policy_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_header tests/fuzz/fuzz_path
tests_fuzz_fuzz_header_SOURCES = tests/fuzz/fuzz_header.c
tests_fuzz_fuzz_header_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_header_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)
tests_fuzz_fuzz_path_SOURCES = tests/fuzz/fuzz_path.c
tests_fuzz_fuzz_path_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_path_LDADD = $(FUZZ_MAIN) $(FLOOR2) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_lang
tests_fuzz_fuzz_lang_SOURCES = tests/fuzz/fuzz_lang.c
tests_fuzz_fuzz_lang_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_lang_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_dns
tests_fuzz_fuzz_dns_SOURCES = tests/fuzz/fuzz_dns.c
tests_fuzz_fuzz_dns_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dns_LDADD = $(FUZZ_MAIN) $(FLOOR2) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_play
tests_fuzz_fuzz_play_SOURCES = tests/fuzz/fuzz_play.c
tests_fuzz_fuzz_play_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_play_LDADD = $(FUZZ_MAIN) $(FLOOR6) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_dkim
tests_fuzz_fuzz_dkim_SOURCES = tests/fuzz/fuzz_dkim.c
tests_fuzz_fuzz_dkim_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dkim_LDADD = $(FUZZ_MAIN) $(FLOOR4) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_spf
tests_fuzz_fuzz_spf_SOURCES = tests/fuzz/fuzz_spf.c
tests_fuzz_fuzz_spf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_spf_LDADD = $(FUZZ_MAIN) $(FLOOR4) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_author tests/fuzz/fuzz_dmarc
tests_fuzz_fuzz_author_SOURCES = tests/fuzz/fuzz_author.c
tests_fuzz_fuzz_author_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_author_LDADD = $(FUZZ_MAIN) $(FLOOR2) $(ALL_LIBS)
tests_fuzz_fuzz_dmarc_SOURCES = tests/fuzz/fuzz_dmarc.c
tests_fuzz_fuzz_dmarc_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dmarc_LDADD = $(FUZZ_MAIN) $(FLOOR4) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_tls
tests_fuzz_fuzz_tls_SOURCES = tests/fuzz/fuzz_tls.c
tests_fuzz_fuzz_tls_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_tls_LDADD = $(FUZZ_MAIN) $(FLOOR1) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_job tests/fuzz/fuzz_wire
tests_fuzz_fuzz_job_SOURCES = tests/fuzz/fuzz_job.c
tests_fuzz_fuzz_job_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_job_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c
tests_fuzz_fuzz_wire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_wire_LDADD = $(FUZZ_MAIN) $(FLOOR1) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_generation tests/fuzz/fuzz_role
tests_fuzz_fuzz_generation_SOURCES = tests/fuzz/fuzz_generation.c
tests_fuzz_fuzz_generation_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_generation_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)
tests_fuzz_fuzz_role_SOURCES = tests/fuzz/fuzz_role.c
tests_fuzz_fuzz_role_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_role_LDADD = $(FUZZ_MAIN) $(FLOOR6) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_image
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c
tests_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_image_LDADD = $(FUZZ_MAIN) $(FLOOR3) $(ALL_LIBS)

fuzz_targets += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_control_LDADD = $(FUZZ_MAIN) $(FLOOR6) $(ALL_LIBS)
