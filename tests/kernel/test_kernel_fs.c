/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/fs: each case on both rungs, and both against each other on random trees. */
#include "kernel_test.h"

#include "kernel/fs.h"

#include <pthread.h>

/* The rungs: openat2 as the kernel has it, missing, and filtered. */
static const int rungs[] = {0, ENOSYS, EPERM};

static void use_rung(int code)
{
    sys_fault_clear();
    if (code)
        sys_fault_set(SYSCALL_openat2, code, 0);
}

/* ---- a tree by hand ---- */

static void make_tree(void)
{
    CHECK(mkdir("/tmp/host", 0755) == 0);
    write_file("/tmp/host/canary", "intact");
    CHECK(mkdir("/tmp/r/dir", 0755) == 0);
    CHECK(mkdir("/tmp/r/dir/sub", 0755) == 0);
    write_file("/tmp/r/file", "file");
    write_file("/tmp/r/dir/sub/leaf", "leaf");
    CHECK(symlink("/tmp/host", "/tmp/r/abs_out") == 0);
    CHECK(symlink("../../../tmp/host", "/tmp/r/rel_out") == 0);
    CHECK(symlink("/dir/sub", "/tmp/r/abs_in") == 0);
    CHECK(symlink("dir/sub/leaf", "/tmp/r/to_leaf") == 0);
    CHECK(symlink("loop2", "/tmp/r/loop1") == 0);
    CHECK(symlink("loop1", "/tmp/r/loop2") == 0);
    CHECK(symlink("dir/", "/tmp/r/slash") == 0);
    CHECK(symlink("file/", "/tmp/r/file_slash") == 0);
    CHECK(symlink("/run/x", "/tmp/r/dangling") == 0);
    CHECK(mkfifo("/tmp/r/fifo", 0600) == 0);
}

struct open_case {
    const char *path;
    int flags;
    int want;         /* 0 or negative errno */
    const char *same; /* the object it must be */
};

static const struct open_case open_cases[] = {
    {"", O_PATH, 0, "/tmp/r"},
    {"/", O_PATH, 0, "/tmp/r"},
    {"/..", O_PATH, 0, "/tmp/r"},
    {"../../..", O_PATH | O_DIRECTORY, 0, "/tmp/r"},
    {"../file", O_PATH, 0, "/tmp/r/file"},
    {"dir/../../../file", O_PATH, 0, "/tmp/r/file"},
    {"/file", O_RDONLY, 0, "/tmp/r/file"},
    {"//dir//sub//leaf", O_RDONLY, 0, "/tmp/r/dir/sub/leaf"},
    {"/dir/./sub/../sub/leaf", O_RDONLY, 0, "/tmp/r/dir/sub/leaf"},
    {"file/", O_PATH, -ENOTDIR, NULL},
    {"file/.", O_PATH, -ENOTDIR, NULL},
    {"file/..", O_PATH, -ENOTDIR, NULL},
    {"file/x", O_PATH, -ENOTDIR, NULL},
    {"none", O_PATH, -ENOENT, NULL},
    {"none/x", O_PATH, -ENOENT, NULL},
    {"dir/none", O_RDONLY, -ENOENT, NULL},
    {"dir", O_RDONLY | O_DIRECTORY, 0, "/tmp/r/dir"},
    {"dir/", O_RDONLY, 0, "/tmp/r/dir"},
    {"dir", O_WRONLY, -EISDIR, NULL},
    {"file", O_PATH | O_DIRECTORY, -ENOTDIR, NULL},
    {"file", O_RDONLY | O_DIRECTORY, -ENOTDIR, NULL},
    {"abs_out", O_PATH, -ENOENT, NULL},
    {"abs_out/canary", O_PATH, -ENOENT, NULL},
    {"rel_out/canary", O_PATH, -ENOENT, NULL},
    {"abs_in/leaf", O_RDONLY, 0, "/tmp/r/dir/sub/leaf"},
    {"abs_in/..", O_PATH, 0, "/tmp/r/dir"},
    {"to_leaf", O_RDONLY, 0, "/tmp/r/dir/sub/leaf"},
    {"to_leaf", O_PATH | O_NOFOLLOW, 0, NULL},
    {"to_leaf", O_RDONLY | O_NOFOLLOW, -ELOOP, NULL},
    {"to_leaf", O_PATH | O_NOFOLLOW | O_DIRECTORY, -ENOTDIR, NULL},
    {"to_leaf/", O_PATH | O_NOFOLLOW, -ENOTDIR, NULL},
    {"abs_in", O_PATH | O_NOFOLLOW, 0, NULL},
    {"abs_in/", O_PATH | O_NOFOLLOW, 0, "/tmp/r/dir/sub"},
    {"loop1", O_PATH, -ELOOP, NULL},
    {"loop1/x", O_PATH, -ELOOP, NULL},
    {"slash", O_PATH, 0, "/tmp/r/dir"},
    {"slash/sub", O_PATH, 0, "/tmp/r/dir/sub"},
    {"file_slash", O_PATH, -ENOTDIR, NULL},
    {"dangling", O_PATH, -ENOENT, NULL},
    {"dangling", O_PATH | O_NOFOLLOW, 0, NULL},
    {"fifo", O_RDONLY | O_NONBLOCK, 0, "/tmp/r/fifo"},
    {"file", O_RDONLY | O_CREAT, -EINVAL, NULL},
    {"file", O_WRONLY | O_TRUNC, -EINVAL, NULL},
    {"file", O_PATH | O_RDWR, -EINVAL, NULL},
};

