/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include "kernel/cgroup_bpf.h"

#include "base/fd.h"
#include "kernel/sys.h"

#define VERIFIER_LOG_MAX 512

/* What headers before 5.6 lack. */
#define ATTACH_ALLOW_MULTI 2u
#define ATTACH_REPLACE     4u

/* Arguments for the calls that name two programs or a list of them; as in union bpf_attr. */
static int attach(int cgroup_fd, int prog_fd, uint32_t flags, int replace_fd)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.target_fd = (uint32_t)cgroup_fd;
    attr.attach_bpf_fd = (uint32_t)prog_fd;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = flags;
    if (flags & ATTACH_REPLACE)
        attr.replace_bpf_fd = (uint32_t)replace_fd;
    return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int detach(int cgroup_fd, int prog_fd)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.target_fd = (uint32_t)cgroup_fd;
    attr.attach_bpf_fd = (uint32_t)prog_fd;
    attr.attach_type = BPF_CGROUP_DEVICE;
    return sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

static int prog_by_id(uint32_t id)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.prog_id = id;
    return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
}

static int load_once(const struct bpf_insn *insns, size_t n, char *log, size_t log_size)
{
    static const char license[] = "Apache";
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.insn_cnt = (uint32_t)n;
    attr.license = (uint64_t)(uintptr_t)license;
    memcpy(attr.prog_name, "lorica_devices", sizeof("lorica_devices"));
    if (log) {
        attr.log_buf = (uint64_t)(uintptr_t)log;
        attr.log_size = (uint32_t)log_size;
        attr.log_level = 1;
    }
    return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Before 5.11 programs are charged to RLIMIT_MEMLOCK, whose default is 64 KiB for all of a user's. */
static void raise_memlock(void)
{
    struct rlimit64 limit = {.rlim_cur = RLIM64_INFINITY, .rlim_max = RLIM64_INFINITY};

    if (sys_prlimit(0, RLIMIT_MEMLOCK, &limit, NULL) == 0 || sys_prlimit(0, RLIMIT_MEMLOCK, NULL, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)sys_prlimit(0, RLIMIT_MEMLOCK, &limit, NULL);
}

/* The last line that the verifier wrote says what it did not like. */
static const char *last_line(char *log)
{
    size_t len = strlen(log);

    while (len && log[len - 1] == '\n')
        log[--len] = '\0';
    while (len && log[len - 1] != '\n')
        len--;
    return log + len;
}

static int load(const struct bpf_insn *insns, size_t n, struct err *reterr)
{
    char log[VERIFIER_LOG_MAX] = "";
    int fd = load_once(insns, n, NULL, 0);

    if (fd == -EPERM) {
        struct rlimit64 old;
        bool known = sys_prlimit(0, RLIMIT_MEMLOCK, NULL, &old) == 0;

        raise_memlock();
        fd = load_once(insns, n, NULL, 0);
        if (known)
            (void)sys_prlimit(0, RLIMIT_MEMLOCK, &old, NULL);
    }
    if (fd >= 0)
        return fd;
    if (fd != -EPERM) {
        AUTO_CLOSE int again = load_once(insns, n, log, sizeof(log));

        if (again >= 0)
            return take_fd(&again);
    }
    return err_system(reterr, fd, "bpf", "BPF_PROG_LOAD of a device program of %zu instructions%s%s", n,
                      log[0] ? ": " : "", last_line(log));
}

int cgroup_bpf_devices_query(int cgroup_fd, uint32_t *ids, size_t cap, size_t *ret_n, struct err *reterr)
{
    union bpf_attr attr;
    int rc;

    memset(&attr, 0, sizeof(attr));
    attr.query.target_fd = (uint32_t)cgroup_fd;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
    attr.query.prog_cnt = (uint32_t)cap;
    rc = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
    if (rc == -ENOSPC)
        return err_system(reterr, EMSGSIZE, "bpf", "BPF_PROG_QUERY: more than %zu device programs", cap);
    if (rc < 0)
        return err_system(reterr, rc, "bpf", "BPF_PROG_QUERY of device programs");
    *ret_n = attr.query.prog_cnt;
    return 0;
}

/* Hold the programs attached now. One that is detached by somebody else meanwhile is not there any more. */
static int hold_attached(int cgroup_fd, int fds[CGROUP_BPF_MAX_PROGS], size_t *ret_n, struct err *reterr)
{
    uint32_t ids[CGROUP_BPF_MAX_PROGS];
    size_t n = 0;
    int rc = cgroup_bpf_devices_query(cgroup_fd, ids, CGROUP_BPF_MAX_PROGS, &n, reterr);

    *ret_n = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        int fd = prog_by_id(ids[i]);

        if (fd >= 0)
            fds[(*ret_n)++] = fd;
        else if (fd != -ENOENT)
            rc = err_system(reterr, fd, "bpf", "BPF_PROG_GET_FD_BY_ID of device program %u", ids[i]);
    }
    return rc;
}

static void close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fd_close(&fds[i]);
}

static int detach_all(int cgroup_fd, const int *fds, size_t n, struct err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        int rc = detach(cgroup_fd, fds[i]);

        if (rc < 0 && rc != -ENOENT)
            return err_system(reterr, rc, "bpf", "BPF_PROG_DETACH of an older device program");
    }
    return 0;
}

static int attach_new(int cgroup_fd, int prog, const int *old, size_t n_old, struct err *reterr)
{
    int rc;

    if (n_old == 1 && attach(cgroup_fd, prog, ATTACH_ALLOW_MULTI | ATTACH_REPLACE, old[0]) == 0)
        return 0;
    rc = attach(cgroup_fd, prog, ATTACH_ALLOW_MULTI, -1);
    if (rc < 0)
        return err_system(reterr, rc, "bpf", "BPF_PROG_ATTACH of a device program");
    /* after a failure the new one stays, too: more is refused than asked for, never less */
    return detach_all(cgroup_fd, old, n_old, reterr);
}

int cgroup_bpf_devices_attach(int cgroup_fd, const struct bpf_insn *insns, size_t n_insns, struct err *reterr)
{
    AUTO_CLOSE int prog = load(insns, n_insns, reterr);
    int old[CGROUP_BPF_MAX_PROGS];
    size_t n_old = 0;
    int rc;

    if (prog < 0)
        return prog;
    rc = hold_attached(cgroup_fd, old, &n_old, reterr);
    if (rc == 0)
        rc = attach_new(cgroup_fd, prog, old, n_old, reterr);
    close_all(old, n_old);
    return rc;
}

int cgroup_bpf_devices_detach_all(int cgroup_fd, struct err *reterr)
{
    int old[CGROUP_BPF_MAX_PROGS];
    size_t n_old = 0;
    int rc = hold_attached(cgroup_fd, old, &n_old, reterr);

    if (rc == 0)
        rc = detach_all(cgroup_fd, old, n_old, reterr);
    close_all(old, n_old);
    return rc;
}
