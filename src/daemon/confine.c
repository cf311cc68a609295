/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine - a sane start whatever started us, and few rights afterwards
 * (catalogue 133, 134).
 *
 * Called by: daemon/main.c, the supervisor, its children.
 * Always holds: a right that was given up does not come back: the bounding
 * set goes first, then the user, then what capabilities are left, and each
 * is looked at again before anything is executed.
 *
 * Capabilities are three system calls with plain structs, and between fork
 * and exec nothing may be called that takes memory or a lock; libcap would be
 * one more library in every process for that.
 *
 * Source: capabilities(7), credentials(7), prctl(2); hardening.md 1.
 * KNOWN GAPS: system calls are not filtered.
 */
#include "config.h"

#include "daemon/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPARE_FILES 512     /* listeners, resolver, mailboxes in use        */
#define MOST_FILES  1048576 /* what the kernel allows, unless told otherwise */

#define BIT(cap) ((uint64_t)1 << (cap))

/* To be another user, to end those who are, to bind port 25 once more when
 * the configuration names another address, to take the bounding set away. */
#define KEPT (BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL) | \
	BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SETPCAP))

/* --- everybody ----------------------------------------------------------- */

void
confine_start(unsigned first)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0 && (unsigned)fd < first)
		(void)close(fd);
	(void)close_range(first, ~0u, 0);
	(void)umask(077);
	/* What is broken or full is an error of one call, never the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

void
confine_hide(void)
{
#ifndef SANITIZED
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void
no_more_rights(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* As many as wanted, or as many as may be. */
static void
raise_files(rlim_t want)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = want;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < want) {
		r.rlim_max = want;      /* as root                          */
		if (setrlimit(RLIMIT_NOFILE, &r) == 0)
			return;
		(void)getrlimit(RLIMIT_NOFILE, &r);
		r.rlim_cur = r.rlim_max;
	}
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

/* A socket for each session, and a body for some of them. */
void
confine_serve(const struct limits *l)
{
	raise_files(SPARE_FILES + 2 * (rlim_t)(l->sessions > 1000000 ?
	    1000000 : l->sessions));
	no_more_rights();
}

/* --- capabilities -------------------------------------------------------- */

/* Effective and permitted become `bits`, inheritable and ambient nothing. */
static int
set_capabilities(uint64_t bits)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)bits, .permitted = (uint32_t)bits },
		{ .effective = (uint32_t)(bits >> 32),
		  .permitted = (uint32_t)(bits >> 32) },
	};

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &head, data) == 0 ? 0 : -E_DENIED;
}

/* What is permitted; all of them when that cannot be told. */
static uint64_t
permitted(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof data);
	if (syscall(SYS_capget, &head, data) != 0)
		return ~(uint64_t)0;
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/* What a later exec as root could bring back. Who may not change the set has
 * no root to fear. */
static int
bound_capabilities(uint64_t bits)
{
	int cap, is_set;

	for (cap = 0; cap < 64; cap++) {
		is_set = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (is_set < 0)
			break;          /* the kernel knows no more         */
		if (is_set == 0 || (bits & BIT(cap)) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 &&
		    geteuid() == 0)
			return -E_DENIED;
	}
	return 0;
}

uint64_t
confine_kept(void)
{
	return KEPT;
}

int
confine_supervisor(struct fault *fault)
{
	int rc = 0;

	if (chdir("/") != 0) {
		fault_set(fault, "cannot go to /: %s", strerror(errno));
		return -E_IO;
	}
	if (geteuid() == 0) {
		raise_files(MOST_FILES);
		rc = bound_capabilities(KEPT);
		/* A container may have taken some of them already. */
		if (rc == 0)
			rc = set_capabilities(KEPT & permitted());
		if (rc == 0 && (permitted() & ~KEPT) != 0)
			rc = -E_DENIED;
	}
	if (rc != 0)
		fault_set(fault, "cannot give up capabilities: %s; root needs "
		    "CAP_SETPCAP for it", strerror(errno));
	no_more_rights();
	confine_hide();
	return rc == 0 ? 0 : -E_IO;
}

/* --- users --------------------------------------------------------------- */

int
identity_find(struct str name, const char *setting, struct identity *out,
    struct fault *fault)
{
	struct identity id = { 0, 0, "" };
	const struct passwd *p = NULL;

	if (name.len < sizeof id.name) {
		memcpy(id.name, name.p, name.len);
		p = getpwnam(id.name);
	}
	if (p == NULL) {
		fault_set(fault, "there is no user \"%.*s\"; make one "
		    "(useradd --system --shell /usr/sbin/nologin %.*s) or name "
		    "another: %s", STR_ARG(name), STR_ARG(name), setting);
		return -E_NOTFOUND;
	}
	if (p->pw_uid == 0) {
		fault_set(fault, "\"%.*s\" is root; name a user without "
		    "rights: %s", STR_ARG(name), setting);
		return -E_DENIED;
	}
	id.uid = p->pw_uid;
	id.gid = p->pw_gid;
	*out = id;
	return 0;
}

int
identity_needed(const struct settings *conf, size_t i, struct identity *out,
    struct fault *fault)
{
	int rc;

	if (i == 0)
		return identity_find(conf->processes.user,
		    "processes { user NAME }", out, fault);
	must(i <= conf->owner_count);
	rc = identity_find(conf->owners[i - 1], "deliver maildir ... "
	    "{ owner NAME }", out, fault);
	if (rc != 0 || out->uid >= conf->processes.minimum_uid)
		return rc;
	fault_set(fault, "\"%s\" (uid %lu) is a user of the system and may "
	    "own no mailboxes; name another: deliver maildir ... { owner NAME "
	    "}, or lower processes { minimum-uid %llu }", out->name,
	    (unsigned long)out->uid,
	    (unsigned long long)conf->processes.minimum_uid);
	return -E_DENIED;
}

static bool
is_user(const struct identity *who)
{
	uid_t real, effective, saved;
	gid_t group, effective_group, saved_group;

	return getresuid(&real, &effective, &saved) == 0 &&
	    getresgid(&group, &effective_group, &saved_group) == 0 &&
	    real == who->uid && effective == who->uid && saved == who->uid &&
	    group == who->gid && effective_group == who->gid &&
	    saved_group == who->gid && getgroups(0, NULL) == 0 &&
	    setuid(0) != 0;
}

int
confine_become(const struct identity *who)
{
	if (bound_capabilities(0) != 0)
		return -E_DENIED;
	if (who != NULL && (setgroups(0, NULL) != 0 ||
	    setresgid(who->gid, who->gid, who->gid) != 0 ||
	    setresuid(who->uid, who->uid, who->uid) != 0))
		return -E_DENIED;
	if (set_capabilities(0) != 0 || permitted() != 0)
		return -E_DENIED;
	return who == NULL || is_user(who) ? 0 : -E_DENIED;
}
