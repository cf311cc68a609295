/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - asks the keeper of a posternd, and draws what it says.
 *
 * Called by: tools/doctor.c, lists.c, ask.c.
 * Always holds: an answer without its end is none: then it is asked once more,
 * for the keeper of a new configuration may have taken over. What came from a
 * stranger is escaped before it is drawn.
 */
#include "config.h"

#include "tools/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/assemble.h"
#include "lang/builtin.h"
#include "tools/tool.h"

#define DEFAULT_PATH "/run/postern/control"
#define PATIENCE     20             /* seconds, for each piece              */
#define ANSWER_MOST  (4u << 20)

/* ------------------------------------------------------------------------
 * Where it is.
 */

bool
asking_option(struct asking *w, int option)
{
	switch (option) {
	case 'c': w->file = optarg; break;
	case 'd': w->dir = optarg; break;
	case 's': w->control = optarg; break;
	case 'j': w->is_json = true; break;
	case 'n': w->has_header = false; break;
	default:  return false;
	}
	return true;
}

static struct str
find_file(const struct asking *w, struct str dir)
{
	if (w->file != NULL)
		return str_of(w->file);
	return dir.len == 0 ? STR(SYSCONF_DIR "/postern.conf") :
	    arena_printf(w->arena, "%.*s/etc/postern.conf", STR_ARG(dir));
}

/* Who may ask need not be allowed to read the configuration: then the socket
 * is where it usually is. "": said why not. */
static struct str
find_path(const struct asking *w)
{
	struct str dir = str_of(w->dir != NULL ? w->dir :
	    getenv("POSTERN_DIR"));
	struct str file = find_file(w, dir), path = STR("");
	struct diagnostics *d;
	struct assembly all;

	if (w->control != NULL)
		return str_of(w->control);
	if (w->file == NULL && access(file.p, R_OK) != 0)
		return dir.len == 0 ? STR(DEFAULT_PATH) :
		    arena_printf(w->arena, "%.*s/control", STR_ARG(dir));
	d = diag_new();
	if (assemble(builtin_reader(), file, dir, 0, w->arena, d, &all) == 0)
		path = all.settings->control.path;
	else
		fprintf(stderr, "%.*s", STR_ARG(diag_text(d, w->arena)));
	diag_free(&d);
	return path;
}

/* ------------------------------------------------------------------------
 * The conversation.
 */

static int
connect_to(struct str path)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (path.len >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path.p, path.len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof patience);
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void
read_all(int fd, struct buf *text)
{
	char *room;
	ssize_t n;

	while ((room = buf_room(text, 4096)) != NULL &&
	    (n = read(fd, room, 4096)) > 0)
		text->len += (size_t)n;
}

static const char *
remedy(int error)
{
	switch (error) {
	case ENOENT: case ECONNREFUSED:
		return "; is posternd running?";
	case EACCES:
		return "; who may ask: control PATH { group NAME } in "
		    "postern.conf";
	default:
		return "";
	}
}

static bool
talk(struct asking *w, struct str path, struct str request)
{
	int fd = connect_to(path), error = errno;

	if (fd < 0) {
		fprintf(stderr, "postern %s: nobody answers at %.*s: %s%s\n",
		    w->verb, STR_ARG(path), strerror(error), remedy(error));
		return false;
	}
	if (send(fd, request.p, request.len, MSG_NOSIGNAL) ==
	    (ssize_t)request.len)
		read_all(fd, &w->text);
	(void)close(fd);
	return true;
}

/* ------------------------------------------------------------------------
 * Rows.
 */

static bool
read_end(struct asking *w, const json_t *row)
{
	if (!member_is(row, "row", "end"))
		return false;
	w->status = (int)member_real(row, "status");
	w->error = member_text(w, row, "error");
	return true;
}

/* Whether the answer has its end. */
static bool
read_rows(struct asking *w)
{
	struct str rest = buf_str(&w->text), line;
	bool is_whole = false;
	json_t *row;

	w->rows = json_array();
	while (rest.len > 0 && !is_whole) {
		line = str_split(&rest, '\n');
		row = json_loadb(line.p, line.len, 0, NULL);
		if (row == NULL)
			return false;
		is_whole = read_end(w, row);
		if (is_whole)
			json_decref(row);
		else
			(void)json_array_append_new(w->rows, row);
	}
	return is_whole;
}

