/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/sys.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Numbers that old headers lack. Calls from 424 on have one number on every architecture but alpha. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#define SYS_fsopen     430
#define SYS_fsconfig   431
#define SYS_fsmount    432
#define SYS_fspick     433
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* 32-bit systems keep the calls with 16-bit ids under the plain names. */
#ifdef SYS_setresuid32
#define NR_SETRESUID SYS_setresuid32
#define NR_SETRESGID SYS_setresgid32
#define NR_SETGROUPS SYS_setgroups32
#define NR_GETGROUPS SYS_getgroups32
#else
#define NR_SETRESUID SYS_setresuid
#define NR_SETRESGID SYS_setresgid
#define NR_SETGROUPS SYS_setgroups
#define NR_GETGROUPS SYS_getgroups
#endif

#define EMPTY_PATH 0x1000u /* AT_EMPTY_PATH */

/* ---- faults ---- */

static const char *const call_names[] = {
#define X(name) #name,
#include "kernel/sys_calls.h"
#undef X
};

const char *sys_call_name(enum sys_call call)
{
    return (unsigned)call < ARRAY_SIZE(call_names) ? call_names[call] : NULL;
}

#ifdef LORICA_FAULTS
#include "base/str.h"

static struct {
    int code;
    unsigned nth; /* 0: every call */
    unsigned seen_since_set;
    unsigned count;
} faults[SYSCALL_COUNT];

void sys_fault_set(enum sys_call call, int code, unsigned nth)
{
    faults[call].code = code;
    faults[call].nth = nth;
    faults[call].seen_since_set = 0;
}

void sys_fault_clear(void)
{
    memset(faults, 0, sizeof(faults));
}

unsigned sys_fault_count(enum sys_call call)
{
    return faults[call].count;
}

static int fault_hit(enum sys_call call)
{
    faults[call].count++;
    faults[call].seen_since_set++;
    if (!faults[call].code)
        return 0;
    if (faults[call].nth && faults[call].nth != faults[call].seen_since_set)
        return 0;
    return faults[call].code;
}

static int fault_parse_one(struct str item)
{
    struct str name, code, rest = item;
    uint32_t value, nth = 0;

    if (!str_next(&rest, '=', &name) || !rest.ptr || !str_next(&rest, '@', &code))
        return -EINVAL;
    if (str_eq(code, "silent"))
        value = (uint32_t)SYS_FAULT_SILENT;
    else if (str_to_u32(code, 4095, &value) < 0)
        return -EINVAL;
    if (rest.ptr && str_to_u32(rest, UINT32_MAX, &nth) < 0)
        return -EINVAL;
    for (unsigned i = 0; i < SYSCALL_COUNT; i++) {
        if (str_eq(name, call_names[i])) {
            sys_fault_set((enum sys_call)i, (int)value, nth);
            return 0;
        }
    }
    return -EINVAL;
}

int sys_fault_parse(const char *text)
{
    struct str rest = str_of(text), item;

    while (str_next(&rest, ',', &item)) {
        int r = fault_parse_one(item);
        if (r < 0)
            return r;
    }
    return 0;
}

