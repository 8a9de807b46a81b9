/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check: namespaces, cgroups, and what becomes of the process. */
#include "core/plan_check_parts.h"

#include "core/caps.h"
#include "core/mount_flags.h"
#include "core/rlimit.h"
#include "core/seccomp_policy.h"

#include <linux/sched.h>

/* ---- namespaces ---- */

static size_t same_path(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0 ? 1 : 0;
}

static size_t joins_of(const struct plan_checker *c, const struct plan_clone *clone, enum ns_type type,
                       const char *path)
{
    size_t n = 0;

    if (type == NS_PID)
        n += same_path(clone->join_pid, path);
    if (type == NS_TIME)
        n += same_path(clone->join_time, path);
    for (size_t i = 0; i < clone->n_joins; i++)
        if (clone->joins[i].type == type)
            n += same_path(clone->joins[i].path, path);
    for (size_t i = 0; i < c->plan->n_ops; i++)
        if (c->plan->ops[i].kind == OP_NS_JOIN && c->plan->ops[i].ns_join.type == type)
            n += same_path(c->plan->ops[i].ns_join.path, path);
    return n;
}

static size_t count_ops(const struct plan_checker *c, enum plan_op_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++)
        n += c->plan->ops[i].kind == kind;
    return n;
}

static bool starts_with(const char *s, const char *prefix)
{
    return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Settings of a namespace that is joined are changed only after a look at whose it is. */
static bool must_not_be_own(const struct plan_checker *c, enum ns_type type)
{
    const struct pairs *sysctl = &c->config->linux_.sysctl;
    bool named = (c->config->hostname && c->config->hostname[0]) ||
                 (c->config->domainname && c->config->domainname[0]);

    if (type == NS_MOUNT || (type == NS_UTS && named) ||
        (type == NS_NETWORK && c->config->linux_.n_net_devices))
        return true;
    for (size_t i = 0; i < sysctl->n; i++) {
        bool net = starts_with(sysctl->v[i].key, "net");
        bool domain = starts_with(sysctl->v[i].key, "kernel") &&
                      strlen(sysctl->v[i].key) == strlen("kernel.domainname") &&
                      strcmp(sysctl->v[i].key + strlen("kernel."), "domainname") == 0;

        if ((type == NS_NETWORK && net) || (type == NS_UTS && domain) || (type == NS_IPC && !net && !domain))
            return true;
    }
    return false;
}

static int check_joins(struct plan_checker *c, const struct plan_clone *clone)
{
    for (size_t i = 0; i < c->plan->n_ops + clone->n_joins; i++) {
        const struct plan_op *op = i < c->plan->n_ops ? &c->plan->ops[i] : NULL;
        const struct plan_ns_join *join = op ? &op->ns_join : &clone->joins[i - c->plan->n_ops];

        if (op && op->kind != OP_NS_JOIN)
            continue;
        if (must_not_be_own(c, join->type) && !join->not_own)
            return check_fail(c, "the %s namespace of the host could be changed", ns_type_name(join->type));
    }
    return 0;
}

int check_namespaces(struct plan_checker *c)
{
    static const uint64_t flag_of[NS_TYPE_COUNT] = {
        [NS_MOUNT] = CLONE_NEWNS,      [NS_PID] = CLONE_NEWPID,   [NS_NETWORK] = CLONE_NEWNET,
        [NS_IPC] = CLONE_NEWIPC,       [NS_UTS] = CLONE_NEWUTS,   [NS_USER] = CLONE_NEWUSER,
        [NS_CGROUP] = CLONE_NEWCGROUP, [NS_TIME] = CLONE_NEWTIME,
    };
    const struct plan_clone *clone = &check_op(c, OP_CLONE)->clone;
    const struct plan_op *unshare = check_op(c, OP_NS_UNSHARE);
    uint64_t later = unshare ? unshare->ns_unshare.flags : 0;
    uint64_t wanted = 0;
    size_t joined = 0;

    for (size_t i = 0; i < c->config->linux_.n_namespaces; i++) {
        const struct config_namespace *ns = &c->config->linux_.namespaces[i];

        if (!ns->path)
            wanted |= flag_of[ns->type];
        else if (joins_of(c, clone, ns->type, ns->path) != 1)
            return check_fail(c, "the %s namespace is not joined once", ns->type_name);
        joined += ns->path != NULL;
    }
    if ((clone->flags & clone->unshare_flags) || (clone->flags & later) || (clone->unshare_flags & later) ||
        (clone->flags | clone->unshare_flags | later) != wanted)
        return check_fail(c, "other new namespaces than were asked for");
    if (joined !=
        clone->n_joins + (clone->join_pid != NULL) + (clone->join_time != NULL) + count_ops(c, OP_NS_JOIN))
        return check_fail(c, "more namespaces are joined than were asked for");
    if ((clone->flags & (CLONE_NEWCGROUP | CLONE_NEWTIME)) || (later & ~(uint64_t)CLONE_NEWCGROUP) ||
        (clone->unshare_flags & ~(uint64_t)(CLONE_NEWTIME | CLONE_NEWUSER)))
        return check_fail(c, "a namespace is made at the wrong time");
    if (!clone->intermediate && (clone->n_joins || (clone->unshare_flags & CLONE_NEWUSER)))
        return check_fail(c, "an intermediate process is missing");
    if (clone->n_time_offsets != c->config->linux_.n_time_offsets)
        return check_fail(c, "time offsets are missing");
    return check_joins(c, clone);
}

/* ---- cgroups ---- */

static bool knows_cgroup(const struct plan_checker *c, uint32_t hierarchy, const char *path)
{
    for (size_t i = 0; i < c->plan->n_cgroups; i++)
        if (c->plan->cgroups[i].hierarchy == hierarchy)
            return path && strcmp(c->plan->cgroups[i].path, path) == 0;
    return false;
}

static bool is_file_name(const char *s)
{
    return s && *s && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static int check_cgroup_write(struct plan_checker *c, const struct plan_op *op)
{
    const struct plan_cgroup_write *w = &op->cgroup_write;

    if (!knows_cgroup(c, w->hierarchy, w->path))
        return check_fail(c, "%s: a write into another cgroup", op->pointer);
    if (!is_file_name(w->file) || !w->value ||
        (w->alt_file && (!is_file_name(w->alt_file) || !w->alt_value)) ||
        (w->usage_file && !is_file_name(w->usage_file)))
        return check_fail(c, "%s: a write to no file of the cgroup", op->pointer);
    return 0;
}

/* Each cgroup of the plan is made once and joined once, or left out in both. */
static int check_made_and_joined(struct plan_checker *c)
{
    for (size_t i = 0; i < c->plan->n_cgroups; i++) {
        size_t made = 0, joined = 0;

        for (size_t k = 0; k < c->plan->n_ops; k++) {
            const struct plan_op *op = &c->plan->ops[k];

            made +=
                op->kind == OP_CGROUP_CREATE && op->cgroup_create.hierarchy == c->plan->cgroups[i].hierarchy;
            joined +=
                op->kind == OP_CGROUP_JOIN && op->cgroup_join.hierarchy == c->plan->cgroups[i].hierarchy;
        }
        if (made != 1 || joined != 1)
            return check_fail(c, "cgroup %s is made %zu times and joined %zu times", c->plan->cgroups[i].path,
                              made, joined);
    }
    return 0;
}

int check_cgroups(struct plan_checker *c)
{
    bool has_cgroup2 = false;

    for (size_t i = 0; i < c->plan->n_cgroups; i++) {
        const struct plan_cgroup *g = &c->plan->cgroups[i];

        has_cgroup2 |= g->hierarchy == PLAN_CGROUP2;
        if (!check_is_clean(g->mountpoint) || !check_is_clean(g->path) ||
            !knows_cgroup(c, g->hierarchy, g->path))
            return check_fail(c, "cgroup %zu has no clean path", i);
    }
    if (check_op(c, OP_CLONE)->clone.into_cgroup2 != has_cgroup2)
        return check_fail(c, "init is not born into its cgroup");
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        bool known = true;

        if (op->kind == OP_CGROUP_CREATE)
            known = knows_cgroup(c, op->cgroup_create.hierarchy, op->cgroup_create.path);
        else if (op->kind == OP_CGROUP_JOIN)
            known = knows_cgroup(c, op->cgroup_join.hierarchy, op->cgroup_join.path);
        else if (op->kind == OP_CGROUP_DEVICES)
            known = knows_cgroup(c, PLAN_CGROUP2, op->cgroup_devices.path) && op->cgroup_devices.n_insns;
        else if (op->kind == OP_CGROUP_WRITE || op->kind == OP_CGROUP_WRITE_EARLY) {
            int r = check_cgroup_write(c, op);

            if (r < 0)
                return r;
        }
        if (!known)
            return check_fail(c, "\"%s\" of a cgroup that is not the container's", plan_op_name(op->kind));
    }
    return check_made_and_joined(c);
}

/* ---- names and labels ---- */

static int check_name(struct plan_checker *c, enum plan_op_kind kind, const char *wanted)
{
    const struct plan_op *op = check_op(c, kind);

    if (op && (!wanted || !op->name.name || strcmp(op->name.name, wanted) != 0))
        return check_fail(c, "\"%s\" with another name", plan_op_name(kind));
    return 0;
}

/* The components, joined again the way the key spells them, are the key. */
static bool is_sysctl(const struct plan_sysctl *s, const char *key)
{
    char separator = key[strcspn(key, "./")];
    char other = separator == '.' ? '/' : '.';

    for (size_t i = 0; i < s->n_components; i++) {
        const char *name = s->components[i];

        if (!is_file_name(name))
            return false;
        if (i && *key++ != separator)
            return false;
        for (; *name; name++, key++) {
            /* in the dotted form a slash within a component stands for a dot, in the other form nothing is
             * translated */
            char expected = separator == '.' && *name == '.' ? other : *name;

            if (*key != expected)
                return false;
        }
    }
    return *key == '\0' && s->n_components > 0;
}

static int check_sysctls(struct plan_checker *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (op->kind != OP_SYSCTL)
            continue;
        if (n == c->config->linux_.sysctl.n || !is_sysctl(&op->sysctl, c->config->linux_.sysctl.v[n].key) ||
            !op->sysctl.value || strcmp(op->sysctl.value, c->config->linux_.sysctl.v[n].value) != 0)
            return check_fail(c, "%s: another sysctl", op->pointer);
        n++;
    }
    return n == c->config->linux_.sysctl.n ? 0 : check_fail(c, "sysctls are missing");
}

