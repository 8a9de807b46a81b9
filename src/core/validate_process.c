/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "Process", "POSIX process", "Linux Process", "User". */
#include "core/caps.h"
#include "core/cpulist.h"
#include "core/rlimit.h"
#include "core/validate_rules.h"

#include <errno.h>
#include <inttypes.h>

/* The kernel takes it as "leave unchanged" (chown(2), setresuid(2)): it must never be an id somebody asked
 * for. */
#define ID_UNCHANGED UINT32_MAX

#define OOM_SCORE_ADJ_LIMIT 1000 /* proc(5) */

static const struct tbl_entry sched_policies[] = {
#define X(name, value) {name, value},
#include "core/tbl/sched_policies.h"
#undef X
};

static const struct tbl_entry sched_flags[] = {
#define X(name, value) {name, value},
#include "core/tbl/sched_flags.h"
#undef X
};

static const struct tbl_entry io_classes[] = {
#define X(name, value) {name, value},
#include "core/tbl/ioprio_classes.h"
#undef X
};

static void check_args(struct validation *v)
{
    if (v->proc->args.n == 0)
        rule_error(v, rule_at(v, "%s/args", v->proc_at), "args must not be empty");
}

static void check_cwd(struct validation *v)
{
    if (!v->proc->cwd)
        rule_error(v, rule_at(v, "%s/cwd", v->proc_at), "Cwd property must not be empty");
    else if (!rule_is_absolute(v->proc->cwd))
        rule_error(v, rule_at(v, "%s/cwd", v->proc_at), "Cwd must be an absolute path");
}

/* Passed through all the same: execve(2) does not care. */
static void check_env(struct validation *v)
{
    for (size_t i = 0; i < v->proc->env.n; i++) {
        const char *equals = strchr(v->proc->env.v[i], '=');

        if (!equals || equals == v->proc->env.v[i])
            rule_warning(v, rule_at(v, "%s/env/%zu", v->proc_at, i), "not of the form NAME=VALUE");
    }
}

static void check_id(struct validation *v, uint32_t id, const char *at, size_t i)
{
    if (id == ID_UNCHANGED)
        rule_error(v,
                   i == SIZE_MAX ? rule_at(v, "%s/user/%s", v->proc_at, at)
                                 : rule_at(v, "%s/user/%s/%zu", v->proc_at, at, i),
                   "%u is not a valid ID", id);
}

static void check_user(struct validation *v)
{
    const struct config_user *user = &v->proc->user;

    if (!v->proc->has_user)
        rule_warning(v, rule_at(v, "%s/user", v->proc_at), "user is absent: the process runs as 0:0");
    check_id(v, user->uid, "uid", SIZE_MAX);
    check_id(v, user->gid, "gid", SIZE_MAX);
    for (size_t i = 0; i < user->n_additional_gids; i++)
        check_id(v, user->additional_gids[i], "additionalGids", i);
    if (user->umask.has && user->umask.v > 0777)
        rule_warning(v, rule_at(v, "%s/user/umask", v->proc_at), "only the lower nine bits of %u are used",
                     user->umask.v);
}

static void check_rlimits(struct validation *v)
{
    char at[64];
    struct err e;

    snprintf(at, sizeof(at), "%s/rlimits", v->proc_at);
    err_init(&e);
    rule_result(v, rlimits_check(v->proc->rlimits, v->proc->n_rlimits, at, &e), NULL, &e);
}

static void check_oom_score(struct validation *v)
{
    struct opt_i64 score = v->proc->oom_score_adj;

    if (score.has && (score.v < -OOM_SCORE_ADJ_LIMIT || score.v > OOM_SCORE_ADJ_LIMIT))
        rule_error(v, rule_at(v, "%s/oomScoreAdj", v->proc_at),
                   "oomScoreAdj %" PRId64 " is out of range (-%d to %d)", score.v, OOM_SCORE_ADJ_LIMIT,
                   OOM_SCORE_ADJ_LIMIT);
}

/* ---- capabilities: what cannot be granted is a warning ("Linux Process") ---- */

static const char *const cap_set_names[CAP_SET_COUNT] = {
    [CAP_SET_EFFECTIVE] = "effective", [CAP_SET_BOUNDING] = "bounding", [CAP_SET_INHERITABLE] = "inheritable",
    [CAP_SET_PERMITTED] = "permitted", [CAP_SET_AMBIENT] = "ambient",
};

static uint64_t check_cap_set(struct validation *v, unsigned set)
{
    const struct strings *names = &v->proc->capabilities[set];
    uint64_t mask = 0;

    for (size_t i = 0; i < names->n; i++) {
        int number = caps_number(str_of(names->v[i]));

        if (number < 0)
            rule_warning(v, rule_at(v, "%s/capabilities/%s/%zu", v->proc_at, cap_set_names[set], i),
                         "unknown capability %s is ignored", rule_quote(v, names->v[i]));
        else
            mask |= UINT64_C(1) << number;
    }
    return mask;
}

