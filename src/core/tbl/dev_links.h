/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links of /dev that every container gets: X("path", "target", "host path that must exist" or NULL).
 * runtime-linux.md "Dev symbolic links", config-linux.md "Default Devices" (ptmx); core as runc makes it.
 */
X("/dev/fd", "/proc/self/fd", NULL)
X("/dev/stdin", "/proc/self/fd/0", NULL)
X("/dev/stdout", "/proc/self/fd/1", NULL)
X("/dev/stderr", "/proc/self/fd/2", NULL)
X("/dev/core", "/proc/kcore", "/proc/kcore")
X("/dev/ptmx", "pts/ptmx", NULL)
