/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differential: bytes become a linux.seccomp object, that a filter, and the filter runs in the BPF
 * interpreter beside the reference evaluator, over boundary values and values of the input's own. Oracles:
 *
 * - every filter that seccomp_compile hands out is one the kernel takes, and answers as core/seccomp_eval
 * does;
 *
 * - on x86-64 the evaluator answers as a reading of the configuration does that knows no normalised policy:
 * an unconditional rule decides, rules of one action are alternatives;
 *
 * - a policy may be refused, but never because the proof failed: our own code takes over what libseccomp gets
 * wrong.
 *
 * With -DFUZZ_LIBRARY_ALONE the proof and our code are off: what libseccomp makes of the rules is compared
 * alone. libseccomp before 2.6.1 (GHSA-4q85-33p6-j5g6) then fails within seconds; see
 * tests/unit/test_seccomp_bpf.c.
 *
 * Input: see struct input; each entry takes action, errno, names, conditions. Small numbers are chosen from
 * tables, so that rules meet.
 */
#include "oracle.h"

#include "base/str.h"
#include "core/bpf_interp.h"
#include "core/seccomp_eval.h"
#include "kernel/seccomp_bpf.h"

#include <errno.h>

/* libseccomp 2.5.4 loses nodes of its trees when rules are merged; the process that compiles is short-lived.
 */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libseccomp";
}

#ifdef FUZZ_LIBRARY_ALONE
#define OPTIONS (SECCOMP_COMPILE_LIBRARY_ALL | SECCOMP_COMPILE_UNPROVEN)
#else
#define OPTIONS 0u
#endif

#define ENTRIES_MAX 8u
#define NAMES_MAX   3u
#define CONDS_MAX   4u
#define EXTRA_MAX   8u

struct input {
    const uint8_t *p;
    size_t left;
};

static const char *const names[] = {"read",  "write",      "socket",     "sendto",   "semop",      "ioctl",
                                    "clone", "futex",      "mseal",      "stime",    "not_a_call", "recvmmsg",
                                    "ipc",   "socketcall", "newfstatat", "uretprobe"};
static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
                                      "SCMP_ACT_KILL",  "SCMP_ACT_TRAP",  "SCMP_ACT_LOG",
                                      "SCMP_ACT_TRACE", "SCMP_ACT_ERRNO"};
static const uint64_t values[] = {
    0,          1,           2,           5,           8,           40,          0x7fffffff,     0x80000000,
    0xffffffff, 0x100000000, 0x100000001, 0x100000005, 0x1ffffffff, 0x200000000, UINT64_MAX - 1, UINT64_MAX};

static uint8_t take(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->p++;
}

/* From the table, or eight bytes of the input. */
static uint64_t take_value(struct input *in)
{
    uint8_t b = take(in);
    uint64_t v = 0;

    if (b < 224)
        return values[b % ARRAY_SIZE(values)] + (b >= 208) - (b >= 192 && b < 208);
    for (size_t i = 0; i < 8; i++)
        v = v << 8 | take(in);
    return v;
}

static void take_entry(struct arena *a, struct input *in, struct config_seccomp_syscall *s)
{
    uint8_t shape = take(in), action = take(in) % ARRAY_SIZE(actions);

    /* no default, so not in the table of both */
    s->action = action == ARRAY_SIZE(actions) - 1 ? "SCMP_ACT_NOTIFY" : actions[action];
    if (shape & 0x80) {
        s->errno_ret.has = streq(s->action, "SCMP_ACT_ERRNO") || streq(s->action, "SCMP_ACT_TRACE");
        s->errno_ret.v = take(in) % 64;
    }
    s->names.n = 1 + (shape >> 4) % NAMES_MAX;
    s->names.v = arena_new_array(a, const char *, NAMES_MAX);
    s->n_args = (shape & 0xf) % (CONDS_MAX + 1);
    s->args = arena_new_array(a, struct config_seccomp_arg, CONDS_MAX);
    CHECK(s->names.v && s->args);
    for (size_t i = 0; i < s->names.n; i++)
        s->names.v[i] = names[take(in) % ARRAY_SIZE(names)];
    for (size_t i = 0; i < s->n_args; i++) {
        uint8_t b = take(in);

        s->args[i].index = (b >> 4) % SECCOMP_ARGS_MAX;
        s->args[i].op = seccomp_op_name_at(b % SECCOMP_OP_COUNT);
        s->args[i].value = take_value(in);
        if (b % SECCOMP_OP_COUNT == SECCOMP_OP_MASKED_EQ)
            s->args[i].value_two = take_value(in);
    }
}

