/* SPDX-License-Identifier: Apache-2.0 */
/* Our part of a filter, alone: what it leaves to libseccomp's ends in MARK. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/bpf_interp.h"
#include "core/seccomp_emit.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/seccomp_fixture.h"

#define MARK    0x12345678u
#define CAP     4096u
#define X86_ALL "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32']"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

struct program {
    const struct seccomp_table *table;
    struct seccomp_own own;
    struct sock_filter insns[CAP + 1];
    size_t n; /* without the MARK behind it */
};

/* `which` NULL: every number is ours. */
static struct program *emit(const char *text, bool (*which)(uint32_t nr))
{
    struct program *p = arena_new(&arena, struct program);
    size_t at = 0;

    assert_non_null(p);
    p->table = table_of(&arena, policy_of(&arena, text));
    for (uint32_t i = 0; i < p->table->n_abis; i++) {
        const struct seccomp_abi *abi = &p->table->abis[i];

        p->own.of[i] = arena_new_array(&arena, bool, abi->n_numbers);
        assert_non_null(p->own.of[i]);
        for (uint32_t k = 0; k < abi->n_numbers; k++)
            p->own.of[i][k] = !which || which(abi->numbers[k].nr);
    }
    assert_int_equal(seccomp_emit(&arena, p->table, &p->own, p->insns, CAP, &p->n), 0);
    p->insns[p->n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, MARK);
    assert_int_equal(bpf_interp_check(p->insns, p->n + 1, &at), 0);
    return p;
}

static uint32_t run(const struct program *p, uint32_t arch, uint32_t nr, uint64_t a0, uint64_t a1)
{
    struct seccomp_data data = {.arch = arch, .nr = (int)nr, .args = {a0, a1}};
    uint32_t got = 0;

    assert_int_equal(bpf_interp_run(p->insns, p->n + 1, &data, &got), 0);
    return got;
}

static void compare(const struct program *p, uint32_t arch, uint32_t nr, uint64_t a0, uint64_t a1, bool ours)
{
    struct seccomp_data data = {.arch = arch, .nr = (int)nr, .args = {a0, a1}};
    uint32_t expected = ours ? seccomp_eval(p->table, &data, NULL) : MARK;
    uint32_t got = run(p, arch, nr, a0, a1);

    if (got != expected)
        fail_msg("arch 0x%x nr %u args 0x%llx 0x%llx: 0x%x, not 0x%x", arch, nr, (unsigned long long)a0,
                 (unsigned long long)a1, got, expected);
}

static void test_emit__nothing_to_do(void **state)
{
    struct program *p = emit("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
                             "{'names':['read'],'action':'SCMP_ACT_ERRNO'}]}",
                             NULL);

    (void)state;
    memset(p->own.of[0], 0, p->table->abis[0].n_numbers);
    assert_int_equal(seccomp_emit(&arena, p->table, &p->own, p->insns, CAP, &p->n), 0);
    assert_int_equal(p->n, 0);
    p->own.of[0] = NULL;
    assert_int_equal(seccomp_emit(&arena, p->table, &p->own, p->insns, CAP, &p->n), 0);
    assert_int_equal(p->n, 0);
}

static bool none(uint32_t nr)
{
    (void)nr;
    return false;
}

static void test_emit__enosys(void **state)
{
    struct program *p = emit("{'defaultAction':'SCMP_ACT_ERRNO'," X86_ALL ",'syscalls':["
                             "{'names':['read','n300'],'action':'SCMP_ACT_ALLOW'}]}",
                             none);

    (void)state;
    assert_int_equal(run(p, AUDIT_X86_64, 0, 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86_64, 300, 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86_64, 301, 0, 0), R_ERRNO(ENOSYS));
    assert_int_equal(run(p, AUDIT_X86_64, 0x3fffffff, 0, 0), R_ERRNO(ENOSYS));
    assert_int_equal(run(p, AUDIT_X86_64, UINT32_MAX, 0, 0), R_ERRNO(ENOSYS));
    assert_int_equal(run(p, AUDIT_X86_64, NR_X32(300), 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86_64, NR_X32(301), 0, 0), R_ERRNO(ENOSYS));
    assert_int_equal(run(p, AUDIT_X86, 300, 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86, 301, 0, 0), R_ERRNO(ENOSYS));
    /* a number that is another architecture's token is no way into its code: this one is x32's third */
    assert_int_equal(run(p, AUDIT_X86_64, AUDIT_X86, 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86_64, AUDIT_AARCH64, 0, 0), R_ERRNO(ENOSYS));
    assert_int_equal(run(p, AUDIT_AARCH64, 999, 0, 0), MARK);
}

