/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/alloc_fault.h"
#include "unit/seccomp_fixture.h"

#define X86_ALL "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32']"
#define ERRNO   "'defaultAction':'SCMP_ACT_ERRNO'"
#define ALLOWED "'action':'SCMP_ACT_ALLOW'"

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

struct verdict {
    uint32_t arch;
    uint32_t nr;
    uint64_t args[3];
    uint32_t expected;
};

static void check(const char *text, const struct verdict *v, size_t n)
{
    const struct seccomp_table *t = table_of(&arena, policy_of(&arena, text));

    for (size_t i = 0; i < n; i++) {
        struct seccomp_data data = {.nr = (int)v[i].nr, .arch = v[i].arch};
        uint32_t got;

        memcpy(data.args, v[i].args, sizeof(v[i].args));
        got = seccomp_eval(t, &data, NULL);
        if (got != v[i].expected)
            fail_msg("arch 0x%x nr %u args 0x%llx 0x%llx 0x%llx: 0x%x, not 0x%x, in %s", v[i].arch, v[i].nr,
                     (unsigned long long)v[i].args[0], (unsigned long long)v[i].args[1],
                     (unsigned long long)v[i].args[2], got, v[i].expected, text);
    }
}

#define CHECK(text, ...)                                                                                     \
    do {                                                                                                     \
        static const struct verdict verdicts[] = {__VA_ARGS__};                                              \
        check(text, verdicts, ARRAY_SIZE(verdicts));                                                         \
    } while (0)

/* ---- conditions ---- */

static void test_cond_holds__operators_and_widths(void **state)
{
    static const struct {
        enum seccomp_op op;
        uint64_t value, mask, argument;
        bool wide, narrow; /* on 64 and 32 bits */
    } cases[] = {
        {SECCOMP_OP_EQ, 5, UINT64_MAX, 5, true, true},
        {SECCOMP_OP_EQ, 5, UINT64_MAX, 0x100000005, false, true},
        {SECCOMP_OP_NE, 5, UINT64_MAX, 0x100000005, true, false},
        {SECCOMP_OP_NE, 5, UINT64_MAX, 5, false, false},
        {SECCOMP_OP_LT, 5, UINT64_MAX, 4, true, true},
        {SECCOMP_OP_LT, 5, UINT64_MAX, 5, false, false},
        {SECCOMP_OP_LT, 5, UINT64_MAX, UINT64_MAX, false, false},
        {SECCOMP_OP_LE, 5, UINT64_MAX, 5, true, true},
        {SECCOMP_OP_LE, 5, UINT64_MAX, 0x100000000, false, true},
        {SECCOMP_OP_GE, 5, UINT64_MAX, 5, true, true},
        {SECCOMP_OP_GE, 5, UINT64_MAX, 0x100000000, true, false},
        {SECCOMP_OP_GT, 5, UINT64_MAX, 5, false, false},
        {SECCOMP_OP_GT, 5, UINT64_MAX, 6, true, true},
        {SECCOMP_OP_MASKED_EQ, 0x10, 0xf0, 0xf1f, true, true},
        {SECCOMP_OP_MASKED_EQ, 0x10, 0xf0, 0x20, false, false},
        {SECCOMP_OP_MASKED_EQ, 0, 0xf0, UINT64_MAX << 8, true, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_cond c = {.op = cases[i].op, .value = cases[i].value, .mask = cases[i].mask};

        if (seccomp_cond_holds(&c, 64, cases[i].argument) != cases[i].wide ||
            seccomp_cond_holds(&c, 32, cases[i].argument) != cases[i].narrow)
            fail_msg("case %zu", i);
    }
}

/* Against trying all values: conditions over a width of which only 5 low bits and the top one vary. */
static void test_cond_implies__is_exact(void **state)
{
    static const uint64_t edge[] = {0, 1, 2, 7, 8, 15, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    struct seccomp_cond conds[SECCOMP_OP_COUNT * ARRAY_SIZE(edge) + 40];
    uint64_t values[200];
    size_t n = 0, n_values = 0;

    (void)state;
    for (unsigned op = 0; op < SECCOMP_OP_MASKED_EQ; op++)
        for (size_t i = 0; i < ARRAY_SIZE(edge); i++)
            conds[n++] =
                (struct seccomp_cond){.op = (enum seccomp_op)op, .value = edge[i], .mask = UINT32_MAX};
    for (uint64_t mask = 1; mask < 16; mask++)
        conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = mask & 5, .mask = mask};
    conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = 0, .mask = 0x80000000};
    conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = 0x80000000, .mask = 0x80000000};
    conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = 0, .mask = 0xfffffff0};
    conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = 7, .mask = 0xffffffff};
    conds[n++] = (struct seccomp_cond){.op = SECCOMP_OP_MASKED_EQ, .value = 0, .mask = 0x7ffffff8};
    /* enough values to tell any two of these apart: all small ones, and those around every edge */
    for (uint64_t v = 0; v < 40; v++) {
        values[n_values++] = v;
        values[n_values++] = 0x80000000 + v;
        values[n_values++] = 0x7fffffff - v;
        values[n_values++] = 0xffffffff - v;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            bool implied = true;

            for (size_t v = 0; v < n_values; v++)
                implied &= !seccomp_cond_holds(&conds[i], 32, values[v]) ||
                           seccomp_cond_holds(&conds[k], 32, values[v]);
            if (seccomp_cond_implies(&conds[i], &conds[k], 32) != implied)
                fail_msg("op %d value 0x%llx mask 0x%llx, op %d value 0x%llx mask 0x%llx: %d", conds[i].op,
                         (unsigned long long)conds[i].value, (unsigned long long)conds[i].mask, conds[k].op,
                         (unsigned long long)conds[k].value, (unsigned long long)conds[k].mask, implied);
        }
}

