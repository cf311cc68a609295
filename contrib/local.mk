# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += contrib/gdb/fibers.py
