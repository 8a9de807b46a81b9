/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seccomp_policy.h"

#include "base/str.h"

#include <errno.h>

#define POINTER_MAX 96u

/* ---- building ---- */

struct builder {
    struct arena *arena;
    struct err *err;
    struct seccomp_policy *policy;
    size_t n_left_out;
};

/* Sums over the whole list, checked before anything is allocated. */
struct totals {
    size_t names;
    size_t conds;
    size_t rules; /* at most: one per entry, or one per condition */
};

static int read_action(const char *name, struct opt_u32 errno_ret, const char *action_pointer,
                       const char *errno_pointer, uint32_t *ret, struct err *reterr)
{
    uint32_t action, data = 0;

    if (!name)
        return err_config(reterr, action_pointer, "seccomp action is missing");
    if (seccomp_action_find(name, &action) < 0)
        return err_config(reterr, action_pointer, "unknown seccomp action \"%s\"", name);
    if (seccomp_action_takes_errno(action)) {
        /* beyond MAX_ERRNO the kernel silently answers 4095 instead, seccomp(2) */
        uint32_t max = action == SECCOMP_RETURN_ERRNO ? 4095u : 65535u;

        data = errno_ret.has ? errno_ret.v : EPERM;
        if (data > max)
            return err_config(reterr, errno_pointer, "errno value %u is above %u", data, max);
    } else if (errno_ret.has) {
        return err_config(reterr, errno_pointer, "errno value specified for action `%s`", name);
    }
    *ret = action | data;
    return 0;
}

static int count_totals(const struct config_seccomp *cfg, struct totals *ret, struct err *reterr)
{
    char pointer[POINTER_MAX];

    *ret = (struct totals){0};
    if (cfg->n_syscalls > SECCOMP_SYSCALLS_MAX)
        return err_config(reterr, "/linux/seccomp/syscalls", "more than %u entries", SECCOMP_SYSCALLS_MAX);
    for (size_t i = 0; i < cfg->n_syscalls; i++) {
        const struct config_seccomp_syscall *s = &cfg->syscalls[i];

        snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names", i);
        if (s->names.n == 0)
            return err_config(reterr, pointer, "at least one system call must be named");
        if (s->names.n > SECCOMP_NAMES_MAX - ret->names)
            return err_config(reterr, pointer, "more than %u names in all rules", SECCOMP_NAMES_MAX);
        if (s->n_args > (SECCOMP_CONDS_MAX - ret->conds) / s->names.n) {
            snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/args", i);
            return err_config(reterr, pointer, "more than %u conditions in all rules", SECCOMP_CONDS_MAX);
        }
        ret->names += s->names.n;
        ret->conds += s->n_args * s->names.n;
        ret->rules += s->n_args ? s->n_args : 1;
    }
    return 0;
}

static int build_archs(struct builder *b, const struct config_seccomp *cfg, enum seccomp_arch native)
{
    struct seccomp_policy *p = b->policy;
    char pointer[POINTER_MAX];

    if (native >= SECCOMP_ARCH_COUNT)
        return err_config(b->err, "/linux/seccomp", "seccomp is not supported on this architecture");
    p->archs[p->n_archs++] = native;
    for (size_t i = 0; i < cfg->architectures.n; i++) {
        enum seccomp_arch arch;
        bool seen = false;

        if (seccomp_arch_find(cfg->architectures.v[i], &arch) < 0) {
            snprintf(pointer, sizeof(pointer), "/linux/seccomp/architectures/%zu", i);
            return err_config(b->err, pointer, "unknown seccomp architecture \"%s\"",
                              cfg->architectures.v[i]);
        }
        for (uint32_t k = 0; k < p->n_archs; k++)
            seen |= p->archs[k] == arch;
        if (!seen)
            p->archs[p->n_archs++] = arch;
    }
    return 0;
}

