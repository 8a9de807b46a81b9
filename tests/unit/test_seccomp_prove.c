/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof must see every kind of wrong filter. The right one is made by core/seccomp_emit, with all numbers
 * its own, and a tail that does what libseccomp's part does for the rest: kill what is foreign, default for
 * what is not named.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/bpf_interp.h"
#include "core/seccomp_prove.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/seccomp_fixture.h"

#define CAP 4096u

static const char policy_text[] =
    "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32'],'"
    "syscalls':["
    "{'names':['read','write','n200'],'action':'SCMP_ACT_ALLOW'},"
    "{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':["
    "{'index':0,'value':0,'op':'SCMP_CMP_EQ'},{'index':0,'value':131080,'op':'SCMP_CMP_EQ'},"
    "{'index':0,'value':4294967295,'op':'SCMP_CMP_EQ'}]},"
    "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':["
    "{'index':0,'value':2114060288,'valueTwo':0,'op':'SCMP_CMP_MASKED_EQ'}]},"
    "{'names':['ioctl'],'action':'SCMP_ACT_KILL','args':[{'index':1,'value':21522,'op':'SCMP_CMP_EQ'}]},"
    "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'value':21000,'op':'SCMP_CMP_GE'}]},"
    "{'names':['prctl'],'action':'SCMP_ACT_ALLOW','args':["
    "{'index':0,'value':8589934592,'op':'SCMP_CMP_LT'},{'index':1,'value':3,'op':'SCMP_CMP_NE'},"
    "{'index':2,'value':9,'op':'SCMP_CMP_LE'}]}]}";

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

struct proof {
    struct seccomp_table *table;
    struct seccomp_own all, wrong;
    struct sock_filter insns[CAP];
    size_t n;
};

static struct proof *right_filter(const char *text)
{
    struct proof *p = arena_new(&arena, struct proof);
    bool x86 = false, x32 = false;

    assert_non_null(p);
    p->table = table_of(&arena, policy_of(&arena, text));
    for (uint32_t i = 0; i < p->table->n_abis; i++) {
        uint32_t n = p->table->abis[i].n_numbers;

        p->all.of[i] = arena_new_array(&arena, bool, n);
        p->wrong.of[i] = arena_new_array(&arena, bool, n);
        assert_true(p->all.of[i] && p->wrong.of[i]);
        for (uint32_t k = 0; k < n; k++)
            p->all.of[i][k] = true;
        x86 |= p->table->abis[i].arch == SECCOMP_ARCH_X86;
        x32 |= p->table->abis[i].arch == SECCOMP_ARCH_X32;
    }
    assert_int_equal(seccomp_emit(&arena, p->table, &p->all, p->insns, CAP - 10, &p->n), 0);
    {
        const struct sock_filter tail[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_X86, x86 ? 4 : 5, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_X86_64, 0, 4),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0),
            BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32 ? UINT32_MAX : 0x40000000, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, p->table->policy->default_action),
            BPF_STMT(BPF_RET | BPF_K, R_KILL),
        };

        memcpy(p->insns + p->n, tail, sizeof(tail));
        p->n += ARRAY_SIZE(tail);
    }
    return p;
}

static void test_prove__right_filters(void **state)
{
    static const char *const texts[] = {
        policy_text,
        "{'defaultAction':'SCMP_ACT_ERRNO'}",
        "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['clone'],'action':'SCMP_ACT_KILL'}]}",
        "{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_X32'],"
        "'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct proof *p = right_filter(texts[i]);
        struct seccomp_witness w;

        if (seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w) != 0)
            fail_msg("%zu: arch 0x%x nr 0x%x: 0x%x, not 0x%x", i, w.data.arch, (unsigned)w.data.nr, w.got,
                     w.expected);
    }
}

