/* SPDX-License-Identifier: Apache-2.0 */
/* The names of core/seccomp_policy.h: actions, operators, architectures, flags, and newer system calls. */
#include "core/seccomp_policy.h"

#include "base/tbl.h"

#include <errno.h>

struct action_entry {
    const char *name;
    uint32_t value;
    bool takes_errno;
};

static const struct action_entry actions[] = {
#define X(name, value, data) {name, value, data},
#include "core/tbl/seccomp_actions.h"
#undef X
};

static const char *const ops[] = {
#define X(id, name) [SECCOMP_OP_##id] = (name),
#include "core/tbl/seccomp_ops.h"
#undef X
};

static const struct tbl_entry flags[] = {
#define X(id, name, value) {name, value},
#include "core/tbl/seccomp_flags.h"
#undef X
};

static const struct seccomp_arch_info archs[] = {
#define X(id, name, lib, audit, bits, first) [SECCOMP_ARCH_##id] = {name, lib, audit, bits, first},
#include "core/tbl/seccomp_archs.h"
#undef X
};

struct newer_entry {
    const char *name;
    int32_t nr;
    bool x86_64_only;
};

static const struct newer_entry newer[] = {
#define X(name, nr, only) {#name, nr, only},
#include "core/tbl/seccomp_newer.h"
#undef X
};

int seccomp_action_find(const char *name, uint32_t *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        if (streq(actions[i].name, name)) {
            *ret = actions[i].value;
            return 0;
        }
    return -EINVAL;
}

int seccomp_op_find(const char *name, enum seccomp_op *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
        if (streq(ops[i], name)) {
            *ret = (enum seccomp_op)i;
            return 0;
        }
    return -EINVAL;
}

int seccomp_arch_find(const char *name, enum seccomp_arch *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
        if (streq(archs[i].name, name)) {
            *ret = (enum seccomp_arch)i;
            return 0;
        }
    return -EINVAL;
}

int seccomp_flag_find(const char *name, uint32_t *ret)
{
    const struct tbl_entry *e = tbl_find(flags, ARRAY_SIZE(flags), str_of(name));

    if (!e)
        return -EINVAL;
    *ret = (uint32_t)e->value;
    return 0;
}

const char *seccomp_action_name_at(size_t n)
{
    return n < ARRAY_SIZE(actions) ? actions[n].name : NULL;
}

const char *seccomp_op_name_at(size_t n)
{
    return n < ARRAY_SIZE(ops) ? ops[n] : NULL;
}

const char *seccomp_arch_name_at(size_t n)
{
    return n < ARRAY_SIZE(archs) ? archs[n].name : NULL;
}

const char *seccomp_flag_name_at(size_t n)
{
    return n < ARRAY_SIZE(flags) ? flags[n].name : NULL;
}

bool seccomp_action_takes_errno(uint32_t action)
{
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        if (actions[i].value == SECCOMP_RETURN_ACTION(action))
            return actions[i].takes_errno;
    return false;
}

const char *seccomp_action_name(uint32_t action)
{
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        if (actions[i].value == SECCOMP_RETURN_ACTION(action))
            return actions[i].name;
    return "?";
}

const struct seccomp_arch_info *seccomp_arch_info(enum seccomp_arch arch)
{
    return (size_t)arch < ARRAY_SIZE(archs) ? &archs[arch] : NULL;
}

enum seccomp_arch seccomp_arch_own(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
    return SECCOMP_ARCH_X32;
#elif defined(__x86_64__)
    return SECCOMP_ARCH_X86_64;
#elif defined(__i386__)
    return SECCOMP_ARCH_X86;
#elif defined(__aarch64__)
    return SECCOMP_ARCH_AARCH64;
#elif defined(__arm__)
    return SECCOMP_ARCH_ARM;
#elif defined(__riscv) && __riscv_xlen == 64
    return SECCOMP_ARCH_RISCV64;
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return SECCOMP_ARCH_PPC64LE;
#elif defined(__powerpc64__)
    return SECCOMP_ARCH_PPC64;
#elif defined(__s390x__)
    return SECCOMP_ARCH_S390X;
#elif defined(__loongarch64)
    return SECCOMP_ARCH_LOONGARCH64;
#elif defined(__mips64) && _MIPS_SIM == _ABI64 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return SECCOMP_ARCH_MIPSEL64;
#else
    return SECCOMP_ARCH_COUNT;
#endif
}

int64_t seccomp_newer_syscall(enum seccomp_arch arch, const char *name)
{
    const struct seccomp_arch_info *info = seccomp_arch_info(arch);

    if (!info)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
        if (!streq(newer[i].name, name))
            continue;
        if (newer[i].x86_64_only && arch != SECCOMP_ARCH_X86_64 && arch != SECCOMP_ARCH_X32)
            return -1;
        return (int64_t)newer[i].nr + info->first_nr;
    }
    return -1;
}
