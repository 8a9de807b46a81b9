/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How plan_build is divided: one function per subject, each of which appends the operations of its subject in
 * any order. plan_build brings them into the order of core/tbl/plan_ops.h afterwards; operations of one kind
 * keep the order in which they were appended.
 *
 * A part returns 0, or a negative errno with *reterr filled: a CONFIG error with the pointer of what cannot
 * be planned, or -ENOMEM.
 */
#pragma once

#include "core/cgroup_plan.h"
#include "core/ns_plan.h"
#include "core/op_list.h"

struct plan_ctx {
    struct arena *arena;
    const struct config *config;
    const struct config_linux *linux_;
    const struct config_process *process; /* never NULL */
    const struct facts *facts;
    const struct plan_options *options;
    struct plan *plan; /* being built: id, bundle, rootfs, cgroups, warnings */
    struct op_list ops;
    size_t warnings_cap;

    /* Made by one part, needed by others. */
    struct ns_plan ns;          /* plan_namespaces */
    struct cgroup_plan cgroups; /* plan_cgroups */
    bool has_userns;            /* the container gets one, or joins one */
    const char **mount_targets; /* plan_mounts: of config->mounts, in order */
    bool exec;                  /* plan_exec_build: a process more in a container that is there */
    bool dev_is_bound;          /* plan_mounts: /dev is a tree of somebody else: nothing is made in it */
};

/* In the order in which they need each other. */
int plan_namespaces(struct plan_ctx *ctx, struct err *reterr); /* plan_ns.c */
int plan_cgroups(struct plan_ctx *ctx, struct err *reterr);
int plan_root(struct plan_ctx *ctx, struct err *reterr); /* plan_root.c */
int plan_mounts(struct plan_ctx *ctx, struct err *reterr);
int plan_devices(struct plan_ctx *ctx, struct err *reterr);
int plan_hidden_paths(struct plan_ctx *ctx, struct err *reterr);
int plan_hooks(struct plan_ctx *ctx, struct err *reterr);
int plan_names(struct plan_ctx *ctx,
               struct err *reterr); /* plan_process.c: host name, sysctls, labels, keyring */
int plan_credentials(struct plan_ctx *ctx, struct err *reterr);
int plan_program(struct plan_ctx *ctx, struct err *reterr); /* what is executed, and where */
int plan_seccomp(struct plan_ctx *ctx, struct err *reterr);
int plan_attributes(struct plan_ctx *ctx, struct err *reterr); /* plan_attr.c: limits, scheduling, rdt */

/* ---- for the builders ---- */

/* The operations in the order of the table, to plan->ops. */
int plan_sort(struct plan_ctx *ctx, struct err *reterr);

/* ---- for the parts ---- */

/* op_list_add on ctx->ops: NULL is -ENOMEM, which the caller turns into err_nomem(). */
struct plan_op *plan_add(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer) NODISCARD;

/* The same with the name member set: HOSTNAME, KEYRING, ... */
int plan_add_name(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer, const char *name,
                  struct err *reterr);
int plan_add_path(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer, const char *path,
                  struct err *reterr);

/* A formatted JSON pointer; NULL: no memory. */
const char *plan_pointer(struct plan_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* One line for plan->warnings, formatted. */
int plan_warn(struct plan_ctx *ctx, struct err *reterr, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* path_clean and path_resolve, with their errors at `pointer`. */
int plan_clean_path(struct plan_ctx *ctx, const char *path, const char *pointer, const char **ret,
                    struct err *reterr);
int plan_host_path(struct plan_ctx *ctx, const char *path, const char *pointer, const char **ret,
                   struct err *reterr);

/*
 * For each of n strings the index of the first one that is equal to it: same[i] == i for those that come
 * first. n log n for any contents. NULL: no memory. NULL strings differ from everything.
 */
size_t *plan_same(struct plan_ctx *ctx, const char *const *v, size_t n) NODISCARD;
