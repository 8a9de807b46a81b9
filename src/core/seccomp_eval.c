/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seccomp_eval.h"

#include "base/str.h"

#include <errno.h>

/* ---- conditions ---- */

static uint64_t width_max(uint32_t bits)
{
    return bits == 32 ? UINT32_MAX : UINT64_MAX;
}

bool seccomp_cond_holds(const struct seccomp_cond *c, uint32_t bits, uint64_t argument)
{
    argument &= width_max(bits);
    switch (c->op) {
    case SECCOMP_OP_NE: return argument != c->value;
    case SECCOMP_OP_LT: return argument < c->value;
    case SECCOMP_OP_LE: return argument <= c->value;
    case SECCOMP_OP_EQ: return argument == c->value;
    case SECCOMP_OP_GE: return argument >= c->value;
    case SECCOMP_OP_GT: return argument > c->value;
    case SECCOMP_OP_MASKED_EQ: return (argument & c->mask) == c->value;
    case SECCOMP_OP_COUNT: break;
    }
    return false;
}

/* The values that satisfy an EQ, LT, LE, GE or GT, from lo to hi; false: none do. */
static bool cond_range(const struct seccomp_cond *c, uint64_t max, uint64_t *lo, uint64_t *hi)
{
    *lo = 0;
    *hi = max;
    switch (c->op) {
    case SECCOMP_OP_EQ: *lo = *hi = c->value; return true;
    case SECCOMP_OP_LT: *hi = c->value - 1; return c->value > 0;
    case SECCOMP_OP_LE: *hi = c->value; return true;
    case SECCOMP_OP_GE: *lo = c->value; return true;
    case SECCOMP_OP_GT: *lo = c->value + 1; return c->value < max;
    default: return true;
    }
}

/* All ones from the highest set bit down. */
static uint64_t smear(uint64_t v)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        v |= v >> shift;
    return v;
}

/* `d` is a MASKED_EQ, `c` the range. Between two values every bit at or below the highest that differs takes
 * both. */
static bool range_implies_mask(uint64_t lo, uint64_t hi, const struct seccomp_cond *d)
{
    return (d->mask & smear(lo ^ hi)) == 0 && (lo & d->mask) == d->value;
}

bool seccomp_cond_implies(const struct seccomp_cond *c, const struct seccomp_cond *d, uint32_t bits)
{
    uint64_t max = width_max(bits);
    uint64_t c_lo, c_hi, d_lo, d_hi;

    if (d->op == SECCOMP_OP_NE)
        return !seccomp_cond_holds(c, bits, d->value);
    if (c->op == SECCOMP_OP_NE) {
        if (d->op == SECCOMP_OP_MASKED_EQ)
            return d->mask == 0;
        if (!cond_range(d, max, &d_lo, &d_hi))
            return false;
        /* all but one value: the range may lack that one only */
        return (d_lo == 0 || (d_lo == 1 && c->value == 0)) &&
               (d_hi == max || (d_hi == max - 1 && c->value == max));
    }
    if (c->op == SECCOMP_OP_MASKED_EQ) {
        if (d->op == SECCOMP_OP_MASKED_EQ)
            return (d->mask & ~c->mask) == 0 && (c->value & d->mask) == d->value;
        return cond_range(d, max, &d_lo, &d_hi) && d_lo <= c->value && (c->value | (max & ~c->mask)) <= d_hi;
    }
    if (!cond_range(c, max, &c_lo, &c_hi))
        return true;
    if (d->op == SECCOMP_OP_MASKED_EQ)
        return range_implies_mask(c_lo, c_hi, d);
    return cond_range(d, max, &d_lo, &d_hi) && d_lo <= c_lo && c_hi <= d_hi;
}

static bool match_implies(const struct seccomp_match *a, const struct seccomp_match *b, uint32_t bits)
{
    const struct seccomp_cond any = {.op = SECCOMP_OP_GE};

    for (uint32_t i = 0; i < b->n_conds; i++) {
        const struct seccomp_cond *c = &any;

        for (uint32_t k = 0; k < a->n_conds; k++)
            if (a->conds[k].index == b->conds[i].index)
                c = &a->conds[k];
        if (!seccomp_cond_implies(c, &b->conds[i], bits))
            return false;
    }
    return true;
}

