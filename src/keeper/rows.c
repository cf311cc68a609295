/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows - writes JSON objects, one a line.
 *
 * Called by: keeper/control.c, keeper/control_list.c.
 * Always holds: a row is one line of ASCII, whatever the texts in it are; a
 * member that memory could not be had for is missing, the row stays good.
 */
#include "keeper/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define VERSION   1
#define TEXT_MOST 1024
#define HOW (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6))

void
row_seed(uint64_t chance)
{
	json_object_seed((size_t)chance | 1);
}

json_t *
row_new(const char *kind)
{
	json_t *row = json_object();

	must(row != NULL);
	(void)json_object_set_new(row, "v", json_integer(VERSION));
	(void)json_object_set_new(row, "row", json_string(kind));
	return row;
}

static json_t *
text_of(struct str text)
{
	char escaped[TEXT_MOST];
	json_t *value = NULL;
	size_t n;

	if (text.len == 0)
		return json_string("");
	if (str_find(text, '\0') == text.len && text.len <= TEXT_MOST)
		value = json_stringn(text.p, text.len);
	if (value != NULL)
		return value;
	n = text_escape(text, escaped, sizeof escaped);
	return json_stringn(escaped, n);
}

void
row_text(json_t *row, const char *name, struct str text)
{
	(void)json_object_set_new(row, name, text_of(text));
}

void
row_number(json_t *row, const char *name, uint64_t n)
{
	(void)json_object_set_new(row, name, json_integer((json_int_t)n));
}

void
row_real(json_t *row, const char *name, double x)
{
	(void)json_object_set_new(row, name, json_real(x));
}

void
row_seconds(json_t *row, const char *name, usec_t span)
{
	row_real(row, name, (double)span / (double)SEC);
}

void
row_truth(json_t *row, const char *name, bool is)
{
	(void)json_object_set_new(row, name, json_boolean(is));
}

void
row_ip(json_t *row, const char *name, struct ip ip)
{
	char text[IP_TEXT];
	size_t n = ip_print(ip, text);

	row_text(row, name, (struct str){ text, n });
}

void
row_none(json_t *row, const char *name)
{
	(void)json_object_set_new(row, name, json_null());
}

json_t *
row_array(json_t *row, const char *name)
{
	json_t *array = json_array();

	(void)json_object_set_new(row, name, array);
	return array;
}

void
row_more(json_t *array, struct str text)
{
	(void)json_array_append_new(array, text_of(text));
}

int
row_end(json_t *row, struct buf *out)
{
	char *text = json_dumps(row, HOW);
	size_t before = out->len;
	int rc = text == NULL ? -E_NOMEM : buf_add_str(out, str_of(text));

	if (rc == 0)
		rc = buf_add_byte(out, '\n');
	if (rc != 0)
		out->len = before;
	free(text);
	json_decref(row);
	return rc;
}
