/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan_check_parts.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <sys/resource.h>

int check_fail(struct plan_checker *c, const char *fmt, ...)
{
    char text[ERR_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_internal(c->reterr, EINVAL, "plan check: %s", text);
}

const struct plan_op *check_op(const struct plan_checker *c, enum plan_op_kind kind)
{
    for (size_t i = 0; i < c->plan->n_ops; i++)
        if (c->plan->ops[i].kind == kind)
            return &c->plan->ops[i];
    return NULL;
}

bool check_is_clean(const char *path)
{
    if (!path || path[0] != '/' || !path[1])
        return false;
    for (const char *p = path; *p;) {
        size_t n = strcspn(p + 1, "/");

        if (n == 0 || (n == 1 && p[1] == '.') || (n == 2 && p[1] == '.' && p[2] == '.'))
            return false;
        p += n + 1;
    }
    return true;
}

static size_t walk(char *out, size_t len, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.') {
            while (len && out[len - 1] != '/')
                len--;
            len -= len > 0;
        } else if (n && !(n == 1 && path[0] == '.')) {
            if (len + 1 + n >= CHECK_PATH_MAX)
                return SIZE_MAX;
            out[len++] = '/';
            memcpy(out + len, path, n);
            len += n;
        }
        path += n;
        path += *path == '/';
    }
    return len;
}

bool check_meaning(const char *base, const char *raw, struct check_path *ret)
{
    size_t len = walk(ret->text, 0, base);

    if (len != SIZE_MAX)
        len = walk(ret->text, len, raw);
    if (len == SIZE_MAX)
        return false;
    if (len == 0)
        ret->text[len++] = '/';
    ret->text[len] = '\0';
    return true;
}

bool check_means(const char *base, const char *raw, const char *clean)
{
    struct check_path path UNINITIALIZED;

    return check_meaning(base, raw, &path) && strcmp(path.text, clean) == 0;
}

bool check_index(const char *pointer, const char *array, size_t n, size_t *ret)
{
    size_t len = strlen(array);
    uint64_t index;

    if (strncmp(pointer, array, len) != 0 || pointer[len] != '/' || n == 0 ||
        str_to_u64(str_of(pointer + len + 1), n - 1, &index) < 0)
        return false;
    *ret = (size_t)index;
    return true;
}

/* ---- which operations there are ---- */

typedef bool wanted(const struct plan_checker *c);

static bool has(const char *s)
{
    return s && *s;
}

/* Without a process init waits for a start that never comes. */
static bool wants_program(const struct plan_checker *c)
{
    return c->config->process != NULL;
}

static bool always(const struct plan_checker *c)
{
    (void)c;
    return true;
}

static const struct config_namespace *ns_of(const struct plan_checker *c, enum ns_type type)
{
    const struct config_namespace *found = NULL;

    for (size_t i = 0; i < c->config->linux_.n_namespaces; i++)
        if (c->config->linux_.namespaces[i].type == type)
            found = &c->config->linux_.namespaces[i];
    return found;
}

static bool wants_idmap(const struct plan_checker *c)
{
    const struct config_namespace *user = ns_of(c, NS_USER);

    return user && !user->path && (c->config->linux_.uid_mappings.n || c->config->linux_.gid_mappings.n);
}

static bool wants_rdt(const struct plan_checker *c)
{
    return c->config->linux_.intel_rdt != NULL;
}

static bool wants_oom_score(const struct plan_checker *c)
{
    return c->process->oom_score_adj.has;
}

static bool wants_unshare(const struct plan_checker *c)
{
    const struct config_namespace *ns = ns_of(c, NS_CGROUP);

    return ns && !ns->path;
}

static bool wants_loopback(const struct plan_checker *c)
{
    const struct config_namespace *ns = ns_of(c, NS_NETWORK);

    return ns && !ns->path;
}

static bool wants_hooks_runtime(const struct plan_checker *c)
{
    return c->config->hooks[HOOK_PRESTART].n || c->config->hooks[HOOK_CREATE_RUNTIME].n;
}

