/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/sigwait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ALL_SIGNALS UINT64_MAX /* the kernel leaves KILL and STOP out itself */

static int set_mask(uint64_t mask, uint64_t *old, struct err *reterr)
{
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask)) < 0)
        return err_system(reterr, errno, "rt_sigprocmask", "%s", "");
    return 0;
}

int sigwait_hold(uint64_t *old, struct err *reterr)
{
    return set_mask(ALL_SIGNALS, old, reterr);
}

int sigwait_restore(uint64_t old, struct err *reterr)
{
    return set_mask(old, NULL, reterr);
}

static int take(struct sigwait_signal *ret, const struct timespec *timeout, struct err *reterr)
{
    const uint64_t all = ALL_SIGNALS;
    siginfo_t info;
    long sig;

    do
        sig = syscall(SYS_rt_sigtimedwait, &all, &info, timeout, sizeof(all));
    while (sig < 0 && errno == EINTR);
    if (sig < 0 && errno == EAGAIN)
        return 0;
    if (sig < 0)
        return err_system(reterr, errno, "rt_sigtimedwait", "%s", "");
    *ret = (struct sigwait_signal){.number = (int)sig};
    if (info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_TKILL)
        ret->sender = info.si_pid;
    return 1;
}

int sigwait_next(struct sigwait_signal *ret, struct err *reterr)
{
    int r = take(ret, NULL, reterr);

    return r < 0 ? r : 0;
}

int sigwait_try(struct sigwait_signal *ret, struct err *reterr)
{
    static const struct timespec at_once = {0};

    return take(ret, &at_once, reterr);
}

int sigwait_hold_ends(uint64_t *old, int *ret_fd, struct err *reterr)
{
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    uint64_t set = 0;
    long fd;
    int r;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct sigaction now;

        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            set |= UINT64_C(1) << (ends[i] - 1);
    }
    fd = syscall(SYS_signalfd4, -1, &set, sizeof(set), O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_system(reterr, errno, "signalfd4", "%s", "");
    r = syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, old, sizeof(set)) < 0
            ? err_system(reterr, errno, "rt_sigprocmask", "%s", "")
            : 0;
    if (r < 0)
        close((int)fd);
    else
        *ret_fd = (int)fd;
    return r;
}

int sigwait_end_number(int fd)
{
    struct signalfd_siginfo info;
    ssize_t n;

    do
        n = read(fd, &info, sizeof(info));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

int sigwait_open(struct err *reterr)
{
    const uint64_t all = ALL_SIGNALS;
    long fd = syscall(SYS_signalfd4, -1, &all, sizeof(all), O_CLOEXEC | O_NONBLOCK);

    return fd < 0 ? err_system(reterr, errno, "signalfd4", "%s", "") : (int)fd;
}
