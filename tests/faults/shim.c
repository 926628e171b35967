/* Faults that need no privileges: loaded into the binary under test by LD_PRELOAD.
   RAPPORT_FAULTS names a folder. When it holds `full`, writes to regular files fail as on a full disk. When it holds
   `clock`, the wall clock is off by the number of seconds in it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *named(const char *file) {
    static __thread char path[4096];
    const char *folder = getenv("RAPPORT_FAULTS");
    if (!folder) return NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static int is_full(int fd) {
    struct stat about;
    const char *path = named("full");
    return path && fd > 2 && access(path, F_OK) == 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (is_full(fd)) { errno = ENOSPC; return -1; }
    return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_full(fd)) { errno = ENOSPC; return -1; }
    return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    const char *path = clock == CLOCK_REALTIME ? named("clock") : NULL;
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file) {
        long offset = 0;
        if (fscanf(file, "%ld", &offset) == 1) now->tv_sec += offset;
        fclose(file);
    }
    return result;
}