static bool wants_hooks_create(const struct plan_checker *c)
{
    return c->config->hooks[HOOK_CREATE_CONTAINER].n > 0;
}

static bool wants_hooks_start(const struct plan_checker *c)
{
    return c->config->hooks[HOOK_START_CONTAINER].n > 0;
}

/* The new root is private already: only what differs from that is asked for again. */
static bool wants_propagation(const struct plan_checker *c)
{
    const char *p = c->config->linux_.rootfs_propagation;

    return has(p) && strcmp(p, "private") != 0 && strcmp(p, "rprivate") != 0;
}

static bool wants_console(const struct plan_checker *c)
{
    return c->process->terminal;
}

static bool wants_mounts_readonly(const struct plan_checker *c)
{
    for (size_t i = 0; i < c->plan->n_ops; i++)
        if (c->plan->ops[i].kind == OP_MOUNT && c->plan->ops[i].mount.read_only_later)
            return true;
    return false;
}

static bool wants_root_readonly(const struct plan_checker *c)
{
    return c->config->root.readonly;
}

static bool wants_hostname(const struct plan_checker *c)
{
    return has(c->config->hostname);
}

static bool wants_domainname(const struct plan_checker *c)
{
    return has(c->config->domainname);
}

static bool wants_selinux(const struct plan_checker *c)
{
    return has(c->process->selinux_label);
}

static bool wants_scheduler(const struct plan_checker *c)
{
    return c->process->scheduler != NULL;
}

static bool wants_io_priority(const struct plan_checker *c)
{
    return c->process->io_priority != NULL;
}

static bool wants_personality(const struct plan_checker *c)
{
    return c->config->linux_.personality != NULL;
}

static bool wants_memory_policy(const struct plan_checker *c)
{
    return c->config->linux_.memory_policy != NULL;
}

static bool wants_nnp(const struct plan_checker *c)
{
    return c->process->no_new_privileges.has && c->process->no_new_privileges.v;
}

static bool notifies(const struct config_seccomp *seccomp)
{
    for (size_t i = 0; seccomp && i < seccomp->n_syscalls; i++)
        if (streq(seccomp->syscalls[i].action, "SCMP_ACT_NOTIFY"))
            return true;
    return false;
}

static bool wants_seccomp_listener(const struct plan_checker *c)
{
    return wants_nnp(c) && notifies(c->config->linux_.seccomp);
}

static bool wants_seccomp_late(const struct plan_checker *c)
{
    return c->config->linux_.seccomp && wants_nnp(c);
}

static bool wants_seccomp_last(const struct plan_checker *c)
{
    return wants_seccomp_late(c) && !wants_seccomp_listener(c);
}

static bool wants_seccomp_early(const struct plan_checker *c)
{
    return c->config->linux_.seccomp && !wants_nnp(c);
}

/* Kinds that stand exactly once when they are wanted, and not at all otherwise. */
struct single {
    enum plan_op_kind kind;
    wanted *wanted;
};

static const struct single single[] = {
    {OP_CLONE, always},
    {OP_IDMAP_WRITE, wants_idmap},
    {OP_INTEL_RDT, wants_rdt},
    {OP_OOM_SCORE_ADJ, wants_oom_score},
    {OP_SETSID, always},
    {OP_NS_UNSHARE, wants_unshare},
    {OP_LOOPBACK_UP, wants_loopback},
    {OP_ROOT_PREPARE, always},
    {OP_HOOKS_RUNTIME, wants_hooks_runtime},
    {OP_HOOKS_CREATE_CONTAINER, wants_hooks_create},
    {OP_PIVOT, always},
    {OP_ROOT_PROPAGATION, wants_propagation},
    {OP_CONSOLE, wants_console},
    {OP_MKDIR_CWD, always},
    {OP_MOUNTS_READONLY, wants_mounts_readonly},
    {OP_ROOT_READONLY, wants_root_readonly},
    {OP_HOSTNAME, wants_hostname},
    {OP_DOMAINNAME, wants_domainname},
    {OP_SELINUX, wants_selinux},
    {OP_SCHEDULER, wants_scheduler},
    {OP_IO_PRIORITY, wants_io_priority},
    {OP_PERSONALITY, wants_personality},
    {OP_MEMORY_POLICY, wants_memory_policy},
    {OP_UMASK, always},
    {OP_CHDIR_EARLY, always},
    {OP_SECCOMP_PRIVILEGED, wants_seccomp_early},
    {OP_CAPS_BOUNDING, always},
    {OP_IDENTITY, always},
    {OP_CHDIR, always},
    {OP_CAPS, always},
    {OP_NO_NEW_PRIVS, wants_nnp},
    {OP_FIND_EXECUTABLE, wants_program},
    {OP_SECCOMP_LISTENER, wants_seccomp_listener},
    {OP_WAIT_START, always},
    {OP_HOOKS_START_CONTAINER, wants_hooks_start},
    {OP_CLOSE_FDS, always},
    {OP_SECCOMP, wants_seccomp_last},
    {OP_EXEC, wants_program},
};

