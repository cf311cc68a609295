/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * versions - asks each library in this process what it is.
 *
 * Called by: --version, and the line at start.
 * Always holds: the answer comes from the library that the dynamic linker
 * found, by name, not from a header of build time; so no header of theirs is
 * opened here, and a library that this program does not load is not named.
 */
#include "config.h"

#include "daemon/versions.h"

#include <dlfcn.h>
#include <string.h>

typedef const char *text_fn(const void *);
typedef const char *parts_fn(int *, int *, int *);
typedef int number_fn(void);

/* POSIX says that dlsym's pointer may be a function's; C does not. */
#define FUNCTION(type, p) (((union { void *object; type *fn; }){ p }).fn)

/* "1.18.1", or NULL. */
static struct str
ask_text(struct arena *arena, const char *symbol)
{
	void *p = dlsym(RTLD_DEFAULT, symbol);

	(void)arena;
	return str_of(p == NULL ? NULL : FUNCTION(text_fn, p)(NULL));
}

static struct str
ask_parts(struct arena *arena, const char *symbol)
{
	int v[3] = { 0, 0, 0 };
	void *p = dlsym(RTLD_DEFAULT, symbol);

	if (p == NULL)
		return (struct str){ 0 };
	(void)FUNCTION(parts_fn, p)(&v[0], &v[1], &v[2]);
	return arena_printf(arena, "%d.%d.%d", v[0], v[1], v[2]);
}

/* Of OpenSSL: 6 asks for the version alone. */
static struct str
ask_openssl(struct arena *arena, const char *symbol)
{
	typedef const char *version_fn(int);
	void *p = dlsym(RTLD_DEFAULT, symbol);

	(void)arena;
	return str_of(p == NULL ? NULL : FUNCTION(version_fn, p)(6));
}

static struct str
ask_libev(struct arena *arena, const char *symbol)
{
	void *major = dlsym(RTLD_DEFAULT, symbol);
	void *minor = dlsym(RTLD_DEFAULT, "ev_version_minor");

	if (major == NULL || minor == NULL)
		return (struct str){ 0 };
	return arena_printf(arena, "%d.%d", FUNCTION(number_fn, major)(),
	    FUNCTION(number_fn, minor)());
}

/* Of libopendkim: a byte each. */
static struct str
ask_opendkim(struct arena *arena, const char *symbol)
{
	typedef unsigned long version_fn(void);
	void *p = dlsym(RTLD_DEFAULT, symbol);
	unsigned long v;

	if (p == NULL)
		return (struct str){ 0 };
	v = FUNCTION(version_fn, p)();
	return arena_printf(arena, "%lu.%lu.%lu", v >> 24 & 255,
	    v >> 16 & 255, v >> 8 & 255);
}

static const struct library {
	const char *name;
	const char *symbol;
	struct str (*ask)(struct arena *, const char *symbol);
} libraries[] = {
	{ "libev", "ev_version_major", ask_libev },
	{ "c-ares", "ares_version", ask_text },
	{ "OpenSSL", "OpenSSL_version", ask_openssl },
	{ "libidn2", "idn2_check_version", ask_text },
	{ "LMDB", "mdb_version", ask_parts },
	{ "libspf2", "SPF_get_lib_version", ask_parts },
	{ "libopendkim", "dkim_libversion", ask_opendkim },
	{ "jansson", "jansson_version_str", ask_text },
};

struct str
versions_loaded(struct arena *arena, const char *between,
    const char *separator)
{
	struct str all = STR(""), one;
	size_t i;

	for (i = 0; i < COUNT(libraries); i++) {
		one = libraries[i].ask(arena, libraries[i].symbol);
		if (one.len == 0)
			continue;
		all = arena_printf(arena, "%.*s%s%s%s%.*s", STR_ARG(all),
		    all.len > 0 ? separator : "", libraries[i].name, between,
		    STR_ARG(one));
	}
	return all;
}

struct str
versions_text(struct arena *arena)
{
	struct str loaded = versions_loaded(arena, " ", ", ");

	return arena_printf(arena, "posternd %s\nbuilt     by %s; %s\n"
	    "loaded    %.*s\n", PACKAGE_VERSION, BUILD_COMPILER,
	    BUILD_SUMMARY, STR_ARG(loaded));
}
