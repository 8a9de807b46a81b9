/* SPDX-License-Identifier: Apache-2.0 */
#include "core/config.h"

static const char *const ns_names[NS_TYPE_COUNT] = {
#define X(type, name, flag, file) [type] = (name),
#include "core/tbl/namespaces.h"
#undef X
};

static const char *const hook_names[HOOK_KIND_COUNT] = {
    [HOOK_PRESTART] = "prestart",
    [HOOK_CREATE_RUNTIME] = "createRuntime",
    [HOOK_CREATE_CONTAINER] = "createContainer",
    [HOOK_START_CONTAINER] = "startContainer",
    [HOOK_POSTSTART] = "poststart",
    [HOOK_POSTSTOP] = "poststop",
};

const struct config_process *config_process_or_none(const struct config *c)
{
    static const struct config_process none = {.cwd = "/"};

    return c->process ? c->process : &none;
}

const struct config_namespace *config_namespace_find(const struct config *c, enum ns_type type)
{
    for (size_t i = 0; i < c->linux_.n_namespaces; i++)
        if (c->linux_.namespaces[i].type == type)
            return &c->linux_.namespaces[i];
    return NULL;
}

const char *ns_type_name(enum ns_type type)
{
    return (unsigned)type < NS_TYPE_COUNT ? ns_names[type] : "unknown";
}

const char *hook_kind_name(enum hook_kind kind)
{
    return (unsigned)kind < HOOK_KIND_COUNT ? hook_names[kind] : "unknown";
}