/* ---- rules ---- */

static void test_eval__allow_list(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':[{'names':['read','write'],'action':'SCMP_ACT_ALLOW'},"
          "{'names':['ptrace'],'action':'SCMP_ACT_KILL_PROCESS'},"
          "{'names':['clone3'],'action':'SCMP_ACT_ERRNO','errnoRet':38}]}",
          {AUDIT_X86_64, 0, {0}, R_ALLOW}, {AUDIT_X86_64, 1, {9, 9, 9}, R_ALLOW},
          {AUDIT_X86_64, 101, {0}, R_KILL_PROCESS}, {AUDIT_X86_64, 435, {0}, R_ERRNO(ENOSYS)},
          {AUDIT_X86_64, 2, {0}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 434, {0}, R_ERRNO(EPERM)});
}

static void test_eval__unconditional_decides(void **state)
{
    (void)state;
    /* before and after the conditional ones; the first of two */
    CHECK("{" ERRNO ",'syscalls':["
          "{'names':['clone'],'action':'SCMP_ACT_KILL','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['clone'],'action':'SCMP_ACT_ALLOW'},"
          "{'names':['clone'],'action':'SCMP_ACT_LOG'},"
          "{'names':['clone'],'action':'SCMP_ACT_TRAP','args':[{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 56, {0}, R_ALLOW}, {AUDIT_X86_64, 56, {1}, R_ALLOW},
          {AUDIT_X86_64, 56, {2}, R_ALLOW});
}

/* The rule with the default action is not there, so the conditional one is not void. */
static void test_eval__default_action_beside_a_condition(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':["
          "{'names':['clone'],'action':'SCMP_ACT_ERRNO'},"
          "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 56, {1}, R_ALLOW}, {AUDIT_X86_64, 56, {2}, R_ERRNO(EPERM)});
}

static void test_eval__alternatives_of_one_action(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':["
          "{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':0,'op':'SCMP_CMP_EQ'"
          "}]},"
          "{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':8,'op':'SCMP_CMP_EQ'"
          "}]},"
          "{'names':['personality'],'action':'SCMP_ACT_ALLOW',"
          "'args':[{'index':0,'value':4294967295,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 135, {0}, R_ALLOW}, {AUDIT_X86_64, 135, {8}, R_ALLOW},
          {AUDIT_X86_64, 135, {0xffffffff}, R_ALLOW}, {AUDIT_X86_64, 135, {0x100000008}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, 135, {UINT64_MAX}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 135, {7}, R_ERRNO(EPERM)});
}

