/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hint.h"

#include <errno.h>

struct row {
    enum err_kind kind;
    int code;         /* errno; 0: any */
    const char *part; /* of the message; NULL: any */
    const char *hint;
};

/* The first that fits. */
static const struct row rows[] = {
    {ERR_STATE, EEXIST, "already exists", "choose another id, or remove the old container with delete"},
    {ERR_STATE, 0, "is not stopped: paused", "resume it first, or use delete --force"},
    {ERR_STATE, 0, "is not stopped:", "stop it with kill first, or use delete --force"},
    {ERR_STATE, EBUSY, "cgroup is not empty",
     "another container or program uses this linux.cgroupsPath: choose another"},
    {ERR_STATE, 0, "unexpectedly frozen",
     "the cgroup was left frozen: thaw it (cgroup.freeze, freezer.state)"},
    {ERR_STATE, 0, "a cgroup above", "thaw the cgroup above the container's, then repeat the command"},
    {ERR_STATE, ETIMEDOUT, "is locked by another command",
     "another lorica works on this container: wait for it to end"},
    {ERR_STATE, ETIMEDOUT, "init still running",
     "it is held in the kernel (state D), by a hung file system or device perhaps"},
    {ERR_STATE, 0, "exit status unknown", "start wait before the container ends, on Linux 6.15 or later"},
    {ERR_STATE, 0, "was interrupted", "remove what is left of it with delete --force"},
    {ERR_STATE, ENOTSUP, "newer version of lorica", "use that version of lorica for this container"},
    {ERR_STATE, EBADMSG, NULL, "remove what is left of the container with delete --force"},
    {ERR_USAGE, 0, "must belong to uid", "choose a directory of your own with --root"},
    {ERR_USAGE, 0, "without setting console socket",
     "give --console-socket, or set process.terminal to false"},
    {ERR_PROTO, 0, "memory limit too low", "raise linux.resources.memory.limit"},
    {ERR_PROTO, 0, "made no progress", "a file system or device it needs may be hung"},
    {ERR_SYSTEM, ENOENT, "config.json", "--bundle must name a directory with a config.json"},
    {ERR_SYSTEM, ENOSPC, "clone", "the limit of namespaces is reached: sysctl user.max_*_namespaces"},
    {ERR_SYSTEM, EPERM, "clone", "namespaces may be forbidden here: run as root, or allow user namespaces"},
    {ERR_SYSTEM, EAGAIN, "clone", "the limit of processes is reached: ulimit -u, or pids.max of the cgroup"},
    {ERR_SYSTEM, EMFILE, NULL, "raise the limit of open files (ulimit -n)"},
    {ERR_SYSTEM, ENFILE, NULL, "raise the system's limit of open files (sysctl fs.file-max)"},
    {ERR_SYSTEM, ENOSPC, "mkdir /sys/fs/cgroup",
     "the limit of cgroups is reached: cgroup.max.descendants, or cpuset.cpus of the parent is empty"},
    {ERR_SYSTEM, ENOSPC, NULL, "the file system is full, or a limit of the kernel is reached"},
    {ERR_SYSTEM, EROFS, "cgroup", "the cgroup file system is mounted read-only here"},
    {ERR_SYSTEM, EROFS, NULL, "the file system is mounted read-only"},
    {ERR_INTERNAL, ENOMEM, NULL, "no memory is left, here or in the cgroup of the caller"},
    {ERR_INTERNAL, 0, NULL, "this is a bug of lorica: please report it with the log of --debug"},
};

const char *hint_of(const struct err *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].kind == e->kind && (!rows[i].code || rows[i].code == e->code) &&
            (!rows[i].part || strstr(e->message, rows[i].part)))
            return rows[i].hint;
    return NULL;
}