static bool match_narrower(const struct seccomp_match *a, const struct seccomp_match *b, uint32_t bits)
{
    return match_implies(a, b, bits) && !match_implies(b, a, bits);
}

/* ---- the table ---- */

/* A rule's claim on a number, in the order of the configuration. */
struct claim {
    uint32_t nr;
    uint32_t order;
    bool multiplexed;
    struct seccomp_match match;
};

struct table_builder {
    struct arena *arena;
    struct err *err;
    const struct seccomp_policy *policy;
    const struct seccomp_resolver *resolver;
    struct claim *claims;
    size_t n_claims;
};

struct mux_entry {
    const char *name;
    uint32_t multiplexer;
    uint32_t call;
    int32_t direct;
};

static const struct mux_entry x86_mux[] = {
#define X(name, multiplexer, call, direct) {#name, multiplexer, call, direct},
#include "core/tbl/seccomp_mux.h"
#undef X
};

static const struct mux_entry *mux_find(enum seccomp_arch arch, const char *name)
{
    if (arch != SECCOMP_ARCH_X86)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(x86_mux); i++)
        if (streq(x86_mux[i].name, name))
            return &x86_mux[i];
    return NULL;
}

static bool arch_is_exact(enum seccomp_arch arch)
{
    switch (arch) {
    case SECCOMP_ARCH_X86:
    case SECCOMP_ARCH_X86_64:
    case SECCOMP_ARCH_X32:
    case SECCOMP_ARCH_ARM:
    case SECCOMP_ARCH_AARCH64:
    case SECCOMP_ARCH_RISCV64:
    case SECCOMP_ARCH_LOONGARCH64: return true;
    default: return false;
    }
}

/* The conditions cut to the width; the multiplexer's call number, when there is one, as the first. */
static int cut_conds(struct table_builder *b, uint32_t bits, const struct seccomp_rule *rule,
                     const struct mux_entry *mux, struct seccomp_match *m)
{
    struct seccomp_cond *conds;
    uint64_t max = width_max(bits);

    if (bits == 64 || (rule->n_conds == 0 && !mux)) {
        m->conds = rule->conds;
        m->n_conds = rule->n_conds;
        return 0;
    }
    conds = arena_new_array(b->arena, struct seccomp_cond, rule->n_conds + 1);
    if (!conds)
        return err_nomem(b->err);
    if (mux)
        conds[m->n_conds++] =
            (struct seccomp_cond){.index = 0, .op = SECCOMP_OP_EQ, .value = mux->call, .mask = max};
    for (uint32_t i = 0; i < rule->n_conds; i++) {
        struct seccomp_cond c = rule->conds[i];

        c.value &= max;
        c.mask &= max;
        if ((mux && c.index == 0) || c.mask == 0)
            continue;
        conds[m->n_conds++] = c;
    }
    m->conds = conds;
    return 0;
}

static int add_claim(struct table_builder *b, struct seccomp_abi *abi, const struct seccomp_rule *rule,
                     const char *name, uint32_t nr, const struct mux_entry *mux, bool multiplexed)
{
    struct claim *c = &b->claims[b->n_claims];

    *c = (struct claim){.nr = nr, .order = (uint32_t)b->n_claims, .multiplexed = multiplexed};
    c->match.action = rule->action;
    c->match.entry = rule->entry;
    c->match.name = name;
    b->n_claims++;
    return cut_conds(b, abi->info->bits, rule, mux, &c->match);
}

static void note_number(struct seccomp_abi *abi, uint32_t nr)
{
    if (!abi->has_newest || nr > abi->newest)
        abi->newest = nr;
    abi->has_newest = true;
}

/* `rule` NULL: the name counts for `newest` only. */
static int claim_name(struct table_builder *b, struct seccomp_abi *abi, const struct seccomp_rule *rule,
                      const char *name)
{
    const struct mux_entry *mux = mux_find(abi->arch, name);
    int64_t nr = mux ? mux->direct : b->resolver->number(b->resolver->opaque, abi->arch, name);
    int rc = 0;

    if (mux) {
        note_number(abi, mux->multiplexer);
        if (rule)
            rc = add_claim(b, abi, rule, name, mux->multiplexer, mux, true);
    }
    if (rc < 0 || nr < 0 || nr > UINT32_MAX)
        return rc;
    note_number(abi, (uint32_t)nr);
    return rule ? add_claim(b, abi, rule, name, (uint32_t)nr, NULL, mux != NULL) : 0;
}