static void test_eval__an_argument_twice(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':[{'names':['prctl'],'action':'SCMP_ACT_ALLOW','args':["
          "{'index':0,'value':1,'op':'SCMP_CMP_EQ'},{'index':0,'value':2,'op':'SCMP_CMP_EQ'},"
          "{'index':1,'value':7,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 157, {1, 0}, R_ALLOW}, {AUDIT_X86_64, 157, {2, 0}, R_ALLOW},
          {AUDIT_X86_64, 157, {3, 7}, R_ALLOW}, {AUDIT_X86_64, 157, {3, 8}, R_ERRNO(EPERM)});
}

static void test_eval__all_conditions_of_a_rule(void **state)
{
    (void)state;
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['socket'],'action':'SCMP_ACT_ERRNO',"
          "'errnoRet':22,'args':[{'index':0,'value':16,'op':'SCMP_CMP_EQ'},{'index':2,'value':9,'op':'SCMP_"
          "CMP_EQ'}]}]}",
          {AUDIT_X86_64, 41, {16, 3, 9}, R_ERRNO(EINVAL)}, {AUDIT_X86_64, 41, {16, 3, 8}, R_ALLOW},
          {AUDIT_X86_64, 41, {15, 3, 9}, R_ALLOW});
}

static void test_eval__narrower_rules_come_first(void **state)
{
    (void)state;
    /* nested ranges, in both orders */
    CHECK("{'defaultAction':'SCMP_ACT_KILL','syscalls':["
          "{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':5,'args':[{'index':2,'value':128,'op':'"
          "SCMP_CMP_GT'}]},"
          "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':2,'value':512,'op':'SCMP_CMP_GT'}]},"
          "{'names':['write'],'action':'SCMP_ACT_ERRNO','errnoRet':6,'args':[{'index':2,'value':64,'op':'"
          "SCMP_CMP_LT'}]},"
          "{'names':['write'],'action':'SCMP_ACT_ERRNO','errnoRet':7,'args':[{'index':2,'value':640,'op':'"
          "SCMP_CMP_LT'}]}]}",
          {AUDIT_X86_64, 0, {0, 0, 128}, R_KILL}, {AUDIT_X86_64, 0, {0, 0, 129}, R_ERRNO(5)},
          {AUDIT_X86_64, 0, {0, 0, 512}, R_ERRNO(5)}, {AUDIT_X86_64, 0, {0, 0, 513}, R_ALLOW},
          {AUDIT_X86_64, 0, {0, 0, UINT64_MAX}, R_ALLOW}, {AUDIT_X86_64, 1, {0, 0, 63}, R_ERRNO(6)},
          {AUDIT_X86_64, 1, {0, 0, 64}, R_ERRNO(7)}, {AUDIT_X86_64, 1, {0, 0, 640}, R_KILL});
    /* an exception, less restrictive; and one by a second argument */
    CHECK("{'defaultAction':'SCMP_ACT_LOG','syscalls':["
          "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','args':[{'index':1,'value':100,'op':'SCMP_CMP_GE'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'value':105,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_KILL','args':[{'index':0,'value':3,'op':'SCMP_CMP_EQ'},"
          "{'index':1,'value':105,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 16, {0, 99}, R_LOG}, {AUDIT_X86_64, 16, {0, 100}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, 16, {0, 105}, R_ALLOW}, {AUDIT_X86_64, 16, {3, 105}, R_KILL},
          {AUDIT_X86_64, 16, {3, 106}, R_ERRNO(EPERM)});
}