/* x32 alone has a newest number: that is no reason to answer ENOSYS to -1, which is native. */
static void test_emit__minus_one_without_native_numbers(void **state)
{
    struct seccomp_policy *policy =
        policy_of(&arena, "{'defaultAction':'SCMP_ACT_ERRNO'," X86_ALL ",'syscalls':["
                          "{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}");
    struct program *p = arena_new(&arena, struct program);
    struct seccomp_table *t = table_of(&arena, policy);

    (void)state;
    assert_non_null(p);
    t->abis[0].has_newest = false;
    p->table = t;
    assert_int_equal(seccomp_emit(&arena, t, &p->own, p->insns, CAP, &p->n), 0);
    p->insns[p->n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, MARK);
    compare(p, AUDIT_X86_64, UINT32_MAX, 0, 0, true);
    assert_int_equal(run(p, AUDIT_X86_64, UINT32_MAX, 0, 0), R_ERRNO(EPERM));
    assert_int_equal(run(p, AUDIT_X86_64, NR_X32(5), 0, 0), R_ERRNO(ENOSYS));
}

static void test_emit__no_x32_is_left_to_be_killed(void **state)
{
    struct program *p = emit("{'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
                             "{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}",
                             NULL);

    (void)state;
    assert_int_equal(run(p, AUDIT_X86_64, 0, 0, 0), R_ALLOW);
    assert_int_equal(run(p, AUDIT_X86_64, NR_X32(0), 0, 0), MARK);
    assert_int_equal(run(p, AUDIT_X86_64, NR_X32(999), 0, 0), MARK);
}

/* Every operator, in 64 and 32 bits, at values that cross the words. */
static void test_emit__operators(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      5,
                                      0xffffffff,
                                      0x100000000,
                                      0x100000005,
                                      0x1ffffffff,
                                      0x8000000000000000,
                                      UINT64_MAX - 1,
                                      UINT64_MAX};
    size_t tried = 0;

    (void)state;
    for (size_t op = 0; op < SECCOMP_OP_COUNT; op++)
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
            struct program *p = emit(
                arena_printf(&arena,
                             "{'defaultAction':'SCMP_ACT_TRAP'," X86_ALL
                             ",'syscalls':[{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':["
                             "{'index':0,'value':%llu,'valueTwo':%llu,'op':'%s'},{'index':1,'value':7,'op':'"
                             "SCMP_CMP_NE'}"
                             "]}]}",
                             (unsigned long long)values[i],
                             (unsigned long long)(values[i] & 0xffff0000ffffull), seccomp_op_name_at(op)),
                NULL);

            for (size_t k = 0; k < ARRAY_SIZE(values); k++)
                for (uint64_t delta = 0; delta < 3; delta++)
                    for (uint64_t second = 6; second < 8; second++) {
                        compare(p, AUDIT_X86_64, 16, values[k] + delta - 1, second, true);
                        compare(p, AUDIT_X86_64, NR_X32(16), values[k] + delta - 1, second, true);
                        compare(p, AUDIT_X86, 54, values[k] + delta - 1, second, true);
                        tried++;
                    }
        }
    assert_int_equal(tried, SECCOMP_OP_COUNT * ARRAY_SIZE(values) * ARRAY_SIZE(values) * 6);
}

static bool odd(uint32_t nr)
{
    return nr % 2 == 1;
}

