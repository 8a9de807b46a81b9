/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench ROUNDS STATE BUNDLE NAME=PROGRAM...: the life of a container under several runtimes, interleaved.
 *
 * In each round every runtime does `run`, then `create`, `start` and `delete`, then `exec /bin/true` in a container that
 * runs all the time (made from the bundle BUNDLE-up, whose program must not end), and the order of the runtimes rotates:
 * a command inherits the tear-down of the namespaces of the one before it. A command is timed from its spawn to its end;
 * memory is the kernel's figure for the finished process (ru_maxrss). One round goes uncounted before the others.
 *
 * Output: a line for each operation and runtime, tab-separated: operation, name, median and 95th percentile in
 * microseconds, peak memory in KiB, and the ratio of the first runtime's median to this one's.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNTIMES_MAX 8

enum operation { RUN, CREATE, START, DELETE, CYCLE, EXEC, OPERATIONS };
static const char *const names[] = {"run", "create", "start", "delete", "create+start+delete", "exec"};

struct runtime {
    const char *name;
    const char *program;
    double *us[OPERATIONS];
    long peak_kib[OPERATIONS];
    char state[4096];
};

extern char **environ;
static posix_spawn_file_actions_t quiet;

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Times one command; a command that fails ends the benchmark. */
static double spawn_and_wait(struct runtime *r, enum operation op, char *const argv[])
{
    struct rusage usage;
    double start = now_us(), us;
    int status;
    pid_t pid;

    if (posix_spawn(&pid, r->program, &quiet, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &usage) != pid) {
        fprintf(stderr, "bench: cannot run %s\n", r->program);
        exit(1);
    }
    us = now_us() - start;
    if (status != 0) {
        fprintf(stderr, "bench: %s %s failed (status %#x)\n", r->name, names[op], (unsigned)status);
        exit(1);
    }
    if (usage.ru_maxrss > r->peak_kib[op])
        r->peak_kib[op] = usage.ru_maxrss;
    return us;
}

/* The container of `exec`: there from before the first round until after the last. */
static void standing(struct runtime *r, const char *bundle, bool up)
{
    char id[64], dir[4096];

    snprintf(id, sizeof(id), "bench-up-%d-%s", (int)getpid(), r->name);
    snprintf(dir, sizeof(dir), "%s-up", bundle);
    char *run[] = {(char *)r->program, "--root", r->state, "run", "--detach", "--bundle", dir, id, NULL};
    char *delete[] = {(char *)r->program, "--root", r->state, "delete", "--force", id, NULL};

    spawn_and_wait(r, up ? RUN : DELETE, up ? run : delete);
}

static void round_of(struct runtime *r, const char *bundle, int round)
{
    char id[64], up[64];
    double us[OPERATIONS];

    snprintf(id, sizeof(id), "bench-%d-%s", (int)getpid(), r->name);
    snprintf(up, sizeof(up), "bench-up-%d-%s", (int)getpid(), r->name);
    char *exec[] = {(char *)r->program, "--root", r->state, "exec", up, "/bin/true", NULL};
    char *run[] = {(char *)r->program, "--root", r->state, "run", "--bundle", (char *)bundle, id, NULL};
    char *create[] = {(char *)r->program, "--root", r->state, "create", "--bundle", (char *)bundle, id, NULL};
    char *start[] = {(char *)r->program, "--root", r->state, "start", id, NULL};
    char *delete[] = {(char *)r->program, "--root", r->state, "delete", "--force", id, NULL};

    us[RUN] = spawn_and_wait(r, RUN, run);
    us[CREATE] = spawn_and_wait(r, CREATE, create);
    us[START] = spawn_and_wait(r, START, start);
    us[DELETE] = spawn_and_wait(r, DELETE, delete);
    us[EXEC] = spawn_and_wait(r, EXEC, exec);
    us[CYCLE] = us[CREATE] + us[START] + us[DELETE];
    for (int op = 0; round >= 0 && op < OPERATIONS; op++)
        r->us[op][round] = us[op];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(struct runtime *runtimes, int n, int rounds)
{
    for (int op = 0; op < OPERATIONS; op++)
        for (int i = 0; i < n; i++) {
            double *us = runtimes[i].us[op];

            qsort(us, (size_t)rounds, sizeof(*us), ascending);
            printf("%s\t%s\t%.0f\t%.0f\t%ld\t%.2f\n", names[op], runtimes[i].name, us[rounds / 2],
                   us[rounds * 95 / 100], op == CYCLE ? runtimes[i].peak_kib[CREATE] : runtimes[i].peak_kib[op],
                   runtimes[0].us[op][rounds / 2] / us[rounds / 2]);
        }
}

int main(int argc, char **argv)
{
    struct runtime runtimes[RUNTIMES_MAX] = {0};
    int rounds = argc > 4 ? (int)strtol(argv[1], NULL, 10) : 0, n = argc - 4;

    if (rounds < 1 || n > RUNTIMES_MAX) {
        fprintf(stderr, "usage: bench ROUNDS STATE BUNDLE NAME=PROGRAM...\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        char *equals = strchr(argv[4 + i], '=');

        if (!equals)
            return 2;
        *equals = '\0';
        runtimes[i].name = argv[4 + i];
        runtimes[i].program = equals + 1;
        snprintf(runtimes[i].state, sizeof(runtimes[i].state), "%s/%s", argv[2], runtimes[i].name);
        for (int op = 0; op < OPERATIONS; op++)
            runtimes[i].us[op] = calloc((size_t)rounds, sizeof(double));
    }
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < n; i++)
        standing(&runtimes[i], argv[3], true);
    for (int round = -1; round < rounds; round++)
        for (int i = 0; i < n; i++)
            round_of(&runtimes[(i + round + n) % n], argv[3], round);
    for (int i = 0; i < n; i++)
        standing(&runtimes[i], argv[3], false);
    report(runtimes, n, rounds);
    return 0;
}
