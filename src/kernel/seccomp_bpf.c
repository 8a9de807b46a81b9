/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/seccomp_bpf.h"

#include "base/fd.h"
#include "base/str.h"
#include "core/seccomp_emit.h"
#include "core/seccomp_prove.h"
#include "kernel/sys.h"

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>

/*
 * libseccomp before 2.6.1 counts instructions in 16 bits and writes beyond its memory when they overflow.
 * What a rule can become at most: for each condition three comparisons of up to four instructions, once for
 * every way that leads to it; ways double with a condition other than EQ and MASKED_EQ.
 */
#define LIBRARY_INSNS_OF_COND 12u
#define LIBRARY_INSNS_OF_RULE 6u
#define LIBRARY_INSNS_MAX     50000u

/* From that many numbers on the binary tree pays; libseccomp 2.5.4 gets it wrong when there is no rule at
 * all.
 */
#define BINARY_TREE_NUMBERS 32u

/* More than two only when the first repair reveals another difference. */
#define PROOF_ROUNDS 4u

struct compiler {
    struct arena *arena;
    struct err *err;
    const struct seccomp_policy *policy;
    const struct seccomp_table *table;
    unsigned options;
    struct seccomp_own own;
    scmp_filter_ctx ctx;
    struct sock_filter *library; /* the filters of libseccomp, one behind the other */
    size_t n_library;
    size_t library_lengths[SECCOMP_ARCH_COUNT];
    struct seccomp_filter *filter;
};

static void release_ctx(scmp_filter_ctx *ctx)
{
    if (*ctx)
        seccomp_release(*ctx);
    *ctx = NULL;
}

const char *seccomp_library_version(char *out, size_t size)
{
    const struct scmp_version *v = seccomp_version();

    snprintf(out, size, "%u.%u.%u", v ? v->major : 0, v ? v->minor : 0, v ? v->micro : 0);
    return out;
}

uint32_t seccomp_archs_of_library(void)
{
    uint32_t archs = 0;

    for (uint32_t i = 0; i < SECCOMP_ARCH_COUNT; i++)
        if (seccomp_arch_resolve_name(seccomp_arch_info((enum seccomp_arch)i)->library_name) != 0)
            archs |= 1u << i;
    return archs;
}

/* ---- numbers ---- */

/* libseccomp's tokens of the policy's architectures; 0: it has no such architecture. */
struct tokens {
    uint32_t of[SECCOMP_ARCH_COUNT];
};

static int64_t resolve_number(void *opaque, enum seccomp_arch arch, const char *name)
{
    const struct tokens *tokens = opaque;
    int nr = tokens->of[arch] ? seccomp_syscall_resolve_name_arch(tokens->of[arch], name) : __NR_SCMP_ERROR;

    if (nr >= 0)
        return nr;
    /* below -1: a name that it knows and that the architecture does not have */
    return nr == __NR_SCMP_ERROR ? seccomp_newer_syscall(arch, name) : -1;
}

int seccomp_resolve(struct arena *a, const struct seccomp_policy *policy, struct seccomp_table **ret,
                    struct err *reterr)
{
    struct tokens tokens = {{0}};
    const struct seccomp_resolver resolver = {resolve_number, &tokens};

    for (uint32_t i = 0; i < policy->n_archs; i++)
        tokens.of[policy->archs[i]] =
            seccomp_arch_resolve_name(seccomp_arch_info(policy->archs[i])->library_name);
    return seccomp_table_build(a, policy, &resolver, ret, reterr);
}

/* Every name of the newer table has a number on x86-64. */
static bool is_known_name(const char *name)
{
    return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR ||
           seccomp_newer_syscall(SECCOMP_ARCH_X86_64, name) >= 0;
}

/* ---- what is ours ---- */

