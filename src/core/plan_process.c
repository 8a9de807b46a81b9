/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a plan that turn init into the container's process: names, ids, capabilities, the program. */
#include "core/plan_parts.h"

#include "core/caps.h"
#include "core/env.h"
#include "core/json.h"
#include "core/quote.h"
#include "core/seccomp_policy.h"
#include "core/sysctl.h"

#include <errno.h>

/* ---- names ---- */

static int add_sysctls(struct plan_ctx *ctx, struct err *reterr)
{
    uint32_t private_ns = 0;

    /* By path is as good as new here: that it is not the host's own is seen when it is opened. */
    for (size_t i = 0; i < ctx->linux_->n_namespaces; i++)
        private_ns |= SYSCTL_NS(ctx->linux_->namespaces[i].type);
    for (size_t i = 0; i < ctx->linux_->sysctl.n; i++) {
        const struct pair *pair = &ctx->linux_->sysctl.v[i];
        char at[ERR_WHERE_MAX] = "/linux/sysctl";
        const char *pointer;
        struct plan_op *op;
        struct sysctl s;
        int r;

        json_pointer_add(at, sizeof(at), pair->key);
        pointer = plan_pointer(ctx, "%s", at);
        if (!pointer)
            return err_nomem(reterr);
        r = sysctl_parse(ctx->arena, pair->key, pointer, &s, reterr);
        if (r == 0)
            r = sysctl_check(&s, private_ns, pointer, reterr);
        if (r < 0)
            return r;
        op = plan_add(ctx, OP_SYSCTL, pointer);
        if (!op)
            return err_nomem(reterr);
        op->sysctl =
            (struct plan_sysctl){.components = s.components, .n_components = s.n, .value = pair->value};
    }
    return 0;
}

/* A label that was asked for is applied, or there is no container. */
static int add_labels(struct plan_ctx *ctx, struct err *reterr)
{
    const char *apparmor = ctx->process->apparmor_profile;
    const char *selinux = ctx->process->selinux_label;
    const char *mount_label = ctx->linux_->mount_label;
    int r = 0;

    if (apparmor && *apparmor && !(streq(apparmor, "unconfined") && !ctx->facts->apparmor)) {
        if (!ctx->facts->apparmor)
            return err_config(
                reterr, "/process/apparmorProfile",
                "apparmor profile is specified in config, but apparmor is not enabled on the host");
        r = plan_add_name(ctx, OP_APPARMOR, "/process/apparmorProfile", apparmor, reterr);
    }
    if (r == 0 && !ctx->facts->selinux && ((selinux && *selinux) || (mount_label && *mount_label)))
        return err_config(reterr, selinux && *selinux ? "/process/selinuxLabel" : "/linux/mountLabel",
                          "selinux label is specified in config, but selinux is disabled or not supported");
    if (r == 0 && selinux && *selinux)
        r = plan_add_name(ctx, OP_SELINUX, "/process/selinuxLabel", selinux, reterr);
    return r;
}

static int add_host_names(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config *c = ctx->config;
    int r = 0;

    if (c->hostname && *c->hostname)
        r = plan_add_name(ctx, OP_HOSTNAME, "/hostname", c->hostname, reterr);
    if (r == 0 && c->domainname && *c->domainname)
        r = plan_add_name(ctx, OP_DOMAINNAME, "/domainname", c->domainname, reterr);
    return r;
}

/* With the label of the process, which could not use it otherwise. */
static int add_keyring(struct plan_ctx *ctx, struct err *reterr)
{
    const char *label = ctx->process->selinux_label;
    const char *name = arena_printf(ctx->arena, "_ses.%s", ctx->options->id);
    struct plan_op *op = name ? plan_add(ctx, OP_KEYRING, "") : NULL;

    if (!op)
        return err_nomem(reterr);
    op->name = (struct plan_name){.name = name, .label = label && *label ? label : NULL};
    return 0;
}

int plan_names(struct plan_ctx *ctx, struct err *reterr)
{
    int r;

    if (!ctx->options->no_new_keyring) {
        r = add_keyring(ctx, reterr);
        if (r < 0)
            return r;
    }
    r = ctx->exec ? 0 : add_host_names(ctx, reterr);
    if (r == 0 && !ctx->exec)
        r = add_sysctls(ctx, reterr);
    return r < 0 ? r : add_labels(ctx, reterr);
}