static int claim_compare(const void *a, const void *b)
{
    const struct claim *x = a;
    const struct claim *y = b;

    if (x->nr != y->nr)
        return x->nr < y->nr ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Does `a` come before `b` when neither is narrower? Lower is more restrictive in the kernel's signed order.
 */
static bool more_restrictive(const struct seccomp_match *a, const struct seccomp_match *b)
{
    return (int32_t)SECCOMP_RETURN_ACTION(a->action) < (int32_t)SECCOMP_RETURN_ACTION(b->action);
}

/*
 * Order the n matches of a number, now in the order of the configuration: again and again the most
 * restrictive of those that have no narrower one left.
 */
static int order_matches(struct table_builder *b, struct seccomp_match *m, uint32_t n, uint32_t bits)
{
    struct seccomp_match *sorted = arena_new_array(b->arena, struct seccomp_match, n);
    uint32_t *narrower = arena_new_array(b->arena, uint32_t, n); /* how many are left that must come before */
    bool *done = arena_new_array(b->arena, bool, n);

    if (!sorted || !narrower || !done)
        return err_nomem(b->err);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++)
            if (match_narrower(&m[k], &m[i], bits))
                narrower[i]++;
    for (uint32_t at = 0; at < n; at++) {
        uint32_t best = n;

        for (uint32_t i = 0; i < n; i++)
            if (!done[i] && narrower[i] == 0 && (best == n || more_restrictive(&m[i], &m[best])))
                best = i;
        if (best == n) /* a strict order has a least element */
            return err_internal(b->err, EDOM, "seccomp rules cannot be ordered");
        done[best] = true;
        sorted[at] = m[best];
        for (uint32_t i = 0; i < n; i++)
            if (match_narrower(&m[best], &m[i], bits))
                narrower[i]--;
    }
    memcpy(m, sorted, n * sizeof(*m));
    return 0;
}

/* The claims on one number as its matches. */
static int settle_number(struct table_builder *b, const struct claim *claims, size_t n, uint32_t bits,
                         struct seccomp_number *number)
{
    struct seccomp_match *m;

    number->nr = claims[0].nr;
    for (size_t i = 0; i < n; i++)
        number->multiplexed |= claims[i].multiplexed;
    for (size_t i = 0; i < n; i++)
        if (claims[i].match.n_conds == 0) {
            number->matches = &claims[i].match;
            number->n_matches = 1;
            return 0;
        }
    if (n > SECCOMP_MATCHES_MAX)
        return err_config(b->err, "/linux/seccomp/syscalls", "more than %u rules for system call %s",
                          SECCOMP_MATCHES_MAX, claims[0].match.name);
    m = arena_new_array(b->arena, struct seccomp_match, n);
    if (!m)
        return err_nomem(b->err);
    for (size_t i = 0; i < n; i++) {
        m[i] = claims[i].match;
        number->mixed |= m[i].action != m[0].action;
    }
    number->matches = m;
    number->n_matches = (uint32_t)n;
    return number->mixed ? order_matches(b, m, (uint32_t)n, bits) : 0;
}

