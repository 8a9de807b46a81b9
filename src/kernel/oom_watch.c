/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "kernel/cgroup_dir.h"
#include "kernel/cgroup_stats.h"
#include "kernel/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

static struct cgroup *memory_member(struct cgroup_set *s, bool v2)
{
    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];
        bool is_it = v2 ? c->hierarchy == PLAN_CGROUP2
                        : c->hierarchy != PLAN_CGROUP2 && c->controllers && strstr(c->controllers, "memory");

        if (is_it && !c->left_out && cgroup_member_open(c, NULL) >= 0)
            return c;
    }
    return NULL;
}

static bool exists(const struct oom_watch *w, const char *file)
{
    return faccessat(w->dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int watch_v1(struct oom_watch *w, const struct cgroup *c, struct err *reterr)
{
    char line[64];
    int rc;

    w->file_fd = cgroup_dir_file(c->fd, "memory.oom_control", O_RDONLY);
    if (w->file_fd < 0)
        return cgroup_err(reterr, w->file_fd, "open", c, "memory.oom_control", NULL);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->fd < 0)
        return err_system(reterr, errno, "eventfd", "%s", "");
    (void)snprintf(line, sizeof(line), "%d %d", w->fd, w->file_fd);
    rc = cgroup_dir_write(c->fd, "cgroup.event_control", line);
    return rc < 0 ? cgroup_err(reterr, rc, "write", c, "cgroup.event_control", line) : 0;
}

/* By the descriptor: what stands at the path of a cgroup may be another one by now. */
static int watch_v2(struct oom_watch *w, const struct cgroup *c, struct err *reterr)
{
    char path[64];

    w->file_fd = cgroup_dir_file(c->fd, "memory.events", O_PATH);
    if (w->file_fd < 0)
        return cgroup_err(reterr, w->file_fd, "open", c, "memory.events", NULL);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", w->file_fd);
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd < 0)
        return err_system(reterr, errno, "inotify_init1", "%s", "");
    if (inotify_add_watch(w->fd, path, IN_MODIFY) < 0)
        return cgroup_err(reterr, -errno, "inotify_add_watch", c, "memory.events", NULL);
    (void)cgroup_dir_read_key(c->fd, "memory.events", "oom_kill", &w->kills);
    return 0;
}

int oom_watch_open(struct oom_watch *w, struct cgroup_set *s, bool v2, struct err *reterr)
{
    struct cgroup *c = memory_member(s, v2);
    int rc;

    *w = OOM_WATCH_INIT;
    w->v2 = v2;
    if (!c)
        return 0;
    w->dir_fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
    if (w->dir_fd < 0)
        return err_system(reterr, errno, "fcntl", "F_DUPFD_CLOEXEC");
    if (!exists(w, v2 ? "memory.events" : "memory.oom_control")) {
        oom_watch_done(w);
        return 0; /* v2: the controller is not enabled here */
    }
    rc = v2 ? watch_v2(w, c, reterr) : watch_v1(w, c, reterr);
    if (rc < 0)
        oom_watch_done(w);
    return rc;
}

void oom_watch_done(struct oom_watch *w)
{
    fd_close(&w->fd);
    fd_close(&w->file_fd);
    fd_close(&w->dir_fd);
}

bool oom_watch_take(struct oom_watch *w)
{
    char events[4096] UNINITIALIZED;
    uint64_t kills;
    bool any = false;

    if (w->fd < 0)
        return false;
    while (read(w->fd, events, sizeof(events)) > 0)
        any = true;
    if (!w->v2) /* the descriptor is signalled too when the cgroup is removed */
        return any && exists(w, "cgroup.event_control");
    if (cgroup_dir_read_key(w->dir_fd, "memory.events", "oom_kill", &kills) < 0 || kills <= w->kills)
        return false;
    w->kills = kills;
    return true;
}
