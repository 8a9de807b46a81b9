/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/tty: the pair of a container's own devpts, by every rung, and what is not one. */
#include "kernel_test.h"

#include "kernel/procfs.h"
#include "kernel/tty.h"

#include <sys/ioctl.h>

/* A root with a devpts of its own at /dev/pts. */
static int root_with_devpts(void)
{
    int root = scratch_root("/tmp/r");

    CHECK(mkdir("/tmp/r/dev", 0755) == 0 && mkdir("/tmp/r/dev/pts", 0755) == 0);
    CHECK(mount("devpts", "/tmp/r/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620,gid=5") == 0);
    return root;
}

static void check_pair(const struct tty_pair *p, uint32_t number)
{
    char path[64], byte = 0;
    struct stat a, b;

    CHECK_INT(p->number, number);
    snprintf(path, sizeof(path), "/tmp/r/dev/pts/%u", (unsigned)number);
    CHECK(stat(path, &a) == 0 && fstat(p->slave, &b) == 0);
    CHECK(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
    CHECK(isatty(p->slave) && isatty(p->master));
    CHECK_INT(fcntl(p->master, F_GETFL) & O_NONBLOCK, 0);
    CHECK_INT(fcntl(p->slave, F_GETFL) & O_NONBLOCK, 0);
    CHECK_INT(fcntl(p->master, F_GETFD), FD_CLOEXEC);
    CHECK_INT(fcntl(p->slave, F_GETFD), FD_CLOEXEC);
    CHECK(write(p->slave, "x", 1) == 1 && read(p->master, &byte, 1) == 1 && byte == 'x');
}

static void pairs(void *arg)
{
    int root = root_with_devpts(), before = count_fds();
    struct tty_pair a = TTY_PAIR_INIT, b = TTY_PAIR_INIT;

    (void)arg;
    CHECK_OK(tty_pair_open(root, &a, &test_err));
    check_pair(&a, 0);
    /* the slave by its number: before 4.13 */
    sys_fault_set(SYSCALL_ioctl, ENOTTY, 3);
    CHECK_OK(tty_pair_open(root, &b, &test_err));
    check_pair(&b, 1);
    tty_pair_close(&b);
    /* without openat2 as well */
    sys_fault_clear();
    sys_fault_set(SYSCALL_openat2, ENOSYS, 0);
    sys_fault_set(SYSCALL_ioctl, ENOTTY, 3);
    CHECK_OK(tty_pair_open(root, &b, &test_err));
    check_pair(&b, 1);
    sys_fault_clear();
    tty_pair_close(&a);
    tty_pair_close(&b);
    CHECK_INT(count_fds(), before);
}

static void test_tty_pair_open__every_rung(void **state)
{
    (void)state;
    in_child(pairs, NULL, CLONE_NEWNS);
}

static void every_fault(void *arg)
{
    static const enum sys_call calls[] = {SYSCALL_openat, SYSCALL_fstat, SYSCALL_fstatfs, SYSCALL_fcntl,
                                          SYSCALL_ioctl};
    int root = root_with_devpts(), before = count_fds();
    unsigned failed = 0;

    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
        for (unsigned nth = 1; nth < 12; nth++) {
            struct tty_pair p = TTY_PAIR_INIT;

            sys_fault_clear();
            sys_fault_set(calls[i], EIO, nth);
            if (tty_pair_open(root, &p, &test_err) < 0) {
                failed++;
                CHECK(p.master == -1 && p.slave == -1);
                CHECK(test_err.message[0] != '\0');
            } else {
                check_pair(&p, 0);
                tty_pair_close(&p);
            }
            CHECK_INT(count_fds(), before);
        }
    CHECK(failed >= 8);
}

static void test_tty_pair_open__faults(void **state)
{
    (void)state;
    in_child(every_fault, NULL, CLONE_NEWNS);
}

static void refused(int root, const char *why)
{
    struct tty_pair p = TTY_PAIR_INIT;
    int before = count_fds();

    alarm(5);
    err_init(&test_err);
    CHECK_INT(tty_pair_open(root, &p, &test_err), -ENODEV);
    CHECK_HAS(test_err.message, why);
    CHECK_INT(count_fds(), before);
}

static void forged(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    CHECK(mkdir("/tmp/r/dev", 0755) == 0 && mkdir("/tmp/r/dev/pts", 0755) == 0);
    /* a directory of somebody else, with a real ptmx in it */
    CHECK(mknod("/tmp/r/dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
    refused(root, "needs a devpts");
    CHECK(mount("devpts", "/tmp/r/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666") == 0);
    /* mounted over ptmx: a FIFO that would hang us, a node of another file system, the ptmx of another devpts
     */
    CHECK(mkfifo("/tmp/r/fifo", 0666) == 0);
    CHECK(mount("/tmp/r/fifo", "/tmp/r/dev/pts/ptmx", NULL, MS_BIND, NULL) == 0);
    refused(root, "not the node of its devpts");
    CHECK(umount("/tmp/r/dev/pts/ptmx") == 0);
    CHECK(mknod("/tmp/r/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
    CHECK(mount("/tmp/r/ptmx", "/tmp/r/dev/pts/ptmx", NULL, MS_BIND, NULL) == 0);
    refused(root, "not the node of its devpts");
    CHECK(umount("/tmp/r/dev/pts/ptmx") == 0);
    CHECK(mkdir("/tmp/r/other", 0755) == 0);
    CHECK(mount("devpts", "/tmp/r/other", "devpts", 0, "newinstance,ptmxmode=0666") == 0);
    CHECK(mount("/tmp/r/other/ptmx", "/tmp/r/dev/pts/ptmx", NULL, MS_BIND, NULL) == 0);
    refused(root, "not the node of its devpts");
}

static void test_tty_pair_open__forged(void **state)
{
    (void)state;
    in_child(forged, NULL, CLONE_NEWNS);
}

static void bind_console(void *arg)
{
    bool old = *(bool *)arg;
    int root = root_with_devpts();
    struct procfs procfs = PROCFS_INIT;
    struct tty_pair p = TTY_PAIR_INIT;
    struct stat st;

    CHECK_OK(tty_pair_open(root, &p, &test_err));
    CHECK_OK(tty_give_to(&p, 1000, &test_err));
    if (old)
        sys_fault_set(SYSCALL_open_tree, ENOSYS, 0);
    CHECK_OK(tty_bind_console(&p, root, &procfs, &test_err));
    CHECK(stat("/tmp/r/dev/console", &st) == 0);
    CHECK(S_ISCHR(st.st_mode) && st.st_rdev == makedev(136, 0) && st.st_uid == 1000 && st.st_gid == 5);
    CHECK(umount("/tmp/r/dev/console") == 0);
    /* never through a link, nor over a directory */
    CHECK(unlink("/tmp/r/dev/console") == 0 && symlink("/victim", "/tmp/r/dev/console") == 0);
    CHECK_INT(tty_bind_console(&p, root, &procfs, &test_err), -EEXIST);
    CHECK_HAS(test_err.message, "symbolic link");
    CHECK(stat("/tmp/r/victim", &st) < 0);
    CHECK(unlink("/tmp/r/dev/console") == 0 && mkdir("/tmp/r/dev/console", 0755) == 0);
    CHECK_INT(tty_bind_console(&p, root, &procfs, &test_err), -EEXIST);
    procfs_done(&procfs);
}

static void test_tty_bind_console__every_rung(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        bool arg = old;
        in_child(bind_console, &arg, CLONE_NEWNS);
    }
}

static void modes(void *arg)
{
    int root = root_with_devpts();
    struct tty_pair p = TTY_PAIR_INIT;
    struct termios before, raw, after;
    struct tty_size size;
    uint32_t number = 9;

    (void)arg;
    CHECK_OK(tty_pair_open(root, &p, &test_err));
    CHECK_OK(tty_number(p.master, &number));
    CHECK_INT(number, 0);
    CHECK_INT(tty_get_size(p.slave, &size), -EINVAL); /* it knows none yet */
    CHECK_OK(tty_set_size(p.master, (struct tty_size){.rows = 33, .columns = 101}));
    CHECK_OK(tty_get_size(p.slave, &size));
    CHECK(size.rows == 33 && size.columns == 101);
    CHECK_INT(tty_end_of_input(p.master), 4);
    CHECK_OK(tty_set_raw(p.slave, &before, &test_err));
    CHECK(tcgetattr(p.slave, &raw) == 0);
    CHECK(!(raw.c_lflag & (ICANON | ECHO | ISIG)) && !(raw.c_oflag & OPOST));
    CHECK_INT(tty_end_of_input(p.master), -1);
    tty_restore(p.slave, &before);
    CHECK(tcgetattr(p.slave, &after) == 0);
    CHECK(before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag);
    CHECK(before.c_lflag == after.c_lflag && memcmp(before.c_cc, after.c_cc, 17) == 0);
    CHECK_INT(tty_in_background(p.slave), false); /* not ours */
    CHECK_INT(tty_reopen(root, O_RDONLY), -EINVAL);
    /* it becomes ours */
    CHECK(setsid() > 0 || errno == EPERM);
    CHECK_OK(tty_control(p.slave, &test_err));
    CHECK_OK(tty_to_stdio(&p, &test_err));
    CHECK(isatty(0) && isatty(1) && isatty(2) && tcgetpgrp(0) == getpgrp());
    CHECK_INT(tty_in_background(0), false);
}

static void test_tty__modes(void **state)
{
    (void)state;
    in_child(modes, NULL, CLONE_NEWNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tty_pair_open__every_rung),
        cmocka_unit_test(test_tty_pair_open__faults),
        cmocka_unit_test(test_tty_pair_open__forged),
        cmocka_unit_test(test_tty_bind_console__every_rung),
        cmocka_unit_test(test_tty__modes),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
