/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle's own tools. plan_check shares no code with plan_build: what a configuration asks for is worked
 * out a second time, as plainly as possible and without memory, and compared with what the plan does.
 */
#pragma once

#include "core/plan.h"

struct plan_checker {
    const struct plan *plan;
    const struct config *config;
    const struct config_process *process; /* of it, or the stand-in for none */
    struct err *reterr;
};

/* Each returns 0, or -EINVAL with an INTERNAL error that says what is wrong with which operation. */
int check_mounts(struct plan_checker *c); /* plan_check_fs.c */
int check_hidden_paths(struct plan_checker *c);
int check_devices(struct plan_checker *c);
int check_namespaces(struct plan_checker *c); /* plan_check_proc.c */
int check_cgroups(struct plan_checker *c);
int check_unit(struct plan_checker *c); /* plan_check_unit.c */
int check_process(struct plan_checker *c);
int check_attributes(struct plan_checker *c);
int check_seccomp(struct plan_checker *c);

/* Parts of check_process and check_attributes, which a plan of exec has too. */
int check_labels(struct plan_checker *c);
int check_identity(struct plan_checker *c);
int check_caps(struct plan_checker *c);
int check_program(struct plan_checker *c);
int check_cwd(struct plan_checker *c);
int check_rlimits(struct plan_checker *c, enum plan_op_kind kind, size_t expected);

/* "plan check: ..." */
int check_fail(struct plan_checker *c, const char *fmt, ...) PRINTF_LIKE(2, 3) COLD;

/* The only operation of that kind; the counts were checked before. NULL: none. */
const struct plan_op *check_op(const struct plan_checker *c, enum plan_op_kind kind);

/* Absolute, no empty, "." or ".." component, no trailing slash, not "/" itself. */
bool check_is_clean(const char *path);

/*
 * What `raw` means, lexically and taken from `base` ("" is the root): a clean path, worked out component by
 * component. false when it is too long for any path.
 */
#define CHECK_PATH_MAX 8192u
struct check_path {
    char text[CHECK_PATH_MAX];
};
bool check_meaning(const char *base, const char *raw, struct check_path *ret);

/* Is that what `clean` says? */
bool check_means(const char *base, const char *raw, const char *clean);

/* The index of a JSON pointer "ARRAY/index", below `n`. */
bool check_index(const char *pointer, const char *array, size_t n, size_t *ret);
