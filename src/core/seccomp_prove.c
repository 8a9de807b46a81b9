/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seccomp_prove.h"

#include "core/bpf_interp.h"

#include <errno.h>

#define BEYOND_NAMED 64u    /* numbers tried behind the last that has a name */
#define WORDS_MAX    40u    /* high (or low) words that are combined freely with low (high) ones */
#define PRODUCT_MAX  16384u /* calls tried of one number when all combinations are */
#define DRAWS        8192u  /* calls tried of one number when a choice of combinations is */
#define DRAWS_LEAST  256u
#define CALLS_MAX    (1u << 18) /* together; then DRAWS_LEAST for each number that is left */

struct values {
    uint64_t *v;
    size_t n;
    size_t cap;
};

struct prover {
    struct arena *arena;
    const struct seccomp_table *t;
    const struct sock_filter *insns;
    size_t n;
    struct seccomp_own *wrong;
    struct seccomp_witness *witness;
    bool failed;
    bool stop; /* the first difference suffices */
    uint32_t calls;
    uint64_t random;
};

static uint64_t next_random(struct prover *p)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return p->random;
}

/* One call. `abi` and `index` say whose it is, for `wrong`; index UINT32_MAX: of no named number. */
static void try_call(struct prover *p, const struct seccomp_data *data, uint32_t abi, uint32_t index)
{
    const struct seccomp_match *match;
    uint32_t expected = seccomp_eval(p->t, data, &match);
    uint32_t got = 0;

    p->calls++;
    if (bpf_interp_run(p->insns, p->n, data, &got) == 0 && got == expected)
        return;
    if (!p->failed)
        *p->witness = (struct seccomp_witness){
            .data = *data,
            .expected = expected,
            .got = got,
            .abi = abi < p->t->n_abis ? &p->t->abis[abi] : NULL,
            .number = index != UINT32_MAX ? &p->t->abis[abi].numbers[index] : NULL,
            .match = match,
        };
    p->failed = true;
    if (index != UINT32_MAX && p->wrong)
        p->wrong->of[abi][index] = true;
    else
        p->stop = true;
}

static void set_args(struct seccomp_data *data, uint64_t value)
{
    for (size_t i = 0; i < SECCOMP_ARGS_MAX; i++)
        data->args[i] = value;
}

static void try_number(struct prover *p, uint32_t audit_arch, uint32_t nr, uint32_t abi, uint32_t index)
{
    struct seccomp_data data = {.nr = (int)nr, .arch = audit_arch};

    try_call(p, &data, abi, index);
    set_args(&data, UINT64_MAX);
    try_call(p, &data, abi, index);
}

/* ---- boundary values ---- */

static void values_add(struct values *s, uint64_t v)
{
    if (s->n < s->cap)
        s->v[s->n++] = v;
}

static int u64_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void values_unique(struct values *s)
{
    size_t n = 0;

    if (s->n)
        qsort(s->v, s->n, sizeof(*s->v), u64_compare);
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || s->v[n - 1] != s->v[i])
            s->v[n++] = s->v[i];
    s->n = n;
}

/* A word, its neighbours and the ends. */
static void add_word(struct values *s, uint32_t word)
{
    values_add(s, word);
    values_add(s, word - 1u);
    values_add(s, word + 1u);
    values_add(s, 0);
    values_add(s, UINT32_MAX);
}

static void add_product(struct values *out, const struct values *high, const struct values *low)
{
    for (size_t i = 0; i < high->n; i++)
        for (size_t k = 0; k < low->n; k++)
            values_add(out, high->v[i] << 32 | low->v[k]);
}

static void add_mask_values(struct values *out, const struct seccomp_cond *c)
{
    if (c->op != SECCOMP_OP_MASKED_EQ)
        return;
    values_add(out, c->value);
    values_add(out, c->value | ~c->mask);
    values_add(out, c->mask);
    values_add(out, ~c->mask);
    for (unsigned bit = 0; bit < 64; bit++) {
        values_add(out, c->value ^ UINT64_C(1) << bit);
        values_add(out, (c->value | ~c->mask) ^ UINT64_C(1) << bit);
    }
}

/* The values to try in one argument of a number: none when no rule looks at it. */
static int collect_values(struct prover *p, const struct seccomp_number *number, uint32_t index,
                          struct values *ret)
{
    uint64_t high_words[WORDS_MAX * 5], low_words[WORDS_MAX * 5];
    struct values high = {.v = high_words, .cap = ARRAY_SIZE(high_words)};
    struct values low = {.v = low_words, .cap = ARRAY_SIZE(low_words)};
    size_t n_conds = 0, n_masks = 0;
    bool together;