static void test_eval__more_restrictive_rules_come_first(void **state)
{
    (void)state;
    /* overlapping, none narrower; every action once, in an order of its own */
    CHECK("{'defaultAction':'SCMP_ACT_TRACE','syscalls':["
          "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_MASKED_"
          "EQ','valueTwo':1}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_LOG','args':[{'index':0,'value':2,'op':'SCMP_CMP_MASKED_EQ',"
          "'valueTwo':2}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_NOTIFY','args':[{'index':0,'value':4,'op':'SCMP_CMP_MASKED_"
          "EQ','valueTwo':4}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','args':[{'index':0,'value':8,'op':'SCMP_CMP_MASKED_"
          "EQ','valueTwo':8}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_TRAP','args':[{'index':0,'value':16,'op':'SCMP_CMP_MASKED_"
          "EQ','valueTwo':16}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_KILL','args':[{'index':0,'value':32,'op':'SCMP_CMP_MASKED_"
          "EQ','valueTwo':32}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_KILL_PROCESS','args':[{'index':0,'value':64,'op':'SCMP_CMP_"
          "MASKED_EQ','valueTwo':64}]}]}",
          {AUDIT_X86_64, 16, {0}, R_TRACE(1)}, {AUDIT_X86_64, 16, {1}, R_ALLOW},
          {AUDIT_X86_64, 16, {3}, R_LOG}, {AUDIT_X86_64, 16, {7}, SECCOMP_RETURN_NOTIFY},
          {AUDIT_X86_64, 16, {15}, R_ERRNO(1)}, {AUDIT_X86_64, 16, {31}, R_TRAP},
          {AUDIT_X86_64, 16, {63}, R_KILL}, {AUDIT_X86_64, 16, {127}, R_KILL_PROCESS});
    /* the same condition twice: the more restrictive; two of one action: the first */
    CHECK("{'defaultAction':'SCMP_ACT_KILL','syscalls':["
          "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','errnoRet':2,'args':[{'index':0,'value':1,'op':'SCMP_"
          "CMP_EQ'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','errnoRet':1,'args':[{'index':0,'value':1,'op':'SCMP_"
          "CMP_EQ'}]}]}",
          {AUDIT_X86_64, 16, {1}, R_ERRNO(2)}, {AUDIT_X86_64, 16, {2}, R_KILL});
}

static void test_eval__two_names_of_one_number(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':["
          "{'names':['n16'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 16, {1}, R_ALLOW}, {AUDIT_X86_64, 16, {2}, R_ALLOW},
          {AUDIT_X86_64, 16, {3}, R_ERRNO(EPERM)});
}

/* ---- numbers and architectures ---- */

