/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bpf_interp.h"

#include <errno.h>
#include <stdbool.h>

#define MEM_ALL ((1u << BPF_MEMWORDS) - 1u)

/* Loads of the call's data: whole words inside struct seccomp_data. */
static bool is_data_offset(uint32_t k)
{
    return k % 4 == 0 && k < sizeof(struct seccomp_data);
}

/* Is this one instruction that seccomp knows, with operands in range? Jumps are checked by the caller. */
static bool is_known(const struct sock_filter *f)
{
    switch (f->code) {
    case BPF_LD | BPF_W | BPF_ABS: return is_data_offset(f->k);
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_ADD | BPF_K:
    case BPF_ALU | BPF_ADD | BPF_X:
    case BPF_ALU | BPF_SUB | BPF_K:
    case BPF_ALU | BPF_SUB | BPF_X:
    case BPF_ALU | BPF_MUL | BPF_K:
    case BPF_ALU | BPF_MUL | BPF_X:
    case BPF_ALU | BPF_DIV | BPF_X:
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_ALU | BPF_AND | BPF_X:
    case BPF_ALU | BPF_OR | BPF_K:
    case BPF_ALU | BPF_OR | BPF_X:
    case BPF_ALU | BPF_XOR | BPF_K:
    case BPF_ALU | BPF_XOR | BPF_X:
    case BPF_ALU | BPF_LSH | BPF_X:
    case BPF_ALU | BPF_RSH | BPF_X:
    case BPF_ALU | BPF_NEG:
    case BPF_JMP | BPF_JA:
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JEQ | BPF_X:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_X:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_X:
    case BPF_JMP | BPF_JSET | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_X: return true;
    case BPF_ALU | BPF_DIV | BPF_K: return f->k != 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K: return f->k < 32;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX: return f->k < BPF_MEMWORDS;
    default: return false;
    }
}

static bool jumps_inside(const struct sock_filter *f, size_t at, size_t n)
{
    size_t left = n - at - 1; /* instructions behind this one */

    if (BPF_CLASS(f->code) != BPF_JMP)
        return true;
    if (BPF_OP(f->code) == BPF_JA)
        return f->k < left;
    return f->jt < left && f->jf < left;
}

/*
 * No word of the scratch memory may be read before it was written on every path. written[i]: the words
 * written on all paths that jump to instruction i; falling through is carried along in `now`.
 */
static bool memory_is_written(const struct sock_filter *insns, size_t n, size_t *ret_at)
{
    uint32_t written[BPF_MAXINSNS];
    uint32_t now = 0;

    for (size_t i = 0; i < n; i++)
        written[i] = MEM_ALL;
    for (size_t i = 0; i < n; i++) {
        const struct sock_filter *f = &insns[i];

        now &= written[i];
        *ret_at = i;
        switch (f->code) {
        case BPF_ST:
        case BPF_STX: now |= 1u << f->k; break;
        case BPF_LD | BPF_MEM:
        case BPF_LDX | BPF_MEM:
            if (!(now & 1u << f->k))
                return false;
            break;
        case BPF_JMP | BPF_JA:
            written[i + 1 + f->k] &= now;
            now = MEM_ALL;
            break;
        case BPF_RET | BPF_K:
        case BPF_RET | BPF_A: now = MEM_ALL; break;
        default:
            if (BPF_CLASS(f->code) == BPF_JMP) {
                written[i + 1 + f->jt] &= now;
                written[i + 1 + f->jf] &= now;
                now = MEM_ALL;
            }
            break;
        }
    }
    return true;
}

int bpf_interp_check(const struct sock_filter *insns, size_t n, size_t *ret_at)
{
    size_t ignored;
    size_t *at = ret_at ? ret_at : &ignored;

    *at = n;
    if (n == 0 || n > BPF_MAXINSNS)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        if (!is_known(&insns[i]) || !jumps_inside(&insns[i], i, n)) {
            *at = i;
            return -EINVAL;
        }
    if (BPF_CLASS(insns[n - 1].code) != BPF_RET)
        return -EINVAL;
    return memory_is_written(insns, n, at) ? 0 : -EINVAL;
}

