/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of what create made, bounded in time and in reach. */
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <limits.h>

/* Where the last component of path[0, len) begins. */
static size_t base_start(const char *path, size_t len)
{
    while (len && path[len - 1] != '/')
        len--;
    return len;
}

/* The directory that holds the last component of path[0, len): the mount itself, or *opened, which is closed
 * later. */
static int open_parent(int mount, const char *path, size_t len, int *opened)
{
    char relative[PATH_MAX] UNINITIALIZED;
    size_t start = base_start(path, len); /* behind a slash, so at least 1 */

    if (start == 1)
        return mount;
    if (start >= sizeof(relative))
        return -ENAMETOOLONG;
    memcpy(relative, path + 1, start - 2);
    relative[start - 2] = '\0';
    return *opened = cgroup_dir_open(mount, relative);
}

static int remove_name(int parent, const char *path, size_t len)
{
    char name[256];
    size_t start = base_start(path, len);

    if (len - start >= sizeof(name))
        return -ENAMETOOLONG;
    memcpy(name, path + start, len - start);
    name[len - start] = '\0';
    return sys_unlinkat(parent, name, AT_REMOVEDIR);
}

static int err_busy(const struct cgroup *c, int dirfd, int code, struct err *reterr)
{
    char left[CGROUP_LEFTOVER_MAX];

    return err_system(reterr, code, "rmdir", "%s%s (%s)", c->mountpoint, c->path,
                      cgroup_leftover(c, dirfd, left));
}

/* The container's own directory, with what it may have made below. */
static int remove_own(const struct cgroup *c, int mount, int64_t deadline_ms, struct err *reterr)
{
    size_t path_len = strlen(c->path);
    AUTO_CLOSE int opened = -1;
    AUTO_CLOSE int dir = -1;
    int parent = open_parent(mount, c->path, path_len, &opened);
    unsigned step = 1;

    if (parent == -ENOENT)
        return 0;
    if (parent < 0)
        return cgroup_err(reterr, parent, "open", c, NULL, NULL);
    for (;;) {
        int rc = remove_name(parent, c->path, path_len);

        if (rc == 0 || rc == -ENOENT)
            return 0;
        if (rc != -EBUSY)
            return cgroup_err(reterr, rc, "rmdir", c, NULL, NULL);
        if (dir < 0)
            dir = cgroup_dir_open(mount, c->path + 1);
        if (dir >= 0)
            rc = cgroup_dir_remove_children(dir);
        if (rc < 0 && rc != -EBUSY && rc != -ENOENT)
            return cgroup_err(reterr, rc, "rmdir below", c, NULL, NULL);
        /* sub-cgroups were in the way, or processes are: try at once after the first, wait after the second
         */
        if (remove_name(parent, c->path, path_len) == 0)
            return 0;
        if (dir >= 0 && c->hierarchy == PLAN_CGROUP2)
            (void)cgroup_dir_wait_event(dir, "populated", 0, deadline_ms);
        if (!cgroup_sleep(&step, deadline_ms))
            return err_busy(c, dir, EBUSY, reterr);
    }
}

/* The levels above, up to the first that create made. Busy: others have moved in, and it is theirs now. */
static void remove_above(const struct cgroup *c, int mount)
{
    size_t len = base_start(c->path, strlen(c->path)) - 1;

    while (len >= c->first_made_len && len > 0) {
        AUTO_CLOSE int opened = -1;
        int parent = open_parent(mount, c->path, len, &opened);
        int rc = parent < 0 ? parent : remove_name(parent, c->path, len);

        if (rc < 0 && rc != -ENOENT)
            return;
        len = base_start(c->path, len) - 1;
    }
}

/* By the descriptor that create has kept, when nothing stands above it or below it that must go too. */
static bool remove_at_once(struct cgroup *c)
{
    const size_t len = strlen(c->path);

    return c->parent_fd >= 0 && c->first_made_len == len && remove_name(c->parent_fd, c->path, len) == 0;
}

static int remove_member(struct cgroup *c, int64_t deadline_ms, struct err *reterr)
{
    AUTO_CLOSE int mount = -1;
    int rc;

    if (c->first_made_len == 0 || remove_at_once(c))
        return 0;
    mount = cgroup_dir_mount(c->mountpoint, c->hierarchy == PLAN_CGROUP2, reterr);
    if (mount == -ENOENT) /* the hierarchy itself is gone */
        return 0;
    if (mount < 0)
        return mount;
    rc = remove_own(c, mount, deadline_ms, reterr);
    if (rc == 0)
        remove_above(c, mount);
    return rc;
}

int cgroup_set_remove(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr)
{
    int first = 0;

    fd_close(&s->last_fd);
    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];
        int rc = c->left_out && !c->made ? 0 : remove_member(c, deadline_ms, first ? NULL : reterr);

        if (first == 0)
            first = rc;
        if (rc == 0)
            fd_close(&c->fd);
    }
    return first;
}
