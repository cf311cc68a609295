# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += doc/man/postern.8 doc/man/postern.conf.5 \
	doc/man/postern.list.5 doc/man/postern.play.5 \
	doc/man/postern.policy.5 doc/man/posternd.8
