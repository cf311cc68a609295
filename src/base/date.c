/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date: the calendar, in whole numbers.
 *
 * Called by: log, trace headers, journal, the language (`until DATE`).
 * Always holds: no clock, no time zone, no locale. A moment before 1970 is
 * printed as the first one, one after 9999 as the last one, so that a text is
 * always well-formed.
 * Source: RFC 3339 5.6, RFC 5322 3.3.
 * KNOWN GAPS: leap seconds are no moments of ours; "23:59:60" is refused.
 */
#include "base/date.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define DAY       86400
#define FIRST     1970
#define LAST      9999
#define LAST_SEC  INT64_C(253402300799) /* 9999-12-31T23:59:59 */

/* Days before each month of a year without a leap day. */
static const int before[13] = {
	0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
};

static const char days[7][4] = {
	"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"  /* 1970-01-01 on */
};

static const char months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

/* A moment taken apart. */
struct civil {
	int year, month, day;           /* month and day from 1 */
	int hour, minute, second;
	int msec;
	int weekday;                    /* index into days[] */
};

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int
days_to_year(int year)
{
	int y = year - 1;               /* leap days lie in years before */

	return 365 * (year - FIRST) + (y / 4 - y / 100 + y / 400) -
	    (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* Days from the first of January to the first of month 1..13. */
static int
days_to_month(int year, int month)
{
	return before[month - 1] + (month > 2 && is_leap(year));
}

static struct civil
civil_of(usec_t wall)
{
	struct civil c;
	int64_t sec = wall < 0 ? 0 : wall / SEC;
	int day, rest;

	c.msec = wall < 0 ? 0 : (int)(wall % SEC / MSEC);
	if (sec > LAST_SEC) {
		sec = LAST_SEC;
		c.msec = 999;
	}
	day = (int)(sec / DAY);
	rest = (int)(sec % DAY);
	c.hour = rest / 3600;
	c.minute = rest / 60 % 60;
	c.second = rest % 60;
	c.weekday = day % 7;
	/* The guess is never late by more than a year, and never early. */
	c.year = FIRST + day / 366;
	while (days_to_year(c.year + 1) <= day)
		c.year++;
	day -= days_to_year(c.year);
	for (c.month = 1; days_to_month(c.year, c.month + 1) <= day;)
		c.month++;
	c.day = day - days_to_month(c.year, c.month) + 1;
	return c;
}

size_t
date_rfc3339(usec_t wall, bool msec, char out[DATE_TEXT])
{
	struct civil c = civil_of(wall);
	char part[8] = "";

	if (msec)
		snprintf(part, sizeof part, ".%03u", (unsigned)c.msec % 1000);
	return (size_t)snprintf(out, DATE_TEXT,
	    "%04d-%02d-%02dT%02d:%02d:%02d%sZ", c.year, c.month, c.day,
	    c.hour, c.minute, c.second, part);
}

size_t
date_rfc5322(usec_t wall, char out[DATE_TEXT])
{
	struct civil c = civil_of(wall);

	return (size_t)snprintf(out, DATE_TEXT,
	    "%s, %02d %s %04d %02d:%02d:%02d +0000", days[c.weekday], c.day,
	    months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* Takes n digits and what must follow them off *s. Returns the number, or
 * -1. In: `then` is 0 when anything may follow. */
static int
take(struct str *s, size_t n, char then)
{
	uint64_t v;

	if (str_number(str_sub(*s, 0, n), 9999, &v) != 0 || s->len < n)
		return -1;
	*s = str_from(*s, n);
	if (then == '\0')
		return (int)v;
	if (s->len == 0 || s->p[0] != then)
		return -1;
	*s = str_from(*s, 1);
	return (int)v;
}

/* "." 1*6DIGIT, or nothing; then "Z" and the end. Returns microseconds, or
 * -1. */
static int
take_fraction(struct str s)
{
	int usec = 0, unit = 100000;

	if (str_eq(s, STR("Z")))
		return 0;
	if (s.len < 3 || s.len > 8 || s.p[0] != '.' || s.p[s.len - 1] != 'Z')
		return -1;
	for (s = str_sub(s, 1, s.len - 2); s.len > 0; s = str_from(s, 1)) {
		if (s.p[0] < '0' || s.p[0] > '9')
			return -1;
		usec += (s.p[0] - '0') * unit;
		unit /= 10;
	}
	return usec;
}

/* The date alone, as days since 1970-01-01, or -1. */
static int
take_day(struct str *s)
{
	int year = take(s, 4, '-');
	int month = year < 0 ? -1 : take(s, 2, '-');
	int day = month < 0 ? -1 : take(s, 2, '\0');

	if (year < FIRST || month < 1 || month > 12 || day < 1 ||
	    day > days_to_month(year, month + 1) - days_to_month(year, month))
		return -1;
	return days_to_year(year) + days_to_month(year, month) + day - 1;
}

/*
 *	date   = 4DIGIT "-" 2DIGIT "-" 2DIGIT
 *	moment = date "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*6DIGIT] "Z"
 */
int
date_parse(struct str s, usec_t *wall)
{
	int day = take_day(&s), hour, minute, second, usec;

	if (day < 0)
		return -E_INVALID;
	if (s.len == 0) {
		*wall = (usec_t)day * DAY * SEC;
		return 0;
	}
	if (s.p[0] != 'T')
		return -E_INVALID;
	s = str_from(s, 1);
	hour = take(&s, 2, ':');
	minute = hour < 0 ? -1 : take(&s, 2, ':');
	second = minute < 0 ? -1 : take(&s, 2, '\0');
	usec = second < 0 ? -1 : take_fraction(s);
	if (usec < 0 || hour > 23 || minute > 59 || second > 59)
		return -E_INVALID;
	*wall = ((usec_t)day * DAY + hour * 3600 + minute * 60 + second) * SEC +
	    usec;
	return 0;
}