static void test_eval__newer_numbers(void **state)
{
    (void)state;
    /* the newest is named by a rule that is left out */
    CHECK("{" ERRNO ",'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'},"
          "{'names':['n300'],'action':'SCMP_ACT_ERRNO'}]}",
          {AUDIT_X86_64, 299, {0}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 300, {0}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, 301, {0}, R_ERRNO(ENOSYS)}, {AUDIT_X86_64, 999, {0}, R_ERRNO(ENOSYS)},
          {AUDIT_X86_64, 0x3fffffff, {0}, R_ERRNO(ENOSYS)}, {AUDIT_X86_64, UINT32_MAX, {0}, R_ERRNO(ENOSYS)});
    CHECK("{'defaultAction':'SCMP_ACT_KILL','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86_64, 1, {0}, R_ERRNO(ENOSYS)});
    /* not for a default that lets through, nor where no name is known */
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_KILL'}]}",
          {AUDIT_X86_64, 999, {0}, R_ALLOW}, {AUDIT_X86_64, UINT32_MAX, {0}, R_ALLOW});
    CHECK("{" ERRNO ",'syscalls':[{'names':['stime'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86_64, 999, {0}, R_ERRNO(EPERM)}, {AUDIT_X86_64, UINT32_MAX, {0}, R_ERRNO(EPERM)});
    CHECK("{" ERRNO "}", {AUDIT_X86_64, 0, {0}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 999, {0}, R_ERRNO(EPERM)});
}

static void test_eval__architectures(void **state)
{
    (void)state;
    CHECK("{" ERRNO ",'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86_64, 0, {0}, R_ALLOW}, {AUDIT_X86, 3, {0}, R_KILL}, {AUDIT_AARCH64, 63, {0}, R_KILL},
          {0, 0, {0}, R_KILL}, {AUDIT_X86_64, NR_X32(0), {0}, R_KILL},
          {AUDIT_X86_64, NR_X32(999), {0}, R_KILL}, {AUDIT_X86_64, 0x80000000, {0}, R_KILL});
    CHECK("{" ERRNO "," X86_ALL ",'syscalls':[{'names':['read','n400'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86_64, 0, {0}, R_ALLOW}, {AUDIT_X86, 3, {0}, R_ALLOW}, {AUDIT_X86, 0, {0}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, NR_X32(0), {0}, R_ALLOW}, {AUDIT_X86_64, NR_X32(1), {0}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, NR_X32(401), {0}, R_ERRNO(ENOSYS)}, {AUDIT_X86, 401, {0}, R_ERRNO(ENOSYS)},
          {AUDIT_AARCH64, 63, {0}, R_KILL});
}

static void test_eval__32_bits_compare_low_words(void **state)
{
    (void)state;
    CHECK("{" ERRNO "," X86_ALL ",'syscalls':[{'names':['prctl'],'action':'SCMP_ACT_ALLOW',"
          "'args':[{'index':0,'value':18446744073709551615,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW',"
          "'args':[{'index':0,'value':18446744069414584320,'valueTwo':4294967296,'op':'SCMP_CMP_MASKED_EQ'}]}"
          "]}",
          {AUDIT_X86_64, 157, {0xffffffff}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 157, {UINT64_MAX}, R_ALLOW},
          {AUDIT_X86, 172, {0xffffffff}, R_ALLOW}, {AUDIT_X86_64, NR_X32(157), {0x1ffffffff}, R_ALLOW},
          /* a mask without low bits is no condition */
          {AUDIT_X86_64, 16, {1}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 16, {0x100000001}, R_ALLOW},
          {AUDIT_X86, 54, {1}, R_ALLOW});
}

static void test_eval__socketcall(void **state)
{
    (void)state;
    CHECK("{" ERRNO "," X86_ALL ",'syscalls':["
          "{'names':['socket'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':40,'op':'SCMP_CMP_NE'}]},"
          "{'names':['listen','send'],'action':'SCMP_ACT_ALLOW'},"
          "{'names':['semop'],'action':'SCMP_ACT_KILL','args':[{'index':2,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
          {AUDIT_X86_64, 41, {40}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 41, {2}, R_ALLOW},
          {AUDIT_X86, 359, {40}, R_ERRNO(EPERM)}, {AUDIT_X86, 359, {2}, R_ALLOW},
          /* socketcall does not show the family */
          {AUDIT_X86, 102, {1, 40}, R_ALLOW}, {AUDIT_X86, 102, {4}, R_ALLOW}, {AUDIT_X86, 363, {0}, R_ALLOW},
          {AUDIT_X86, 102, {9}, R_ALLOW}, {AUDIT_X86, 102, {2}, R_ERRNO(EPERM)},
          {AUDIT_X86, 102, {0}, R_ERRNO(EPERM)}, {AUDIT_X86, 117, {1, 0, 1}, R_KILL},
          {AUDIT_X86, 117, {1, 0, 2}, R_ERRNO(EPERM)}, {AUDIT_X86, 117, {2, 0, 1}, R_ERRNO(EPERM)});
    /* a rule for socketcall itself is about all of it */
    CHECK("{" ERRNO "," X86_ALL ",'syscalls':[{'names':['socket'],'action':'SCMP_ACT_KILL'},"
          "{'names':['socketcall'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86, 102, {1}, R_ALLOW}, {AUDIT_X86, 102, {2}, R_ALLOW}, {AUDIT_X86, 359, {0}, R_KILL});
}

static void test_eval__names_the_deciding_rule(void **state)
{
    const struct seccomp_table *t = table_of(
        &arena, policy_of(&arena, "{" ERRNO ",'syscalls':[{'names':['read'],'action':'SCMP_ACT_ERRNO'},"
                                  "{'names':['write','ioctl'],'action':'SCMP_ACT_ALLOW'}]}"));
    const struct seccomp_match *match;
    struct seccomp_data data = {.arch = AUDIT_X86_64, .nr = 16};

    (void)state;
    assert_int_equal(seccomp_eval(t, &data, &match), R_ALLOW);
    assert_non_null(match);
    assert_int_equal(match->entry, 1);
    assert_string_equal(match->name, "ioctl");
    data.nr = 0;
    assert_int_equal(seccomp_eval(t, &data, &match), R_ERRNO(EPERM));
    assert_null(match);
}

static void test_table__docker_like(void **state)
{
    const struct seccomp_table *t = table_of(&arena, docker_like(&arena));

    (void)state;
    assert_int_equal(t->n_abis, 3);
    for (uint32_t i = 0; i < t->n_abis; i++) {
        assert_true(t->abis[i].exact);
        for (uint32_t k = 1; k < t->abis[i].n_numbers; k++)
            assert_true(t->abis[i].numbers[k - 1].nr < t->abis[i].numbers[k].nr);
        for (uint32_t k = 0; k < t->abis[i].n_numbers; k++) {
            const struct seccomp_number *number = &t->abis[i].numbers[k];

            assert_ptr_equal(seccomp_number_find(&t->abis[i], number->nr), number);
            for (uint32_t m = 0; m < number->n_matches; m++)
                assert_true(number->matches[m].n_conds > 0 || number->n_matches == 1);
        }
        assert_null(seccomp_number_find(&t->abis[i], 400000));
    }
}

static void test_table__too_many_rules_of_a_number(void **state)
{
    struct config_seccomp_arg *args =
        arena_new_array(&arena, struct config_seccomp_arg, SECCOMP_MATCHES_MAX + 1);
    const char *name = "read";
    struct config_seccomp_syscall s = {.names = {&name, 1}, .action = "SCMP_ACT_ALLOW", .args = args};
    struct config_seccomp cfg = {.default_action = "SCMP_ACT_ERRNO", .syscalls = &s, .n_syscalls = 1};
    const struct seccomp_resolver resolver = {fake_number, NULL};
    struct seccomp_policy *p;
    struct seccomp_table *t;
    struct err e;

    (void)state;
    err_init(&e);
    assert_non_null(args);
    for (uint32_t i = 0; i <= SECCOMP_MATCHES_MAX; i++)
        args[i] = (struct config_seccomp_arg){.op = "SCMP_CMP_EQ", .value = i};
    s.n_args = SECCOMP_MATCHES_MAX;
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), 0);
    assert_int_equal(seccomp_table_build(&arena, p, &resolver, &t, &e), 0);
    s.n_args++;
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), 0);
    assert_int_equal(seccomp_table_build(&arena, p, &resolver, &t, &e), -EINVAL);
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_non_null(strstr(e.message, "read"));
}

