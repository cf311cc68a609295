/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play: a test of language.md section 4, read and checked completely before
 * anything of it runs.
 *
 *	play "TITLE"                     policy NAME | "FILE"
 *	clock DATE                       domain NAME { users ...; full ... }
 *	config { words of postern.conf } list NAME ... { }
 *	zone NAME { }  reverse ADDRESS NAME  else nxdomain       (sim/zone.h)
 *	table "TITLE" [repeat N] [every TIME] [wrong <= N] { columns, rows }
 *	case "TITLE" { }
 *	dialogue "TITLE" from ADDRESS { raw lines }
 *	expect log ...    expect list ...
 *
 * A row of a table is a case; cases and dialogues are scenes and happen in
 * the order in which they are written.
 */
#ifndef SIM_PLAY_H
#define SIM_PLAY_H

#include "conf/settings.h"
#include "policy/policy.h"
#include "sim/elsewhere.h"
#include "sim/expect.h"
#include "sim/store.h"
#include "sim/zone.h"

/* One thing that the client of a dialogue does or waits for. */
enum act {
	AC_SEND,      /* text, as bytes                                     */
	AC_REPLY,     /* a whole reply: code, and what must be in it        */
	AC_CLOSED,    /* the server closes                                  */
	AC_WAIT,      /* span                                               */
	AC_TLS,       /* the client starts TLS; text: the name it wants      */
	AC_CLOSE,     /* the client says no more, and may go on to hear     */
	AC_RESET      /* the client breaks the connection                   */
};

/* A line of a dialogue. */
struct step {
	enum act     act;
	struct place place;
	struct str   text;      /* to send; or must be in the reply; "" any */
	struct str   enhanced;  /* "5.1.1"; "" any                          */
	struct str   has;       /* a line of the reply is, or starts with,
	                           this word; "" any                        */
	unsigned     code;
	usec_t       span;
	struct step *next;
};

/* Of a table whose wrong rows are counted. */
struct score {
	struct place place;
	struct str   title, said;   /* said: "wrong <= 20"                  */
	uint64_t     most;
	uint64_t     played, wrong;
	struct scene *last;
	/* The first one that was wrong: where, and what came. */
	struct place first;
	struct str   expected, got;
};

/* One connection. */
struct scene {
	struct play *play;
	struct place place;
	struct str   title;
	size_t       number;    /* from 1                                   */
	/* When it begins: at the end of the one before it, or this long
	 * after the play's own beginning, or after the one before it. */
	bool   has_moment, is_pause;
	usec_t after;
	struct ip client;
	bool   has_client;
	struct elsewhere elsewhere;
	/* A case: what the client wants. It stops where something is not
	 * said. */
	bool        has_helo, has_sender;
	bool        is_bare;    /* without the standard header              */
	struct str  helo, sender;
	struct str *rcpts;
	size_t      rcpt_count;
	struct str  message;    /* CR LF lines, not dot-stuffed; p NULL: not
	                           composed yet                             */
	struct str  header, body;       /* what the case adds, CR LF lines  */
	/* A dialogue. */
	bool         is_dialogue;
	struct step *steps, *last_step;
	size_t       step_count;
	unsigned     round;     /* of a repeat, while reading               */
	struct expectation *expects;
	struct score *score;    /* NULL: each scene for itself              */
	struct scene *next;
};

struct play {
	struct str   path, title;
	struct place place;
	usec_t       clock;     /* wall                                     */
	struct zones *zones;
	struct list **lists;    /* replace the shipped ones                 */
	size_t        list_count;
	struct sim_domain *domains;
	size_t        domain_count;
	struct scene *scenes, *last_scene;
	size_t        scene_count;
	struct expectation *expects;    /* of the whole: its log and lists  */
	/* Made ready from it. */
	struct stmt             *config;
	struct settings         *settings;
	struct str               policy_name;
	struct place             policy_place;
	struct vocabulary       *vocabulary;
	int                     *base;      /* of filters_declare           */
	const struct policy     *policy;
	struct arena            *arena;
	struct reader            reader;    /* the play's: see sim/play.c   */
	struct reader           *files;     /* the one below it             */
};

#define PLAY_CLOCK "2026-11-24T09:00:00Z"   /* when the play names none   */

/*
 * Reads a play.
 * In: a reader of files (lang/builtin.h has the usual one); path of the
 * play, "shipped:/demo.play" for one that is built in.
 * Owner: the arena, which must live as long as the diagnostics do. A play is
 * run once: its zones count (flap).
 * Returns NULL when an error is in the diagnostics.
 */
struct play *play_read(struct reader *, struct str path, struct arena *,
    struct diagnostics *);

/* A copy of an array with room for one more, which is zero. */
void *play_grow(struct arena *, const void *array, size_t count,
    size_t size);

/* For the readers of scenes: appends one. */
struct scene *play_add_scene(struct play *, struct place, struct str title);

/* The words `case`, `table` (sim/scene.c) and `dialogue` (sim/script.c). */
void scene_read_case(struct reading *, const struct stmt *, void *play);
void scene_read_table(struct reading *, const struct stmt *, void *play);
void script_read(struct reading *, const struct stmt *, void *play);

/* The block at the end of a statement; NULL: there is none, which is in the
 * diagnostics. */
const struct node *scene_block(struct reading *, const struct stmt *);

/* Sets what a word of a case (or a column of a table) says. Whether there
 * is such a word. Faults in the value are in the diagnostics. */
bool scene_set(struct scene *, struct str word, struct str value,
    struct place, struct reading *);

#endif