/* Numbers near and far, ours and not, with code so long that the jumps across it are long ones. */
static void test_emit__many_numbers_with_long_code(void **state)
{
    char *rules = arena_alloc(&arena, 1u << 20);
    size_t len = 0;
    struct program *p;

    (void)state;
    assert_non_null(rules);
    for (unsigned nr = 1; nr < 24; nr++)
        for (unsigned i = 0; i < (nr % 4 == 1 ? 70u : 3u); i++)
            len += (size_t)snprintf(rules + len, 400,
                                    "%s{'names':['n%u'],'action':'%s','args':["
                                    "{'index':%u,'value':%u,'op':'SCMP_CMP_EQ'}]}",
                                    len ? "," : "", nr * 10 + nr % 2,
                                    i % 3 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_LOG", i % 2, i * 3);
    p = emit(arena_printf(&arena, "{'defaultAction':'SCMP_ACT_KILL','syscalls':[%s]}", rules), odd);
    assert_in_range(p->n, 1500, CAP);
    for (uint32_t nr = 0; nr < 260; nr++)
        for (uint64_t v = 0; v < 220; v++) {
            bool ours =
                nr > p->table->abis[0].newest || (nr % 2 == 1 && seccomp_number_find(&p->table->abis[0], nr));

            compare(p, AUDIT_X86_64, nr, v, 219 - v, ours);
        }
}

static void test_emit__capacity(void **state)
{
    struct program *p =
        emit("{'defaultAction':'SCMP_ACT_ERRNO'," X86_ALL ",'syscalls':["
             "{'names':['read','write','ioctl','clone','prctl'],'action':'SCMP_ACT_ALLOW','args':["
             "{'index':0,'value':5,'op':'SCMP_CMP_LT'},{'index':1,'value':5,'op':'SCMP_CMP_GT'}]}]}",
             NULL);
    size_t n = 0;

    (void)state;
    assert_in_range(p->n, 50, 400);
    /* an exact block each time, so that a sanitizer sees a write behind it */
    for (size_t cap = 0; cap < p->n; cap++) {
        struct sock_filter *out = malloc(cap ? cap * sizeof(*out) : 1);

        assert_non_null(out);
        assert_int_equal(seccomp_emit(&arena, p->table, &p->own, out, cap, &n), -EMSGSIZE);
        free(out);
    }
    assert_int_equal(seccomp_emit(&arena, p->table, &p->own, p->insns, p->n, &n), 0);
    assert_int_equal(n, p->n);
}

/* Three filters that are one return each, behind the choice between them. */
static void test_emit_dispatch__chooses(void **state)
{
    const struct seccomp_table *t =
        table_of(&arena, policy_of(&arena, "{'defaultAction':'SCMP_ACT_ERRNO','architectures':["
                                           "'SCMP_ARCH_X86','SCMP_ARCH_X32','SCMP_ARCH_AARCH64']}"));
    const size_t lengths[SECCOMP_ARCH_COUNT] = {3, 1, 2, 1};
    static const struct {
        uint32_t arch, nr, expected;
    } cases[] = {
        {AUDIT_X86_64, 0, 1},
        {AUDIT_X86_64, 0x3fffffff, 1},
        {AUDIT_X86_64, 0x40000000, 3},
        {AUDIT_X86_64, UINT32_MAX, 3},
        {AUDIT_X86, 0, 2},
        {AUDIT_X86, NR_X32(1), 2},
        {AUDIT_AARCH64, 5, 4},
        {0, 0, 1},
    };
    struct sock_filter out[64];
    size_t n = 0, at;

    (void)state;
    assert_int_equal(seccomp_emit_dispatch(t, lengths, out, 3, &n), -EMSGSIZE);
    assert_int_equal(seccomp_emit_dispatch(t, lengths, out, ARRAY_SIZE(out), &n), 0);
    at = n;
    for (uint32_t i = 0; i < t->n_abis; i++)
        for (size_t k = 0; k < lengths[i]; k++)
            out[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, i + 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_data data = {.arch = cases[i].arch, .nr = (int)cases[i].nr};
        uint32_t got = 0;

        assert_int_equal(bpf_interp_run(out, at, &data, &got), 0);
        assert_int_equal(got, cases[i].expected);
    }
}

static void test_emit_dispatch__one_architecture_needs_none(void **state)
{
    const struct seccomp_table *t = table_of(&arena, policy_of(&arena, "{'defaultAction':'SCMP_ACT_ERRNO'}"));
    const size_t lengths[SECCOMP_ARCH_COUNT] = {7};
    struct sock_filter out[1];
    size_t n = 9;

    (void)state;
    assert_int_equal(seccomp_emit_dispatch(t, lengths, out, 1, &n), 0);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emit__nothing_to_do),
        cmocka_unit_test(test_emit__enosys),
        cmocka_unit_test(test_emit__minus_one_without_native_numbers),
        cmocka_unit_test(test_emit__no_x32_is_left_to_be_killed),
        cmocka_unit_test(test_emit__operators),
        cmocka_unit_test(test_emit__many_numbers_with_long_code),
        cmocka_unit_test(test_emit__capacity),
        cmocka_unit_test(test_emit_dispatch__chooses),
        cmocka_unit_test(test_emit_dispatch__one_architecture_needs_none),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