/* Kinds that are for exec. */
static const enum plan_op_kind only_exec[] = {OP_CPU_AFFINITY_INITIAL, OP_JOIN, OP_CPU_AFFINITY,
                                              OP_RLIMIT_BETWEEN};

/* Kinds that stand at most once; whether they must is up to more than the configuration. */
static const enum plan_op_kind at_most_one[] = {OP_SYSTEMD_SCOPE, OP_CGROUP_DEVICES, OP_KEYRING, OP_APPARMOR};

static int check_single(struct plan_checker *c, const struct single *v, size_t n,
                        const size_t count[OP_KIND_COUNT])
{
    for (size_t i = 0; i < n; i++) {
        size_t expected = v[i].wanted(c) ? 1 : 0;

        if (count[v[i].kind] != expected)
            return check_fail(c, "%zu operations \"%s\" instead of %zu", count[v[i].kind],
                              plan_op_name(v[i].kind), expected);
    }
    return 0;
}

static void count_ops(const struct plan *p, size_t count[OP_KIND_COUNT])
{
    memset(count, 0, OP_KIND_COUNT * sizeof(*count));
    for (size_t i = 0; i < p->n_ops; i++)
        count[p->ops[i].kind]++;
}

static int check_counts(struct plan_checker *c)
{
    size_t count[OP_KIND_COUNT];
    int r;

    count_ops(c->plan, count);
    r = check_single(c, single, ARRAY_SIZE(single), count);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(only_exec); i++)
        if (count[only_exec[i]])
            return check_fail(c, "\"%s\" is for exec", plan_op_name(only_exec[i]));
    for (size_t i = 0; i < ARRAY_SIZE(at_most_one); i++)
        if (count[at_most_one[i]] > 1)
            return check_fail(c, "%zu operations \"%s\"", count[at_most_one[i]],
                              plan_op_name(at_most_one[i]));
    return 0;
}

/* The table of operations is the written order of a start: no operation before one of an earlier row. */
static int check_order(struct plan_checker *c)
{
    const struct plan *p = c->plan;

    for (size_t i = 0; i < p->n_ops; i++) {
        const struct plan_op *op = &p->ops[i];

        if ((unsigned)op->kind >= OP_KIND_COUNT)
            return check_fail(c, "operation %zu is of no kind", i);
        if (!op->pointer || (op->pointer[0] && op->pointer[0] != '/'))
            return check_fail(c, "operation %zu (%s) has no JSON pointer", i, plan_op_name(op->kind));
        if (i && op->kind < p->ops[i - 1].kind)
            return check_fail(c, "\"%s\" stands after \"%s\"", plan_op_name(op->kind),
                              plan_op_name(p->ops[i - 1].kind));
    }
    return 0;
}

static int check_head(struct plan_checker *c)
{
    const struct plan *p = c->plan;

    if (!has(p->id) || strchr(p->id, '/'))
        return check_fail(c, "no id");
    if (!p->bundle || (strcmp(p->bundle, "/") != 0 && !check_is_clean(p->bundle)))
        return check_fail(c, "the bundle's path is not clean");
    if (!check_is_clean(p->rootfs) ||
        !check_means(c->config->root.path[0] == '/' ? "" : p->bundle, c->config->root.path, p->rootfs))
        return check_fail(c, "the root's path is not that of the configuration");
    for (size_t i = 0; i < p->warnings.n; i++)
        if (!has(p->warnings.v[i]))
            return check_fail(c, "empty warning");
    return 0;
}

