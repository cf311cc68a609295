/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_walk - the front of libspf2, and the one place that includes it.
 *
 *	spf_walk --> SPF_server_get_record --> get_spf --> enter: fetch, parse
 *	         --> SPF_record_interpret         ^        a frame, print it
 *	                  |     |                 |
 *	                  |     +-- include, redirect, next chunk
 *	                  +-- a, mx, ptr, exists --> lookup --> look_*
 *
 * A frame is one record met on the way. libspf2 is given a canonical record of
 * it (spf_record.h) with handles for names; when it asks for a handle, a hook
 * finds the term, counts it, expands its domain-spec and asks DNS. libspf2
 * thus decides what comes next and whether an address lies in a net; no byte
 * of a stranger reaches it but addresses.
 *
 * A limit or a trouble met in a hook is remembered (look_stop, look_fail) and
 * answered with TRY_AGAIN; libspf2 unwinds through all includes, and what was
 * remembered is the verdict.
 *
 * Called by: spf.c, on a fiber. Tests call it with a DNS of their own.
 * Always holds: nothing static is written but libspf2's four handlers, always
 * with the same values: a walk has its own SPF_server_t (0.8 us, and no
 * shared state over a wait). Hooks always give libspf2 a record, since it
 * ends the process over NULL.
 * Depth: libspf2 stops at 20, and we need one level a chunk and one an
 * include. A record that would take too many chunks is printed sparse.
 * Source: RFC 7208 4; libspf2 1.2.10. It is entered past the function that
 * gives loopback addresses a free pass.
 */
#include "config.h"

#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

#include <spf2/spf.h>

#include "base/name.h"
#include "filters/spf_look.h"
#include "filters/spf_walk.h"
#include "lang/value.h"

#define DEPTH_MAX  20                      /* of libspf2's recursion       */
#define FRAMES_MAX (SPF_TERMS_MAX + 1)     /* the first, one for each term */
#define HANDLE_MAX 64                      /* bytes of a handle            */
#define ROOT       "root.postern"

struct frame {
	struct str        domain;
	struct spf_record record;
	struct answer     mx;            /* of the mx term being walked     */
	unsigned          depth;         /* of its first chunk              */
	unsigned          printed;       /* chunks so far                   */
	bool              is_sparse;
	bool              is_main;       /* on the way of redirects from the
	                                    first record                    */
};

struct walk {
	struct look          look;
	struct spf_outcome  *outcome;
	SPF_dns_server_t     dns;
	SPF_server_t        *server;
	struct frame         frames[FRAMES_MAX];
	unsigned             count;
};

/* ------------------------------------------------------------------------
 * Handlers: libspf2 would print, to stdout too.
 */

static _Noreturn void
on_error(const char *file, int line, const char *what)
{
	must_failed(what, file, line);
}

static void
on_message(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	(void)what;
}

/* ------------------------------------------------------------------------
 * Handles.
 */

/* "t5.f2.postern" and so on: the frame, and the number before it. NULL when
 * it is no such handle. */
static struct frame *
frame_of(struct walk *w, struct str rest)
{
	unsigned frame;

	if (!spf_handle_part(&rest, 'f', &frame) || frame >= w->count ||
	    !str_eq(rest, STR("postern")))
		return NULL;
	return &w->frames[frame];
}

static struct frame *
term_of(struct walk *w, struct str rest, struct spf_term **term)
{
	struct frame *f;
	unsigned number;

	if (!spf_handle_part(&rest, 't', &number))
		return NULL;
	f = frame_of(w, rest);
	if (f == NULL || number >= f->record.count)
		return NULL;
	*term = &f->record.terms[number];
	return f;
}

/* ------------------------------------------------------------------------
 * Records.
 */

/* libspf2 leaves terms out without a word when they do not fit. */
static bool
is_whole(const SPF_record_t *record, struct str text)
{
	size_t i, terms = 0;

	for (i = 0; i < text.len; i++)
		terms += text.p[i] == ' ';
	return record->num_mech == terms;
}

static SPF_errcode_t
compile(struct walk *w, struct frame *f, size_t from,
    SPF_response_t *response, SPF_record_t **out)
{
	struct spf_print p = spf_print_of(&f->record, w->look.query->client,
	    (unsigned)(f - w->frames), f->is_sparse);
	struct buf text = BUF_INIT(0);
	SPF_errcode_t rc = SPF_E_NO_MEMORY;

	if (spf_print_chunk(&p, from, &text) == 0 &&
	    buf_add_byte(&text, '\0') == 0)
		rc = SPF_record_compile(w->server, response, out, text.p);
	if (rc == SPF_E_SUCCESS && !is_whole(*out, buf_str(&text)))
		rc = SPF_E_INTERNAL_ERROR;
	buf_free(&text);
	f->printed++;
	if (rc != SPF_E_SUCCESS)
		look_fail(&w->look, -E_NOMEM);
	return rc;
}

