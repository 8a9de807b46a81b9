/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and processes into cgroup files: one write(2) each. */
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <inttypes.h>
#include <time.h>

#define JOIN_TRIES    5
#define JOIN_PAUSE_MS 30

static struct cgroup *member(struct cgroup_set *s, uint32_t hierarchy, const char *what, struct err *reterr)
{
    struct cgroup *c = (struct cgroup *)cgroup_set_find(s, hierarchy);

    if (c && (c->fd >= 0 || c->left_out))
        return c;
    err_internal(reterr, EINVAL, "%s: no cgroup of hierarchy %u was made", what, hierarchy);
    return NULL;
}

/* ---- what to say when a write fails ---- */

/* The kernel says no more than EBUSY when it cannot reclaim enough. */
static int err_memory_busy(const struct cgroup *c, const char *value, struct err *reterr)
{
    uint64_t usage, peak;

    if (cgroup_dir_read_u64(c->fd, "memory.usage_in_bytes", &usage) < 0 ||
        cgroup_dir_read_u64(c->fd, "memory.max_usage_in_bytes", &peak) < 0)
        return cgroup_err(reterr, EBUSY, "write", c, "memory.limit_in_bytes", value);
    return err_state(reterr, EBUSY,
                     "unable to set memory limit to %s (current usage: %" PRIu64 ", peak usage: %" PRIu64 ")",
                     value, usage, peak);
}

/* Is the controller that a v2 file belongs to (its name up to the first dot) enabled in this cgroup? */
static bool controller_missing(const struct cgroup *c, const char *file, char name[64])
{
    char have[1024];
    struct str rest = str_of(file);
    struct str list, field, controller;

    (void)str_next(&rest, '.', &controller);
    if (c->hierarchy != PLAN_CGROUP2 || controller.len >= 64 || str_eq(controller, "cgroup") ||
        cgroup_dir_read(c->fd, "cgroup.controllers", have, sizeof(have)) < 0)
        return false;
    list = str_of(have);
    while (str_next(&list, ' ', &field))
        if (field.len == controller.len && memcmp(field.ptr, controller.ptr, field.len) == 0)
            return false;
    memcpy(name, controller.ptr, controller.len);
    name[controller.len] = '\0';
    return true;
}

static int err_write(const struct cgroup *c, const struct plan_cgroup_write *op, int code, struct err *reterr)
{
    char controller[64];

    if (code == -EBUSY && streq(op->file, "memory.limit_in_bytes"))
        return err_memory_busy(c, op->value, reterr);
    if ((code == -ENOENT || code == -EACCES || code == -EPERM) &&
        controller_missing(c, op->file, controller)) {
        if (op->unified)
            return err_state(reterr, code,
                             "unified resource \"%s\" can't be set: controller \"%s\" not available",
                             op->file, controller);
        cgroup_err(reterr, code, "write", c, op->file, op->value);
        return err_prefix(reterr, "controller %s is not enabled in this cgroup", controller);
    }
    return cgroup_err(reterr, code, "write", c, op->file, op->value);
}

/* ---- one write ---- */

static bool is_file_name(const char *file)
{
    return file && file[0] != '\0' && !strchr(file, '/') && !streq(file, ".") && !streq(file, "..");
}

/* Consecutive writes to one file (device lines, io.max) share the descriptor. */
static int open_file(struct cgroup_set *s, const struct cgroup *c, const char *file)
{
    if (s->last_fd >= 0 && s->last_hierarchy == c->hierarchy && streq(s->last_file, file))
        return s->last_fd;
    fd_close(&s->last_fd);
    s->last_fd = cgroup_dir_file(c->fd, file, O_WRONLY);
    s->last_hierarchy = c->hierarchy;
    s->last_file[0] = '\0'; /* a longer name matches nothing */
    if (strlen(file) < sizeof(s->last_file))
        memcpy(s->last_file, file, strlen(file) + 1);
    return s->last_fd;
}

static int write_file(struct cgroup_set *s, const struct cgroup *c, const char *file, const char *value)
{
    int fd = is_file_name(file) ? open_file(s, c, file) : -EINVAL;

    return fd < 0 ? fd : io_write_once(fd, value, strlen(value));
}

static int write_or_alternative(struct cgroup_set *s, const struct cgroup *c,
                                const struct plan_cgroup_write *op)
{
    int rc = write_file(s, c, op->file, op->value);

    if (rc == -ENOENT && op->alt_file)
        rc = write_file(s, c, op->alt_file, op->alt_value);
    return rc;
}

/* The kernel clamps cpu.shares silently; what is in force must be what was asked for. */
static int read_back(const struct cgroup *c, const struct plan_cgroup_write *op, struct err *reterr)
{
    uint64_t asked, got;
    int rc = cgroup_dir_read_u64(c->fd, op->file, &got);

    if (rc < 0)
        return cgroup_err(reterr, rc, "read", c, op->file, NULL);
    if (str_to_u64(str_of(op->value), UINT64_MAX, &asked) < 0 || asked == got)
        return 0;
    return err_state(reterr, ERANGE, "the %s allowed cpu-shares is %" PRIu64,
                     asked > got ? "maximum" : "minimum", got);
}

