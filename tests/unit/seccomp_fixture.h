/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as text for the tests of seccomp: a linux.seccomp object in JSON with ' for ", decoded by
 * core/decode.
 */
#pragma once

#include "base/err.h"
#include "core/decode.h"
#include "core/seccomp_eval.h"
#include "core/seccomp_policy.h"

#include <stdio.h>

/* libseccomp 2.5.4 loses nodes of its trees when rules are merged. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libseccomp";
}

#define AUDIT_X86_64  0xc000003eu
#define AUDIT_X86     0x40000003u
#define AUDIT_AARCH64 0xc00000b7u

#define R_ALLOW        SECCOMP_RETURN_ALLOW
#define R_LOG          SECCOMP_RETURN_LOG
#define R_TRAP         SECCOMP_RETURN_TRAP
#define R_KILL         SECCOMP_RETURN_KILL_THREAD
#define R_KILL_PROCESS SECCOMP_RETURN_KILL_PROCESS
#define R_ERRNO(e)     (SECCOMP_RETURN_ERRNO | (uint32_t)(e))
#define R_TRACE(e)     (SECCOMP_RETURN_TRACE | (uint32_t)(e))

#define NR_X32(n) (SECCOMP_X32_BIT | (n))

static inline struct config_seccomp *config_of(struct arena *a, const char *text)
{
    struct config_seccomp *cfg = NULL;
    char *json = arena_strdup(a, text);
    struct err e;

    err_init(&e);
    assert_non_null(json);
    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    if (seccomp_decode(a, json, strlen(json), &cfg, &e) < 0)
        fail_msg("%s: %s in %s", e.where, e.message, json);
    return cfg;
}

static inline struct seccomp_policy *policy_for(struct arena *a, enum seccomp_arch native, const char *text)
{
    struct seccomp_policy *p = NULL;
    struct err e;

    err_init(&e);
    if (seccomp_policy_build_for(a, config_of(a, text), native, &p, &e) < 0)
        fail_msg("%s: %s in %s", e.where, e.message, text);
    return p;
}

static inline struct seccomp_policy *policy_of(struct arena *a, const char *text)
{
    return policy_for(a, SECCOMP_ARCH_X86_64, text);
}

/* ci/data/seccomp-docker-like.json */
static inline struct seccomp_policy *docker_like(struct arena *a)
{
    char *text = arena_alloc(a, 65536);
    FILE *f = fopen(LORICA_SOURCE_DIR "/ci/data/seccomp-docker-like.json", "re");

    assert_non_null(text);
    assert_non_null(f);
    assert_in_range(fread(text, 1, 65535, f), 1, 65534);
    fclose(f);
    return policy_of(a, text);
}

/*
 * Numbers without libseccomp: a few names that the tests use, with their numbers on x86-64, x86, arm64 and
 * x32; and n0 … n99999, which have that number (on x32 with its bit).
 */
static inline int64_t fake_number(void *opaque, enum seccomp_arch arch, const char *name)
{
    static const struct {
        const char *name;
        int32_t x86_64, x86, aarch64;
    } numbers[] = {
        {"read", 0, 3, 63},        {"write", 1, 4, 64},         {"socket", 41, -1, 198},
        {"clone", 56, 120, 220},   {"ptrace", 101, 26, 117},    {"personality", 135, 136, 92},
        {"stime", -1, 25, -1},     {"prctl", 157, 172, 167},    {"ioctl", 16, 54, 29},
        {"clone3", 435, 435, 435}, {"socketcall", -1, 102, -1},
    };
    const struct seccomp_arch_info *info = seccomp_arch_info(arch);
    uint32_t n;

    (void)opaque;
    if (name[0] == 'n' && str_to_u32(str_of(name + 1), 99999, &n) == 0)
        return info->first_nr + n;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        int64_t nr = arch == SECCOMP_ARCH_X86       ? numbers[i].x86
                     : arch == SECCOMP_ARCH_AARCH64 ? numbers[i].aarch64
                                                    : numbers[i].x86_64;

        if (streq(numbers[i].name, name))
            return nr < 0 ? -1 : nr + info->first_nr;
    }
    return seccomp_newer_syscall(arch, name);
}

static inline struct seccomp_table *table_of(struct arena *a, const struct seccomp_policy *p)
{
    static const struct seccomp_resolver resolver = {fake_number, NULL};
    struct seccomp_table *t = NULL;
    struct err e;

    err_init(&e);
    if (seccomp_table_build(a, p, &resolver, &t, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    return t;
}
