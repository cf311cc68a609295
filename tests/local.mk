# SPDX-License-Identifier: BSD-2-Clause

# --- lint -------------------------------------------------------------------
EXTRA_DIST += tests/lint/layers tests/lint/layers.awk tests/lint/planted
TESTS += tests/lint/layers tests/lint/planted