/* A record without terms: it neither passes nor fails. */
static SPF_errcode_t
compile_empty(struct walk *w, SPF_response_t *response, SPF_record_t **out)
{
	SPF_errcode_t rc = SPF_record_compile(w->server, response, out,
	    "v=spf1");

	if (rc != SPF_E_SUCCESS)
		look_fail(&w->look, -E_NOMEM);
	return rc;
}

/* So deep that every term still allowed can be an include. */
static bool
is_too_deep(const struct walk *w, const struct frame *f)
{
	struct spf_print p = spf_print_of(&f->record, w->look.query->client,
	    0, false);
	unsigned left = SPF_TERMS_MAX - w->look.terms;

	return f->depth + spf_print_chunks(&p) - 1 + left > DEPTH_MAX;
}

/* Fetches the record of a domain and begins to walk it. from: the frame that
 * leads here, NULL for the first. */
static WAITS SPF_errcode_t
enter(struct walk *w, struct frame *from, struct str domain, bool is_main,
    SPF_response_t *response, SPF_record_t **out)
{
	struct frame *f = &w->frames[w->count];
	int rc;

	must(w->count < FRAMES_MAX);
	*f = (struct frame){ .domain = domain, .is_main = is_main,
	    .depth = from == NULL ? 0 : from->depth + from->printed };
	rc = look_record(&w->look, domain, from != NULL, &f->record);
	if (rc == -E_NOTFOUND && from == NULL)
		look_stop(&w->look, SPF_V_NONE, NULL);
	else if (rc == -E_NOTFOUND)
		look_stop(&w->look, SPF_V_PERMERROR,
		    "a domain that is included has no SPF record");
	if (rc != 0)
		return SPF_E_DNS_ERROR;
	w->count++;
	f->is_sparse = is_too_deep(w, f);
	return compile(w, f, 0, response, out);
}

/* include and redirect: a term of `from` leads to another record. */
static WAITS SPF_errcode_t
follow(struct walk *w, struct frame *from, struct str spec, bool is_include,
    SPF_response_t *response, SPF_record_t **out)
{
	struct str name = { 0 };
	int rc;

	if (!look_term(&w->look))
		return SPF_E_DNS_ERROR;
	rc = look_target(&w->look, spec, from->domain, &name);
	if (w->look.is_stopped)
		return SPF_E_DNS_ERROR;
	if (rc == -E_NOTFOUND && is_include)    /* RFC 8616 4: no match */
		return compile_empty(w, response, out);
	return enter(w, from, name, from->is_main && !is_include, response,
	    out);
}

static WAITS SPF_errcode_t
get_record(struct walk *w, struct str handle, SPF_response_t *response,
    SPF_record_t **out)
{
	struct spf_term *term;
	struct frame *f;
	struct str rest = handle;
	unsigned number;

	if (w->look.is_stopped)
		return SPF_E_DNS_ERROR;
	if (str_eq(handle, STR(ROOT)))
		return enter(w, NULL, w->outcome->domain, true, response,
		    out);
	if (spf_handle_part(&rest, 'c', &number)) {
		f = frame_of(w, rest);
		must(f != NULL && number < f->record.count);
		return compile(w, f, number, response, out);
	}
	f = term_of(w, handle, &term);
	if (f != NULL)
		return follow(w, f, term->spec, true, response, out);
	(void)str_split(&rest, '.');            /* "r." */
	f = frame_of(w, rest);
	must(f != NULL);
	return follow(w, f, f->record.redirect, false, response, out);
}

static WAITS SPF_errcode_t
get_spf(SPF_server_t *server, SPF_request_t *request,
    SPF_response_t *response, SPF_record_t **out)
{
	return get_record(server->resolver->hook, str_of(request->cur_dom),
	    response, out);
}

/* ------------------------------------------------------------------------
 * Answers.
 */

/* An empty answer; libspf2 owns it. */
static SPF_dns_rr_t *
reply_new(struct walk *w, const char *name, ns_type type, int status)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(&w->dns, name, type, 0,
	    status);

	must(rr != NULL);       /* as our own arenas, which end the process */
	return rr;
}

/* The bytes of one more record. */
static SPF_dns_rr_data_t *
reply_room(SPF_dns_rr_t *rr, size_t n)
{
	int i = rr->num_rr;

	must(SPF_dns_rr_buf_realloc(rr, i, n) == SPF_E_SUCCESS);
	rr->num_rr = i + 1;
	return rr->rr[i];
}

static void
reply_ip(SPF_dns_rr_t *rr, struct ip ip)
{
	SPF_dns_rr_data_t *data = reply_room(rr, sizeof *data);

	if (rr->rr_type == ns_t_aaaa)
		memcpy(&data->aaaa, ip.a, 16);
	else
		memcpy(&data->a, ip.a + 12, 4);
}