static void open_table(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    make_tree();
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        use_rung(rungs[k]);
        for (size_t i = 0; i < ARRAY_SIZE(open_cases); i++) {
            const struct open_case *c = &open_cases[i];
            struct stat got, want;
            int before = count_fds();
            int fd = fs_open(root, c->path, c->flags, &test_err);

            if ((fd < 0 ? fd : 0) != c->want) {
                fprintf(stderr, "rung %d: \"%s\" flags %x: %d, not %d\n", rungs[k], c->path,
                        (unsigned)c->flags, fd, c->want);
                _exit(1);
            }
            if (fd >= 0) {
                CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
                CHECK(fstat(fd, &got) == 0);
                if (c->same) {
                    CHECK(stat(c->same, &want) == 0);
                    CHECK_INT(got.st_ino, want.st_ino);
                } else {
                    CHECK(S_ISLNK(got.st_mode));
                }
                close(fd);
            }
            CHECK_INT(count_fds(), before);
        }
    }
}

static void test_fs_open__table(void **state)
{
    (void)state;
    in_child(open_table, NULL, CLONE_NEWNS);
}

/* Chains of 39, 40 and 41 links. */
static void link_chain(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    write_file("/tmp/r/l0", "end");
    for (int i = 1; i <= 41; i++) {
        char name[32], to[32];

        snprintf(name, sizeof(name), "/tmp/r/l%d", i);
        snprintf(to, sizeof(to), "l%d", i - 1);
        CHECK(symlink(to, name) == 0);
    }
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        use_rung(rungs[k]);
        CHECK_OK(fs_open(root, "l39", O_PATH, &test_err));
        CHECK_OK(fs_open(root, "l40", O_PATH, &test_err));
        CHECK_INT(fs_open(root, "l41", O_PATH, &test_err), -ELOOP);
    }
}

static void test_fs_open__link_chain(void **state)
{
    (void)state;
    in_child(link_chain, NULL, CLONE_NEWNS);
}

/* Each link adds 200 bytes to what remains: longer than PATH_MAX in all. */
static void growing_links(void *arg)
{
    int root = scratch_root("/tmp/r");
    char dots[256] = "", text[512], name[64], path[PATH_MAX + 16];

    (void)arg;
    for (int i = 0; i < 100; i++)
        memcpy(dots + 2 * i, "./", 3);
    CHECK(mkdir("/tmp/r/g0", 0755) == 0);
    for (int i = 1; i <= 38; i++) {
        snprintf(name, sizeof(name), "/tmp/r/g%d", i);
        snprintf(text, sizeof(text), "g%d/%s", i - 1, dots);
        CHECK(symlink(text, name) == 0);
    }
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        int fd;

        use_rung(rungs[k]);
        CHECK_OK(fs_open(root, "g38", O_PATH | O_DIRECTORY, &test_err));
        fd = fs_open(root, path, O_PATH, &test_err);
        CHECK_INT(fd, -ENAMETOOLONG);
        CHECK_INT(fs_mkdir_p(root, path, 0755, &test_err), -ENAMETOOLONG);
        CHECK_INT(fs_create_file(root, path, 0644, &test_err), -ENAMETOOLONG);
        path[300] = '\0';
        CHECK_INT(fs_open(root, path, O_PATH, &test_err), -ENAMETOOLONG); /* one component of 300 */
        CHECK_INT(fs_mkdir_p(root, path, 0755, &test_err), -ENAMETOOLONG);
        path[300] = 'a';
    }
}

