/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values: what a word means as a number, a duration, a size and so on.
 *
 * Each reader returns 0, -E_INVALID or -E_TOOBIG and says nothing: the
 * caller knows which sentence helps.
 */
#ifndef LANG_VALUE_H
#define LANG_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"

/* "+8", "-0.5": hundredths, at most two decimals; "30%" is 0.30, whole
 * percents only. At most 10^12 hundredths either way. */
int value_number(struct str, int64_t *hundredths);
/* "100": a whole number >= 0. */
int value_count(struct str, uint64_t max, uint64_t *);
/* "250ms", "5s", "10m", "2h", "7d"; "0" alone. */
int value_duration(struct str, usec_t *);
/* "64k", "25M", "1G", "512": powers of 1024, bytes. */
int value_size(struct str, uint64_t max, uint64_t *);
/* The other way, with the largest unit that is exact ("5m", "90s", "64k").
 * Out: text with NUL. Return its length. */
#define VALUE_TEXT 24
size_t duration_print(usec_t, char out[VALUE_TEXT]);
size_t size_print(uint64_t bytes, char out[VALUE_TEXT]);
/* "5%": 0..100. */
int value_percent(struct str, unsigned *);
/* "on/off/yes/no". */
int value_truth(struct str, bool *);

/* "192.0.2.1:25", "[2001:db8::1]:25"; without a port, the one given as
 * preset (0: then a port is needed); an IPv6 address without a port may
 * stand without brackets. */
struct endpoint { struct ip ip; uint16_t port; };
int value_endpoint(struct str, uint16_t preset, struct endpoint *);
/* 54 bytes with NUL are enough: "[...]:65535". */
#define ENDPOINT_TEXT (IP_TEXT + 8)
size_t endpoint_print(struct endpoint, char out[ENDPOINT_TEXT]);

/*
 * A domain name as a person writes it, U-labels too ("bücher.example"):
 * lower-case A-labels without a final dot. The one place that converts.
 * Owner: the arena. Returns 0, -E_INVALID (not name_is_host, or not IDNA).
 * Source: RFC 5890, 5891; UTS 46 non-transitional mapping.
 */
int value_name(struct str, struct arena *, struct str *name);

/* A text as it would be written: in quotes where it must be. In: no control
 * bytes but tabs, which no text of the language holds. */
void value_write(struct str, struct buf *);

/* "127.0.0.4-7", "127.0.2-15.3", "127.0.0.2", "127.255.255.0/24": each octet
 * a range. */
struct octets { uint8_t low[4], high[4]; };
int value_octets(struct str, struct octets *);
bool octets_have(const struct octets *, struct ip);

#endif
