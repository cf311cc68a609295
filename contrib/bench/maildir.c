/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maildir - how fast can this machine file messages durably? A floor.
 *
 *	maildir FOLDER THREADS FOLDERS SECONDS [BYTES [PAUSE]]
 *
 * Each thread files into the folders in turn, as a delivery has to: a new file
 * in tmp/, written, synced, renamed into new/, new/ synced. Nothing else is
 * done; with PAUSE, microseconds between two of a thread, which are not
 * counted: a disk and a processor that rested answer later. Prints one line of key=value; what it filed is left below FOLDER.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define THREADS 64
#define FOLDERS 64
#define FILES   1000000         /* of one thread at most                    */

struct filing {
	int    folders[FOLDERS];    /* of each Maildir                      */
	int    news[FOLDERS];       /* its new/, to be synced               */
	long   folder_count;
	size_t bytes;
	useconds_t pause;
	char  *text;
	double end;
};

struct worker {
	const struct filing *filing;
	long    id, count;
	double *took;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
file_one(const struct filing *f, long id, long n)
{
	long k = (id + n) % f->folder_count;
	int dir = f->folders[k], fd;
	char tmp[64], new[64];

	snprintf(tmp, sizeof tmp, "tmp/%ld.%ld", id, n);
	snprintf(new, sizeof new, "new/%ld.%ld", id, n);
	fd = openat(dir, tmp, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (fd < 0 || write(fd, f->text, f->bytes) != (ssize_t)f->bytes)
		fail("maildir: write");
	if (fsync(fd) != 0)
		fail("maildir: fsync");
	close(fd);
	if (renameat(dir, tmp, dir, new) != 0)
		fail("maildir: rename");
	if (fsync(f->news[k]) != 0)
		fail("maildir: fsync of the folder");
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	double at = now(), next;

	while (at < w->filing->end && w->count < FILES) {
		file_one(w->filing, w->id, w->count);
		next = now();
		w->took[w->count++] = next - at;
		if (w->filing->pause > 0) {
			usleep(w->filing->pause);
			next = now();
		}
		at = next;
	}
	return NULL;
}

static int
folder_make(int at, const char *name)
{
	int fd;

	mkdirat(at, name, 0700);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		fail(name);
	return fd;
}

static void
folders_make(struct filing *f, const char *root)
{
	int top = folder_make(AT_FDCWD, root);
	char name[16];
	long i;

	for (i = 0; i < f->folder_count; i++) {
		snprintf(name, sizeof name, "u%ld", i);
		f->folders[i] = folder_make(top, name);
		close(folder_make(f->folders[i], "tmp"));
		f->news[i] = folder_make(f->folders[i], "new");
	}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* All spans sorted into those of the first worker. */
static long
gather(struct worker *w, long threads)
{
	long i, n = 0;
	double *all;

	for (i = 0; i < threads; i++)
		n += w[i].count;
	all = calloc((size_t)n + 1, sizeof *all);
	for (n = 0, i = 0; i < threads; n += w[i].count, i++)
		memcpy(all + n, w[i].took,
		    (size_t)w[i].count * sizeof *all);
	qsort(all, (size_t)n, sizeof *all, compare);
	w[0].took = all;
	return n;
}

static void
report(struct worker *w, long threads, double start)
{
	double seconds = now() - start;
	long n = gather(w, threads);
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	printf("threads=%ld folders=%ld bytes=%zu filed=%ld rate=%.0f "
	    "p50_ms=%.3f p99_ms=%.3f cpu_us=%.0f\n", threads,
	    w->filing->folder_count, w->filing->bytes, n,
	    (double)n / seconds, 1e3 * w[0].took[n / 2],
	    1e3 * w[0].took[n * 99 / 100],
	    ((double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec)) / (double)n);
}

int
main(int argc, char **argv)
{
	struct filing f = { .bytes = 4096 };
	struct worker w[THREADS] = { { NULL, 0, 0, NULL } };
	pthread_t ids[THREADS];
	long threads, i;
	double start;

	threads = argc < 5 ? 0 : strtol(argv[2], NULL, 10);
	f.folder_count = argc < 5 ? 0 : strtol(argv[3], NULL, 10);
	if (argc > 5)
		f.bytes = strtoul(argv[5], NULL, 10);
	if (argc > 6)
		f.pause = (useconds_t)strtoul(argv[6], NULL, 10);
	if (threads < 1 || threads > THREADS || f.folder_count < 1 ||
	    f.folder_count > FOLDERS) {
		fprintf(stderr, "usage: maildir FOLDER THREADS FOLDERS SECONDS"
		    " [BYTES [PAUSE]]\n");
		return 2;
	}
	f.text = malloc(f.bytes);
	memset(f.text, 'x', f.bytes);
	folders_make(&f, argv[1]);
	start = now();
	f.end = start + strtod(argv[4], NULL);
	for (i = 0; i < threads; i++) {
		w[i] = (struct worker){ &f, i, 0, malloc(FILES * sizeof (double)) };
		pthread_create(&ids[i], NULL, work, &w[i]);
	}
	for (i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	report(w, threads, start);
	return 0;
}
