/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/procattr.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <limits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- limits ---- */

static const struct {
    int resource;
    const char *name;
} rlimit_names[] = {
    {RLIMIT_AS, "RLIMIT_AS"},           {RLIMIT_CORE, "RLIMIT_CORE"},
    {RLIMIT_CPU, "RLIMIT_CPU"},         {RLIMIT_DATA, "RLIMIT_DATA"},
    {RLIMIT_FSIZE, "RLIMIT_FSIZE"},     {RLIMIT_LOCKS, "RLIMIT_LOCKS"},
    {RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"}, {RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"},
    {RLIMIT_NICE, "RLIMIT_NICE"},       {RLIMIT_NOFILE, "RLIMIT_NOFILE"},
    {RLIMIT_NPROC, "RLIMIT_NPROC"},     {RLIMIT_RSS, "RLIMIT_RSS"},
    {RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},   {RLIMIT_RTTIME, "RLIMIT_RTTIME"},
    {RLIMIT_STACK, "RLIMIT_STACK"},     {RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
};

const char *procattr_rlimit_name(int resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(rlimit_names); i++)
        if (rlimit_names[i].resource == resource)
            return rlimit_names[i].name;
    return "RLIMIT_?";
}

int procattr_rlimit(pid_t pid, const struct plan_rlimit *limit, struct err *reterr)
{
    const struct rlimit64 set = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
    const char *name = procattr_rlimit_name(limit->resource);
    struct rlimit64 got;
    int r = sys_prlimit(pid, limit->resource, &set, NULL);

    if (r < 0)
        return err_system(reterr, r, "prlimit", "setting %s to %llu:%llu", name,
                          (unsigned long long)limit->soft, (unsigned long long)limit->hard);
    r = sys_prlimit(pid, limit->resource, NULL, &got);
    if (r < 0)
        return err_system(reterr, r, "prlimit", "reading %s", name);
    if (got.rlim_cur != set.rlim_cur || got.rlim_max != set.rlim_max)
        return err_system(reterr, EPERM, "prlimit", "%s read back differs", name);
    return 0;
}

int procattr_rlimit_raise(pid_t pid, const struct plan_rlimit *limit, struct err *reterr)
{
    const char *name = procattr_rlimit_name(limit->resource);
    struct rlimit64 got;
    int r = sys_prlimit(pid, limit->resource, NULL, &got);

    if (r < 0)
        return err_system(reterr, r, "prlimit", "reading %s", name);
    if (got.rlim_max >= limit->hard)
        return 0;
    got.rlim_max = limit->hard;
    r = sys_prlimit(pid, limit->resource, &got, NULL);
    return r < 0
               ? err_system(reterr, r, "prlimit", "raising %s to %llu", name, (unsigned long long)limit->hard)
               : 0;
}

int procattr_rlimit_at_most(pid_t pid, const struct plan_rlimit *limit, struct err *reterr)
{
    const char *name = procattr_rlimit_name(limit->resource);
    struct rlimit64 got, want = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
    int r = sys_prlimit(pid, limit->resource, &want, NULL);

    if (r != -EPERM)
        return r < 0 ? err_system(reterr, r, "prlimit", "%s", name) : 0;
    r = sys_prlimit(pid, limit->resource, NULL, &got);
    if (r == 0) {
        want.rlim_max = got.rlim_max;
        want.rlim_cur = want.rlim_cur < got.rlim_max ? want.rlim_cur : got.rlim_max;
        r = sys_prlimit(pid, limit->resource, &want, NULL);
    }
    return r < 0 ? err_system(reterr, r, "prlimit", "%s", name) : 0;
}

int procattr_oom_score_adj(int pid_dirfd, int64_t value, bool rootless, struct err *reterr)
{
    AUTO_CLOSE int self = -1;
    char text[32];
    int n, r;

    if (pid_dirfd < 0) {
        self = procfs_open_self(reterr);
        if (self < 0)
            return self;
        pid_dirfd = self;
    }
    n = snprintf(text, sizeof(text), "%lld", (long long)value);
    r = io_write_file(pid_dirfd, "oom_score_adj", text, (size_t)n);
    if ((r == -EACCES || r == -EPERM) && rootless)
        return 0;
    return r < 0 ? err_system(reterr, r, "write", "oom_score_adj %s", text) : 0;
}

/* ---- prctl switches ---- */

int procattr_set_dumpable(bool on, struct err *reterr)
{
    int r = sys_prctl(PR_SET_DUMPABLE, on, 0, 0, 0);

    return r < 0 ? err_system(reterr, r, "prctl", "PR_SET_DUMPABLE") : 0;
}

int procattr_set_pdeathsig(int sig, pid_t parent, struct err *reterr)
{
    int r = sys_prctl(PR_SET_PDEATHSIG, (unsigned long)sig, 0, 0, 0);

    if (r < 0)
        return err_system(reterr, r, "prctl", "PR_SET_PDEATHSIG");
    if (parent != 0 && getppid() != parent)
        return err_system(reterr, ESRCH, "prctl", "PR_SET_PDEATHSIG: the parent is gone");
    return 0;
}

