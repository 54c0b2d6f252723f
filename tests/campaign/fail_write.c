/* LD_PRELOAD: a disk that fails at the n-th call that changes a file: write, pwrite, writev, fsync, fdatasync, ftruncate, rename, mkdir
 * of what is not there, mkostemp, and open where it may create ("tmpfile": without a name); what stdio passes on as well.
 *   C3D_FAIL_AT     number of the call, from 1; 0: none
 *   C3D_FAIL_ERRNO  its error, as a number
 *   C3D_FAIL_ALL    1: all calls after it that want room fail, too: the disk stays full
 *   C3D_FAIL_LOG    file that hears how many calls there were, and which failed: "CALL PATH"
 * Standard output and error, pipes, and what is no regular file or folder do not count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static atomic_int said;
static long fail_at;
static int fail_errno, fail_all, log_file = -1;

static void say(const char* call, const char* path) {
  char line[PATH_MAX + 64];
  const int size = snprintf(line, sizeof line, "%s %s\n", call, path);
  if (log_file >= 0 && size > 0) syscall(SYS_write, log_file, line, (size_t)size);
}

__attribute__((constructor)) static void begin(void) {
  const char* text = getenv("C3D_FAIL_AT");
  fail_at = text ? atol(text) : 0;
  text = getenv("C3D_FAIL_ERRNO");
  fail_errno = text ? atoi(text) : ENOSPC;
  text = getenv("C3D_FAIL_ALL");
  fail_all = text ? atoi(text) : 0;
  text = getenv("C3D_FAIL_LOG");
  if (text) log_file = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((destructor)) static void end(void) {
  char number[32];
  snprintf(number, sizeof number, "%ld", atomic_load(&calls));
  say("calls", number);
}

/* A full disk still renames, removes and truncates. */
static int fails(const char* call, const char* path, int wants_room) {
  if (strncmp(path, "/dev/", 5) == 0 || (strncmp(path, "/proc/", 6) == 0 && strncmp(path, "/proc/self/fd/", 14) != 0)) return 0;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (fail_at <= 0 || number < fail_at || (number > fail_at && !(fail_all && wants_room))) return 0;
  if (atomic_fetch_add(&said, 1) < 50) say(call, path);
  errno = fail_errno;
  return 1;
}

static int fails_at(const char* call, int file, int wants_room) {
  struct stat facts;
  char link[64], path[PATH_MAX];
  if (file < 0 || file == 1 || file == 2 || fstat(file, &facts) != 0) return 0;
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = 0;
  return fails(call, path, wants_room);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void* bytes, size_t size) {
  return fails_at("write", file, 1) ? -1 : REAL(write)(file, bytes, size);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return fails_at("pwrite", file, 1) ? -1 : REAL(pwrite)(file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  return fails_at("pwrite", file, 1) ? -1 : REAL(pwrite64)(file, bytes, size, at);
}
ssize_t writev(int file, const struct iovec* parts, int count) {
  return fails_at("writev", file, 1) ? -1 : REAL(writev)(file, parts, count);
}
int fsync(int file) { return fails_at("fsync", file, 1) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails_at("fdatasync", file, 1) ? -1 : REAL(fdatasync)(file); }
int ftruncate(int file, off_t size) { return fails_at("ftruncate", file, 0) ? -1 : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return fails_at("ftruncate", file, 0) ? -1 : REAL(ftruncate64)(file, size); }
int rename(const char* from, const char* to) { return fails("rename", to, 0) ? -1 : REAL(rename)(from, to); }
/* A folder that is there is no change: a full disk says so, too. */
int mkdir(const char* path, mode_t mode) {
  return access(path, F_OK) != 0 && fails("mkdir", path, 1) ? -1 : REAL(mkdir)(path, mode);
}
int mkostemp(char* path, int flags) { return fails("open", path, 1) ? -1 : REAL(mkostemp)(path, flags); }

#define OPEN(name)                                                                             \
  int name(const char* path, int flags, ...) {                                                 \
    va_list rest;                                                                              \
    va_start(rest, flags);                                                                     \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;            \
    va_end(rest);                                                                              \
    const int nameless = (flags & O_TMPFILE) == O_TMPFILE;                                     \
    const int makes = (flags & O_CREAT) != 0 || nameless;                                      \
    return makes && fails(nameless ? "tmpfile" : "open", path, 1) ? -1 : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

/* stdio does not come back through write(): its own calls count, by the file they are for. */
FILE* fopen(const char* path, const char* mode) {
  return strpbrk(mode, "wa+") && fails("fopen", path, 1) ? NULL : REAL(fopen)(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return strpbrk(mode, "wa+") && fails("fopen", path, 1) ? NULL : REAL(fopen64)(path, mode);
}
size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  return fails_at("fwrite", fileno(file), 1) ? 0 : REAL(fwrite)(bytes, size, count, file);
}
