/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local - the store of this process.
 *
 * Made by the gate at start; called through deliver/handoff.h.
 *
 * Always holds (design.md P8, catalogue 103):
 * 1. What a client typed is looked up in a table, or, without one, has passed
 *    is_folder_user before it becomes part of a path. The path is below a
 *    root that was opened at start.
 * 2. Copies are all or none: prepare ends with every copy in tmp/ or with
 *    none; commit that fails half-way unlinks what it renamed.
 *
 * Source: hardening.md's delivery protocol; RFC 5321 4.1.2 (local parts are
 * case-blind here, as everybody expects of a mailbox).
 *
 * KNOWN GAPS: a full mailbox shows when it is written to (-E_FULL), not when
 * it is looked up. The process waits for the disk, twice for each copy; doing
 * one step for all copies at a time was measured and saves nothing, because
 * each sync flushes the disk anyway.
 */
#include "config.h"

#include "deliver/local.h"

#include "base/table.h"
#include "deliver/below.h"
#include "deliver/maildir.h"
#include "mail/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A domain, opened. */
struct place {
	const struct local_domain *conf;
	int           root;
	struct str    below;  /* the pattern behind the root, "%d/%u"       */
	struct table *users;  /* by lower-case name: struct str; or NULL    */
};

struct local {
	struct store         store;
	struct maildir_names names;
	struct table        *domains; /* by name: struct place              */
	struct place        *places;
	size_t               place_count;
};

struct receipt {
	size_t              count;
	struct maildir_file files[];
};

static struct local *
local_of(struct store *s)
{
	return CONTAINER(s, struct local, store);
}

/* --- recipients --------------------------------------------------------- */

/* Whether a lower-case local part may name a folder that exists. */
static bool
is_folder_user(struct str s)
{
	size_t i;

	if (s.len == 0 || s.len > PATH_LOCAL_MAX || s.p[0] == '.')
		return false;
	for (i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    (s.p[i] == '\0' || strchr("._+-=", s.p[i]) == NULL))
			return false;
	return true;
}

/* The pattern with domain and user in their places. */
static struct str
folder_of(const struct place *place, struct str user, struct arena *a)
{
	struct str part, rest = place->below, out = { "", 0 };

	for (;;) {
		part = str_split(&rest, '%');
		out = arena_printf(a, "%.*s%.*s", STR_ARG(out),
		    STR_ARG(part));
		if (rest.p == NULL)
			return out;
		part = rest.p[0] == 'u' ? user :
		    rest.p[0] == 'd' ? place->conf->name : STR("%");
		out = arena_printf(a, "%.*s%.*s", STR_ARG(out),
		    STR_ARG(part));
		rest = str_from(rest, 1);
	}
}

/* 0 and *is_there; a link in the way is an error. */
static int
folder_exists(const struct place *place, struct str folder, bool *is_there)
{
	int fd, rc = below_open(place->root, folder, &fd);

	*is_there = rc == 0;
	if (rc == 0)
		(void)close(fd);
	/* -E_INVALID: a file, and a file is no user. */
	return rc == -E_NOTFOUND || rc == -E_INVALID ? 0 : rc;
}

static int
find(struct store *s, struct str domain, struct str local, struct arena *a,
    struct mailbox *mailbox, enum find *found)
{
	struct place *place = table_get(local_of(s)->domains, domain);
	struct str *user, lower = arena_lower(a, local);
	struct mailbox box;
	bool is_there = true;
	int rc = 0;

	*found = FIND_NO;
	if (place == NULL)
		return 0;
	box.domain = place->conf->name;
	if (place->users != NULL) {
		user = table_get(place->users, lower);
		if (user == NULL)
			return 0;
		box.local = *user;
		box.folder = folder_of(place, box.local, a);
	} else {
		if (!is_folder_user(lower))
			return 0;
		box.local = lower;
		box.folder = folder_of(place, box.local, a);
		rc = folder_exists(place, box.folder, &is_there);
	}
	if (rc != 0 || !is_there)
		return rc;
	*mailbox = box;
	*found = FIND_YES;
	return 0;
}

/* --- delivery ----------------------------------------------------------- */

static void
abandon(struct store *s, struct receipt **rp)
{
	struct receipt *r = *rp;
	size_t i;

	(void)s;
	for (i = 0; i < r->count; i++)
		maildir_abandon(&r->files[i]);
	free(r);
	*rp = NULL;
}

