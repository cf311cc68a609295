# SPDX-License-Identifier: BSD-2-Clause
# The shipped policies and lists, and the play of `postern demo`: installed,
# and compiled in (src/lang/builtin.h).
LIST_FILES = rules/lists/backscatterer.list rules/lists/barracuda.list \
	rules/lists/dbl.list rules/lists/dead rules/lists/dnswl.list \
	rules/lists/mailspike.list rules/lists/psbl.list rules/lists/resolvers \
	rules/lists/senderscore.list rules/lists/spamcop.list \
	rules/lists/surbl.list rules/lists/uribl.list rules/lists/zen.list
POLICY_FILES = rules/default.policy rules/observe.policy \
	rules/strict.policy
shipped_texts = rules/demo.play $(POLICY_FILES) $(LIST_FILES)

dist_pkgdata_DATA = rules/demo.play $(POLICY_FILES)
listsdir = $(pkgdatadir)/lists
dist_lists_DATA = $(LIST_FILES)
