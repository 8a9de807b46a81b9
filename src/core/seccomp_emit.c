/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code is built from chunks that are position-independent and are left at their end or by a return: so a
 * chunk can be moved when the jump across it turns out to need a long one.
 */
#include "core/seccomp_emit.h"

#include <errno.h>

#define JUMP_MAX 255u /* of a conditional jump */

/* Jumps within one match to a place that is not known yet: two for each condition at most. */
#define FIXUPS_MAX (SECCOMP_ARGS_MAX * 2u)

/* Numbers that are told apart one by one; more are halved first. */
#define LINEAR_MAX 3u

struct emitter {
    struct sock_filter *out;
    size_t cap;
    size_t n; /* goes on counting beyond cap, where nothing is written: checked at the end */
};

struct fixups {
    struct {
        size_t at;
        bool when_true;
    } v[FIXUPS_MAX];
    size_t n;
};

static size_t emit(struct emitter *e, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    if (e->n < e->cap)
        e->out[e->n] = (struct sock_filter){code, jt, jf, k};
    return e->n++;
}

static void emit_load(struct emitter *e, size_t offset)
{
    emit(e, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_ret(struct emitter *e, uint32_t value)
{
    emit(e, BPF_RET | BPF_K, value, 0, 0);
}

/* Make room for one instruction at `at` in front of a chunk that ends at e->n. */
static void make_room(struct emitter *e, size_t at)
{
    if (e->n < e->cap)
        memmove(&e->out[at + 1], &e->out[at], (e->n - at) * sizeof(*e->out));
    e->n++;
}

/*
 * The conditional jump at `at` shall go to e->n when its condition is `when_true`, and into the chunk behind
 * it otherwise. A long way needs an unconditional jump in between.
 */
static void jump_over(struct emitter *e, size_t at, bool when_true)
{
    size_t distance = e->n - (at + 1);
    struct sock_filter *f;

    if (distance > JUMP_MAX) {
        make_room(e, at + 1);
        if (e->n > e->cap)
            return;
        e->out[at + 1] = (struct sock_filter){BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance};
        f = &e->out[at];
        f->jt = when_true ? 0 : 1;
        f->jf = when_true ? 1 : 0;
        return;
    }
    if (e->n > e->cap)
        return;
    f = &e->out[at];
    f->jt = when_true ? (uint8_t)distance : 0;
    f->jf = when_true ? 0 : (uint8_t)distance;
}

/* ---- one match ---- */

static void emit_fixup(struct emitter *e, struct fixups *fix, uint16_t code, uint32_t k, bool when_true)
{
    fix->v[fix->n].at = emit(e, code, k, 0, 0);
    fix->v[fix->n].when_true = when_true;
    fix->n++;
}

static size_t word_offset(uint32_t index, bool high)
{
    bool second = high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

    return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) + (second ? sizeof(uint32_t) : 0);
}

/* The comparison of low words; it decides. jt/jf 0 means: go on to what follows, the next condition. */
static void emit_low(struct emitter *e, const struct seccomp_cond *c, struct fixups *fix)
{
    uint32_t low = (uint32_t)c->value;

    emit_load(e, word_offset(c->index, false));
    switch (c->op) {
    case SECCOMP_OP_EQ: emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, low, false); break;
    case SECCOMP_OP_NE: emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, low, true); break;
    case SECCOMP_OP_GT: emit_fixup(e, fix, BPF_JMP | BPF_JGT | BPF_K, low, false); break;
    case SECCOMP_OP_GE: emit_fixup(e, fix, BPF_JMP | BPF_JGE | BPF_K, low, false); break;
    case SECCOMP_OP_LT: emit_fixup(e, fix, BPF_JMP | BPF_JGE | BPF_K, low, true); break;
    case SECCOMP_OP_LE: emit_fixup(e, fix, BPF_JMP | BPF_JGT | BPF_K, low, true); break;
    case SECCOMP_OP_MASKED_EQ:
    case SECCOMP_OP_COUNT:
        emit(e, BPF_ALU | BPF_AND | BPF_K, (uint32_t)c->mask, 0, 0);
        emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, low, false);
        break;
    }
}

/* The comparison of high words: it decides unless they are equal. The low one behind it has two instructions.
 */