/* memory.checkBeforeUpdate. A usage that cannot be read does not stop anything: a new cgroup may have none.
 */
static int check_usage(const struct cgroup *c, const struct plan_cgroup_write *op, struct err *reterr)
{
    bool swap = strstr(op->file, "swap") || strstr(op->file, "memsw");
    uint64_t usage;

    if (!op->usage_file || cgroup_dir_read_u64(c->fd, op->usage_file, &usage) < 0 || usage < op->usage_limit)
        return 0;
    return err_state(reterr, EBUSY, "rejecting %s %" PRIu64 " <= usage %" PRIu64,
                     swap ? "memory+swap limit" : "memory limit", op->usage_limit, usage);
}

static int put_off(struct cgroup_set *s, const struct plan_cgroup_write *op, struct err *reterr)
{
    if (s->n_pending == CGROUP_PENDING_MAX)
        return err_internal(reterr, E2BIG, "more than %u cgroup writes put off", CGROUP_PENDING_MAX);
    s->pending[s->n_pending++] = op;
    return 0;
}

static int flush(struct cgroup_set *s, uint32_t hierarchy, bool all, struct err *reterr)
{
    size_t kept = 0;
    int rc = 0;

    for (size_t i = 0; i < s->n_pending; i++) {
        const struct plan_cgroup_write *op = s->pending[i];
        const struct cgroup *c = cgroup_set_find(s, op->hierarchy);

        if (!all && op->hierarchy != hierarchy) {
            s->pending[kept++] = op;
            continue;
        }
        if (rc == 0) {
            rc = write_or_alternative(s, c, op);
            if (rc < 0)
                rc = err_write(c, op, rc, reterr);
        }
    }
    s->n_pending = kept;
    return rc;
}

int cgroup_set_write(struct cgroup_set *s, const struct plan_cgroup_write *op, struct err *reterr)
{
    struct cgroup *c = member(s, op->hierarchy, op->file, reterr);
    int rc;

    if (!c)
        return -EINVAL;
    if (c->left_out)
        return cgroup_err(reterr, EACCES, "write", c, op->file, op->value);
    rc = check_usage(c, op, reterr);
    if (rc < 0)
        return rc;
    rc = write_or_alternative(s, c, op);
    if (rc == -EINVAL && op->ignore_einval_retry_later)
        return put_off(s, op, reterr);
    if (rc == -ENOENT && op->on_enoent == ENOENT_SKIP)
        rc = 0;
    else if (rc < 0)
        return err_write(c, op, rc, reterr);
    else if (op->read_back)
        rc = read_back(c, op, reterr);
    if (rc == 0 && s->n_pending && !op->ignore_einval_retry_later)
        rc = flush(s, op->hierarchy, false, reterr);
    return rc;
}

int cgroup_set_write_end(struct cgroup_set *s, struct err *reterr)
{
    int rc = flush(s, 0, true, reterr);

    fd_close(&s->last_fd);
    return rc;
}

/* ---- before an update ---- */

/* The member of a container that exists already, opened. */
static struct cgroup *open_member(struct cgroup_set *s, const struct plan_cgroup_write *op, int *rc,
                                  struct err *reterr)
{
    struct cgroup *c = (struct cgroup *)cgroup_set_find(s, op->hierarchy);

    if (!c) {
        *rc = err_internal(reterr, EINVAL, "%s: the container has no cgroup of hierarchy %u", op->file,
                           op->hierarchy);
        return NULL;
    }
    *rc = cgroup_member_open(c, reterr);
    if (*rc == -ENOENT)
        cgroup_err(reterr, *rc, "open", c, NULL, NULL);
    return *rc < 0 ? NULL : c;
}

