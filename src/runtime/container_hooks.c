/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container_hooks.h"

#include "base/buf.h"
#include "runtime/hooks.h"

#define HOOK_STATE_MAX (16u * 1024u * 1024u)

extern char **environ;

static struct strings own_environment(void)
{
    struct strings env = {.v = (const char **)environ};

    while (environ && environ[env.n])
        env.n++;
    return env;
}

static void warn_failure(void *ctx, const struct hooks_report *report)
{
    struct log *log = ctx;
    struct err e;

    err_init(&e);
    if (report->result->end == HOOK_END_EXITED && report->result->value == 0)
        return;
    hook_error(&e, report->kind, report->index, report->hook, report->result);
    log_message(log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
}

int container_hooks_run(const struct container_hooks *h, enum hook_kind kind, struct err *reterr)
{
    const struct strings runtime_env = own_environment();
    const struct config *config = h->config;
    struct hooks_run_opts opts = {
        .runtime_env = &runtime_env,
        .container_env = config->process ? &config->process->env : NULL,
        .cwd = kind == HOOK_START_CONTAINER ? NULL : h->bundle,
        .affinity = h->affinity,
        .keep_going = kind == HOOK_POSTSTOP,
        .report = kind == HOOK_POSTSTOP && h->log ? warn_failure : NULL,
        .ctx = h->log,
    };
    struct hook_state state = {
        .id = h->id,
        .status = hook_status(kind),
        .pid = h->pid,
        .bundle = h->bundle,
        .annotations = &config->annotations,
    };
    AUTO_BUF struct buf text = BUF_INIT(HOOK_STATE_MAX);
    int r;

    if (config->hooks[kind].n == 0)
        return 0;
    hook_state_json(&state, &text);
    if (buf_error(&text) < 0)
        return err_internal(reterr, -buf_error(&text), "cannot format the state for a hook");
    r = hooks_run(&config->hooks[kind], kind, text.data, text.len, &opts, reterr);
    return kind == HOOK_POSTSTOP ? 0 : r;
}