static void take_config(struct arena *a, struct input *in, struct config_seccomp *c)
{
    static const char *archs[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    uint8_t b = take(in);

    c->default_action = actions[b % ARRAY_SIZE(actions)];
    c->architectures.v = arena_new_array(a, const char *, ARRAY_SIZE(archs));
    c->syscalls = arena_new_array(a, struct config_seccomp_syscall, ENTRIES_MAX);
    CHECK(c->architectures.v && c->syscalls);
    for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
        if (b >> 4 & 1u << i)
            c->architectures.v[c->architectures.n++] = archs[i];
    while (in->left > 2 && c->n_syscalls < ENTRIES_MAX)
        take_entry(a, in, &c->syscalls[c->n_syscalls++]);
}

/* ---- a second reading, for 64-bit calls of one name ---- */

static bool naive_holds(const struct config_seccomp_arg *c, uint64_t v)
{
    if (streq(c->op, "SCMP_CMP_EQ"))
        return v == c->value;
    if (streq(c->op, "SCMP_CMP_NE"))
        return v != c->value;
    if (streq(c->op, "SCMP_CMP_LT"))
        return v < c->value;
    if (streq(c->op, "SCMP_CMP_LE"))
        return v <= c->value;
    if (streq(c->op, "SCMP_CMP_GT"))
        return v > c->value;
    if (streq(c->op, "SCMP_CMP_GE"))
        return v >= c->value;
    return ((v ^ c->value_two) & c->value) == 0;
}

static bool naive_matches(const struct config_seccomp_syscall *s, const uint64_t *args)
{
    bool all = true, any = false, twice = false;

    for (size_t i = 0; i < s->n_args; i++) {
        bool holds = naive_holds(&s->args[i], args[s->args[i].index]);

        all &= holds;
        any |= holds;
        for (size_t k = 0; k < i; k++)
            twice |= s->args[k].index == s->args[i].index;
    }
    return twice ? any : all;
}

/* `read` is number 0 of x86-64 and of nothing else here. Only where the order of rules cannot matter. */
static void check_naive(const struct config_seccomp *c, const struct seccomp_policy *p, const uint64_t *args,
                        uint32_t got)
{
    const struct config_seccomp_syscall *matched = NULL;
    uint32_t action, first = 0;
    bool seen = false;

    for (size_t i = 0; i < c->n_syscalls; i++) {
        const struct config_seccomp_syscall *s = &c->syscalls[i];
        bool is_read = false, plain = true;

        for (size_t k = 0; k < s->names.n; k++)
            is_read |= streq(s->names.v[k], "read");
        if (!is_read)
            continue;
        for (size_t k = 0; k < s->n_args; k++)
            plain &= !streq(s->args[k].op, "SCMP_CMP_MASKED_EQ") || s->args[k].value != 0;
        CHECK(seccomp_action_find(s->action, &action) == 0);
        if (seccomp_action_takes_errno(action))
            action |= s->errno_ret.has ? s->errno_ret.v : EPERM;
        if (action == p->default_action)
            continue;
        if (!plain || (seen && action != first))
            return;
        first = action;
        seen = true;
        if (naive_matches(s, args))
            matched = s;
    }
    if (seen)
        CHECK(got == (matched ? first : p->default_action));
}

/* ---- comparing ---- */

struct subject {
    const struct config_seccomp *config;
    const struct seccomp_policy *policy;
    const struct seccomp_table *table;
    const struct seccomp_filter *filter;
    uint64_t extra[EXTRA_MAX];
};

static void try_call(const struct subject *s, uint32_t arch, uint32_t nr, const uint64_t *args)
{
    struct seccomp_data data = {.nr = (int)nr, .arch = arch};
    uint32_t got = 1, expected;

    memcpy(data.args, args, sizeof(data.args));
    expected = seccomp_eval(s->table, &data, NULL);
    CHECK(bpf_interp_run(s->filter->insns, s->filter->n, &data, &got) == 0);
    CHECK(got == expected);
    if (arch == 0xc000003eu && nr == 0)
        check_naive(s->config, s->policy, args, expected);
}

/* Every value of every condition with its neighbours in each argument, beside values of the input. */
static void try_number(const struct subject *s, const struct seccomp_abi *abi,
                       const struct seccomp_number *number)
{
    uint64_t args[SECCOMP_ARGS_MAX];

    for (uint32_t base = 0; base < number->n_matches + EXTRA_MAX; base++) {
        for (uint32_t k = 0; k < SECCOMP_ARGS_MAX; k++)
            args[k] = s->extra[(base + k) % EXTRA_MAX];
        for (uint32_t k = 0; base < number->n_matches && k < number->matches[base].n_conds; k++)
            args[number->matches[base].conds[k].index] = number->matches[base].conds[k].value;
        try_call(s, abi->info->audit_arch, number->nr, args);
        for (uint32_t m = 0; m < number->n_matches; m++)
            for (uint32_t k = 0; k < number->matches[m].n_conds; k++) {
                const struct seccomp_cond *c = &number->matches[m].conds[k];
                const uint64_t tries[] = {c->value,
                                          c->value - 1,
                                          c->value + 1,
                                          ~c->value,
                                          c->value | ~c->mask,
                                          c->value ^ (c->mask & -c->mask),
                                          c->value + (1ull << 32),
                                          c->value - (1ull << 32),
                                          c->value << 32,
                                          c->value >> 32,
                                          c->value & 0xffffffff,
                                          c->value | 0xffffffff00000000};
                uint64_t saved = args[c->index];

                for (size_t t = 0; t < ARRAY_SIZE(tries); t++) {
                    args[c->index] = tries[t];
                    try_call(s, abi->info->audit_arch, number->nr, args);
                }
                args[c->index] = saved;
            }
    }
}

static void compare(const struct subject *s)
{
    uint64_t args[SECCOMP_ARGS_MAX];

    memcpy(args, s->extra, sizeof(args));
    for (uint32_t i = 0; i < s->table->n_abis; i++) {
        const struct seccomp_abi *abi = &s->table->abis[i];

        for (uint32_t k = 0; k < abi->n_numbers; k++)
            try_number(s, abi, &abi->numbers[k]);
        for (uint32_t nr = 0; nr < 520; nr += 3)
            try_call(s, abi->info->audit_arch, abi->info->first_nr + nr, args);
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        try_call(s, 0xc000003eu, 1u << bit, args);
        try_call(s, 0x40000003u, 1u << bit, args);
        try_call(s, 0xc000003eu, UINT32_MAX << bit, args);
        try_call(s, 0xc00000b7u, 1u << bit, args);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct config_seccomp config = {0};
    struct seccomp_policy *policy;
    struct seccomp_table *table;
    struct seccomp_filter filter;
    struct subject s = {0};
    struct arena a;
    struct err e;
    int rc;

    if (size > 512)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    for (size_t i = 0; i < EXTRA_MAX; i++)
        s.extra[i] = i < size ? values[data[size - 1 - i] % ARRAY_SIZE(values)] ^ (data[i] & 1u) : 0;
    take_config(&a, &in, &config);
    rc = seccomp_policy_build_for(&a, &config, SECCOMP_ARCH_X86_64, &policy, &e);
    if (rc == 0)
        rc = seccomp_compile_with(&a, policy, OPTIONS, &filter, &e);
    if (rc == 0) {
        CHECK(bpf_interp_check(filter.insns, filter.n, NULL) == 0);
        CHECK(seccomp_resolve(&a, policy, &table, &e) == 0);
        s.config = &config;
        s.policy = policy;
        s.table = table;
        s.filter = &filter;
        compare(&s);
    } else {
        CHECK(rc == -EINVAL || (OPTIONS != 0 && e.kind == ERR_SYSTEM));
        CHECK(e.kind == ERR_CONFIG ? e.where[0] == '/' : e.kind != ERR_INTERNAL);
    }
    arena_done(&a);
    return 0;
}