#define FAULT(call)                                                                                          \
    do {                                                                                                     \
        int fault_ = fault_hit(SYSCALL_##call);                                                              \
        if (fault_)                                                                                          \
            return fault_ == SYS_FAULT_SILENT ? 0 : -fault_;                                                 \
    } while (0)
#else
#define FAULT(call)                                                                                          \
    do {                                                                                                     \
    } while (0)
#endif

static inline int ret_int(long r)
{
    return r < 0 ? -errno : (int)r;
}

/* ---- files ---- */

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {flags, mode, resolve};

    FAULT(openat2);
    return ret_int(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
}

int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
    int fd;

    FAULT(openat);
    do {
        fd = openat(dirfd, path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return ret_int(fd);
}

int sys_mkdirat(int dirfd, const char *name, mode_t mode)
{
    FAULT(mkdirat);
    return ret_int(mkdirat(dirfd, name, mode));
}

int sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t dev)
{
    FAULT(mknodat);
    return ret_int(mknodat(dirfd, name, mode, dev));
}

int sys_symlinkat(const char *target, int dirfd, const char *name)
{
    FAULT(symlinkat);
    return ret_int(symlinkat(target, dirfd, name));
}

int sys_readlinkat(int dirfd, const char *name, char *buf, size_t cap)
{
    FAULT(readlinkat);
    return ret_int(readlinkat(dirfd, name, buf, cap));
}

int sys_unlinkat(int dirfd, const char *name, int flags)
{
    FAULT(unlinkat);
    return ret_int(unlinkat(dirfd, name, flags));
}

int sys_renameat(int olddir, const char *oldname, int newdir, const char *newname)
{
    FAULT(renameat);
    return ret_int(renameat(olddir, oldname, newdir, newname));
}

int sys_fstat(int fd, struct stat *st)
{
    FAULT(fstat);
    return ret_int(fstat(fd, st));
}

int sys_fstatat(int dirfd, const char *name, struct stat *st, int flags)
{
    FAULT(fstatat);
    return ret_int(fstatat(dirfd, name, st, flags));
}

int sys_fstatfs(int fd, struct statfs *st)
{
    FAULT(fstatfs);
    return ret_int(fstatfs(fd, st));
}

int sys_statfs(const char *path, struct statfs *st)
{
    FAULT(statfs);
    return ret_int(statfs(path, st));
}

/* struct statx by offset: an old libc's has no stx_mnt_id (include/uapi/linux/stat.h). */
static int statx_mnt_id(int fd, uint32_t mask, uint64_t *ret)
{
    enum { OFFSET_MNT_ID = 144 };
    union {
        uint32_t mask;
        unsigned char bytes[256];
    } stx;

    memset(&stx, 0, sizeof(stx));
    if (syscall(SYS_statx, fd, "", EMPTY_PATH | AT_NO_AUTOMOUNT, mask, &stx) < 0)
        return -errno;
    if (!(stx.mask & mask))
        return -EOPNOTSUPP;
    memcpy(ret, stx.bytes + OFFSET_MNT_ID, sizeof(*ret));
    return 0;
}

int sys_mnt_id(int fd, uint64_t *ret)
{
    enum { MASK_MNT_ID = 0x1000 };

    FAULT(mnt_id);
    return statx_mnt_id(fd, MASK_MNT_ID, ret);
}

int sys_mnt_id_unique(int fd, uint64_t *ret)
{
    enum { MASK_MNT_ID_UNIQUE = 0x4000 };

    FAULT(mnt_id_unique);
    return statx_mnt_id(fd, MASK_MNT_ID_UNIQUE, ret);
}

int sys_is_mount_root(int fd)
{
    enum { OFFSET_ATTRIBUTES = 8, OFFSET_ATTRIBUTES_MASK = 56, ATTR_MOUNT_ROOT = 0x2000 };
    unsigned char stx[256];
    uint64_t set, known;

    FAULT(is_mount_root);
    memset(stx, 0, sizeof(stx));
    if (syscall(SYS_statx, fd, "", EMPTY_PATH | AT_NO_AUTOMOUNT, 0, stx) < 0)
        return -errno;
    memcpy(&set, stx + OFFSET_ATTRIBUTES, sizeof(set));
    memcpy(&known, stx + OFFSET_ATTRIBUTES_MASK, sizeof(known));
    return known & ATTR_MOUNT_ROOT ? (set & ATTR_MOUNT_ROOT) != 0 : -EOPNOTSUPP;
}

int sys_fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
    FAULT(fchownat);
    return ret_int(fchownat(fd, path, uid, gid, flags));
}

int sys_fchmod_path(int fd, mode_t mode)
{
    FAULT(fchmod_path);
    return ret_int(syscall(SYS_fchmodat2, fd, "", mode, EMPTY_PATH));
}

int sys_faccessat2(int dirfd, const char *path, int mode, int flags)
{
    FAULT(faccessat2);
    return ret_int(syscall(SYS_faccessat2, dirfd, path, mode, flags));
}

int sys_memfd_create(const char *name, unsigned flags)
{
    FAULT(memfd_create);
    return ret_int(syscall(SYS_memfd_create, name, flags));
}

int sys_fcntl(int fd, int cmd, long arg)
{
    FAULT(fcntl);
    return ret_int(fcntl(fd, cmd, arg));
}

int sys_ioctl(int fd, unsigned long request, unsigned long arg)
{
    FAULT(ioctl);
    return ret_int(syscall(SYS_ioctl, fd, request, arg));
}

