/* SPDX-License-Identifier: Apache-2.0 */
#include "core/unsupported.h"

struct subject {
    const struct config *config;
    const struct facts *facts;
    const struct plan_options *options;
};

/*
 * Is it asked for? `*index` is which element of an array asks, for rows whose pointer has one.
 */
typedef bool asks(const struct subject *s, size_t *index);

static bool notify_default(const struct subject *s, size_t *index)
{
    (void)index;
    return s->config->linux_.seccomp && streq(s->config->linux_.seccomp->default_action, "SCMP_ACT_NOTIFY");
}

static bool notify_rule(const struct subject *s, size_t *index)
{
    const struct config_seccomp *seccomp = s->config->linux_.seccomp;

    for (size_t i = 0; seccomp && i < seccomp->n_syscalls; i++)
        if (streq(seccomp->syscalls[i].action, "SCMP_ACT_NOTIFY")) {
            *index = i;
            return true;
        }
    return false;
}

static const struct {
    const char *pointer; /* "*" is the index */
    const char *what;
    asks *asks;
} rows[] = {
    {"/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY", notify_default},
    {"/linux/seccomp/syscalls/*/action", "SCMP_ACT_NOTIFY", notify_rule},
};

int unsupported_check(const struct config *config, const struct facts *facts,
                      const struct plan_options *options, struct err *reterr)
{
    const struct subject s = {.config = config, .facts = facts, .options = options};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char pointer[ERR_WHERE_MAX];
        const char *star = strchr(rows[i].pointer, '*');
        size_t index = 0;

        if (!rows[i].asks(&s, &index))
            continue;
        if (star)
            snprintf(pointer, sizeof(pointer), "%.*s%zu%s", (int)(star - rows[i].pointer), rows[i].pointer,
                     index, star + 1);
        else
            snprintf(pointer, sizeof(pointer), "%s", rows[i].pointer);
        return err_config(reterr, pointer, "%s is not supported yet", rows[i].what);
    }
    return 0;
}