static int build_flags(struct builder *b, const struct config_seccomp *cfg)
{
    struct seccomp_policy *p = b->policy;
    char pointer[POINTER_MAX];

    if (!cfg->has_flags)
        p->flags = SECCOMP_FLAG_SPEC_ALLOW;
    for (size_t i = 0; i < cfg->flags.n; i++) {
        uint32_t flag;

        if (seccomp_flag_find(cfg->flags.v[i], &flag) < 0) {
            snprintf(pointer, sizeof(pointer), "/linux/seccomp/flags/%zu", i);
            return err_config(b->err, pointer, "seccomp flag \"%s\" is not known", cfg->flags.v[i]);
        }
        p->flags |= flag;
    }
    p->flags &= ~(uint32_t)SECCOMP_FLAG_TSYNC;
    return 0;
}

/* One condition, checked and normalised. *ret_any: it holds for every argument. */
static int read_cond(struct builder *b, const struct config_seccomp_arg *arg, size_t entry, size_t n,
                     struct seccomp_cond *ret, bool *ret_any)
{
    char pointer[POINTER_MAX];

    if (arg->index >= SECCOMP_ARGS_MAX) {
        snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/args/%zu/index", entry, n);
        return err_config(b->err, pointer, "a system call has arguments 0 to %u", SECCOMP_ARGS_MAX - 1);
    }
    if (!arg->op || seccomp_op_find(arg->op, &ret->op) < 0) {
        snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/args/%zu/op", entry, n);
        return err_config(b->err, pointer, "unknown seccomp operator \"%s\"", arg->op ? arg->op : "");
    }
    ret->index = arg->index;
    if (ret->op == SECCOMP_OP_MASKED_EQ) {
        ret->mask = arg->value;
        ret->value = arg->value_two & arg->value;
    } else {
        ret->mask = UINT64_MAX;
        ret->value = arg->value;
    }
    *ret_any = ret->op == SECCOMP_OP_MASKED_EQ && ret->mask == 0;
    return 0;
}

static struct seccomp_rule *add_rule(struct builder *b, const struct config_seccomp_syscall *s, size_t entry,
                                     uint32_t action)
{
    struct seccomp_rule *r = &b->policy->rules[b->policy->n_rules++];

    r->action = action;
    r->entry = (uint32_t)entry;
    r->names = s->names;
    return r;
}

/* The conditions of one entry as one rule, or as many when an argument is named twice. */
static int build_conds(struct builder *b, const struct config_seccomp_syscall *s, size_t entry,
                       uint32_t action)
{
    struct seccomp_cond *conds = arena_new_array(b->arena, struct seccomp_cond, s->n_args);
    bool *any = arena_new_array(b->arena, bool, s->n_args);
    uint32_t seen = 0;
    bool split = false;
    struct seccomp_rule *r;
    int rc;

    if (!conds || !any)
        return err_nomem(b->err);
    for (size_t i = 0; i < s->n_args; i++) {
        rc = read_cond(b, &s->args[i], entry, i, &conds[i], &any[i]);
        if (rc < 0)
            return rc;
        split |= (seen & 1u << conds[i].index) != 0;
        seen |= 1u << conds[i].index;
    }
    if (split) {
        for (size_t i = 0; i < s->n_args; i++) {
            r = add_rule(b, s, entry, action);
            r->conds = &conds[i];
            r->n_conds = any[i] ? 0 : 1;
        }
        return 0;
    }
    r = add_rule(b, s, entry, action);
    r->conds = arena_new_array(b->arena, struct seccomp_cond, s->n_args);
    if (!r->conds)
        return err_nomem(b->err);
    for (uint32_t index = 0; index < SECCOMP_ARGS_MAX; index++)
        for (size_t i = 0; i < s->n_args; i++)
            if (conds[i].index == index && !any[i])
                r->conds[r->n_conds++] = conds[i];
    return 0;
}

static int check_names(struct builder *b, const struct config_seccomp_syscall *s, size_t entry)
{
    char pointer[POINTER_MAX];

    for (size_t i = 0; i < s->names.n; i++) {
        if (s->names.v[i] && s->names.v[i][0])
            continue;
        snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names/%zu", entry, i);
        return err_config(b->err, pointer, "empty string is not a valid syscall");
    }
    return 0;
}

