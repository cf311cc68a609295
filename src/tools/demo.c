/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demo - `postern demo`: the shipped play, shown as a table with reasons.
 *
 * Always holds: nothing is read, written or sent but stdout (with --play:
 * but that file); the exit status is 0 only when everything came as the play
 * says, so the demo is a test as well.
 * KNOWN GAPS: --keep (a real listener and folder) and --json are not there.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "lang/builtin.h"
#include "run/clock.h"
#include "sim/run.h"
#include "tools/tool.h"

#define SHIPPED   BUILTIN_DIR "/demo.play"
#define INSTALLED RULES_DIR "/demo.play"

const char usage_demo[] =
	"      --explain     for each: parts of the sum, facts, who answered\n"
	"      --dialogue    for each: what both sides said\n"
	"      --play FILE   another play in the same dress\n"
	"      --print       the play itself, to be changed\n"
	"\n"
	"Exit status: 0 everything as the play says; 1 not.\n"
	"\n"
	"examples:\n"
	"  postern demo --explain\n"
	"  postern demo --print > my.play && postern demo --play my.play\n";

/* One show. */
struct demo {
	struct arena       *arena;
	struct diagnostics *diag;
	const char *path;
	bool has_explain, has_dialogue;
	struct play_tally tally;
	/* Lists that gave no usable answer. */
	const struct list  *mute[16];
	size_t              mute_count;
	/* What lies in the mailboxes. */
	struct box { struct str address; unsigned inbox, other; } boxes[8];
	size_t              box_count;
};

/* ------------------------------------------------------------------------
 * A row.
 */

/* "not judged", "below junk-at", "no-reverse". */
static struct str
decided_by(const struct decided *d, struct arena *a)
{
	const struct verdict *v = d->verdict;

	if (v == NULL)
		return STR("the dialogue");
	if (v->action == ACT_ACCEPT && !v->is_decided)
		return arena_printf(a, "below %.*s", STR_ARG(v->by));
	return v->by;
}

/* The verdict stands out; its word stays the log's. */
static struct str
upper(struct str word, struct arena *a)
{
	struct str copy = arena_str(a, word);
	char *p = arena_alloc(a, copy.len + 1);
	size_t i;

	for (i = 0; i < copy.len; i++)
		p[i] = copy.p[i] >= 'a' && copy.p[i] <= 'z' ?
		    (char)(copy.p[i] - 'a' + 'A') : copy.p[i];
	return (struct str){ p, copy.len };
}

/* A reply of several lines goes on below its first. */
static void
print_row(const struct scene *s, const struct decided *d, struct arena *a)
{
	char score[24] = "-";
	struct str line, rest = d->reply;

	if (d->verdict != NULL)
		points_print(d->verdict->score, 1, score);
	line = str_split(&rest, '\r');
	printf("  %-15.*s %-17.*s %-8.*s %5s  %-16.*s %.*s\n",
	    STR_ARG(ip_text(a, s->client)), STR_ARG(d->sender),
	    STR_ARG(upper(d->event, a)), score,
	    STR_ARG(decided_by(d, a)), STR_ARG(line));
	while (rest.len > 0) {
		(void)str_split(&rest, '\n');
		line = str_split(&rest, '\r');
		printf("  %-65s %.*s\n", "", STR_ARG(line));
	}
}

/* ------------------------------------------------------------------------
 * What stands below the table.
 */

/* Each list once; the table is short because few lists can fail at once. */
static void
note_mute(struct demo *d, const struct list *list)
{
	size_t i;

	for (i = 0; i < d->mute_count; i++)
		if (d->mute[i] == list)
			return;
	if (d->mute_count < COUNT(d->mute))
		d->mute[d->mute_count++] = list;
}

/* A list's own truth is unknown exactly when it gave no usable answer. */
static void
look_for_mute(struct demo *d, const struct play *p, const struct facts *f)
{
	struct list *const *lists;
	size_t i, count;

	lists = policy_lists(p->policy, &count);
	for (i = 0; i < count; i++)
		if (f->fact[lists[i]->fact].status == FS_UNKNOWN)
			note_mute(d, lists[i]);
}

/* NULL when there are more mailboxes than a demo shows. */
static struct box *
box_of(struct demo *d, struct str address)
{
	size_t i;

	for (i = 0; i < d->box_count; i++)
		if (str_eq(d->boxes[i].address, address))
			return &d->boxes[i];
	if (d->box_count == COUNT(d->boxes))
		return NULL;
	d->boxes[d->box_count].address = address;
	return &d->boxes[d->box_count++];
}

static void
count_letters(struct demo *d, const struct letter *l)
{
	struct box *box;

	for (; l != NULL; l = l->next) {
		box = box_of(d, arena_printf(d->arena, "%.*s@%.*s",
		    STR_ARG(l->local), STR_ARG(l->domain)));
		if (box == NULL)
			continue;
		if (l->subfolder.len == 0)
			box->inbox++;
		else
			box->other++;
	}
}

