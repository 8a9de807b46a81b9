/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include "core/devices_bpf.h"

#include <errno.h>

STATIC_ASSERT((int)DEVICE_MKNOD == BPF_DEVCG_ACC_MKNOD && (int)DEVICE_READ == BPF_DEVCG_ACC_READ &&
                  (int)DEVICE_WRITE == BPF_DEVCG_ACC_WRITE,
              "access bits are those of the kernel");
STATIC_ASSERT((int)DEVICE_BLOCK == BPF_DEVCG_DEV_BLOCK && (int)DEVICE_CHAR == BPF_DEVCG_DEV_CHAR,
              "types are those of the kernel");

/* What the registers hold after the head of the program. */
#define R_RESULT BPF_REG_0
#define R_CTX    BPF_REG_1
#define R_TYPE   BPF_REG_2
#define R_ACCESS BPF_REG_3 /* bits that no rule has decided yet */
#define R_MAJOR  BPF_REG_4
#define R_MINOR  BPF_REG_5

#define HEAD_INSNS     9
#define RULE_INSNS_MAX 7
#define TAIL_INSNS     2

struct program {
    struct bpf_insn *v;
    size_t n;
};

static size_t emit(struct program *p, uint8_t code, unsigned dst, unsigned src, int16_t off, int32_t imm)
{
    struct bpf_insn *i = &p->v[p->n];

    i->code = code;
    i->dst_reg = dst & 15u;
    i->src_reg = src & 15u;
    i->off = off;
    i->imm = imm;
    return p->n++;
}

static void emit_load(struct program *p, unsigned dst, size_t offset)
{
    (void)emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, R_CTX, (int16_t)offset, 0);
}

static void emit_alu(struct program *p, uint8_t op, unsigned dst, int32_t imm)
{
    (void)emit(p, (uint8_t)(BPF_ALU64 | BPF_K | op), dst, 0, 0, imm);
}

static void emit_return(struct program *p, bool granted)
{
    emit_alu(p, BPF_MOV, R_RESULT, granted);
    (void)emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A jump whose target is set by land(). */
static size_t emit_jump(struct program *p, uint8_t op, unsigned dst, int32_t imm)
{
    return emit(p, (uint8_t)(BPF_JMP | BPF_K | op), dst, 0, 0, imm);
}

/* Let the jump at `at` go to the next instruction to be emitted. */
static void land(struct program *p, size_t at)
{
    p->v[at].off = (int16_t)(p->n - at - 1);
}

static void emit_head(struct program *p)
{
    size_t some;

    /* access_type is (access << 16) | type */
    emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    (void)emit(p, BPF_ALU64 | BPF_X | BPF_MOV, R_ACCESS, R_TYPE, 0, 0);
    emit_alu(p, BPF_AND, R_TYPE, 0xffff);
    emit_alu(p, BPF_RSH, R_ACCESS, 16);
    emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
    /* access(2) with F_OK asks for nothing */
    some = emit_jump(p, BPF_JNE, R_ACCESS, 0);
    emit_return(p, true);
    land(p, some);
}

static void emit_rule(struct program *p, const struct device_rule *r)
{
    size_t miss[4];
    size_t n = 0;

    if (r->types != DEVICE_TYPE_ALL)
        miss[n++] = emit_jump(p, BPF_JNE, R_TYPE, r->types);
    if (!r->any_major)
        miss[n++] = emit_jump(p, BPF_JNE, R_MAJOR, (int32_t)r->major);
    if (!r->any_minor)
        miss[n++] = emit_jump(p, BPF_JNE, R_MINOR, (int32_t)r->minor);
    if (r->allow) {
        emit_alu(p, BPF_AND, R_ACCESS, ~(int32_t)r->access);
        miss[n++] = emit_jump(p, BPF_JNE, R_ACCESS, 0);
    } else {
        /* jump over the jump: "not any of these bits" is no comparison of its own */
        size_t hit = emit_jump(p, BPF_JSET, R_ACCESS, r->access);

        miss[n++] = emit_jump(p, BPF_JA, 0, 0);
        land(p, hit);
    }
    emit_return(p, r->allow);
    for (size_t i = 0; i < n; i++)
        land(p, miss[i]);
}

int devices_bpf_build(struct arena *a, const struct device_rules *r, struct bpf_insn **ret, size_t *ret_n,
                      struct err *reterr)
{
    struct program p = {0};
    size_t most;

    if (__builtin_mul_overflow(r->n, (size_t)RULE_INSNS_MAX, &most) ||
        __builtin_add_overflow(most, (size_t)(HEAD_INSNS + TAIL_INSNS), &most))
        return err_nomem(reterr);
    p.v = arena_new_array(a, struct bpf_insn, most);
    if (!p.v)
        return err_nomem(reterr);
    emit_head(&p);
    for (size_t i = r->n; i > 0; i--)
        emit_rule(&p, &r->v[i - 1]);
    emit_return(&p, r->default_allow);
    if (p.n > DEVICES_BPF_MAX_INSNS)
        return err_config(reterr, "/linux/resources/devices",
                          "%zu device rules need a program of %zu instructions, the kernel takes %u", r->n,
                          p.n, DEVICES_BPF_MAX_INSNS);
    *ret = p.v;
    *ret_n = p.n;
    return 0;
}