static void emit_high(struct emitter *e, const struct seccomp_cond *c, struct fixups *fix)
{
    uint32_t high = (uint32_t)(c->value >> 32);

    emit_load(e, word_offset(c->index, true));
    switch (c->op) {
    case SECCOMP_OP_EQ: emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, high, false); break;
    case SECCOMP_OP_NE: emit(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2); break;
    case SECCOMP_OP_GT:
    case SECCOMP_OP_GE:
        emit(e, BPF_JMP | BPF_JGT | BPF_K, high, 3, 0);
        emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, high, false);
        break;
    case SECCOMP_OP_LT:
    case SECCOMP_OP_LE:
        emit_fixup(e, fix, BPF_JMP | BPF_JGT | BPF_K, high, true);
        emit(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
        break;
    case SECCOMP_OP_MASKED_EQ:
    case SECCOMP_OP_COUNT:
        emit(e, BPF_ALU | BPF_AND | BPF_K, (uint32_t)(c->mask >> 32), 0, 0);
        emit_fixup(e, fix, BPF_JMP | BPF_JEQ | BPF_K, high, false);
        break;
    }
}

static void emit_match(struct emitter *e, const struct seccomp_match *m, uint32_t bits)
{
    struct fixups fix = {.n = 0};

    for (uint32_t i = 0; i < m->n_conds; i++) {
        const struct seccomp_cond *c = &m->conds[i];

        if (bits == 64 && c->mask >> 32 != 0)
            emit_high(e, c, &fix);
        if ((uint32_t)c->mask != 0)
            emit_low(e, c, &fix);
    }
    emit_ret(e, m->action);
    if (e->n > e->cap)
        return;
    /* six conditions are at most 36 instructions: always near */
    for (size_t i = 0; i < fix.n; i++) {
        struct sock_filter *f = &e->out[fix.v[i].at];
        uint8_t distance = (uint8_t)(e->n - (fix.v[i].at + 1));

        if (fix.v[i].when_true)
            f->jt = distance;
        else
            f->jf = distance;
    }
}

/* ---- numbers ---- */

/* Falls through when the number, in the accumulator, is none of them. */
static void emit_numbers(struct emitter *e, const struct seccomp_number *const *v, size_t n, uint32_t bits,
                         uint32_t default_action)
{
    if (n > LINEAR_MAX) {
        size_t half = n / 2;
        size_t at = emit(e, BPF_JMP | BPF_JGE | BPF_K, v[half]->nr, 0, 0);
        size_t right;

        emit_numbers(e, v, half, bits, default_action);
        emit(e, BPF_JMP | BPF_JA, 0, 0, 0);
        jump_over(e, at, true);
        right = e->n;
        emit_numbers(e, v + half, n - half, bits, default_action);
        if (e->n <= e->cap)
            e->out[right - 1].k = (uint32_t)(e->n - right);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = emit(e, BPF_JMP | BPF_JEQ | BPF_K, v[i]->nr, 0, 0);

        for (uint32_t k = 0; k < v[i]->n_matches; k++)
            emit_match(e, &v[i]->matches[k], bits);
        if (v[i]->matches[v[i]->n_matches - 1].n_conds != 0)
            emit_ret(e, default_action);
        jump_over(e, at, false);
    }
}

/* The numbers of one architecture, in the accumulator. */
static void emit_abi(struct emitter *e, const struct seccomp_table *t, const struct seccomp_abi *abi,
                     const bool *own, const struct seccomp_number **scratch)
{
    size_t n = 0;

    if (t->policy->enosys && abi->has_newest) {
        emit(e, BPF_JMP | BPF_JGT | BPF_K, abi->newest, 0, 1);
        emit_ret(e, SECCOMP_RETURN_ERRNO | ENOSYS);
    }
    for (uint32_t i = 0; own && i < abi->n_numbers; i++)
        if (own[i])
            scratch[n++] = &abi->numbers[i];
    emit_numbers(e, scratch, n, abi->info->bits, t->policy->default_action);
}

static const struct seccomp_abi *abi_find(const struct seccomp_table *t, enum seccomp_arch arch,
                                          uint32_t *ret_index)
{
    for (uint32_t i = 0; i < t->n_abis; i++)
        if (t->abis[i].arch == arch) {
            *ret_index = i;
            return &t->abis[i];
        }
    return NULL;
}

/* Both kinds of number that come with AUDIT_ARCH_X86_64. */
static void emit_x86_64(struct emitter *e, const struct seccomp_table *t, const struct seccomp_own *own,
                        const struct seccomp_number **scratch)
{
    uint32_t native_index = 0, x32_index = 0;
    const struct seccomp_abi *native = abi_find(t, SECCOMP_ARCH_X86_64, &native_index);
    const struct seccomp_abi *x32 = abi_find(t, SECCOMP_ARCH_X32, &x32_index);
    const struct seccomp_abi *minus_one = native ? native : x32;
    size_t at, right;

    if (minus_one && t->policy->enosys && minus_one->has_newest) {
        emit(e, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1);
        emit_ret(e, SECCOMP_RETURN_ERRNO | ENOSYS);
    } else if (t->policy->enosys) {
        /* without numbers of its own -1 has the default action, whatever x32's newest is */
        emit(e, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1);
        emit_ret(e, t->policy->default_action);
    }
    at = emit(e, BPF_JMP | BPF_JGE | BPF_K, SECCOMP_X32_BIT, 0, 0);
    if (native)
        emit_abi(e, t, native, own->of[native_index], scratch);
    emit(e, BPF_JMP | BPF_JA, 0, 0, 0);
    jump_over(e, at, true);
    right = e->n;
    if (x32)
        emit_abi(e, t, x32, own->of[x32_index], scratch);
    if (e->n <= e->cap)
        e->out[right - 1].k = (uint32_t)(e->n - right);
}

