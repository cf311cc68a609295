/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board_lists - what the processes know of DNS lists.
 *
 * Called by: gates for each question and answer (filters/view.c), the keeper
 * four times a second, sessions that leave someone to try lists on.
 *
 * A slot is found by its key, so that an old generation and a new one mean the
 * same by it without a number to agree on. What the lists said is counted in
 * rows, as tallies are; rows that left are added up. What all share about a
 * list is a few words, each whole at any instruction at which a process may
 * be killed.
 *
 * A text of a ring is several words: it stands there with its hash, and one
 * that was half written, or by two at once, is no text. No lock, so nothing
 * is held by a dead process.
 *
 * Always holds: counts of a slot never become less, but for a reader that
 * looks while board_leave moves them; a slot that is given another key is
 * empty before.
 *
 * KNOWN GAPS: a generation that drains for over an hour without a keeper of
 * its own, on a board with 256 lists in use, may look at the slot of another
 * list. A suspicion of a gate that falls between the keeper's look and its
 * word is lost; the next hit brings it again.
 */
#include "config.h"

#include <string.h>

#include "run/board_own.h"

#define FORGOTTEN (3600 * SEC)
#define WORDS     (BOARD_TEXT / 8)

static struct list_slot *
slot_of(const struct board *b, unsigned slot)
{
	must(slot < BOARD_LISTS);
	return &b->sheet->list[slot];
}

/* --- slots --------------------------------------------------------------- */

/* How many have a key: these are the lowest ones. */
static unsigned
slots_in_use(const struct sheet *sheet)
{
	unsigned n;

	for (n = 0; n < BOARD_LISTS && READ(sheet->list[n].key) != 0; n++)
		;
	return n;
}

/* Stands for now: a keeper renews each second. */
static int64_t
newest_renewal(const struct sheet *sheet)
{
	unsigned i, n = slots_in_use(sheet);
	int64_t newest = 0, renewed;

	for (i = 0; i < n; i++) {
		renewed = READ(sheet->list[i].renewed);
		if (renewed > newest)
			newest = renewed;
	}
	return newest;
}

static bool
is_forgotten(const struct list_slot *l, int64_t newest)
{
	return READ(l->renewed) + FORGOTTEN < newest &&
	    READ(l->taken) + FORGOTTEN < newest;
}

/* Emptied first: whoever finds the new key finds nothing of the old one. */
static bool
take_slot(struct list_slot *l, uint64_t old, uint64_t key, int64_t newest)
{
	size_t i;

	if (old != 0) {
		WRITE(l->word, 0);
		WRITE(l->renewed, 0);
		WRITE(l->last, 0);
		WRITE(l->writer, 0);
		for (i = 0; i < BOARD_KEPT; i++)
			WRITE(l->kept[i], 0);
	}
	WRITE(l->taken, newest);
	return atomic_compare_exchange_strong(&l->key, &old, key);
}

/* Out: *used, the slots that were looked at: the next one was free then. */
static unsigned
find_key(const struct sheet *sheet, uint64_t key, unsigned *used)
{
	unsigned i, n = slots_in_use(sheet);

	*used = n;
	for (i = 0; i < n && READ(sheet->list[i].key) != key; i++)
		;
	return i < n ? i : BOARD_LISTS;
}

/* Where all are used. Out: *old, its key, as it was found. */
static unsigned
find_forgotten(const struct sheet *sheet, int64_t newest, uint64_t *old)
{
	unsigned i;

	for (i = 0; i < BOARD_LISTS; i++) {
		*old = READ(sheet->list[i].key);
		if (is_forgotten(&sheet->list[i], newest))
			break;
	}
	return i;
}

/* Slots are taken from the lowest on, so two who come at once want the same
 * one: that which was free when the key was not found below it. The one who is
 * late takes nothing, neither a second slot nor the other's, and looks
 * again. */
unsigned
board_list(struct board *b, uint64_t key)
{
	unsigned i, at;
	int64_t newest;
	uint64_t old;

	must(key != 0);
	while ((i = find_key(b->sheet, key, &at)) == BOARD_LISTS) {
		newest = newest_renewal(b->sheet);
		old = 0;
		if (at == BOARD_LISTS)
			at = find_forgotten(b->sheet, newest, &old);
		if (at == BOARD_LISTS)
			return BOARD_LISTS;
		(void)take_slot(&b->sheet->list[at], old, key, newest);
	}
	return i;
}

