/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job - jobs and their answers as bytes.
 *
 *	find   = domain local
 *	found  = code find [ domain local folder ]      ; with FIND_YES
 *	parcel = id content-size pieces copies
 *	pieces = count *( at size )
 *	copies = count *( domain local folder subfolder prefix )
 *	code   = 0 or the positive of an -E_*
 *
 * Called by: remote.c and clerk.c.
 * Always holds: what was unpacked can be handed to a store that trusts its
 * caller: no folder leaves its root, no piece its content, and pieces are in
 * order, so that no job makes a file that is longer than its content.
 */
#include "deliver/job.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/pack.h"
#include "deliver/below.h"

#define DOMAIN_BYTES 255
#define LOCAL_BYTES  1000
#define ID_MAX       64
#define PIECES_MAX   65536  /* more than any header has to lose              */
#define COPIES_MAX   100000 /* as many recipients as can be configured       */
#define PIECE     16       /* bytes of a packed piece                       */
#define COPY      20       /* of the shortest packed copy                   */
#define FIND_MAX  (8 + DOMAIN_BYTES + LOCAL_BYTES)
#define FOUND_MAX (20 + DOMAIN_BYTES + LOCAL_BYTES + BELOW_PATH)

static const struct wire_type requests[] = {
	[JOB_FIND]      = { FIND_MAX, 1, true },
	[JOB_SCRATCH]   = { 0, 1, true },
	[JOB_KEEP]      = { WIRE_BODY, 2, true },
	[JOB_KEEP_LONG] = { 0, 3, true },
};

static const struct wire_type answers[] = {
	[JOB_FOUND]    = { FOUND_MAX, 0, true },
	[JOB_FILE]     = { 0, 1, true },
	[JOB_NO_FILE]  = { 4, 0, true },
	[JOB_DONE]     = { 4, 0, true },
};

const struct wire_protocol job_requests = { requests, COUNT(requests) };
const struct wire_protocol job_answers = { answers, COUNT(answers) };

bool
job_claim(int content)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(content, F_SETLK, &whole) == 0;
}

/* --- packing ------------------------------------------------------------- */

int
job_pack_code(struct buf *b, int code)
{
	return pack_u32(b, (uint32_t)-code);
}

int
job_pack_find(struct buf *b, struct str domain, struct str local)
{
	int rc;

	if (domain.len > DOMAIN_BYTES || local.len > LOCAL_BYTES)
		return -E_TOOBIG;
	rc = pack_str(b, domain);
	return rc != 0 ? rc : pack_str(b, local);
}

static int
pack_mailbox(struct buf *b, const struct mailbox *box)
{
	int rc;

	if (box->domain.len > DOMAIN_BYTES || box->local.len > LOCAL_BYTES ||
	    box->folder.len > BELOW_PATH)
		return -E_TOOBIG;
	rc = pack_str(b, box->domain);
	if (rc == 0)
		rc = pack_str(b, box->local);
	return rc != 0 ? rc : pack_str(b, box->folder);
}

int
job_pack_found(struct buf *b, int code, enum find found,
    const struct mailbox *box)
{
	int rc = job_pack_code(b, code);

	if (rc == 0)
		rc = pack_u32(b, (uint32_t)found);
	if (rc == 0 && code == 0 && found == FIND_YES)
		rc = pack_mailbox(b, box);
	return rc;
}

static int
pack_copy(struct buf *b, const struct copy *copy)
{
	int rc = pack_mailbox(b, copy->mailbox);

	if (rc == 0)
		rc = pack_str(b, copy->subfolder);
	return rc != 0 ? rc : pack_str(b, copy->prefix);
}

int
job_pack_parcel(struct buf *b, const struct parcel *p)
{
	size_t i;
	int rc;

	rc = pack_str(b, p->id);
	if (rc == 0)
		rc = pack_u64(b, body_size(p->body));
	if (rc == 0)
		rc = pack_u32(b, (uint32_t)p->piece_count);
	for (i = 0; i < p->piece_count && rc == 0; i++) {
		rc = pack_u64(b, p->pieces[i].at);
		if (rc == 0)
			rc = pack_u64(b, p->pieces[i].size);
	}
	if (rc == 0)
		rc = pack_u32(b, (uint32_t)p->copy_count);
	for (i = 0; i < p->copy_count && rc == 0; i++)
		rc = pack_copy(b, &p->copies[i]);
	return rc;
}

/* --- unpacking ----------------------------------------------------------- */