int procattr_no_new_privs(struct err *reterr)
{
    int r = sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

    if (r == 0 && sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        r = -EPERM;
    return r < 0 ? err_system(reterr, r, "prctl", "PR_SET_NO_NEW_PRIVS") : 0;
}

int procattr_personality(uint32_t persona, struct err *reterr)
{
    int r = sys_personality(persona);

    if (r >= 0 && sys_personality(0xffffffffUL) != (int)persona)
        r = -EINVAL;
    return r < 0 ? err_system(reterr, r, "personality", "0x%x", persona) : 0;
}

/* ---- scheduling ---- */

/* sched_setattr(2), include/uapi/linux/sched/types.h, SCHED_ATTR_SIZE_VER1 */
struct sched_attr_v1 {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};
#define SCHED_ATTR_VER0 48u
#define SCHED_FLAG_UTIL                                                                                      \
    0x60u /* these two flags take the longer form (5.3); the specification has no values for it: 0 */

int procattr_scheduler(const struct plan_scheduler *s, struct err *reterr)
{
    const struct sched_attr_v1 attr = {
        .size = s->flags & SCHED_FLAG_UTIL ? (uint32_t)sizeof(attr) : SCHED_ATTR_VER0,
        .policy = s->policy,
        .flags = s->flags,
        .nice = s->nice,
        .priority = s->priority,
        .runtime = s->runtime_ns,
        .deadline = s->deadline_ns,
        .period = s->period_ns,
    };
    int r = sys_sched_setattr(0, &attr);

    return r < 0 ? err_system(reterr, r, "sched_setattr", "policy %u", s->policy) : 0;
}

int procattr_io_priority(const struct plan_io_priority *p, struct err *reterr)
{
    enum { WHO_PROCESS = 1, CLASS_SHIFT = 13 }; /* include/uapi/linux/ioprio.h */
    int r = sys_ioprio_set(WHO_PROCESS, 0, (p->class << CLASS_SHIFT) | p->priority);

    return r < 0 ? err_system(reterr, r, "ioprio_set", "class %d priority %d", p->class, p->priority) : 0;
}

int procattr_memory_policy(const struct plan_memory_policy *p, struct err *reterr)
{
    const size_t per_word = sizeof(uint64_t) / sizeof(unsigned long);
    const size_t n = p->n_words * per_word;
    AUTO_FREE unsigned long *mask = NULL;
    int r;

    if (n > 0) {
        mask = calloc(n, sizeof(*mask));
        if (!mask)
            return err_nomem(reterr);
        /* Words of the kernel are unsigned long, least significant first. */
        for (size_t i = 0; i < n; i++)
            mask[i] =
                (unsigned long)(p->nodemask[i / per_word] >>
                                (i % per_word * (per_word == 1 ? 0 : sizeof(unsigned long) * CHAR_BIT)));
    }
    /* The kernel reads maxnode - 1 bits. */
    r = sys_set_mempolicy(p->mode, mask, n ? n * sizeof(unsigned long) * CHAR_BIT + 1 : 0);
    return r < 0 ? err_system(reterr, r, "set_mempolicy", "mode 0x%x", (unsigned)p->mode) : 0;
}

/* ---- descriptors ---- */

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

/* What a rung does with each descriptor of the range. */
struct sweep {
    unsigned first, last;
    bool just_mark;
};

static void sweep_one(const struct sweep *s, int fd)
{
    if (s->just_mark)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    else
        close(fd);
}

/* Last rung: every number up to the limit on descriptors. */
static int each_number(const struct sweep *s)
{
    struct rlimit64 limit;
    int r = sys_prlimit(0, RLIMIT_NOFILE, NULL, &limit);
    /* Descriptors above a limit that was lowered later stay open, hence the generous minimum. */
    unsigned end = r < 0 || limit.rlim_max > 1048576 ? 1048576 : (unsigned)limit.rlim_max;

    if (end < 65536)
        end = 65536;
    for (unsigned fd = s->first; fd < end && fd <= s->last; fd++)
        sweep_one(s, (int)fd);
    return 0;
}

/* The numbers in self/fd of a procfs of our own. -ENODEV and the like: not to be had. */
static int each_listed(const struct sweep *s)
{
    struct procfs p = PROCFS_INIT;
    AUTO_CLOSEDIR DIR *dir = NULL;
    struct dirent *d;
    int fd = procfs_open(&p, "self/fd", O_RDONLY | O_DIRECTORY, NULL);

    procfs_done(&p);
    if (fd < 0)
        return fd;
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    for (errno = 0; (d = readdir(dir)); errno = 0) {
        uint32_t n;

        if (str_to_u32(str_of(d->d_name), INT_MAX, &n) == 0 && n >= s->first && n <= s->last && (int)n != fd)
            sweep_one(s, (int)n);
    }
    return errno ? -errno : 0;
}

static int sweep_ladder(unsigned first, unsigned last, bool just_mark)
{
    const struct sweep s = {first, last, just_mark};
    int r;

    if (first > last)
        return 0;
    r = sys_close_range(first, last, just_mark ? CLOSE_RANGE_CLOEXEC : 0);
    /* EINVAL: 5.9 and 5.10 do not know the flag. EPERM: a filter older than the call. */
    if (r == -ENOSYS || r == -EINVAL || r == -EPERM) {
        r = each_listed(&s);
        if (r < 0)
            r = each_number(&s);
    }
    return r;
}

int procattr_cloexec_from(unsigned first, struct err *reterr)
{
    int r = sweep_ladder(first, ~0u, true);

    return r < 0 ? err_system(reterr, r, "close_range", "mark descriptors from %u close-on-exec", first) : 0;
}

int procattr_close_range(unsigned first, unsigned last, struct err *reterr)
{
    int r = sweep_ladder(first, last, false);

    return r < 0 ? err_system(reterr, r, "close_range", "close descriptors from %u", first) : 0;
}

int procattr_close_from(unsigned first, struct err *reterr)
{
    return procattr_close_range(first, ~0u, reterr);
}

/* ---- signals ---- */

int procattr_reset_signals(struct err *reterr)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    sigset_t none;

    /* What is ignored survives execve. Numbers between SIGSYS and SIGRTMIN are libc's own. */
    for (int sig = 1; sig <= SIGRTMAX; sig++) {
        if (sig == SIGKILL || sig == SIGSTOP || (sig > SIGSYS && sig < SIGRTMIN))
            continue;
        if (sigaction(sig, &dfl, NULL) < 0)
            return err_system(reterr, errno, "sigaction", "signal %d", sig);
    }
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return err_system(reterr, errno, "sigprocmask", "%s", "");
    return 0;
}

