/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROXY headers: whatever the bytes, the parser stays inside them; a header
 * that was accepted is not decided by less, and bytes behind it do not
 * matter.
 */
#include <stdlib.h>
#include <string.h>

#include "smtp/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy p, q;
	size_t used = 0, again = 0;
	struct str in = { (const char *)data, size };
	char *more;
	int rc;

	if (size == 0)
		in.p = NULL;
	rc = proxy_parse(in, &p, &used);
	must(rc == 0 || rc == -E_AGAIN || rc == -E_INVALID);
	must(rc != -E_AGAIN || size < 16 + PROXY_V2_MAX);
	if (rc != 0)
		return 0;
	must(used > 0 && used <= size && used <= 16 + PROXY_V2_MAX);
	must(proxy_begins(in) == 0);
	must(proxy_parse(str_sub(in, 0, used - 1), &q, &again) == -E_AGAIN);
	more = malloc(used + 2);
	must(more != NULL);
	memcpy(more, data, used);
	memcpy(more + used, "\r\n", 2);
	rc = proxy_parse((struct str){ more, used + 2 }, &q, &again);
	free(more);
	must(rc == 0 && again == used && q.has_client == p.has_client &&
	    q.port == p.port && ip_eq(q.ip, p.ip));
	return 0;
}
