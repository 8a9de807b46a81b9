/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/tty.h"

#include "base/fd.h"
#include "kernel/fs.h"
#include "kernel/mount_parts.h"
#include "kernel/sys.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* Documentation/admin-guide/devices.txt: /dev/ptmx, and the slaves of Unix98 pseudo terminals. */
#define PTMX_MAJOR  5u
#define PTMX_MINOR  2u
#define SLAVE_MAJOR 136u

/* fs/devpts/inode.c: the root of an instance, and its ptmx. */
#define DEVPTS_ROOT_INO 1u
#define DEVPTS_PTMX_INO 2u

/* ---- a device of one devpts ---- */

struct devpts {
    int fd; /* O_PATH of its root */
    dev_t dev;
};

static int open_devpts(int root_fd, struct devpts *ret, struct err *reterr)
{
    AUTO_CLOSE int fd = fs_open(root_fd, "/dev/pts", O_PATH | O_DIRECTORY, reterr);
    struct statfs fs;
    struct stat st;
    int r = fd < 0 ? fd : sys_fstatfs(fd, &fs);

    if (fd < 0)
        return fd;
    if (r == 0)
        r = sys_fstat(fd, &st);
    if (r < 0)
        return err_system(reterr, r, "stat", "/dev/pts");
    if (fs.f_type != SYS_MAGIC_DEVPTS || st.st_ino != DEVPTS_ROOT_INO)
        return err_system(reterr, ENODEV, "open", "/dev/pts: a terminal needs a devpts mounted there");
    *ret = (struct devpts){.fd = take_fd(&fd), .dev = st.st_dev};
    return 0;
}

/* A node of that instance and no other, whatever its name led to. */
static int verify(const struct devpts *d, int fd, unsigned maj, unsigned min)
{
    struct statfs fs;
    struct stat st;
    int r = sys_fstat(fd, &st);

    if (r == 0)
        r = sys_fstatfs(fd, &fs);
    if (r < 0)
        return r;
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(maj, min) || st.st_dev != d->dev ||
        fs.f_type != SYS_MAGIC_DEVPTS)
        return -ENODEV;
    if (maj == PTMX_MAJOR && st.st_ino != DEVPTS_PTMX_INO)
        return -ENODEV;
    return 0;
}

/* By its name in the instance. What is mounted over it is not it. */
static int open_node(const struct devpts *d, const char *name, unsigned maj, unsigned min, struct err *reterr)
{
    const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
    AUTO_CLOSE int look = sys_openat(d->fd, name, O_PATH | O_NOFOLLOW, 0);
    AUTO_CLOSE int fd = -1;
    int r = look < 0 ? look : verify(d, look, maj, min);

    if (r == 0) {
        fd = sys_openat2(d->fd, name, (uint64_t)flags, 0,
                         SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS);
        if (fd == -ENOSYS || fd == -EPERM)
            fd = sys_openat(d->fd, name, flags, 0);
        r = fd < 0 ? fd : verify(d, fd, maj, min);
    }
    if (r == 0)
        r = sys_fcntl(fd, F_SETFL, O_RDWR); /* O_NONBLOCK was for the opening only */
    if (r == -ENODEV)
        return err_system(reterr, ENODEV, "open", "/dev/pts/%s: not the node of its devpts", name);
    return r < 0 ? err_system(reterr, r, "open", "/dev/pts/%s", name) : take_fd(&fd);
}

/* ---- the pair ---- */

static int open_slave(const struct devpts *d, int master, uint32_t number, struct err *reterr)
{
    AUTO_CLOSE int fd = sys_ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[16];
    int r;

    if (fd == -ENOTTY || fd == -EINVAL || fd == -ENOSYS || fd == -EPERM) {
        snprintf(name, sizeof(name), "%u", (unsigned)number);
        return open_node(d, name, SLAVE_MAJOR, number, reterr);
    }
    r = fd < 0 ? fd : verify(d, fd, SLAVE_MAJOR, number);
    return r < 0 ? err_system(reterr, r, "ioctl", "TIOCGPTPEER of /dev/pts/%u", (unsigned)number)
                 : take_fd(&fd);
}

int tty_number(int master, uint32_t *ret)
{
    unsigned n;
    int r = sys_ioctl(master, TIOCGPTN, (unsigned long)(uintptr_t)&n);

    if (r == 0)
        *ret = n;
    return r;
}

int tty_pair_open(int root_fd, struct tty_pair *ret, struct err *reterr)
{
    struct devpts d = {.fd = -1};
    struct tty_pair p = TTY_PAIR_INIT;
    int unlocked = 0, r = open_devpts(root_fd, &d, reterr);

    if (r < 0)
        return r;
    r = p.master = open_node(&d, "ptmx", PTMX_MAJOR, PTMX_MINOR, reterr);
    if (r < 0)
        goto out;
    r = sys_ioctl(p.master, TIOCSPTLCK, (unsigned long)(uintptr_t)&unlocked);
    if (r == 0)
        r = tty_number(p.master, &p.number);
    if (r < 0) {
        err_system(reterr, r, "ioctl", "the master of a new terminal");
        goto out;
    }
    r = p.slave = open_slave(&d, p.master, p.number, reterr);
out:
    fd_close(&d.fd);
    if (r < 0) {
        tty_pair_close(&p);
        return r;
    }
    *ret = p;
    return 0;
}

void tty_pair_close(struct tty_pair *p)
{
    fd_close(&p->master);
    fd_close(&p->slave);
}