static void test_prove__docker_like(void **state)
{
    struct proof *p;
    struct seccomp_witness w;
    char *text = arena_alloc(&arena, 65536);
    FILE *f = fopen(LORICA_SOURCE_DIR "/ci/data/seccomp-docker-like.json", "re");

    (void)state;
    assert_non_null(f);
    assert_non_null(text);
    assert_in_range(fread(text, 1, 65535, f), 1, 65534);
    fclose(f);
    p = right_filter(text);
    assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w), 0);
}

/*
 * Every single change of one instruction is seen, unless it changes nothing that a call can show: a jump to
 * another return of the same value, a comparison of a word that is already known. Those are counted, and few.
 */
static void test_prove__every_mutation(void **state)
{
    struct proof *p = right_filter(policy_text);
    size_t seen = 0, unseen = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < p->n; i++)
        for (unsigned kind = 0; kind < 6; kind++) {
            struct sock_filter saved = p->insns[i];
            struct sock_filter *f = &p->insns[i];
            bool is_branch = BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA;
            struct seccomp_witness w;

            switch (kind) {
            case 0: f->k ^= 1; break;
            case 1: f->k += 2; break;
            case 2: f->k ^= 0x80000000; break;
            case 3: f->jt = (uint8_t)(f->jt + is_branch); break;
            case 4: f->jf = (uint8_t)(f->jf + is_branch); break;
            default:
                if (BPF_CLASS(f->code) == BPF_RET)
                    f->k = f->k == R_ALLOW ? R_LOG : R_ALLOW;
                else if (is_branch)
                    f->code = BPF_JMP | BPF_K | (BPF_OP(f->code) == BPF_JGE ? BPF_JGT : BPF_JGE);
                break;
            }
            if (memcmp(&saved, f, sizeof(saved)) == 0)
                continue;
            if (bpf_interp_check(p->insns, p->n, NULL) < 0)
                refused++;
            else if (seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w) == -EBADMSG)
                seen++;
            else
                unseen++;
            *f = saved;
        }
    /* jt and jf of what is no conditional jump, and shortcuts between equal ends, make the unseen ones */
    print_message("mutations: %zu seen, %zu refused as programs, %zu without effect\n", seen, refused,
                  unseen);
    assert_true(seen > 3 * p->n);
    assert_true(unseen < seen / 4);
}

static void expect_seen(struct proof *p, const char *name, uint32_t abi, uint32_t nr)
{
    struct seccomp_witness w;

    assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n, &p->wrong, &w), -EBADMSG);
    assert_ptr_equal(w.abi, &p->table->abis[abi]);
    assert_int_equal((uint32_t)w.data.nr, nr);
    assert_non_null(w.number);
    assert_string_equal(w.number->matches[0].name, name);
    assert_true(w.expected != w.got);
}

/* A return of the code of one number is another action. */
static void test_prove__names_the_number(void **state)
{
    struct proof *p = right_filter(policy_text);
    size_t marks = 0;

    (void)state;
    for (size_t i = 0; i < p->n; i++)
        if (p->insns[i].code == (BPF_RET | BPF_K) && p->insns[i].k == R_KILL && i < p->n - 1) {
            p->insns[i].k = R_ALLOW; /* the first is ioctl's on x86-64 */
            break;
        }
    expect_seen(p, "ioctl", 0, 16);
    for (uint32_t i = 0; i < p->table->n_abis; i++)
        for (uint32_t k = 0; k < p->table->abis[i].n_numbers; k++)
            marks += p->wrong.of[i][k];
    assert_int_equal(marks, 1);
}

/* What an engine would not notice: a single value of 2^64 is let through. */
static void test_prove__one_value(void **state)
{
    static const uint64_t values[] = {21522, 0x100005412, 8589934591, 8589934592};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct proof *p = right_filter(policy_text);
        /* if nr == ioctl and argument 1 is the value, LOG; in front of the right filter */
        const struct sock_filter hole[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, i < 2 ? 16 : 157, 0, 5),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, i < 2 ? 24 : 16),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)values[i], 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, i < 2 ? 28 : 20),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(values[i] >> 32), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, R_LOG),
        };
        struct seccomp_witness w;

        memmove(p->insns + ARRAY_SIZE(hole), p->insns, p->n * sizeof(*p->insns));
        memcpy(p->insns, hole, sizeof(hole));
        assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n + ARRAY_SIZE(hole), NULL, &w),
                         -EBADMSG);
        assert_int_equal(w.got, R_LOG);
        assert_true(w.data.args[i < 2 ? 1 : 0] == values[i]);
    }
}