ssize_t sys_read(int fd, void *buf, size_t len)
{
    ssize_t r;

    FAULT(read);
    do {
        r = read(fd, buf, len);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

ssize_t sys_write(int fd, const void *buf, size_t len)
{
    ssize_t r;

    FAULT(write);
    do {
        r = write(fd, buf, len);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

ssize_t sys_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    ssize_t r;

    FAULT(sendmsg);
    do {
        r = sendmsg(fd, msg, flags);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags)
{
    ssize_t r;

    FAULT(recvmsg);
    do {
        r = recvmsg(fd, msg, flags);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    FAULT(close_range);
    return ret_int(syscall(SYS_close_range, first, last, flags));
}

/* ---- mounts ---- */

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
    FAULT(open_tree);
    return ret_int(syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC));
}

int sys_move_mount(int from_fd, int to_fd)
{
    FAULT(move_mount);
    return ret_int(
        syscall(SYS_move_mount, from_fd, "", to_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int sys_fsopen(const char *fstype)
{
    FAULT(fsopen);
    return ret_int(syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC));
}

int sys_fspick(int fd)
{
    FAULT(fspick);
    return ret_int(syscall(SYS_fspick, fd, "", FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH));
}

int sys_fsconfig(int fsfd, enum sys_fsconfig cmd, const char *key, const char *value)
{
    FAULT(fsconfig);
    return ret_int(syscall(SYS_fsconfig, fsfd, cmd, key, value, 0));
}

int sys_fsmount(int fsfd, unsigned attrs)
{
    FAULT(fsmount);
    return ret_int(syscall(SYS_fsmount, fsfd, FSMOUNT_CLOEXEC, attrs));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct sys_mount_attr *attr)
{
    FAULT(mount_setattr);
    return ret_int(syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr)));
}

int sys_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
              const char *data)
{
    FAULT(mount);
    return ret_int(mount(source, target, fstype, flags, data));
}

int sys_statmount_exists(uint64_t unique_mnt_id)
{
    /* struct mnt_id_req and struct statmount, include/uapi/linux/mount.h; statmount(2) has one number
     * everywhere */
    enum { NR_STATMOUNT = 457 };
    const struct {
        uint32_t size, spare;
        uint64_t mnt_id, param;
    } req = {.size = sizeof(req), .mnt_id = unique_mnt_id};
    unsigned char ret[512];

    FAULT(statmount_exists);
    if (syscall(NR_STATMOUNT, &req, ret, sizeof(ret), 0) == 0)
        return 1;
    return errno == ENOENT ? 0 : -errno;
}

int sys_umount2(const char *target, int flags)
{
    FAULT(umount2);
    return ret_int(umount2(target, flags));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
    FAULT(pivot_root);
    return ret_int(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_chroot(const char *path)
{
    FAULT(chroot);
    return ret_int(chroot(path));
}

int sys_fchdir(int fd)
{
    FAULT(fchdir);
    return ret_int(fchdir(fd));
}

int sys_chdir(const char *path)
{
    FAULT(chdir);
    return ret_int(chdir(path));
}

/* ---- processes ---- */

int sys_clone3(struct sys_clone_args *args)
{
    FAULT(clone3);
    return ret_int(syscall(SYS_clone3, args, sizeof(*args)));
}

int sys_clone(unsigned long flags, int *pidfd)
{
    FAULT(clone);
#if defined(__s390x__) || defined(__s390__)
    return ret_int(syscall(SYS_clone, 0L, flags, pidfd, NULL, 0L));
#else
    /* parent_tid is the third argument everywhere else; it doubles as the place of the pidfd. */
    return ret_int(syscall(SYS_clone, flags, 0L, pidfd, NULL, 0L));
#endif
}

int sys_setns(int fd, int nstype)
{
    FAULT(setns);
    return ret_int(setns(fd, nstype));
}

int sys_unshare(int flags)
{
    FAULT(unshare);
    return ret_int(unshare(flags));
}

int sys_pidfd_open(pid_t pid, unsigned flags)
{
    FAULT(pidfd_open);
    return ret_int(syscall(SYS_pidfd_open, pid, flags));
}

int sys_pidfd_get_info(int pidfd, struct sys_pidfd_info *info)
{
    FAULT(pidfd_get_info);
    return ret_int(ioctl(pidfd, _IOWR(0xFF, 11, struct sys_pidfd_info), info));
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
    FAULT(pidfd_send_signal);
    return ret_int(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_kill(pid_t pid, int sig)
{
    FAULT(kill);
    return ret_int(kill(pid, sig));
}

int sys_waitid(int idtype, id_t id, siginfo_t *info, int options)
{
    long r;

    FAULT(waitid);
    do {
        /* The raw call: an old libc refuses id types that it does not know (P_PIDFD). */
        r = syscall(SYS_waitid, idtype, id, info, options, NULL);
    } while (r < 0 && errno == EINTR);
    return ret_int(r);
}

pid_t sys_wait4(pid_t pid, int *status, int options)
{
    long r;

    FAULT(wait4);
    do {
        r = syscall(SYS_wait4, pid, status, options, NULL);
    } while (r < 0 && errno == EINTR);
    return ret_int(r);
}

int sys_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    FAULT(execveat);
    return ret_int(syscall(SYS_execveat, fd, path, argv, envp, flags));
}

int sys_prlimit(pid_t pid, int resource, const struct rlimit64 *set, struct rlimit64 *old)
{
    FAULT(prlimit);
    return ret_int(syscall(SYS_prlimit64, pid, resource, set, old));
}

int sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    FAULT(prctl);
    return ret_int(syscall(SYS_prctl, option, a2, a3, a4, a5));
}

int sys_personality(unsigned long persona)
{
    FAULT(personality);
    return ret_int(syscall(SYS_personality, persona));
}

int sys_seccomp(unsigned op, unsigned flags, const void *args)
{
    FAULT(seccomp);
    return ret_int(syscall(SYS_seccomp, op, flags, args));
}

int sys_setgroups(size_t n, const gid_t *groups)
{
    FAULT(setgroups);
    return ret_int(syscall(NR_SETGROUPS, n, groups));
}

int sys_getgroups(int n, gid_t *groups)
{
    FAULT(getgroups);
    return ret_int(syscall(NR_GETGROUPS, n, groups));
}

/* Raw: libc's would signal every thread of a process that has but one. */
int sys_setresuid(uid_t r, uid_t e, uid_t s)
{
    FAULT(setresuid);
    return ret_int(syscall(NR_SETRESUID, r, e, s));
}

int sys_setresgid(gid_t r, gid_t e, gid_t s)
{
    FAULT(setresgid);
    return ret_int(syscall(NR_SETRESGID, r, e, s));
}

struct cap_header {
    uint32_t version;
    int pid;
};
#define CAP_VERSION_3 0x20080522u

int sys_capget(uint32_t data[6])
{
    struct cap_header h = {CAP_VERSION_3, 0};

    FAULT(capget);
    return ret_int(syscall(SYS_capget, &h, data));
}

int sys_capset(const uint32_t data[6])
{
    struct cap_header h = {CAP_VERSION_3, 0};

    FAULT(capset);
    return ret_int(syscall(SYS_capset, &h, data));
}

enum { KEYCTL_OP_JOIN = 1, KEYCTL_OP_SETPERM = 5, KEYCTL_OP_DESCRIBE = 6 };

int sys_keyctl_join(const char *name)
{
    FAULT(keyctl_join);
    return ret_int(syscall(SYS_keyctl, KEYCTL_OP_JOIN, name, 0, 0, 0));
}

int sys_keyctl_describe(int key, char *buf, size_t cap)
{
    FAULT(keyctl_describe);
    return ret_int(syscall(SYS_keyctl, KEYCTL_OP_DESCRIBE, key, buf, cap, 0));
}

int sys_keyctl_setperm(int key, uint32_t perm)
{
    FAULT(keyctl_setperm);
    return ret_int(syscall(SYS_keyctl, KEYCTL_OP_SETPERM, key, perm, 0, 0));
}

int sys_setaffinity(pid_t pid, size_t bytes, const unsigned long *mask)
{
    FAULT(setaffinity);
    return ret_int(syscall(SYS_sched_setaffinity, pid, bytes, mask));
}

int sys_getaffinity(pid_t pid, size_t bytes, unsigned long *mask)
{
    FAULT(getaffinity);
    return ret_int(syscall(SYS_sched_getaffinity, pid, bytes, mask));
}

int sys_sched_setattr(pid_t pid, const void *attr)
{
    FAULT(sched_setattr);
    return ret_int(syscall(SYS_sched_setattr, pid, attr, 0));
}

int sys_ioprio_set(int which, int who, int ioprio)
{
    FAULT(ioprio_set);
    return ret_int(syscall(SYS_ioprio_set, which, who, ioprio));
}

int sys_set_mempolicy(int mode, const unsigned long *mask, unsigned long maxnode)
{
    FAULT(set_mempolicy);
    return ret_int(syscall(SYS_set_mempolicy, mode, mask, maxnode));
}

int sys_bpf(int cmd, void *attr, unsigned size)
{
    FAULT(bpf);
    return ret_int(syscall(SYS_bpf, cmd, attr, size));
}

int sys_sethostname(const char *name, size_t len)
{
    FAULT(sethostname);
    return ret_int(sethostname(name, len));
}

int sys_setdomainname(const char *name, size_t len)
{
    FAULT(setdomainname);
    return ret_int(setdomainname(name, len));
}
