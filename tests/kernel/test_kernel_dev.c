/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/dev and kernel/mask: what is made and what is covered in /dev, /proc and elsewhere. */
#include "kernel_test.h"

#include "kernel/dev.h"
#include "kernel/mask.h"

#include <sys/statvfs.h>

static void use_old_calls(bool old)
{
    static const enum sys_call calls[] = {SYSCALL_open_tree, SYSCALL_move_mount, SYSCALL_fsopen,
                                          SYSCALL_mount_setattr};

    sys_fault_clear();
    for (size_t i = 0; old && i < ARRAY_SIZE(calls); i++)
        sys_fault_set(calls[i], ENOSYS, 0);
}

static struct plan_device null_device(const char *path)
{
    return (struct plan_device){.path = path, .type = S_IFCHR, .major = 1, .minor = 3, .mode = 0666};
}

static void check_node(const char *path, mode_t mode, unsigned maj, unsigned min, uid_t uid)
{
    struct stat st;

    CHECK(lstat(path, &st) == 0);
    CHECK_INT(st.st_mode, mode);
    if (maj || min)
        CHECK(st.st_rdev == makedev(maj, min));
    CHECK_INT(st.st_uid, uid);
}

/* ---- devices ---- */

static void make_nodes(void *arg)
{
    struct plan_device null = null_device("/dev/null"), owned = null_device("/dev/deep/a/b"),
                       fifo = null_device("/dev/fifo"), block = null_device("/dev/block"),
                       odd = null_device("/etc/cron.d/x");
    int root = scratch_root("/tmp/r"), before = count_fds();

    (void)arg;
    umask(077);
    CHECK_OK(dev_make(root, &null, &test_err));
    CHECK_INT(umask(077), 077);
    check_node("/tmp/r/dev/null", S_IFCHR | 0666, 1, 3, 0);
    owned.mode = 0640;
    owned.uid = 1000;
    owned.gid = 1001;
    CHECK_OK(dev_make(root, &owned, &test_err));
    check_node("/tmp/r/dev/deep/a/b", S_IFCHR | 0640, 1, 3, 1000);
    fifo.type = S_IFIFO;
    fifo.major = fifo.minor = 0;
    CHECK_OK(dev_make(root, &fifo, &test_err));
    check_node("/tmp/r/dev/fifo", S_IFIFO | 0666, 0, 0, 0);
    block.type = S_IFBLK;
    block.major = 7;
    block.minor = 300000;
    CHECK_OK(dev_make(root, &block, &test_err));
    check_node("/tmp/r/dev/block", S_IFBLK | 0666, 7, 300000, 0);
    CHECK_OK(dev_make(root, &odd, &test_err));
    /* again: what is there and matches stays */
    CHECK_OK(dev_make(root, &null, &test_err));
    CHECK_INT(count_fds(), before);
}

static void test_dev_make(void **state)
{
    (void)state;
    in_child(make_nodes, NULL, CLONE_NEWNS);
}

static void existing_nodes(void *arg)
{
    static const struct {
        mode_t mode;
        unsigned maj, min;
    } wrong[] = {{S_IFCHR | 0666, 1, 5}, {S_IFBLK | 0666, 1, 3}, {S_IFREG | 0666, 0, 0},
                 {S_IFIFO | 0666, 0, 0}, {S_IFDIR, 0, 0},        {S_IFLNK, 0, 0}};
    int root = scratch_root("/tmp/r");
    struct plan_device null = null_device("/dev/null");
    struct stat st;

    (void)arg;
    CHECK(mkdir("/tmp/r/dev", 0755) == 0);
    write_file("/tmp/victim", "untouched");
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        if (S_ISLNK(wrong[i].mode))
            CHECK(symlink("/tmp/victim", "/tmp/r/dev/null") == 0);
        else if (S_ISDIR(wrong[i].mode))
            CHECK(mkdir("/tmp/r/dev/null", 0755) == 0);
        else
            CHECK(mknod("/tmp/r/dev/null", wrong[i].mode, makedev(wrong[i].maj, wrong[i].min)) == 0);
        null.optional = false;
        CHECK_INT(dev_make(root, &null, &test_err), -EEXIST);
        CHECK_HAS(test_err.message, "/dev/null");
        null.optional = true;
        CHECK_OK(dev_make(root, &null, &test_err));
        CHECK(lstat("/tmp/r/dev/null", &st) == 0 && (st.st_mode & S_IFMT) == (wrong[i].mode & S_IFMT));
        CHECK(remove("/tmp/r/dev/null") == 0);
    }
    CHECK_STR(read_file_text("/tmp/victim"), "untouched");
}

