/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md "Seccomp". */
#include "core/seccomp_policy.h"
#include "core/validate_rules.h"

#define AT "/linux/seccomp"

/* The largest errno a filter can return, and the largest value for a tracer: seccomp(2). */
#define ERRNO_MAX 4095u
#define TRACE_MAX 65535u

static void check_action(struct validation *v, const char *name, struct opt_u32 errno_ret,
                         const char *action_at, const char *errno_at)
{
    uint32_t action, max;

    if (seccomp_action_find(name, &action) < 0) {
        rule_error(v, action_at, "string %s is not a valid action for seccomp", rule_quote(v, name));
        return;
    }
    if (!errno_ret.has)
        return;
    max = action == SECCOMP_RETURN_TRACE ? TRACE_MAX : ERRNO_MAX;
    if (!seccomp_action_takes_errno(action))
        rule_error(v, errno_at, "errno value specified for action `%s`", name);
    else if (errno_ret.v > max)
        rule_error(v, errno_at, "errno value %u is out of range (0 to %u)", errno_ret.v, max);
}

static void check_default(struct validation *v)
{
    const struct config_seccomp *s = v->config->linux_.seccomp;
    uint32_t action;

    check_action(v, s->default_action, s->default_errno_ret, AT "/defaultAction", AT "/defaultErrnoRet");
    if (seccomp_action_find(s->default_action, &action) == 0 && action == SECCOMP_RETURN_NOTIFY)
        rule_error(v, AT "/defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action");
}

static void check_architectures(struct validation *v)
{
    const struct strings *names = &v->config->linux_.seccomp->architectures;
    enum seccomp_arch arch;

    for (size_t i = 0; i < names->n; i++)
        if (seccomp_arch_find(names->v[i], &arch) < 0)
            rule_error(v, rule_at(v, AT "/architectures/%zu", i), "string %s is not a valid arch for seccomp",
                       rule_quote(v, names->v[i]));
}

static void check_flags(struct validation *v)
{
    const struct strings *names = &v->config->linux_.seccomp->flags;
    uint32_t flag;

    for (size_t i = 0; i < names->n; i++)
        if (seccomp_flag_find(names->v[i], &flag) < 0)
            rule_error(v, rule_at(v, AT "/flags/%zu", i), "unknown seccomp flag %s",
                       rule_quote(v, names->v[i]));
}

static void check_listener(struct validation *v)
{
    const struct config_seccomp *s = v->config->linux_.seccomp;

    for (size_t i = 0; i < s->n_syscalls; i++)
        if (streq(s->syscalls[i].action, "SCMP_ACT_NOTIFY") && (!s->listener_path || !*s->listener_path)) {
            rule_error(v, AT "/listenerPath", "seccomp listenerPath is not set, and syscalls/%zu notifies",
                       i);
            break;
        }
    if (s->listener_metadata && !s->listener_path)
        rule_error(v, AT "/listenerMetadata", "listenerMetadata must not be set without listenerPath");
}

static void check_args(struct validation *v, const struct config_seccomp_syscall *call, size_t i)
{
    enum seccomp_op op;

    for (size_t k = 0; k < call->n_args; k++) {
        if (call->args[k].index >= SECCOMP_ARGS_MAX)
            rule_error(v, rule_at(v, AT "/syscalls/%zu/args/%zu/index", i, k),
                       "argument index %u is out of range (0 to %u)", call->args[k].index,
                       SECCOMP_ARGS_MAX - 1);
        if (seccomp_op_find(call->args[k].op, &op) < 0)
            rule_error(v, rule_at(v, AT "/syscalls/%zu/args/%zu/op", i, k),
                       "string %s is not a valid operator for seccomp", rule_quote(v, call->args[k].op));
    }
}

static void check_names(struct validation *v, const struct config_seccomp_syscall *call, size_t i)
{
    if (call->names.n == 0)
        rule_error(v, rule_at(v, AT "/syscalls/%zu/names", i), "names must contain at least one entry");
    for (size_t k = 0; k < call->names.n; k++)
        if (!*call->names.v[k])
            rule_error(v, rule_at(v, AT "/syscalls/%zu/names/%zu", i, k),
                       "the name of a syscall must not be empty");
}

static void check_syscalls(struct validation *v)
{
    const struct config_seccomp *s = v->config->linux_.seccomp;

    for (size_t i = 0; i < s->n_syscalls && !v->nomem; i++) {
        const struct config_seccomp_syscall *call = &s->syscalls[i];
        char action_at[64], errno_at[64];

        snprintf(action_at, sizeof(action_at), AT "/syscalls/%zu/action", i);
        snprintf(errno_at, sizeof(errno_at), AT "/syscalls/%zu/errnoRet", i);
        check_action(v, call->action, call->errno_ret, action_at, errno_at);
        check_names(v, call, i);
        check_args(v, call, i);
    }
}

static rule *const rules[] = {
    check_default, check_architectures, check_flags, check_listener, check_syscalls,
};
const struct rule_list validate_seccomp_rules = RULE_LIST(rules);
