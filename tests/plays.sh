#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every play of tests/plays, in the simulated world.
exec "$top_builddir/postern" test --tap "$top_srcdir/tests/plays"
