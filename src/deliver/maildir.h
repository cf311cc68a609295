/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maildir: one message into one Maildir, durably.
 *
 *	write tmp/NAME, fsync(file), rename into new/ without replacing,
 *	fsync(new/); and before, fsync of every folder in which one was made
 *
 * No folder is listed; no link is followed; no wire text is in a path.
 *
 * Source: the Maildir and Maildir++ texts; design.md promise P1.
 */
#ifndef DELIVER_MAILDIR_H
#define DELIVER_MAILDIR_H

#include "deliver/content.h"
#include "deliver/handoff.h"

/* The two folders of a Maildir that a delivery needs. */
struct maildir {
	int tmp;
	int new;
};

/* Where unique names come from; one for each process. */
struct maildir_names {
	struct str host;        /* cut and cleaned for use in names         */
	void     (*random)(void *arg, void *buf, size_t n);
	usec_t   (*wall)(void *arg);
	void      *arg;
	uint64_t   count;       /* names given                              */
};

#define MAILDIR_NAME 224

/* One copy on its way. */
struct maildir_file {
	struct maildir dir;
	enum { MF_GONE, MF_TMP, MF_NEW } place;
	char tmp[MAILDIR_NAME]; /* its name there, with a final NUL         */
	char new[MAILDIR_NAME]; /* the same, and sizes: ",S=412,W=425"      */
};

/*
 * Opens a Maildir; its cur/, new/, tmp/ and the subfolder are made when they
 * are missing (0700), the folder itself and its parents when may_make.
 * In: root, a descriptor; folder, a path below it; subfolder "" or a
 * Maildir++ name (".Junk").
 * Owner of *out: the caller, until maildir_close or maildir_prepare.
 * Returns 0; -E_NOTFOUND; -E_FULL; -E_DENIED (a link, a foreign owner, or
 * something that is no folder in the way); -E_IO.
 */
int  maildir_open(int root, struct str folder, struct str subfolder,
    bool may_make, struct maildir *out);
void maildir_close(struct maildir *);

/*
 * Writes the prefix and the content to tmp/, CR LF as LF, and syncs.
 * Owner of dir: the file from here on, also after an error, when everything
 * is taken back and closed.
 * Returns 0; -E_EXISTS (ten names were taken); -E_FULL; -E_SYNC; -E_IO;
 * -E_NOMEM.
 */
int maildir_prepare(struct maildir dir, struct maildir_names *,
    struct str prefix, struct content *, struct maildir_file *);

/* Renames and syncs. After an error: maildir_abandon.
 * Returns 0; -E_EXISTS; -E_FULL; -E_SYNC; -E_IO. */
int maildir_commit(struct maildir_file *);

/* Unlinks whatever is there of it and closes. */
void maildir_abandon(struct maildir_file *);

/* Closes a file that stays. */
void maildir_done(struct maildir_file *);

/* Whether the file system of a folder can rename without replacing. Returns
 * 0, also when no file may be made there; -E_IO when it cannot. */
int maildir_probe(int folder, struct maildir_names *);

#endif
