# SPDX-License-Identifier: BSD-2-Clause

# The play of `postern demo`: installed, and compiled in as the rest is.
shipped_texts = rules/demo.play
dist_pkgdata_DATA = rules/demo.play