static const char *has_text(const char *s)
{
    return s && *s ? s : NULL;
}

int check_labels(struct plan_checker *c)
{
    const struct config_process *p = c->process;
    const struct plan_op *keyring = check_op(c, OP_KEYRING);
    const struct plan_op *apparmor = check_op(c, OP_APPARMOR);
    int r = check_name(c, OP_SELINUX, p->selinux_label);

    if (r == 0)
        r = check_name(c, OP_APPARMOR, p->apparmor_profile);
    if (r == 0 && !apparmor && p->apparmor_profile && p->apparmor_profile[0] &&
        strcmp(p->apparmor_profile, "unconfined") != 0)
        r = check_fail(c, "the AppArmor profile is missing");
    if (r == 0 && keyring &&
        (strncmp(keyring->name.name, "_ses.", 5) != 0 || strcmp(keyring->name.name + 5, c->plan->id) != 0))
        r = check_fail(c, "a keyring with another name");
    if (r == 0 && keyring && !streq(keyring->name.label, has_text(p->selinux_label)))
        r = check_fail(c, "a keyring with another label");
    return r;
}

static int check_names(struct plan_checker *c)
{
    int r = check_name(c, OP_HOSTNAME, c->config->hostname);

    if (r == 0)
        r = check_name(c, OP_DOMAINNAME, c->config->domainname);
    if (r == 0)
        r = check_labels(c);
    return r < 0 ? r : check_sysctls(c);
}