static int
unpack_code(struct unpack *u)
{
	uint32_t code = unpack_u32(u);

	if (code < E_COUNT)
		return -(int)code;
	u->bad = true;
	return -E_INVALID;
}

int
job_unpack_code(struct str s, int *code)
{
	struct unpack u = { s, false };
	int value = unpack_code(&u);

	if (!unpack_end(&u))
		return -E_INVALID;
	*code = value;
	return 0;
}

static struct str
unpack_text(struct unpack *u, size_t max)
{
	struct str s = unpack_str(u);

	u->bad |= s.len > max;
	return s;
}

int
job_unpack_find(struct str s, struct str *domain, struct str *local)
{
	struct unpack u = { s, false };
	struct str name = unpack_text(&u, DOMAIN_BYTES);
	struct str user = unpack_text(&u, LOCAL_BYTES);

	if (!unpack_end(&u))
		return -E_INVALID;
	*domain = name;
	*local = user;
	return 0;
}

/* path = name *( "/" name ) */
static bool
is_below(struct str path)
{
	if (path.len > BELOW_PATH)
		return false;
	while (path.p != NULL)
		if (!below_is_name(str_split(&path, '/')))
			return false;
	return true;
}

static void
unpack_mailbox(struct unpack *u, struct arena *a, struct mailbox *box)
{
	box->domain = arena_str(a, unpack_text(u, DOMAIN_BYTES));
	box->local = arena_str(a, unpack_text(u, LOCAL_BYTES));
	box->folder = arena_str(a, unpack_text(u, BELOW_PATH));
	u->bad |= !is_below(box->folder);
}

int
job_unpack_found(struct str s, struct arena *a, int *code, enum find *found,
    struct mailbox *box)
{
	struct mailbox read = { .domain = { "", 0 } };
	struct unpack u = { s, false };
	int rc = unpack_code(&u);
	uint32_t find = unpack_u32(&u);

	if (rc == 0 && find == FIND_YES)
		unpack_mailbox(&u, a, &read);
	if (!unpack_end(&u) || find > FIND_FULL)
		return -E_INVALID;
	*code = rc;
	*found = (enum find)find;
	if (rc == 0 && find == FIND_YES)
		*box = read;
	return 0;
}

static const struct piece *
unpack_pieces(struct unpack *u, uint64_t content, struct arena *a,
    size_t *count)
{
	size_t i, n = unpack_count(u, PIECE, PIECES_MAX);
	struct piece *pieces = arena_array(a, n, sizeof *pieces);
	uint64_t end = 0;

	for (i = 0; i < n; i++) {
		pieces[i].at = unpack_u64(u);
		pieces[i].size = unpack_u64(u);
		if (pieces[i].at < end || pieces[i].at > content ||
		    pieces[i].size > content - pieces[i].at) {
			u->bad = true;
			break;
		}
		end = pieces[i].at + pieces[i].size;
	}
	*count = n;
	return pieces;
}

/* The prefix is whole lines; it may be long, and stays where it is. */
static void
unpack_copy(struct unpack *u, struct arena *a, struct copy *copy)
{
	struct mailbox *box = arena_alloc(a, sizeof *box);

	unpack_mailbox(u, a, box);
	copy->mailbox = box;
	copy->subfolder = arena_str(a, unpack_str(u));
	copy->prefix = unpack_str(u);
	if (copy->subfolder.len > 0 && (copy->subfolder.p[0] != '.' ||
	    !below_is_name(copy->subfolder)))
		u->bad = true;
	if (copy->prefix.len > 0 && !str_ends_case(copy->prefix,
	    STR("\r\n")))
		u->bad = true;
}

static const struct copy *
unpack_copies(struct unpack *u, struct arena *a, size_t *count)
{
	size_t i, n = unpack_count(u, COPY, COPIES_MAX);
	struct copy *copies = arena_array(a, n, sizeof *copies);

	for (i = 0; i < n && !u->bad; i++)
		unpack_copy(u, a, &copies[i]);
	u->bad |= n == 0;
	*count = n;
	return copies;
}

int
job_unpack_parcel(struct str s, uint64_t content, struct arena *a,
    struct parcel *out)
{
	struct unpack u = { s, false };
	struct parcel p = { .id = arena_str(a, unpack_text(&u, ID_MAX)) };

	u.bad |= unpack_u64(&u) != content;
	p.pieces = unpack_pieces(&u, content, a, &p.piece_count);
	p.copies = unpack_copies(&u, a, &p.copy_count);
	if (!unpack_end(&u))
		return -E_INVALID;
	*out = p;
	return 0;
}