static void
print_boxes(const struct demo *d)
{
	const struct box *b;

	for (b = d->boxes; b < d->boxes + d->box_count; b++)
		printf("  %-9s %-30.*s (%u messages: %u Inbox, %u Junk)\n",
		    "mailbox", STR_ARG(b->address), b->inbox + b->other,
		    b->inbox, b->other);
}

static void
indent(struct str text)
{
	struct str line;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		printf("      %.*s\n", STR_ARG(line));
	}
}

/* Below the row they are about; nothing when the play was met. */
static void
print_findings(const struct outcome *o)
{
	const struct finding *f;
	const struct asked *q;

	for (f = o->findings; f != NULL; f = f->next)
		printf("      expected  %.*s  (%.*s)\n      got       %.*s\n",
		    STR_ARG(f->expected),
		    STR_ARG(place_text(f->place, o->arena)),
		    STR_ARG(f->got));
	for (q = o->asked; q != NULL; q = q->next)
		if (q->outcome == ZN_UNDECLARED)
			printf("      asked     %.*s %s, which the play does "
			    "not have\n", STR_ARG(q->name),
			    dns_type_word(q->type));
}

static void
on_scene(void *arg, const struct play *p, const struct outcome *o)
{
	struct demo *d = arg;
	const struct decided *one;

	for (one = o->decided; one != NULL; one = one->next) {
		print_row(o->scene, one, o->arena);
		if (one->facts != NULL)
			look_for_mute(d, p, one->facts);
	}
	if (d->has_dialogue)
		indent(o->transcript);
	if (d->has_explain && o->scene != NULL)
		indent(outcome_because(o));
	print_findings(o);
	if (o->scene != NULL)
		count_letters(d, o->letters);
}

static void
print_mute(const struct demo *d)
{
	size_t i;

	for (i = 0; i < d->mute_count; i++)
		printf("  %.*s (%.*s) gave no usable answer. It was not "
		    "counted.\n", STR_ARG(d->mute[i]->title),
		    STR_ARG(d->mute[i]->zone));
	if (d->mute_count > 0)
		printf("\n");
}

/* What a newcomer can do next; only what works. */
static void
print_ways_on(const struct demo *d)
{
	if (!d->has_explain)
		printf("  why       postern demo --explain\n");
	if (!d->has_dialogue)
		printf("  listen    postern demo --dialogue\n");
	if (access(INSTALLED, R_OK) == 0)
		printf("  play it   " INSTALLED "      change a line, run: "
		    "postern demo --play my.play\n");
	else
		printf("  play it   postern demo --print > my.play      "
		    "change a line, run: postern demo --play my.play\n");
}

/* ------------------------------------------------------------------------
 * The show.
 */

static int
run(struct demo *d)
{
	const struct play_show show = { .scene = on_scene, .arg = d };
	usec_t began = clock_now();
	struct play *p = play_read(builtin_reader(), str_of(d->path),
	    d->arena, d->diag);
	size_t all;

	if (p == NULL) {
		fprintf(stderr, "%.*s", STR_ARG(diag_text(d->diag,
		    d->arena)));
		return EX_CANNOT;
	}
	printf("postern demo · policy \"%.*s\" · scripted DNS (%zu names) · "
	    "in memory · nothing leaves this machine\n\n",
	    STR_ARG(policy_name(p->policy)), zones_count(p->zones));
	printf("  %-15s %-17s %-8s %5s  %-16s %s\n", "client", "from",
	    "verdict", "score", "decided by", "reply");
	play_run(p, &show, &d->tally);
	printf("\n");
	print_mute(d);
	print_boxes(d);
	print_ways_on(d);
	all = d->tally.passed + d->tally.failed + d->tally.undecided;
	printf("%zu of %zu as expected in %.1f s\n", d->tally.passed, all,
	    (double)(clock_now() - began) / (double)SEC);
	return d->tally.passed == all ? EX_GOOD : EX_NO;
}

static int
print_play(void)
{
	struct reader *r = builtin_reader();
	struct arena *a = arena_new(0);
	struct str text;

	must(r->read(r, STR(SHIPPED), a, &text, NULL) == 0);
	printf("%.*s", STR_ARG(text));
	arena_free(&a);
	return EX_GOOD;
}

int
cmd_demo(int argc, char **argv)
{
	static const struct option options[] = {
		{ "explain", no_argument, NULL, 'e' },
		{ "dialogue", no_argument, NULL, 'd' },
		{ "play", required_argument, NULL, 'p' },
		{ "print", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct demo d = { .path = SHIPPED };
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'e': d.has_explain = true; break;
		case 'd': d.has_dialogue = true; break;
		case 'p': d.path = optarg; break;
		case 'o': return print_play();
		default:  return tool_wrong("demo");
		}
	}
	if (optind < argc) {
		fprintf(stderr, "postern demo: --play FILE names a play\n");
		return tool_wrong("demo");
	}
	d.arena = arena_new(0);
	d.diag = diag_new();
	rc = run(&d);
	diag_free(&d.diag);
	arena_free(&d.arena);
	return rc;
}