static void test_fs_open__long(void **state)
{
    (void)state;
    in_child(growing_links, NULL, CLONE_NEWNS);
}

/* Links of procfs: the true ones are followed, the magic ones are not. */
static void magic_links(void *arg)
{
    static const struct {
        const char *path;
        int want;
    } cases[] = {
        {"/proc/self/status", 0},
        {"/proc/thread-self/comm", 0},
        {"/proc/mounts", 0},
        {"/proc/net/dev", 0},
        {"/proc/self/exe", -ELOOP},
        {"/proc/self/cwd", -ELOOP},
        {"/proc/self/root/etc", -ELOOP},
        {"/proc/self/fd/0", -ELOOP},
        {"/proc/self/ns/mnt", -ELOOP},
        {"/proc/self/task/../status", 0},
    };
    int root = scratch_root("/tmp/r");

    (void)arg;
    CHECK(mkdir("/tmp/r/proc", 0755) == 0);
    CHECK(mount("proc", "/tmp/r/proc", "proc", 0, NULL) == 0);
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        use_rung(rungs[k]);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            int fd = fs_open(root, cases[i].path, O_PATH, &test_err);

            if ((fd < 0 ? fd : 0) != cases[i].want) {
                fprintf(stderr, "rung %d: %s: %d\n", rungs[k], cases[i].path, fd);
                _exit(1);
            }
            if (fd >= 0)
                close(fd);
        }
    }
}

