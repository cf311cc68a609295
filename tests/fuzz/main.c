/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main of a fuzz target where libFuzzer is not used: runs over the files
 * of a corpus, then over mutations of them, and prints TAP. What it does
 * depends on corpus, seed and number alone, so a failure comes back.
 *
 *	fuzz_X [-n MUTATIONS] [-s SEED] [FILE|FOLDER]...
 *
 * Without files: the folder tests/fuzz/corpus/X below $top_srcdir. FUZZ_RUNS
 * and FUZZ_SEED stand for -n and -s; FUZZ_PATIENCE is the seconds that one
 * input may take.
 *
 * Always holds: the target runs in a child, on input that lies in memory
 * shared with the parent. Whatever ends the child - a signal, a sanitizer, a
 * leak found at its end, its patience - the parent knows the input, writes it
 * to crash-X and says so.
 * KNOWN GAPS: mutations are blind, there is no coverage to guide them; that
 * is what the build with libFuzzer is for.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS     4000
#define INPUT    ((size_t)65536)
#define FILES    512    /* of a corpus that are read */
#define PATIENCE 10     /* seconds one input may take, at least 1 */
#define STEPS    6      /* changes made to one input, at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	uint8_t *data;
	size_t   size;
};

/* Shared with the child: what it works on. */
struct work {
	size_t  size;
	size_t  run;            /* number of the input, from 0 */
	uint8_t data[INPUT];
};

struct fuzz {
	const char  *name;      /* X of fuzz_X */
	struct file  files[FILES];
	size_t       count;
	size_t       runs;
	uint64_t     seed;
	uint64_t     random;
	unsigned     patience;
	struct work *work;
	bool         has_failed;
};

static _Noreturn void
bail(const char *what, const char *which)
{
	printf("Bail out! %s %s: %s\n", what, which, strerror(errno));
	exit(99);
}

static uint64_t
next_random(struct fuzz *f)
{
	uint64_t x = f->random += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* 0..n - 1; 0 when n is 0. */
static size_t
below(struct fuzz *f, size_t n)
{
	return n == 0 ? 0 : (size_t)(next_random(f) % n);
}

/* --- the corpus -------------------------------------------------------- */

static void
read_file(struct fuzz *f, const char *path)
{
	struct file *file = &f->files[f->count];
	FILE *in;

	if (f->count == FILES)
		return;
	in = fopen(path, "rb");
	file->data = malloc(INPUT);
	if (in == NULL || file->data == NULL)
		bail("reading", path);
	file->size = fread(file->data, 1, INPUT, in);
	fclose(in);
	f->count++;
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void
read_path(struct fuzz *f, const char *path)
{
	struct dirent **names;
	struct stat st;
	char inner[1024];
	int i, n;

	if (stat(path, &st) != 0)
		bail("reading", path);
	if (!S_ISDIR(st.st_mode)) {
		read_file(f, path);
		return;
	}
	n = scandir(path, &names, is_visible, alphasort);
	if (n < 0)
		bail("reading", path);
	for (i = 0; i < n; i++) {
		snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
		read_file(f, inner);
		free(names[i]);
	}
	free(names);
}

/* --- mutations --------------------------------------------------------- */

/* What parsers trip over. */
static const char *const tokens[] = {
	"\r\n", "\n", "\r", ".\r\n", "\r\n.\r\n", "\"", "\\", "<", ">", "@",
	":", "::", ";", ",", "(", ")", "[", "]", "{", "}", "=", "*", "?", "/",
	"..", " ", "\t", "-1", "0", "00", "255", "256", "65535", "65536",
	"2147483648", "4294967296", "9223372036854775808",
	"18446744073709551615", "18446744073709551616", "\x7f", "\xc3\xa9",
	"\xff\xff\xff\xff", "%s%n", "#", "\\x",
};

static void
delete(struct work *w, size_t at, size_t n)
{
	memmove(w->data + at, w->data + at + n, w->size - at - n);
	w->size -= n;
}

static void
insert(struct work *w, size_t at, const void *p, size_t n)
{
	if (n > INPUT - w->size)
		return;
	memmove(w->data + at + n, w->data + at, w->size - at);
	memcpy(w->data + at, p, n);
	w->size += n;
}

static void
change_byte(struct fuzz *f, struct work *w)
{
	if (w->size > 0)
		w->data[below(f, w->size)] = (uint8_t)next_random(f);
}

static void
flip_bit(struct fuzz *f, struct work *w)
{
	if (w->size > 0)
		w->data[below(f, w->size)] ^= (uint8_t)(1u << below(f, 8));
}

static void
delete_range(struct fuzz *f, struct work *w)
{
	size_t at = below(f, w->size);

	delete(w, at, below(f, w->size - at + 1) % 32);
}

static void
repeat_range(struct fuzz *f, struct work *w)
{
	uint8_t part[64];
	size_t at = below(f, w->size), n = w->size - at;

	n = below(f, n < sizeof part ? n + 1 : sizeof part);
	memcpy(part, w->data + at, n);
	insert(w, below(f, w->size + 1), part, n);
}

static void
insert_token(struct fuzz *f, struct work *w)
{
	const char *t = tokens[below(f, sizeof tokens / sizeof tokens[0])];

	insert(w, below(f, w->size + 1), t, strlen(t));
}

static void
insert_zeros(struct fuzz *f, struct work *w)
{
	static const uint8_t zeros[4];

	insert(w, below(f, w->size + 1), zeros, 1 + below(f, sizeof zeros));
}

static void
truncate_it(struct fuzz *f, struct work *w)
{
	w->size = below(f, w->size + 1);
}

/* The end of another file in the place of this one's. */
static void
splice(struct fuzz *f, struct work *w)
{
	const struct file *other = &f->files[below(f, f->count)];
	size_t from = below(f, other->size);

	truncate_it(f, w);
	if (f->count > 0)
		insert(w, w->size, other->data + from, other->size - from);
}

static void (*const changes[])(struct fuzz *, struct work *) = {
	change_byte, flip_bit, delete_range, repeat_range, insert_token,
	insert_token, insert_zeros, truncate_it, splice,
};

static void
take_file(struct fuzz *f, size_t i)
{
	f->work->size = f->files[i].size;
	memcpy(f->work->data, f->files[i].data, f->files[i].size);
}

static void
mutate(struct fuzz *f, size_t run)
{
	size_t steps;

	/* Each input stands for itself: run 3000 needs not the 2999 before. */
	f->random = f->seed << 32 ^ run;
	f->work->size = 0;
	if (f->count > 0)
		take_file(f, below(f, f->count));
	for (steps = 1 + below(f, STEPS); steps > 0; steps--)
		changes[below(f, sizeof changes / sizeof changes[0])](f,
		    f->work);
}

/* --- running ----------------------------------------------------------- */

/* The target gets memory of exactly that size: one byte too far is found. */
static void
run_one(struct fuzz *f)
{
	size_t n = f->work->size;
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		exit(98);
	memcpy(copy, f->work->data, n);
	alarm(f->patience);
	LLVMFuzzerTestOneInput(copy, n);
	alarm(0);
	free(copy);
}

static void
child(struct fuzz *f, size_t n, void (*prepare)(struct fuzz *, size_t))
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	for (f->work->run = 0; f->work->run < n; f->work->run++) {
		prepare(f, f->work->run);
		run_one(f);
	}
}

static void
keep_input(struct fuzz *f)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof path, "crash-%s", f->name);
	out = fopen(path, "wb");
	if (out == NULL)
		return;
	fwrite(f->work->data, 1, f->work->size, out);
	fclose(out);
	printf("# the input is in %s, %zu bytes\n", path, f->work->size);
}