uint64_t
board_list_word(const struct board *b, unsigned slot)
{
	return READ(slot_of(b, slot)->word);
}

usec_t
board_list_renewed(const struct board *b, unsigned slot)
{
	return READ(slot_of(b, slot)->renewed);
}

void
board_list_take(struct board *b, unsigned slot, unsigned row)
{
	must(row < BOARD_ROWS);
	WRITE(slot_of(b, slot)->writer, row + 1);
}

bool
board_list_write(struct board *b, unsigned slot, unsigned row, uint64_t word,
    usec_t now)
{
	struct list_slot *l = slot_of(b, slot);

	if (READ(l->writer) != row + 1)
		return false;
	WRITE(l->word, word);
	WRITE(l->renewed, now);
	return true;
}

void
board_list_keep(struct board *b, unsigned slot,
    const int64_t kept[BOARD_KEPT])
{
	struct list_slot *l = slot_of(b, slot);
	size_t i;

	for (i = 0; i < BOARD_KEPT; i++)
		WRITE(l->kept[i], kept[i]);
}

void
board_list_kept(const struct board *b, unsigned slot,
    int64_t kept[BOARD_KEPT])
{
	const struct list_slot *l = slot_of(b, slot);
	size_t i;

	for (i = 0; i < BOARD_KEPT; i++)
		kept[i] = READ(l->kept[i]);
}

bool
board_list_swap(struct board *b, unsigned slot, uint64_t old, uint64_t word)
{
	return atomic_compare_exchange_strong(&slot_of(b, slot)->word, &old,
	    word);
}

/* --- what was said ------------------------------------------------------- */

static bool
has_counted(const struct row *r, unsigned slot)
{
	return (READ(r->lists[slot / 64]) >> slot % 64 & 1) != 0;
}

/* The bit first: no page of a row is read that it has not touched. */
void
board_list_count(struct board *b, unsigned row, unsigned slot,
    enum list_count c, unsigned n)
{
	struct row *r;

	must(row < BOARD_ROWS && slot < BOARD_LISTS && c < LS_COUNT);
	r = &b->sheet->row[row];
	if (!has_counted(r, slot))
		(void)atomic_fetch_or(&r->lists[slot / 64],
		    (uint64_t)1 << slot % 64);
	ADD(b->sheet->list_row[row][slot].n[c], n);
}

uint64_t
board_list_total(const struct board *b, unsigned slot, enum list_count c)
{
	const struct sheet *sheet = b->sheet;
	uint64_t sum;
	size_t i;

	must(slot < BOARD_LISTS && c < LS_COUNT);
	sum = READ(sheet->list_past[slot].n[c]);
	for (i = 0; i < BOARD_ROWS; i++)
		if (has_counted(&sheet->row[i], slot))
			sum += READ(sheet->list_row[i][slot].n[c]);
	return sum;
}

static void
leave_slot(struct sheet *sheet, unsigned row, unsigned slot)
{
	size_t c;

	for (c = 0; c < LS_COUNT; c++)
		ADD(sheet->list_past[slot].n[c],
		    atomic_exchange(&sheet->list_row[row][slot].n[c], 0));
}

void
board_lists_leave(struct board *b, unsigned row)
{
	struct row *r = &b->sheet->row[row];
	unsigned i;

	for (i = 0; i < BOARD_LISTS; i++)
		if (has_counted(r, i))
			leave_slot(b->sheet, row, i);
	for (i = 0; i < COUNT(r->lists); i++)
		WRITE(r->lists[i], 0);
}

uint64_t
board_list_saw(struct board *b, unsigned slot, bool is_listed)
{
	struct list_slot *l = slot_of(b, slot);
	uint64_t old = READ(l->last), last;

	do {
		last = old << 1 | is_listed;
	} while (!SWAP(l->last, old, last));
	return last;
}

void
board_list_forget(struct board *b, unsigned slot)
{
	WRITE(slot_of(b, slot)->last, 0);
}

/* --- rings --------------------------------------------------------------- */

/* One text and its moment, as the hash sees them. */
struct plain {
	int64_t  at;
	uint64_t text[WORDS];
};

static uint64_t
plain_hash(const struct board *b, const struct plain *p)
{
	return siphash(b->sheet->key, p, sizeof *p);
}