/* ---- ids, capabilities ---- */

int check_identity(struct plan_checker *c)
{
    const struct plan_identity *id = &check_op(c, OP_IDENTITY)->identity;
    const struct config_user *user = &c->process->user;

    if (id->uid == UINT32_MAX || id->gid == UINT32_MAX || id->uid != user->uid || id->gid != user->gid)
        return check_fail(c, "another user");
    if (!id->set_groups)
        return user->n_additional_gids ? check_fail(c, "additional groups are dropped") : 0;
    if (id->n_groups != user->n_additional_gids)
        return check_fail(c, "other groups");
    for (size_t i = 0; i < id->n_groups; i++)
        if (id->groups[i] == UINT32_MAX || id->groups[i] != user->additional_gids[i])
            return check_fail(c, "other groups");
    if (check_op(c, OP_UMASK)->umask != (user->umask.has ? user->umask.v & 0777u : PLAN_UMASK_CALLER))
        return check_fail(c, "another umask");
    return 0;
}

static uint64_t named_caps(const struct strings *names)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < names->n; i++) {
        int number = caps_number(str_of(names->v[i]));

        if (number >= 0)
            mask |= UINT64_C(1) << number;
    }
    return mask;
}

static bool within(uint64_t a, uint64_t b)
{
    return (a & ~b) == 0;
}

