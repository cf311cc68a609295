/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local - the store of this process.
 *
 * Made by the one process or by a pool at start; called through
 * deliver/handoff.h.
 *
 * Always holds (design.md P8, catalogue 103):
 * 1. A path comes from users.c and is below a root that was opened at start.
 *    A copy goes only where this process itself would have found its mailbox:
 *    a gate that has been taken over can name no other folder (catalogue
 *    132).
 * 2. Copies are all or none: none is renamed before every one is in tmp/; a
 *    commit that fails half-way unlinks what it renamed.
 *
 * Source: hardening.md's delivery protocol.
 *
 * KNOWN GAPS: a quota shows when it is used up (-E_FULL), not before; so does
 * a full file system below the mail root for users of a table. The process
 * waits for the disk, twice for each copy; doing one step for all copies at a
 * time was measured and saves nothing, because each sync flushes the disk
 * anyway.
 */
#include "config.h"

#include "deliver/local.h"

#include "base/table.h"
#include "deliver/below.h"
#include "deliver/maildir.h"
#include "deliver/scratch.h"
#include "deliver/sweep.h"
#include "deliver/users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A domain, opened. */
struct place {
	const struct local_domain *conf;
	int          root;
	struct users users;
};

struct local {
	struct store             store;
	const struct local_conf *conf;
	struct maildir_names     names;
	struct sweeper          *sweeper;
	struct table            *domains; /* by name: struct place         */
	struct place            *places;
	size_t                   place_count;
};

/* Of one message, as far as they are written. */
struct copies {
	size_t              count;
	struct maildir_file files[];
};

static struct local *
local_of(struct store *s)
{
	return CONTAINER(s, struct local, store);
}

/* --- recipients --------------------------------------------------------- */

/* File systems without a count of inodes have as many as they like. */
static int
space_of(int fd, uint64_t *bytes, uint64_t *inodes)
{
	struct statvfs st;

	if (fstatvfs(fd, &st) != 0)
		return -E_IO;
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	*inodes = st.f_files == 0 ? UINT64_MAX : st.f_favail;
	return 0;
}

/* A file system that does not tell is not held full. */
static bool
is_full(const struct local_conf *conf, int fd)
{
	uint64_t bytes, inodes;

	return (conf->free_bytes > 0 || conf->free_inodes > 0) &&
	    space_of(fd, &bytes, &inodes) == 0 &&
	    (bytes < conf->free_bytes || inodes < conf->free_inodes);
}

/* Looks at the folder of a user. 0 and *found; a link in the way is an
 * error. */
static int
look_at(const struct local *local, const struct place *place,
    struct str folder, enum find *found)
{
	int fd, rc = below_open(place->root, folder, &fd);

	if (rc == 0) {
		*found = is_full(local->conf, fd) ? FIND_FULL : FIND_YES;
		(void)close(fd);
	}
	/* -E_INVALID: a file, and a file is no user. */
	return rc == -E_NOTFOUND || rc == -E_INVALID ? 0 : rc;
}

static int
find(struct store *s, struct str domain, struct str local, struct arena *a,
    struct mailbox *mailbox, enum find *found)
{
	struct place *place = table_get(local_of(s)->domains, domain);
	struct mailbox box;
	int rc = 0;

	*found = FIND_NO;
	if (place == NULL || !users_find(&place->users, local, a, &box))
		return 0;
	if (!place->users.has_table)
		rc = look_at(local_of(s), place, box.folder, found);
	else
		*found = is_full(local_of(s)->conf, place->root) ?
		    FIND_FULL : FIND_YES;
	if (rc == 0 && *found == FIND_YES)
		*mailbox = box;
	return rc;
}

/* --- delivery ----------------------------------------------------------- */

static void
abandon(struct copies *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		maildir_abandon(&c->files[i]);
}

static int
prepare_copy(struct local *local, const struct copy *copy,
    struct content *content, struct maildir_file *f)
{
	const struct mailbox *box = copy->mailbox;
	struct place *place = table_get(local->domains, box->domain);
	struct maildir dir;
	int rc;

