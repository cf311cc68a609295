/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns: the verb `postern dns`.
 */
#ifndef TOOLS_DNS_H
#define TOOLS_DNS_H

/*
 * Serves the zones of a play until SIGTERM or SIGINT.
 * In: argv[0] is the verb.
 * Returns the exit status: 0, or 2 when it could not.
 */
int cmd_dns(int argc, char **argv);

#endif
