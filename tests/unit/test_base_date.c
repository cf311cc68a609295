/* SPDX-License-Identifier: BSD-2-Clause */
/* date: printing and reading, counted through from 1970 to 9999. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/error.h"

static void
moments_printed(void **state)
{
	static const struct {
		usec_t wall;
		const char *rfc3339, *rfc5322;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z",
		  "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ 951782400 * SEC, "2000-02-29T00:00:00.000Z",
		  "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 1795562223 * SEC + 250999, "2026-11-24T23:17:03.250Z",
		  "Tue, 24 Nov 2026 23:17:03 +0000" },
		{ 2147483648 * SEC, "2038-01-19T03:14:08.000Z",
		  "Tue, 19 Jan 2038 03:14:08 +0000" },
		{ 4107542400 * SEC - 1, "2100-02-28T23:59:59.999Z",
		  "Sun, 28 Feb 2100 23:59:59 +0000" },
		{ 4107542400 * SEC, "2100-03-01T00:00:00.000Z",
		  "Mon, 01 Mar 2100 00:00:00 +0000" },
		{ INT64_C(253402300799) * SEC, "9999-12-31T23:59:59.000Z",
		  "Fri, 31 Dec 9999 23:59:59 +0000" },
		{ -1, "1970-01-01T00:00:00.000Z",
		  "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ INT64_MIN, "1970-01-01T00:00:00.000Z",
		  "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ USEC_NEVER, "9999-12-31T23:59:59.999Z",
		  "Fri, 31 Dec 9999 23:59:59 +0000" },
	};
	char text[DATE_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(date_rfc3339(rows[i].wall, true, text), 24);
		assert_string_equal(text, rows[i].rfc3339);
		assert_int_equal(date_rfc3339(rows[i].wall, false, text), 20);
		assert_memory_equal(text, rows[i].rfc3339, 19);
		assert_string_equal(text + 19, "Z");
		assert_int_equal(date_rfc5322(rows[i].wall, text), 31);
		assert_string_equal(text, rows[i].rfc5322);
	}
}

/* RFC 3339 5.6 */
static void
moments_read(void **state)
{
	static const struct {
		const char *text;
		usec_t wall;            /* -1: refused */
	} rows[] = {
		{ "1970-01-01", 0 },
		{ "2027-06-30", 1814313600 * SEC },
		{ "2026-03-01T10:00:00Z", 1772359200 * SEC },
		{ "2026-03-01T10:00:00.5Z", 1772359200 * SEC + 500000 },
		{ "2026-03-01T10:00:00.000001Z", 1772359200 * SEC + 1 },
		{ "2000-02-29", 951782400 * SEC },
		{ "2000-02-29T00:00:00Z", 951782400 * SEC },
		{ "9999-12-31T23:59:59.999999Z",
		  INT64_C(253402300800) * SEC - 1 },
		{ "1969-12-31", -1 }, { "0000-01-01", -1 },
		{ "2026-02-29", -1 }, { "2100-02-29", -1 },
		{ "2026-04-31", -1 }, { "2026-13-01", -1 },
		{ "2026-00-01", -1 }, { "2026-01-00", -1 },
		{ "2026-01-32", -1 }, { "2026-1-01", -1 },
		{ "2026-01-1", -1 }, { "26-01-01", -1 },
		{ "10000-01-01", -1 }, { "2026/01/01", -1 },
		{ "20260101", -1 }, { "2026-01-01 ", -1 },
		{ " 2026-01-01", -1 }, { "2026-01-01T", -1 },
		{ "2026-01-01T00:00:00", -1 }, { "2026-01-01 00:00:00Z", -1 },
		{ "2026-01-01t00:00:00z", -1 }, { "2026-01-01T24:00:00Z", -1 },
		{ "2026-01-01T00:60:00Z", -1 }, { "2026-01-01T00:00:60Z", -1 },
		{ "2026-01-01T00:00Z", -1 }, { "2026-01-01T00:00:00.Z", -1 },
		{ "2026-01-01T00:00:00.1234567Z", -1 },
		{ "2026-01-01T00:00:00.1", -1 },
		{ "2026-01-01T00:00:00.-1Z", -1 },
		{ "2026-01-01T00:00:00.9/Z", -1 },
		{ "2026-01-01T00:00:00.:Z", -1 },
		{ "2026-01-01T00:00:00,5Z", -1 },
		{ "2026-01-01T00:00:00+00:00", -1 },
		{ "2026-01-01T00:00:00ZZ", -1 }, { "+026-01-01", -1 },
		{ "2026-+1-01", -1 }, { "", -1 }, { "-", -1 },
	};
	usec_t wall;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		wall = -1;
		rc = date_parse(str_of(rows[i].text), &wall);
		CHECK(wall == rows[i].wall, "\"%s\" is %lld", rows[i].text,
		    (long long)wall);
		assert_int_equal(rc, wall < 0 ? -E_INVALID : 0);
	}
	assert_int_equal(date_parse((struct str){ NULL, 0 }, &wall),
	    -E_INVALID);
}

static int
month_length(int year, int month)
{
	if (month == 2)
		return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ?
		    29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void
day_is_right(usec_t wall, int year, int month, int day)
{
	static const char names[7][4] = {
		"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"
	};
	char text[DATE_TEXT], want[DATE_TEXT];
	usec_t again;

	snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, day);
	date_rfc3339(wall + 86399 * SEC, false, text);
	assert_memory_equal(text, want, 10);
	assert_string_equal(text + 10, "T23:59:59Z");
	assert_int_equal(date_parse(str_of(want), &again), 0);
	assert_int_equal(again, wall);
	date_rfc5322(wall, text);
	assert_memory_equal(text, names[wall / SEC / 86400 % 7], 3);
}

/* Counted day by day, as a calendar is: every day of the first 440 years (the
 * leap days repeat after 400), then both ends of every month. */
static void
every_day(void **state)
{
	int year, month, day, last;
	usec_t wall = 0;

	(void)state;
	for (year = 1970; year <= 9999; year++) {
		for (month = 1; month <= 12; month++) {
			last = month_length(year, month);
			for (day = 1; day <= last; day++) {
				if (year < 2410 || day == 1 || day == last)
					day_is_right(wall, year, month, day);
				wall += 86400 * SEC;
			}
		}
	}
	assert_int_equal(wall / SEC, INT64_C(253402300800));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_printed),
		cmocka_unit_test(moments_read),
		cmocka_unit_test(every_day),
	};

	return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}
