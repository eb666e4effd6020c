/*
 * Process 1 of the container `main` in the pod of a step: runner [COMMAND...]
 *
 * It runs the command, copies every byte of its output to the log and to stdout, and writes down how it ended. It is static and small, so that
 * it runs in any image, as any user, on a read-only root; a ConfigMap brings it. docs/reference/pods.md is the contract with the keeper.
 *
 * Without a COMMAND its words, each ended by a zero byte, are read from the file `command`: what is longer than a pod's manifest may be, or is
 * not to be read in it, comes that way.
 *
 * Variables (none of them reaches the command):
 *   BAKEHOUSE_FOLDER      the folder that is shared with the keeper; /bakehouse
 *   BAKEHOUSE_KILL_AFTER  seconds between TERM and KILL; 10. Less than the grace of the pod: the kubelet's KILL ends the keeper, too
 *   BAKEHOUSE_TIMEOUT     seconds that the command may run; 0 is for ever
 *   BAKEHOUSE_LOG_LIMIT   bytes of the log that are kept from its beginning; 64 MiB
 *
 * Exit code: that of the command, 128 and the number of the signal that ended it, 127 or 126 where it cannot be run, 125 for a fault of ours.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum {
  FAULT = 125,
  NOT_EXECUTABLE = 126,
  NOT_FOUND = 127,
  SIGNALLED = 128,
  LOOK_EVERY = 100,      /* ms between looks at what has to be killed again */
  PATIENCE = 2000,       /* ms for what is left of the command to die: what belongs to another user cannot be killed, */
  MOST_PATIENCE = 10000, /* ms until such a one may even go on writing */
  LAST_WORD = 512,       /* bytes of it, and more than it has */
  STDOUT_PATIENCE = 1000 /* ms for a stdout that takes nothing, once the end has begun */
};

/* What the keeper needs to read of what the command wrote. */
static const char *const SHARED[] = {"outputs", "artifacts", "checkpoint", "executor_output.json", "error.json", "series", "running"};

static int folder; /* the shared folder: all paths below are relative to it */

static long long ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static double seconds_since_epoch(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what) {
  dprintf(2, "bakehouse: %s: %s\n", what, strerror(errno));
  _exit(FAULT);
}

/* A whole number of what there is: less than none, or what does not fit as thousandths, is no such number. */
static long long setting(const char *name, long long otherwise) {
  const char *text = getenv(name);
  if (!text || !*text)
    return otherwise;
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (*end || value < 0 || value > LLONG_MAX / 1000)
    errno = errno ? errno : EINVAL;
  if (errno)
    die(name);
  return value;
}

/* ------------------------------------------------------------------ the command */

static struct {
  pid_t process;
  bool ended, terminated, timed_out, alone; /* alone: no process is left but this one */
  int code, signal;
  double started, stopped;
  long long ended_at, kill_at, timeout_at;
} command;