static int
prepare_copy(struct local *local, const struct copy *copy,
    struct content *content, struct maildir_file *f)
{
	const struct mailbox *box = copy->mailbox;
	struct place *place = table_get(local->domains, box->domain);
	struct maildir dir;
	int rc;

	must(place != NULL);
	rc = maildir_open(place->root, box->folder, copy->subfolder,
	    place->users != NULL, &dir);
	if (rc != 0)
		return rc;
	return maildir_prepare(dir, &local->names, copy->prefix, content, f);
}

/* What the dialogue tells apart: no room, an attack or accident with links,
 * and the rest. */
static int
store_code(int rc)
{
	return rc == 0 || rc == -E_FULL || rc == -E_DENIED ? rc : -E_IO;
}

static int
prepare(struct store *s, const struct parcel *parcel, struct receipt **out)
{
	struct content *content = NULL;
	struct receipt *r;
	size_t i;
	int rc;

	r = calloc(1, sizeof *r + parcel->copy_count * sizeof r->files[0]);
	if (r == NULL)
		return -E_IO;
	rc = content_new(parcel, &content);
	for (i = 0; rc == 0 && i < parcel->copy_count; i++) {
		rc = prepare_copy(local_of(s), &parcel->copies[i], content,
		    &r->files[i]);
		if (rc == 0)
			r->count++;
	}
	content_free(&content);
	if (rc != 0)
		abandon(s, &r);
	*out = r;
	return store_code(rc);
}

static int
commit(struct store *s, struct receipt **rp)
{
	struct receipt *r = *rp;
	size_t i;
	int rc = 0;

	for (i = 0; i < r->count && rc == 0; i++)
		rc = maildir_commit(&r->files[i]);
	if (rc != 0) {
		abandon(s, rp);
		return store_code(rc);
	}
	for (i = 0; i < r->count; i++)
		maildir_done(&r->files[i]);
	free(r);
	*rp = NULL;
	return 0;
}

/* --- start -------------------------------------------------------------- */

/*
 * pattern = [ root "/" ] below  ; below begins with the component that has
 *                               ; the first %u or %d
 */
static int
split_pattern(struct str pattern, struct str *root, struct str *below)
{
	size_t i, first = str_find(pattern, '%'), users = 0, slash;

	if (first == pattern.len)
		return -E_INVALID;
	for (i = first; i < pattern.len; i++) {
		if (pattern.p[i] != '%')
			continue;
		i++;
		if (i == pattern.len || pattern.p[i] == '\0' ||
		    strchr("ud%", pattern.p[i]) == NULL)
			return -E_INVALID;
		users += pattern.p[i] == 'u';
	}
	slash = str_find_last(str_sub(pattern, 0, first), '/');
	*root = slash == first ? STR(".") :
	    str_sub(pattern, 0, slash == 0 ? 1 : slash);
	*below = slash == first ? pattern : str_from(pattern, slash + 1);
	return users > 0 ? 0 : -E_INVALID;
}

static int
open_root(struct place *place, struct maildir_names *names, struct fault *f)
{
	struct str root;
	char text[BELOW_PATH + 1];

	if (split_pattern(place->conf->pattern, &root, &place->below) != 0 ||
	    root.len > BELOW_PATH) {
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
load_users(struct place *place, const struct local_conf *conf,
    struct fault *f)
{
	const struct local_domain *d = place->conf;
	struct arena *a;
	size_t i;

	if (!d->has_table)
		return 0;
	place->users = table_new(random_key(conf));
	a = arena_new(0);
	for (i = 0; i < d->user_count; i++) {
		if (!below_is_name(d->users[i]) || d->users[i].p[0] == '.') {
			fault_set(f, "\"%.*s\" in the table of %.*s cannot be "
			    "the name of a folder; use one without \"/\" and "
			    "no dot first", STR_ARG(d->users[i]),
			    STR_ARG(d->name));
			arena_free(&a);
			return -E_INVALID;
		}
		(void)table_put(place->users, arena_lower(a, d->users[i]),
		    &d->users[i]);
		arena_reset(a);
	}
	arena_free(&a);
	return 0;
}

static void
local_free(struct store *s)
{
	struct local *local = local_of(s);
	size_t i;

	for (i = 0; i < local->place_count; i++) {
		if (local->places[i].root >= 0)
			(void)close(local->places[i].root);
		table_free(&local->places[i].users);
	}
	table_free(&local->domains);
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
		place->root = -1;
		rc = open_root(place, &local->names, f);
		if (rc == 0)
			rc = load_users(place, conf, f);
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
	local->store = (struct store){ find, prepare, commit, abandon,
		local_free };
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