static void test_dev_make__existing(void **state)
{
    (void)state;
    in_child(existing_nodes, NULL, CLONE_NEWNS);
}

/* The parent may be a link out of the root: what is made is made inside. */
static void linked_parent(void *arg)
{
    int root = scratch_root("/tmp/r");
    struct plan_device null = null_device("/dev/null");
    struct plan_symlink link = {.path = "/dev/ptmx", .target = "pts/ptmx"};

    (void)arg;
    CHECK(mkdir("/tmp/host", 0755) == 0);
    write_file("/tmp/host/ptmx", "the host's");
    CHECK(symlink("../../tmp/host", "/tmp/r/dev") == 0);
    CHECK_OK(dev_make(root, &null, &test_err));
    CHECK_OK(dev_symlink(root, &link, &test_err));
    check_node("/tmp/r/tmp/host/null", S_IFCHR | 0666, 1, 3, 0);
    CHECK(access("/tmp/host/null", F_OK) < 0);
    CHECK_STR(read_file_text("/tmp/host/ptmx"), "the host's");
}

static void test_dev_make__linked_parent(void **state)
{
    (void)state;
    in_child(linked_parent, NULL, CLONE_NEWNS);
}

/* mknod is not permitted: the host's node is bound, if it is the one. */
static void bind_instead(void *arg)
{
    int root = scratch_root("/tmp/r"), fd, before;
    struct plan_device null = null_device("/dev/null"), wrong = null_device("/dev/zero"),
                       gone = null_device("/dev/no-such");
    char c = 'x';

    use_old_calls(*(bool *)arg);
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    null.on_eperm = wrong.on_eperm = gone.on_eperm = EPERM_BIND;
    before = count_fds();
    CHECK_OK(dev_make(root, &null, &test_err));
    check_node("/tmp/r/dev/null", S_IFCHR | 0666, 1, 3, 0);
    fd = open("/tmp/r/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && write(fd, &c, 1) == 1);
    close(fd);
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    CHECK_INT(dev_make(root, &wrong, &test_err), -ENODEV); /* the host's /dev/zero is not 1:3 */
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    CHECK_INT(dev_make(root, &gone, &test_err), -ENOENT);
    gone.optional = true;
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    CHECK_OK(dev_make(root, &gone, &test_err));
    gone.on_eperm = EPERM_FAIL;
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    CHECK_INT(dev_make(root, &gone, &test_err), -EPERM);
    gone.on_eperm = EPERM_SKIP;
    sys_fault_set(SYSCALL_mknodat, EPERM, 1);
    CHECK_OK(dev_make(root, &gone, &test_err));
    CHECK_INT(count_fds(), before);
}

static void test_dev_make__bind(void **state)
{
    (void)state;
    for (bool old = false;; old = true) {
        in_child(bind_instead, &old, CLONE_NEWNS | CLONE_NEWPID);
        if (old)
            break;
    }
}

static void links(void *arg)
{
    int root = scratch_root("/tmp/r");
    struct plan_symlink fd = {"/dev/fd", "/proc/self/fd", "/proc/self/fd"},
                        core = {"/dev/core", "/proc/kcore", "/no/such"}, taken = {"/dev/taken", "x", NULL};
    char text[64];

    (void)arg;
    CHECK_OK(dev_symlink(root, &fd, &test_err));
    CHECK_INT(readlink("/tmp/r/dev/fd", text, sizeof(text)), strlen("/proc/self/fd"));
    CHECK_OK(dev_symlink(root, &core, &test_err));
    CHECK(readlink("/tmp/r/dev/core", text, sizeof(text)) < 0);
    write_file("/tmp/r/dev/taken", "stays");
    sys_fault_set(SYSCALL_fstatat, EPERM, 1);
    CHECK_INT(dev_symlink(root, &core, &test_err), -EPERM);
    CHECK_HAS(test_err.message, core.only_if);
    sys_fault_set(SYSCALL_fstatat, EACCES, 1);
    CHECK_OK(dev_symlink(root, &core, &test_err));
    sys_fault_clear();
    CHECK_OK(dev_symlink(root, &taken, &test_err));
    CHECK_STR(read_file_text("/tmp/r/dev/taken"), "stays");
}

static void test_dev_symlink(void **state)
{
    (void)state;
    in_child(links, NULL, CLONE_NEWNS);
}

static void closed_stdio(void *arg)
{
    struct stat st;

    (void)arg;
    close(0);
    close(2);
    CHECK_OK(dev_open_stdio(&test_err));
    for (int fd = 0; fd <= 2; fd += 2) {
        CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
        CHECK_INT(fcntl(fd, F_GETFD), 0);
    }
}

static void test_dev_open_stdio(void **state)
{
    (void)state;
    in_child(closed_stdio, NULL, 0);
}

/* ---- masks ---- */

static void check_masked_file(const char *path)
{
    struct stat st;
    char c;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0 && read(fd, &c, 1) == 0);
    CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
    close(fd);
}