	rc = maildir_open(place->root, box->folder, copy->subfolder,
	    place->users.has_table, &dir);
	if (rc != 0)
		return rc;
	return maildir_prepare(dir, &local->names, copy->prefix, content, f);
}

/* What the dialogue tells apart: no room, an attack or accident with links, a
 * disk that does not keep what it is given, and the rest. */
static int
store_code(int rc)
{
	return rc == 0 || rc == -E_FULL || rc == -E_DENIED ||
	    rc == -E_SYNC || rc == -E_CANCELED ? rc : -E_IO;
}

/* Whether each copy goes to a mailbox of ours. */
static bool
are_ours(const struct local *local, const struct parcel *parcel)
{
	struct arena *a = arena_new(0);
	const struct mailbox *box;
	struct place *place;
	bool yes = true;
	size_t i;

	for (i = 0; i < parcel->copy_count && yes; i++) {
		box = parcel->copies[i].mailbox;
		place = table_get(local->domains, box->domain);
		yes = place != NULL && users_owns(&place->users, box, a);
		arena_reset(a);
	}
	arena_free(&a);
	return yes;
}

/* All or none. */
static int
prepare(struct local *local, const struct parcel *parcel, struct copies *c)
{
	struct content *content = NULL;
	size_t i;
	int rc = content_new(parcel, &content);

	for (i = 0; rc == 0 && i < parcel->copy_count; i++) {
		rc = prepare_copy(local, &parcel->copies[i], content,
		    &c->files[i]);
		if (rc == 0)
			c->count++;
	}
	content_free(&content);
	if (rc != 0)
		abandon(c);
	return rc;
}

static int
commit(struct local *local, struct copies *c)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < c->count && rc == 0; i++)
		rc = maildir_commit(&c->files[i]);
	if (rc != 0) {
		abandon(c);
		return rc;
	}
	for (i = 0; i < c->count; i++) {
		sweeper_look(local->sweeper, c->files[i].dir.tmp,
		    local->names.wall(local->names.arg));
		maildir_done(&c->files[i]);
	}
	return 0;
}

static int
keep(struct store *s, const struct parcel *parcel, bool (*is_wanted)(void *),
    void *arg)
{
	struct local *local = local_of(s);
	struct copies *c;
	int rc;

	if (!are_ours(local, parcel))
		return -E_DENIED;
	c = calloc(1, sizeof *c + parcel->copy_count * sizeof c->files[0]);
	if (c == NULL)
		return -E_IO;
	rc = prepare(local, parcel, c);
	if (rc == 0 && !is_wanted(arg)) {
		abandon(c);
		rc = -E_CANCELED;
	} else if (rc == 0) {
		rc = commit(local, c);
	}
	free(c);
	return store_code(rc);
}

/* --- the disks ----------------------------------------------------------- */

/* In the spool; where there is none, or nothing can be made in it, beside the
 * mailboxes of the first domain whose root takes it. It has no name, so nobody
 * finds it there. */
static int
scratch(struct store *s, int *fd)
{
	struct local *local = local_of(s);
	int spool = local->conf->spool;
	int rc = spool < 0 ? -E_FULL : scratch_make(spool, fd);
	size_t i;

	for (i = 0; i < local->place_count && rc != 0; i++)
		rc = scratch_make(local->places[i].root, fd);
	return rc;
}

int
local_space(struct store *s, uint64_t *bytes, uint64_t *inodes)
{
	struct local *local = local_of(s);
	uint64_t b, n, least = UINT64_MAX, fewest = UINT64_MAX;
	size_t i;
	int fd, rc = 0;

	for (i = 0; i <= local->place_count && rc == 0; i++) {
		fd = i < local->place_count ? local->places[i].root :
		    local->conf->spool;
		if (fd < 0)
			continue;
		rc = space_of(fd, &b, &n);
		if (rc != 0)
			break;
		least = b < least ? b : least;
		fewest = n < fewest ? n : fewest;
	}
	if (rc != 0)
		return rc;
	*bytes = least;
	*inodes = fewest;
	return 0;
}