/* What libseccomp may make of one rule of one number. */
static uint64_t library_cost(const struct seccomp_match *m)
{
    uint64_t cost = LIBRARY_INSNS_OF_RULE, ways = 1;

    for (uint32_t i = 0; i < m->n_conds; i++) {
        cost += ways * LIBRARY_INSNS_OF_COND;
        if (m->conds[i].op != SECCOMP_OP_EQ && m->conds[i].op != SECCOMP_OP_MASKED_EQ)
            ways *= 2;
    }
    return cost;
}

/* Several rules of which one is an inequality: libseccomp 2.5.4 merges them wrongly even when they have one
 * action. */
static bool has_merged_inequality(const struct seccomp_number *number)
{
    if (number->n_matches < 2)
        return false;
    for (uint32_t m = 0; m < number->n_matches; m++)
        for (uint32_t i = 0; i < number->matches[m].n_conds; i++)
            if (number->matches[m].conds[i].op != SECCOMP_OP_EQ &&
                number->matches[m].conds[i].op != SECCOMP_OP_MASKED_EQ)
                return true;
    return false;
}

/*
 * Numbers that our code decides, of an architecture that we know well: those with conditions and different
 * actions (which of them wins depends on libseccomp's tree, it refuses some, and adding them is where it
 * loses actions), those whose rules it merges wrongly, those that go through a multiplexer (libseccomp cannot
 * be given one way without the other), and everything with conditions when it could be too much for it. What
 * it gets is single conditional rules, alternatives of equality, and calls as a whole: all that the engines'
 * profiles consist of.
 */
static void choose_own(const struct seccomp_abi *abi, bool *own)
{
    uint64_t cost = 0;

    for (uint32_t k = 0; k < abi->n_numbers; k++)
        for (uint32_t m = 0; m < abi->numbers[k].n_matches; m++)
            cost += library_cost(&abi->numbers[k].matches[m]);
    for (uint32_t k = 0; k < abi->n_numbers; k++) {
        const struct seccomp_number *number = &abi->numbers[k];
        bool conditional = number->matches[0].n_conds > 0;

        own[k] |= number->mixed || number->multiplexed || has_merged_inequality(number) ||
                  (conditional && cost > LIBRARY_INSNS_MAX);
    }
}

/* Numbers that libseccomp has no name for. */
static void choose_newer(const struct seccomp_abi *abi, bool *own)
{
    for (uint32_t k = 0; k < abi->n_numbers; k++)
        for (uint32_t m = 0; m < abi->numbers[k].n_matches; m++)
            own[k] |= seccomp_syscall_resolve_name(abi->numbers[k].matches[m].name) == __NR_SCMP_ERROR;
}

/* A name that nobody knows: harmless where its calls are blocked anyway, a hole where they were to be. */
static int unknown_name(struct compiler *c, const struct seccomp_rule *rule, size_t n)
{
    uint32_t def = SECCOMP_RETURN_ACTION(c->policy->default_action);
    bool lets_through =
        def == SECCOMP_RETURN_ALLOW || def == SECCOMP_RETURN_LOG || def == SECCOMP_RETURN_TRACE;
    const char *name = rule->names.v[n];
    char pointer[96];

    if (lets_through && (int32_t)SECCOMP_RETURN_ACTION(rule->action) < (int32_t)def) {
        snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%u/names/%zu", rule->entry, n);
        return err_config(c->err, pointer, "unknown system call \"%s\": the rule would not stop it", name);
    }
    c->filter->skipped.v[c->filter->skipped.n++] = name;
    return 0;
}

static int check_names(struct compiler *c)
{
    const struct seccomp_policy *p = c->policy;

    for (uint32_t i = 0; i < p->n_rules; i++)
        for (size_t k = 0; k < p->rules[i].names.n; k++) {
            const char *name = p->rules[i].names.v[k];
            int rc;

            if (is_known_name(name))
                continue;
            rc = unknown_name(c, &p->rules[i], k);
            if (rc < 0)
                return rc;
        }
    return 0;
}

/* ---- libseccomp ---- */

