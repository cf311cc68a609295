/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control: what tools may ask the keeper, and its answers. Read only.
 *
 *	request  = verb *( SP word ) [CR] LF   at most CONTROL_LINE bytes
 *	verb     = "doctor" [LIST] | "lists" | "ask" SUBJECT [LIST] | "status"
 *	answer   = *( row LF ) end LF          then the keeper closes
 *	row      = a JSON object: "v":1, "row":"list"|"resolver"|"asked"|...
 *	end      = {"v":1,"row":"end","status":0|1|2,"error":TEXT}
 *
 * status 0: good; 1: not (doctor: a list is not counted; ask: nobody names
 * it); 2: it could not be asked, and error says why. An answer without its end
 * is none: the keeper was replaced meanwhile.
 *
 * Lines of text, not wire.h: tools of another build must be able to talk to
 * a keeper (an upgrade is under way), and so must socat and the console.
 * `--json` of a tool is these rows as they are; members that are not known
 * are to be passed over.
 *
 * Always holds: no key is in a row; what a stranger wrote is a JSON string
 * with escapes, in ASCII.
 */
#ifndef KEEPER_CONTROL_H
#define KEEPER_CONTROL_H

#include "keeper/doctor.h"
#include "keeper/resolver.h"
#include "run/stream.h"

#define CONTROL_LINE 512
#define CONTROL_TIME (5 * SEC)       /* to say it, and to read each answer   */
#define CONTROL_LOOK (3 * SEC)       /* for the rounds of doctor             */

enum control_verb { CV_DOCTOR, CV_LISTS, CV_ASK, CV_STATUS, CV_COUNT };

struct control_request {
	enum control_verb verb;
	struct str        subject;   /* CV_ASK: an address or a domain       */
	struct str        list;      /* "": all                              */
};

/* One line without its end. Returns 0, -E_INVALID with a fault. */
int control_parse(struct str line, struct control_request *, struct fault *);

/* What answers are made of. All is the caller's, for the view's life. */
struct control_view {
	struct doctor              *doctor;
	const struct policy        *policy;
	const struct settings      *settings;
	const struct resolver_book *book;
	struct world               *world;
	struct names               *names;
	/* What was found out about the resolver last; ours, zeroed at first. */
	struct resolver_seen        seen;
	usec_t                      seen_until;
	char                        seen_name[256];
};

/* One conversation, to its end; the stream stays the caller's. */
WAITS void control_serve(struct control_view *, struct stream *);

/* The rows of a request. In: out with a cap. Returns 0, -E_TOOBIG,
 * -E_CANCELED; then the end is not there. */
WAITS int control_answer(struct control_view *,
    const struct control_request *, struct buf *out);

/* Why it is not well, and what to do about it: `register or remove "use
 * dnswl" (site.policy:4)`; "" when nothing is to be said. Pure. Owner: the
 * arena. */
struct str control_remark(const struct patient *, struct arena *);
struct str control_remedy(const struct patient *, const struct policy *,
    const struct resolver_seen *, struct arena *);

#endif