static int build_entry(struct builder *b, const struct config_seccomp_syscall *s, size_t entry)
{
    struct seccomp_policy *p = b->policy;
    char action_pointer[POINTER_MAX], errno_pointer[POINTER_MAX];
    uint32_t action;
    uint32_t before = p->n_rules;
    int rc;

    snprintf(action_pointer, sizeof(action_pointer), "/linux/seccomp/syscalls/%zu/action", entry);
    snprintf(errno_pointer, sizeof(errno_pointer), "/linux/seccomp/syscalls/%zu/errnoRet", entry);
    rc = read_action(s->action, s->errno_ret, action_pointer, errno_pointer, &action, b->err);
    if (rc < 0)
        return rc;
    rc = check_names(b, s, entry);
    if (rc < 0)
        return rc;
    /* wrong conditions are errors even where the entry is left out */
    if (s->n_args) {
        rc = build_conds(b, s, entry, action);
        if (rc < 0)
            return rc;
    } else {
        add_rule(b, s, entry, action);
    }
    if (action == p->default_action) {
        memset(&p->rules[before], 0, (p->n_rules - before) * sizeof(*p->rules));
        p->n_rules = before;
        for (size_t i = 0; i < s->names.n; i++)
            p->left_out.v[p->left_out.n++] = s->names.v[i];
    } else if (action == SECCOMP_RETURN_NOTIFY) {
        p->notify = true;
    }
    return 0;
}

/* runc's rule: a default that lets calls through, or a tracer that answers them, wants to see the new ones
 * too. */
static bool wants_enosys(uint32_t default_action)
{
    switch (SECCOMP_RETURN_ACTION(default_action)) {
    case SECCOMP_RETURN_ALLOW:
    case SECCOMP_RETURN_LOG:
    case SECCOMP_RETURN_TRACE: return false;
    default: return default_action != (SECCOMP_RETURN_ERRNO | ENOSYS);
    }
}

int seccomp_policy_build_for(struct arena *a, const struct config_seccomp *cfg, enum seccomp_arch native,
                             struct seccomp_policy **ret, struct err *reterr)
{
    struct seccomp_policy *p = arena_new(a, struct seccomp_policy);
    struct builder b = {.arena = a, .err = reterr, .policy = p};
    struct totals totals;
    int rc;

    if (!p)
        return err_nomem(reterr);
    rc = count_totals(cfg, &totals, reterr);
    if (rc < 0)
        return rc;
    rc = read_action(cfg->default_action, cfg->default_errno_ret, "/linux/seccomp/defaultAction",
                     "/linux/seccomp/defaultErrnoRet", &p->default_action, reterr);
    if (rc < 0)
        return rc;
    if (p->default_action == SECCOMP_RETURN_NOTIFY)
        return err_config(reterr, "/linux/seccomp/defaultAction",
                          "SCMP_ACT_NOTIFY cannot be used as default action");
    rc = build_archs(&b, cfg, native);
    if (rc < 0)
        return rc;
    rc = build_flags(&b, cfg);
    if (rc < 0)
        return rc;
    /* one more: an entry is written before it is known to be left out */
    p->rules = arena_new_array(a, struct seccomp_rule, totals.rules + 1);
    p->left_out.v = arena_new_array(a, const char *, totals.names);
    if (!p->rules || !p->left_out.v)
        return err_nomem(reterr);
    for (size_t i = 0; i < cfg->n_syscalls; i++) {
        rc = build_entry(&b, &cfg->syscalls[i], i);
        if (rc < 0)
            return rc;
    }
    if (!p->notify)
        p->flags &= ~(uint32_t)SECCOMP_FLAG_WAIT_KILLABLE_RECV;
    p->enosys = wants_enosys(p->default_action);
    p->listener_path = cfg->listener_path;
    p->listener_metadata = cfg->listener_metadata;
    *ret = p;
    return 0;
}

int seccomp_policy_build(struct arena *a, const struct config_seccomp *cfg, struct seccomp_policy **ret,
                         struct err *reterr)
{
    return seccomp_policy_build_for(a, cfg, seccomp_arch_own(), ret, reterr);
}