/* ---- affinity ---- */

#define AFFINITY_BYTES_MAX (1u << 17) /* a million processors */

/* The mask's size is the kernel's secret: grow until it fits. */
static int get_affinity(unsigned long **ret, size_t *bytes)
{
    for (size_t cap = 128; cap <= AFFINITY_BYTES_MAX; cap *= 2) {
        unsigned long *mask = calloc(1, cap);
        int n;

        if (!mask)
            return -ENOMEM;
        n = sys_getaffinity(0, cap, mask);
        if (n > 0) {
            *ret = mask;
            *bytes = (size_t)n;
            return 0;
        }
        free(mask);
        if (n != -EINVAL)
            return n;
    }
    return -EINVAL;
}

int procattr_pin(struct procattr_affinity *saved)
{
    const size_t bits = sizeof(unsigned long) * CHAR_BIT;
    AUTO_FREE unsigned long *one = NULL;
    unsigned cpu = 0;

    *saved = (struct procattr_affinity){0};
    if (syscall(SYS_getcpu, &cpu, NULL, NULL) < 0)
        return 0;
    if (get_affinity(&saved->mask, &saved->bytes) < 0)
        return 0;
    one = calloc(1, saved->bytes);
    if (one && cpu / bits < saved->bytes / sizeof(*one)) {
        one[cpu / bits] = 1UL << (cpu % bits);
        if (sys_setaffinity(0, saved->bytes, one) >= 0)
            return 0;
    }
    procattr_affinity_done(saved);
    return 0;
}

int procattr_unpin(pid_t pid, const struct procattr_affinity *saved)
{
    return saved->mask ? sys_setaffinity(pid, saved->bytes, saved->mask) : 0;
}

void procattr_affinity_done(struct procattr_affinity *saved)
{
    free(saved->mask);
    *saved = (struct procattr_affinity){0};
}

int procattr_set_affinity(pid_t pid, const unsigned long *mask, size_t n_words, struct err *reterr)
{
    int r = sys_setaffinity(pid, n_words * sizeof(*mask), mask);

    return r < 0 ? err_system(reterr, r, "sched_setaffinity", "%s", "") : 0;
}

#define CPUS_MAX 8192u /* the most that a kernel can be built for */

int procattr_set_affinity_words(pid_t pid, const uint64_t *words, size_t n_words, struct err *reterr)
{
    unsigned long mask[CPUS_MAX / 8 / sizeof(unsigned long)];
    const size_t bits = 8 * sizeof(*mask);

    memset(mask, n_words ? 0 : 0xff, sizeof(mask));
    for (uint32_t cpu = 0; cpu < n_words * 64 && cpu < CPUS_MAX; cpu++)
        if (words[cpu / 64] >> (cpu % 64) & 1)
            mask[cpu / bits] |= 1ul << (cpu % bits);
    return procattr_set_affinity(pid, mask, ARRAY_SIZE(mask), reterr);
}
