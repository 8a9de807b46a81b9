/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: the first four bytes choose flags, a line follows for each text flag, the rest is a process file.
 * Oracle: an error with a reason, or a plan for which plan_exec_check holds, that prints, and in which flags
 * and container have the last word: no capability is inheritable that neither the container nor the file
 * made so, and no_new_privs of the flag is set.
 */
#include "oracle.h"

#include "core/decode.h"
#include "core/exec_cgroup.h"
#include "core/exec_flags.h"
#include "core/json.h"
#include "core/plan.h"
#include "core/validate.h"

#include <errno.h>
#include <linux/sched.h>

static const char container_json[] =
    "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"/init\"],\"cwd\":\"/"
    "\","
    "\"env\":[\"PATH=/bin\"],\"user\":{\"uid\":0,\"gid\":0},\"noNewPrivileges\":true,\"capabilities\":{"
    "\"bounding\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],"
    "\"inheritable\":[\"CAP_KILL\"]},\"oomScoreAdj\":100},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"
    "{\"type\":\"pid\"}],\"personality\":{\"domain\":\"LINUX\"}}}";

static struct state_cgroup v1[] = {
    {"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/ctr", NULL},
    {"pids", "/sys/fs/cgroup/pids", "/ctr", NULL},
    {"", "/sys/fs/cgroup/unified", "/ctr", NULL},
};

static const struct facts hosts[] = {
    {.kernel = KERNEL_FEATURES_ALL,
     .last_cap = 40,
     .bounding_caps = 0x1ffffffffff,
     .apparmor = true,
     .selinux = true},
    {.kernel = KERNEL_FEATURES_ALL, .last_cap = 40, .bounding_caps = 0xff, .euid = 1000, .rootless = true},
};

/* The next line as a terminated string of its own; NULL: none, or an empty one. */
static const char *next_line(struct arena *a, struct str *rest)
{
    struct str line;

    if (!str_next(rest, '\n', &line) || !line.len || memchr(line.ptr, 0, line.len))
        return NULL;
    return arena_strndup(a, line.ptr, line.len);
}

static struct strings one(struct arena *a, const char *s)
{
    struct strings list = {0};

    if (s && (list.v = arena_new_array(a, const char *, 1)))
        list.v[list.n++] = s;
    return list;
}

static int build(struct arena *a, const uint8_t *head, struct str rest, struct err *e)
{
    struct exec_flags flags = {.no_new_privs = head[0] & 1, .tty = head[0] & 2};
    const struct state state = {.cgroups = v1, .n_cgroups = head[1] % (ARRAY_SIZE(v1) + 1)};
    struct plan_exec_options options = {.common = {.id = "ctr", .bundle = "/bundle", .preserve_fds = head[2]},
                                        .rootfs = "/bundle/rootfs",
                                        .join_flags = (head[3] & 1 ? CLONE_NEWPID : 0) |
                                                      (head[3] & 2 ? CLONE_NEWUSER : 0) | CLONE_NEWNS};
    AUTO_BUF struct buf out = BUF_INIT(16u << 20);
    struct config_process *file = NULL;
    struct validate_report report;
    struct exec_cgroups cgroups;
    struct config *config;
    struct plan *plan;
    struct strings cgroup_args;
    int r = config_decode(a, container_json, strlen(container_json), &config, e);

    CHECK_ERR(r == 0 || r == -ENOMEM, e);
    flags.args = one(a, next_line(a, &rest));
    flags.env = one(a, next_line(a, &rest));
    flags.cwd = next_line(a, &rest);
    flags.user = next_line(a, &rest);
    flags.additional_gids = one(a, next_line(a, &rest));
    flags.caps = one(a, next_line(a, &rest));
    flags.apparmor_profile = next_line(a, &rest);
    flags.selinux_label = next_line(a, &rest);
    cgroup_args = one(a, next_line(a, &rest));
    if (r == 0 && rest.len)
        r = process_decode(a, rest.ptr, rest.len, &file, e);
    if (r == 0)
        r = exec_flags_merge(a, &flags, config->process, file, &config->process, e);
    if (r == 0)
        r = validate_process(a, config->process, &report);
    if (r == 0)
        r = validate_report_error(&report, NULL, 0, e);
    if (r == 0)
        r = exec_cgroups_resolve(a, &state, &cgroup_args, &cgroups, e);
    if (r < 0)
        return r;
    options.cgroups = cgroups.v;
    options.n_cgroups = cgroups.n;
    options.or_init_cgroup = cgroups.or_init;
    r = plan_exec_build(a, config, &hosts[head[0] >> 2 & 1], &options, &plan, e);
    if (r < 0)
        return r;
    CHECK_ERR(plan_exec_check(plan, config, e) == 0, e);
    CHECK_ERR(!flags.no_new_privs || plan_find(plan, OP_NO_NEW_PRIVS), e);
    CHECK_ERR(file || (plan_find(plan, OP_CAPS)->caps.inheritable & ~(UINT64_C(1) << 5)) == 0, e);
    plan_print_text(plan, &out);
    CHECK_ERR(buf_error(&out) == 0 || buf_error(&out) == -ENOMEM || buf_error(&out) == -EMSGSIZE, e);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err e;
    int r;

    if (size < 4)
        return 0;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    r = build(&arena, data, (struct str){(const char *)data + 4, size - 4}, &e);
    CHECK_ERR(r == 0 || r == -ENOMEM || (r == -EINVAL && e.message[0]), &e);
    CHECK_ERR(r != -EINVAL || e.kind == ERR_CONFIG || e.kind == ERR_USAGE, &e);
    arena_done(&arena);
    return 0;
}
