/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * several - one message, several recipients, several verdicts.
 *
 *	any defers          -> the whole message is deferred, no copy
 *	all refuse          -> refused, no copy
 *	else                -> taken; a refused copy goes to Junk, a trap's
 *	                       to the trap folder, and beside a trap an Inbox
 *	                       copy becomes Junk
 *
 * Nothing is dropped or bounced after 250.
 *
 * Called by: smtp/transaction.c, after the dot.
 * Source: language.md "Several recipients".
 * KNOWN GAPS: malware, which refuses for all, comes with the scanner.
 */
#include "policy/policy.h"

static const enum copy_fate fates[ACT_COUNT] = {
	[ACT_ACCEPT] = COPY_INBOX, [ACT_JUNK] = COPY_JUNK,
	[ACT_HOLD] = COPY_HOLD, [ACT_GREYLIST] = COPY_INBOX,
	[ACT_DEFER] = COPY_INBOX, [ACT_TRAP] = COPY_TRAP,
	[ACT_REFUSE] = COPY_JUNK, [ACT_DROP] = COPY_JUNK,
};

static bool
is_refusal(const struct verdict *v)
{
	return v->action == ACT_REFUSE || v->action == ACT_DROP;
}

/* Index of the first deferral, of the first refusal when all refuse, or
 * count when the message is taken. */
static size_t
first_no(const struct verdict *v, size_t count)
{
	size_t i, refusals = 0;

	for (i = 0; i < count; i++) {
		if (v[i].action == ACT_DEFER)
			return i;
		refusals += is_refusal(&v[i]);
	}
	return refusals == count ? 0 : count;
}

void
policy_several(const struct verdict *v, size_t count, struct arena *a,
    struct fate *f)
{
	size_t i, no = first_no(v, count);
	bool has_trap = false;

	must(count > 0);
	*f = (struct fate){ .action = ACT_DROP };
	f->copies = arena_array(a, count, sizeof *f->copies);
	f->kept = arena_array(a, count, sizeof *f->kept);
	if (no < count) {
		f->action = v[no].action;
		f->decided_by = no;
		return;
	}
	for (i = 0; i < count; i++) {
		f->copies[i] = fates[v[i].action];
		f->kept[i] = is_refusal(&v[i]);
		has_trap = has_trap || v[i].action == ACT_TRAP;
		if (v[i].action < f->action) {
			f->action = v[i].action;
			f->decided_by = i;
		}
	}
	for (i = 0; i < count; i++)
		if (has_trap && f->copies[i] == COPY_INBOX)
			f->copies[i] = COPY_JUNK;
}
