/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The readers of DKIM. The first byte of an input says which: a tag list, a
 * signature, a key record (for RSA or Ed25519), base64, a list with colons.
 * What is read keeps the promises of their headers, and what we print from it
 * reads the same again.
 */
#include <string.h>

#include "base/name.h"
#include "filters/dkim_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
lies_in(struct str part, struct str all)
{
	return part.len == 0 || (part.p >= all.p &&
	    part.p + part.len <= all.p + all.len);
}

/* Printed as plainly as can be, it is the same list. */
static void
print_again(const struct dkim_tags *t, struct arena *a)
{
	struct dkim_tags *u = arena_alloc(a, sizeof *u);
	struct str all = { "", 0 };
	size_t i;

	for (i = 0; i < t->count; i++)
		all = arena_printf(a, "%.*s%.*s=%.*s;", STR_ARG(all),
		    STR_ARG(t->tag[i].name), STR_ARG(t->tag[i].value));
	must(dkim_tags_read(all, u) == 0 && u->count == t->count);
	for (i = 0; i < t->count; i++)
		must(str_eq(t->tag[i].name, u->tag[i].name) &&
		    str_eq(t->tag[i].value, u->tag[i].value));
}

static void
try_tags(struct str text, struct arena *a)
{
	struct dkim_tags *t = arena_alloc(a, sizeof *t);
	int rc = dkim_tags_read(text, t);
	size_t i;

	must(rc == 0 || rc == -E_INVALID || rc == -E_EXISTS ||
	    rc == -E_TOOBIG);
	if (rc != 0)
		return;
	must(t->count > 0 && t->count <= DKIM_TAGS);
	for (i = 0; i < t->count; i++) {
		must(lies_in(t->tag[i].name, text));
		must(lies_in(t->tag[i].value, text));
		must(dkim_tags_find(t, t->tag[i].name) ==
		    &t->tag[i].value);
		must(memchr(t->tag[i].value.p, ';', t->tag[i].value.len) ==
		    NULL);
	}
	print_again(t, a);
}

static void
try_signature(struct str text, struct arena *a)
{
	struct dkim_sig sig;

	dkim_sig_read(text, a, &sig);
	must((sig.result == DR_NONE) == (sig.reason == NULL));
	must(sig.result == DR_NONE || sig.result == DR_NEUTRAL ||
	    sig.result == DR_PERMERROR);
	must(sig.domain.len == 0 || name_is_domain(sig.domain));
	must(sig.selector.len == 0 || name_is_host(sig.selector));
	if (sig.result != DR_NONE)
		return;
	must(sig.domain.len > 0 && sig.selector.len > 0);
	must(name_is_below(sig.identity_domain, sig.domain));
	must(sig.value.len > 0 && sig.algorithm.len > 0);
	must(lies_in(sig.names, text) && sig.names.len >= 4);
	must(!sig.has_since || !sig.has_until || sig.since < sig.until);
}

static void
try_key(struct str text, bool is_ed25519, struct arena *a)
{
	const struct dkim_sig sig = { .domain = STR("a.test"),
		.identity_domain = STR("a.test"), .is_ed25519 = is_ed25519 };
	struct dkim_key key, again;
	size_t i;

	if (dkim_key_read(text, &sig, a, &key) != NULL)
		return;
	must(key.text.len < 1024 && key.text.p[key.text.len] == '\0');
	for (i = 0; i < key.text.len; i++)
		must(key.text.p[i] > 32 && key.text.p[i] < 127);
	must(is_ed25519 ? key.bits == 256 :
	    key.bits >= DKIM_BITS_LOW && key.bits <= DKIM_BITS_HIGH);
	must(dkim_key_read(key.text, &sig, a, &again) == NULL);
	must(str_eq(key.text, again.text) && key.bits == again.bits &&
	    key.is_testing == again.is_testing);
}

static void
try_base64(struct str text, struct arena *a)
{
	struct str bytes, again;
	int rc = base64_read(text, 300, a, &bytes);

	must(rc == 0 || rc == -E_INVALID || rc == -E_TOOBIG);
	if (rc == 0) {
		must(bytes.len > 0 && bytes.len <= 300);
		must(base64_read(base64_print(bytes, a), 300, a, &again) ==
		    0);
		must(str_eq(bytes, again));
	}
	if (text.len > 0 && text.len <= 300) {
		must(base64_read(base64_print(text, a), 300, a, &again) == 0);
		must(str_eq(text, again));
	}
}

static void
try_entries(struct str text)
{
	struct str list = text, entry;
	size_t n = 0;

	do {
		entry = dkim_entry(&list);
		must(lies_in(entry, text));
		must(dkim_entries_have(text, entry));
		must(++n <= text.len + 1);
	} while (list.p != NULL && n < 100);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *a = arena_new(0);
	char mode = size > 0 ? text.p[0] : 't';

	if (size > 0)
		text = str_from(text, 1);
	switch (mode) {
	case 's':
		try_signature(text, a);
		break;
	case 'r':
	case 'e':
		try_key(text, mode == 'e', a);
		break;
	case 'b':
		try_base64(text, a);
		break;
	case 'l':
		try_entries(text);
		break;
	default:
		try_tags(text, a);
		break;
	}
	arena_free(&a);
	return 0;
}
