/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a linux.seccomp object in JSON. Oracles, without libseccomp:
 *
 * - what decodes becomes a policy, or an error that names a place in /linux/seccomp;
 *
 * - a policy is normal: native architecture first and none twice, conditions ascending and within their
 * masks, no rule with the default action, everything within its bounds;
 *
 * - the table's numbers ascend, an unconditional rule is alone, and no rule comes behind one that is wider;
 *
 * - our own code for all numbers is a program the kernel takes, and answers as the evaluator does at every
 * boundary.
 */
#include "oracle.h"

#include "base/str.h"
#include "core/bpf_interp.h"
#include "core/decode.h"
#include "core/seccomp_emit.h"
#include "core/seccomp_eval.h"

#include <errno.h>

#define CAP 4096u

/* Every name is a call, but those that begin with '?'; some have one number. */
static int64_t any_number(void *opaque, enum seccomp_arch arch, const char *name)
{
    uint32_t sum = 0;

    (void)opaque;
    if (name[0] == '?')
        return -1;
    for (const char *p = name; *p; p++)
        sum = sum * 31 + (uint8_t)*p;
    return seccomp_arch_info(arch)->first_nr + sum % 500;
}

static void check_policy(const struct seccomp_policy *p)
{
    uint32_t seen = 0;

    CHECK(p->n_archs >= 1 && p->n_archs <= SECCOMP_ARCH_COUNT && p->archs[0] == SECCOMP_ARCH_X86_64);
    for (uint32_t i = 0; i < p->n_archs; i++) {
        CHECK(!(seen & 1u << p->archs[i]));
        seen |= 1u << p->archs[i];
    }
    CHECK(!(p->flags & (SECCOMP_FLAG_TSYNC | SECCOMP_FLAG_NEW_LISTENER)));
    CHECK(p->notify || !(p->flags & SECCOMP_FLAG_WAIT_KILLABLE_RECV));
    CHECK(!p->enosys || p->default_action != (SECCOMP_RETURN_ERRNO | ENOSYS));
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const struct seccomp_rule *r = &p->rules[i];

        CHECK(r->action != p->default_action && r->names.n > 0 && r->n_conds <= SECCOMP_ARGS_MAX);
        CHECK(i == 0 || p->rules[i - 1].entry <= r->entry);
        CHECK(SECCOMP_RETURN_DATA(r->action) == 0 || seccomp_action_takes_errno(r->action));
        CHECK(!streq(seccomp_action_name(r->action), "?"));
        for (uint32_t k = 0; k < r->n_conds; k++) {
            CHECK(r->conds[k].index < SECCOMP_ARGS_MAX &&
                  (k == 0 || r->conds[k - 1].index < r->conds[k].index));
            CHECK((r->conds[k].value & ~r->conds[k].mask) == 0 && r->conds[k].mask != 0);
        }
    }
}

/* Does `a` match nothing that `b` does not? */
static bool implies(const struct seccomp_match *a, const struct seccomp_match *b, uint32_t bits)
{
    for (uint32_t i = 0; i < b->n_conds; i++) {
        bool implied = false;

        for (uint32_t k = 0; k < a->n_conds; k++)
            implied |= a->conds[k].index == b->conds[i].index &&
                       seccomp_cond_implies(&a->conds[k], &b->conds[i], bits);
        if (!implied)
            return false;
    }
    return true;
}

static void check_table(const struct seccomp_table *t)
{
    for (uint32_t i = 0; i < t->n_abis; i++)
        for (uint32_t k = 0; k < t->abis[i].n_numbers; k++) {
            const struct seccomp_number *n = &t->abis[i].numbers[k];
            uint32_t bits = t->abis[i].info->bits;

            CHECK(k == 0 || t->abis[i].numbers[k - 1].nr < n->nr);
            CHECK(n->nr <= t->abis[i].newest && n->n_matches > 0);
            for (uint32_t m = 0; m < n->n_matches && n->n_matches <= 24; m++) {
                CHECK(n->matches[m].n_conds > 0 || n->n_matches == 1);
                for (uint32_t b = 0; b < m && n->mixed; b++)
                    CHECK(!implies(&n->matches[m], &n->matches[b], bits) ||
                          implies(&n->matches[b], &n->matches[m], bits));
            }
        }
}

static void try_calls(const struct seccomp_table *t, const struct seccomp_abi *abi,
                      const struct seccomp_number *n, const struct sock_filter *insns, size_t n_insns)
{
    for (uint32_t base = 0; base < n->n_matches && base < 16; base++)
        for (uint32_t m = 0; m < n->n_matches && m < 16; m++)
            for (int delta = -1; delta <= 1; delta++) {
                struct seccomp_data data = {.nr = (int)n->nr, .arch = abi->info->audit_arch};
                uint32_t got = 1;

                for (uint32_t k = 0; k < n->matches[base].n_conds; k++)
                    data.args[n->matches[base].conds[k].index] = n->matches[base].conds[k].value;
                for (uint32_t k = 0; k < n->matches[m].n_conds; k++)
                    data.args[n->matches[m].conds[k].index] =
                        n->matches[m].conds[k].value + (uint64_t)(int64_t)(k % 2 ? -delta : delta);
                CHECK(bpf_interp_run(insns, n_insns, &data, &got) == 0);
                CHECK(got == seccomp_eval(t, &data, NULL));
            }
}

static void check_code(struct arena *a, const struct seccomp_table *t)
{
    struct sock_filter *insns = arena_new_array(a, struct sock_filter, CAP + 1);
    struct seccomp_own own = {{NULL}};
    size_t n = 0;
    int rc;

    CHECK(insns != NULL);
    for (uint32_t i = 0; i < t->n_abis; i++) {
        own.of[i] = arena_new_array(a, bool, t->abis[i].n_numbers);
        CHECK(own.of[i] != NULL);
        for (uint32_t k = 0; k < t->abis[i].n_numbers; k++)
            own.of[i][k] = true;
    }
    rc = seccomp_emit(a, t, &own, insns, CAP, &n);
    CHECK(rc == 0 || rc == -EMSGSIZE);
    if (rc < 0 || n == CAP)
        return;
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, t->policy->default_action);
    CHECK(bpf_interp_check(insns, n, NULL) == 0);
    for (uint32_t i = 0; i < t->n_abis; i++)
        for (uint32_t k = 0; k < t->abis[i].n_numbers; k++)
            try_calls(t, &t->abis[i], &t->abis[i].numbers[k], insns, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct seccomp_resolver resolver = {any_number, NULL};
    struct config_seccomp *cfg;
    struct seccomp_policy *p;
    struct seccomp_table *t;
    struct arena a;
    struct err e;

    if (size > 8192)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    if (seccomp_decode(&a, (const char *)data, size, &cfg, &e) == 0) {
        if (seccomp_policy_build_for(&a, cfg, SECCOMP_ARCH_X86_64, &p, &e) < 0) {
            CHECK(e.kind == ERR_CONFIG && str_starts(str_of(e.where), "/linux/seccomp") && e.message[0]);
        } else {
            check_policy(p);
            if (seccomp_table_build(&a, p, &resolver, &t, &e) == 0) {
                check_table(t);
                check_code(&a, t);
            } else {
                CHECK(e.kind == ERR_CONFIG && streq(e.where, "/linux/seccomp/syscalls"));
            }
        }
    }
    arena_done(&a);
    return 0;
}
