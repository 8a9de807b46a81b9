/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/lsm.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#define LABEL_MAX 4096u

/* The exec label as the kernel has it now: up to the first NUL or newline. */
static int read_label(struct procfs *p, const char *path, char text[LABEL_MAX], struct err *reterr)
{
    int n = procfs_read(p, path, text, LABEL_MAX, reterr);

    if (n < 0)
        return n;
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

/* Write, read back, compare. `expect` is what must be read; a mode in parentheses may follow it ("p
 * (enforce)"). */
static int set_label(struct procfs *p, const char *path, const char *value, const char *expect,
                     struct err *reterr)
{
    char got[LABEL_MAX];
    const size_t len = strlen(expect);
    int r = procfs_write(p, path, value, strlen(value), reterr);

    if (r < 0)
        return r;
    r = read_label(p, path, got, reterr);
    if (r < 0)
        return r;
    if (strncmp(got, expect, len) != 0 || (got[len] != '\0' && strncmp(got + len, " (", 2) != 0))
        return err_system(reterr, EPERM, "label", "%s read back from /proc/%s is not %s", got, path, expect);
    return 0;
}

int lsm_apparmor_exec(struct procfs *p, const char *profile, struct err *reterr)
{
    const char *path = "thread-self/attr/apparmor/exec";
    char value[LABEL_MAX];
    struct err e;
    int n, fd;

    n = snprintf(value, sizeof(value), "exec %s", profile);
    if (n < 0 || (size_t)n >= sizeof(value))
        return err_system(reterr, ENAMETOOLONG, "apparmor", "profile %s", profile);
    err_init(&e);
    /* Its own directory came with 5.8; the common file belongs to whichever module is first. */
    fd = procfs_open(p, path, O_RDONLY, &e);
    if (fd == -ENOENT)
        path = "thread-self/attr/exec";
    fd_close(&fd);
    n = set_label(p, path, value, profile, reterr);
    if (n < 0)
        err_prefix(reterr, "unable to apply apparmor profile %s", profile);
    return n;
}

int lsm_selinux_exec(struct procfs *p, const char *label, struct err *reterr)
{
    int r = set_label(p, "thread-self/attr/exec", label, label, reterr);

    if (r < 0)
        err_prefix(reterr, "unable to set SELinux exec label %s", label);
    return r;
}

int lsm_selinux_keycreate(struct procfs *p, const char *label, struct err *reterr)
{
    int r = set_label(p, "thread-self/attr/keycreate", label, label, reterr);

    if (r < 0)
        err_prefix(reterr, "unable to set SELinux keycreate label %s", label);
    return r;
}
