/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/mount: every kind on the new calls and on mount(2). */
#include "kernel_test.h"

#include "kernel/mount.h"
#include "kernel/mount_parts.h"
#include "kernel/ns.h"
#include "kernel/userns.h"

#include <sys/statvfs.h>
#include <sys/xattr.h>

/* Which calls are missing. */
enum rung { RUNG_NEW, RUNG_NO_SETATTR, RUNG_OLD, RUNG_FILTERED, RUNG_COUNT };

static const char *const rung_names[] = {"new calls", "no mount_setattr", "mount(2)", "filtered with EPERM"};

static void use_rung(enum rung rung)
{
    static const enum sys_call calls[] = {SYSCALL_open_tree, SYSCALL_move_mount, SYSCALL_fsopen,
                                          SYSCALL_fsmount, SYSCALL_fspick};

    sys_fault_clear();
    if (rung >= RUNG_NO_SETATTR)
        sys_fault_set(SYSCALL_mount_setattr, rung == RUNG_FILTERED ? EPERM : ENOSYS, 0);
    for (size_t i = 0; rung >= RUNG_OLD && i < ARRAY_SIZE(calls); i++)
        sys_fault_set(calls[i], rung == RUNG_OLD ? ENOSYS : EPERM, 0);
    if (rung == RUNG_OLD)
        sys_fault_set(SYSCALL_openat2, ENOSYS, 0);
}

static struct mount_ctx ctx;
static struct procfs procfs;

/* A root in a tmpfs of its own for one rung. */
static int begin(enum rung rung)
{
    int root;

    umount2("/tmp", MNT_DETACH);
    root = scratch_root("/tmp/r");
    procfs = PROCFS_INIT;
    mount_ctx_init(&ctx, root, NULL, NULL, &procfs);
    umask(0);
    use_rung(rung);
    return root;
}

static void end(void)
{
    sys_fault_clear();
    mount_ctx_done(&ctx);
    procfs_done(&procfs);
    close(ctx.root_fd);
}

/* Run a case on every rung, each in a fresh process. */
struct rung_case {
    void (*fn)(void);
    enum rung rung;
};

static void run_rung_case(void *arg)
{
    const struct rung_case *c = arg;
    int before;

    begin(c->rung);
    before = count_fds();
    fprintf(stderr, "%s", "");
    c->fn();
    procfs_done(&procfs);
    mount_ctx_done(&ctx);
    CHECK_INT(count_fds(), before); /* nothing is left open */
    end();
}

static void on_rungs(void (*fn)(void), enum rung last)
{
    for (enum rung r = RUNG_NEW; r <= last; r++) {
        struct rung_case c = {fn, r};
        int status =
            child_status(run_rung_case, &c, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET);

        if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP_STATUS)
            skip();
        if (status != 0)
            fail_msg("%s: status 0x%x", rung_names[r], (unsigned)status);
    }
}

/* Linux 5.12 */
static bool has_setattr(void)
{
    return syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) < 0 && errno != ENOSYS;
}

static unsigned long mount_flags_of(const char *path)
{
    struct statvfs st;

    CHECK(statvfs(path, &st) == 0);
    return st.f_flag &
           (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME | ST_RELATIME);
}

/* "shared:", "master:", "unbindable" or "" of the last mount at that place. */
static bool propagation_is(const char *path, const char *want)
{
    static char text[65536];
    char needle[128], *line, *end_of, *found = NULL;
    bool has;

    snprintf(text, sizeof(text), "%s", read_file_text("/proc/self/mountinfo"));
    snprintf(needle, sizeof(needle), " %s ", path);
    for (line = strstr(text, needle); line; line = strstr(line + 1, needle))
        found = line;
    CHECK(found);
    end_of = strstr(found, " - ");
    CHECK(end_of);
    *end_of = '\0';
    has = strstr(found, "shared:") || strstr(found, "master:") || strstr(found, "unbindable");
    return want[0] ? strstr(found, want) != NULL : !has;
}

/* ---- flags ---- */

