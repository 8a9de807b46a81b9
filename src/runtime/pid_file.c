/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pid_file.h"

#include "base/fd.h"
#include "kernel/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

int pid_file_write(const char *path, pid_t pid, struct err *reterr)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char dir[PATH_MAX] = ".", text[16];
    int len = snprintf(text, sizeof(text), "%d", (int)pid);

    if (!*name || strlen(path) >= sizeof(dir))
        return err_usage(reterr, "pid file %s has no file name", path);
    if (slash)
        snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    AUTO_CLOSE int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_system(reterr, errno, "open", "%s", dir);
    int r = io_replace_file(fd, name, 0644, text, (size_t)len, false, reterr);
    return r < 0 ? err_prefix(reterr, "pid file %s", path) : 0;
}
