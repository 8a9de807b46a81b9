/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls, raw: those that a C library may lack (glibc 2.36 and musl are both served) and every other
 * call whose failure matters to the runtime. Each returns a value >= 0 or a negative errno; errno itself is
 * left unspecified. Nothing here decides, retries (but for EINTR where said) or reports: the ladders are in
 * the files of each facility.
 *
 * This is the only place where faults are injected. A build with LORICA_FAULTS defined asks a table before
 * each call; a release build contains nothing of it. See sys_fault_*() at the end.
 *
 * Only <sys/mount.h> is included for mount constants: <linux/mount.h> cannot be combined with it on every
 * libc. What an old <sys/mount.h> lacks is defined here with the kernel's values
 * (include/uapi/linux/mount.h).
 */
#pragma once

#include "base/compiler.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

/* ---- constants ---- */

/* openat2(2), include/uapi/linux/openat2.h, 5.6 */
#define SYS_RESOLVE_NO_XDEV       0x01u
#define SYS_RESOLVE_NO_MAGICLINKS 0x02u
#define SYS_RESOLVE_NO_SYMLINKS   0x04u
#define SYS_RESOLVE_BENEATH       0x08u
#define SYS_RESOLVE_IN_ROOT       0x10u

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE   1u
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004u
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040u
#endif
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC  0x00000001u
#define FSMOUNT_CLOEXEC 0x00000001u
#endif
#ifndef FSPICK_CLOEXEC
#define FSPICK_CLOEXEC          0x00000001u
#define FSPICK_SYMLINK_NOFOLLOW 0x00000002u
#define FSPICK_NO_AUTOMOUNT     0x00000004u
#define FSPICK_EMPTY_PATH       0x00000008u
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY      0x00000001u
#define MOUNT_ATTR_NOSUID      0x00000002u
#define MOUNT_ATTR_NODEV       0x00000004u
#define MOUNT_ATTR_NOEXEC      0x00000008u
#define MOUNT_ATTR__ATIME      0x00000070u
#define MOUNT_ATTR_RELATIME    0x00000000u
#define MOUNT_ATTR_NOATIME     0x00000010u
#define MOUNT_ATTR_STRICTATIME 0x00000020u
#define MOUNT_ATTR_NODIRATIME  0x00000080u
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000u
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000u
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* fsconfig(2) commands */
enum sys_fsconfig {
    SYS_FSCONFIG_FLAG = 0,
    SYS_FSCONFIG_STRING = 1,
    SYS_FSCONFIG_CREATE = 6,
    SYS_FSCONFIG_RECONFIGURE = 7
};

/* mount_setattr(2) argument, MOUNT_ATTR_SIZE_VER0 */
struct sys_mount_attr {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};

/* statfs magics (include/uapi/linux/magic.h) */
#define SYS_MAGIC_PROC    0x9fa0L
#define SYS_MAGIC_SYSFS   0x62656572L
#define SYS_MAGIC_CGROUP  0x27e0ebL
#define SYS_MAGIC_CGROUP2 0x63677270L
#define SYS_MAGIC_TMPFS   0x01021994L
#define SYS_MAGIC_NSFS    0x6e736673L
#define SYS_MAGIC_DEVPTS  0x1cd1L

/* ---- files ---- */

/* openat2(2). `mode` only with O_CREAT. One call, no retry: fs.h retries EAGAIN. */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_openat(int dirfd, const char *path, int flags, mode_t mode); /* retries EINTR; O_CLOEXEC is added */
int sys_mkdirat(int dirfd, const char *name, mode_t mode);
int sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t dev);
int sys_symlinkat(const char *target, int dirfd, const char *name);
int sys_readlinkat(int dirfd, const char *name, char *buf, size_t cap); /* length; not terminated */
int sys_unlinkat(int dirfd, const char *name, int flags);
int sys_renameat(int olddir, const char *oldname, int newdir, const char *newname);
int sys_fstat(int fd, struct stat *st);
int sys_fstatat(int dirfd, const char *name, struct stat *st, int flags);
int sys_fstatfs(int fd, struct statfs *st);
int sys_statfs(const char *path, struct statfs *st);
int sys_mnt_id(int fd, uint64_t *ret); /* statx STATX_MNT_ID of the descriptor; -EOPNOTSUPP before 5.8 */
int sys_mnt_id_unique(int fd, uint64_t *ret); /* never given again; -EOPNOTSUPP before 6.8 */
int sys_is_mount_root(int fd);                /* 1, 0; -EOPNOTSUPP before 5.8 */
int sys_fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags);
int sys_fchmod_path(int fd, mode_t mode); /* fchmodat2(fd, "", AT_EMPTY_PATH): O_PATH descriptors too; 6.6 */
int sys_faccessat2(int dirfd, const char *path, int mode, int flags); /* 5.8 */
int sys_memfd_create(const char *name, unsigned flags);
int sys_fcntl(int fd, int cmd, long arg);
int sys_ioctl(int fd, unsigned long request, unsigned long arg);
ssize_t sys_read(int fd, void *buf, size_t len);                  /* retries EINTR */
ssize_t sys_write(int fd, const void *buf, size_t len);           /* retries EINTR */
ssize_t sys_sendmsg(int fd, const struct msghdr *msg, int flags); /* retries EINTR */
ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags);       /* retries EINTR */
int sys_close_range(unsigned first, unsigned last, unsigned flags);