static void test_fs_open__magic_links(void **state)
{
    (void)state;
    in_child(magic_links, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

static void nosymfollow(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    CHECK(mkdir("/tmp/r/m", 0755) == 0);
    if (mount("t", "/tmp/r/m", "tmpfs", MS_NOSYMFOLLOW, NULL) < 0)
        child_skip("no nosymfollow");
    CHECK(symlink("/m", "/tmp/r/m/l") == 0);
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        use_rung(rungs[k]);
        CHECK_INT(fs_open(root, "m/l", O_PATH, &test_err), -ELOOP);
        CHECK_OK(fs_open(root, "m/l", O_PATH | O_NOFOLLOW, &test_err));
    }
}

static void test_fs_open__nosymfollow(void **state)
{
    (void)state;
    in_child(nosymfollow, NULL, CLONE_NEWNS);
}

/* ---- both rungs against each other on random forests of links ---- */

static uint64_t seed;

static uint32_t roll(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % n;
}

static const char *const names[] = {"a", "b", "c", "d"};

static void random_path(char *out, size_t cap, bool may_be_absolute)
{
    size_t len = 0;
    uint32_t n = 1 + roll(5);

    out[0] = '\0';
    if (may_be_absolute && roll(3) == 0)
        len += (size_t)snprintf(out, cap, "/");
    for (uint32_t i = 0; i < n; i++) {
        const char *part = roll(5) == 0 ? ".." : roll(9) == 0 ? "." : names[roll(4)];

        len += (size_t)snprintf(out + len, cap - len, "%s%s", part, i + 1 < n || roll(6) == 0 ? "/" : "");
        if (roll(12) == 0)
            len += (size_t)snprintf(out + len, cap - len, "/");
    }
}

/*
 * Make something at a random place; collisions do not matter. Never through a link: an absolute one leads out of the
 * tree, to the root of the machine.
 */
static void grow(int root)
{
    const char *name = names[roll(4)];
    char text[256];
    int parent = dup(root);

    for (uint32_t depth = roll(3); depth > 0 && parent >= 0; depth--) {
        int next = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        close(parent);
        parent = next;
        name = names[roll(4)];
    }
    if (parent < 0)
        return;
    random_path(text, sizeof(text), true);
    switch (roll(4)) {
    case 0: mkdirat(parent, name, 0755); break;
    case 1: close(openat(parent, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644)); break;
    default: symlinkat(text, parent, name); break;
    }
    close(parent);
}

/* The same error, or the same object. */
static bool same_result(int a, int b)
{
    struct stat sa, sb;

    if (a < 0 || b < 0)
        return a == b;
    CHECK(fstat(a, &sa) == 0 && fstat(b, &sb) == 0);
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static void forest(void *arg)
{
    static const int flags[] = {
        O_PATH,   O_PATH | O_NOFOLLOW,   O_PATH | O_DIRECTORY,   O_PATH | O_DIRECTORY | O_NOFOLLOW,
        O_RDONLY, O_RDONLY | O_NOFOLLOW, O_RDONLY | O_DIRECTORY, O_RDWR};
    int found = 0;

    (void)arg;
    scratch_root("/tmp/x");
    for (int tree = 0; tree < 300; tree++) {
        char dir[32];
        int root;

        seed = 0x9e3779b97f4a7c15u * (uint64_t)(tree + 1);
        snprintf(dir, sizeof(dir), "/tmp/x/t%d", tree);
        CHECK(mkdir(dir, 0755) == 0);
        root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(root >= 0);
        for (int i = 0; i < 20; i++)
            grow(root);
        for (int i = 0; i < 60; i++) {
            int f = flags[roll(ARRAY_SIZE(flags))], a, b;
            char path[256];

            random_path(path, sizeof(path), true);
            use_rung(0);
            a = fs_open(root, path, f, NULL);
            use_rung(ENOSYS);
            b = fs_open(root, path, f, NULL);
            if (!same_result(a, b)) {
                fprintf(stderr, "tree %d path \"%s\" flags %x: openat2 %d, walk %d\n", tree, path,
                        (unsigned)f, a, b);
                _exit(1);
            }
            found += a >= 0;
            if (a >= 0)
                close(a);
            if (b >= 0)
                close(b);
        }
        close(root);
    }
    CHECK(found > 2000); /* else the trees are too bare to prove anything */
}

static void test_fs_open__rungs_agree(void **state)
{
    (void)state;
    in_child(forest, NULL, CLONE_NEWNS);
}

/* ---- races ---- */

static volatile bool stop_racing;

static void *swapper(void *arg)
{
    (void)arg;
    while (!stop_racing)
        renameat2(AT_FDCWD, "/tmp/r/swap", AT_FDCWD, "/tmp/r/link", RENAME_EXCHANGE);
    return NULL;
}

/* A directory and a link to the host's directory change places all the time: never out, never anything made
 * there. */
static void race(void *arg)
{
    int root = scratch_root("/tmp/r");
    struct stat st, host;
    pthread_t thread;
    int opened = 0;

    (void)arg;
    CHECK(mkdir("/tmp/host", 0755) == 0);
    CHECK(mkdir("/tmp/host/in", 0755) == 0);
    CHECK(stat("/tmp/host/in", &host) == 0);
    CHECK(mkdir("/tmp/r/swap", 0755) == 0);
    CHECK(mkdir("/tmp/r/swap/in", 0755) == 0);
    CHECK(symlink("/tmp/host", "/tmp/r/link") == 0);
    CHECK(pthread_create(&thread, NULL, swapper, NULL) == 0);
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        use_rung(rungs[k]);
        for (int i = 0; i < 4000; i++) {
            char name[64];
            int fd = fs_open(root, "/swap/in/../in", O_PATH | O_DIRECTORY, NULL);

            if (fd >= 0) {
                CHECK(fstat(fd, &st) == 0);
                CHECK(st.st_ino != host.st_ino);
                close(fd);
                opened++;
            }
            snprintf(name, sizeof(name), "/swap/new%d/f", i % 50);
            fd = fs_create_file(root, name, 0644, NULL);
            if (fd >= 0)
                close(fd);
        }
    }
    stop_racing = true;
    pthread_join(thread, NULL);
    CHECK(opened > 100);
    CHECK(rmdir("/tmp/host/in") == 0);
    CHECK(rmdir("/tmp/host") == 0); /* empty: nothing was made on the host */
}

static void test_fs_open__race(void **state)
{
    (void)state;
    in_child(race, NULL, CLONE_NEWNS);
}

/* EAGAIN is retried 128 times and more, and not for ever; then the path is walked. */
static void eagain(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    write_file("/tmp/r/f", "");
    sys_fault_set(SYSCALL_openat2, EAGAIN, 1);
    CHECK_OK(fs_open(root, "f", O_PATH, &test_err));
    sys_fault_clear();
    sys_fault_set(SYSCALL_openat2, EAGAIN, 0);
    CHECK_OK(fs_open(root, "f", O_PATH, &test_err)); /* by the walk in the end */
    CHECK(sys_fault_count(SYSCALL_openat2) > 128);
    CHECK(sys_fault_count(SYSCALL_openat2) < 10000000);
}

static void test_fs_open__eagain(void **state)
{
    (void)state;
    in_child(eagain, NULL, CLONE_NEWNS);
}

/* ---- making ---- */

static mode_t mode_of(const char *path)
{
    struct stat st;

    CHECK(lstat(path, &st) == 0);
    return st.st_mode;
}

static void mkdir_p(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    umask(0);
    make_tree();
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        char path[128];
        struct stat a, b;
        int fd;

        use_rung(rungs[k]);
        snprintf(path, sizeof(path), "/new%zu/x/y", k);
        fd = fs_mkdir_p(root, path, 0750, &test_err);
        CHECK_OK(fd);
        snprintf(path, sizeof(path), "/tmp/r/new%zu/x/y", k);
        CHECK(fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino);
        CHECK_INT(mode_of(path), S_IFDIR | 0750);
        snprintf(path, sizeof(path), "/tmp/r/new%zu/x", k);
        CHECK_INT(mode_of(path), S_IFDIR | 0755);
        close(fd);
        /* existing, and again */
        CHECK_OK(fs_mkdir_p(root, "/dir/sub", 0755, &test_err));
        CHECK_OK(fs_mkdir_p(root, "/", 0755, &test_err));
        CHECK_OK(fs_mkdir_p(root, "", 0755, &test_err));
        /* a link out ends up inside */
        CHECK_OK(fs_mkdir_p(root, "/abs_out/made/here", 0755, &test_err));
        CHECK(access("/tmp/r/tmp/host/made/here", F_OK) == 0);
        CHECK(access("/tmp/host/made", F_OK) < 0);
        CHECK_OK(fs_mkdir_p(root, "/rel_out/made/there", 0755, &test_err));
        CHECK(access("/tmp/host/made", F_OK) < 0);
        /* a dangling link, as /var/run -> /run in images */
        CHECK_OK(fs_mkdir_p(root, "/dangling/secrets", 0755, &test_err));
        CHECK(access("/tmp/r/run/x/secrets", F_OK) == 0);
        CHECK_INT(fs_mkdir_p(root, "/file", 0755, &test_err), -ENOTDIR);
        CHECK_INT(fs_mkdir_p(root, "/file/x", 0755, &test_err), -ENOTDIR);
        CHECK_INT(fs_mkdir_p(root, "/loop1/x", 0755, &test_err), -ELOOP);
        CHECK_OK(fs_mkdir_p(root, "/up/../../../side", 0755, &test_err));
        CHECK(access("/tmp/r/side", F_OK) == 0);
        CHECK(rmdir("/tmp/r/side") == 0 && rmdir("/tmp/r/up") == 0);
        CHECK_STR(read_file_text("/tmp/host/canary"), "intact");
    }
}