/* ---- ids and capabilities ---- */

static int add_identity(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_user *user = &ctx->process->user;
    struct plan_op *op = plan_add(ctx, OP_IDENTITY, "/process/user");

    if (!op)
        return err_nomem(reterr);
    if (ctx->ns.deny_setgroups && user->n_additional_gids)
        return err_config(reterr, "/process/user/additionalGids",
                          "cannot set any additional groups in a rootless container");
    op->identity = (struct plan_identity){.uid = user->uid,
                                          .gid = user->gid,
                                          .groups = user->additional_gids,
                                          .n_groups = user->n_additional_gids,
                                          .set_groups = !ctx->ns.deny_setgroups};
    op = plan_add(ctx, OP_UMASK, user->umask.has ? "/process/user/umask" : "");
    if (!op)
        return err_nomem(reterr);
    op->umask = user->umask.has ? user->umask.v & 0777u : PLAN_UMASK_CALLER;
    return 0;
}

static int warn_unknown(struct plan_ctx *ctx, const struct strings *names, struct err *reterr)
{
    for (size_t i = 0; i < names->n; i++) {
        char quoted[128];
        int r = plan_warn(ctx, reterr, "unknown capability %s is ignored",
                          quote_go_into(quoted, sizeof(quoted), str_of(names->v[i])));

        if (r < 0)
            return r;
    }
    return 0;
}