static int library_error(struct compiler *c, int rc, const char *call, const char *what)
{
    char version[16];

    return err_system(c->err, rc, call, "%s (libseccomp %s)", what,
                      seccomp_library_version(version, sizeof(version)));
}

static int too_long(struct compiler *c, size_t at_least)
{
    return err_config(c->err, "/linux/seccomp",
                      "the filter has at least %zu instructions, the kernel takes %u", at_least,
                      SECCOMP_FILTER_MAX);
}

/* A context for one architecture alone: the time of libseccomp's export grows with the square of its rules.
 */
static int library_init(struct compiler *c, const struct seccomp_abi *abi)
{
    const struct seccomp_policy *p = c->policy;
    uint32_t token = seccomp_arch_resolve_name(abi->info->library_name);
    int rc = token ? 0 : -EINVAL;

    release_ctx(&c->ctx);
    c->ctx = seccomp_init(p->default_action);
    if (!c->ctx)
        return err_config(c->err, "/linux/seccomp/defaultAction", "the kernel does not support action %s",
                          seccomp_action_name(p->default_action));
    if (rc == 0 && token != seccomp_arch_native()) {
        rc = seccomp_arch_add(c->ctx, token);
        if (rc == 0)
            rc = seccomp_arch_remove(c->ctx, seccomp_arch_native());
    }
    if (rc < 0)
        return err_config(c->err, "/linux/seccomp/architectures",
                          "architecture %s cannot be filtered on this machine: %s", abi->info->name,
                          err_text(rc));
    /* only a matter of speed; libseccomp before 2.5.0 has no such attribute */
    if (abi->n_numbers > BINARY_TREE_NUMBERS)
        (void)seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return 0;
}