static void test_mount_flags_to_attrs(void **state)
{
    static const struct {
        uint64_t set, clear, attr_set, attr_clr;
    } cases[] = {
        {0, 0, 0, 0},
        {MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0,
         MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0},
        {0, MS_RDONLY | MS_NOSUID, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID},
        {MS_NOATIME, 0, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
        {MS_RELATIME, 0, 0, MOUNT_ATTR__ATIME},
        {MS_STRICTATIME, 0, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
        {0, MS_NOATIME, 0, MOUNT_ATTR__ATIME},
        {0, MS_RELATIME, 0, 0},
        {MS_NOATIME, MS_RELATIME, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
        {MS_NODIRATIME | MS_NOSYMFOLLOW, 0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0},
        {MS_BIND | MS_REC | MS_SYNCHRONOUS | MS_LAZYTIME, MS_DIRSYNC, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mount_flags f = {.set = cases[i].set, .clear = cases[i].clear};
        uint64_t set, clr;

        mount_flags_to_attrs(&f, &set, &clr);
        assert_int_equal(set, cases[i].attr_set);
        assert_int_equal(clr, cases[i].attr_clr);
    }
}

static void test_mount_next_option(void **state)
{
    static const struct {
        const char *data;
        const char *want; /* "key=value;" or "key;" each */
    } cases[] = {
        {"", ""},
        {",,", ""},
        {"mode=755", "mode=755;"},
        {"mode=755,size=64k,noswap", "mode=755;size=64k;noswap;"},
        {"a=,b", "a=;b;"},
        {"context=\"a:b:c:s0:c1,c2\",mode=1777", "context=a:b:c:s0:c1,c2;mode=1777;"},
        {"size=1,rootcontext=\"x,y\"", "size=1;rootcontext=x,y;"},
        {"lowerdir=/a\"b,upperdir=/c\"d", "lowerdir=/a\"b;upperdir=/c\"d;"},
        {"lowerdir=/a=b:/c", "lowerdir=/a=b:/c;"},
        {"context=\"open,end", "context=open,end;"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *rest = cases[i].data, *key, *value;
        char got[256] = "", scratch[128];
        size_t len = 0;
        int r;

        while ((r = mount_next_option(&rest, scratch, sizeof(scratch), &key, &value)) > 0)
            len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s%s;", key, value ? "=" : "",
                                    value ? value : "");
        assert_int_equal(r, 0);
        assert_string_equal(got, cases[i].want);
    }
    {
        const char *rest = "too-long", *key, *value;
        char scratch[4];

        assert_int_equal(mount_next_option(&rest, scratch, sizeof(scratch), &key, &value), -EMSGSIZE);
    }
}

/* ---- binds ---- */

static struct plan_mount bind_of(const char *source, const char *target, uint64_t set)
{
    return (struct plan_mount){.kind = MOUNT_BIND,
                               .source = source,
                               .target = target,
                               .flags = {.set = MS_BIND | set},
                               .target_type = TARGET_LIKE_SOURCE,
                               .on_target_missing = ENOENT_CREATE};
}

static void bind_dir(void)
{
    struct plan_mount m = bind_of("/tmp/src", "/data/in", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

    CHECK(mkdir("/tmp/src", 0755) == 0);
    write_file("/tmp/src/f", "x");
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/data/in/f"), "x");
    CHECK_INT(mount_flags_of("/tmp/r/data/in") & ~(unsigned long)ST_RELATIME,
              ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
    CHECK(open("/tmp/r/data/in/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS);
    CHECK_INT(mount_flags_of("/tmp/src") & ST_RDONLY, 0);
}

static void bind_file(void)
{
    struct plan_mount m = bind_of("/tmp/file", "/etc/deep/file", MS_RDONLY);

    write_file("/tmp/file", "content");
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/etc/deep/file"), "content");
    CHECK(open("/tmp/r/etc/deep/file", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
}

/* A mount below the source comes along with rbind only. */
static void bind_recursive(void)
{
    struct plan_mount flat = bind_of("/tmp/src", "/flat", 0), rec = bind_of("/tmp/src", "/rec", MS_REC);

    CHECK(mkdir("/tmp/src", 0755) == 0 && mkdir("/tmp/src/sub", 0755) == 0);
    CHECK(mount("t", "/tmp/src/sub", "tmpfs", 0, NULL) == 0);
    write_file("/tmp/src/sub/f", "below");
    CHECK_OK(mount_apply(&ctx, &flat, -1, &test_err));
    CHECK_OK(mount_apply(&ctx, &rec, -1, &test_err));
    CHECK(access("/tmp/r/flat/sub/f", F_OK) < 0);
    CHECK_STR(read_file_text("/tmp/r/rec/sub/f"), "below");
}

/* Flags that the source has stay, unless cleared by name. */
static void bind_keeps_flags(void)
{
    struct plan_mount keep = bind_of("/tmp/src", "/keep", MS_RDONLY),
                      clear = bind_of("/tmp/src", "/clear", 0);

    clear.flags.clear = MS_NOSUID | MS_NOEXEC;
    CHECK(mkdir("/tmp/src", 0755) == 0);
    CHECK(mount("t", "/tmp/src", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, NULL) == 0);
    CHECK_OK(mount_apply(&ctx, &keep, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/keep"), ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME);
    CHECK_OK(mount_apply(&ctx, &clear, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/clear"), ST_NODEV | ST_NOATIME);
}

static void bind_atime(void)
{
    static const struct {
        uint64_t set, clear;
        unsigned long want;
    } cases[] = {
        {MS_NOATIME, 0, ST_NOATIME},  {MS_NOATIME | MS_NODIRATIME, 0, ST_NOATIME | ST_NODIRATIME},
        {MS_STRICTATIME, 0, 0},       {MS_RELATIME, 0, ST_RELATIME},
        {0, MS_NOATIME, ST_RELATIME}, {0, 0, ST_RELATIME},
    };

    CHECK(mkdir("/tmp/src", 0755) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char target[32], path[64];
        struct plan_mount m = bind_of("/tmp/src", target, cases[i].set);

        m.flags.clear = cases[i].clear;
        snprintf(target, sizeof(target), "/a%zu", i);
        snprintf(path, sizeof(path), "/tmp/r%s", target);
        CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
        CHECK_INT(mount_flags_of(path), cases[i].want);
    }
}

static void bind_propagation(void)
{
    uint64_t list_shared[] = {MS_SHARED}, list_slave[] = {MS_SHARED | MS_REC, MS_SLAVE | MS_REC},
             list_unbindable[] = {MS_UNBINDABLE}, list_private[] = {MS_PRIVATE | MS_REC};
    struct {
        uint64_t *list;
        size_t n;
        const char *target, *path, *want;
    } cases[] = {
        {list_shared, 1, "/shared", "/tmp/r/shared", "shared:"},
        {list_slave, 2, "/slave", "/tmp/r/slave", ""}, /* a slave of nobody is private */
        {list_unbindable, 1, "/unb", "/tmp/r/unb", "unbindable"},
        {list_private, 1, "/priv", "/tmp/r/priv", ""},
    };

    CHECK(mkdir("/tmp/src", 0755) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plan_mount m = bind_of("/tmp/src", cases[i].target, 0);

        m.flags.propagation = cases[i].list;
        m.flags.n_propagation = cases[i].n;
        CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
        CHECK(propagation_is(cases[i].path, cases[i].want));
    }
}

/* Links in the target lead inside the root; the host's file of that name is not touched. */
static void bind_through_links(void)
{
    struct plan_mount a = bind_of("/tmp/src", "/out/x", 0),
                      b = bind_of("/tmp/src/f", "/var/run/secrets/token", 0);

    CHECK(mkdir("/tmp/src", 0755) == 0 && mkdir("/tmp/host", 0755) == 0 && mkdir("/tmp/r/var", 0755) == 0);
    write_file("/tmp/src/f", "data");
    CHECK(symlink("/tmp/host", "/tmp/r/out") == 0);
    CHECK(symlink("/run", "/tmp/r/var/run") == 0); /* dangling, as in real images */
    CHECK_OK(mount_apply(&ctx, &a, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/tmp/host/x/f"), "data");
    CHECK(rmdir("/tmp/host") == 0);
    CHECK_OK(mount_apply(&ctx, &b, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/run/secrets/token"), "data");
}

static void bind_nofollow(void)
{
    struct plan_mount dest = bind_of("/tmp/file", "/link", 0), copy = bind_of("/tmp/link", "/copied", 0);
    struct stat st;
    char text[64];

    write_file("/tmp/file", "f");
    write_file("/tmp/r/behind", "behind");
    CHECK(symlink("/behind", "/tmp/r/link") == 0);
    CHECK(symlink("some/where", "/tmp/link") == 0);
    dest.dest_nofollow = true;
    CHECK_OK(mount_apply(&ctx, &dest, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/behind"), "behind");
    CHECK(lstat("/tmp/r/link", &st) == 0 && S_ISREG(st.st_mode));
    copy.copy_symlink = true;
    CHECK_OK(mount_apply(&ctx, &copy, -1, &test_err));
    CHECK_INT(readlink("/tmp/r/copied", text, sizeof(text)), strlen("some/where"));
}

static void bind_errors(void)
{
    struct plan_mount none = bind_of("/tmp/none", "/x", 0), onto = bind_of("/tmp/src", "/file", 0),
                      fails = bind_of("/tmp/src", "/missing", 0), skips = bind_of("/tmp/src", "/missing", 0),
                      loop = bind_of("/tmp/src", "/loop/x", 0);

    CHECK(mkdir("/tmp/src", 0755) == 0);
    write_file("/tmp/r/file", "");
    CHECK(symlink("loop", "/tmp/r/loop") == 0);
    CHECK_INT(mount_apply(&ctx, &none, -1, &test_err), -ENOENT);
    CHECK_HAS(test_err.message, "error mounting \"/tmp/none\" to rootfs at \"/x\"");
    CHECK_HAS(test_err.message, "no such file or directory");
    CHECK_INT(mount_apply(&ctx, &onto, -1, &test_err), -ENOTDIR);
    CHECK_INT(mount_apply(&ctx, &loop, -1, &test_err), -ELOOP);
    fails.on_target_missing = ENOENT_FAIL;
    CHECK_INT(mount_apply(&ctx, &fails, -1, &test_err), -ENOENT);
    skips.on_target_missing = ENOENT_SKIP;
    CHECK_OK(mount_apply(&ctx, &skips, -1, &test_err));
    CHECK(access("/tmp/r/missing", F_OK) < 0);
}

#define RUNGS_TEST(name, last)                                                                               \
    static void test_mount_apply__##name(void **state)                                                       \
    {                                                                                                        \
        (void)state;                                                                                         \
        on_rungs(name, last);                                                                                \
    }

RUNGS_TEST(bind_dir, RUNG_FILTERED)
RUNGS_TEST(bind_file, RUNG_FILTERED)
RUNGS_TEST(bind_recursive, RUNG_FILTERED)
RUNGS_TEST(bind_keeps_flags, RUNG_FILTERED)
RUNGS_TEST(bind_atime, RUNG_FILTERED)
RUNGS_TEST(bind_propagation, RUNG_FILTERED)
RUNGS_TEST(bind_through_links, RUNG_FILTERED)
RUNGS_TEST(bind_nofollow, RUNG_FILTERED)
RUNGS_TEST(bind_errors, RUNG_FILTERED)

/* ---- recursive attributes: the new calls only ---- */

static void recursive_attributes(void)
{
    struct plan_mount m = bind_of("/tmp/src", "/rec", MS_REC);

    m.flags.rec_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME;
    m.flags.rec_clear = MOUNT_ATTR__ATIME;
    CHECK(mkdir("/tmp/src", 0755) == 0 && mkdir("/tmp/src/sub", 0755) == 0);
    CHECK(mount("t", "/tmp/src/sub", "tmpfs", 0, NULL) == 0);
    if (!has_setattr()) {
        CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -ENOSYS);
        CHECK_HAS(test_err.message, "5.12");
        child_skip("no mount_setattr before Linux 5.12");
    }
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/rec"), ST_RDONLY | ST_NOEXEC | ST_NOATIME);
    CHECK_INT(mount_flags_of("/tmp/r/rec/sub"), ST_RDONLY | ST_NOEXEC | ST_NOATIME);
    CHECK_INT(mount_flags_of("/tmp/src/sub") & ST_RDONLY, 0);
    /* without mount_setattr it is an error, not a weaker mount */
    for (enum rung r = RUNG_NO_SETATTR; r < RUNG_COUNT; r++) {
        m.target = "/weak";
        use_rung(r);
        CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -ENOSYS);
        CHECK_HAS(test_err.message, "5.12");
    }
    use_rung(RUNG_NEW);
    sys_fault_set(SYSCALL_mount_setattr, EPERM, 0);
    CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -EPERM);
}

RUNGS_TEST(recursive_attributes, RUNG_NEW)

/* ---- id mappings ---- */

static void idmap(void)
{
    struct config_idmap map = {.container_id = 0, .host_id = 100000, .size = 65536};
    struct config_idmaps maps = {&map, 1};
    struct plan_mount m = bind_of("/tmp/src", "/mapped", 0);
    struct stat st;
    int fd;

    CHECK(mkdir("/tmp/src", 0755) == 0);
    write_file("/tmp/src/f", "x");
    CHECK(chown("/tmp/src/f", 1000, 1001) == 0);
    m.idmap = true;
    m.uid_mappings = m.gid_mappings = &maps;
    fd = mount_open_source(&m, 0, -1, &test_err);
    if (fd == -ENOSYS || fd == -EINVAL) {
        CHECK_HAS(test_err.message, fd == -ENOSYS ? "5.12" : "the file system");
        child_skip(fd == -ENOSYS ? "no mount_setattr before Linux 5.12"
                                 : "a tmpfs takes no id mappings before Linux 6.3");
    }
    CHECK_OK(fd);
    CHECK_OK(mount_apply(&ctx, &m, fd, &test_err));
    close(fd);
    CHECK(stat("/tmp/r/mapped/f", &st) == 0);
    CHECK_INT(st.st_uid, 101000);
    CHECK_INT(st.st_gid, 101001);
    /* the container's own namespace */
    fd = userns_make(&maps, &maps, &test_err);
    CHECK_OK(fd);
    m.uid_mappings = m.gid_mappings = NULL;
    m.target = "/by-fd";
    ctx.userns_fd = fd;
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK(stat("/tmp/r/by-fd/f", &st) == 0);
    CHECK_INT(st.st_uid, 101000);
    ctx.userns_fd = -1;
    close(fd);
    CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -EINVAL);
    /* what cannot be mapped is said to be so */
    m.source = "/proc";
    m.target = "/never";
    m.uid_mappings = m.gid_mappings = &maps;
    CHECK_INT(mount_open_source(&m, 0, -1, &test_err), -EINVAL);
    CHECK_HAS(test_err.message, "id mapping");
    sys_fault_set(SYSCALL_mount_setattr, ENOSYS, 0);
    m.source = "/tmp/src";
    CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -ENOSYS);
}

/* Makes a user namespace through the host's /proc: not in a pid namespace of its own. */
static void run_idmap(void *arg)
{
    struct rung_case c = {idmap, RUNG_NEW};

    (void)arg;
    run_rung_case(&c);
}

static void test_mount_apply__idmap(void **state)
{
    (void)state;
    in_child(run_idmap, NULL, CLONE_NEWNS);
}

/* ---- file systems ---- */

static struct plan_mount fs_of(const char *fstype, const char *target, uint64_t set, const char *data)
{
    return (struct plan_mount){.kind = MOUNT_FS,
                               .source = fstype,
                               .fstype = fstype,
                               .target = target,
                               .flags = {.set = set},
                               .data = data,
                               .target_type = TARGET_DIR,
                               .on_target_missing = ENOENT_CREATE};
}

static void all_default_file_systems(void)
{
    const uint64_t usual = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    struct plan_mount mounts[] = {
        fs_of("proc", "/proc", usual, NULL),
        fs_of("tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
        fs_of("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        fs_of("tmpfs", "/dev/shm", usual, "mode=1777,size=65536k"),
        fs_of("mqueue", "/dev/mqueue", usual, NULL),
        fs_of("sysfs", "/sys", usual | MS_RDONLY, NULL),
    };
    struct stat st;
    struct statfs fs;

    mounts[0].proc_rule = PROC_RULE_ROOT;
    mounts[5].proc_rule = PROC_RULE_SYSFS;
    mounts[1].source = mounts[3].source = "shm";
    for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
        CHECK_OK(mount_apply(&ctx, &mounts[i], -1, &test_err));
    CHECK(statfs("/tmp/r/proc", &fs) == 0 && fs.f_type == SYS_MAGIC_PROC);
    CHECK_INT(mount_flags_of("/tmp/r/proc"), ST_NOSUID | ST_NOEXEC | ST_NODEV | ST_RELATIME);
    CHECK(access("/tmp/r/proc/1/status", F_OK) == 0);
    CHECK_INT(mount_flags_of("/tmp/r/dev"), ST_NOSUID);
    CHECK(stat("/tmp/r/dev", &st) == 0 && (st.st_mode & 07777) == 0755);
    CHECK(stat("/tmp/r/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777);
    CHECK(stat("/tmp/r/dev/pts/ptmx", &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & 0777) == 0666);
    CHECK(statfs("/tmp/r/sys", &fs) == 0 && fs.f_type == SYS_MAGIC_SYSFS);
    CHECK(mount_flags_of("/tmp/r/sys") & ST_RDONLY);
    CHECK(statfs("/tmp/r/dev/shm", &fs) == 0 && fs.f_blocks * (uint64_t)fs.f_bsize == 65536 * 1024);
}

RUNGS_TEST(all_default_file_systems, RUNG_FILTERED)

static void fs_errors(void)
{
    struct plan_mount unknown = fs_of("nosuchfs", "/x", 0, NULL),
                      option = fs_of("tmpfs", "/x", 0, "frobnicate=1"),
                      value = fs_of("tmpfs", "/x", 0, "size=banana");

    CHECK_INT(mount_apply(&ctx, &unknown, -1, &test_err), -ENODEV);
    CHECK_INT(mount_apply(&ctx, &option, -1, &test_err), -EINVAL);
    if (!sys_fault_count(SYSCALL_fsopen) || sys_fault_count(SYSCALL_fsconfig))
        CHECK_HAS(test_err.message, "frobnicate");
    CHECK_INT(mount_apply(&ctx, &value, -1, &test_err), -EINVAL);
    CHECK_HAS(test_err.message, "error mounting \"tmpfs\" to rootfs at \"/x\"");
}

RUNGS_TEST(fs_errors, RUNG_FILTERED)

/* Superblock flags, and what only mount(2) takes. */
static void superblock_flags(void)
{
    struct plan_mount sync = fs_of("tmpfs", "/sync", MS_SYNCHRONOUS | MS_DIRSYNC, NULL),
                      lazy = fs_of("tmpfs", "/lazy", MS_LAZYTIME | MS_SILENT, NULL),
                      iversion = fs_of("tmpfs", "/iversion", MS_I_VERSION | MS_NOSUID, "mode=700");
    struct stat st;

    CHECK_OK(mount_apply(&ctx, &sync, -1, &test_err));
    CHECK_OK(mount_apply(&ctx, &lazy, -1, &test_err));
    CHECK_OK(mount_apply(&ctx, &iversion, -1, &test_err));
    {
        const char *info = read_file_text("/proc/self/mountinfo");

        CHECK_HAS(strstr(info, " /tmp/r/sync "), "rw,sync,dirsync");
        CHECK_HAS(strstr(info, " /tmp/r/lazy "), "lazytime");
    }
    CHECK(mount_flags_of("/tmp/r/iversion") & ST_NOSUID);
    CHECK(stat("/tmp/r/iversion", &st) == 0 && (st.st_mode & 0777) == 0700);
}

RUNGS_TEST(superblock_flags, RUNG_FILTERED)

/* An option longer than fsconfig takes goes to mount(2). */
static void overlay(void)
{
    char data[2048] = "lowerdir=", name[64];
    struct plan_mount m = fs_of("overlay", "/merged", 0, data);
    size_t len = strlen(data);

    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof(name), "/tmp/layer-with-a-long-name-%02d", i);
        CHECK(mkdir(name, 0755) == 0);
        len += (size_t)snprintf(data + len, sizeof(data) - len, "%s%s", i ? ":" : "", name);
    }
    write_file("/tmp/layer-with-a-long-name-11/f", "lowest");
    CHECK(mkdir("/tmp/upper", 0755) == 0 && mkdir("/tmp/work", 0755) == 0);
    snprintf(data + len, sizeof(data) - len, ",upperdir=/tmp/upper,workdir=/tmp/work");
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/merged/f"), "lowest");
    write_file("/tmp/r/merged/g", "up");
    CHECK_STR(read_file_text("/tmp/upper/g"), "up");
    umount2("/tmp/r/merged", MNT_DETACH);
    snprintf(data, sizeof(data), "lowerdir=/tmp/layer-with-a-long-name-11:/tmp/upper");
    m.target = "/short";
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/short/g"), "up");
}

RUNGS_TEST(overlay, RUNG_FILTERED)

/* ---- tmpfs: mode of the directory, contents, read-only later ---- */

static void tmpfs_extras(void)
{
    struct plan_mount mode = fs_of("tmpfs", "/m", 0, NULL),
                      up = fs_of("tmpfs", "/up", MS_RDONLY | MS_NODEV, NULL),
                      later = fs_of("tmpfs", "/later", MS_RDONLY, NULL);
    struct stat st;
    char value[16];

    CHECK(mkdir("/tmp/r/m", 0) == 0 && chmod("/tmp/r/m", 01733) == 0);
    mode.copy_target_mode = true;
    CHECK_OK(mount_apply(&ctx, &mode, -1, &test_err));
    CHECK(stat("/tmp/r/m", &st) == 0 && (st.st_mode & 07777) == 01733);

    CHECK(mkdir("/tmp/r/up", 0755) == 0 && mkdir("/tmp/r/up/d", 0750) == 0 &&
          mkdir("/tmp/r/up/d/e", 0700) == 0);
    write_file("/tmp/r/up/d/file", "copied");
    CHECK(chown("/tmp/r/up/d/file", 7, 8) == 0 && chmod("/tmp/r/up/d/file", 04755) == 0);
    CHECK(symlink("d/file", "/tmp/r/up/link") == 0 && mkfifo("/tmp/r/up/fifo", 0600) == 0);
    CHECK(setxattr("/tmp/r/up/d/file", "trusted.mark", "v", 1, 0) == 0);
    up.tmpcopyup = true;
    CHECK_OK(mount_apply(&ctx, &up, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/up/link"), "copied");
    CHECK(stat("/tmp/r/up/d/file", &st) == 0 && st.st_uid == 7 && st.st_gid == 8 &&
          (st.st_mode & 07777) == 04755);
    CHECK(stat("/tmp/r/up/d", &st) == 0 && (st.st_mode & 07777) == 0750);
    CHECK(access("/tmp/r/up/d/e", F_OK) == 0);
    CHECK(lstat("/tmp/r/up/fifo", &st) < 0);
    CHECK_INT(getxattr("/tmp/r/up/d/file", "trusted.mark", value, sizeof(value)), 1);
    CHECK_INT(mount_flags_of("/tmp/r/up") & (ST_RDONLY | ST_NODEV), ST_RDONLY | ST_NODEV);

    later.read_only_later = true;
    CHECK_OK(mount_apply(&ctx, &later, -1, &test_err));
    write_file("/tmp/r/later/f", "still writable");
    CHECK_OK(mount_finish(&ctx, &test_err));
    CHECK(mount_flags_of("/tmp/r/later") & ST_RDONLY);
    CHECK(open("/tmp/r/later/f", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
}

RUNGS_TEST(tmpfs_extras, RUNG_FILTERED)

/* ---- remounts ---- */

static void remounts(void)
{
    struct plan_mount fs = fs_of("tmpfs", "/t", MS_NOSUID, "size=64k"),
                      bind_ro = {.kind = MOUNT_REMOUNT,
                                 .target = "/t",
                                 .flags = {.set = MS_REMOUNT | MS_BIND | MS_RDONLY}},
                      sb_ro = {.kind = MOUNT_REMOUNT,
                               .target = "/t",
                               .flags = {.set = MS_REMOUNT | MS_RDONLY}},
                      sb_rw = {.kind = MOUNT_REMOUNT,
                               .target = "/t",
                               .data = "size=128k",
                               .flags = {.set = MS_REMOUNT, .clear = MS_RDONLY}};
    struct statfs st;

    CHECK_OK(mount_apply(&ctx, &fs, -1, &test_err));
    CHECK_OK(mount_apply(&ctx, &bind_ro, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/t") & (ST_RDONLY | ST_NOSUID), ST_RDONLY | ST_NOSUID);
    CHECK_HAS(strstr(read_file_text("/proc/self/mountinfo"), " /tmp/r/t "), "tmpfs rw");
    CHECK_OK(mount_apply(&ctx, &sb_rw, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/t") & (ST_RDONLY | ST_NOSUID), ST_NOSUID);
    CHECK(statfs("/tmp/r/t", &st) == 0 && st.f_blocks * (uint64_t)st.f_bsize == 128 * 1024);
    CHECK_OK(mount_apply(&ctx, &sb_ro, -1, &test_err));
    CHECK_HAS(strstr(read_file_text("/proc/self/mountinfo"), " /tmp/r/t "), "tmpfs ro");
    bind_ro.target = "/";
    CHECK(mkdir("/tmp/r/plain", 0755) == 0);
    bind_ro.target = "/plain"; /* not a mount */
    CHECK_INT(mount_apply(&ctx, &bind_ro, -1, &test_err), -EINVAL);
}

RUNGS_TEST(remounts, RUNG_FILTERED)

/* ---- the rules about /proc and /sys ---- */

static void proc_rules(void)
{
    struct plan_mount tmpfs = fs_of("tmpfs", "/proc", 0, NULL), proc = fs_of("proc", "/proc", 0, NULL),
                      bind_bad = bind_of("/tmp/src", "/proc", 0), bind_sub = bind_of("/proc/tty", "/proc", 0),
                      bind_good = bind_of("/proc", "/proc", MS_REC),
                      inside = bind_of("/tmp/file", "/proc/1/status", 0),
                      listed = bind_of("/tmp/file", "/proc/cpuinfo", 0),
                      deep = bind_of("/tmp/file", "/proc/sys/kernel/ns_last_pid", 0),
                      sneaky = bind_of("/tmp/src", "/alias/sys/kernel", 0),
                      elsewhere = fs_of("proc", "/link", 0, NULL);
    const int e = -EPERM;

    tmpfs.proc_rule = proc.proc_rule = bind_bad.proc_rule = bind_sub.proc_rule = bind_good.proc_rule =
        PROC_RULE_ROOT;
    listed.proc_rule = deep.proc_rule = PROC_RULE_INSIDE;
    CHECK(mkdir("/tmp/src", 0755) == 0);
    write_file("/tmp/file", "covered");
    CHECK_INT(mount_apply(&ctx, &tmpfs, -1, &test_err), e);
    CHECK_HAS(test_err.message, "not of type proc");
    CHECK_INT(mount_apply(&ctx, &bind_bad, -1, &test_err), e);
    CHECK_INT(mount_apply(&ctx, &bind_sub, -1, &test_err), e);
    CHECK_OK(mount_apply(&ctx, &bind_good, -1, &test_err));
    CHECK_OK(mount_apply(&ctx, &proc, -1, &test_err));
    CHECK_INT(mount_apply(&ctx, &inside, -1, &test_err), e);
    CHECK_HAS(test_err.message, "inside /proc");
    CHECK(symlink("/proc", "/tmp/r/alias") == 0);
    CHECK_INT(mount_apply(&ctx, &sneaky, -1, &test_err), e);
    CHECK_OK(mount_apply(&ctx, &listed, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/proc/cpuinfo"), "covered");
    if (access("/proc/sys/kernel/ns_last_pid", F_OK) == 0) {
        CHECK_OK(mount_apply(&ctx, &deep, -1, &test_err));
        CHECK_STR(read_file_text("/tmp/r/proc/sys/kernel/ns_last_pid"), "covered");
    }
    CHECK(mkdir("/tmp/r/real", 0755) == 0 && symlink("/real", "/tmp/r/link") == 0);
    CHECK_INT(mount_apply(&ctx, &elsewhere, -1, &test_err), -ENOTDIR);
    CHECK_HAS(test_err.message, "must be mounted on ordinary directory");
}

RUNGS_TEST(proc_rules, RUNG_FILTERED)

static void ordinary_directory(void)
{
    static const char *const names[] = {"/tmp/r/proc", "/tmp/r/sys"};

    for (int kind = 0; kind < 4; kind++) {
        struct plan_mount m[2] = {fs_of("proc", "/proc", 0, NULL), fs_of("sysfs", "/sys", 0, NULL)};

        m[0].proc_rule = PROC_RULE_ROOT;
        m[1].proc_rule = PROC_RULE_SYSFS;
        for (int i = 0; i < 2; i++) {
            switch (kind) {
            case 0: CHECK(symlink("/evil", names[i]) == 0); break;
            case 1: write_file(names[i], ""); break;
            case 2: CHECK(mkfifo(names[i], 0600) == 0); break;
            default:
                CHECK(mkdir("/tmp/r/evil", 0755) == 0 || errno == EEXIST);
                CHECK(symlink("evil", names[i]) == 0);
                break;
            }
            CHECK_INT(mount_apply(&ctx, &m[i], -1, &test_err), -ENOTDIR);
            CHECK_HAS(test_err.message, "ordinary directory");
            CHECK(unlink(names[i]) == 0);
        }
    }
}

RUNGS_TEST(ordinary_directory, RUNG_FILTERED)

/* ---- a mount over the root itself ---- */

static void over_the_root(void)
{
    struct plan_mount m = bind_of("/tmp/src", "/", 0), next = bind_of("/tmp/src", "/below", 0);
    int before = ctx.root_fd;

    CHECK(mkdir("/tmp/src", 0755) == 0);
    write_file("/tmp/src/f", "new root");
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_INT(ctx.root_fd, before);
    CHECK(fcntl(ctx.root_fd, F_GETFD) & FD_CLOEXEC);
    CHECK_OK(mount_apply(&ctx, &next, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/below/f"), "new root");
}

RUNGS_TEST(over_the_root, RUNG_NO_SETATTR)

static void over_the_root_refused(void)
{
    struct plan_mount m = bind_of("/tmp/src", "/", 0);

    CHECK(mkdir("/tmp/src", 0755) == 0);
    use_rung(RUNG_OLD);
    CHECK_INT(mount_apply(&ctx, &m, -1, &test_err), -ENOSYS);
    CHECK_HAS(test_err.message, "5.2");
}

RUNGS_TEST(over_the_root_refused, RUNG_NEW)

/* ---- cgroups ---- */

static void cgroup_v1(void)
{
    struct facts_hierarchy v1[] = {
        {"cpu,cpuacct", "/tmp/cg/cpu,cpuacct", "/"},
        {"memory", "/tmp/cg/memory", "/own"},
        {"name=systemd", "/tmp/cg/systemd", "/"},
    };
    struct facts facts = {.cgroup = CGROUP_LAYOUT_HYBRID,
                          .v1 = v1,
                          .n_v1 = ARRAY_SIZE(v1),
                          .cgroup2_mountpoint = "/tmp/cg/unified"};
    struct plan_cgroup cgroups[] = {{0, "/tmp/cg/cpu,cpuacct", "/ctr"},
                                    {2, "/tmp/cg/systemd", "/ctr"},
                                    {PLAN_CGROUP2, "/tmp/cg/unified", "/ctr"}};
    struct plan plan = {.cgroups = cgroups, .n_cgroups = ARRAY_SIZE(cgroups)};
    struct plan_mount m = {.kind = MOUNT_CGROUP_V1,
                           .source = "cgroup",
                           .target = "/sys/fs/cgroup",
                           .flags = {.set = MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV},
                           .on_target_missing = ENOENT_CREATE};
    static const char *const dirs[] = {"/tmp/cg",
                                       "/tmp/cg/cpu,cpuacct",
                                       "/tmp/cg/cpu,cpuacct/ctr",
                                       "/tmp/cg/memory",
                                       "/tmp/cg/memory/own",
                                       "/tmp/cg/systemd",
                                       "/tmp/cg/systemd/ctr",
                                       "/tmp/cg/unified",
                                       "/tmp/cg/unified/ctr"};
    char text[64] = "";

    /* plain directories stand for the hierarchies */
    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
        CHECK(mkdir(dirs[i], 0755) == 0);
    write_file("/tmp/cg/cpu,cpuacct/ctr/cpu.shares", "1024");
    write_file("/tmp/cg/memory/own/memory.limit", "1");
    ctx.facts = &facts;
    ctx.plan = &plan;
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/sys/fs/cgroup/cpu/cpu.shares"), "1024");
    CHECK_STR(read_file_text("/tmp/r/sys/fs/cgroup/cpuacct/cpu.shares"), "1024");
    CHECK_STR(read_file_text("/tmp/r/sys/fs/cgroup/cpu,cpuacct/cpu.shares"), "1024");
    CHECK_STR(read_file_text("/tmp/r/sys/fs/cgroup/memory/memory.limit"), "1");
    CHECK(access("/tmp/r/sys/fs/cgroup/systemd", F_OK) == 0 &&
          access("/tmp/r/sys/fs/cgroup/unified", F_OK) == 0);
    CHECK_INT(readlink("/tmp/r/sys/fs/cgroup/cpu", text, sizeof(text)), strlen("cpu,cpuacct"));
    CHECK(mount_flags_of("/tmp/r/sys/fs/cgroup/memory") & ST_RDONLY);
    CHECK_INT(mount_flags_of("/tmp/r/sys/fs/cgroup") & (ST_RDONLY | ST_NODEV), ST_RDONLY | ST_NODEV);
    CHECK(mkdir("/tmp/r/sys/fs/cgroup/x", 0755) < 0 && errno == EROFS);
    CHECK(mkdir("/tmp/r/sys/fs/cgroup/memory/x", 0755) < 0 && errno == EROFS);
}

RUNGS_TEST(cgroup_v1, RUNG_FILTERED)

static void cgroup_v2(void)
{
    struct facts facts = {.cgroup = CGROUP_LAYOUT_V2, .cgroup2_mountpoint = "/tmp/cg"};
    struct plan_mount m = {.kind = MOUNT_CGROUP_V2,
                           .source = "cgroup",
                           .target = "/sys/fs/cgroup",
                           .cgroup_path = "/ctr",
                           .flags = {.set = MS_RDONLY | MS_NOSUID},
                           .on_target_missing = ENOENT_CREATE};
    struct statfs fs;

    CHECK(mkdir("/tmp/cg", 0755) == 0 && mkdir("/tmp/cg/ctr", 0755) == 0);
    write_file("/tmp/cg/ctr/f", "mine");
    ctx.facts = &facts;
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK(statfs("/tmp/r/sys/fs/cgroup", &fs) == 0 && fs.f_type == SYS_MAGIC_CGROUP2);
    CHECK(mount_flags_of("/tmp/r/sys/fs/cgroup") & ST_RDONLY);
    /* not permitted: the own cgroup, read-only as asked */
    m.target = "/bound";
    sys_fault_set(SYSCALL_fsmount, EPERM, 0);
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK_STR(read_file_text("/tmp/r/bound/f"), "mine");
    CHECK(mount_flags_of("/tmp/r/bound") & ST_RDONLY);
}

RUNGS_TEST(cgroup_v2, RUNG_NEW)

/* Nothing of its own to show: an empty directory, and not the host's. */
static void cgroup_v2_cover(void)
{
    struct facts facts = {.cgroup = CGROUP_LAYOUT_V2, .cgroup2_mountpoint = "/tmp/cg"};
    struct plan_mount m = {.kind = MOUNT_CGROUP_V2,
                           .source = "cgroup",
                           .target = "/c",
                           .cgroup_path = "/gone",
                           .on_target_missing = ENOENT_CREATE};

    CHECK(mkdir("/tmp/cg", 0755) == 0);
    ctx.facts = &facts;
    sys_fault_set(SYSCALL_fsmount, EPERM, 1);
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK(mount_flags_of("/tmp/r/c") & ST_RDONLY);
    CHECK(rmdir("/tmp/r/c/x") < 0 && errno == EROFS);
}

RUNGS_TEST(cgroup_v2_cover, RUNG_NEW)

/* ---- in a user namespace: flags of the host's mounts are locked ---- */

static void map_self(void)
{
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 0 1");
    write_file("/proc/self/gid_map", "0 0 1");
}

static void locked_flags(void *arg)
{
    enum rung rung = *(enum rung *)arg;
    struct plan_mount keep = bind_of("/tmp/src", "/keep", MS_RDONLY),
                      clear = bind_of("/tmp/src", "/clear", MS_RDONLY);

    begin(RUNG_NEW);
    CHECK(mkdir("/tmp/src", 0755) == 0);
    CHECK(mount("t", "/tmp/src", "tmpfs", MS_NOSUID | MS_NODEV, NULL) == 0);
    CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
    map_self();
    close(ctx.root_fd);
    ctx.root_fd = open("/tmp/r", O_PATH | O_DIRECTORY | O_CLOEXEC);
    use_rung(rung);
    clear.flags.clear = MS_NOSUID;
    CHECK_OK(mount_apply(&ctx, &keep, -1, &test_err));
    CHECK_INT(mount_flags_of("/tmp/r/keep") & (ST_RDONLY | ST_NOSUID | ST_NODEV),
              ST_RDONLY | ST_NOSUID | ST_NODEV);
    CHECK_INT(mount_apply(&ctx, &clear, -1, &test_err), -EPERM);
}

static void test_mount_apply__locked_flags(void **state)
{
    (void)state;
    for (enum rung r = RUNG_NEW; r < RUNG_COUNT; r++)
        in_child(locked_flags, &r, CLONE_NEWNS);
}

/* sysfs of a network namespace that is not ours: the host's, read-only in all its parts. */
static void sysfs_in_userns(void *arg)
{
    struct plan_mount m = fs_of("sysfs", "/sys", MS_RDONLY | MS_NOSUID, NULL);
    struct facts facts = {.in_userns = true};
    struct stat a, b;

    (void)arg;
    begin(RUNG_NEW);
    m.proc_rule = PROC_RULE_SYSFS;
    CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
    map_self();
    close(ctx.root_fd);
    ctx.root_fd = open("/tmp/r", O_PATH | O_DIRECTORY | O_CLOEXEC);
    ctx.facts = &facts;
    if (!has_setattr()) {
        CHECK(mount_apply(&ctx, &m, -1, &test_err) < 0);
        child_skip("read-only in all its parts needs mount_setattr, Linux 5.12");
    }
    CHECK_OK(mount_apply(&ctx, &m, -1, &test_err));
    CHECK(stat("/sys/kernel", &a) == 0 && stat("/tmp/r/sys/kernel", &b) == 0 && a.st_ino == b.st_ino);
    CHECK(mount_flags_of("/tmp/r/sys") & ST_RDONLY);
    if (access("/tmp/r/sys/fs/cgroup/memory", F_OK) == 0)
        CHECK(mount_flags_of("/tmp/r/sys/fs/cgroup/memory") & ST_RDONLY);
}

static void test_mount_apply__sysfs_in_userns(void **state)
{
    (void)state;
    in_child(sysfs_in_userns, NULL, CLONE_NEWNS);
}

/* ---- faults: whatever fails, nothing half done is reported as done, and no descriptor is left ---- */

static void any_call_fails(void)
{
    static const enum sys_call calls[] = {SYSCALL_open_tree, SYSCALL_mount_setattr, SYSCALL_move_mount,
                                          SYSCALL_fstat,     SYSCALL_openat2,       SYSCALL_fsopen,
                                          SYSCALL_fsconfig,  SYSCALL_fsmount,       SYSCALL_fstatfs,
                                          SYSCALL_openat,    SYSCALL_mkdirat};
    static const int codes[] = {ENOMEM, EACCES, EINVAL, EMFILE};
    int n = 0, failed = 0;

    CHECK(mkdir("/tmp/src", 0755) == 0);
    for (size_t c = 0; c < ARRAY_SIZE(calls); c++) {
        for (size_t k = 0; k < ARRAY_SIZE(codes); k++) {
            for (unsigned nth = 1; nth <= 3; nth++) {
                char target[32], path[64];
                struct plan_mount m[2];
                int before = count_fds();

                snprintf(target, sizeof(target), "/x%d/y", n++);
                snprintf(path, sizeof(path), "/tmp/r%s", target);
                m[0] = bind_of("/tmp/src", target, MS_RDONLY | MS_NOSUID);
                m[1] = fs_of("tmpfs", target, MS_RDONLY | MS_NOSUID, "mode=700");
                for (int i = 0; i < 2; i++) {
                    int r;

                    sys_fault_clear();
                    sys_fault_set(calls[c], codes[k], nth);
                    r = mount_apply(&ctx, &m[i], -1, &test_err);
                    sys_fault_clear();
                    failed += r < 0;
                    if (r == 0)
                        CHECK_INT(mount_flags_of(path) & (ST_RDONLY | ST_NOSUID), ST_RDONLY | ST_NOSUID);
                    procfs_done(&procfs);
                    CHECK_INT(count_fds(), before);
                }
            }
        }
    }
    CHECK(failed > 50);
}

RUNGS_TEST(any_call_fails, RUNG_NEW)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mount_flags_to_attrs),
        cmocka_unit_test(test_mount_next_option),
        cmocka_unit_test(test_mount_apply__bind_dir),
        cmocka_unit_test(test_mount_apply__bind_file),
        cmocka_unit_test(test_mount_apply__bind_recursive),
        cmocka_unit_test(test_mount_apply__bind_keeps_flags),
        cmocka_unit_test(test_mount_apply__bind_atime),
        cmocka_unit_test(test_mount_apply__bind_propagation),
        cmocka_unit_test(test_mount_apply__bind_through_links),
        cmocka_unit_test(test_mount_apply__bind_nofollow),
        cmocka_unit_test(test_mount_apply__bind_errors),
        cmocka_unit_test(test_mount_apply__recursive_attributes),
        cmocka_unit_test(test_mount_apply__idmap),
        cmocka_unit_test(test_mount_apply__all_default_file_systems),
        cmocka_unit_test(test_mount_apply__fs_errors),
        cmocka_unit_test(test_mount_apply__superblock_flags),
        cmocka_unit_test(test_mount_apply__overlay),
        cmocka_unit_test(test_mount_apply__tmpfs_extras),
        cmocka_unit_test(test_mount_apply__remounts),
        cmocka_unit_test(test_mount_apply__proc_rules),
        cmocka_unit_test(test_mount_apply__ordinary_directory),
        cmocka_unit_test(test_mount_apply__over_the_root),
        cmocka_unit_test(test_mount_apply__over_the_root_refused),
        cmocka_unit_test(test_mount_apply__cgroup_v1),
        cmocka_unit_test(test_mount_apply__cgroup_v2),
        cmocka_unit_test(test_mount_apply__cgroup_v2_cover),
        cmocka_unit_test(test_mount_apply__locked_flags),
        cmocka_unit_test(test_mount_apply__sysfs_in_userns),
        cmocka_unit_test(test_mount_apply__any_call_fails),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
