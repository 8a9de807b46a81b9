/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile process does inside a container, too fast for a shell:
 *
 *     attacker trace SECRET      stops every new process of its pid namespace as early as it can (ptrace(2)),
 * looks at it, and lets it go. Ends at SIGTERM, and says then what it met:
 *
 *         caught N        processes that it could stop
 *         early N         ... of these, before the program of the container ran
 *         refused N       processes that it was not let near at first
 *         capabilities M  union of all their capabilities that it has not itself, hexadecimal
 *         unfiltered N    without a seccomp filter, while it has one
 *         privileged N    without no_new_privs, while it has that
 *         descriptor T    what a descriptor above 2 refers to, except for sockets and what the process was
 * given ("preserved") memory N        processes in whose memory "KEEP-" SECRET was found
 *
 *     attacker swap A B          exchanges two paths until killed (renameat2(2))
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESYNC_SPINS 2000u

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
    (void)sig;
    stop = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "attacker: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- trace ---- */

struct rights {
    uint64_t caps; /* of all five sets */
    int seccomp, no_new_privs;
};

static struct found {
    unsigned caught, early, refused, unfiltered, privileged, memory;
    uint64_t caps;
    char fds[8][128];
    unsigned n_fds;
} found;

static int read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    size_t len = 0;

    if (fd < 0)
        return -1;
    while (len + 1 < size && (n = read(fd, text + len, size - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    text[len] = '\0';
    return 0;
}

static int read_rights(pid_t pid, struct rights *r)
{
    char path[64], text[8192];

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (read_text(path, text, sizeof(text)) < 0)
        return -1;
    *r = (struct rights){0};
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, "Cap", 3) == 0)
            r->caps |= strtoull(line + 7, NULL, 16);
        else if (strncmp(line, "Seccomp:", 8) == 0)
            r->seccomp = atoi(line + 8);
        else if (strncmp(line, "NoNewPrivs:", 11) == 0)
            r->no_new_privs = atoi(line + 11);
    }
    return 0;
}

static bool is_early(pid_t pid)
{
    char path[64], exe[256];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    n = readlink(path, exe, sizeof(exe) - 1);
    if (n < 0)
        return false;
    exe[n] = '\0';
    return strncmp(exe, "/bin/", 5) != 0;
}

static void note_fd(const char *target)
{
    for (unsigned i = 0; i < found.n_fds; i++)
        if (strcmp(found.fds[i], target) == 0)
            return;
    if (found.n_fds < sizeof(found.fds) / sizeof(found.fds[0]))
        snprintf(found.fds[found.n_fds++], sizeof(found.fds[0]), "%s", target);
}

static void look_at_fds(pid_t pid)
{
    char path[64], target[4096];
    struct dirent *e;
    DIR *d;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        ssize_t n;

        if (e->d_name[0] == '.' || atoi(e->d_name) < 3)
            continue;
        n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
        if (n < 0)
            continue;
        target[n] = '\0';
        if (strncmp(target, "socket:", 7) != 0 && !strstr(target, "preserved"))
            note_fd(target);
    }
    if (d)
        closedir(d);
}

static bool area_holds(int mem, uint64_t from, uint64_t to, const char *secret)
{
    static char chunk[1 << 16];
    const size_t len = strlen(secret);

    for (uint64_t at = from; at < to; at += sizeof(chunk) - len) {
        ssize_t n = pread(mem, chunk, to - at < sizeof(chunk) ? to - at : sizeof(chunk), (off_t)at);

        if (n <= 0)
            return false;
        if (memmem(chunk, (size_t)n, secret, len))
            return true;
    }
    return false;
}

static bool memory_holds(pid_t pid, const char *secret)
{
    static char maps[1 << 16];
    char path[64];
    bool holds = false;
    int mem;

    snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    if (read_text(path, maps, sizeof(maps)) < 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    mem = open(path, O_RDWR | O_CLOEXEC);
    for (char *line = maps; mem >= 0 && line && *line && !holds;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned long long from, to;

        if (sscanf(line, "%llx-%llx r", &from, &to) == 2)
            holds = area_holds(mem, from, to, secret);
    }
    if (mem >= 0)
        close(mem);
    return holds;
}

/* It stands still. */
static void look(pid_t pid, const struct rights *own, const char *secret)
{
    struct rights r;
    bool early = is_early(pid);

    found.caught++;
    if (!early || read_rights(pid, &r) < 0)
        return;
    found.early++;
    found.caps |= r.caps & ~own->caps;
    found.unfiltered += own->seccomp && !r.seccomp;
    found.privileged += own->no_new_privs && !r.no_new_privs;
    found.memory += memory_holds(pid, secret);
    look_at_fds(pid);
}

/* The number that the next process of this pid namespace comes after. */
static pid_t last_pid(void)
{
    char text[128];
    const char *p;

    if (read_text("/proc/loadavg", text, sizeof(text)) < 0 || !(p = strrchr(text, ' ')))
        die("/proc/loadavg");
    return (pid_t)atoi(p + 1);
}

/* 1: caught, 0: not there (yet), or refused */
static int seize(pid_t pid, pid_t *refused, const struct rights *own, const char *secret)
{
    int status;

    if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
        if (errno == EPERM && *refused != pid) {
            *refused = pid;
            found.refused++;
        }
        return 0;
    }
    if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid &&
        WIFSTOPPED(status)) {
        look(pid, own, secret);
        ptrace(PTRACE_DETACH, pid, 0, 0);
    }
    return 1;
}

static int trace(const char *secret)
{
    struct rights own;
    char marker[256];
    pid_t last, refused = 0;

    signal(SIGTERM, on_term);
    snprintf(marker, sizeof(marker), "%s%s", "KEEP-", secret);
    if (read_rights(getpid(), &own) < 0)
        die("/proc/self/status");
    puts("ready");
    fflush(stdout);
    last = last_pid();
    for (unsigned spins = 0; !stop; spins++) {
        if (seize(last + 1, &refused, &own, marker))
            last++;
        else if (spins % RESYNC_SPINS == 0 && last_pid() > last && kill(last + 1, 0) < 0)
            last++;
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
        }
    }
    printf("caught %u\nearly %u\nrefused %u\ncapabilities %llx\nunfiltered %u\nprivileged %u\nmemory %u\n",
           found.caught, found.early, found.refused, (unsigned long long)found.caps, found.unfiltered,
           found.privileged, found.memory);
    for (unsigned i = 0; i < found.n_fds; i++)
        printf("descriptor %s\n", found.fds[i]);
    return 0;
}

/* ---- swap ---- */

#define EXCHANGE 2u /* RENAME_EXCHANGE, which not every libc has */

static int swap(const char *a, const char *b)
{
    for (;;)
        if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE) < 0 && errno != ENOENT &&
            errno != EBUSY)
            die(a);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "trace") == 0)
        return trace(argv[2]);
    if (argc == 4 && strcmp(argv[1], "swap") == 0)
        return swap(argv[2], argv[3]);
    fprintf(stderr, "usage: attacker trace SECRET | swap A B\n");
    return 2;
}
