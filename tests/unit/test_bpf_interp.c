/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/bpf_interp.h"

#include <cmocka.h>
#include <errno.h>

#define RET(k)    BPF_STMT(BPF_RET | BPF_K, k)
#define LOAD(off) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, off)
#define INSNS_MAX 8

static const struct seccomp_data data = {
    .nr = 59,
    .arch = 0xc000003e,
    .instruction_pointer = 0x1122334455667788,
    .args = {1, 0xffffffff00000002, 3, 4, 5, 0x123456789abcdef0},
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW  0u
#define HIGH 4u
#else
#define LOW  4u
#define HIGH 0u
#endif
#define ARG(n, word) (16u + 8u * (n) + (word))

static void test_run__every_instruction(void **state)
{
    static const struct {
        const char *what;
        size_t n;
        uint32_t expected;
        struct sock_filter insns[INSNS_MAX];
    } cases[] = {
        {"ret k", 1, 7, {RET(7)}},
        {"ret a", 2, 9, {BPF_STMT(BPF_LD | BPF_IMM, 9), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"a starts as 0", 1, 0, {BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld nr", 2, 59, {LOAD(0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld arch", 2, 0xc000003e, {LOAD(4), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld arg low", 2, 2, {LOAD(ARG(1, LOW)), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld arg high", 2, 0xffffffff, {LOAD(ARG(1, HIGH)), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld last word", 2, HIGH ? 0x12345678 : 0x9abcdef0, {LOAD(60), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ld len", 2, 64, {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ldx imm, txa",
         3,
         5,
         {BPF_STMT(BPF_LDX | BPF_IMM, 5), BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ldx len",
         3,
         64,
         {BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"tax",
         5,
         6,
         {BPF_STMT(BPF_LD | BPF_IMM, 6), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
          BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"st, ld mem",
         5,
         8,
         {BPF_STMT(BPF_LD | BPF_IMM, 8), BPF_STMT(BPF_ST, 15), BPF_STMT(BPF_LD | BPF_IMM, 1),
          BPF_STMT(BPF_LD | BPF_MEM, 15), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"stx, ldx mem",
         6,
         8,
         {BPF_STMT(BPF_LDX | BPF_IMM, 8), BPF_STMT(BPF_STX, 0), BPF_STMT(BPF_LDX | BPF_IMM, 1),
          BPF_STMT(BPF_LDX | BPF_MEM, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"add",
         3,
         1,
         {BPF_STMT(BPF_LD | BPF_IMM, 0xffffffff), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 2),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"sub",
         3,
         0xffffffff,
         {BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 2),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"mul",
         3,
         0xfffffffe,
         {BPF_STMT(BPF_LD | BPF_IMM, 0xffffffff), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 2),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"div is unsigned",
         3,
         0x7fffffff,
         {BPF_STMT(BPF_LD | BPF_IMM, 0xffffffff), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 2),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"div by x = 0 returns 0",
         3,
         0,
         {BPF_STMT(BPF_LD | BPF_IMM, 3), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), RET(1)}},
        {"and",
         3,
         0xf0,
         {BPF_STMT(BPF_LD | BPF_IMM, 0xff), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"or",
         3,
         0xff,
         {BPF_STMT(BPF_LD | BPF_IMM, 0x0f), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 0xf0),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"xor",
         3,
         0x0f,
         {BPF_STMT(BPF_LD | BPF_IMM, 0xff), BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 0xf0),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"lsh",
         3,
         0x80000000,
         {BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 31),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"rsh is logical",
         3,
         1,
         {BPF_STMT(BPF_LD | BPF_IMM, 0x80000000), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 31),
          BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"lsh by x = 33",
         4,
         2,
         {BPF_STMT(BPF_LDX | BPF_IMM, 33), BPF_STMT(BPF_LD | BPF_IMM, 1),
          BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"neg",
         3,
         0xffffffff,
         {BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_RET | BPF_A, 0)}},
        {"ja", 3, 2, {BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1), RET(2)}},
        {"jeq true", 4, 1, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 59, 0, 1), RET(1), RET(2)}},
        {"jeq false", 4, 2, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 1), RET(1), RET(2)}},
        {"jgt is strict", 4, 2, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 59, 0, 1), RET(1), RET(2)}},
        {"jgt is unsigned",
         4,
         1,
         {LOAD(ARG(1, HIGH)), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 0, 1), RET(1), RET(2)}},
        {"jge", 4, 1, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 59, 0, 1), RET(1), RET(2)}},
        {"jset true", 4, 1, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1), RET(1), RET(2)}},
        {"jset false", 4, 2, {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 4, 0, 1), RET(1), RET(2)}},
        {"jeq x",
         5,
         1,
         {LOAD(0), BPF_STMT(BPF_LDX | BPF_IMM, 59), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1), RET(1),
          RET(2)}},
        {"jgt x",
         5,
         2,
         {LOAD(0), BPF_STMT(BPF_LDX | BPF_IMM, 59), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1), RET(1),
          RET(2)}},
        {"jge x",
         5,
         1,
         {LOAD(0), BPF_STMT(BPF_LDX | BPF_IMM, 59), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_X, 0, 0, 1), RET(1),
          RET(2)}},
        {"jset x",
         5,
         2,
         {LOAD(0), BPF_STMT(BPF_LDX | BPF_IMM, 4), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 1), RET(1),
          RET(2)}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t got = ~cases[i].expected;

        if (bpf_interp_check(cases[i].insns, cases[i].n, NULL) != 0)
            fail_msg("%s: refused", cases[i].what);
        if (bpf_interp_run(cases[i].insns, cases[i].n, &data, &got) != 0 || got != cases[i].expected)
            fail_msg("%s: 0x%x, not 0x%x", cases[i].what, got, cases[i].expected);
    }
}

