/* A wall clock that is off by what the file named by SAWLOG_CLOCK says: eight bytes, a signed number of
 * seconds, read anew for every question. Loaded into a program in front of the C library. The monotonic clocks
 * stay right. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t right = 0;
static const volatile int64_t *off_by = &right;
static int (*ask)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_clock(void) {
    ask = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("SAWLOG_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof right, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) off_by = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!ask) ask = dlsym(RTLD_NEXT, "clock_gettime"); /* asked by another library's constructor */
    int failed = ask(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *off_by;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    if (!failed) {
        now->tv_sec = exact.tv_sec;
        now->tv_usec = exact.tv_nsec / 1000;
    }
    return failed;
}

time_t time(time_t *now) {
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return (time_t)-1;
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
