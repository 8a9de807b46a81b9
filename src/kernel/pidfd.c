/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/pidfd.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <poll.h>
#include <sys/wait.h>

#define ID_PIDFD     3 /* P_PIDFD of waitid(2), 5.4 */
#define POLL_STEP_MS 5 /* without pidfds */
#define KILL_WAIT_MS 10000

static bool stat_is_dead(const struct procfs_stat *st)
{
    return st->state == 'Z' || st->state == 'X' || st->state == 'x';
}

/* A first thread that has ended is shown as a zombie while others go on; a pidfd waits for all of them. */
static bool others_live(int fd)
{
    struct pollfd pf = {.fd = fd, .events = POLLIN};

    return fd >= 0 && poll(&pf, 1, 0) == 0;
}

int pidfd_acquire(struct pidfd *p, pid_t pid, uint64_t start_time, struct err *reterr)
{
    struct procfs_stat st;
    int fd, r;

    *p = PIDFD_INIT;
    if (pid <= 0)
        return err_state(reterr, ESRCH, "no process %d", (int)pid);
    fd = sys_pidfd_open(pid, 0);
    if (fd < 0 && fd != -ENOSYS && fd != -EPERM)
        /* EINVAL, from 6.9 on ENOENT: the number of a thread by now, so another process */
        return err_state(reterr, fd == -EINVAL || fd == -ENOENT ? ESRCH : -fd, "no process %d", (int)pid);
    /* Opened first, compared after: what is compared is what was opened, or it is dead by now. */
    r = procfs_stat(pid, &st);
    if (r == 0 && ((start_time && st.start_time != start_time) || (stat_is_dead(&st) && !others_live(fd))))
        r = -ESRCH;
    if (r < 0) {
        fd_close(&fd);
        return err_state(reterr, -r, "process %d is gone", (int)pid);
    }
    *p = (struct pidfd){
        .pid = pid, .start_time = st.start_time, .fd = fd < 0 ? -1 : fd, .had_executed = st.has_executed};
    return 0;
}

void pidfd_adopt(struct pidfd *p, pid_t pid, int fd)
{
    if (fd < 0)
        fd = sys_pidfd_open(pid, 0);
    *p = (struct pidfd){.pid = pid, .fd = fd < 0 ? -1 : fd};
}

void pidfd_done(struct pidfd *p)
{
    fd_close(&p->fd);
    p->pid = 0;
}

/* Without a pidfd: is the number still that of our process? Our own child keeps it until we reap it. */
static int compare(const struct pidfd *p, struct procfs_stat *st)
{
    int r = procfs_stat(p->pid, st);

    if (r == 0 && p->start_time && st->start_time != p->start_time)
        r = -ESRCH;
    return r;
}

int pidfd_signal(const struct pidfd *p, int sig, struct err *reterr)
{
    struct procfs_stat st;
    int r = p->fd >= 0 ? sys_pidfd_send_signal(p->fd, sig) : -ENOSYS;

    if (p->pid <= 0)
        return err_state(reterr, ESRCH, "no process");
    if (r == -ENOSYS || (r == -EPERM && p->fd >= 0)) {
        r = compare(p, &st);
        if (r == 0)
            r = sys_kill(p->pid, sig);
    }
    if (r == -ESRCH)
        return err_state(reterr, ESRCH, "process %d is gone", (int)p->pid);
    return r < 0 ? err_system(reterr, r, "kill", "process %d with signal %d", (int)p->pid, sig) : 0;
}

/* 1 readable: it has ended; 0: not until the deadline. */
static int poll_fd(const struct pidfd *p, int64_t deadline_ms)
{
    struct pollfd pf = {.fd = p->fd, .events = POLLIN};

    for (;;) {
        int n = poll(&pf, 1, io_poll_timeout(deadline_ms));

        if (n >= 0)
            return n;
        if (errno != EINTR)
            return -errno;
    }
}

int pidfd_alive(const struct pidfd *p)
{
    struct procfs_stat st;
    int r;

    if (p->pid <= 0)
        return 0;
    if (p->fd >= 0) {
        r = poll_fd(p, 0);
        return r < 0 ? r : r == 0;
    }
    r = compare(p, &st);
    if (r == -ESRCH)
        return 0;
    return r < 0 ? r : !stat_is_dead(&st);
}

