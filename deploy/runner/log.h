/*
 * The output of the command as it is kept: its beginning in a file that grows, and the end of it where it is longer than allowed.
 * The same as the supervisor of a local step does (src/bakehouse/task/logs.py). Included by runner.c alone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
  PIECE = 64 << 10, /* bytes that are added at a time, at most: what a pipe holds */
  TAIL = 64 << 10   /* bytes of the end that are kept of an output that is too long */
};

static char tail[2 * TAIL + PIECE]; /* what was read after the limit; what is too old of it is dropped now and then */

static struct {
  int file;
  long long room, written, kept, dropped;
  size_t held; /* bytes in the tail */
  char last;
  const char *trouble;
} logged = {.file = -1, .last = '\n'};

/* Write to the log's file; the number of bytes that it took. A step is not to fail because its output cannot be kept. */
static size_t log_put(const char *data, size_t size) {
  size_t done = 0;
  while (done < size && logged.file >= 0) {
    ssize_t count = write(logged.file, data + done, size - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      logged.trouble = strerror(errno);
      logged.room = 0;
      break;
    }
    done += (size_t)count;
  }
  if (done)
    logged.last = data[done - 1];
  return done;
}

static void log_drop(size_t count) {
  memmove(tail, tail + count, logged.held - count);
  logged.held -= count;
  logged.dropped += (long long)count;
}

static void log_add(const char *data, size_t size) {
  logged.written += (long long)size;
  if (logged.room > 0) {
    size_t head = (long long)size < logged.room ? size : (size_t)logged.room;
    size_t done = log_put(data, head);
    logged.kept += (long long)done;
    logged.room = done < head ? 0 : logged.room - (long long)done;
    data += done;
    size -= done;
  }
  if (logged.held + size > sizeof tail)
    log_drop(logged.held - TAIL);
  memcpy(tail + logged.held, data, size);
  logged.held += size;
}

/* Append the end that was held back, after a line that says how much is missing. */
static void log_end(void) {
  if (logged.held > TAIL)
    log_drop(logged.held - TAIL);
  if (logged.dropped) { /* the end begins with a whole line, if it has any */
    const char *line = memchr(tail, '\n', logged.held);
    if (line)
      log_drop((size_t)(line + 1 - tail));
  }
  if (logged.dropped || logged.trouble) {
    char mark[256];
    int size = snprintf(mark, sizeof mark, "%s[bakehouse: %lld bytes left out here%s%s]\n", logged.last == '\n' ? "" : "\n", logged.dropped,
                        logged.trouble ? ": " : "", logged.trouble ? logged.trouble : "");
    log_put(mark, (size_t)size);
  }
  logged.kept += (long long)log_put(tail, logged.held);
}
