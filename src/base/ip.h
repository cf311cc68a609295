/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and prefixes. IPv4 is kept as v4-mapped IPv6, so that a mapped
 * client and a plain one are the same thing everywhere (catalogue 136).
 *
 * Source: RFC 4291, 5952 (printing), 1035 3.5 and 3596 2.5 (reverse names).
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/arena.h"
#include "base/str.h"

#define IP_TEXT 46 /* room for the longest text and its NUL */

struct ip {
	uint8_t a[16]; /* network order; IPv4 as ::ffff:a.b.c.d             */
};

struct net {
	struct ip ip;   /* bits behind the prefix are zero                  */
	uint8_t   bits; /* 0..128; IPv4 prefixes count from 96              */
};

struct ip ip_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
bool ip_is_v6(struct ip);           /* not v4-mapped                      */
bool ip_eq(struct ip, struct ip);
int  ip_cmp(struct ip, struct ip);
bool ip_is_loopback(struct ip);     /* 127/8, ::1                         */

/* Not reachable from everywhere: RFC 6890's special blocks, so that nobody
 * is asked about them. Documentation nets (192.0.2.0/24, 2001:db8::/32 ...)
 * count as public: tests live there. */
bool ip_is_private(struct ip);

/* In: "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; no zone id, no
 * brackets. Returns 0 or -E_INVALID. */
int ip_parse(struct str, struct ip *);

/* Out: text with NUL, RFC 5952; IPv4 dotted. Returns its length. */
size_t ip_print(struct ip, char out[IP_TEXT]);
struct str ip_text(struct arena *, struct ip);

/* In: "192.0.2.0/24", "2001:db8::/32", or an address alone. Host bits that
 * are set are an error. Returns 0 or -E_INVALID. */
int net_parse(struct str, struct net *);
size_t net_print(struct net, char out[IP_TEXT + 4]);

/* A net of fewer than 96 bits is an IPv6 net: "::/0" holds all of IPv6 and
 * no IPv4 address. */
bool net_has(struct net, struct ip);
bool net_eq(struct net, struct net);

/* The net of an address: /v4bits for IPv4, /v6bits for IPv6 (each in its
 * own counting, 24 and 64 for instance). */
struct net ip_net(struct ip, unsigned v4bits, unsigned v6bits);

/* "1.2.0.192" or 32 nibbles, then "." and zone: what a DNS list is asked. */
struct str ip_list_name(struct arena *, struct ip, struct str zone);

/* 32 nibbles and ".", of ::ffff:a.b.c.d too: what an IPv6 list is asked about
 * an IPv4 address (RFC 5782 5). */
struct str ip_nibbles(struct arena *, struct ip);

/* The same below in-addr.arpa or ip6.arpa. */
struct str ip_reverse_name(struct arena *, struct ip);

#endif
