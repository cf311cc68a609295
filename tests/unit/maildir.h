/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of deliver/maildir.h share: a mail root, a message, and a
 * delivery of it.
 */
#ifndef TESTS_MAILDIR_H
#define TESTS_MAILDIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "deliver/maildir.h"
#include "tests/unit/mailbox.h"

#define TEXT STR("A: b\r\n\r\nx\r\n")
#define KEPT STR("P: q\nA: b\n\nx\n")
#define PREFIX STR("P: q\r\n")
#define SECONDS 1795562223

struct fixture {
	char   path[256];
	int    root;
	int    descriptors;
	struct maildir_names names;
	struct sealed  message;
	struct content *content;
};

static inline void
no_random(void *arg, void *buf, size_t n)
{
	(void)arg;
	memset(buf, 0, n);
}

static inline usec_t
fixed_wall(void *arg)
{
	(void)arg;
	return SECONDS * SEC + 42;
}

static inline int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	f.descriptors = mailbox_descriptors();
	fault_folder(f.path);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.names = (struct maildir_names){ STR("mx/1:a,b"), no_random,
		fixed_wall, NULL, 0 };
	message_open(&f.message, TEXT);
	*state = &f;
	return f.root < 0 ? -1 :
	    content_new(&f.message.parcel, &f.content);
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	content_free(&f->content);
	message_close(&f->message);
	close(f->root);
	/* Whatever happened, no descriptor is left open. */
	if (mailbox_descriptors() != f->descriptors)
		return -1;
	return mailbox_remove(f->path);
}

static inline int
prepare_in(struct fixture *f, const char *folder, const char *sub,
    struct maildir_file *file)
{
	struct maildir dir;
	int rc = maildir_open(f->root, str_of(folder), str_of(sub), true,
	    &dir);

	if (rc == 0)
		rc = maildir_prepare(dir, &f->names, PREFIX, f->content,
		    file);
	return rc;
}

/* All steps. On an error what must be taken back is. */
static inline int
deliver(struct fixture *f, const char *folder, const char *sub)
{
	struct maildir_file file;
	int rc = prepare_in(f, folder, sub, &file);

	if (rc != 0)
		return rc;
	rc = maildir_commit(&file);
	if (rc == 0)
		maildir_done(&file);
	else
		maildir_abandon(&file);
	return rc;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
