/* SPDX-License-Identifier: Apache-2.0 */
#include "core/activation.h"

static int add_mount(struct arena *a, struct config *c, const char *source, struct err *reterr)
{
    static const char *const options[] = {"bind", "nosuid", "noexec", "nodev", "ro"};
    struct config_mount *v = arena_new_array(a, struct config_mount, c->n_mounts + 1);
    const char **words = arena_new_array(a, const char *, ARRAY_SIZE(options));

    if (!v || !words)
        return err_nomem(reterr);
    if (c->n_mounts)
        memcpy(v, c->mounts, c->n_mounts * sizeof(*v));
    memcpy(words, options, sizeof(options));
    v[c->n_mounts++] = (struct config_mount){
        .destination = ACTIVATION_NOTIFY_DIR,
        .source = source,
        .type = "bind",
        .options = {.v = words, .n = ARRAY_SIZE(options)},
    };
    c->mounts = v;
    return 0;
}

/* "NAME=value" behind the environment: the last of one name counts (core/env.h). */
static int add_env(struct arena *a, struct config_process *p, const char *name, const char *value,
                   struct err *reterr)
{
    const char **v = arena_new_array(a, const char *, p->env.n + 1);
    char *entry = arena_printf(a, "%s=%s", name, value);

    if (!v || !entry)
        return err_nomem(reterr);
    if (p->env.n)
        memcpy(v, p->env.v, p->env.n * sizeof(*v));
    v[p->env.n] = entry;
    p->env.v = v;
    p->env.n++;
    return 0;
}

static int add_listen_fds(struct arena *a, struct config_process *p, const struct activation *add,
                          struct err *reterr)
{
    char count[16];
    int r;

    snprintf(count, sizeof(count), "%u", (unsigned)add->n_fds);
    r = add_env(a, p, "LISTEN_FDS", count, reterr);
    if (r == 0)
        r = add_env(a, p, "LISTEN_PID", "1", reterr);
    if (r == 0 && add->fd_names)
        r = add_env(a, p, "LISTEN_FDNAMES", add->fd_names, reterr);
    return r;
}

int activation_apply(struct arena *a, const struct config *config, const struct activation *add,
                     const struct config **ret, struct err *reterr)
{
    struct config *c;
    int r = 0;

    *ret = config;
    if (!config->process || (!add->notify_dir && !add->n_fds))
        return 0;
    c = arena_new(a, struct config);
    if (!c)
        return err_nomem(reterr);
    *c = *config;
    c->process = arena_new(a, struct config_process);
    if (!c->process)
        return err_nomem(reterr);
    *c->process = *config->process;
    if (add->notify_dir) {
        r = add_mount(a, c, add->notify_dir, reterr);
        if (r == 0)
            r = add_env(a, c->process, "NOTIFY_SOCKET", ACTIVATION_NOTIFY_PATH, reterr);
    }
    if (r == 0 && add->n_fds)
        r = add_listen_fds(a, c->process, add, reterr);
    if (r == 0)
        *ret = c;
    return r;
}

struct str activation_ready_line(const char *text, size_t len)
{
    struct str rest = {text, len}, line;

    while (str_next(&rest, '\n', &line))
        if (str_starts(line, "READY="))
            return line;
    return (struct str){text, 0};
}
