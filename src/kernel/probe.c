/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/probe.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/capset.h"
#include "kernel/io.h"
#include "kernel/resctrl.h"
#include "kernel/probe_cgroup.h"
#include "kernel/sys.h"

#include <sys/utsname.h>

/* The number of the initial user namespace (include/uapi/linux/nsfs.h; fixed since 3.8). */
#define INIT_USER_NS_INO 0xEFFFFFFDu

/* ---- kernel features by release ---- */

static const struct {
    uint16_t major, minor;
    uint32_t features;
} since[] = {
    {4, 6, KERNEL_CGROUP_NS},
    {4, 14, KERNEL_SECCOMP_LOG | KERNEL_SECCOMP_KILL_PROCESS},
    {4, 17, KERNEL_SECCOMP_SPEC_ALLOW},
    {5, 0, KERNEL_SECCOMP_NOTIFY},
    {5, 2, KERNEL_MOUNT_API},
    {5, 3, KERNEL_CLONE3 | KERNEL_PIDFD},
    {5, 6, KERNEL_OPENAT2 | KERNEL_TIME_NS},
    {5, 7, KERNEL_CLONE_INTO_CGROUP},
    {5, 8, KERNEL_SETNS_PIDFD},
    {5, 11, KERNEL_CLOSE_RANGE},
    {5, 12, KERNEL_MOUNT_SETATTR},
    {5, 14, KERNEL_CGROUP_KILL | KERNEL_NOSYMFOLLOW},
    {5, 19, KERNEL_SECCOMP_WAIT_KILLABLE},
};

/* The digits at the start of a slice, cut off it. */
static bool take_number(struct str *s, uint32_t *ret)
{
    size_t n = 0;

    while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
        n++;
    if (str_to_u32((struct str){s->ptr, n}, UINT16_MAX, ret) < 0)
        return false;
    s->ptr += n;
    s->len -= n;
    return true;
}

uint32_t probe_features_of_release(const char *release)
{
    struct str s = str_of(release);
    uint32_t major, minor, features = 0;

    if (!take_number(&s, &major) || s.len == 0 || s.ptr[0] != '.')
        return 0;
    s.ptr++;
    s.len--;
    if (!take_number(&s, &minor))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(since); i++)
        if (major > since[i].major || (major == since[i].major && minor >= since[i].minor))
            features |= since[i].features;
    return features;
}

/* ---- who we are ---- */

static int probe_user(struct facts *f, struct err *reterr)
{
    struct stat st;
    int r = sys_fstatat(AT_FDCWD, "/proc/self/ns/user", &st, 0);

    f->euid = geteuid();
    f->egid = getegid();
    /* Without user namespaces in the kernel everything is initial; without /proc nothing can be said. */
    if (r == -ENOENT && sys_fstatat(AT_FDCWD, "/proc/self/ns", &st, 0) == 0)
        f->in_userns = false;
    else if (r < 0)
        return err_system(reterr, r, "stat", "/proc/self/ns/user");
    else
        f->in_userns = st.st_ino != INIT_USER_NS_INO;
    f->rootless = f->euid != 0 || f->in_userns;
    return 0;
}

int probe_caller(struct facts *ret, struct err *reterr)
{
    struct utsname uts;
    int r;

    *ret = (struct facts){.cgroup2_controllers = "", .hugepage_sizes = ""};
    r = probe_user(ret, reterr);
    if (r < 0)
        return r;
    if (uname(&uts) < 0)
        return err_system(reterr, errno, "uname", "%s", "");
    ret->kernel = probe_features_of_release(uts.release);
    ret->last_cap = capset_last_cap();
    ret->bounding_caps = capset_bounding(ret->last_cap);
    return 0;
}

int probe_facts(struct arena *a, struct facts *ret, struct err *reterr)
{
    int r = probe_caller(ret, reterr);

    return r < 0 ? r : probe_cgroups(a, ret, reterr);
}

/* ---- on demand ---- */

#define SELINUX_MAGIC 0xf97cff8cL

static bool has_magic(const char *path, long magic)
{
    struct statfs fs;

    return sys_statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

static bool apparmor_enabled(void)
{
    char text[8];

    return io_read_file(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text, sizeof(text)) > 0 &&
           text[0] == 'Y';
}

static bool selinux_enabled(void)
{
    return has_magic("/sys/fs/selinux", SELINUX_MAGIC) || has_magic("/selinux", SELINUX_MAGIC);
}

/* "hugepages-2048kB": the directory's sizes as the hugetlb controller names them, smallest first. */
static int add_size(uint64_t *sizes, size_t *n, size_t max, const char *entry)
{
    struct str s = str_of(entry);
    uint64_t kb;
    size_t i;

    if (!str_starts(s, "hugepages-") || !str_ends(s, "kB") || *n == max)
        return 0;
    s.ptr += strlen("hugepages-");
    s.len -= strlen("hugepages-") + 2;
    if (str_to_u64(s, UINT64_MAX / 1024, &kb) < 0)
        return 0;
    for (i = *n; i > 0 && sizes[i - 1] > kb; i--)
        sizes[i] = sizes[i - 1];
    sizes[i] = kb;
    ++*n;
    return 0;
}

static const char *size_name(struct arena *a, uint64_t kb)
{
    static const char *const units[] = {"KB", "MB", "GB"};
    size_t u = 0;

    while (u + 1 < ARRAY_SIZE(units) && kb >= 1024 && kb % 1024 == 0) {
        kb /= 1024;
        u++;
    }
    return arena_printf(a, "%llu%s", (unsigned long long)kb, units[u]);
}

static int probe_hugepages(struct arena *a, struct facts *f, struct err *reterr)
{
    AUTO_CLOSEDIR DIR *dir = opendir("/sys/kernel/mm/hugepages");
    const char *names = "";
    uint64_t sizes[16];
    struct dirent *d;
    size_t n = 0;

    while (dir && (d = readdir(dir)))
        add_size(sizes, &n, ARRAY_SIZE(sizes), d->d_name);
    for (size_t i = 0; i < n; i++) {
        const char *name = size_name(a, sizes[i]);

        names = name ? arena_printf(a, "%s%s%s", names, i ? " " : "", name) : NULL;
        if (!names)
            return err_nomem(reterr);
    }
    f->hugepage_sizes = names;
    return 0;
}

int probe_more(struct arena *a, struct facts *facts, unsigned more, struct err *reterr)
{
    if (more & PROBE_LSM) {
        facts->apparmor = apparmor_enabled();
        facts->selinux = selinux_enabled();
    }
    if (more & PROBE_RESCTRL) {
        int r = resctrl_find(a, &facts->resctrl, reterr);

        if (r < 0)
            return r;
    }
    if (more & PROBE_SWAP)
        facts->swap_accounting = probe_swap_accounting(facts);
    return more & PROBE_HUGEPAGES ? probe_hugepages(a, facts, reterr) : 0;
}
