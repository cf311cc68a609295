/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailroom - from settings to mailboxes.
 *
 * Called by: the gate, at start.
 * Always holds: paths that are made here come from the configuration and
 * from the word "postmaster"; nothing from a network is in them.
 *
 * Source: RFC 5321 4.5.1 (postmaster), language.md 1.
 */
#include "config.h"

#include "daemon/mailroom.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024

static void
random_bytes(void *arg, void *buf, size_t n)
{
	struct world *world = arg;

	world->random(world, buf, n);
}

static usec_t
wall_time(void *arg)
{
	return world_wall(arg);
}

/* --- postmaster ---------------------------------------------------------- */

/* Whether the settings send it to somebody of ours: then that mailbox is
 * looked up like others. */
static bool
has_own_address(const struct settings *conf)
{
	size_t at = str_find_last(conf->postmaster, '@');

	return conf->postmaster.len > 0 &&
	    settings_domain(conf, str_from(conf->postmaster, at + 1)) != NULL;
}

/* Each folder on the way, as far as it is missing. */
static int
make_path(char *path)
{
	char *p;

	for (p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return -E_IO;
		*p = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -E_IO;
}

/* "/srv/mail/%d/%u" with the domain and postmaster in it. Returns false when
 * that is too long. */
static bool
fill_pattern(struct str pattern, struct str domain, char out[PATH_BYTES])
{
	struct str part;
	size_t i, n = 0;
	bool is_place;

	for (i = 0; i < pattern.len; i++) {
		part = str_sub(pattern, i, 1);
		is_place = pattern.p[i] == '%' && i + 1 < pattern.len;
		if (is_place)
			i++;
		if (is_place && pattern.p[i] == 'd')
			part = domain;
		else if (is_place && pattern.p[i] == 'u')
			part = STR("postmaster");
		if (n + part.len >= PATH_BYTES)
			return false;
		memcpy(out + n, part.p, part.len);
		n += part.len;
	}
	out[n] = '\0';
	return n > 0;
}

/* Without a table an existing folder is a user. */
static int
make_folder(const struct domain_conf *domain, struct fault *fault)
{
	char path[PATH_BYTES];

	if (!fill_pattern(domain->deliver->pattern, domain->name, path)) {
		fault_set(fault, "the path of postmaster@%.*s is too long",
		    STR_ARG(domain->name));
		return -E_INVALID;
	}
	if (make_path(path) == 0)
		return 0;
	fault_set(fault, "cannot make %s, where mail for postmaster goes: %s",
	    path, strerror(errno));
	return -E_IO;
}

/* With a table it becomes one more user. */
static void
add_user(const struct domain_conf *from, struct arena *arena,
    struct local_domain *to)
{
	size_t i;

	to->users = arena_array(arena, from->user_count + 1,
	    sizeof *to->users);
	for (i = 0; i < from->user_count; i++) {
		to->users[i] = from->users[i];
		if (str_eq_case(from->users[i], STR("postmaster")))
			break;
	}
	to->users = i < from->user_count ? from->users : to->users;
	to->user_count = from->user_count + (i == from->user_count);
	if (i == from->user_count)
		to->users[i] = STR("postmaster");
}

/* --- the store ----------------------------------------------------------- */

static int
fill_domain(const struct settings *conf, const struct domain_conf *from,
    struct arena *arena, struct local_domain *to, struct fault *fault)
{
	*to = (struct local_domain){ .name = from->name,
	    .pattern = from->deliver->pattern,
	    .has_table = from->users_kind == USERS_TABLE,
	    .users = from->users, .user_count = from->user_count };
	if (has_own_address(conf))
		return 0;
	if (!to->has_table)
		return make_folder(from, fault);
	add_user(from, arena, to);
	return 0;
}

/* Mail for postmaster must never be refused: better not to start. */
static int
check_postmaster(const struct settings *conf, struct store *store,
    struct arena *arena, struct fault *fault)
{
	size_t at = str_find_last(conf->postmaster, '@');
	enum find found = FIND_NO;
	struct mailbox mailbox;
	int rc;

	if (!has_own_address(conf))
		return 0;
	rc = store_find(store, str_from(conf->postmaster, at + 1),
	    str_sub(conf->postmaster, 0, at), arena, &mailbox, &found);
	if (rc == 0 && found == FIND_NO) {
		fault_set(fault, "postmaster %.*s has no mailbox; make it, "
		    "or name another", STR_ARG(conf->postmaster));
		return -E_INVALID;
	}
	return rc;
}

int
mailroom_open(const struct settings *conf, struct world *world,
    struct arena *arena, struct store **store, struct fault *fault)
{
	struct local_conf *local = arena_alloc(arena, sizeof *local);
	struct local_domain *domains = arena_array(arena, conf->domain_count,
	    sizeof *domains);
	size_t i;
	int rc = 0;

	for (i = 0; i < conf->domain_count && rc == 0; i++)
		rc = fill_domain(conf, &conf->domains[i], arena, &domains[i],
		    fault);
	if (rc != 0)
		return rc;
	*local = (struct local_conf){ .domains = domains,
	    .domain_count = conf->domain_count, .host = conf->name,
	    .random = random_bytes, .wall = wall_time, .arg = world };
	rc = local_store(local, store, fault);
	return rc != 0 ? rc : check_postmaster(conf, *store, arena, fault);
}

int
mailroom_spool(const struct settings *conf)
{
	char path[PATH_BYTES];

	if (conf->state.len == 0 ||
	    conf->state.len + sizeof "/spool" > sizeof path)
		return -1;
	memcpy(path, conf->state.p, conf->state.len);
	memcpy(path + conf->state.len, "/spool", sizeof "/spool");
	if (make_path(path) != 0)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}
