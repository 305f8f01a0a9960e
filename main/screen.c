/* screen: see screen.h. */
#include "main/screen.h"
#include "base/memory.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct screen {
	struct board *board;
	int           words;  /* our end of the pipe */
	int           lines;  /* of the block that stands there now */
	double        since;
	uint64_t      bytes;  /* at the last drawing, for the rate */
	double        at, rate;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct screen *
screen_new(struct board *b)
{
	int            ends[2];
	struct screen *s;

	if (!isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO) || !(s = memory_new(1, sizeof *s)))
		return NULL;
	if (pipe(ends)) {
		memory_free(s);
		return NULL;
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	s->board = b;
	s->words = ends[0];
	s->since = s->at = now();
	b->text_fd = ends[1];
	return s;
}

static void
erase(struct screen *s)
{
	if (s->lines)
		fprintf(stderr, "\r\033[%dA\033[J", s->lines);
	s->lines = 0;
}

/* One line of the block, cut to the terminal's width. */
static void
line(struct screen *s, const char *text)
{
	struct winsize w = { .ws_col = 80 };

	ioctl(STDERR_FILENO, TIOCGWINSZ, &w);
	fprintf(stderr, "%.*s\n", w.ws_col > 1 ? w.ws_col - 1 : 79, text);
	s->lines++;
}

static void
draw_total(struct screen *s)
{
	const struct board *b = s->board;
	uint64_t            position = 0, size = 0, frames = 0, bytes = 0;
	char                bar[32] = "", text[256];

	for (uint32_t i = 0; i < b->sensors; i++) {
		position += atomic_load(&b->progress[i].position);
		size += atomic_load(&b->progress[i].size);
		frames += b->progress[i].counts.frames;
		bytes += b->progress[i].counts.bytes;
	}
	if (size) {
		int done = (int)(position * 24 / size);
		snprintf(bar, sizeof bar, "[%-24.*s] ", done > 24 ? 24 : done, "========================");
	}
	double t = now();
	if (t - s->at > 0.5) {
		s->rate = (double)(bytes - s->bytes) / (t - s->at);
		s->bytes = bytes;
		s->at = t;
	}
	snprintf(text, sizeof text, "%s%llu packets, %.1f MB, %.1f Mbit/s, %.0f s", bar, (unsigned long long)frames, (double)bytes / 1e6, s->rate * 8 / 1e6, t - s->since);
	line(s, text);
}

static void
draw(struct screen *s)
{
	const struct board *b = s->board;
	char                text[256];

	draw_total(s);
	for (uint32_t i = 0; i < b->sensors && b->sensors > 1 && i < 8; i++) {
		const struct sensor_counts *c = &b->progress[i].counts;
		snprintf(text, sizeof text, "  %-16s %llu packets, %llu flows, %llu copies, %llu relayed, %llu dropped", b->sensor[i].name, (unsigned long long)c->frames,
		         (unsigned long long)c->flows, (unsigned long long)c->copies, (unsigned long long)c->relayed, (unsigned long long)atomic_load(&b->progress[i].drops));
		line(s, text);
	}
	snprintf(text, sizeof text, "findings: %llu critical, %llu major, %llu minor, %llu information%s", (unsigned long long)atomic_load(&b->severity[1]),
	         (unsigned long long)atomic_load(&b->severity[2]), (unsigned long long)atomic_load(&b->severity[3]), (unsigned long long)atomic_load(&b->severity[4]),
	         b->sensors == 1 && atomic_load(&b->progress[0].drops) ? "   PACKETS ARE BEING DROPPED" : "");
	line(s, text);
}

/* What the judge wrote goes to standard output, above the block. */
static void
pass_words(struct screen *s)
{
	char words[4096];

	while (poll(&(struct pollfd){ s->words, POLLIN, 0 }, 1, 0) > 0) {
		ssize_t n = read(s->words, words, sizeof words);
		if (n <= 0)
			return;
		fwrite(words, 1, (size_t)n, stdout);
	}
	fflush(stdout);
}

void
screen_draw(struct screen *s)
{
	poll(&(struct pollfd){ s->words, POLLIN, 0 }, 1, 100);
	erase(s);
	pass_words(s);
	draw(s);
}

void
screen_end(struct screen *s)
{
	if (!s)
		return;
	erase(s);
	pass_words(s);
	close(s->words);
	close(s->board->text_fd);
	memory_free(s);
}
