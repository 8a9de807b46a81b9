/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cred.h"

#include "base/fd.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>

#define GROUPS_MAX 65536u     /* NGROUPS_MAX of the kernel */
#define ID_NONE    UINT32_MAX /* (uid_t)-1: "leave unchanged" to the kernel */

static int compare_gids(const void *a, const void *b)
{
    const gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

    return x < y ? -1 : x > y;
}

/* The kernel keeps them sorted, and so do we before comparing. */
static int verify_groups(const struct plan_identity *id, gid_t *got, gid_t *want)
{
    int n = sys_getgroups((int)id->n_groups + 1, got);

    if (n < 0)
        return n;
    if ((size_t)n != id->n_groups)
        return -EPERM;
    for (size_t i = 0; i < id->n_groups; i++)
        want[i] = id->groups[i];
    qsort(want, id->n_groups, sizeof(*want), compare_gids);
    qsort(got, id->n_groups, sizeof(*got), compare_gids);
    return memcmp(want, got, id->n_groups * sizeof(*want)) == 0 ? 0 : -EPERM;
}

/* The user namespace's owner forbade it (user_namespaces(7)): dropping groups is not ours to do. */
static bool setgroups_denied(struct procfs *procfs)
{
    struct procfs own = PROCFS_INIT;
    char text[16];
    int n =
        procfs_read(procfs && procfs->fd >= 0 ? procfs : &own, "self/setgroups", text, sizeof(text), NULL);

    procfs_done(&own);
    return n >= 4 && memcmp(text, "deny", 4) == 0;
}

static int set_groups(const struct plan_identity *id, struct procfs *procfs, struct err *reterr)
{
    AUTO_FREE gid_t *got = NULL;
    AUTO_FREE gid_t *want = NULL;
    int r;

    if (id->n_groups > GROUPS_MAX)
        return err_system(reterr, EINVAL, "setgroups", "%zu groups", id->n_groups);
    for (size_t i = 0; i < id->n_groups; i++)
        if (id->groups[i] == ID_NONE)
            return err_system(reterr, EINVAL, "setgroups", "group %u", id->groups[i]);
    got = calloc(id->n_groups + 1, sizeof(*got));
    want = calloc(id->n_groups + 1, sizeof(*want));
    if (!got || !want)
        return err_nomem(reterr);
    r = sys_setgroups(id->n_groups, id->groups);
    if (r == -EPERM && id->n_groups == 0 && setgroups_denied(procfs))
        return 0;
    if (r < 0)
        return err_system(reterr, r, "setgroups", "%s", "");
    r = verify_groups(id, got, want);
    return r < 0 ? err_system(reterr, r, "setgroups", "groups read back differ from those set") : 0;
}

int cred_set_identity(const struct plan_identity *id, struct procfs *procfs, struct err *reterr)
{
    uid_t ru, eu, su;
    gid_t rg, eg, sg;
    int r;

    if (id->uid == ID_NONE || id->gid == ID_NONE)
        return err_system(reterr, EINVAL, "setresuid", "%u:%u", id->uid, id->gid);
    if (id->set_groups) {
        r = set_groups(id, procfs, reterr);
        if (r < 0)
            return r;
    }
    r = sys_setresgid(id->gid, id->gid, id->gid);
    if (r < 0)
        return err_system(reterr, r, "setresgid", "%u", id->gid);
    r = sys_setresuid(id->uid, id->uid, id->uid);
    if (r < 0)
        return err_system(reterr, r, "setresuid", "%u", id->uid);
    if (getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0)
        return err_system(reterr, errno, "getresuid", "%s", "");
    if (ru != id->uid || eu != id->uid || su != id->uid || rg != id->gid || eg != id->gid || sg != id->gid)
        return err_system(reterr, EPERM, "setresuid", "ids read back differ from %u:%u", id->uid, id->gid);
    return 0;
}

int cred_chdir(const char *path, struct err *reterr)
{
    char cwd[PATH_MAX] UNINITIALIZED;
    long n;
    int r = sys_chdir(path);

    if (r < 0)
        return err_system(reterr, r, "chdir", "to cwd (\"%s\") set in config.json failed", path);
    /* The system call itself: libc's would look for a way around "(unreachable)". */
    n = syscall(SYS_getcwd, cwd, sizeof(cwd));
    if (n < 0)
        return err_system(reterr, errno, "getcwd", "after chdir to %s", path);
    if (cwd[0] != '/')
        return err_system(reterr, EPERM, "chdir",
                          "current working directory is outside of container mount namespace root -- "
                          "possible container breakout detected: %s",
                          path);
    return 0;
}