static void
report(struct fuzz *f, int test, const char *what, size_t n, int status)
{
	bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	printf("%s %d - %s: %zu %s", is_good ? "ok" : "not ok", test, f->name,
	    n, what);
	if (test == 2)
		printf(", seed %llu", (unsigned long long)f->seed);
	putchar('\n');
	if (is_good)
		return;
	f->has_failed = true;
	if (WIFSIGNALED(status))
		printf("# number %zu: signal %d%s\n", f->work->run,
		    WTERMSIG(status), WTERMSIG(status) == SIGALRM ?
		    ", it took too long" : "");
	else if (f->work->run < n)
		printf("# number %zu: exit status %d\n", f->work->run,
		    WEXITSTATUS(status));
	else
		printf("# leaks, or another fault at the end\n");
	if (f->work->run < n)
		keep_input(f);
}

static void
run_all(struct fuzz *f, int test, const char *what, size_t n,
    void (*prepare)(struct fuzz *, size_t))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("starting", "a child");
	if (pid == 0) {
		child(f, n, prepare);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		bail("waiting for", "the child");
	report(f, test, what, n, status);
}

static uint64_t
number_of(const char *text, uint64_t otherwise)
{
	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void
read_options(struct fuzz *f, int argc, char **argv)
{
	int c;

	f->runs = (size_t)number_of(getenv("FUZZ_RUNS"), RUNS);
	f->seed = number_of(getenv("FUZZ_SEED"), 1);
	f->patience = (unsigned)number_of(getenv("FUZZ_PATIENCE"), PATIENCE);
	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			f->runs = (size_t)number_of(optarg, RUNS);
		else if (c == 's')
			f->seed = number_of(optarg, 1);
		else
			exit(64);
	}
}

int
main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/'), *top = getenv("top_srcdir");
	struct fuzz *f = calloc(1, sizeof *f);
	char folder[1024];
	int i;

	if (f == NULL)
		return 99;
	base = base == NULL ? argv[0] : base + 1;
	f->name = strncmp(base, "fuzz_", 5) == 0 ? base + 5 : base;
	read_options(f, argc, argv);
	f->work = mmap(NULL, sizeof *f->work, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->work == MAP_FAILED)
		bail("mapping", "the input");
	for (i = optind; i < argc; i++)
		read_path(f, argv[i]);
	if (optind == argc) {
		snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s",
		    top == NULL ? "." : top, f->name);
		read_path(f, folder);
	}
	if (f->count == 0)
		bail("no files in the corpus of", f->name);
	puts("1..2");
	run_all(f, 1, "files", f->count, take_file);
	run_all(f, 2, "mutations", f->runs, mutate);
	while (f->count > 0)
		free(f->files[--f->count].data);
	i = f->has_failed;
	free(f);
	return i;
}
