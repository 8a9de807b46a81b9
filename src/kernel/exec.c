/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/exec.h"

#include "base/fd.h"
#include "base/str.h"
#include "core/env.h"
#include "kernel/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int fail(struct err *reterr, int code, const char *name, const char *path)
{
    if (code == -ENOENT || code == -ENOTDIR)
        err_system(reterr, code, "stat", "%s", path);
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
        if (r == -EACCES || r == -EPERM)
            denied = r;
    }
    if (denied)
        return fail(reterr, denied, name, name);
    err_state(reterr, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
    if (reterr)
        reterr->kind = ERR_SYSTEM;
    return -ENOENT;
}

/* The interpreter named in the first line of a script, or ""; for the message only. */
static void read_interpreter(const char *path, char *out, size_t cap)
{
    char head[256];
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof(head) - 1) : -1;
    struct str line, word;

    out[0] = '\0';
    if (n < 3 || head[0] != '#' || head[1] != '!')
        return;
    line = (struct str){head + 2, (size_t)n - 2};
    if (!str_next(&line, '\n', &word))
        return;
    line = str_trim(word);
    if (str_next(&line, ' ', &word) && word.len < cap)
        snprintf(out, cap, "%.*s", (int)word.len, word.ptr);
}

int exec_run(const char *path, char *const argv[], char *const envp[], struct err *reterr)
{
    char interpreter[256];
    int code;

    execve(path, argv, envp);
    code = errno;
    err_state(reterr, code, "exec %s: %s", path, err_text(code));
    if (code == ENOENT && access(path, F_OK) == 0) {
        read_interpreter(path, interpreter, sizeof(interpreter));
        if (interpreter[0])
            err_state(reterr, code, "exec %s: interpreter %s: %s", path, interpreter, err_text(code));
        else
            err_state(reterr, code, "exec %s: the program's dynamic loader is missing: %s", path,
                      err_text(code));
    } else if (code == ENOEXEC) {
        err_state(reterr, code,
                  "exec %s: exec format error (not a program of this architecture, or a script without "
                  "a #! line)",
                  path);
    }
    if (reterr)
        reterr->kind = ERR_SYSTEM;
    return -code;
}