/* "doctor zen\n"; false: it would be another request than was meant. */
static bool
write_request(const char *const *words, struct buf *out)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (strpbrk(words[i], " \t\r\n") != NULL)
			return false;
		(void)buf_addf(out, "%s%s", i > 0 ? " " : "", words[i]);
	}
	return buf_add_byte(out, '\n') == 0;
}

static bool
talk_to_the_end(struct asking *w, struct str path, struct str request)
{
	int tries;

	for (tries = 0; tries < 2; tries++) {
		buf_free(&w->text);
		if (!talk(w, path, request))
			return false;
		if (read_rows(w))
			return true;
		json_decref(w->rows);
		w->rows = NULL;
	}
	fprintf(stderr, "postern %s: the answer has no end; is posternd being "
	    "replaced, or too busy?\n", w->verb);
	return false;
}

int
asking_do(struct asking *w, const char *const *words)
{
	struct buf request = BUF_INIT(4096);
	struct str path;
	bool is_good;

	w->arena = arena_new(0);
	w->text = BUF_INIT(ANSWER_MOST);
	if (!write_request(words, &request)) {
		fprintf(stderr, "postern %s: a name has no spaces\n",
		    w->verb);
		buf_free(&request);
		return EX_CANNOT;
	}
	path = find_path(w);
	is_good = path.len > 0 && talk_to_the_end(w, path,
	    buf_str(&request));
	buf_free(&request);
	if (!is_good)
		return EX_CANNOT;
	if (w->is_json)
		printf("%.*s", STR_ARG(buf_str(&w->text)));
	if (w->status < EX_CANNOT)
		return EX_GOOD;
	fprintf(stderr, "postern %s: %s\n", w->verb, w->error);
	return EX_CANNOT;
}

void
asking_end(struct asking *w)
{
	json_decref(w->rows);
	buf_free(&w->text);
	arena_free(&w->arena);
}

/* ------------------------------------------------------------------------
 * Members.
 */

/* What could steer a terminal, and what it might not know to draw, as \xNN;
 * quotes stay, for people read this. */
const char *
member_text(struct asking *w, const json_t *row, const char *name)
{
	static const char hex[] = "0123456789abcdef";
	const char *p = json_string_value(json_object_get(row, name));
	size_t n = p == NULL ? 0 : strlen(p);
	char *text = arena_alloc(w->arena, 4 * n + 1), *to = text;

	for (; n > 0; n--, p++) {
		if (*p >= ' ' && *p < 0x7f) {
			*to++ = *p;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = hex[(unsigned char)*p >> 4];
		*to++ = hex[(unsigned char)*p & 15];
	}
	return text;
}

bool
member_same(const json_t *a, const json_t *b, const char *name)
{
	return json_equal(json_object_get(a, name), json_object_get(b, name));
}

double
member_real(const json_t *row, const char *name)
{
	return json_number_value(json_object_get(row, name));
}

bool
member_truth(const json_t *row, const char *name)
{
	return json_is_true(json_object_get(row, name));
}

bool
member_has(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	return value != NULL && !json_is_null(value);
}

bool
member_is(const json_t *row, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(row, name));

	return value != NULL && strcmp(value, text) == 0;
}

/* ------------------------------------------------------------------------
 * Tables.
 */

static size_t
column_width(const char *const *cells, size_t columns, size_t rows, size_t at)
{
	size_t width = 0, i, n;

	for (i = 0; i < rows; i++) {
		n = strlen(cells[i * columns + at]);
		if (n > width)
			width = n;
	}
	return width;
}

static void
row_print(const char *const *cells, size_t columns, const int *widths)
{
	size_t i, last = columns;

	while (last > 1 && cells[last - 1][0] == '\0')
		last--;
	for (i = 0; i + 1 < last; i++)
		printf("%-*s  ", widths[i], cells[i]);
	printf("%s\n", cells[last - 1]);
}

void
table_print(const char *const *cells, size_t columns, size_t rows,
    bool has_header)
{
	int widths[16] = { 0 };
	size_t i;

	must(columns <= COUNT(widths));
	for (i = 0; i < columns; i++)
		widths[i] = (int)column_width(cells, columns, rows, i);
	for (i = has_header ? 0 : 1; i < rows; i++)
		row_print(cells + i * columns, columns, widths);
}