static int build_abi(struct table_builder *b, struct seccomp_abi *abi)
{
    const struct seccomp_policy *p = b->policy;
    size_t n_claims = 0, first = 0;
    int rc;

    for (uint32_t i = 0; i < p->n_rules; i++)
        n_claims += 2 * p->rules[i].names.n;
    /* the matches of unconditional numbers point into the claims: a fresh array for each architecture */
    b->claims = arena_new_array(b->arena, struct claim, n_claims);
    if (!b->claims)
        return err_nomem(b->err);
    b->n_claims = 0;
    for (uint32_t i = 0; i < p->n_rules; i++)
        for (size_t k = 0; k < p->rules[i].names.n; k++) {
            rc = claim_name(b, abi, &p->rules[i], p->rules[i].names.v[k]);
            if (rc < 0)
                return rc;
        }
    for (size_t i = 0; i < p->left_out.n; i++) {
        rc = claim_name(b, abi, NULL, p->left_out.v[i]);
        if (rc < 0)
            return rc;
    }
    if (b->n_claims)
        qsort(b->claims, b->n_claims, sizeof(*b->claims), claim_compare);
    abi->numbers = arena_new_array(b->arena, struct seccomp_number, b->n_claims);
    if (!abi->numbers)
        return err_nomem(b->err);
    for (size_t i = 1; i <= b->n_claims; i++) {
        if (i < b->n_claims && b->claims[i].nr == b->claims[first].nr)
            continue;
        rc = settle_number(b, &b->claims[first], i - first, abi->info->bits, &abi->numbers[abi->n_numbers++]);
        if (rc < 0)
            return rc;
        first = i;
    }
    return 0;
}

int seccomp_table_build(struct arena *a, const struct seccomp_policy *policy,
                        const struct seccomp_resolver *resolver, struct seccomp_table **ret,
                        struct err *reterr)
{
    struct seccomp_table *t = arena_new(a, struct seccomp_table);
    struct table_builder b = {.arena = a, .err = reterr, .policy = policy, .resolver = resolver};

    if (!t)
        return err_nomem(reterr);
    t->policy = policy;
    for (uint32_t i = 0; i < policy->n_archs; i++) {
        struct seccomp_abi *abi = &t->abis[t->n_abis++];
        int rc;

        abi->arch = policy->archs[i];
        abi->info = seccomp_arch_info(abi->arch);
        abi->exact = arch_is_exact(abi->arch);
        rc = build_abi(&b, abi);
        if (rc < 0)
            return rc;
    }
    *ret = t;
    return 0;
}

/* ---- evaluating ---- */

const struct seccomp_abi *seccomp_abi_of(const struct seccomp_table *t, uint32_t audit_arch, uint32_t nr)
{
    const struct seccomp_abi *x86_64 = NULL, *x32 = NULL;

    for (uint32_t i = 0; i < t->n_abis; i++) {
        const struct seccomp_abi *abi = &t->abis[i];

        if (abi->info->audit_arch != audit_arch)
            continue;
        if (abi->arch == SECCOMP_ARCH_X86_64)
            x86_64 = abi;
        else if (abi->arch == SECCOMP_ARCH_X32)
            x32 = abi;
        else
            return abi;
    }
    if (nr == UINT32_MAX)
        return x86_64 ? x86_64 : x32;
    return nr >= SECCOMP_X32_BIT ? x32 : x86_64;
}

const struct seccomp_number *seccomp_number_find(const struct seccomp_abi *abi, uint32_t nr)
{
    uint32_t lo = 0, hi = abi->n_numbers;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (abi->numbers[mid].nr == nr)
            return &abi->numbers[mid];
        if (abi->numbers[mid].nr < nr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static bool match_holds(const struct seccomp_match *m, uint32_t bits, const struct seccomp_data *data)
{
    for (uint32_t i = 0; i < m->n_conds; i++)
        if (!seccomp_cond_holds(&m->conds[i], bits, data->args[m->conds[i].index]))
            return false;
    return true;
}

uint32_t seccomp_eval(const struct seccomp_table *t, const struct seccomp_data *data,
                      const struct seccomp_match **ret_match)
{
    uint32_t nr = (uint32_t)data->nr;
    const struct seccomp_abi *abi = seccomp_abi_of(t, data->arch, nr);
    const struct seccomp_number *number;

    if (ret_match)
        *ret_match = NULL;
    if (!abi)
        return SECCOMP_RETURN_KILL_THREAD;
    if (t->policy->enosys && abi->has_newest && nr > abi->newest)
        return SECCOMP_RETURN_ERRNO | ENOSYS;
    number = seccomp_number_find(abi, nr);
    if (!number)
        return t->policy->default_action;
    for (uint32_t i = 0; i < number->n_matches; i++)
        if (match_holds(&number->matches[i], abi->info->bits, data)) {
            if (ret_match)
                *ret_match = &number->matches[i];
            return number->matches[i].action;
        }
    return t->policy->default_action;
}
