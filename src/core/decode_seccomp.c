/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md "Seccomp". */
#include "core/decode_shapes.h"

static const struct field arg_fields[] = {
    FIELD_U32(struct config_seccomp_arg, index, "index", FIELD_MANDATORY),
    FIELD_U64(struct config_seccomp_arg, value, "value", FIELD_MANDATORY),
    FIELD_U64(struct config_seccomp_arg, value_two, "valueTwo", 0),
    FIELD_STRING(struct config_seccomp_arg, op, "op", FIELD_MANDATORY),
};
static const struct shape arg_shape = SHAPE(struct config_seccomp_arg, arg_fields, NULL);

static const struct field syscall_fields[] = {
    FIELD_STRINGS(struct config_seccomp_syscall, names, "names", FIELD_MANDATORY),
    FIELD_STRING(struct config_seccomp_syscall, action, "action", FIELD_MANDATORY),
    FIELD_OPT_U32(struct config_seccomp_syscall, errno_ret, "errnoRet", 0),
    FIELD_ARRAY(struct config_seccomp_syscall, args, n_args, "args", 0, &arg_shape),
};
static const struct shape syscall_shape = SHAPE(struct config_seccomp_syscall, syscall_fields, NULL);

static const struct field seccomp_fields[] = {
    FIELD_STRING(struct config_seccomp, default_action, "defaultAction", FIELD_MANDATORY),
    FIELD_OPT_U32(struct config_seccomp, default_errno_ret, "defaultErrnoRet", 0),
    FIELD_STRINGS(struct config_seccomp, architectures, "architectures", 0),
    FIELD_STRINGS_HAS(struct config_seccomp, flags, has_flags, "flags", 0),
    FIELD_STRING(struct config_seccomp, listener_path, "listenerPath", 0),
    FIELD_STRING(struct config_seccomp, listener_metadata, "listenerMetadata", 0),
    FIELD_ARRAY(struct config_seccomp, syscalls, n_syscalls, "syscalls", 0, &syscall_shape),
};
const struct shape decode_seccomp_shape = SHAPE(struct config_seccomp, seccomp_fields, NULL);
