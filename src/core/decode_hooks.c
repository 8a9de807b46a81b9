/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "POSIX-platform Hooks". */
#include "core/decode_shapes.h"

static const struct field hook_fields[] = {
    FIELD_STRING(struct config_hook, path, "path", FIELD_MANDATORY),
    FIELD_STRINGS(struct config_hook, args, "args", 0),
    FIELD_STRINGS_HAS(struct config_hook, env, has_env, "env", 0),
    FIELD_OPT_I64(struct config_hook, timeout_s, "timeout", 0),
};
const struct shape decode_hook_shape = SHAPE(struct config_hook, hook_fields, NULL);

#define HOOKS_FIELD(kind, key)                                                                               \
    FIELD_ARRAY(struct config, hooks[kind].v, hooks[kind].n, key, 0, &decode_hook_shape)

static const struct field hooks_fields[] = {
    HOOKS_FIELD(HOOK_PRESTART, "prestart"),
    HOOKS_FIELD(HOOK_CREATE_RUNTIME, "createRuntime"),
    HOOKS_FIELD(HOOK_CREATE_CONTAINER, "createContainer"),
    HOOKS_FIELD(HOOK_START_CONTAINER, "startContainer"),
    HOOKS_FIELD(HOOK_POSTSTART, "poststart"),
    HOOKS_FIELD(HOOK_POSTSTOP, "poststop"),
};
const struct shape decode_hooks_shape = SHAPE(struct config, hooks_fields, NULL);
