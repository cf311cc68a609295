/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_record: an SPF record as a table of terms, and as the canonical text
 * that libspf2 is given in its place.
 *
 * Pure. A record is any bytes, NUL among them.
 *
 * Source: RFC 7208 4.5, 4.6, 5, 6, 12.
 */
#ifndef FILTERS_SPF_RECORD_H
#define FILTERS_SPF_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"

#define SPF_TERMS_MAX 10   /* terms that ask DNS, in one evaluation        */

enum spf_kind { SPF_K_ALL, SPF_K_INCLUDE, SPF_K_A, SPF_K_MX, SPF_K_PTR,
	SPF_K_IP4, SPF_K_IP6, SPF_K_EXISTS };

struct spf_term {
	enum spf_kind kind;
	char       qualifier;  /* + - ~ ?                                   */
	uint8_t    bits4;      /* prefix lengths: 32 and 128 when not given */
	uint8_t    bits6;
	struct str spec;       /* domain-spec, borrowed from the record;
	                          empty: the current domain                 */
	struct ip  ip;         /* ip4, ip6; bits behind the prefix may be
	                          set                                       */
};

/* Terms that can be reached: none behind `all`, and of those that ask DNS
 * one more than SPF_TERMS_MAX, which ends any evaluation. */
struct spf_record {
	struct spf_term *terms;
	size_t     count;
	struct str redirect;   /* domain-spec; empty: none, or behind `all`  */
	struct str exp;        /* domain-spec; empty: none                  */
};

/* Whether a TXT is an SPF record: "v=spf1", then a space or nothing more. */
bool spf_is_record(struct str txt);

/*
 * The whole record is checked, whatever can be reached of it.
 * In: spf_is_record. Owner: the arena; specs are borrowed from the text.
 * Out: *why, a literal, when it is none.
 * Returns 0 or -E_INVALID.
 */
int spf_record_parse(struct str text, struct arena *, struct spf_record *,
    const char **why);

/* "v=spf1 -all", whatever modifiers: nobody may send. */
bool spf_record_denies_all(const struct spf_record *);

/* Whether the term asks DNS, and so counts. */
bool spf_term_asks(const struct spf_term *);

/* For ip4 and ip6: whether it holds the client's address. */
bool spf_term_holds(const struct spf_term *, struct ip client);

/*
 * What libspf2 gets for a record: no macros and no foreign text. An address is
 * printed as such, only those of the client's family; a name as a handle,
 * which the hooks of spf_walk.c turn back into the term:
 *
 *	t5.f2.postern      term 5 of frame 2
 *	r.f2.postern       its redirect
 *	c17.f2.postern     the chunk that begins at its term 17
 *
 * libspf2 drops what goes over 511 compiled bytes, without a word. So a
 * record is printed in chunks chained by redirect, or sparse: without the
 * addresses that do not hold the client's, which changes no result and
 * always fits one chunk.
 */
struct spf_print {
	const struct spf_record *record;
	struct ip client;
	unsigned  frame;
	size_t    end;         /* terms from here on cannot be reached       */
	bool      is_sparse;
};

struct spf_print spf_print_of(const struct spf_record *, struct ip client,
    unsigned frame, bool is_sparse);

/* Prints the chunk that begins at term `from`. Returns 0 or -E_NOMEM. */
int spf_print_chunk(const struct spf_print *, size_t from, struct buf *);

/* How many chunks there are; 1 when sparse. */
unsigned spf_print_chunks(const struct spf_print *);

/* Takes a handle's "t5." off *rest. False when something else stands there. */
bool spf_handle_part(struct str *rest, char letter, unsigned *number);

#endif