static enum scmp_compare library_op(enum seccomp_op op)
{
    static const enum scmp_compare ops[SECCOMP_OP_COUNT] = {
        [SECCOMP_OP_NE] = SCMP_CMP_NE,
        [SECCOMP_OP_LT] = SCMP_CMP_LT,
        [SECCOMP_OP_LE] = SCMP_CMP_LE,
        [SECCOMP_OP_EQ] = SCMP_CMP_EQ,
        [SECCOMP_OP_GE] = SCMP_CMP_GE,
        [SECCOMP_OP_GT] = SCMP_CMP_GT,
        [SECCOMP_OP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
    };

    return ops[op];
}

/* Give up at the first failure: libseccomp before 2.5.6 is not to be trusted after one. */
static int library_add(struct compiler *c, const char *name, uint32_t action,
                       const struct seccomp_cond *conds, uint32_t n_conds)
{
    struct scmp_arg_cmp args[SECCOMP_ARGS_MAX];
    int nr = seccomp_syscall_resolve_name(name);
    int rc;

    if (nr == __NR_SCMP_ERROR)
        return 0;
    for (uint32_t i = 0; i < n_conds; i++) {
        bool masked = conds[i].op == SECCOMP_OP_MASKED_EQ;

        args[i] = (struct scmp_arg_cmp){.arg = conds[i].index,
                                        .op = library_op(conds[i].op),
                                        .datum_a = masked ? conds[i].mask : conds[i].value,
                                        .datum_b = masked ? conds[i].value : 0};
    }
    rc = seccomp_rule_add_array(c->ctx, action, nr, n_conds, args);
    return rc < 0 ? library_error(c, rc, "seccomp_rule_add", name) : 0;
}

/* The rules as they are in the policy: for an architecture of whose peculiarities only libseccomp knows. */
static int feed_policy(struct compiler *c)
{
    const struct seccomp_policy *p = c->policy;
    int rc = 0;

    for (uint32_t i = 0; i < p->n_rules; i++)
        for (size_t k = 0; k < p->rules[i].names.n && rc == 0; k++)
            rc = library_add(c, p->rules[i].names.v[k], p->rules[i].action, p->rules[i].conds,
                             p->rules[i].n_conds);
    return rc;
}

/*
 * What is left of the rules when each number has only those that matter, and the numbers of our code are left
 * out. From the highest number down, as libseccomp inserts fastest.
 */
static int feed_table(struct compiler *c, const struct seccomp_abi *abi, const bool *own)
{
    int rc = 0;

    for (uint32_t k = abi->n_numbers; k-- > 0;)
        for (uint32_t m = 0; !own[k] && m < abi->numbers[k].n_matches && rc == 0; m++) {
            const struct seccomp_match *match = &abi->numbers[k].matches[m];

            rc = library_add(c, match->name, match->action, match->conds, match->n_conds);
        }
    return rc;
}

/* libseccomp 2.5 writes a filter to a descriptor only. */
static int library_export(struct compiler *c, struct sock_filter *out, size_t cap, size_t *ret_n)
{
    AUTO_CLOSE int fd = sys_memfd_create("seccomp", MFD_CLOEXEC);
    struct stat st;
    size_t done = 0, size;
    int rc;

    if (fd < 0)
        return err_system(c->err, fd, "memfd_create", "seccomp");
    rc = seccomp_export_bpf(c->ctx, fd);
    if (rc < 0)
        return library_error(c, rc, "seccomp_export_bpf", "filter");
    rc = sys_fstat(fd, &st);
    if (rc < 0)
        return err_system(c->err, rc, "fstat", "exported filter");
    size = (size_t)st.st_size;
    if (size % sizeof(*out) != 0 || size == 0)
        return err_internal(c->err, EBADMSG, "libseccomp exported %zu bytes", size);
    *ret_n = size / sizeof(*out);
    if (*ret_n > cap)
        return too_long(c, *ret_n);
    while (done < size) {
        ssize_t got = pread(fd, (char *)out + done, size - done, (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_system(c->err, got < 0 ? errno : EIO, "read", "exported filter");
        done += (size_t)got;
    }
    return 0;
}

/* The filters of all architectures, one behind the other. */
static int library_compile(struct compiler *c)
{
    c->library = arena_new_array(c->arena, struct sock_filter, SECCOMP_FILTER_MAX);
    if (!c->library)
        return err_nomem(c->err);
    for (uint32_t i = 0; i < c->table->n_abis; i++) {
        const struct seccomp_abi *abi = &c->table->abis[i];
        int rc = library_init(c, abi);

        if (rc == 0)
            rc = abi->exact && !(c->options & SECCOMP_COMPILE_LIBRARY_ALL) ? feed_table(c, abi, c->own.of[i])
                                                                           : feed_policy(c);
        if (rc == 0)
            rc = library_export(c, c->library + c->n_library, SECCOMP_FILTER_MAX - c->n_library,
                                &c->library_lengths[i]);
        if (rc < 0)
            return rc;
        c->n_library += c->library_lengths[i];
    }
    return 0;
}

/* ---- both together ---- */

/* Our code, the choice of architecture, libseccomp's filters. */
static int assemble(struct compiler *c)
{
    struct sock_filter *out = arena_new_array(c->arena, struct sock_filter, SECCOMP_FILTER_MAX);
    size_t n = 0, n_dispatch = 0;
    int rc;

    if (!out)
        return err_nomem(c->err);
    rc = seccomp_emit(c->arena, c->table, &c->own, out, SECCOMP_FILTER_MAX, &n);
    if (rc == -ENOMEM)
        return err_nomem(c->err);
    if (rc == 0)
        rc =
            seccomp_emit_dispatch(c->table, c->library_lengths, out + n, SECCOMP_FILTER_MAX - n, &n_dispatch);
    if (rc < 0)
        return too_long(c, SECCOMP_FILTER_MAX + 1);
    n += n_dispatch;
    if (n + c->n_library > SECCOMP_FILTER_MAX)
        return too_long(c, n + c->n_library);
    memcpy(out + n, c->library, c->n_library * sizeof(*out));
    c->filter->insns = out;
    c->filter->n = n + c->n_library;
    return 0;
}

static size_t count_own(const struct compiler *c)
{
    size_t n = 0;

    for (uint32_t i = 0; i < c->table->n_abis; i++)
        for (uint32_t k = 0; k < c->table->abis[i].n_numbers; k++)
            n += c->own.of[i][k];
    return n;
}

static int proof_error(struct compiler *c, const struct seccomp_witness *w)
{
    char version[16], rule[64] = "the default action";

    seccomp_library_version(version, sizeof(version));
    if (!w->abi && w->expected == w->got)
        return err_internal(c->err, EBADMSG, "libseccomp %s compiles a filter that the kernel would refuse",
                            version);
    if (w->match)
        snprintf(rule, sizeof(rule), "rule /linux/seccomp/syscalls/%u", w->match->entry);
    return err_internal(
        c->err, EBADMSG,
        "libseccomp %s compiles a different filter: system call %s (%u, architecture 0x%x) with arguments "
        "0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx must give 0x%x (%s), the filter gives 0x%x",
        version, w->number ? w->number->matches[0].name : "without a rule", (unsigned)w->data.nr,
        w->data.arch, w->data.args[0], w->data.args[1], w->data.args[2], w->data.args[3], w->data.args[4],
        w->data.args[5], w->expected, rule, w->got);
}

/* Prove it; what differs is taken from libseccomp and given to our code, until nothing does. */
static int assemble_proven(struct compiler *c)
{
    struct seccomp_witness witness = {0};

    for (unsigned round = 0; round < PROOF_ROUNDS; round++) {
        size_t before = count_own(c);
        int rc = assemble(c);

        if (rc < 0 || c->options & SECCOMP_COMPILE_UNPROVEN)
            return rc;
        rc = seccomp_prove(c->arena, c->table, c->filter->insns, c->filter->n, &c->own, &witness);
        if (rc == 0)
            return 0;
        if (rc == -ENOMEM)
            return err_nomem(c->err);
        if (count_own(c) == before)
            break;
    }
    return proof_error(c, &witness);
}

static int prepare(struct compiler *c)
{
    size_t n_names = 0;
    int rc;

    for (uint32_t i = 0; i < c->policy->n_rules; i++)
        n_names += c->policy->rules[i].names.n;
    c->filter->skipped.v = arena_new_array(c->arena, const char *, n_names);
    if (!c->filter->skipped.v)
        return err_nomem(c->err);
    rc = check_names(c);
    if (rc < 0)
        return rc;
    for (uint32_t i = 0; i < c->table->n_abis; i++) {
        const struct seccomp_abi *abi = &c->table->abis[i];

        c->own.of[i] = arena_new_array(c->arena, bool, abi->n_numbers);
        if (!c->own.of[i])
            return err_nomem(c->err);
        choose_newer(abi, c->own.of[i]);
        if (abi->exact && !(c->options & SECCOMP_COMPILE_LIBRARY_ALL))
            choose_own(abi, c->own.of[i]);
    }
    return 0;
}

int seccomp_compile_with(struct arena *a, const struct seccomp_policy *policy, unsigned options,
                         struct seccomp_filter *ret, struct err *reterr)
{
    struct compiler c = {.arena = a, .err = reterr, .policy = policy, .options = options, .filter = ret};
    struct seccomp_table *table;
    int rc;

    *ret = (struct seccomp_filter){0};
    rc = seccomp_resolve(a, policy, &table, reterr);
    if (rc < 0)
        return rc;
    c.table = table;
    rc = prepare(&c);
    if (rc < 0)
        return rc;
    rc = library_compile(&c);
    release_ctx(&c.ctx);
    if (rc < 0)
        return rc;
    rc = assemble_proven(&c);
    if (rc < 0)
        return rc;
    ret->flags = policy->flags | (policy->notify ? SECCOMP_FLAG_NEW_LISTENER : 0);
    return 0;
}

int seccomp_compile(struct arena *a, const struct seccomp_policy *policy, struct seccomp_filter *ret,
                    struct err *reterr)
{
    return seccomp_compile_with(a, policy, 0, ret, reterr);
}