int plan_check(const struct plan *plan, const struct config *config, struct err *reterr)
{
    static int (*const checks[])(struct plan_checker *) = {
        check_head,    check_order,        check_counts,  check_namespaces, check_cgroups, check_mounts,
        check_devices, check_hidden_paths, check_process, check_attributes, check_seccomp, check_unit,
    };
    struct plan_checker c = {
        .plan = plan, .config = config, .process = config_process_or_none(config), .reterr = reterr};

    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        int r = checks[i](&c);

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the plan of exec ---- */

static const char *initial_of(const struct plan_checker *c)
{
    const struct config_cpu_affinity *affinity = c->process->exec_cpu_affinity;

    return affinity ? affinity->initial : NULL;
}

static bool wants_affinity_initial(const struct plan_checker *c)
{
    return has(initial_of(c));
}

/* The caller's own is never kept. */
static bool wants_affinity(const struct plan_checker *c)
{
    const struct config_cpu_affinity *affinity = c->process->exec_cpu_affinity;

    return !has(initial_of(c)) || has(affinity->final);
}

static const struct single exec_single[] = {
    {OP_CPU_AFFINITY_INITIAL, wants_affinity_initial},
    {OP_CLONE, always},
    {OP_OOM_SCORE_ADJ, wants_oom_score},
    {OP_JOIN, always},
    {OP_SETSID, always},
    {OP_CONSOLE, wants_console},
    {OP_SELINUX, wants_selinux},
    {OP_SCHEDULER, wants_scheduler},
    {OP_IO_PRIORITY, wants_io_priority},
    {OP_PERSONALITY, wants_personality},
    {OP_MEMORY_POLICY, wants_memory_policy},
    {OP_CPU_AFFINITY, wants_affinity},
    {OP_UMASK, always},
    {OP_CHDIR_EARLY, always},
    {OP_SECCOMP_PRIVILEGED, wants_seccomp_early},
    {OP_CAPS_BOUNDING, always},
    {OP_IDENTITY, always},
    {OP_CHDIR, always},
    {OP_CAPS, always},
    {OP_NO_NEW_PRIVS, wants_nnp},
    {OP_FIND_EXECUTABLE, always},
    {OP_CLOSE_FDS, always},
    {OP_SECCOMP, wants_seccomp_late},
    {OP_EXEC, always},
};

/* What a container is made with has no place here. */
static const enum plan_op_kind exec_any[] = {OP_CGROUP_JOIN, OP_RLIMIT_RAISE,   OP_KEYRING,  OP_APPARMOR,
                                             OP_RLIMIT,      OP_RLIMIT_BETWEEN, OP_INTEL_RDT};

static int check_exec_counts(struct plan_checker *c)
{
    size_t count[OP_KIND_COUNT];
    int r;

    count_ops(c->plan, count);
    r = check_single(c, exec_single, ARRAY_SIZE(exec_single), count);
    if (r < 0)
        return r;
    if (count[OP_KEYRING] > 1 || count[OP_APPARMOR] > 1 || count[OP_INTEL_RDT] > 1 ||
        count[OP_CGROUP_JOIN] != c->plan->n_cgroups)
        return check_fail(c, "too many keyrings or profiles, or too few cgroups");
    for (size_t i = 0; i < ARRAY_SIZE(exec_single); i++)
        count[exec_single[i].kind] = 0;
    for (size_t i = 0; i < ARRAY_SIZE(exec_any); i++)
        count[exec_any[i]] = 0;
    for (size_t kind = 0; kind < OP_KIND_COUNT; kind++)
        if (count[kind])
            return check_fail(c, "\"%s\" is not for exec", plan_op_name((enum plan_op_kind)kind));
    return 0;
}

/* Every cgroup is joined once, in its own hierarchy; the clone goes into the unified one. */
static int check_exec_cgroups(struct plan_checker *c)
{
    size_t joined = 0;
    bool unified = false;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_cgroup_join *join = &c->plan->ops[i].cgroup_join;
        const struct plan_cgroup *g = &c->plan->cgroups[joined];

        if (c->plan->ops[i].kind != OP_CGROUP_JOIN)
            continue;
        joined++;
        if (join->hierarchy != g->hierarchy || !check_is_clean(join->path) ||
            strcmp(join->path, g->path) != 0)
            return check_fail(c, "another cgroup is joined");
        unified = unified || join->hierarchy == PLAN_CGROUP2;
    }
    return check_op(c, OP_CLONE)->clone.into_cgroup2 == unified
               ? 0
               : check_fail(c, "the process is not born into its cgroup");
}