static void check_masked_dir(const char *path)
{
    AUTO_CLOSEDIR DIR *d = opendir(path);
    char file[PATH_MAX];
    struct dirent *e;

    CHECK(d);
    while ((e = readdir(d)))
        CHECK(streq(e->d_name, ".") || streq(e->d_name, ".."));
    snprintf(file, sizeof(file), "%s/new", path);
    CHECK(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS);
}

static void make_maskable(int root, bool own_null)
{
    struct plan_device null = null_device("/dev/null");

    CHECK(mkdir("/tmp/r/proc", 0755) == 0 && mount("proc", "/tmp/r/proc", "proc", 0, NULL) == 0);
    CHECK(mkdir("/tmp/r/secret", 0755) == 0 && mkdir("/tmp/r/other", 0755) == 0 &&
          mkdir("/tmp/r/third", 0755) == 0);
    write_file("/tmp/r/secret/key", "key");
    write_file("/tmp/r/file", "secret");
    CHECK(symlink("/file", "/tmp/r/link") == 0);
    if (own_null)
        CHECK_OK(dev_make(root, &null, &test_err));
}

struct mask_case {
    bool old, own_null;
};

static void masks(void *arg)
{
    const struct mask_case *c = arg;
    int root = scratch_root("/tmp/r"), before;
    struct mask_ctx m;
    struct stat a, b;

    make_maskable(root, c->own_null);
    use_old_calls(c->old);
    before = count_fds();
    mask_init(&m, root);
    CHECK_INT(mask_path(&m, "/proc/kcore", &test_err), access("/proc/kcore", F_OK) == 0);
    CHECK_INT(mask_path(&m, "/proc/timer_list", &test_err), access("/proc/timer_list", F_OK) == 0);
    CHECK_INT(mask_path(&m, "/file", &test_err), 1);
    CHECK_INT(mask_path(&m, "/file", &test_err), 1);
    CHECK_INT(mask_path(&m, "/link", &test_err), 1);
    CHECK_INT(mask_path(&m, "/secret", &test_err), 1);
    CHECK_INT(mask_path(&m, "/other/", &test_err), 1);
    CHECK_INT(mask_path(&m, "/third", &test_err), 1);
    CHECK_INT(mask_path(&m, "/secret/key", &test_err), 0);
    CHECK_INT(mask_path(&m, "/none", &test_err), 0);
    CHECK_INT(mask_path(&m, "/file/below", &test_err), 0);
    mask_done(&m);
    CHECK_INT(count_fds(), before);
    check_masked_file("/tmp/r/file");
    check_masked_dir("/tmp/r/secret");
    check_masked_dir("/tmp/r/other");
    check_masked_dir("/tmp/r/third");
    if (access("/proc/timer_list", F_OK) == 0)
        check_masked_file("/tmp/r/proc/timer_list");
    if (!c->old) { /* one file system for all */
        CHECK(stat("/tmp/r/secret", &a) == 0 && stat("/tmp/r/third", &b) == 0);
        CHECK(a.st_dev == b.st_dev);
    }
    /* the host's node does not change owner or mode through a mask */
    if (!c->own_null) {
        CHECK(chmod("/tmp/r/file", 0600) < 0 && errno == EROFS);
        CHECK(chown("/tmp/r/file", 1, 1) < 0 && errno == EROFS);
    }
}

static void test_mask_path(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct mask_case c = {i & 1, i & 2};

        in_child(masks, &c, CLONE_NEWNS | CLONE_NEWPID);
    }
}

