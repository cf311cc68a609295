/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read: the statements of postern.conf that a row of the table cannot say.
 * Private to conf/.
 *
 * Each read function follows schema.h: it reports what is wrong and leaves
 * the default. reading.more is the struct settings that is being filled.
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include "conf/settings.h"

void read_listen(struct reading *, const struct stmt *, void *conf);
void print_listen(const void *conf, unsigned indent, struct buf *);
void read_resolver(struct reading *, const struct stmt *, void *conf);
void print_resolver(const void *conf, unsigned indent, struct buf *);
void read_greet(struct reading *, const struct stmt *, void *conf);
void print_greet(const void *conf, unsigned indent, struct buf *);
void read_log(struct reading *, const struct stmt *, void *conf);
void print_log(const void *conf, unsigned indent, struct buf *);
void read_dir(struct reading *, const struct stmt *, void *conf);
void print_dir(const void *conf, unsigned indent, struct buf *);

/* conf/control.c */
void read_control(struct reading *, const struct stmt *, void *conf);
void print_control(const void *conf, unsigned indent, struct buf *);
void finish_control(struct reading *, struct settings *);

/* conf/domain.c */
void read_domain(struct reading *, const struct stmt *, void *conf);
void print_domain(const void *conf, unsigned indent, struct buf *);

/* conf/deliver.c */
void read_deliver(struct reading *, const struct stmt *, void *conf);
void print_deliver(const void *conf, unsigned indent, struct buf *);

/* conf/tls.c */
void read_tls(struct reading *, const struct stmt *, void *conf);
void print_tls(const void *conf, unsigned indent, struct buf *);
void finish_tls(struct reading *, struct settings *);

/* The settings inside their blocks. */
extern const struct setting resolver_table[];   /* struct resolver_conf    */
extern const struct setting log_table[];        /* struct log_conf         */
extern const struct setting domain_table[];     /* what domain.c keeps     */
extern const struct setting deliver_table[];    /* struct deliver_conf     */
extern const struct setting tls_table[];        /* struct tls_conf         */
extern const struct setting control_table[];    /* struct control_conf     */

/* One statement. Never NULL: what is wrong was said once, and no domain
 * shall complain that there is nothing. */
struct deliver_conf *deliver_read(struct reading *, const struct stmt *);
void deliver_write(const struct deliver_conf *, unsigned indent, struct buf *);

/* The common deliver_conf of a host that says only `dir`. */
struct deliver_conf *deliver_below(struct arena *, struct str dir);

/* A path that postern itself writes below: absolute, below `dir`, or beside
 * the file of the place. */
struct str conf_path(const struct reading *, struct place, struct str path);

/* The array, perhaps moved, with room for one more behind `count`. */
void *array_add(struct arena *, void *array, size_t count, size_t size);

/* Whether all bytes are printable ASCII and none is in `but`. */
bool is_printable(struct str, const char *but);

void conf_indent(struct buf *, unsigned tabs);

#endif
