/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maildir: one message into one Maildir, durably.
 *
 *	write tmp/NAME, fsync(file), rename into new/ without replacing,
 *	fsync(new/), and of every folder just made
 *
 * No folder is listed; no link is followed; no wire text is in a path.
 *
 * Source: the Maildir and Maildir++ texts; design.md promise P1.
 */
#ifndef DELIVER_MAILDIR_H
#define DELIVER_MAILDIR_H

#include "deliver/handoff.h"

/* A message that is in tmp/ and synced, not yet in new/. */
struct maildir_file {
	int  folder;            /* descriptor of the Maildir                */
	int  made;              /* a parent that must be synced; -1         */
	bool is_renamed;
	char name[128];
};

/*
 * Opens a Maildir, making it when missing (0700) below an existing parent.
 * In: path absolute; subfolder "" or a Maildir++ name (".Junk").
 * Returns 0, -E_FULL, -E_DENIED (a link or a foreign thing in the way),
 * -E_IO.
 */
int maildir_open(struct str path, struct str subfolder, int *folder);

/* Writes prefix and pieces, CR LF as LF, and syncs. Owner of folder: the
 * file from here on, also after an error. */
int maildir_prepare(int folder, struct str name_base, struct str prefix,
    const struct parcel *, struct maildir_file *);

/* Renames and syncs. */
int maildir_commit(struct maildir_file *);

/* Unlinks whatever is there of it and closes. */
void maildir_abandon(struct maildir_file *);

/* Closes a file that stays. */
void maildir_done(struct maildir_file *);

#endif
