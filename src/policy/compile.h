/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compile: what the files that turn a text into a policy share.
 *
 *	layer.c    files to layers, layers to one sequence of items
 *	cond.c     words to conditions; literal.c the values in them
 *	lines.c    items to lines: points and exceptions
 *	decide.c   decisions and thresholds
 *	lists.c    the DNS lists that are used
 *	compile.c  all of it in order
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "base/table.h"
#include "policy/lines.h"

enum item_kind { IT_USE, IT_SCORE, IT_RULE, IT_TRUST, IT_GROUP, IT_KINDS };

/* A statement with a name. */
struct item {
	enum item_kind     kind;
	struct str         name;
	const struct stmt *stmt;
	struct item       *group;    /* the IT_GROUP it stands in; NULL      */
	struct item       *under;    /* what it replaces in a layer below    */
	struct group      *compiled; /* IT_GROUP                             */
	struct item       *next;
};

/* Named things that are no lines: from all layers, the topmost wins. */
struct named {
	struct str         name;
	const struct stmt *stmt;
	unsigned           layer;    /* 0: the policy itself                 */
	struct members    *members;  /* a table, once read                   */
	bool               is_open;  /* a let that is being read             */
	bool               is_bad;   /* it has told its error                */
	struct named      *next;
};

struct compiling {
	const struct policy_env *env;
	struct arena       *arena;
	struct diagnostics *diag;
	struct reader       reader;     /* counts what it reads into hash    */
	uint64_t            hash;
	struct policy      *policy;
	struct item        *items;      /* in the order they are read        */
	struct item        *dropped;    /* each `use` that an `off` removed  */
	const struct stmt  *dead;       /* lists/dead, once read             */
	bool                is_broken;  /* a layer is missing or unreadable  */
	struct named       *lets, *tables, *lists;
	/* Given once, topmost layer first: with the layer that gave it. */
	const struct stmt  *limits[LM_COUNT];
	unsigned            limit_layer[LM_COUNT];
	struct str          mode;
	unsigned            mode_layer;
};

/*
 * Looks for a file of this name, "lists/zen.list", in the folders of env in
 * their order. A file that is there and cannot be read ends the search: the
 * next one would not be what its owner meant.
 * Returns 0, -E_NOTFOUND, or why the file at *path cannot be read.
 */
int file_find(struct compiling *, struct str name, struct str *path,
    struct str *text, struct fault *);

/* The file's path in folder i of env. */
struct str file_in_folder(struct compiling *, size_t i, struct str name);

/* Counts something that was read, but not through compiling.reader, into the
 * policy's hash. */
void compile_count(struct compiling *, uint64_t hash);

/* Reads the policy and its bases; fills items, lets, tables, limits. Sets
 * is_broken when what follows would only tell of things that are missing. */
void layers_load(struct compiling *, struct str name);

/* Shorthand for an error with the code of a row in diag_codes.c. */
#define compile_error(c, place, code, remedy, ...) \
	diag_add((c)->diag, DG_ERROR, code, place, remedy, __VA_ARGS__)

/* --- conditions ---------------------------------------------------------- */

/* A word or a string: what can be a value. */
bool node_is_text(const struct node *);

/* A place in the nodes of a statement. */
struct cursor {
	const struct stmt *stmt;
	size_t             at;
};

const struct node *cursor_node(const struct cursor *);    /* NULL: end   */
bool cursor_is(const struct cursor *, const char *word);
bool cursor_take(struct cursor *, const char *word);
/* The place of the node, or of the statement's last one at its end. */
struct place cursor_place(const struct cursor *);

/* What a condition reads. */
struct reads {
	unsigned   tests;        /* how many, with those of each let        */
	enum stage stage;        /* the latest                              */
	bool       has_ignorance;
	bool       has_malware;  /* reads scan.malware                      */
	bool       all_authors;  /* in: from.domain means every author      */
};

/* What a name may be: 1..64 letters, digits, "-" and "_", and no word of a
 * condition. */
bool name_is_free(const struct node *);

/* Reads one value of a fact. Returns 0, -E_INVALID after an error. */
int literal_read(struct compiling *, const struct node *,
    const struct fact_decl *, enum test_op, struct literal *);

/* How facts of this type are tested. */
const char *type_remedy(enum fact_type, enum test_op);

/* Reads each let once, used or not. */
void lets_check(struct compiling *);

/* Parses a condition. NULL after an error. */
const struct cond *cond_parse(struct compiling *, struct cursor *,
    struct reads *);

/* The condition of `trust`: identities, narrowing, and how each is proved. */
const struct cond *cond_parse_trust(struct compiling *, struct cursor *);

/* local@domain as facts hold it: lower case, the domain in A-labels.
 * Returns 0, -E_INVALID. */
int mail_read(struct arena *, struct str text, struct str *out);

/* --- lines --------------------------------------------------------------- */

/* The members of a table, read at its first use. NULL after an error. */
const struct members *members_find(struct compiling *, struct str name,
    struct place);

/* Finds and declares each list that a `use` names. */
void lists_find(struct compiling *);

/* Gives a list the key that n, "secret:NAME", names. False after an error. */
bool list_key_read(struct compiling *, struct list *, const struct node *n);

/* Finds the description of a list; NULL after an error. */
struct list *list_find(struct compiling *, const struct node *name);

/* Parts of a statement; false or NULL after an error. */
bool parse_end(struct compiling *, const struct cursor *);
bool parse_points(struct compiling *, struct cursor *, int64_t *);
const struct cond *parse_if(struct compiling *, struct cursor *,
    struct reads *);
void ignorance_check(struct compiling *, struct place, const struct reads *,
    bool is_mild);

void compile_rule(struct compiling *, const struct item *);
void rules_order(struct compiling *);
void compile_limit(struct compiling *, enum limit_kind);

/* Compiles all items and limits into c->policy. */
void lines_compile(struct compiling *);

#endif
