/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/pivot_cover.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#define MOUNTINFO_MAX (64u << 20)

struct table {
    struct {
        uint64_t id, parent;
    } * v;
    size_t n, cap;
};

static int table_add(struct table *t, uint64_t id, uint64_t parent)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        void *v = realloc(t->v, cap * sizeof(*t->v));

        if (!v)
            return -ENOMEM;
        t->v = v;
        t->cap = cap;
    }
    t->v[t->n].id = id;
    t->v[t->n++].parent = parent;
    return 0;
}

/* Does the mount lie in the container's tree? Every step goes up, so n steps are enough. */
static bool beneath(const struct table *t, uint64_t id, uint64_t root)
{
    for (size_t step = 0; step <= t->n; step++) {
        size_t i;

        if (id == root)
            return true;
        for (i = 0; i < t->n && t->v[i].id != id; i++)
            ;
        if (i == t->n || t->v[i].parent == id)
            return false;
        id = t->v[i].parent;
    }
    return false;
}

/* The id of the mount a descriptor is on: statx, or "mnt_id:" of its fdinfo before 5.8. */
static int mount_id(int fd, uint64_t *ret)
{
    struct procfs p = PROCFS_INIT;
    char path[48], text[512], *at;
    int r = sys_mnt_id(fd, ret);

    if (r == 0)
        return 0;
    snprintf(path, sizeof(path), "self/fdinfo/%d", fd);
    r = procfs_read(&p, path, text, sizeof(text), NULL);
    procfs_done(&p);
    if (r < 0)
        return r;
    at = strstr(text, "mnt_id:");
    if (!at)
        return -EINVAL;
    at += strlen("mnt_id:");
    at += strspn(at, " \t");
    return str_to_u64((struct str){at, strcspn(at, "\n")}, UINT64_MAX, ret);
}

static int cover(const char *path, struct err *reterr)
{
    /* A locked or busy one cannot be unmounted; covered, it is as invisible. Gone already is as good. */
    int r = sys_umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);

    if (r == 0 || r == -ENOENT)
        return 0;
    r = sys_mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                  "nr_inodes=2,size=4k,mode=755");
    return r < 0 ? err_system(reterr, r, "mount", "cover %s", path) : 0;
}

/* Nothing that is done to the host's part of the tree reaches the host. A mount that is gone or hidden needs
 * nothing. */
static int isolate(const char *path, struct err *reterr)
{
    int r = sys_mount("none", path, NULL, MS_SLAVE, NULL);

    return r < 0 && r != -ENOENT && r != -EINVAL ? err_system(reterr, r, "mount", "make %s a slave", path)
                                                 : 0;
}

static bool is_whole_kernel_fs(const struct mountinfo *mi)
{
    return (streq(mi->fstype, "proc") || streq(mi->fstype, "sysfs")) && streq(mi->root, "/");
}

enum pass { PASS_COLLECT, PASS_ISOLATE, PASS_COVER };

static int one_mount(const struct mountinfo *mi, enum pass pass, struct table *t, uint64_t root,
                     struct err *reterr)
{
    if (pass == PASS_COLLECT)
        return table_add(t, mi->id, mi->parent) < 0 ? err_nomem(reterr) : 0;
    if (beneath(t, mi->id, root))
        return 0;
    if (pass == PASS_ISOLATE)
        return isolate(mi->mountpoint, reterr);
    return is_whole_kernel_fs(mi) ? cover(mi->mountpoint, reterr) : 0;
}

static int each_line(struct str text, enum pass pass, struct table *t, uint64_t root, struct err *reterr)
{
    struct mountinfo mi;
    struct str line;

    while (str_next(&text, '\n', &line)) {
        int r;

        if (line.len == 0)
            continue;
        r = mountinfo_parse(line.ptr, line.len, &mi);
        if (r < 0)
            return err_system(reterr, r, "parse", "/proc/self/mountinfo");
        r = one_mount(&mi, pass, t, root, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int pivot_cover_kernel_mounts(int root_fd, struct err *reterr)
{
    AUTO_BUF struct buf b = BUF_INIT(MOUNTINFO_MAX);
    struct procfs p = PROCFS_INIT;
    struct table t = {0};
    AUTO_CLOSE int fd = procfs_open(&p, "self/mountinfo", O_RDONLY, reterr);
    uint64_t root;
    int r;

    procfs_done(&p);
    if (fd < 0)
        return fd;
    r = io_read_all(fd, &b);
    if (r == 0)
        r = mount_id(root_fd, &root);
    if (r < 0)
        return err_system(reterr, r, "read", "/proc/self/mountinfo");
    for (enum pass pass = PASS_COLLECT; pass <= PASS_COVER && r == 0; pass++)
        r = each_line((struct str){buf_cstr(&b), b.len}, pass, &t, root, reterr);
    free(t.v);
    return r;
}