static void test_fs_mkdir_p(void **state)
{
    (void)state;
    in_child(mkdir_p, NULL, CLONE_NEWNS);
}

static void create_file(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    umask(0);
    make_tree();
    for (size_t k = 0; k < ARRAY_SIZE(rungs); k++) {
        char path[128];
        int fd;

        use_rung(rungs[k]);
        snprintf(path, sizeof(path), "/p%zu/q/f", k);
        fd = fs_create_file(root, path, 0640, &test_err);
        CHECK_OK(fd);
        CHECK(fcntl(fd, F_GETFL) & O_PATH);
        snprintf(path, sizeof(path), "/tmp/r/p%zu/q/f", k);
        CHECK_INT(mode_of(path), S_IFREG | 0640);
        CHECK_OK(fs_create_file(root, "/file", 0644, &test_err));
        CHECK_STR(read_file_text("/tmp/r/file"), "file");
        CHECK_OK(fs_create_file(root, "/fifo", 0644, &test_err)); /* does not hang, is not replaced */
        CHECK(S_ISFIFO(mode_of("/tmp/r/fifo")));
        CHECK_INT(fs_create_file(root, "/dir", 0644, &test_err), -EISDIR);
        CHECK_INT(fs_create_file(root, "/", 0644, &test_err), -EISDIR);
        CHECK_INT(fs_create_file(root, "/fresh/", 0644, &test_err), -EISDIR);
        CHECK_INT(fs_create_file(root, "/file/x", 0644, &test_err), -ENOTDIR);
        CHECK_OK(fs_create_file(root, "/abs_out/f", 0644, &test_err));
        CHECK(access("/tmp/r/tmp/host/f", F_OK) == 0 && access("/tmp/host/f", F_OK) < 0);
        CHECK_OK(fs_create_file(root, "/dangling", 0644, &test_err));
        CHECK(S_ISREG(mode_of("/tmp/r/run/x")));
        CHECK(unlink("/tmp/r/run/x") == 0);
    }
}