/* The words of the command in the file `command`. */
static char **words_from_file(void) {
  int file = openat(folder, "command", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat found;
  if (file < 0 || fstat(file, &found) < 0)
    die("command");
  size_t size = (size_t)found.st_size, count = 0, done = 0;
  char *text = malloc(size + 1);
  if (!text)
    die("command");
  while (done < size) {
    ssize_t got = read(file, text + done, size - done);
    if (got <= 0 && !(got < 0 && errno == EINTR))
      die("command");
    done += got > 0 ? (size_t)got : 0;
  }
  close(file);
  if (size && text[size - 1]) {
    errno = EINVAL;
    die("command: its last word has no end");
  }
  for (size_t i = 0; i < size; i++)
    count += !text[i];
  char **words = calloc(count + 1, sizeof *words);
  if (!words)
    die("command");
  for (size_t i = 0, at = 0; i < count; at += strlen(text + at) + 1)
    words[i++] = text + at;
  return words;
}

/* In the child. Signals are as they were: TERM, which may have come meanwhile, ends it. */
static _Noreturn void become_command(char **words, int output, const sigset_t *mask) {
  setsid();
  signal(SIGPIPE, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  sigprocmask(SIG_SETMASK, mask, NULL);
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(output, 1);
  dup2(output, 2);
  if (nothing > 2)
    close(nothing);
  static const char *const own[] = {"BAKEHOUSE_FOLDER", "BAKEHOUSE_KILL_AFTER", "BAKEHOUSE_TIMEOUT", "BAKEHOUSE_LOG_LIMIT"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    unsetenv(own[i]);
  execvp(words[0], words);
  int why = errno;
  dprintf(2, "bakehouse: %s: %s\n", words[0], strerror(why));
  _exit(why == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

static void terminate(long long kill_after) {
  /* Until the child has a session of its own, there is no such group. */
  if (kill(-command.process, SIGTERM) < 0)
    kill(command.process, SIGTERM);
  if (!command.kill_at)
    command.kill_at = ms() + kill_after;
}

/* What the kernel does when a process 1 ends: children that hold the output, daemons, whatever else is there. */
static void kill_all(void) { kill(-1, SIGKILL); }

static void reap(void) {
  int status;
  pid_t process;
  while ((process = waitpid(-1, &status, WNOHANG)) > 0) {
    if (process != command.process || command.ended)
      continue;
    command.ended = true;
    command.ended_at = ms();
    command.stopped = seconds_since_epoch();
    command.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    command.code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + command.signal;
    kill_all();
  }
  command.alone = process < 0 && errno == ECHILD;
}

static void take_signals(int signals, long long kill_after) {
  struct signalfd_siginfo one;
  while (read(signals, &one, sizeof one) == (ssize_t)sizeof one)
    if (one.ssi_signo == SIGTERM && !command.ended) {
      command.terminated = true;
      terminate(kill_after);
    }
}

static void look_at_the_clock(long long kill_after) {
  long long now = ms();
  if (!command.ended && !command.kill_at && command.timeout_at && now >= command.timeout_at) {
    command.timed_out = true;
    terminate(kill_after);
  }
  if (command.ended ? !command.alone : command.kill_at && now >= command.kill_at)
    kill_all();
}

/* ------------------------------------------------------------------ its output */

static struct {
  char piece[PIECE];
  size_t size, done;
  long long blocked_since;
  bool gone; /* stdout takes nothing any more */
} copying;

/* Read one piece into the log; false when there is none now. */
static bool read_piece(int output) {
  ssize_t size;
  do
    size = read(output, copying.piece, sizeof copying.piece);
  while (size < 0 && errno == EINTR);
  if (size <= 0)
    return false;
  log_add(copying.piece, (size_t)size);
  copying.size = copying.gone ? 0 : (size_t)size;
  copying.done = 0;
  copying.blocked_since = ms();
  return true;
}

/* Pass on what was read. A reader of stdout that stands still holds up the command, as it would without us, but never its end. */
static void pass_on(void) {
  while (copying.done < copying.size) {
    ssize_t count = write(1, copying.piece + copying.done, copying.size - copying.done);
    if (count > 0) {
      copying.done += (size_t)count;
      copying.blocked_since = ms();
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else {
      bool ending = command.ended || command.kill_at;
      bool blocked = count < 0 && errno == EAGAIN;
      copying.gone = !blocked || (ending && ms() - copying.blocked_since > STDOUT_PATIENCE);
      if (blocked && !copying.gone)
        return;
      break;
    }
  }
  copying.size = copying.done = 0;
}

/* Until the command has ended, nothing is left of it, and its output is in the log and on stdout. */
static void run(int signals, int output, long long kill_after) {
  for (;;) {
    take_signals(signals, kill_after);
    reap();
    look_at_the_clock(kill_after);
    long long since = command.ended ? ms() - command.ended_at : 0;
    bool over = command.ended && (command.alone || since > PATIENCE);
    pass_on();
    bool full = copying.size > 0;
    if (!full && (command.alone || since <= MOST_PATIENCE) && read_piece(output))
      continue;
    if (over && !full)
      return;
    struct pollfd wanted[] = {{signals, POLLIN, 0}, {full ? 1 : output, full ? POLLOUT : POLLIN, 0}};
    bool watching = command.ended || command.kill_at || command.timeout_at;
    poll(wanted, 2, watching ? LOOK_EVERY : -1);
  }
}

/* ------------------------------------------------------------------ what is left */

/* Let the keeper, another user, read it: whatever umask the command had. Links are not followed, other kinds of files left alone. */
static void make_readable(int parent, const char *name) {
  struct stat found;
  if (fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) < 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode)))
    return;
  bool is_folder = S_ISDIR(found.st_mode);
  mode_t mode = found.st_mode & 07777, wanted = mode | 0444 | (is_folder || (mode & 0111) ? 0111 : 0);
  if (mode != wanted)
    fchmodat(parent, name, wanted, 0);
  int inner = is_folder ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  DIR *listing = inner < 0 ? NULL : fdopendir(inner);
  if (!listing) {
    if (inner >= 0)
      close(inner);
    return;
  }
  for (struct dirent *entry; (entry = readdir(listing));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
      make_readable(inner, entry->d_name);
  closedir(listing);
}

/* Room for the last word is taken while there is some: a command that fills the disk is to be told of, too. */
static int take_room(void) {
  char blanks[LAST_WORD];
  memset(blanks, ' ', sizeof blanks);
  int file = openat(folder, ".exit.code", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0 || write(file, blanks, sizeof blanks) != (ssize_t)sizeof blanks)
    die("exit.code");
  fchmod(file, 0644);
  return file;
}

/* By rename, as the last act: whoever sees it sees all of it. */
static void write_down(int file) {
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  char word[LAST_WORD];
  int size = snprintf(
      word, sizeof word,
      "{\"code\": %d, \"signal\": %d, \"terminated\": %s, \"timeout\": %s, \"started\": %.6f, \"ended\": %.6f, \"cpu_seconds\": %.6f, "
      "\"peak_memory\": %lld, \"log\": {\"bytes\": %lld, \"kept\": %lld}}\n",
      command.code, command.signal, command.terminated ? "true" : "false", command.timed_out ? "true" : "false", command.started,
      command.stopped, cpu, (long long)used.ru_maxrss * 1024, logged.written, logged.kept);
  if (size < 0 || size >= (int)sizeof word || pwrite(file, word, (size_t)size, 0) != size)
    die("exit.code");
  if (close(file) < 0 || renameat(folder, ".exit.code", folder, "exit.code") < 0)
    die("exit.code");
}

/* ------------------------------------------------------------------ the whole story */

static volatile sig_atomic_t waiting = 1;

/* Process 1 has no default for TERM. While there is no command, there is nothing to end but us. */
static void end_at_once(int number) {
  if (waiting)
    _exit(SIGNALLED + number);
}

/* A descriptor that is not open would be given to the next file, and the command would write into that. */
static void open_standard_descriptors(void) {
  for (int each = 0; each <= 2; each++)
    if (fcntl(each, F_GETFD) < 0 && open("/dev/null", O_RDWR) != each)
      _exit(FAULT);
}

/* Wait for the keeper. It sees that this end is closed when we are dead, however that came: the kernel closes it. */
static void hold_alive(void) {
  mkfifoat(folder, "alive", 0666);
  mkfifoat(folder, "out", 0666);
  if (openat(folder, "alive", O_WRONLY | O_CLOEXEC) < 0)
    die("alive");
}

int main(int count, char **words) {
  open_standard_descriptors();
  if (getpid() != 1) {
    dprintf(2, "bakehouse: the runner must be process 1 of its container: a pod with shareProcessNamespace cannot run a step\n");
    return FAULT;
  }
  const char *path = getenv("BAKEHOUSE_FOLDER");
  folder = open(path && *path ? path : "/bakehouse", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    die("the shared folder");
  long long kill_after = 1000 * setting("BAKEHOUSE_KILL_AFTER", 10), timeout = 1000 * setting("BAKEHOUSE_TIMEOUT", 0);
  logged.room = setting("BAKEHOUSE_LOG_LIMIT", 64LL << 20);

  struct sigaction at_once = {.sa_handler = end_at_once};
  sigaction(SIGTERM, &at_once, NULL);
  mode_t mask = umask(0);
  hold_alive();
  sigset_t taken, before;
  sigemptyset(&taken);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGCHLD);
  sigprocmask(SIG_BLOCK, &taken, &before);
  waiting = 0;
  signal(SIGPIPE, SIG_IGN); /* a closed stdout is no reason to end */

  char **told = count > 1 ? words + 1 : words_from_file();
  if (!told[0]) {
    errno = EINVAL;
    die("no command");
  }
  logged.file = openat(folder, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  umask(mask);
  /* Named, so that the keeper, too, holds it open: what is in it when we are killed is not lost. Opened for both, it never ends: it is the
     processes that do. The command gets a description of its own, which waits where ours does not. */
  int output = openat(folder, "out", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  int into = openat(folder, "out", O_WRONLY | O_CLOEXEC);
  int signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  if (output < 0 || into < 0 || signals < 0)
    die("out");
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);

  int last_word = take_room();

  command.started = seconds_since_epoch();
  command.timeout_at = timeout > 0 ? ms() + timeout : 0;
  command.process = fork();
  if (command.process < 0)
    die("fork");
  if (command.process == 0)
    become_command(told, into, &before);
  close(into);
  run(signals, output, kill_after);
  log_end();
  for (size_t i = 0; i < sizeof SHARED / sizeof *SHARED; i++)
    make_readable(folder, SHARED[i]);
  write_down(last_word);
  return command.code;
}
