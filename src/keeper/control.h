/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control: what tools may ask the keeper, and its answers. Read only.
 *
 *	request  = verb *( SP word ) LF        at most CONTROL_LINE bytes
 *	verb     = "doctor" [LIST] | "lists" | "ask" SUBJECT [LIST] | "status"
 *	answer   = *( row LF ) end LF          then the keeper closes
 *	row      = a JSON object: "v":1, "row":"list"|"resolver"|"asked"|...
 *	end      = {"v":1,"row":"end","status":0|1|2,"error":TEXT}
 *
 * Lines of text, not wire.h: tools of another build must be able to talk to
 * a keeper (an upgrade is under way), and so must socat and the console.
 * `--json` of a tool is these rows as they are.
 *
 * Always holds: no key is in a row; what a stranger wrote is a JSON string
 * with escapes.
 */
#ifndef KEEPER_CONTROL_H
#define KEEPER_CONTROL_H

#include "keeper/doctor.h"
#include "keeper/resolver.h"
#include "run/stream.h"

#define CONTROL_LINE 512
#define CONTROL_TIME (5 * SEC)       /* to say it, and to read each answer   */

enum control_verb { CV_DOCTOR, CV_LISTS, CV_ASK, CV_STATUS, CV_COUNT };

struct control_request {
	enum control_verb verb;
	struct str        subject;   /* CV_ASK: an address or a domain       */
	struct str        list;      /* "": all                              */
};

/* One line without its end. Returns 0, -E_INVALID with a fault. */
int control_parse(struct str line, struct control_request *, struct fault *);

/* What answers are made of. */
struct control_view {
	struct doctor              *doctor;
	const struct policy        *policy;
	const struct settings      *settings;
	const struct resolver_book *book;
	struct world               *world;
	struct names               *names;
};

/* One conversation, to its end; the stream stays the caller's. */
WAITS void control_serve(struct control_view *, struct stream *);

/* The rows of a request, for tests. In: out with a cap. */
WAITS void control_answer(struct control_view *,
    const struct control_request *, struct buf *out);

/* What to do about a patient: "register or remove \"use dnswl\" (site.policy
 * :4)"; "" when nothing is. Pure. */
struct str control_remedy(const struct patient *, const struct policy *,
    const struct resolver_seen *, struct arena *);

#endif