    for (uint32_t i = 0; i < number->n_matches; i++)
        for (uint32_t k = 0; k < number->matches[i].n_conds; k++)
            if (number->matches[i].conds[k].index == index) {
                n_conds++;
                n_masks += number->matches[i].conds[k].op == SECCOMP_OP_MASKED_EQ;
            }
    *ret = (struct values){0};
    if (n_conds == 0)
        return 0;
    together = n_conds <= WORDS_MAX;
    ret->cap = n_masks * 132 + (together ? n_conds * n_conds * 25 : n_conds * 25);
    ret->v = arena_new_array(p->arena, uint64_t, ret->cap);
    if (!ret->v)
        return -ENOMEM;
    for (uint32_t i = 0; i < number->n_matches; i++)
        for (uint32_t k = 0; k < number->matches[i].n_conds; k++) {
            const struct seccomp_cond *c = &number->matches[i].conds[k];

            if (c->index != index)
                continue;
            add_mask_values(ret, c);
            if (!together)
                high.n = low.n = 0;
            add_word(&high, (uint32_t)(c->value >> 32));
            add_word(&low, (uint32_t)c->value);
            if (!together)
                add_product(ret, &high, &low);
        }
    if (together) {
        values_unique(&high);
        values_unique(&low);
        add_product(ret, &high, &low);
    }
    values_unique(ret);
    return 0;
}

/* ---- combinations ---- */

static void try_product(struct prover *p, struct seccomp_data *data, const struct values *args, uint32_t abi,
                        uint32_t index)
{
    size_t at[SECCOMP_ARGS_MAX] = {0};

    while (!p->stop) {
        size_t i = 0;

        for (size_t k = 0; k < SECCOMP_ARGS_MAX; k++)
            if (args[k].n)
                data->args[k] = args[k].v[at[k]];
        try_call(p, data, abi, index);
        while (i < SECCOMP_ARGS_MAX && (args[i].n == 0 || ++at[i] == args[i].n))
            at[i++] = 0;
        if (i == SECCOMP_ARGS_MAX)
            return;
    }
}

static void satisfy(const struct seccomp_cond *c, uint32_t bits, struct seccomp_data *data)
{
    const uint64_t near[] = {c->value, c->value + 1, c->value - 1};

    for (size_t i = 0; i < ARRAY_SIZE(near); i++)
        if (seccomp_cond_holds(c, bits, near[i])) {
            data->args[c->index] = near[i];
            return;
        }
}

/* Most arguments as some rule wants them, the others as they come. */
static void try_draws(struct prover *p, struct seccomp_data *data, const struct values *args, uint32_t draws,
                      uint32_t abi, uint32_t index)
{
    const struct seccomp_number *number = &p->t->abis[abi].numbers[index];
    uint32_t bits = p->t->abis[abi].info->bits;

    for (uint32_t n = 0; n < draws && !p->stop; n++) {
        const struct seccomp_match *m = &number->matches[next_random(p) % number->n_matches];

        for (size_t k = 0; k < SECCOMP_ARGS_MAX; k++)
            if (args[k].n)
                data->args[k] = args[k].v[next_random(p) % args[k].n];
        for (uint32_t i = 0; i < m->n_conds; i++)
            if (next_random(p) % 4 != 0)
                satisfy(&m->conds[i], bits, data);
        try_call(p, data, abi, index);
    }
}

static int prove_number(struct prover *p, uint32_t abi, uint32_t index)
{
    const struct seccomp_abi *of = &p->t->abis[abi];
    const struct seccomp_number *number = &of->numbers[index];
    struct seccomp_data data = {.nr = (int)number->nr, .arch = of->info->audit_arch};
    struct values args[SECCOMP_ARGS_MAX];
    uint64_t product = 1;
    uint32_t draws = p->calls < CALLS_MAX ? DRAWS : DRAWS_LEAST;

    if (number->matches[0].n_conds == 0)
        return 0;
    for (uint32_t i = 0; i < SECCOMP_ARGS_MAX; i++) {
        int rc = collect_values(p, number, i, &args[i]);

        if (rc < 0)
            return rc;
        if (args[i].n && product <= PRODUCT_MAX)
            product *= args[i].n;
    }
    /* arguments that no rule looks at, and the high words that 32 bits do not see: all clear, then all set */
    for (unsigned round = 0; round < 2 && !p->stop; round++) {
        set_args(&data, round ? UINT64_MAX : 0);
        if (product <= PRODUCT_MAX && p->calls < CALLS_MAX)
            try_product(p, &data, args, abi, index);
        else
            try_draws(p, &data, args, draws, abi, index);
    }
    return 0;
}