/* With a prefix of 0 bits any address is the client's. */
static void
reply_ips(struct walk *w, SPF_dns_rr_t *rr, const struct spf_term *t,
    const struct answer *a)
{
	struct ip client = w->look.query->client;
	size_t i;

	if (t->kind != SPF_K_EXISTS &&
	    (ip_is_v6(client) ? t->bits6 : t->bits4) == 0 && a->count > 0) {
		reply_ip(rr, client);
		return;
	}
	for (i = 0; i < a->count; i++)
		reply_ip(rr, a->records[i].ip);
}

/* Handles "m0.HANDLE", one a host. */
static void
reply_hosts(SPF_dns_rr_t *rr, const char *handle, size_t count)
{
	SPF_dns_rr_data_t *data;
	struct buf b = BUF_INIT(HANDLE_MAX);
	size_t i;

	for (i = 0; i < count; i++) {
		must(buf_addf(&b, "m%zu.%s", i, handle) == 0 &&
		    buf_add_byte(&b, '\0') == 0);
		data = reply_room(rr, b.len);
		memcpy(data->mx, b.p, b.len);
		buf_cut(&b, b.len);
	}
	buf_free(&b);
}

/* ------------------------------------------------------------------------
 * Terms.
 */

/* By preference (RFC 7208 5.4): it matters which trouble comes first. */
static void
sort_hosts(struct answer *mx)
{
	struct record r;
	size_t i, at;

	for (i = 1; i < mx->count; i++) {
		r = mx->records[i];
		for (at = i; at > 0 &&
		    mx->records[at - 1].preference > r.preference; at--)
			mx->records[at] = mx->records[at - 1];
		mx->records[at] = r;
	}
}

static WAITS void
walk_hosts(struct walk *w, struct frame *f, struct str name,
    SPF_dns_rr_t *rr)
{
	if (!look_ask_term(&w->look, name, DNS_MX, &f->mx))
		return;
	if (f->mx.count > SPF_NAMES_MAX) {
		look_stop(&w->look, SPF_V_PERMERROR,
		    "more than 10 MX names");
		return;
	}
	sort_hosts(&f->mx);
	reply_hosts(rr, rr->domain, f->mx.count);
}

static WAITS void
walk_ptr(struct walk *w, struct str target, SPF_dns_rr_t *rr)
{
	bool matches;

	if (look_ptr(&w->look, target, &matches) && matches)
		reply_ip(rr, w->look.query->client);
}

/* The question of a term. A name that cannot be asked matches nothing. */
static WAITS void
walk_term(struct walk *w, struct frame *f, const struct spf_term *t,
    SPF_dns_rr_t *rr)
{
	struct answer a;
	struct str name;

	if (!look_term(&w->look) ||
	    look_target(&w->look, t->spec, f->domain, &name) != 0)
		return;
	if (t->kind == SPF_K_MX)
		walk_hosts(w, f, name, rr);
	else if (t->kind == SPF_K_PTR)
		walk_ptr(w, name, rr);
	else if (look_ask_term(&w->look, name, t->kind == SPF_K_EXISTS ?
	    DNS_A : look_address_type(&w->look), &a))
		reply_ips(w, rr, t, &a);
}

/* The addresses of one MX host; "." has none (RFC 7505). */
static WAITS void
walk_host(struct walk *w, struct frame *f, const struct spf_term *t,
    unsigned number, SPF_dns_rr_t *rr)
{
	struct answer a;
	struct str host;

	must(number < f->mx.count);
	host = answer_name(&f->mx, number);
	if (host.len > 0 && look_ask_more(&w->look, host,
	    look_address_type(&w->look), &a))
		reply_ips(w, rr, t, &a);
}

static WAITS SPF_dns_rr_t *
lookup(SPF_dns_server_t *dns, const char *handle, ns_type type, int cache)
{
	struct walk *w = dns->hook;
	struct str rest = str_of(handle);
	SPF_dns_rr_t *rr = reply_new(w, handle, type, NETDB_SUCCESS);
	struct spf_term *term = NULL;
	struct frame *f;
	unsigned host;
	bool is_host = spf_handle_part(&rest, 'm', &host);

	(void)cache;
	f = term_of(w, rest, &term);
	must(f != NULL);
	if (!w->look.is_stopped && is_host)
		walk_host(w, f, term, host, rr);
	else if (!w->look.is_stopped)
		walk_term(w, f, term, rr);
	rr->herrno = w->look.is_stopped ? TRY_AGAIN :
	    rr->num_rr > 0 ? NETDB_SUCCESS : NO_DATA;
	return rr;
}

/* ------------------------------------------------------------------------
 * The walk.
 */