static void test_fs_create_file(void **state)
{
    (void)state;
    in_child(create_file, NULL, CLONE_NEWNS);
}

static void open_parent(void *arg)
{
    static const struct {
        const char *path;
        int want;
        const char *base, *dir;
    } cases[] = {
        {"/dir/sub/leaf", 0, "leaf", "/tmp/r/dir/sub"},
        {"/dir/sub//", 0, "sub", "/tmp/r/dir"},
        {"name", 0, "name", "/tmp/r"},
        {"/abs_in/x", 0, "x", "/tmp/r/dir/sub"},
        {"/", -EINVAL, NULL, NULL},
        {"", -EINVAL, NULL, NULL},
        {"/a/..", -EINVAL, NULL, NULL},
        {"/a/.", -EINVAL, NULL, NULL},
        {"/none/x", -ENOENT, NULL, NULL},
    };
    int root = scratch_root("/tmp/r");
    char base[256];

    (void)arg;
    make_tree();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct stat a, b;
        int fd = fs_open_parent(root, cases[i].path, false, base, &test_err);

        CHECK_INT(fd < 0 ? fd : 0, cases[i].want);
        if (fd >= 0) {
            CHECK_STR(base, cases[i].base);
            CHECK(fstat(fd, &a) == 0 && stat(cases[i].dir, &b) == 0 && a.st_ino == b.st_ino);
        }
    }
    CHECK_OK(fs_open_parent(root, "/none/deep/x", true, base, &test_err));
    CHECK(access("/tmp/r/none/deep", F_OK) == 0 && access("/tmp/r/none/deep/x", F_OK) < 0);
}

static void test_fs_open_parent(void **state)
{
    (void)state;
    in_child(open_parent, NULL, CLONE_NEWNS);
}

static void make_symlink(void *arg)
{
    int root = scratch_root("/tmp/r");

    (void)arg;
    make_tree();
    CHECK_OK(fs_symlink(root, "/dev/fd", "/proc/self/fd", &test_err));
    CHECK_OK(fs_symlink(root, "/dev/fd", "/proc/self/fd", &test_err));
    CHECK_INT(fs_symlink(root, "/dev/fd", "/else", &test_err), -EEXIST);
    CHECK_INT(fs_symlink(root, "/file", "/else", &test_err), -EEXIST);
    CHECK_OK(fs_symlink(root, "/abs_out/link", "x", &test_err));
    CHECK(access("/tmp/host/link", F_OK) < 0);
    CHECK(S_ISLNK(mode_of("/tmp/r/tmp/host/link")));
}

static void test_fs_symlink(void **state)
{
    (void)state;
    in_child(make_symlink, NULL, CLONE_NEWNS);
}

static void change_mode(void *arg)
{
    int root = scratch_root("/tmp/r"), fd;

    (void)arg;
    write_file("/tmp/r/f", "");
    fd = fs_open(root, "f", O_PATH, &test_err);
    CHECK_OK(fd);
    CHECK_OK(fs_chmod(fd, 0604, &test_err));
    CHECK_INT(mode_of("/tmp/r/f"), S_IFREG | 0604);
    sys_fault_set(SYSCALL_fchmod_path, ENOSYS, 0);
    CHECK_OK(fs_chmod(fd, 0711, &test_err));
    CHECK_INT(mode_of("/tmp/r/f"), S_IFREG | 0711);
}