static uint32_t alu(uint16_t op, uint32_t a, uint32_t b, bool *ret_zero)
{
    switch (op) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV:
        /* a division by X = 0 ends the program with 0 */
        *ret_zero = b == 0;
        return b ? a / b : 0;
    case BPF_AND: return a & b;
    case BPF_OR: return a | b;
    case BPF_XOR: return a ^ b;
    /* the kernel masks the count of a shift by X */
    case BPF_LSH: return a << (b & 31);
    case BPF_RSH: return a >> (b & 31);
    default: return -a; /* BPF_NEG */
    }
}

static bool holds(uint16_t op, uint32_t a, uint32_t b)
{
    switch (op) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return (a & b) != 0; /* BPF_JSET */
    }
}

struct machine {
    uint32_t a;
    uint32_t x;
    uint32_t mem[BPF_MEMWORDS];
};

/* Everything but jumps, returns and the data load: those that a filter is made of are in bpf_interp_run
 * itself. */
static int step(struct machine *m, const struct sock_filter *f, bool *ret_zero)
{
    uint32_t operand = BPF_SRC(f->code) == BPF_X ? m->x : f->k;
    uint32_t value;

    if (!is_known(f))
        return -EINVAL;
    switch (BPF_CLASS(f->code)) {
    case BPF_LD:
    case BPF_LDX:
        value = BPF_MODE(f->code) == BPF_MEM   ? m->mem[f->k]
                : BPF_MODE(f->code) == BPF_LEN ? (uint32_t)sizeof(struct seccomp_data)
                                               : f->k;
        if (BPF_CLASS(f->code) == BPF_LD)
            m->a = value;
        else
            m->x = value;
        return 0;
    case BPF_ST: m->mem[f->k] = m->a; return 0;
    case BPF_STX: m->mem[f->k] = m->x; return 0;
    case BPF_MISC:
        if (BPF_MISCOP(f->code) == BPF_TAX)
            m->x = m->a;
        else
            m->a = m->x;
        return 0;
    default: /* BPF_ALU */ m->a = alu(BPF_OP(f->code), m->a, operand, ret_zero); return 0;
    }
}

int bpf_interp_run(const struct sock_filter *insns, size_t n, const struct seccomp_data *data, uint32_t *ret)
{
    struct machine m = {0};
    bool zero = false;

    for (size_t i = 0; i < n; i++) {
        const struct sock_filter *f = &insns[i];

        switch (f->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (!is_data_offset(f->k))
                return -EINVAL;
            memcpy(&m.a, (const char *)data + f->k, sizeof(m.a));
            break;
        case BPF_JMP | BPF_JEQ | BPF_K: i += m.a == f->k ? f->jt : f->jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: i += m.a >= f->k ? f->jt : f->jf; break;
        case BPF_JMP | BPF_JGT | BPF_K: i += m.a > f->k ? f->jt : f->jf; break;
        case BPF_JMP | BPF_JSET | BPF_K: i += m.a & f->k ? f->jt : f->jf; break;
        case BPF_JMP | BPF_JEQ | BPF_X:
        case BPF_JMP | BPF_JGE | BPF_X:
        case BPF_JMP | BPF_JGT | BPF_X:
        case BPF_JMP | BPF_JSET | BPF_X: i += holds(BPF_OP(f->code), m.a, m.x) ? f->jt : f->jf; break;
        case BPF_JMP | BPF_JA:
            if (f->k >= n - i)
                return -EINVAL;
            i += f->k;
            break;
        case BPF_RET | BPF_K: *ret = f->k; return 0;
        case BPF_RET | BPF_A: *ret = m.a; return 0;
        default:
            if (step(&m, f, &zero) < 0)
                return -EINVAL;
            if (zero) {
                *ret = 0;
                return 0;
            }
            break;
        }
    }
    return -EINVAL;
}