/* Numbers that no rule names, x32 and foreign architectures. */
static void test_prove__what_is_not_named(void **state)
{
    static const struct {
        uint32_t arch, nr;
    } holes[] = {
        {AUDIT_X86_64, 199},        {AUDIT_X86_64, 250}, {AUDIT_X86_64, UINT32_MAX}, {AUDIT_X86, 7},
        {AUDIT_X86_64, NR_X32(59)}, {AUDIT_AARCH64, 59}, {AUDIT_X86_64, 0x80000000},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
        struct proof *p = right_filter(policy_text);
        const struct sock_filter hole[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, holes[i].arch, 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, holes[i].nr, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, R_ALLOW),
        };
        struct seccomp_witness w;

        memmove(p->insns + ARRAY_SIZE(hole), p->insns, p->n * sizeof(*p->insns));
        memcpy(p->insns, hole, sizeof(hole));
        assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n + ARRAY_SIZE(hole), &p->wrong, &w),
                         -EBADMSG);
        assert_null(w.number);
        assert_int_equal((uint32_t)w.data.nr, holes[i].nr);
        assert_int_equal(w.data.arch, holes[i].arch);
    }
}

static void test_prove__no_program(void **state)
{
    struct proof *p = right_filter(policy_text);
    struct seccomp_witness w = {.expected = 5};

    (void)state;
    assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n - 1, NULL, &w), -EBADMSG);
    p->insns[0].k = 3;
    assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w), -EBADMSG);
    assert_null(w.abi);
    assert_int_equal(w.expected, w.got);
}

/* Six arguments with many values each: a choice of the combinations still finds a rule that is missing. */
static void test_prove__too_many_combinations(void **state)
{
    char *rules = arena_alloc(&arena, 65536);
    size_t len = 0;
    struct proof *p;
    struct seccomp_witness w;

    (void)state;
    assert_non_null(rules);
    for (unsigned i = 0; i < 12; i++) {
        len += (size_t)snprintf(rules + len, 400, "%s{'names':['ioctl'],'action':'SCMP_ACT_%s','args':[",
                                i ? "," : "", i % 3 ? "ALLOW" : "LOG");
        for (unsigned k = 0; k < 6; k++)
            len += (size_t)snprintf(rules + len, 400, "%s{'index':%u,'value':%llu,'op':'%s'}", k ? "," : "",
                                    k, (1ull << (20 + i)) + k, k == i % 6 ? "SCMP_CMP_GE" : "SCMP_CMP_EQ");
        len += (size_t)snprintf(rules + len, 400, "]}");
    }
    p = right_filter(arena_printf(&arena, "{'defaultAction':'SCMP_ACT_KILL','syscalls':[%s]}", rules));
    assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w), 0);
    for (size_t i = 0; i < p->n; i++)
        if (p->insns[i].code == (BPF_RET | BPF_K) && SECCOMP_RETURN_ACTION(p->insns[i].k) >= R_LOG) {
            struct sock_filter saved = p->insns[i];

            p->insns[i].k = R_TRAP;
            assert_int_equal(seccomp_prove(&arena, p->table, p->insns, p->n, NULL, &w), -EBADMSG);
            p->insns[i] = saved;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prove__right_filters),  cmocka_unit_test(test_prove__docker_like),
        cmocka_unit_test(test_prove__every_mutation), cmocka_unit_test(test_prove__names_the_number),
        cmocka_unit_test(test_prove__one_value),      cmocka_unit_test(test_prove__what_is_not_named),
        cmocka_unit_test(test_prove__no_program),     cmocka_unit_test(test_prove__too_many_combinations),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