/* The image's /dev/null is a trap: the mask must not become what it leads to (CVE-2025-31133). */
static void trap_null(void *arg)
{
    static const char *const kinds[] = {"link", "fifo", "file", "missing", "zero"};
    int root = scratch_root("/tmp/r");
    struct mask_ctx m;

    (void)arg;
    make_maskable(root, false);
    CHECK(mkdir("/tmp/r/dev", 0755) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char target[32], path[64];

        unlink("/tmp/r/dev/null");
        switch (i) {
        case 0: CHECK(symlink("/proc/sys/kernel/core_pattern", "/tmp/r/dev/null") == 0); break;
        case 1: CHECK(mkfifo("/tmp/r/dev/null", 0666) == 0); break;
        case 2: write_file("/tmp/r/dev/null", "fake"); break;
        case 4: CHECK(mknod("/tmp/r/dev/null", S_IFCHR | 0666, makedev(1, 5)) == 0); break;
        default: break;
        }
        snprintf(target, sizeof(target), "/target%zu", i);
        snprintf(path, sizeof(path), "/tmp/r%s", target);
        write_file(path, "secret");
        mask_init(&m, root);
        CHECK_INT(mask_path(&m, target, &test_err), 1);
        mask_done(&m);
        check_masked_file(path);
    }
}

static void test_mask_path__trap(void **state)
{
    (void)state;
    in_child(trap_null, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

/* Every failure but absence is an error. */
static void mask_faults(void *arg)
{
    static const enum sys_call calls[] = {SYSCALL_openat2,   SYSCALL_fstat,    SYSCALL_move_mount,
                                          SYSCALL_open_tree, SYSCALL_fsconfig, SYSCALL_fsmount};
    static const int codes[] = {EACCES, EINVAL, ENOMEM, EIO};
    int root = scratch_root("/tmp/r");
    int failed = 0;

    (void)arg;
    make_maskable(root, true);
    for (size_t c = 0; c < ARRAY_SIZE(calls); c++) {
        for (size_t k = 0; k < ARRAY_SIZE(codes); k++) {
            static const char *const targets[] = {"/file", "/secret"};

            for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
                struct mask_ctx m;
                unsigned before;
                int r;

                CHECK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
                mask_init(&m, root);
                sys_fault_clear();
                before = sys_fault_count(calls[c]);
                sys_fault_set(calls[c], codes[k], 1);
                r = mask_path(&m, targets[t], &test_err);
                if (sys_fault_count(calls[c]) > before &&
                    !(t == 0 && calls[c] == SYSCALL_openat2 && r == 1)) {
                    CHECK(r < 0 || r == 1);
                    failed += r < 0;
                }
                sys_fault_clear();
                mask_done(&m);
                if (r == 1 && t == 0)
                    check_masked_file("/tmp/r/file");
                if (r == 1 && t == 1)
                    check_masked_dir("/tmp/r/secret");
                umount2("/tmp/r/file", MNT_DETACH);
                umount2("/tmp/r/secret", MNT_DETACH);
                CHECK_STR(read_file_text("/tmp/r/file"), "secret");
            }
        }
    }
    CHECK(failed > 20);
}

static void test_mask_path__faults(void **state)
{
    (void)state;
    in_child(mask_faults, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

/* ---- read-only paths ---- */

static void read_only_paths(void *arg)
{
    int root = scratch_root("/tmp/r"), before;
    struct mask_ctx m;
    struct statvfs st;

    make_maskable(root, true);
    use_old_calls(*(bool *)arg);
    before = count_fds();
    mask_init(&m, root);
    CHECK_INT(mask_read_only(&m, "/proc/sys", &test_err), 1);
    CHECK_INT(mask_read_only(&m, "/file", &test_err), 1);
    CHECK_INT(mask_read_only(&m, "/secret", &test_err), 1);
    CHECK_INT(mask_read_only(&m, "/none", &test_err), 0);
    mask_done(&m);
    CHECK_INT(count_fds(), before);
    CHECK(open("/tmp/r/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
    CHECK(open("/tmp/r/file", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
    CHECK(open("/tmp/r/secret/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EROFS);
    CHECK_STR(read_file_text("/tmp/r/secret/key"), "key");
    CHECK(statvfs("/tmp/r/proc", &st) == 0 && !(st.f_flag & ST_RDONLY));
    write_file("/tmp/r/other/new", "writable");
}

static void test_mask_read_only(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        bool o = old;

        in_child(read_only_paths, &o, CLONE_NEWNS | CLONE_NEWPID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dev_make),
        cmocka_unit_test(test_dev_make__existing),
        cmocka_unit_test(test_dev_make__linked_parent),
        cmocka_unit_test(test_dev_make__bind),
        cmocka_unit_test(test_dev_symlink),
        cmocka_unit_test(test_dev_open_stdio),
        cmocka_unit_test(test_mask_path),
        cmocka_unit_test(test_mask_path__trap),
        cmocka_unit_test(test_mask_path__faults),
        cmocka_unit_test(test_mask_read_only),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
