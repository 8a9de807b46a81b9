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

int container_hooks_run(const struct config *config, enum hook_kind kind, const char *id, pid_t pid,
                        const char *bundle, struct err *reterr)
{
    const struct strings runtime_env = own_environment();
    struct hooks_run_opts opts = {
        .runtime_env = &runtime_env,
        .container_env = config->process ? &config->process->env : NULL,
        .keep_going = kind == HOOK_POSTSTOP,
    };
    struct hook_state state = {
        .id = id,
        .status = hook_status(kind),
        .pid = pid,
        .bundle = bundle,
        .annotations = &config->annotations,
    };
    AUTO_BUF struct buf text = BUF_INIT(HOOK_STATE_MAX);

    if (config->hooks[kind].n == 0)
        return 0;
    hook_state_json(&state, &text);
    if (buf_error(&text) < 0)
        return err_internal(reterr, -buf_error(&text), "cannot format the state for a hook");
    return hooks_run(&config->hooks[kind], kind, text.data, text.len, &opts, reterr);
}