/* ---- numbers ---- */

static int prove_abi(struct prover *p, uint32_t abi)
{
    const struct seccomp_abi *of = &p->t->abis[abi];
    uint32_t audit_arch = of->info->audit_arch;
    uint32_t nr = of->info->first_nr, index = 0;
    uint32_t end = (of->has_newest && of->newest > nr ? of->newest : nr) + BEYOND_NAMED;
    static const uint32_t far[] = {4096, 0x3ffffffe, 0x3fffffff};

    /* what no name can have given: numbers are below 4096 on every architecture here */
    if (end - nr > 4096u + BEYOND_NAMED)
        end = nr + 4096u + BEYOND_NAMED;
    for (; nr <= end && !p->stop; nr++) {
        while (index < of->n_numbers && of->numbers[index].nr < nr)
            index++;
        try_number(p, audit_arch, nr, abi,
                   index < of->n_numbers && of->numbers[index].nr == nr ? index : UINT32_MAX);
    }
    for (size_t i = 0; i < ARRAY_SIZE(far) && !p->stop; i++)
        try_number(p, audit_arch, of->info->first_nr + far[i], abi, UINT32_MAX);
    for (uint32_t i = 0; i < of->n_numbers && !p->stop; i++) {
        int rc;

        if (of->numbers[i].nr > end)
            try_number(p, audit_arch, of->numbers[i].nr, abi, i);
        rc = prove_number(p, abi, i);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Calls of no architecture of the policy, and numbers that are odd everywhere. */
static void prove_foreign(struct prover *p)
{
    static const uint32_t odd[] = {0,          1,          59,         322,        0x3fffffff,
                                   0x40000000, 0x40000001, 0x4000003b, 0x40000208, 0x7fffffff,
                                   0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};

    for (uint32_t arch = 0; arch < SECCOMP_ARCH_COUNT && !p->stop; arch++) {
        const struct seccomp_arch_info *info = seccomp_arch_info((enum seccomp_arch)arch);

        for (size_t i = 0; i < ARRAY_SIZE(odd) && !p->stop; i++) {
            const struct seccomp_abi *abi = seccomp_abi_of(p->t, info->audit_arch, odd[i]);
            const struct seccomp_number *number = abi ? seccomp_number_find(abi, odd[i]) : NULL;

            /* named numbers have been tried; of an architecture that is not exact nothing is known */
            if (!number && (!abi || abi->exact))
                try_number(p, info->audit_arch, odd[i], UINT32_MAX, UINT32_MAX);
        }
    }
    for (uint32_t i = 0; i < p->t->n_abis; i++)
        for (uint32_t k = 0; k < p->t->abis[i].n_numbers && !p->stop; k++)
            if (p->t->abis[i].arch == SECCOMP_ARCH_X86_64 &&
                !seccomp_abi_of(p->t, p->t->abis[i].info->audit_arch, SECCOMP_X32_BIT))
                try_number(p, p->t->abis[i].info->audit_arch, SECCOMP_X32_BIT | p->t->abis[i].numbers[k].nr,
                           UINT32_MAX, UINT32_MAX);
}

int seccomp_prove(struct arena *a, const struct seccomp_table *t, const struct sock_filter *insns, size_t n,
                  struct seccomp_own *wrong, struct seccomp_witness *ret)
{
    struct prover p = {.arena = a,
                       .t = t,
                       .insns = insns,
                       .n = n,
                       .wrong = wrong,
                       .witness = ret,
                       .random = UINT64_C(0x9e3779b97f4a7c15)};

    *ret = (struct seccomp_witness){0};
    if (bpf_interp_check(insns, n, NULL) < 0)
        return -EBADMSG;
    for (uint32_t i = 0; i < t->n_abis && !p.stop; i++)
        if (t->abis[i].exact) {
            int rc = prove_abi(&p, i);

            if (rc < 0)
                return rc;
        }
    prove_foreign(&p);
    return p.failed ? -EBADMSG : 0;
}
