/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A target with a fault: what $PLANTED says happens when an input holds a
 * DEL. planted.sh demands that main.c finds and keeps such an input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *fault = getenv("PLANTED");

	if (fault == NULL || memchr(data, 0x7f, size) == NULL)
		return 0;
	if (strcmp(fault, "abort") == 0)
		abort();
	if (strcmp(fault, "exit") == 0)
		_Exit(3);
	while (strcmp(fault, "loop") == 0)
		continue;
	return 0;
}