static void test_table__every_allocation_fails(void **state)
{
    struct seccomp_policy *p = policy_of(
        &arena,
        "{" ERRNO "," X86_ALL ",'syscalls':["
        "{'names':['socket'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_GE'}]},"
        "{'names':['socket'],'action':'SCMP_ACT_LOG','args':[{'index':0,'value':9,'op':'SCMP_CMP_EQ'}]},"
        "{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}");
    const struct seccomp_resolver resolver = {fake_number, NULL};
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        struct seccomp_table *t;
        struct arena a;
        struct err e;
        int rc;

        err_init(&e);
        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = seccomp_table_build(&a, p, &resolver, &t, &e);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        /* qsort asks for memory too, and does without */
        if (rc != 0)
            assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
    assert_in_range(n, 15, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cond_holds__operators_and_widths),
        cmocka_unit_test(test_cond_implies__is_exact),
        cmocka_unit_test(test_eval__allow_list),
        cmocka_unit_test(test_eval__unconditional_decides),
        cmocka_unit_test(test_eval__default_action_beside_a_condition),
        cmocka_unit_test(test_eval__alternatives_of_one_action),
        cmocka_unit_test(test_eval__an_argument_twice),
        cmocka_unit_test(test_eval__all_conditions_of_a_rule),
        cmocka_unit_test(test_eval__narrower_rules_come_first),
        cmocka_unit_test(test_eval__more_restrictive_rules_come_first),
        cmocka_unit_test(test_eval__two_names_of_one_number),
        cmocka_unit_test(test_eval__newer_numbers),
        cmocka_unit_test(test_eval__architectures),
        cmocka_unit_test(test_eval__32_bits_compare_low_words),
        cmocka_unit_test(test_eval__socketcall),
        cmocka_unit_test(test_eval__names_the_deciding_rule),
        cmocka_unit_test(test_table__docker_like),
        cmocka_unit_test(test_table__too_many_rules_of_a_number),
        cmocka_unit_test(test_table__every_allocation_fails),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