static int
probe_folder(int folder)
{
	char block[512] = { 0 };
	int fd, rc = scratch_make(folder, &fd);
	ssize_t n;

	if (rc != 0)
		return rc;
	n = write(fd, block, sizeof block);
	if (n != sizeof block)
		rc = n < 0 && errno != ENOSPC && errno != EDQUOT ? -E_IO :
		    -E_FULL;
	else if (fsync(fd) != 0)
		rc = -E_SYNC;
	(void)close(fd);
	return rc;
}

int
local_probe(struct store *s)
{
	struct local *local = local_of(s);
	int rc = 0;
	size_t i;

	for (i = 0; i < local->place_count && rc == 0; i++)
		rc = probe_folder(local->places[i].root);
	if (rc == 0 && local->conf->spool >= 0)
		rc = probe_folder(local->conf->spool);
	return rc;
}

/* --- start -------------------------------------------------------------- */

static int
open_root(struct place *place, struct maildir_names *names, struct fault *f)
{
	struct str root;
	char text[BELOW_PATH + 1];

	if (users_pattern(place->conf->pattern, &root,
	    &place->users.below) != 0 || root.len > BELOW_PATH) {
		fault_set(f, "\"%.*s\" is no pattern for Maildirs: it must "
		    "have %%u (mailbox) and may have %%d (domain) in it",
		    STR_ARG(place->conf->pattern));
		return -E_INVALID;
	}
	memcpy(text, root.p, root.len);
	text[root.len] = '\0';
	place->root = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->root < 0) {
		fault_set(f, "cannot open the mail folder %s: %s; make it and "
		    "give it to the user that delivers", text,
		    strerror(errno));
		return -E_IO;
	}
	if (maildir_probe(place->root, names) != 0) {
		fault_set(f, "the file system of %s can neither rename without "
		    "replacing nor link; keep mail on another", text);
		return -E_IO;
	}
	return 0;
}

static struct sipkey
random_key(const struct local_conf *conf)
{
	struct sipkey key;

	conf->random(conf->arg, &key, sizeof key);
	return key;
}

static int
open_place(struct place *place, struct maildir_names *names, struct fault *f)
{
	const struct local_domain *d = place->conf;
	int rc;

	place->root = -1;
	place->users = (struct users){ .domain = d->name,
	    .has_table = d->has_table, .list = d->users,
	    .count = d->user_count };
	rc = open_root(place, names, f);
	return rc != 0 ? rc : users_check(&place->users, f);
}

static void
local_free(struct store *s)
{
	struct local *local = local_of(s);
	size_t i;

	for (i = 0; i < local->place_count; i++)
		if (local->places[i].root >= 0)
			(void)close(local->places[i].root);
	if (local->conf->spool >= 0)
		(void)close(local->conf->spool);
	table_free(&local->domains);
	sweeper_free(&local->sweeper);
	free(local->places);
	free(local);
}

static int
open_all(struct local *local, const struct local_conf *conf, struct fault *f)
{
	struct place *place;
	int rc = 0;

	for (; rc == 0 && local->place_count < conf->domain_count;
	    local->place_count++) {
		place = &local->places[local->place_count];
		place->conf = &conf->domains[local->place_count];
		rc = open_place(place, &local->names, f);
		if (rc == 0)
			(void)table_put(local->domains, place->conf->name,
			    place);
	}
	return rc;
}

int
local_store(const struct local_conf *conf, struct store **out,
    struct fault *f)
{
	struct local *local = calloc(1, sizeof *local);
	int rc;

	must(local != NULL);
	local->store = (struct store){ find, keep, scratch, local_free };
	local->conf = conf;
	local->sweeper = sweeper_new();
	local->names = (struct maildir_names){ conf->host, conf->random,
		conf->wall, conf->arg, 0 };
	local->places = calloc(conf->domain_count + 1,
	    sizeof *local->places);
	must(local->places != NULL);
	local->domains = table_new(random_key(conf));
	rc = open_all(local, conf, f);
	if (rc != 0)
		local_free(&local->store);
	else
		*out = &local->store;
	return rc;
}