int pidfd_wait_exit(const struct pidfd *p, int64_t deadline_ms, struct err *reterr)
{
    int r;

    for (;;) {
        if (p->fd >= 0) {
            r = poll_fd(p, deadline_ms);
            r = r == 0 ? -ETIMEDOUT : r;
            break;
        }
        r = pidfd_alive(p);
        if (r <= 0)
            break;
        r = -ETIMEDOUT;
        if (io_poll_timeout(deadline_ms) == 0)
            break;
        poll(NULL, 0, POLL_STEP_MS);
    }
    return r < 0 ? err_system(reterr, r, "wait", "for process %d", (int)p->pid) : 0;
}

/*
 * /proc shows an exit code of 0 to who may not see it. The link `exe` is behind the same check; that of a
 * zombie leads nowhere for those who may.
 */
static bool may_see(pid_t pid)
{
    AUTO_CLOSE int dir = procfs_open_pid(pid, NULL);
    char target[8];
    int r = dir < 0 ? dir : sys_readlinkat(dir, "exe", target, sizeof(target));

    return r >= 0 || r == -ENOENT;
}

int pidfd_zombie_status(pid_t pid, uint64_t start_time, int *ret)
{
    struct procfs_stat st;

    if (pid <= 0 || procfs_stat(pid, &st) < 0 || st.start_time != start_time || !stat_is_dead(&st) ||
        !may_see(pid))
        return 0;
    *ret = st.exit_code;
    return 1;
}

int pidfd_exit_status(const struct pidfd *p, int *ret)
{
    struct sys_pidfd_info info = {.mask = SYS_PIDFD_INFO_EXIT};
    int r = pidfd_zombie_status(p->pid, p->start_time, ret);

    if (r || p->fd < 0)
        return r;
    /* Not a zombie any more, so it was reaped, and the kernel has written it down before. */
    r = sys_pidfd_get_info(p->fd, &info);
    if (r < 0)
        return r == -ENOTTY || r == -EINVAL || r == -ENOSYS || r == -ESRCH ? 0 : r;
    if (!(info.mask & SYS_PIDFD_INFO_EXIT))
        return 0;
    *ret = info.exit_code;
    return 1;
}

static int status_of(const siginfo_t *si)
{
    switch (si->si_code) {
    case CLD_EXITED: return (si->si_status & 0xff) << 8;
    case CLD_DUMPED: return (si->si_status & 0x7f) | 0x80;
    default: return si->si_status & 0x7f;
    }
}

/* One try; 1 reaped, 0 still running. */
static int reap_once(const struct pidfd *p, int *status)
{
    siginfo_t si = {0};
    int r = p->fd >= 0 ? sys_waitid(ID_PIDFD, (id_t)p->fd, &si, WEXITED | WNOHANG) : -EINVAL;

    if (r == -EINVAL) /* before 5.4; the pid of a child that was not reaped is its own */
        r = sys_waitid(P_PID, (id_t)p->pid, &si, WEXITED | WNOHANG);
    if (r < 0)
        return r;
    if (si.si_pid == 0)
        return 0;
    *status = status_of(&si);
    return 1;
}

int pidfd_reap(const struct pidfd *p, int64_t deadline_ms, int *ret, struct err *reterr)
{
    int r = reap_once(p, ret);

    if (r == 0) {
        r = pidfd_wait_exit(p, deadline_ms, reterr);
        if (r < 0)
            return r;
        r = reap_once(p, ret);
    }
    if (r == 0)
        r = -ECHILD;
    return r < 0 ? err_system(reterr, r, "wait", "for child %d", (int)p->pid) : 0;
}

void pidfd_kill_and_reap(struct pidfd *p)
{
    int status;

    if (p->pid > 0) {
        pidfd_signal(p, SIGKILL, NULL);
        pidfd_reap(p, io_now_ms() + KILL_WAIT_MS, &status, NULL);
    }
    pidfd_done(p);
}
