/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exec_cgroup.h"

#include "core/path.h"
#include "core/quote.h"

#include <errno.h>

/* BASE/SUB, without a ".." that would only stay inside by being cut off. */
static int sub_path(struct arena *a, const char *base, struct str sub, const char **ret, struct err *reterr)
{
    struct str rest = sub, name;
    const char *relative = arena_strndup(a, sub.ptr, sub.len);
    char quoted[128];
    int r;

    if (!relative)
        return err_nomem(reterr);
    while (path_next(&rest, &name))
        if (str_eq(name, "..") || str_eq(name, "."))
            return err_usage(reterr, "bad sub cgroup path: %s", quote_go_into(quoted, sizeof(quoted), sub));
    r = path_join(a, base, relative, ret);
    if (r == -ENOMEM)
        return err_nomem(reterr);
    return r < 0 ? err_usage(reterr, "bad sub cgroup path: %s", quote_go_into(quoted, sizeof(quoted), sub))
                 : 0;
}

static bool has_controller(const char *controllers, struct str name)
{
    struct str rest = str_of(controllers), field;

    while (str_next(&rest, ',', &field))
        if (field.len == name.len && memcmp(field.ptr, name.ptr, name.len) == 0)
            return true;
    return false;
}

/* The hierarchy of a controller, SIZE_MAX: none. The unified one has no name. */
static size_t find_hierarchy(const struct state *s, struct str controller)
{
    for (size_t i = 0; i < s->n_cgroups; i++)
        if (s->cgroups[i].hierarchy[0] && controller.len &&
            has_controller(s->cgroups[i].hierarchy, controller))
            return i;
    return SIZE_MAX;
}

static int resolve_controllers(struct arena *a, const struct state *s, const char *arg, const char *colon,
                               const char **paths, struct err *reterr)
{
    struct str controllers = {arg, (size_t)(colon - arg)}, name;
    char quoted[128];

    while (str_next(&controllers, ',', &name)) {
        size_t i = find_hierarchy(s, name);
        const char *path;
        int r;

        if (i == SIZE_MAX)
            return err_usage(reterr, "unknown controller %s in --cgroup",
                             quote_go_into(quoted, sizeof(quoted), name));
        r = sub_path(a, s->cgroups[i].path, str_of(colon + 1), &path, reterr);
        if (r < 0)
            return r;
        /* cpu and cpuacct may be one hierarchy: the same path twice is no contradiction */
        if (paths[i] && !streq(paths[i], path))
            return err_usage(reterr, "two paths for controller %s in --cgroup",
                             quote_go_into(quoted, sizeof(quoted), name));
        paths[i] = path;
    }
    return 0;
}

static int resolve_all(struct arena *a, const struct state *s, const char *sub, const char **paths,
                       struct err *reterr)
{
    for (size_t i = 0; i < s->n_cgroups; i++) {
        int r = sub_path(a, s->cgroups[i].path, str_of(sub), &paths[i], reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

int exec_cgroups_resolve(struct arena *a, const struct state *state, const struct strings *args,
                         struct exec_cgroups *ret, struct err *reterr)
{
    const char **paths = arena_new_array(a, const char *, state->n_cgroups + 1);
    struct plan_cgroup *v = arena_new_array(a, struct plan_cgroup, state->n_cgroups + 1);

    if (!paths || !v)
        return err_nomem(reterr);
    memset(paths, 0, (state->n_cgroups + 1) * sizeof(*paths));
    for (size_t i = 0; i < args->n; i++) {
        const char *colon = strchr(args->v[i], ':');
        int r;

        if (!colon && args->n > 1)
            return err_usage(reterr, "--cgroup without controllers can be given only once");
        if (!state->n_cgroups)
            return err_usage(reterr, "the container has no cgroup: --cgroup %s", args->v[i]);
        r = colon ? resolve_controllers(a, state, args->v[i], colon, paths, reterr)
                  : resolve_all(a, state, args->v[i], paths, reterr);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < state->n_cgroups; i++)
        v[i] = (struct plan_cgroup){.hierarchy = state->cgroups[i].hierarchy[0] ? (uint32_t)i : PLAN_CGROUP2,
                                    .mountpoint = state->cgroups[i].mountpoint,
                                    .path = paths[i] ? paths[i] : state->cgroups[i].path};
    *ret = (struct exec_cgroups){.v = v, .n = state->n_cgroups, .or_init = args->n == 0};
    return 0;
}
