/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the cgroups of a container are: linux.cgroupsPath, the id, and the runtime's own cgroup, turned into
 * one clean path per hierarchy. All lexical; nothing looks at a file system.
 *
 * cgroupfs driver (as runc does it, so that engines find what they expect):
 *   absolute   from the mount point of every hierarchy
 *   relative   v1 and the unified side of a hybrid: the runtime's own cgroup + path
 *              v2: the directory that holds the runtime's own cgroup + path (the own one has tasks, and a v2
 *              cgroup with tasks cannot hand out controllers); the own one for an ordinary user to whom only
 * that was delegated absent     the container's id, taken as relative systemd driver: "slice:prefix:name";
 * absent is ":lorica:ID".
 *
 * A path that names the hierarchy's root, has a ".." component, or a name that the kernel would refuse
 * (control characters, more than 255 bytes) is an error at /linux/cgroupsPath: what an engine wrote down and
 * what we would use must not differ. Doubled and trailing slashes and "." are dropped, as the kernel itself
 * would.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

#define CGROUP_PATH_MAX                                                                                      \
    4000u /* bytes of a path below a mount point: leaves room for mount point and file name */

/* Parsed linux.cgroupsPath (or its default). */
struct cgroup_path {
    bool absolute;
    const char *text; /* clean, without leading slash: "user/ctr" */
};

/*
 * `cgroups_path` NULL or "": the id. Errors: -EINVAL at /linux/cgroupsPath, -ENOMEM.
 */
int cgroup_path_parse(struct arena *a, const char *cgroups_path, const char *id, struct cgroup_path *ret,
                      struct err *reterr);

/*
 * The path from the mount point, clean and with a leading slash. `own` is the runtime's own cgroup in that
 * hierarchy ("/", "/a/b"; NULL is "/"). `from_parent`: a relative path starts at dirname(own) (pure v2).
 * -EINVAL with a pointer when the result is too long or `own` is not clean; -ENOMEM.
 */
int cgroup_path_place(struct arena *a, const struct cgroup_path *p, const char *own, bool from_parent,
                      const char **ret, struct err *reterr);

/* ---- systemd: what is said to it is in core/cgroup_systemd; the names and paths are settled here ---- */

struct cgroup_systemd {
    const char *slice;  /* "system.slice", "-.slice" */
    const char *prefix; /* "lorica"; may be "" */
    const char *name;
    const char *unit;       /* "PREFIX-NAME.scope", or a NAME that ends in ".slice" itself */
    const char *slice_path; /* "/a.slice/a-b.slice"; "/" for "-.slice" */
    const char *path;       /* slice_path + unit */
};

/*
 * Errors at /linux/cgroupsPath with runc's words: expected cgroupsPath to be of format "slice:prefix:name"
 * for systemd cgroups, got "X" instead; invalid slice name: X.
 */
int cgroup_systemd_parse(struct arena *a, const char *cgroups_path, const char *id, bool rootless,
                         struct cgroup_systemd *ret, struct err *reterr);
