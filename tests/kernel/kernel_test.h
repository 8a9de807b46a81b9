/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of kernel/: a process of their own with namespaces of its own, and faults in system calls.
 * kernel/sys is compiled in here with its fault points and takes the place of the library's.
 *
 * In a child the macros of cmocka must not be used (they jump back into the runner): CHECK* end the process
 * with a message, and the parent fails. Every child starts without faults.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#ifndef LORICA_FAULTS
#define LORICA_FAULTS
#endif
#include "kernel/sys.c"

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SKIP_STATUS 77

/* ---- in a child ---- */

#define CHECK(expr)                                                                                          \
    do {                                                                                                     \
        if (!(expr)) {                                                                                       \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #expr, errno);                     \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

#define CHECK_INT(got, want)                                                                                 \
    do {                                                                                                     \
        long long got_ = (long long)(got), want_ = (long long)(want);                                        \
        if (got_ != want_) {                                                                                 \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, want_);         \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

/* A call of ours that must succeed; its message is shown. */
#define CHECK_OK(call)                                                                                       \
    do {                                                                                                     \
        int ok_ = (call);                                                                                    \
        if (ok_ < 0) {                                                                                       \
            fprintf(stderr, "%s:%d: %s: %d %s\n", __FILE__, __LINE__, #call, ok_, test_err.message);         \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

#define CHECK_STR(got, want)                                                                                 \
    do {                                                                                                     \
        const char *got_ = (got);                                                                            \
        if (strcmp(got_, (want)) != 0) {                                                                     \
            fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_, (want));    \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

#define CHECK_HAS(text, part)                                                                                \
    do {                                                                                                     \
        const char *text_ = (text);                                                                          \
        if (!strstr(text_, (part))) {                                                                        \
            fprintf(stderr, "%s:%d: \"%s\" does not contain \"%s\"\n", __FILE__, __LINE__, text_, (part));   \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

/* Where functions under test put their errors. */
static struct err test_err;

static inline NORETURN void child_skip(const char *why)
{
    fprintf(stderr, "skipped: %s\n", why);
    _exit(SKIP_STATUS);
}

/* ---- running a child ---- */

/* Runs fn(arg) in a child; with CLONE_NEWPID in `unshare_flags` as pid 1. Mounts of a new mount namespace are
 * private. */
static inline int child_status(void (*fn)(void *), void *arg, int unshare_flags)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(120); /* no test hangs */
        sys_fault_clear();
        err_init(&test_err);
        if (unshare_flags && unshare(unshare_flags) < 0) {
            if (errno == EPERM)
                child_skip("no permission to make namespaces");
            _exit(2);
        }
        if (unshare_flags & CLONE_NEWPID) {
            pid = fork();
            if (pid > 0) {
                while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                    ;
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
            }
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            alarm(120);
        }
        if ((unshare_flags & CLONE_NEWNS) && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
            _exit(4);
        fn(arg);
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static inline void in_child(void (*fn)(void *), void *arg, int unshare_flags)
{
    int status = child_status(fn, arg, unshare_flags);

    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP_STATUS)
        skip();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("child ended with status 0x%x", (unsigned)status);
}

/* All or nothing: these tests make namespaces and device nodes. */
static inline bool test_is_root(void)
{
    if (geteuid() == 0)
        return true;
    fprintf(stderr, "skipped: not root\n");
    return false;
}

/* ---- files ---- */

/* A fresh tmpfs (in a private mount namespace) at a fixed place; its O_PATH descriptor. */
static inline int scratch_root(const char *path)
{
    int fd;

    CHECK(mount("scratch", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir(path, 0755) == 0 || errno == EEXIST);
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static inline void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static inline const char *read_file_text(const char *path)
{
    static char text[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n;

    CHECK(fd >= 0);
    while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    text[len] = '\0';
    return text;
}

static inline int count_fds(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}
