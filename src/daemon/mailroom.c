/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailroom - from settings to mailboxes.
 *
 * Called by: the one process, gates and pools, at start.
 * Always holds: paths that are made here come from the configuration and
 * from the word "postmaster"; nothing from a network is in them. Gate and
 * pool make the same table of users from the same settings.
 *
 * Source: RFC 5321 4.5.1 (postmaster), language.md 1.
 */
#include "config.h"

#include "daemon/mailroom.h"

#include "deliver/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define ASK_TIME   (10 * SEC)    /* for a look-up                           */
#define KEEP_TIME  (300 * SEC)   /* until all copies are synced             */
#define KNOWN_TIME (10 * SEC)    /* what a look-up said is good for so long */
#define NOBODY     UINT32_MAX    /* all owners                              */

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

/* With a table it becomes one more user, at its place in the order. */
static const struct str *
with_postmaster(const struct domain_conf *d, struct arena *arena,
    size_t *count)
{
	struct str *users = arena_array(arena, d->user_count + 1,
	    sizeof *users);
	size_t i, n = 0;
	int order = 1;

	*count = d->user_count;
	for (i = 0; i < d->user_count; i++) {
		if (order > 0) {
			order = str_cmp_case(STR("postmaster"), d->users[i]);
			if (order == 0)
				return d->users;
			if (order < 0)
				users[n++] = STR("postmaster");
		}
		users[n++] = d->users[i];
	}
	if (order > 0)
		users[n++] = STR("postmaster");
	*count = n;
	return users;
}

static const struct str *
users_of(const struct settings *conf, const struct domain_conf *d,
    struct arena *arena, size_t *count)
{
	*count = d->user_count;
	if (d->users_kind != USERS_TABLE || has_own_address(conf))
		return d->users;
	return with_postmaster(d, arena, count);
}

/* --- the store ----------------------------------------------------------- */

static int
fill_domain(const struct settings *conf, const struct domain_conf *from,
    struct arena *arena, struct local_domain *to, struct fault *fault)
{
	*to = (struct local_domain){ .name = from->name,
	    .pattern = from->deliver->pattern,
	    .has_table = from->users_kind == USERS_TABLE };
	to->users = users_of(conf, from, arena, &to->user_count);
	return to->has_table || has_own_address(conf) ? 0 :
	    make_folder(from, fault);
}

/* Mail for postmaster must never be refused: better not to start. */
static int
check_postmaster(const struct settings *conf, unsigned owner,
    struct store *store, struct arena *arena, struct fault *fault)
{
	size_t at = str_find_last(conf->postmaster, '@');
	struct str name = str_from(conf->postmaster, at + 1);
	enum find found = FIND_NO;
	struct mailbox mailbox;
	int rc;

	if (!has_own_address(conf) || (owner != NOBODY &&
	    settings_domain(conf, name)->owner != owner))
		return 0;
	rc = store_find(store, name, str_sub(conf->postmaster, 0, at), arena,
	    &mailbox, &found);
	if (rc == 0 && found == FIND_NO) {
		fault_set(fault, "postmaster %.*s has no mailbox; make it, "
		    "or name another", STR_ARG(conf->postmaster));
		return -E_INVALID;
	}
	return rc;
}

/* The folder for contents that are too big for memory, made when it is
 * missing. -1 when there is none: then a mail root has to do, as it has for
 * all owners but the first, whom the folder belongs to. */
static int
open_spool(const struct settings *conf)
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

int
mailroom_open_owner(const struct settings *conf, unsigned owner,
    struct world *world, struct arena *arena, struct store **store,
    struct fault *fault)
{
	struct local_conf *local = arena_alloc(arena, sizeof *local);
	struct local_domain *domains = arena_array(arena, conf->domain_count,
	    sizeof *domains);
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < conf->domain_count && rc == 0; i++)
		if (owner == NOBODY || conf->domains[i].owner == owner)
			rc = fill_domain(conf, &conf->domains[i], arena,
			    &domains[n++], fault);
	if (rc != 0)
		return rc;
	*local = (struct local_conf){ .domains = domains,
	    .domain_count = n, .host = conf->name,
	    .random = random_bytes, .wall = wall_time, .arg = world,
	    .spool = owner == NOBODY || owner == 0 ? open_spool(conf) : -1,
	    .free_bytes = settings_free_bytes(conf, conf->limits.message),
	    .free_inodes = settings_free_inodes(conf) };
	rc = local_store(local, store, fault);
	return rc != 0 ? rc :
	    check_postmaster(conf, owner, *store, arena, fault);
}

int
mailroom_open(const struct settings *conf, struct world *world,
    struct arena *arena, struct store **store, struct fault *fault)
{
	return mailroom_open_owner(conf, NOBODY, world, arena, store, fault);
}

/* --- the store of a gate ------------------------------------------------- */

static struct remote_domain *
far_domains(const struct settings *conf, struct arena *arena)
{
	struct remote_domain *all = arena_array(arena, conf->domain_count,
	    sizeof *all);
	const struct domain_conf *d;
	size_t i;

	for (i = 0; i < conf->domain_count; i++) {
		d = &conf->domains[i];
		all[i] = (struct remote_domain){ .name = d->name,
		    .pattern = d->deliver->pattern, .owner = d->owner,
		    .has_table = d->users_kind == USERS_TABLE };
		all[i].users = users_of(conf, d, arena, &all[i].user_count);
	}
	return all;
}

int
mailroom_remote(const struct settings *conf, const struct given *given,
    struct loop *loop, struct world *world, struct arena *arena,
    struct store **store)
{
	struct remote_conf *c = arena_alloc(arena, sizeof *c);
	struct outlet *owners = arena_array(arena, conf->owner_count,
	    sizeof *owners);
	size_t i;

	must(conf->owner_count <= ROLE_OWNERS);
	for (i = 0; i < conf->owner_count; i++) {
		owners[i] = (struct outlet){ given->jobs[i],
		    given->questions[i] };
		if (owners[i].jobs < 0 || owners[i].questions < 0)
			return -E_INVALID;
	}
	*c = (struct remote_conf){ .owners = owners,
	    .owner_count = conf->owner_count,
	    .domains = far_domains(conf, arena),
	    .domain_count = conf->domain_count,
	    .ask_time = ASK_TIME, .keep_time = KEEP_TIME,
	    .known_time = KNOWN_TIME };
	*store = remote_store(loop, world, c);
	return 0;
}