int check_caps(struct plan_checker *c)
{
    const struct strings *named = c->process->capabilities;
    const struct plan_caps *first = &check_op(c, OP_CAPS_BOUNDING)->caps;
    const struct plan_caps *caps = &check_op(c, OP_CAPS)->caps;

    if (first->bounding != caps->bounding)
        return check_fail(c, "two bounding sets");
    if (!within(caps->bounding, named_caps(&named[CAP_SET_BOUNDING])) ||
        !within(caps->effective, named_caps(&named[CAP_SET_EFFECTIVE])) ||
        !within(caps->permitted, named_caps(&named[CAP_SET_PERMITTED])) ||
        !within(caps->inheritable, named_caps(&named[CAP_SET_INHERITABLE])) ||
        !within(caps->ambient, named_caps(&named[CAP_SET_AMBIENT])))
        return check_fail(c, "capabilities that were not asked for");
    if (!within(caps->effective, caps->permitted) ||
        !within(caps->ambient, caps->permitted & caps->inheritable) ||
        !within(caps->inheritable, caps->bounding))
        return check_fail(c, "capability sets that the kernel would refuse");
    return 0;
}

/* ---- the program ---- */

int check_program(struct plan_checker *c)
{
    const struct plan_op *op = check_op(c, OP_EXEC);
    const struct strings *args = &c->process->args;
    const struct plan_exec *exec;
    size_t n = 0;

    if (!op) /* it was counted */
        return 0;
    exec = &op->exec;
    for (; n < args->n; n++)
        if (!exec->args[n] || strcmp(exec->args[n], args->v[n]) != 0)
            return check_fail(c, "other arguments");
    if (!n || exec->args[n])
        return check_fail(c, "other arguments");
    for (n = 0; exec->env[n]; n++)
        if (exec->has_home && strncmp(exec->env[n], "HOME=", 5) == 0)
            break;
    if (exec->has_home && !exec->env[n])
        return check_fail(c, "there is no HOME in the environment");
    if (!exec->has_home && n != exec->n_env)
        return check_fail(c, "the environment is of another size");
    return exec->search_path ? 0 : check_fail(c, "there is no path to search");
}

int check_cwd(struct plan_checker *c)
{
    static const enum plan_op_kind kinds[] = {OP_MKDIR_CWD, OP_CHDIR_EARLY, OP_CHDIR};

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct plan_op *op = check_op(c, kinds[i]); /* how many there are was counted */
        const char *path = op ? op->path.path : "/";

        if (!op)
            continue;
        if ((strcmp(path, "/") != 0 && !check_is_clean(path)) || !check_means("", c->process->cwd, path))
            return check_fail(c, "another working directory");
    }
    return 0;
}

static int check_hook_lists(struct plan_checker *c)
{
    static const struct {
        enum plan_op_kind op;
        enum hook_kind hooks;
    } kinds[] = {
        {OP_HOOKS_RUNTIME, HOOK_CREATE_RUNTIME},
        {OP_HOOKS_CREATE_CONTAINER, HOOK_CREATE_CONTAINER},
        {OP_HOOKS_START_CONTAINER, HOOK_START_CONTAINER},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct plan_op *op = check_op(c, kinds[i].op);
        const struct config_hooks *prestart =
            kinds[i].op == OP_HOOKS_RUNTIME ? &c->config->hooks[HOOK_PRESTART] : NULL;

        if (op && (op->hooks.prestart != prestart || op->hooks.hooks != &c->config->hooks[kinds[i].hooks]))
            return check_fail(c, "\"%s\" with other hooks", plan_op_name(op->kind));
    }
    return 0;
}

int check_process(struct plan_checker *c)
{
    static int (*const checks[])(struct plan_checker *) = {check_names,   check_identity, check_caps,
                                                           check_program, check_cwd,      check_hook_lists};

    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        int r = checks[i](c);

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- numbers ---- */

static bool has_user_namespace(const struct plan_checker *c)
{
    for (size_t i = 0; i < c->config->linux_.n_namespaces; i++)
        if (c->config->linux_.namespaces[i].type == NS_USER)
            return true;
    return false;
}

int check_rlimits(struct plan_checker *c, enum plan_op_kind kind, size_t expected)
{
    const struct config_process *p = c->process;
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (op->kind != kind)
            continue;
        if (n == p->n_rlimits || op->rlimit.resource != rlimit_number(str_of(p->rlimits[n].type)) ||
            op->rlimit.soft != p->rlimits[n].soft || op->rlimit.hard != p->rlimits[n].hard ||
            op->rlimit.soft > op->rlimit.hard)
            return check_fail(c, "%s: another limit", op->pointer);
        n++;
    }
    return n == expected ? 0 : check_fail(c, "%zu \"%s\" instead of %zu", n, plan_op_name(kind), expected);
}