static int check_exec_join(struct plan_checker *c)
{
    const struct plan_clone *clone = &check_op(c, OP_CLONE)->clone;
    uint64_t flags = check_op(c, OP_JOIN)->join.flags, known = 0;

#define X(type, name, flag, file) known |= (uint64_t)(flag);
#include "core/tbl/namespaces.h"
#undef X
    if (flags & ~known)
        return check_fail(c, "a namespace of no kind");
    if (clone->flags || clone->unshare_flags || clone->n_joins)
        return check_fail(c, "exec makes no namespace");
    if ((flags & CLONE_NEWPID) && !clone->intermediate)
        return check_fail(c, "the process would stay in the pid namespace of the caller");
    return check_rlimits(c, OP_RLIMIT_RAISE, flags & CLONE_NEWUSER ? c->process->n_rlimits : 0);
}

/* One process more than the container's own limit, where there is one and no user namespace. */
static int check_exec_processes(struct plan_checker *c)
{
    const struct config_process *p = c->process;
    bool userns = (check_op(c, OP_JOIN)->join.flags & CLONE_NEWUSER) != 0;
    size_t n = 0, expected = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_rlimit *l = &c->plan->ops[i].rlimit;

        if (c->plan->ops[i].kind == OP_RLIMIT_BETWEEN)
            n++;
        else if (c->plan->ops[i].kind == OP_RLIMIT && l->resource == RLIMIT_NPROC && !userns)
            expected++;
    }
    if (n != expected)
        return check_fail(c, "%zu \"rlimit-between\" instead of %zu", n, expected);
    for (size_t i = 0; n && i < p->n_rlimits; i++) {
        const struct plan_rlimit *l = &check_op(c, OP_RLIMIT_BETWEEN)->rlimit;

        if (streq(p->rlimits[i].type, "RLIMIT_NPROC") &&
            (l->resource != RLIMIT_NPROC || l->soft - 1 > p->rlimits[i].soft ||
             l->soft < p->rlimits[i].soft || l->hard - 1 > p->rlimits[i].hard ||
             l->hard < p->rlimits[i].hard))
            return check_fail(c, "another limit for the process between");
    }
    return 0;
}

static int check_exec_attributes(struct plan_checker *c)
{
    const struct plan_op *oom = check_op(c, OP_OOM_SCORE_ADJ);
    int r = check_exec_processes(c);

    if (r < 0)
        return r;

    if (oom && oom->oom_score.value != c->process->oom_score_adj.v)
        return check_fail(c, "another oom_score_adj");
    return check_rlimits(c, OP_RLIMIT, c->process->n_rlimits);
}

int plan_exec_check(const struct plan *plan, const struct config *config, struct err *reterr)
{
    static int (*const checks[])(struct plan_checker *) = {
        check_order,  check_exec_counts,     check_exec_cgroups, check_exec_join,
        check_labels, check_identity,        check_caps,         check_program,
        check_cwd,    check_exec_attributes, check_seccomp,
    };
    struct plan_checker c = {.plan = plan, .config = config, .process = config->process, .reterr = reterr};

    if (!has(plan->id) || !config->process)
        return check_fail(&c, "no id, or no process");
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        int r = checks[i](&c);

        if (r < 0)
            return r;
    }
    return 0;
}