int tty_give_to(const struct tty_pair *p, uid_t uid, struct err *reterr)
{
    int r = sys_fchownat(p->slave, "", uid, (gid_t)-1, AT_EMPTY_PATH);

    /* A devpts of another user namespace (the host's, bound in): its nodes are not ours to give. */
    if (r < 0 && r != -EINVAL && r != -EPERM && r != -EROFS)
        return err_system(reterr, r, "chown", "terminal /dev/pts/%u to uid %u", (unsigned)p->number,
                          (unsigned)uid);
    return 0;
}

/* ---- /dev/console ---- */

/* What is bound over: an empty file of ours, or the device or file of an image; never through a link. */
static int open_console_target(int root_fd, struct err *reterr)
{
    char base[NAME_MAX + 1];
    AUTO_CLOSE int dir = fs_open_parent(root_fd, "/dev/console", true, base, reterr);
    AUTO_CLOSE int fd = -1;
    struct stat st;
    int r;

    if (dir < 0)
        return dir;
    fd = sys_openat(dir, base, O_PATH | O_NOFOLLOW, 0);
    if (fd == -ENOENT) {
        r = sys_mknodat(dir, base, S_IFREG | 0600, 0);
        if (r < 0 && r != -EEXIST)
            return err_system(reterr, r, "mknod", "/dev/console");
        fd = sys_openat(dir, base, O_PATH | O_NOFOLLOW, 0);
    }
    r = fd < 0 ? fd : sys_fstat(fd, &st);
    if (r < 0)
        return err_system(reterr, r, "open", "/dev/console");
    if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
        return err_system(reterr, EEXIST, "mount", "/dev/console: a %s is there",
                          S_ISDIR(st.st_mode) ? "directory" : "symbolic link");
    return take_fd(&fd);
}

int tty_bind_console(const struct tty_pair *p, int root_fd, struct procfs *procfs, struct err *reterr)
{
    AUTO_CLOSE int target = open_console_target(root_fd, reterr);
    AUTO_CLOSE int tree = -1;
    int r;

    if (target < 0)
        return target;
    tree = sys_open_tree(p->slave, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    if (tree == -ENOSYS || tree == -EPERM) {
        r = mount_old_call(procfs, NULL, p->slave, target, NULL, MS_BIND, NULL, reterr);
        return r < 0 ? err_prefix(reterr, "bind the terminal to /dev/console") : 0;
    }
    r = tree < 0 ? tree : sys_move_mount(tree, target);
    return r < 0 ? err_system(reterr, r, "mount", "the terminal at /dev/console") : 0;
}

int tty_control(int slave, struct err *reterr)
{
    int r = sys_ioctl(slave, TIOCSCTTY, 0);

    return r < 0 ? err_system(reterr, r, "ioctl", "TIOCSCTTY of the container's terminal") : 0;
}

int tty_to_stdio(const struct tty_pair *p, struct err *reterr)
{
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(p->slave, fd) < 0) /* inherited: standard descriptors */
            return err_system(reterr, errno, "dup2", "terminal to descriptor %d", fd);
    return 0;
}

/* ---- sizes and modes ---- */

int tty_get_size(int fd, struct tty_size *ret)
{
    struct winsize w;
    int r = sys_ioctl(fd, TIOCGWINSZ, (unsigned long)(uintptr_t)&w);

    if (r < 0)
        return r;
    if (w.ws_row == 0 && w.ws_col == 0)
        return -EINVAL;
    *ret = (struct tty_size){.rows = w.ws_row, .columns = w.ws_col};
    return 0;
}

int tty_set_size(int fd, struct tty_size size)
{
    const struct winsize w = {.ws_row = size.rows, .ws_col = size.columns};

    return sys_ioctl(fd, TIOCSWINSZ, (unsigned long)(uintptr_t)&w);
}

int tty_set_raw(int fd, struct termios *before, struct err *reterr)
{
    struct termios raw;

    if (tcgetattr(fd, before) < 0)
        return err_system(reterr, errno, "tcgetattr", "terminal");
    raw = *before;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &raw) < 0)
        return err_system(reterr, errno, "tcsetattr", "terminal");
    return 0;
}

void tty_restore(int fd, const struct termios *before)
{
    while (tcsetattr(fd, TCSANOW, before) < 0 && errno == EINTR) {
    }
}

int tty_end_of_input(int master)
{
    struct termios t;

    if (tcgetattr(master, &t) < 0 || !(t.c_lflag & ICANON) || t.c_cc[VEOF] == _POSIX_VDISABLE)
        return -1;
    return t.c_cc[VEOF];
}

bool tty_in_background(int fd)
{
    pid_t foreground = tcgetpgrp(fd);

    return foreground > 0 && foreground != getpgrp();
}

int tty_wait_foreground(int fd, struct err *reterr)
{
    struct termios t;
    sigset_t ttou, before;
    int r;

    if (tcgetattr(fd, &t) < 0)
        return err_system(reterr, errno, "tcgetattr", "terminal");
    /* The kernel stops a background group that does this; a process that ignores SIGTTOU goes on. */
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_UNBLOCK, &ttou, &before);
    do
        r = tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
    while (r == -EINTR);
    if (sigismember(&before, SIGTTOU))
        sigprocmask(SIG_BLOCK, &ttou, NULL);
    return r < 0 ? err_system(reterr, r, "tcsetattr", "terminal") : 0;
}

int tty_reopen(int fd, int access_mode)
{
    char path[32];
    struct stat st;
    int r = sys_fstat(fd, &st);

    if (r < 0)
        return r;
    if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(fd)))
        return -EINVAL;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return sys_openat(AT_FDCWD, path, access_mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}
