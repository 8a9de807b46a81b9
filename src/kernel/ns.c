/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/ns.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"

#include <sys/ioctl.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define NSFS_GET_NSTYPE _IO(0xb7, 0x3) /* include/uapi/linux/nsfs.h, 4.11 */

static const struct {
    const char *file;
    int flag;
} kinds[NS_TYPE_COUNT] = {
    [NS_MOUNT] = {"mnt", CLONE_NEWNS},         [NS_PID] = {"pid", CLONE_NEWPID},
    [NS_NETWORK] = {"net", CLONE_NEWNET},      [NS_IPC] = {"ipc", CLONE_NEWIPC},
    [NS_UTS] = {"uts", CLONE_NEWUTS},          [NS_USER] = {"user", CLONE_NEWUSER},
    [NS_CGROUP] = {"cgroup", CLONE_NEWCGROUP}, [NS_TIME] = {"time", CLONE_NEWTIME},
};

int ns_clone_flag(enum ns_type type)
{
    return (unsigned)type < NS_TYPE_COUNT ? kinds[type].flag : 0;
}

enum ns_type ns_of_clone_flag(int flag)
{
    for (unsigned i = 0; i < NS_TYPE_COUNT; i++)
        if (kinds[i].flag == flag)
            return (enum ns_type)i;
    return NS_TYPE_COUNT;
}

const char *ns_file_name(enum ns_type type)
{
    return (unsigned)type < NS_TYPE_COUNT ? kinds[type].file : "?";
}

/* -ENOTTY, -EINVAL and the like mean: not a namespace. */
static int check_type(int fd, enum ns_type type)
{
    struct statfs fs;
    int r = sys_fstatfs(fd, &fs);

    if (r < 0)
        return r;
    if (fs.f_type != SYS_MAGIC_NSFS)
        return -EINVAL;
    r = ioctl(fd, NSFS_GET_NSTYPE);
    if (r < 0)
        return errno == ENOTTY ? 0 : -errno; /* before 4.11: setns checks the type itself */
    return r == kinds[type].flag ? 0 : -EINVAL;
}

int ns_open(const char *path, enum ns_type type, struct err *reterr)
{
    AUTO_CLOSE int look = sys_openat(AT_FDCWD, path, O_PATH, 0);
    AUTO_CLOSE int fd = -1;
    struct statfs fs;
    int r;

    if (look < 0)
        return err_system(reterr, look, "open", "namespace %s", path);
    r = sys_fstatfs(look, &fs);
    if (r == 0 && fs.f_type != SYS_MAGIC_NSFS)
        r = -EINVAL;
    if (r == 0) {
        /* Opening a file of nsfs cannot block; should another file be there now, O_NONBLOCK keeps us safe. */
        fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        r = fd < 0 ? fd : check_type(fd, type);
    }
    if (r == -EINVAL)
        return err_system(reterr, r, "open", "%s is not a %s namespace", path, kinds[type].file);
    return r < 0 ? err_system(reterr, r, "open", "namespace %s", path) : take_fd(&fd);
}

int ns_open_pid(int pid_dirfd, enum ns_type type, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    char path[32];
    int r;

    snprintf(path, sizeof(path), "ns/%s", kinds[type].file);
    fd = sys_openat(pid_dirfd, path, O_RDONLY, 0);
    r = fd < 0 ? fd : check_type(fd, type);
    return r < 0 ? err_system(reterr, r, "open", "/proc/PID/%s", path) : take_fd(&fd);
}

int ns_same(int fd_a, int fd_b)
{
    struct stat a, b;
    int r = sys_fstat(fd_a, &a);

    if (r == 0)
        r = sys_fstat(fd_b, &b);
    return r < 0 ? r : a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int ns_is_own(int fd, enum ns_type type)
{
    AUTO_CLOSE int own = -1;
    char path[48];
    int r;

    snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[type].file);
    own = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    r = own < 0 ? own : check_type(own, type);
    return r < 0 ? r : ns_same(fd, own);
}

int ns_join(int fd, enum ns_type type, struct err *reterr)
{
    int r = sys_setns(fd, kinds[type].flag);

    return r < 0 ? err_system(reterr, r, "setns", "join the %s namespace", kinds[type].file) : 0;
}

int ns_join_pidfd(int pidfd, uint64_t clone_flags, struct err *reterr)
{
    int r = sys_setns(pidfd, (int)clone_flags);

    /* A kernel before 5.8 takes a pidfd for no namespace file at all. */
    if (r == -EBADF || r == -EINVAL || r == -ENOSYS)
        return -ENOSYS;
    return r < 0 ? err_system(reterr, r, "setns", "join the namespaces of a process") : 0;
}

int ns_unshare(uint64_t clone_flags, struct err *reterr)
{
    int r = sys_unshare((int)clone_flags);

    return r < 0 ? err_system(reterr, r, "unshare", "0x%llx", (unsigned long long)clone_flags) : 0;
}

int ns_open_time_offsets(struct err *reterr)
{
    int fd = sys_openat(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY, 0);

    return fd < 0 ? err_system(reterr, fd, "open", "/proc/self/timens_offsets") : fd;
}

int ns_write_time_offsets(int fd, const struct config_time_offset *offsets, size_t n, struct err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        const struct config_time_offset *o = &offsets[i];
        char text[96], pointer[64];
        int len = snprintf(text, sizeof(text), "%s %lld %u\n", o->clock, (long long)o->secs, o->nanosecs);
        ssize_t r = sys_write(fd, text, (size_t)len);

        if (r == len)
            continue;
        snprintf(pointer, sizeof(pointer), "/linux/timeOffsets/%.32s", o->clock);
        if (r == -ERANGE || r == -EINVAL)
            return err_config(
                reterr, pointer,
                "an offset of %lld s %u ns is out of range: the clock would be negative, or beyond "
                "the 146 years that the kernel counts to",
                (long long)o->secs, o->nanosecs);
        return err_system(reterr, r < 0 ? (int)r : -EIO, "write", "timens_offsets %s", o->clock);
    }
    return 0;
}

int ns_set_hostname(const char *name, struct err *reterr)
{
    int r = sys_sethostname(name, strlen(name));

    return r < 0 ? err_system(reterr, r, "sethostname", "%s", name) : 0;
}

int ns_set_domainname(const char *name, struct err *reterr)
{
    int r = sys_setdomainname(name, strlen(name));

    return r < 0 ? err_system(reterr, r, "setdomainname", "%s", name) : 0;
}