/* ---- mounts ---- */

int sys_open_tree(int dirfd, const char *path, unsigned flags);
int sys_move_mount(int from_fd, int to_fd); /* both with EMPTY_PATH */
int sys_fsopen(const char *fstype);         /* close-on-exec */
int sys_fspick(int fd);                     /* EMPTY_PATH, close-on-exec */
int sys_fsconfig(int fsfd, enum sys_fsconfig cmd, const char *key, const char *value);
int sys_fsmount(int fsfd, unsigned attrs); /* close-on-exec */
int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct sys_mount_attr *attr);
int sys_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
              const char *data);
int sys_statmount_exists(uint64_t unique_mnt_id); /* 1, 0; -ENOSYS before 6.8 */
int sys_umount2(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_chroot(const char *path);
int sys_fchdir(int fd);
int sys_chdir(const char *path);

/* ---- processes ---- */

/* clone3(2) (include/uapi/linux/sched.h, CLONE_ARGS_SIZE_VER2); a fork: no stack, returns twice. */
struct sys_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};
int sys_clone3(struct sys_clone_args *args);
int sys_clone(unsigned long flags, int *pidfd); /* flags include the exit signal; no new stack */
int sys_setns(int fd, int nstype);
int sys_unshare(int flags);
int sys_pidfd_open(pid_t pid, unsigned flags);
int sys_pidfd_send_signal(int pidfd, int sig);

/* ioctl PIDFD_GET_INFO (include/uapi/linux/pidfd.h, PIDFD_INFO_SIZE_VER0); 6.13, PIDFD_INFO_EXIT 6.15. */
#define SYS_PIDFD_INFO_EXIT UINT64_C(8)
struct sys_pidfd_info {
    uint64_t mask; /* in: asked for; out: filled */
    uint64_t cgroupid;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code; /* a wait status */
};
int sys_pidfd_get_info(int pidfd, struct sys_pidfd_info *info);
int sys_kill(pid_t pid, int sig);
int sys_waitid(int idtype, id_t id, siginfo_t *info, int options); /* retries EINTR */
pid_t sys_wait4(pid_t pid, int *status, int options);              /* retries EINTR */
int sys_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags);
int sys_prlimit(pid_t pid, int resource, const struct rlimit64 *set, struct rlimit64 *old);
int sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5);
int sys_personality(unsigned long persona);
int sys_seccomp(unsigned op, unsigned flags, const void *args); /* a listener's fd is close-on-exec */
int sys_setgroups(size_t n, const gid_t *groups);
int sys_getgroups(int n, gid_t *groups);
int sys_setresuid(uid_t r, uid_t e, uid_t s);
int sys_setresgid(gid_t r, gid_t e, gid_t s);
int sys_capget(uint32_t data[6]); /* v3: {eff, perm, inh} low, then high */
int sys_capset(const uint32_t data[6]);
int sys_keyctl_join(const char *name);                   /* KEYCTL_JOIN_SESSION_KEYRING: the key's serial */
int sys_keyctl_describe(int key, char *buf, size_t cap); /* length with the terminator */
int sys_keyctl_setperm(int key, uint32_t perm);
int sys_setaffinity(pid_t pid, size_t bytes, const unsigned long *mask);
int sys_getaffinity(pid_t pid, size_t bytes, unsigned long *mask); /* bytes the kernel filled */
int sys_sched_setattr(pid_t pid, const void *attr);
int sys_ioprio_set(int which, int who, int ioprio);
int sys_set_mempolicy(int mode, const unsigned long *mask, unsigned long maxnode);
int sys_bpf(int cmd, void *attr, unsigned size); /* bpf(2); attr is a union bpf_attr */
int sys_sethostname(const char *name, size_t len);
int sys_setdomainname(const char *name, size_t len);

/* ---- faults, only in builds with LORICA_FAULTS ---- */

enum sys_call {
#define X(name) SYSCALL_##name,
#include "kernel/sys_calls.h"
#undef X
    SYSCALL_COUNT
};

/* "openat2", ...; NULL when out of range. In every build. */
const char *sys_call_name(enum sys_call call);

#ifdef LORICA_FAULTS
/* Instead of an errno: the call does nothing and returns 0, as a seccomp filter that answers "errno 0" makes
 * it. */
#define SYS_FAULT_SILENT (-1)

/*
 * From now on `call` fails with `code` (positive errno, or SYS_FAULT_SILENT): every time (nth 0), or only the
 * n-th time from now (1...).
 */
void sys_fault_set(enum sys_call call, int code, unsigned nth);
void sys_fault_clear(void);
/* "openat2=38,mount=12@3,capset=silent": as above in text, so that a whole program can be tested; -EINVAL. */
int sys_fault_parse(const char *text);
/* How often a call was made since the last clear. */
unsigned sys_fault_count(enum sys_call call);
#endif