static SPF_request_t *
request_new(struct walk *w)
{
	SPF_request_t *request = SPF_request_new(w->server);
	struct ip client = w->look.query->client;
	struct in6_addr a6;
	struct in_addr a4;

	if (request == NULL)
		return NULL;
	memcpy(&a6, client.a, sizeof a6);
	memcpy(&a4, client.a + 12, sizeof a4);
	if (ip_is_v6(client))
		(void)SPF_request_set_ipv6(request, a6);
	else
		(void)SPF_request_set_ipv4(request, a4);
	request->cur_dom = ROOT;
	if (SPF_request_set_helo_dom(request, ROOT) == SPF_E_SUCCESS)
		return request;
	SPF_request_free(request);
	return NULL;
}

/* Returns what libspf2 made of it, SPF_RESULT_INVALID for nothing. */
static WAITS SPF_result_t
interpret(struct walk *w)
{
	SPF_request_t *request = request_new(w);
	SPF_response_t *response = NULL;
	SPF_record_t *record = NULL;
	SPF_result_t result = SPF_RESULT_INVALID;

	if (request != NULL)
		response = SPF_response_new(request);
	if (response != NULL && SPF_server_get_record(w->server, request,
	    response, &record) == SPF_E_SUCCESS) {
		response->spf_record_exp = record;
		(void)SPF_record_interpret(record, request, response, 0);
		result = SPF_response_result(response);
	}
	if (record != NULL)
		SPF_record_free(record);
	if (response != NULL)
		SPF_response_free(response);
	if (request != NULL)
		SPF_request_free(request);
	return result;
}

static void
take_result(struct walk *w, SPF_result_t result)
{
	static const struct { SPF_result_t theirs; enum spf_verdict ours; }
	pairs[] = {
		{ SPF_RESULT_PASS, SPF_V_PASS },
		{ SPF_RESULT_FAIL, SPF_V_FAIL },
		{ SPF_RESULT_SOFTFAIL, SPF_V_SOFTFAIL },
		{ SPF_RESULT_NEUTRAL, SPF_V_NEUTRAL },
	};
	size_t i;

	for (i = 0; i < COUNT(pairs); i++)
		if (pairs[i].theirs == result)
			look_stop(&w->look, pairs[i].ours, NULL);
	look_fail(&w->look, -E_NOMEM);  /* when nothing of that is the case */
}

/* The record in force is the last on the way of redirects. */
static void
tell(struct walk *w)
{
	struct spf_outcome *o = w->outcome;
	unsigned i;

	o->verdict = w->look.verdict;
	o->why = w->look.why;
	o->terms = w->look.terms;
	o->voids = w->look.voids;
	o->questions = w->look.questions;
	for (i = 0; i < w->count; i++) {
		if (!w->frames[i].is_main)
			continue;
		o->record = spf_record_denies_all(&w->frames[i].record) ?
		    SPF_R_DENY_ALL : SPF_R_OTHER;
		o->exp = w->frames[i].record.exp;
		o->exp_domain = w->frames[i].domain;
	}
}

static WAITS void
run(struct walk *w)
{
	SPF_error_handler = on_error;
	SPF_warning_handler = on_message;
	SPF_info_handler = on_message;
	SPF_debug_handler = on_message;
	w->dns = (SPF_dns_server_t){ .lookup = lookup, .get_spf = get_spf,
	    .name = "postern", .hook = w };
	w->server = SPF_server_new_dns(&w->dns, 0);
	if (w->server == NULL) {
		look_fail(&w->look, -E_NOMEM);
		return;
	}
	(void)SPF_server_set_max_dns_mech(w->server, 1000);
	take_result(w, interpret(w));
	SPF_server_free(w->server);
}

/* A domain in UTF-8 as A-labels (RFC 7208 4.3). */
static struct str
domain_of(const struct spf_query *q)
{
	struct str domain = q->domain;
	size_t i;

	for (i = 0; i < domain.len; i++)
		if ((uint8_t)domain.p[i] >= 0x80) {
			if (value_name(domain, q->arena, &domain) != 0)
				domain.len = 0;
			break;
		}
	if (!spf_is_checkable(domain))
		return (struct str){ 0 };
	return name_normal(q->arena, domain);
}

WAITS int
spf_walk(const struct spf_query *q, struct spf_outcome *o)
{
	struct walk *w = arena_alloc(q->arena, sizeof *w);

	*o = (struct spf_outcome){ .verdict = SPF_V_NONE,
	    .record = SPF_R_NONE, .domain = domain_of(q),
	    .started = q->now(q->arg) };
	if (o->domain.len == 0)
		return 0;
	w->outcome = o;
	w->look = (struct look){ .query = q, .sender = o->domain,
	    .started = o->started };
	run(w);
	tell(w);
	return w->look.trouble;
}