static bool abi_needs_code(const struct seccomp_table *t, uint32_t index, const struct seccomp_own *own)
{
    const struct seccomp_abi *abi = &t->abis[index];

    if (t->policy->enosys && abi->has_newest)
        return true;
    for (uint32_t i = 0; own->of[index] && i < abi->n_numbers; i++)
        if (own->of[index][i])
            return true;
    return false;
}

int seccomp_emit(struct arena *a, const struct seccomp_table *t, const struct seccomp_own *own,
                 struct sock_filter *out, size_t cap, size_t *ret_n)
{
    struct emitter e = {.out = out, .cap = cap};
    const struct seccomp_number **scratch;
    uint32_t most = 0;
    bool x86_64_done = false;

    for (uint32_t i = 0; i < t->n_abis; i++)
        if (t->abis[i].n_numbers > most)
            most = t->abis[i].n_numbers;
    scratch = arena_new_array(a, const struct seccomp_number *, most);
    if (!scratch)
        return -ENOMEM;
    for (uint32_t i = 0; i < t->n_abis; i++) {
        const struct seccomp_abi *abi = &t->abis[i];
        bool is_x86_64 = abi->arch == SECCOMP_ARCH_X86_64 || abi->arch == SECCOMP_ARCH_X32;
        size_t at;

        if (!abi_needs_code(t, i, own) || (is_x86_64 && x86_64_done))
            continue;
        emit_load(&e, offsetof(struct seccomp_data, arch));
        at = emit(&e, BPF_JMP | BPF_JEQ | BPF_K, abi->info->audit_arch, 0, 0);
        emit_load(&e, offsetof(struct seccomp_data, nr));
        if (is_x86_64)
            emit_x86_64(&e, t, own, scratch);
        else
            emit_abi(&e, t, abi, own->of[i], scratch);
        jump_over(&e, at, false);
        x86_64_done |= is_x86_64;
    }
    if (e.n > cap)
        return -EMSGSIZE;
    *ret_n = e.n;
    return 0;
}

static bool shares_audit_arch(const struct seccomp_table *t, uint32_t index)
{
    for (uint32_t i = 0; i < t->n_abis; i++)
        if (i != index && t->abis[i].info->audit_arch == t->abis[index].info->audit_arch)
            return true;
    return false;
}

int seccomp_emit_dispatch(const struct seccomp_table *t, const size_t *lengths, struct sock_filter *out,
                          size_t cap, size_t *ret_n)
{
    struct emitter e = {.out = out, .cap = cap};
    size_t jumps[SECCOMP_ARCH_COUNT] = {0};
    size_t start;

    for (uint32_t i = 1; i < t->n_abis; i++) {
        const struct seccomp_abi *abi = &t->abis[i];

        emit_load(&e, offsetof(struct seccomp_data, arch));
        if (shares_audit_arch(t, i)) {
            /* x86-64 and x32: the number tells. -1 has the default action in both filters */
            emit(&e, BPF_JMP | BPF_JEQ | BPF_K, abi->info->audit_arch, 0, 3);
            emit_load(&e, offsetof(struct seccomp_data, nr));
            if (abi->arch == SECCOMP_ARCH_X32)
                emit(&e, BPF_JMP | BPF_JGE | BPF_K, SECCOMP_X32_BIT, 0, 1);
            else
                emit(&e, BPF_JMP | BPF_JGE | BPF_K, SECCOMP_X32_BIT, 1, 0);
        } else {
            emit(&e, BPF_JMP | BPF_JEQ | BPF_K, abi->info->audit_arch, 0, 1);
        }
        jumps[i] = emit(&e, BPF_JMP | BPF_JA, 0, 0, 0);
    }
    if (e.n > cap)
        return -EMSGSIZE;
    start = e.n;
    for (uint32_t i = 0; i < t->n_abis; i++) {
        if (i > 0)
            out[jumps[i]].k = (uint32_t)(start - (jumps[i] + 1));
        start += lengths[i];
    }
    *ret_n = e.n;
    return 0;
}