/* False: empty, or not whole. */
static bool
ring_load(const struct board *b, const struct ring_text *t, struct plain *p)
{
	uint64_t hash = READ(t->hash);
	size_t i;

	p->at = READ(t->at);
	if (p->at == 0)
		return false;
	for (i = 0; i < WORDS; i++)
		p->text[i] = READ(t->text[i]);
	return hash == plain_hash(b, p);
}

static void
ring_store(struct board *b, struct ring_text *t, const struct plain *p)
{
	size_t i;

	WRITE(t->at, p->at);
	for (i = 0; i < WORDS; i++)
		WRITE(t->text[i], p->text[i]);
	WRITE(t->hash, plain_hash(b, p));
}

/* Where a text goes: to itself, else to what is no text, else to the oldest. */
static struct ring_text *
ring_place(struct board *b, unsigned ring, const struct plain *p)
{
	struct ring_text *t = b->sheet->ring[ring], *best = NULL;
	int64_t oldest = INT64_MAX;
	struct plain other;
	size_t i;

	for (i = 0; i < BOARD_RING; i++) {
		if (!ring_load(b, &t[i], &other))
			other.at = 0;
		else if (memcmp(other.text, p->text, sizeof p->text) == 0)
			return &t[i];
		if (other.at < oldest) {
			oldest = other.at;
			best = &t[i];
		}
	}
	return best;
}

void
board_ring_put(struct board *b, unsigned ring, struct str text, usec_t now)
{
	struct plain p = { .at = now + 1 };

	must(ring < BOARD_RINGS);
	if (text.len == 0 || text.len >= BOARD_TEXT)
		return;
	memcpy(p.text, text.p, text.len);
	ring_store(b, ring_place(b, ring, &p), &p);
}

/* Two who bring the same text at once may have put it twice. */
static bool
is_twice(const struct plain *all, size_t i)
{
	size_t k;

	for (k = 0; k < BOARD_RING; k++)
		if (k != i && all[k].at != 0 &&
		    (all[k].at > all[i].at ||
		    (all[k].at == all[i].at && k < i)) &&
		    memcmp(all[k].text, all[i].text, sizeof all[i].text) == 0)
			return true;
	return false;
}

bool
board_ring_get(const struct board *b, unsigned ring, unsigned i,
    char out[BOARD_TEXT])
{
	struct plain all[BOARD_RING];
	size_t k, newest;
	unsigned n = 0;

	must(ring < BOARD_RINGS);
	for (k = 0; k < BOARD_RING; k++)
		if (!ring_load(b, &b->sheet->ring[ring][k], &all[k]))
			all[k].at = 0;
	for (k = 0; k < BOARD_RING; k++)
		if (is_twice(all, k))
			all[k].at = 0;
	do {
		for (newest = 0, k = 1; k < BOARD_RING; k++)
			if (all[k].at > all[newest].at)
				newest = k;
		if (all[newest].at == 0)
			return false;
		memcpy(out, all[newest].text, BOARD_TEXT);
		all[newest].at = 0;
	} while (n++ < i);
	return true;
}

/* --- a board that follows another ---------------------------------------- */

static void
copy_slot(struct board *to, const struct board *from, unsigned i)
{
	const struct list_slot *old = &from->sheet->list[i];
	struct list_slot *l = &to->sheet->list[i];
	size_t k;

	WRITE(l->key, READ(old->key));
	WRITE(l->word, READ(old->word));
	WRITE(l->last, READ(old->last));
	WRITE(l->renewed, READ(old->renewed));
	WRITE(l->taken, READ(old->taken));
	WRITE(l->writer, READ(old->writer));
	for (k = 0; k < BOARD_KEPT; k++)
		WRITE(l->kept[k], READ(old->kept[k]));
	for (k = 0; k < LS_COUNT; k++)
		WRITE(to->sheet->list_past[i].n[k],
		    board_list_total(from, i, (enum list_count)k));
}

/* The hash is the board's own. */
void
board_lists_copy(struct board *to, const struct board *from)
{
	struct plain p;
	unsigned i, k;

	for (i = 0; i < BOARD_LISTS; i++)
		if (READ(from->sheet->list[i].key) != 0)
			copy_slot(to, from, i);
	for (i = 0; i < BOARD_RINGS; i++)
		for (k = 0; k < BOARD_RING; k++)
			if (ring_load(from, &from->sheet->ring[i][k], &p))
				ring_store(to, &to->sheet->ring[i][k], &p);
}
