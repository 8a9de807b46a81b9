/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel would make of our translations of device rules, for tests and fuzzing:
 *   ebpf_run()      runs a device program on one request (the instructions of include/uapi/linux/bpf.h that
 * such a program may need), refusing what the verifier refuses: jumps out of the program or backwards,
 *                   instructions that are never reached, registers that were never written
 *   v1_apply() and v1_check()  a cgroup v1 devices cgroup (security/device_cgroup.c): default and exceptions
 * Include <linux/bpf.h> before anything else.
 */
#pragma once

#include "core/devices.h"

#define EBPF_BAD (-1)

/* Every instruction is reached from the first, and no path runs off the end. */
static inline bool ebpf_is_sound(const struct bpf_insn *v, size_t n)
{
    bool reached[8192] = {true};

    if (n == 0 || n > ARRAY_SIZE(reached))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool jumps = BPF_CLASS(v[i].code) == BPF_JMP && BPF_OP(v[i].code) != BPF_EXIT;
        bool falls = !(BPF_CLASS(v[i].code) == BPF_JMP &&
                       (BPF_OP(v[i].code) == BPF_EXIT || BPF_OP(v[i].code) == BPF_JA));

        if (!reached[i])
            return false;
        if (jumps) {
            if (v[i].off < 0 || i + 1 + (size_t)v[i].off >= n)
                return false;
            reached[i + 1 + (size_t)v[i].off] = true;
        }
        if (falls) {
            if (i + 1 >= n)
                return false;
            reached[i + 1] = true;
        }
    }
    return true;
}

static inline int ebpf_run(const struct bpf_insn *v, size_t n, enum device_type type, uint32_t major,
                           uint32_t minor, uint32_t access)
{
    const struct bpf_cgroup_dev_ctx ctx = {
        .access_type = access << 16 | type, .major = major, .minor = minor};
    uint64_t r[11] = {0};
    unsigned written = 1u << BPF_REG_1;

    for (size_t pc = 0; pc < n; pc++) {
        const struct bpf_insn *i = &v[pc];
        uint64_t imm = (uint64_t)(int64_t)i->imm; /* sign extended */
        unsigned needs = 0;

        if (i->dst_reg > 9 || i->src_reg > 9)
            return EBPF_BAD;
        switch (i->code) {
        case BPF_LDX | BPF_MEM | BPF_W:
            if (i->src_reg != BPF_REG_1 || i->off < 0 || i->off % 4 || (size_t)i->off + 4 > sizeof(ctx))
                return EBPF_BAD;
            uint32_t word;
            memcpy(&word, (const char *)&ctx + i->off, 4);
            r[i->dst_reg] = word;
            written |= 1u << i->dst_reg;
            continue;
        case BPF_ALU64 | BPF_MOV | BPF_K:
            r[i->dst_reg] = imm;
            written |= 1u << i->dst_reg;
            continue;
        case BPF_ALU64 | BPF_MOV | BPF_X:
            needs = 1u << i->src_reg;
            r[i->dst_reg] = r[i->src_reg];
            written |= 1u << i->dst_reg;
            break;
        case BPF_ALU64 | BPF_AND | BPF_K:
            needs = 1u << i->dst_reg;
            r[i->dst_reg] &= imm;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            needs = 1u << i->dst_reg;
            r[i->dst_reg] >>= imm;
            break;
        case BPF_JMP | BPF_JA: pc += (size_t)i->off; break;
        case BPF_JMP | BPF_JNE | BPF_K:
            needs = 1u << i->dst_reg;
            if (r[i->dst_reg] != imm)
                pc += (size_t)i->off;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            needs = 1u << i->dst_reg;
            if (r[i->dst_reg] & imm)
                pc += (size_t)i->off;
            break;
        case BPF_JMP | BPF_EXIT:
            /* any other value than these two means something else to newer kernels */
            return (written & 1u) && r[0] <= 1 ? (int)r[0] : EBPF_BAD;
        default: return EBPF_BAD;
        }
        if ((written & needs) != needs)
            return EBPF_BAD;
    }
    return EBPF_BAD;
}

/* ---- v1 ---- */

struct v1_exception {
    char type;
    bool any_major, any_minor;
    uint32_t major, minor;
    uint32_t access;
};

struct v1_cgroup {
    bool allow;
    struct v1_exception v[8192];
    size_t n;
};

static inline bool v1_number(const char **p, bool *any, uint32_t *ret)
{
    uint64_t v = 0;

    *any = **p == '*';
    *ret = 0;
    if (*any) {
        (*p)++;
        return true;
    }
    if (**p < '0' || **p > '9')
        return false;
    while (**p >= '0' && **p <= '9' && v <= UINT32_MAX)
        v = v * 10 + (uint64_t)(*(*p)++ - '0');
    *ret = (uint32_t)v;
    return v <= UINT32_MAX;
}

static inline bool v1_parse(const char *p, struct v1_exception *e)
{
    *e = (struct v1_exception){.type = *p};
    if (*p != 'b' && *p != 'c')
        return false;
    if (*++p != ' ')
        return false;
    p++;
    if (!v1_number(&p, &e->any_major, &e->major) || *p++ != ':' || !v1_number(&p, &e->any_minor, &e->minor) ||
        *p++ != ' ')
        return false;
    for (; *p; p++) {
        if (*p != 'r' && *p != 'w' && *p != 'm')
            return false;
        e->access |= *p == 'r' ? DEVICE_READ : *p == 'w' ? DEVICE_WRITE : DEVICE_MKNOD;
    }
    return e->access != 0;
}

/* One line written to devices.allow or devices.deny; false: EINVAL. */
static inline bool v1_apply(struct v1_cgroup *c, bool allow, const char *line)
{
    struct v1_exception e;

    if (strcmp(line, "a") == 0) {
        c->allow = allow;
        c->n = 0;
        return true;
    }
    if (!v1_parse(line, &e))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        struct v1_exception *x = &c->v[i];

        if (x->type != e.type || x->any_major != e.any_major || x->any_minor != e.any_minor ||
            x->major != e.major || x->minor != e.minor)
            continue;
        if (allow != c->allow)
            x->access |= e.access;
        else
            x->access &= ~e.access;
        return true;
    }
    if (allow != c->allow && c->n < ARRAY_SIZE(c->v))
        c->v[c->n++] = e;
    return true;
}

static inline bool v1_check(const struct v1_cgroup *c, enum device_type type, uint32_t major, uint32_t minor,
                            uint32_t access)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct v1_exception *x = &c->v[i];

        if (x->type != (type == DEVICE_BLOCK ? 'b' : 'c') || (!x->any_major && x->major != major) ||
            (!x->any_minor && x->minor != minor))
            continue;
        /* default allow: a part that is denied denies all; default deny: one exception must have all of it */
        if (c->allow ? (access & x->access) != 0 : (access & ~x->access) == 0)
            return !c->allow;
    }
    return c->allow;
}