static int warn_caps(struct plan_ctx *ctx, uint64_t caps, const char *why, struct err *reterr)
{
    struct strings names;

    if (!caps)
        return 0;
    if (caps_to_names(ctx->arena, caps, &names) < 0)
        return err_nomem(reterr);
    for (size_t i = 0; i < names.n; i++) {
        int r = plan_warn(ctx, reterr, "%s %s", names.v[i], why);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Every name of the five sets, once: the specification wants a warning for what cannot be granted, no
 * failure. */
static int read_caps(struct plan_ctx *ctx, uint64_t sets[CAP_SET_COUNT], struct err *reterr)
{
    const struct config_process *p = ctx->process;
    /* A new user namespace comes with a full bounding set: ours does not matter then. */
    uint64_t grantable =
        caps_grantable(ctx->facts->last_cap, ctx->has_userns ? UINT64_MAX : ctx->facts->bounding_caps);
    struct strings all = {0}, unknown;
    uint64_t asked;
    size_t n = 0;
    int r;

    for (size_t set = 0; set < CAP_SET_COUNT; set++)
        n += p->capabilities[set].n;
    all.v = arena_new_array(ctx->arena, const char *, n);
    if (!all.v)
        return err_nomem(reterr);
    for (size_t set = 0; set < CAP_SET_COUNT; set++) {
        for (size_t i = 0; i < p->capabilities[set].n; i++)
            all.v[all.n++] = p->capabilities[set].v[i];
        if (caps_from_names(ctx->arena, &p->capabilities[set], &sets[set], NULL) < 0)
            return err_nomem(reterr);
        sets[set] &= grantable;
    }
    if (caps_from_names(ctx->arena, &all, &asked, &unknown) < 0)
        return err_nomem(reterr);
    r = warn_unknown(ctx, &unknown, reterr);
    return r < 0 ? r : warn_caps(ctx, asked & ~grantable, "cannot be granted here and is ignored", reterr);
}

/* No capabilities in the configuration at all: none in the container, as with runc. */
static int add_caps(struct plan_ctx *ctx, struct err *reterr)
{
    const char *pointer = ctx->process->has_capabilities ? "/process/capabilities" : "";
    uint64_t sets[CAP_SET_COUNT];
    struct plan_op *bounding, *op;
    struct plan_caps caps;
    int r = read_caps(ctx, sets, reterr);

    if (r < 0)
        return r;
    caps = (struct plan_caps){.bounding = sets[CAP_SET_BOUNDING],
                              .permitted = sets[CAP_SET_PERMITTED],
                              .effective = sets[CAP_SET_EFFECTIVE] & sets[CAP_SET_PERMITTED],
                              .inheritable = sets[CAP_SET_INHERITABLE] & sets[CAP_SET_BOUNDING]};
    caps.ambient = sets[CAP_SET_AMBIENT] & caps.permitted & caps.inheritable;
    r = warn_caps(ctx, sets[CAP_SET_EFFECTIVE] & ~caps.effective, "is not permitted and cannot be effective",
                  reterr);
    if (r == 0)
        r = warn_caps(ctx, sets[CAP_SET_INHERITABLE] & ~caps.inheritable,
                      "is not in the bounding set and cannot be inheritable", reterr);
    if (r == 0)
        r = warn_caps(ctx, sets[CAP_SET_AMBIENT] & ~caps.ambient,
                      "is not both permitted and inheritable and cannot be ambient", reterr);
    if (r < 0)
        return r;
    bounding = plan_add(ctx, OP_CAPS_BOUNDING, pointer);
    if (!bounding)
        return err_nomem(reterr);
    bounding->caps = caps;
    op = plan_add(ctx, OP_CAPS, pointer);
    if (!op)
        return err_nomem(reterr);
    op->caps = caps;
    return 0;
}

static bool wants_no_new_privs(const struct plan_ctx *ctx)
{
    return ctx->process->no_new_privileges.has && ctx->process->no_new_privileges.v;
}

int plan_credentials(struct plan_ctx *ctx, struct err *reterr)
{
    int r = add_identity(ctx, reterr);

    if (r == 0)
        r = add_caps(ctx, reterr);
    if (r == 0 && wants_no_new_privs(ctx) && !plan_add(ctx, OP_NO_NEW_PRIVS, "/process/noNewPrivileges"))
        r = err_nomem(reterr);
    return r;
}

/* ---- seccomp ---- */

static bool returns(const struct seccomp_policy *p, uint32_t action)
{
    if (SECCOMP_RETURN_ACTION(p->default_action) == action)
        return true;
    for (uint32_t i = 0; i < p->n_rules; i++)
        if (SECCOMP_RETURN_ACTION(p->rules[i].action) == action)
            return true;
    return false;
}

/* An old kernel would take an action that it does not know for another one. */
static int check_kernel(const struct plan_ctx *ctx, struct seccomp_policy *p, struct err *reterr)
{
    static const struct {
        uint32_t action, feature;
    } actions[] = {
        {SECCOMP_RETURN_LOG, KERNEL_SECCOMP_LOG},
        {SECCOMP_RETURN_NOTIFY, KERNEL_SECCOMP_NOTIFY},
        {SECCOMP_RETURN_KILL_PROCESS, KERNEL_SECCOMP_KILL_PROCESS},
    };
    static const struct {
        uint32_t flag, feature;
        const char *name;
    } flags[] = {
        {SECCOMP_FLAG_LOG, KERNEL_SECCOMP_LOG, "LOG"},
        {SECCOMP_FLAG_SPEC_ALLOW, KERNEL_SECCOMP_SPEC_ALLOW, "SPEC_ALLOW"},
        {SECCOMP_FLAG_WAIT_KILLABLE_RECV, KERNEL_SECCOMP_WAIT_KILLABLE, "WAIT_KILLABLE_RECV"},
    };
    uint32_t kernel = ctx->facts->kernel;

    /* SPEC_ALLOW by default is a wish, by name it is an order. */
    if (!ctx->linux_->seccomp->has_flags && !(kernel & KERNEL_SECCOMP_SPEC_ALLOW))
        p->flags &= ~(uint32_t)SECCOMP_FLAG_SPEC_ALLOW;
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if ((p->flags & flags[i].flag) && !(kernel & flags[i].feature))
            return err_config(reterr, "/linux/seccomp/flags", "this kernel has no SECCOMP_FILTER_FLAG_%s",
                              flags[i].name);
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        if (returns(p, actions[i].action) && !(kernel & actions[i].feature))
            return err_config(reterr, "/linux/seccomp", "this kernel has no %s",
                              seccomp_action_name(actions[i].action));
    return 0;
}

/* The runtime of create is gone when its program starts; that of exec is not. */
static enum plan_op_kind seccomp_kind(const struct plan_ctx *ctx, const struct seccomp_policy *policy)
{
    if (!wants_no_new_privs(ctx))
        return OP_SECCOMP_PRIVILEGED;
    return policy->notify && !ctx->exec ? OP_SECCOMP_LISTENER : OP_SECCOMP;
}

int plan_seccomp(struct plan_ctx *ctx, struct err *reterr)
{
    struct seccomp_policy *policy;
    struct plan_op *op;
    int r;

    if (!ctx->linux_->seccomp)
        return 0;
    r = seccomp_policy_build(ctx->arena, ctx->linux_->seccomp, &policy, reterr);
    if (r == 0)
        r = check_kernel(ctx, policy, reterr);
    if (r < 0)
        return r;
    op = plan_add(ctx, seccomp_kind(ctx, policy), "/linux/seccomp");
    if (!op)
        return err_nomem(reterr);
    op->seccomp = policy;
    return 0;
}

/* ---- the program ---- */

static int add_exec(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_process *p = ctx->process;
    const char **args = arena_new_array(ctx->arena, const char *, p->args.n + 1);
    struct plan_exec exec = {0};
    struct plan_op *op;
    int r;

    if (!args)
        return err_nomem(reterr);
    if (!p->args.n)
        return err_config(reterr, "/process/args", "args must not be empty");
    memcpy(args, p->args.v, p->args.n * sizeof(*args));
    exec.args = args;
    r = env_build(ctx->arena, &p->env, NULL, &exec.env, &exec.n_env, reterr);
    if (r < 0)
        return r;
    exec.has_home = env_find(exec.env, exec.n_env, "HOME") != NULL;
    exec.search_path = env_find(exec.env, exec.n_env, "PATH");
    if (!exec.search_path)
        exec.search_path = ENV_PATH_DEFAULT;
    op = plan_add(ctx, OP_EXEC, "/process/args");
    if (!op)
        return err_nomem(reterr);
    op->exec = exec;
    return 0;
}

static int add_cwd(struct plan_ctx *ctx, struct err *reterr)
{
    static const enum plan_op_kind kinds[] = {OP_MKDIR_CWD, OP_CHDIR_EARLY, OP_CHDIR};
    const char *cwd;
    int r;

    if (!ctx->process->cwd)
        return err_config(reterr, "/process/cwd", "Cwd property must not be empty");
    r = plan_clean_path(ctx, ctx->process->cwd, "/process/cwd", &cwd, reterr);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
        if (kinds[i] != OP_MKDIR_CWD || !ctx->exec)
            r = plan_add_path(ctx, kinds[i], "/process/cwd", cwd, reterr);
    return r;
}

/* struct winsize has 16 bits for each. */
static int add_console(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_process *p = ctx->process;
    struct plan_op *op;

    if (p->has_console_size && p->console_height > UINT16_MAX)
        return err_config(reterr, "/process/consoleSize/height", "a terminal has at most %d lines",
                          UINT16_MAX);
    if (p->has_console_size && p->console_width > UINT16_MAX)
        return err_config(reterr, "/process/consoleSize/width", "a terminal has at most %d columns",
                          UINT16_MAX);
    op = plan_add(ctx, OP_CONSOLE, "/process/terminal");
    if (!op)
        return err_nomem(reterr);
    op->console = (struct plan_console){.height = p->has_console_size ? p->console_height : 0,
                                        .width = p->has_console_size ? p->console_width : 0,
                                        .uid = p->user.uid,
                                        .bind = !ctx->exec};
    return 0;
}

int plan_program(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_process *p = ctx->process;
    struct plan_op *op;
    int r;

    if (!plan_add(ctx, OP_SETSID, "") ||
        (ctx->config->process && !plan_add(ctx, OP_FIND_EXECUTABLE, "/process/args/0")) ||
        (!ctx->exec && !plan_add(ctx, OP_WAIT_START, "")))
        return err_nomem(reterr);
    r = p->terminal ? add_console(ctx, reterr) : 0;
    if (r < 0)
        return r;
    op = plan_add(ctx, OP_CLOSE_FDS, "");
    if (!op)
        return err_nomem(reterr);
    op->preserve_fds = ctx->options->preserve_fds;
    r = add_cwd(ctx, reterr);
    return r < 0 || !ctx->config->process ? r : add_exec(ctx, reterr);
}
