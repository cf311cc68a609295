/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone_lines: what the statements of scripted DNS become. Between
 * zone_read.c, which makes it, and zone.c, which answers from it.
 */
#ifndef SIM_ZONE_LINES_H
#define SIM_ZONE_LINES_H

#include "sim/zone.h"

#define ZONE_TTL 300    /* of what does not say ttl, and of nothing       */

enum line_kind {
	ZL_LIST,        /* an address, a network or a domain is listed      */
	ZL_EVERYBODY,   /* everything is listed                             */
	ZL_RECORD,      /* a record of a name                               */
	ZL_EVERY,       /* a record of every name                           */
	ZL_FAULT,       /* what goes wrong; ZF_NONE: all is well from then
	                   on: no line with every or everybody of before
	                   counts any more                                  */
	ZL_AFTER,       /* how late answers are                             */
	ZL_FLAP         /* so many questions well, so many not              */
};

enum zone_fault { ZF_NONE, ZF_TIMEOUT, ZF_SERVFAIL, ZF_REFUSED, ZF_NXDOMAIN,
	ZF_TRUNCATED };

struct zone_line {
	struct zone_line *next;
	enum line_kind  kind;
	usec_t          from;     /* in force from then on, since the start */
	struct place    place;
	/* LIST */
	struct net      net;
	struct str      domain;   /* "" when a network is listed            */
	/* LIST, EVERYBODY */
	struct ip      *answers;
	size_t          answer_count;
	struct str      text;     /* "": one is made up                     */
	uint32_t        ttl;
	/* RECORD, EVERY */
	struct str      owner;
	enum dns_type   type;
	struct record   record;
	/* FAULT, AFTER, FLAP */
	enum zone_fault fault;
	usec_t          delay;
	unsigned        flap;
};

/* What a list must have in it, as its description says. */
struct zone_point {
	struct zone_point *next;
	struct str         subject;   /* "2.0.0.127", "test"                */
	struct ip          answer;
};

struct zone {
	struct zone      *next;
	struct str        name;       /* lower case, no dot at the end      */
	struct place      place;
	struct zone_line *lines, **end;
	struct zone_point *points;    /* NULL: those of RFC 5782            */
	bool              is_list;    /* has a LIST or EVERYBODY line       */
	bool              is_reverse; /* made by `reverse`                  */
	uint64_t          asked;      /* while a FLAP was in force          */
};

struct zones {
	struct arena       *arena;
	struct diagnostics *diag;
	struct zone        *first;
	size_t              count;
	bool                else_nxdomain;
};

/* The zone of exactly this name, or NULL. */
struct zone *zone_named(const struct zones *, struct str name);

#endif