static void test_fs_chmod__both_rungs(void **state)
{
    (void)state;
    in_child(change_mode, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

/* As root and as somebody else, on each rung. */
static void ask_access(void *arg)
{
    static const int codes[] = {0, ENOSYS, EPERM};

    (void)arg;
    scratch_root("/tmp/r");
    write_file("/tmp/r/plain", "");
    write_file("/tmp/r/program", "");
    CHECK(chmod("/tmp/r/program", 0755) == 0);
    write_file("/tmp/r/roots", "");
    CHECK(chmod("/tmp/r/roots", 0700) == 0);
    for (int user = 0; user < 2; user++) {
        CHECK(!user || setresuid(1000, 1000, 1000) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
            sys_fault_clear();
            sys_fault_set(SYSCALL_faccessat2, codes[i], 0);
            CHECK_INT(fs_access("/tmp/r/program", X_OK), 0);
            CHECK_INT(fs_access("/tmp/r/plain", X_OK), -EACCES);
            CHECK_INT(fs_access("/tmp/r/roots", X_OK), user ? -EACCES : 0);
            CHECK_INT(fs_access("/tmp/r/none", X_OK), -ENOENT);
        }
    }
}

/* access(2) would answer for the wrong user. */
static void ask_for_another(void *arg)
{
    (void)arg;
    CHECK(setresuid(-1, 1000, -1) == 0);
    CHECK_INT(fs_access("/", X_OK), 0);
    sys_fault_set(SYSCALL_faccessat2, EPERM, 0);
    CHECK_INT(fs_access("/", X_OK), -ENOSYS);
}

static void test_fs_access__both_rungs(void **state)
{
    (void)state;
    in_child(ask_access, NULL, CLONE_NEWNS);
    in_child(ask_for_another, NULL, 0);
}

static void open_root(void *arg)
{
    int fd;

    (void)arg;
    scratch_root("/tmp/r");
    write_file("/tmp/r/f", "");
    CHECK(symlink("/tmp/r", "/tmp/link") == 0);
    fd = fs_open_root("/tmp/link", &test_err);
    CHECK_OK(fd);
    CHECK_INT(fs_open_root("/tmp/r/f", &test_err), -ENOTDIR);
    CHECK_INT(fs_open_root("/tmp/none", &test_err), -ENOENT);
    CHECK_HAS(test_err.message, "/tmp/none");
}

static void test_fs_open_root(void **state)
{
    (void)state;
    in_child(open_root, NULL, CLONE_NEWNS);
}

/* Many creators at once on one tree: none of them fails. */
static void creator(int root, int k)
{
    for (int i = 0; i < 200; i++) {
        char path[64];
        int fd;

        use_rung(rungs[(k + i) % 3]);
        snprintf(path, sizeof(path), "/many/%d/x/y", i);
        fd = fs_mkdir_p(root, path, 0755, &test_err);
        CHECK_OK(fd);
        close(fd);
        snprintf(path, sizeof(path), "/many/%d/f/g", i);
        fd = fs_create_file(root, path, 0644, &test_err);
        CHECK_OK(fd);
        close(fd);
    }
}

static void many_creators(void *arg)
{
    int root = scratch_root("/tmp/r");
    pid_t pids[8];

    (void)arg;
    for (int k = 0; k < 8; k++) {
        pids[k] = fork();
        if (pids[k] == 0) {
            creator(root, k);
            _exit(0);
        }
    }
    for (int k = 0; k < 8; k++) {
        int status;

        CHECK(waitpid(pids[k], &status, 0) == pids[k]);
        CHECK_INT(status, 0);
    }
}

static void test_fs_make__concurrently(void **state)
{
    (void)state;
    in_child(many_creators, NULL, CLONE_NEWNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fs_open__table),
        cmocka_unit_test(test_fs_open__link_chain),
        cmocka_unit_test(test_fs_open__long),
        cmocka_unit_test(test_fs_open__magic_links),
        cmocka_unit_test(test_fs_open__nosymfollow),
        cmocka_unit_test(test_fs_open__rungs_agree),
        cmocka_unit_test(test_fs_open__race),
        cmocka_unit_test(test_fs_open__eagain),
        cmocka_unit_test(test_fs_mkdir_p),
        cmocka_unit_test(test_fs_create_file),
        cmocka_unit_test(test_fs_open_parent),
        cmocka_unit_test(test_fs_symlink),
        cmocka_unit_test(test_fs_chmod__both_rungs),
        cmocka_unit_test(test_fs_access__both_rungs),
        cmocka_unit_test(test_fs_open_root),
        cmocka_unit_test(test_fs_make__concurrently),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