static void check_capabilities(struct validation *v)
{
    uint64_t masks[CAP_SET_COUNT];

    for (unsigned set = 0; set < CAP_SET_COUNT; set++)
        masks[set] = check_cap_set(v, set);
    if (masks[CAP_SET_EFFECTIVE] & ~masks[CAP_SET_PERMITTED])
        rule_warning(v, rule_at(v, "%s/capabilities/effective", v->proc_at),
                     "capabilities that are not in the permitted set cannot be effective");
    if (masks[CAP_SET_AMBIENT] & ~(masks[CAP_SET_PERMITTED] & masks[CAP_SET_INHERITABLE]))
        rule_warning(v, rule_at(v, "%s/capabilities/ambient", v->proc_at),
                     "capabilities that are not both permitted and inheritable cannot be ambient");
}

/* ---- scheduler: sched_setattr(2) and sched(7) ---- */

static void check_deadline(struct validation *v, const struct config_scheduler *s)
{
    uint64_t period = s->period_ns ? s->period_ns : s->deadline_ns;

    if (s->runtime_ns < 1024 || s->runtime_ns > s->deadline_ns || s->deadline_ns > period ||
        period > INT64_MAX)
        rule_error(v, rule_at(v, "%s/scheduler/runtime", v->proc_at),
                   "SCHED_DEADLINE needs 1024 <= runtime <= deadline <= period < 2^63");
}

static void check_sched_numbers(struct validation *v, const struct config_scheduler *s)
{
    bool realtime = streq(s->policy, "SCHED_FIFO") || streq(s->policy, "SCHED_RR");

    if (s->nice < -20 || s->nice > 19)
        rule_error(v, rule_at(v, "%s/scheduler/nice", v->proc_at), "invalid scheduler.nice: %d", s->nice);
    if (realtime && (s->priority < 1 || s->priority > 99))
        rule_error(v, rule_at(v, "%s/scheduler/priority", v->proc_at),
                   "scheduler.priority %d is out of range (1 to 99)", s->priority);
    if (!realtime && s->priority != 0)
        rule_error(v, rule_at(v, "%s/scheduler/priority", v->proc_at),
                   "scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
    if (streq(s->policy, "SCHED_DEADLINE"))
        check_deadline(v, s);
    else if (s->runtime_ns || s->deadline_ns || s->period_ns)
        rule_error(v, rule_at(v, "%s/scheduler", v->proc_at),
                   "scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
}

static void check_scheduler(struct validation *v)
{
    const struct config_scheduler *s = v->proc->scheduler;
    char at[64];

    if (!s)
        return;
    snprintf(at, sizeof(at), "%s/scheduler/flags", v->proc_at);
    rule_names(v, &s->flags, sched_flags, ARRAY_SIZE(sched_flags), at, "scheduler flag");
    if (RULE_KNOWN(sched_policies, s->policy))
        check_sched_numbers(v, s);
    else
        rule_error(v, rule_at(v, "%s/scheduler/policy", v->proc_at), "invalid scheduler policy %s",
                   rule_quote(v, s->policy));
}

static void check_io_priority(struct validation *v)
{
    const struct config_io_priority *io = v->proc->io_priority;

    if (!io)
        return;
    if (!RULE_KNOWN(io_classes, io->class))
        rule_error(v, rule_at(v, "%s/ioPriority/class", v->proc_at), "invalid ioPriority.Class: %s",
                   rule_quote(v, io->class));
    if (io->priority < 0 || io->priority > 7)
        rule_error(v, rule_at(v, "%s/ioPriority/priority", v->proc_at), "invalid ioPriority.Priority: %d",
                   io->priority);
}

static void check_cpus(struct validation *v, const char *text, const char *name)
{
    struct cpulist list;
    char at[64];
    struct err e;

    if (!text)
        return;
    err_init(&e);
    snprintf(at, sizeof(at), "%s/execCPUAffinity/%s", v->proc_at, name);
    rule_result(v, cpulist_parse(v->arena, str_of(text), CPULIST_CPU_MAX, at, &list, &e), NULL, &e);
}

static void check_affinity(struct validation *v)
{
    const struct config_cpu_affinity *affinity = v->proc->exec_cpu_affinity;

    if (!affinity)
        return;
    check_cpus(v, affinity->initial, "initial");
    check_cpus(v, affinity->final, "final");
}

static rule *const rules[] = {
    check_args,      check_cwd,          check_env,       check_user,        check_rlimits,
    check_oom_score, check_capabilities, check_scheduler, check_io_priority, check_affinity,
};
const struct rule_list validate_process_rules = RULE_LIST(rules);