static void test_check__refused(void **state)
{
    static const struct {
        const char *what;
        size_t n;
        size_t at;
        struct sock_filter insns[INSNS_MAX];
    } cases[] = {
        {"empty", 0, 0, {RET(0)}},
        {"no return at the end", 1, 1, {LOAD(0)}},
        {"unaligned load", 2, 0, {LOAD(1), RET(0)}},
        {"load behind the data", 2, 0, {LOAD(64), RET(0)}},
        {"load of a half word", 2, 0, {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(0)}},
        {"indirect load", 2, 0, {BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET(0)}},
        {"msh", 2, 0, {BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), RET(0)}},
        {"mod", 2, 0, {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 1), RET(0)}},
        {"ret x", 1, 0, {BPF_STMT(BPF_RET | BPF_X, 0)}},
        {"division by 0", 2, 0, {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0)}},
        {"shift by 32", 2, 0, {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(0)}},
        {"ja behind the end", 2, 0, {BPF_STMT(BPF_JMP | BPF_JA, 1), RET(0)}},
        {"ja round the address space", 2, 0, {BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), RET(0)}},
        {"jt behind the end", 2, 0, {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(0)}},
        {"jf behind the end", 2, 0, {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RET(0)}},
        {"memory word 16", 2, 0, {BPF_STMT(BPF_ST, 16), RET(0)}},
        {"memory read before it is written", 2, 0, {BPF_STMT(BPF_LD | BPF_MEM, 0), RET(0)}},
        {"written on one way only",
         4,
         2,
         {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_MEM, 3),
          RET(0)}},
        {"another word written", 3, 1, {BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LDX | BPF_MEM, 4), RET(0)}},
        {"unknown code", 2, 1, {LOAD(0), {0xffff, 0, 0, 0}}},
    };
    size_t at = 99;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (bpf_interp_check(cases[i].insns, cases[i].n, &at) != -EINVAL || at != cases[i].at)
            fail_msg("%s: not refused at %zu but %zu", cases[i].what, cases[i].at, at);
}

static void test_check__memory_on_both_ways(void **state)
{
    static const struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 2),
        BPF_STMT(BPF_ST, 2),           BPF_STMT(BPF_JMP | BPF_JA, 1),
        BPF_STMT(BPF_STX, 2),          BPF_STMT(BPF_LD | BPF_MEM, 2),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    uint32_t got = 0;

    (void)state;
    assert_int_equal(bpf_interp_check(insns, ARRAY_SIZE(insns), NULL), 0);
    assert_int_equal(bpf_interp_run(insns, ARRAY_SIZE(insns), &data, &got), 0);
    assert_int_equal(got, 1);
}

static void test_check__length(void **state)
{
    static struct sock_filter insns[BPF_MAXINSNS + 1];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(insns); i++)
        insns[i] = (struct sock_filter)RET(1);
    assert_int_equal(bpf_interp_check(insns, BPF_MAXINSNS, NULL), 0);
    assert_int_equal(bpf_interp_check(insns, BPF_MAXINSNS + 1, NULL), -EINVAL);
}

/* What was not checked must not get out of bounds either. */
static void test_run__wrong_programs(void **state)
{
    static const struct {
        size_t n;
        struct sock_filter insns[3];
    } cases[] = {
        {0, {RET(0)}},
        {1, {LOAD(0)}},
        {2, {LOAD(64), RET(0)}},
        {2, {LOAD(2), RET(0)}},
        {2, {BPF_STMT(BPF_JMP | BPF_JA, 7), RET(0)}},
        {2, {BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), RET(0)}},
        {2, {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 0), RET(0)}},
        {2, {BPF_STMT(BPF_ST, 16), RET(0)}},
        {2, {BPF_STMT(BPF_LD | BPF_MEM, 0x80000000), RET(0)}},
        {2, {{0xffff, 0, 0, 0}, RET(0)}},
    };
    uint32_t got;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(bpf_interp_run(cases[i].insns, cases[i].n, &data, &got), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__every_instruction),     cmocka_unit_test(test_check__refused),
        cmocka_unit_test(test_check__memory_on_both_ways), cmocka_unit_test(test_check__length),
        cmocka_unit_test(test_run__wrong_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