/* The host's tree is never left as it is by accident, and never unbindable: the root could not be made from
 * it. */
static int check_propagation(struct plan_checker *c)
{
    uint64_t host = check_op(c, OP_ROOT_PREPARE)->root_prepare.host_propagation;
    const char *asked = c->config->linux_.rootfs_propagation;
    bool shared = asked && (strcmp(asked, "shared") == 0 || strcmp(asked, "rshared") == 0);
    const struct plan_op *root = check_op(c, OP_ROOT_PROPAGATION);
    uint64_t type;

    if (shared ? (host & ~(uint64_t)MS_REC) != MS_SHARED
               : host != (MS_SLAVE | MS_REC) && host != (MS_PRIVATE | MS_REC))
        return check_fail(c, "mounts of the container could reach the host");
    if (!root)
        return 0;
    type = root->root_propagation.ms_flags & ~(uint64_t)MS_REC;
    if (type != MS_SHARED && type != MS_SLAVE && type != MS_UNBINDABLE)
        return check_fail(c, "another propagation of the root");
    if ((asked[0] == 'r') != !!(root->root_propagation.ms_flags & MS_REC))
        return check_fail(c, "another propagation of the root");
    return 0;
}

static int check_net_devices(struct plan_checker *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_net_device *d = &c->plan->ops[i].net_device;

        if (c->plan->ops[i].kind != OP_NET_DEVICE)
            continue;
        if (n == c->config->linux_.n_net_devices ||
            strcmp(d->host_name, c->config->linux_.net_devices[n].host_name) != 0 || !is_file_name(d->name))
            return check_fail(c, "another network device");
        n++;
    }
    return n == c->config->linux_.n_net_devices ? 0 : check_fail(c, "network devices are missing");
}

int check_attributes(struct plan_checker *c)
{
    const struct plan_op *oom = check_op(c, OP_OOM_SCORE_ADJ);
    const struct plan_op *console = check_op(c, OP_CONSOLE);
    const struct config_process *p = c->process;
    int r = check_rlimits(c, OP_RLIMIT, p->n_rlimits);

    if (r == 0)
        r = check_rlimits(c, OP_RLIMIT_RAISE, has_user_namespace(c) ? p->n_rlimits : 0);
    if (r == 0)
        r = check_propagation(c);
    if (r == 0)
        r = check_net_devices(c);
    if (r == 0 && oom && oom->oom_score.value != p->oom_score_adj.v)
        r = check_fail(c, "another oom_score_adj");
    if (r == 0 && console && p->has_console_size &&
        (console->console.height != p->console_height || console->console.width != p->console_width))
        r = check_fail(c, "another size of the console");
    if (r == 0 && console && (console->console.uid != p->user.uid || !console->console.bind))
        r = check_fail(c, "a console for another user, or at another place");
    return r;
}

int check_seccomp(struct plan_checker *c)
{
    const struct config_seccomp *asked = c->config->linux_.seccomp;
    const struct plan_op *op = plan_find_seccomp(c->plan);
    bool notify = false;
    uint32_t action;

    if (!asked)
        return 0;
    if (!op || !op->seccomp || seccomp_action_find(asked->default_action, &action) < 0 ||
        SECCOMP_RETURN_ACTION(op->seccomp->default_action) != action)
        return check_fail(c, "another seccomp policy");
    for (uint32_t i = 0; i < op->seccomp->n_rules; i++)
        if (op->seccomp->rules[i].entry >= asked->n_syscalls)
            return check_fail(c, "a seccomp rule of nowhere");
    for (uint32_t i = 0; i < op->seccomp->n_rules; i++)
        notify |= op->seccomp->rules[i].action == SECCOMP_RETURN_NOTIFY;
    if (notify != op->seccomp->notify)
        return check_fail(c, "a seccomp listener that nobody wants, or none where one is wanted");
    if (notify && (!op->seccomp->listener_path || !op->seccomp->listener_path[0]))
        return check_fail(c, "a seccomp listener for nobody");
    return 0;
}