static bool has_file(const struct cgroup *c, const char *file)
{
    return is_file_name(file) && faccessat(c->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int cgroup_set_check(struct cgroup_set *s, const struct plan_cgroup_write *op, struct err *reterr)
{
    int rc;
    struct cgroup *c = open_member(s, op, &rc, reterr);

    if (!c)
        return rc;
    if (op->on_enoent != ENOENT_SKIP && !has_file(c, op->file) &&
        !(op->alt_file && has_file(c, op->alt_file)))
        return err_write(c, op, -ENOENT, reterr);
    return check_usage(c, op, reterr);
}

int cgroup_set_read(struct cgroup_set *s, const struct plan_cgroup_write *op, struct buf *out,
                    const char **ret_file, struct err *reterr)
{
    int rc;
    struct cgroup *c = open_member(s, op, &rc, reterr);
    AUTO_CLOSE int fd = -1;

    if (!c)
        return rc;
    *ret_file = op->file;
    fd = is_file_name(op->file) ? cgroup_dir_file(c->fd, op->file, O_RDONLY) : -EINVAL;
    if (fd == -ENOENT && op->alt_file) {
        *ret_file = op->alt_file;
        fd = cgroup_dir_file(c->fd, op->alt_file, O_RDONLY);
    }
    rc = fd < 0 ? fd : io_read_all(fd, out);
    return rc < 0 && rc != -ENOENT ? cgroup_err(reterr, rc, "read", c, *ret_file, NULL) : rc;
}

/* ---- joining ---- */

/* EINVAL: the task is being born or its exec is under way; the kernel asks for another try. */
static int write_pid(int dirfd, const char *file, const char *pid)
{
    AUTO_CLOSE int fd = cgroup_dir_file(dirfd, file, O_WRONLY);
    int rc = fd < 0 ? fd : -EINVAL;

    for (int i = 0; i < JOIN_TRIES && rc == -EINVAL; i++) {
        if (i)
            io_sleep_ms(JOIN_PAUSE_MS);
        rc = io_write_once(fd, pid, strlen(pid));
    }
    return rc;
}

/*
 * EOPNOTSUPP: the cgroup is threaded, or is "domain invalid", the child of one that is threaded, and can only
 * become threaded itself.
 */
static int join_threaded(const struct cgroup *c, const char *pid, struct err *reterr)
{
    char type[64];
    int rc = cgroup_dir_read(c->fd, "cgroup.type", type, sizeof(type));

    if (rc < 0)
        return cgroup_err(reterr, rc, "read", c, "cgroup.type", NULL);
    if (streq(type, "domain invalid")) {
        rc = cgroup_dir_write(c->fd, "cgroup.type", "threaded");
        if (rc < 0)
            return cgroup_err(reterr, rc, "write", c, "cgroup.type", "threaded");
    }
    rc = write_pid(c->fd, "cgroup.threads", pid);
    return rc < 0 ? cgroup_err(reterr, rc, "write", c, "cgroup.threads", pid) : 0;
}

static int join(struct cgroup *c, pid_t pid, struct err *reterr)
{
    char text[16];
    int rc;

    (void)snprintf(text, sizeof(text), "%d", pid);
    rc = write_pid(c->fd, "cgroup.procs", text);
    if (rc == 0)
        return 0;
    if ((rc == -EPERM || rc == -EACCES) && c->may_leave_out) {
        c->left_out = true;
        return 0;
    }
    if (rc == -EOPNOTSUPP && c->hierarchy == PLAN_CGROUP2)
        return join_threaded(c, text, reterr);
    cgroup_err(reterr, rc, "write", c, "cgroup.procs", text);
    if (rc == -EBUSY && c->hierarchy == PLAN_CGROUP2)
        return err_prefix(reterr,
                          "the cgroup hands controllers to sub-cgroups and so cannot hold processes itself");
    return rc;
}

int cgroup_set_join(struct cgroup_set *s, const struct plan_cgroup_join *op, pid_t pid, struct err *reterr)
{
    struct cgroup *c = member(s, op->hierarchy, "join", reterr);

    if (!c)
        return -EINVAL;
    return c->left_out ? 0 : join(c, pid, reterr);
}

int cgroup_set_join_self(const struct cgroup_set *s, struct err *reterr)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct cgroup *c = &s->v[i];
        int rc;

        if (c->left_out || c->hierarchy == PLAN_CGROUP2)
            continue;
        rc = write_pid(c->fd, "tasks", "0");
        if (rc < 0)
            return cgroup_err(reterr, rc, "write", c, "tasks", "0");
    }
    return 0;
}

int cgroup_set_open(struct cgroup_set *s, bool may_be_missing, struct err *reterr)
{
    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];
        int rc = cgroup_member_open(c, reterr);

        if (rc == -ENOENT && may_be_missing)
            c->left_out = true;
        else if (rc == -ENOENT)
            return cgroup_err(reterr, rc, "open", c, NULL, NULL);
        else if (rc < 0)
            return rc;
    }
    return 0;
}

int cgroup_set_join_self2(const struct cgroup_set *s, struct err *reterr)
{
    const struct cgroup *c = cgroup_set_find(s, PLAN_CGROUP2);
    int rc;

    if (!c || c->left_out)
        return 0;
    rc = write_pid(c->fd, "cgroup.procs", "0");
    if (rc == -EOPNOTSUPP)
        return join_threaded(c, "0", reterr);
    if (rc < 0)
        cgroup_err(reterr, rc, "write", c, "cgroup.procs", "0");
    if (rc == -EBUSY)
        return err_prefix(reterr,
                          "the cgroup hands controllers to sub-cgroups and so cannot hold processes itself");
    return rc;
}

int cgroup_set_join_all(struct cgroup_set *s, pid_t pid, bool but_cgroup2, struct err *reterr)
{
    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];
        int rc;

        if (c->left_out || (but_cgroup2 && c->hierarchy == PLAN_CGROUP2))
            continue;
        rc = cgroup_member_open(c, reterr);
        if (rc == -ENOENT)
            return cgroup_err(reterr, rc, "open", c, NULL, NULL);
        rc = rc < 0 ? rc : join(c, pid, reterr);
        if (rc < 0)
            return rc;
    }
    return 0;
}
