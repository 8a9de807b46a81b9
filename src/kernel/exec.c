/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/exec.h"

#include "base/fd.h"
#include "base/str.h"
#include "core/env.h"
#include "core/exec_reason.h"
#include "kernel/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ST_NOEXEC_FLAG 0x0008 /* ST_NOEXEC of statfs(2) */

/* 0 when it could be executed by the caller, else the errno execve would give. */
static int check_executable(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EACCES;
    return fs_access(path, X_OK);
}

#define EXEC_REASON_MAX 256u

static void read_head(const char *path, unsigned char *bytes, struct exec_head *ret)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, bytes, EXEC_HEAD_MAX) : -1;

    exec_head_read(bytes, n > 0 ? (size_t)n : 0, ret);
    if (n < 0)
        ret->kind = EXEC_SCRIPT; /* unknown: of a script without an interpreter nothing is said below */
}

/* After a failure, for the message only. Nothing but a regular file is opened. */
static bool look_for_reason(const char *path, int code, char reason[EXEC_REASON_MAX])
{
    struct exec_facts f = {.code = code};
    unsigned char bytes[EXEC_HEAD_MAX];
    struct statfs fs;
    struct stat st;

    reason[0] = '\0';
    if (stat(path, &st) < 0)
        return false;
    f.mode = st.st_mode;
    f.noexec = statfs(path, &fs) == 0 && (fs.f_flags & ST_NOEXEC_FLAG);
    if (code == EACCES || code == EPERM)
        return exec_reason(&f, reason, EXEC_REASON_MAX);
    if (!S_ISREG(st.st_mode))
        return false;
    read_head(path, bytes, &f.head);
    exec_head_own(&f.own);
    return exec_reason(&f, reason, EXEC_REASON_MAX);
}

static int fail(struct err *reterr, int code, const char *name, const char *path)
{
    char reason[EXEC_REASON_MAX];

    if (code == -ENOENT || code == -ENOTDIR)
        err_system(reterr, code, "stat", "%s", path);
    else if (look_for_reason(path, -code, reason))
        err_state(reterr, -code, "%s (%s)", err_text(code), reason);
    else
        err_state(reterr, -code, "%s", err_text(code));
    if (reterr)
        reterr->kind = ERR_SYSTEM;
    err_prefix(reterr, "exec: \"%s\"", name);
    return code;
}

int exec_find(const char *name, const char *search_path, char out[PATH_MAX], struct err *reterr)
{
    struct str rest = str_of(search_path), dir;
    char denied_path[PATH_MAX];
    int denied = 0, r;

    if (strchr(name, '/')) {
        if (strlen(name) >= PATH_MAX)
            return fail(reterr, -ENAMETOOLONG, name, name);
        snprintf(out, PATH_MAX, "%s", name);
        r = check_executable(out);
        return r < 0 ? fail(reterr, r, name, out) : 0;
    }
    while (*name && env_path_next(&rest, &dir)) {
        r = env_path_join(out, PATH_MAX, dir, name);
        if (r == 0)
            r = check_executable(out);
        if (r == 0)
            return 0;
        if (r == -EACCES || r == -EPERM) {
            denied = r;
            memcpy(denied_path, out, sizeof(denied_path));
        }
    }
    if (denied)
        return fail(reterr, denied, name, denied_path);
    err_state(reterr, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
    if (reterr)
        reterr->kind = ERR_SYSTEM;
    return -ENOENT;
}

int exec_run(const char *path, char *const argv[], char *const envp[], struct err *reterr)
{
    char reason[EXEC_REASON_MAX];
    int code;

    execve(path, argv, envp);
    code = errno;
    if (look_for_reason(path, code, reason))
        err_state(reterr, code, "exec %s: %s (%s)", path, err_text(code), reason);
    else
        err_state(reterr, code, "exec %s: %s", path, err_text(code));
    if (reterr)
        reterr->kind = ERR_SYSTEM;
    return -code;
}
