/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "Process", "POSIX process", "Linux Process", "User". */
#include "core/decode_shapes.h"

/* uid and gid belong together: half a user must not become root by accident. */
static const struct field user_fields[] = {
    FIELD_U32(struct config_user, uid, "uid", FIELD_MANDATORY),
    FIELD_U32(struct config_user, gid, "gid", FIELD_MANDATORY),
    FIELD_OPT_U32(struct config_user, umask, "umask", 0),
    FIELD_U32S(struct config_user, additional_gids, n_additional_gids, "additionalGids", 0),
    FIELD_STRING(struct config_user, username, "username", 0),
};
static const struct shape user_shape = SHAPE(struct config_user, user_fields, NULL);

static const struct field console_fields[] = {
    FIELD_U32(struct config_process, console_height, "height", FIELD_MANDATORY),
    FIELD_U32(struct config_process, console_width, "width", FIELD_MANDATORY),
};
static const struct shape console_shape = SHAPE(struct config_process, console_fields, NULL);

#define CAP_FIELD(set, key)                                                                                  \
    FIELD_STRINGS_HAS(struct config_process, capabilities[set], has_cap_set[set], key, 0)

static const struct field cap_fields[] = {
    CAP_FIELD(CAP_SET_BOUNDING, "bounding"),       CAP_FIELD(CAP_SET_EFFECTIVE, "effective"),
    CAP_FIELD(CAP_SET_INHERITABLE, "inheritable"), CAP_FIELD(CAP_SET_PERMITTED, "permitted"),
    CAP_FIELD(CAP_SET_AMBIENT, "ambient"),
};
static const struct shape cap_shape = SHAPE(struct config_process, cap_fields, NULL);

static const struct field rlimit_fields[] = {
    FIELD_STRING(struct config_rlimit, type, "type", FIELD_MANDATORY),
    FIELD_U64(struct config_rlimit, hard, "hard", FIELD_MANDATORY),
    FIELD_U64(struct config_rlimit, soft, "soft", FIELD_MANDATORY),
};
static const struct shape rlimit_shape = SHAPE(struct config_rlimit, rlimit_fields, NULL);

static const struct field scheduler_fields[] = {
    FIELD_STRING(struct config_scheduler, policy, "policy", FIELD_MANDATORY),
    FIELD_I32(struct config_scheduler, nice, "nice", 0),
    FIELD_I32(struct config_scheduler, priority, "priority", 0),
    FIELD_STRINGS(struct config_scheduler, flags, "flags", 0),
    FIELD_U64(struct config_scheduler, runtime_ns, "runtime", 0),
    FIELD_U64(struct config_scheduler, deadline_ns, "deadline", 0),
    FIELD_U64(struct config_scheduler, period_ns, "period", 0),
};
static const struct shape scheduler_shape = SHAPE(struct config_scheduler, scheduler_fields, NULL);

static const struct field io_priority_fields[] = {
    FIELD_STRING(struct config_io_priority, class, "class", FIELD_MANDATORY),
    FIELD_I32(struct config_io_priority, priority, "priority", FIELD_MANDATORY),
};
static const struct shape io_priority_shape = SHAPE(struct config_io_priority, io_priority_fields, NULL);

static const struct field affinity_fields[] = {
    FIELD_STRING(struct config_cpu_affinity, initial, "initial", 0),
    FIELD_STRING(struct config_cpu_affinity, final, "final", 0),
};
static const struct shape affinity_shape = SHAPE(struct config_cpu_affinity, affinity_fields, NULL);

static const struct field process_fields[] = {
    FIELD_BOOL(struct config_process, terminal, "terminal", 0),
    FIELD_FLAT_HAS(struct config_process, has_console_size, "consoleSize", 0, &console_shape),
    FIELD_OBJECT_HAS(struct config_process, user, has_user, "user", 0, &user_shape),
    FIELD_STRINGS(struct config_process, args, "args", 0),
    FIELD_STRINGS(struct config_process, env, "env", 0),
    FIELD_STRING(struct config_process, cwd, "cwd", 0),
    FIELD_FLAT_HAS(struct config_process, has_capabilities, "capabilities", 0, &cap_shape),
    FIELD_ARRAY(struct config_process, rlimits, n_rlimits, "rlimits", 0, &rlimit_shape),
    FIELD_OPT_BOOL(struct config_process, no_new_privileges, "noNewPrivileges", 0),
    FIELD_STRING(struct config_process, apparmor_profile, "apparmorProfile", 0),
    FIELD_OPT_I64(struct config_process, oom_score_adj, "oomScoreAdj", 0),
    FIELD_POINTER(struct config_process, scheduler, "scheduler", 0, &scheduler_shape),
    FIELD_STRING(struct config_process, selinux_label, "selinuxLabel", 0),
    FIELD_POINTER(struct config_process, io_priority, "ioPriority", 0, &io_priority_shape),
    FIELD_POINTER(struct config_process, exec_cpu_affinity, "execCPUAffinity", 0, &affinity_shape),
};
const struct shape decode_process_shape = SHAPE(struct config_process, process_fields, NULL);
