/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire: DNS packets to answers and back; pure and bounded.
 *
 * Source: RFC 1035 4.1, 2308 5, 6891 (EDNS), 9267 (how readers fail).
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "base/buf.h"
#include "dns/ask.h"

/* A name in both its forms, for those who have both at hand. */
struct wire_name {
	struct str     text;     /* as struct record has it                 */
	const uint8_t *bytes;    /* as dns/wire_name.h makes them           */
};

struct wire_question {
	uint16_t      id;
	enum dns_type type;
	struct str    name;      /* lower case; in the arena                */
	bool          is_edns;
	uint16_t      udp_size;  /* 512 without EDNS                        */
};

/* Reads a question (for the scripted server). 0 or -E_GARBAGE. */
int wire_read_question(const uint8_t *, size_t, struct arena *,
    struct wire_question *);

/* Writes a question with EDNS 1232. 0, or -E_INVALID for a name that DNS
 * cannot carry. Text escapes (\DDD, \x) in the name are understood. */
int wire_write_question(struct buf *, uint16_t id, struct str name,
    enum dns_type);

int wire_write_question_of(struct buf *, uint16_t id, const uint8_t *name,
    enum dns_type);

/* True when the packet answers this question under this id. */
bool wire_matches(const uint8_t *, size_t, uint16_t id, struct str name,
    enum dns_type);
bool wire_matches_of(const uint8_t *, size_t, uint16_t id,
    const uint8_t *name, enum dns_type);
bool wire_is_truncated(const uint8_t *, size_t);
int  wire_rcode(const uint8_t *, size_t);

/*
 * Reads an answer. Follows the CNAMEs inside the packet; *open is the name
 * still to be asked when the chain leaves it, else empty. took and is_cached
 * are left alone.
 * Returns 0, -E_GARBAGE (a truncated packet too), -E_SERVFAIL (rcode 2),
 * -E_REFUSED (5 and others).
 */
int wire_read_answer(const uint8_t *, size_t, struct str name,
    enum dns_type, struct arena *, struct answer *, struct str *open);

/* The same; the name in the answer is borrowed from the question when no
 * CNAME was followed. */
int wire_read_answer_of(const uint8_t *, size_t, struct wire_name,
    enum dns_type, struct arena *, struct answer *, struct str *open);

/* An answer as a server writes it: records with owner names. A CNAME comes
 * before what it leads to. */
struct wire_record {
	struct str    owner;
	enum dns_type type;
	struct record record;
};
struct wire_reply {
	unsigned    rcode;
	const struct wire_record *records;
	size_t      count;
	struct str  zone;          /* owner of the SOA; "" is the root      */
	uint32_t    negative_ttl;  /* not 0: a SOA goes with it             */
	bool        is_truncated;
};

/* Appends the packet. 0, -E_INVALID (a name that cannot be written),
 * -E_TOOBIG (the cap of the buf, or 64 KiB). */
int wire_write_answer(struct buf *, const struct wire_question *,
    const struct wire_reply *);

#endif
