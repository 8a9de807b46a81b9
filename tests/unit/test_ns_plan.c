/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/ns_plan.h"

#include <errno.h>
#include <linux/sched.h>

#include <cmocka.h>

/* One letter per namespace, in the order of enum ns_type: n(ew), j(oined), - (absent). "mpniUuct" for the
 * reader. */
static const char *const type_names[NS_TYPE_COUNT] = {"mount", "pid",  "network", "ipc",
                                                      "uts",   "user", "cgroup",  "time"};
static const uint64_t type_flags[NS_TYPE_COUNT] = {CLONE_NEWNS,     CLONE_NEWPID, CLONE_NEWNET,
                                                   CLONE_NEWIPC,    CLONE_NEWUTS, CLONE_NEWUSER,
                                                   CLONE_NEWCGROUP, CLONE_NEWTIME};
static const char *const type_paths[NS_TYPE_COUNT] = {"/ns/mount", "/ns/pid",  "/ns/network", "/ns/ipc",
                                                      "/ns/uts",   "/ns/user", "/ns/cgroup",  "/ns/time"};

struct fixture {
    struct arena arena;
    struct config config;
    struct config_namespace namespaces[NS_TYPE_COUNT];
    struct facts facts;
    struct ns_plan plan;
    struct err err;
};

static void fixture_init(struct fixture *f, const char *wants, uint32_t euid)
{
    *f = (struct fixture){.facts = {.euid = euid, .egid = euid, .kernel = KERNEL_FEATURES_ALL}};
    arena_init(&f->arena, 4096, 1u << 20);
    err_init(&f->err);
    f->config.has_linux = true;
    f->config.linux_.namespaces = f->namespaces;
    for (int t = 0; t < NS_TYPE_COUNT; t++)
        if (wants[t] != '-')
            f->namespaces[f->config.linux_.n_namespaces++] =
                (struct config_namespace){.type_name = type_names[t],
                                          .type = (enum ns_type)t,
                                          .path = wants[t] == 'j' ? type_paths[t] : NULL};
}

static void fixture_done(struct fixture *f)
{
    arena_done(&f->arena);
}

/* "net ipc user", as joined. */
static void join_text(const struct ns_plan_join *v, size_t n, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " " : "", type_names[v[i].type]);
}

#define ALL_NEW (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static void test_ns_plan__table(void **state)
{
    static const struct {
        const char *what;
        const char *wants; /* mount pid network ipc uts user cgroup time */
        uint32_t euid;
        uint64_t clone, before_flags, init_flags;
        const char *before, *in_init;
        bool intermediate;
    } cases[] = {
        {"the default container", "nnnnn---", 0, ALL_NEW, 0, 0, "", "", false},
        {"with a cgroup namespace", "nnnnn-n-", 0, ALL_NEW, 0, CLONE_NEWCGROUP, "", "", false},
        {"only mount", "n-------", 0, CLONE_NEWNS, 0, 0, "", "", false},
        {"pod: joined net, ipc, uts", "nnjjj---", 0, CLONE_NEWNS | CLONE_NEWPID, 0, 0, "", "network ipc uts",
         false},
        {"pod with a shared pid namespace", "njjjj---", 0, CLONE_NEWNS, 0, 0, "pid", "network ipc uts",
         false},
        {"joined cgroup and mount", "jnnnn-j-", 0, ALL_NEW & ~(uint64_t)CLONE_NEWNS, 0, 0, "", "cgroup mount",
         false},
        {"new user", "nnnnnn--", 0, ALL_NEW | CLONE_NEWUSER, 0, 0, "", "", false},
        {"new user, joined pid", "njnnnn--", 0, (ALL_NEW | CLONE_NEWUSER) & ~(uint64_t)CLONE_NEWPID, 0, 0,
         "pid", "", false},
        {"new user, joined net: while we still may", "nnjnnn--", 0,
         (ALL_NEW | CLONE_NEWUSER) & ~(uint64_t)CLONE_NEWNET, 0, 0, "network", "", true},
        {"joined user", "nnnnnj--", 0, ALL_NEW, 0, 0, "user", "", true},
        {"pod with joined user, privileged: it comes last", "njjjjj--", 0, CLONE_NEWNS, 0, 0,
         "network ipc uts pid user", "", true},
        {"the same without privilege: it comes first", "njjjjj--", 1000, CLONE_NEWNS, 0, 0,
         "user network ipc uts pid", "", true},
        {"rootless", "nnnnnnn-", 1000, ALL_NEW | CLONE_NEWUSER, 0, CLONE_NEWCGROUP, "", "", false},
        {"new time", "nnnnn--n", 0, ALL_NEW, CLONE_NEWTIME, 0, "", "", false},
        {"joined time", "nnnnn--j", 0, ALL_NEW, 0, 0, "time", "", false},
        {"new time and user", "nnnnnn-n", 0, ALL_NEW | CLONE_NEWUSER, CLONE_NEWTIME, 0, "", "", false},
        {"rootless with new time", "nnnnnn-n", 1000, ALL_NEW, CLONE_NEWTIME | CLONE_NEWUSER, 0, "", "", true},
        {"everything new", "nnnnnnnn", 0, ALL_NEW | CLONE_NEWUSER, CLONE_NEWTIME, CLONE_NEWCGROUP, "", "",
         false},
        {"everything joined", "jjjjjjjj", 0, 0, 0, 0, "network ipc uts cgroup mount pid time user", "", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;
        char text[128];

        fixture_init(&f, cases[i].wants, cases[i].euid);
        print_message("%s\n", cases[i].what);
        assert_int_equal(ns_plan(&f.arena, &f.config, &f.facts, &f.plan, &f.err), 0);
        assert_int_equal(f.plan.clone_flags, cases[i].clone);
        assert_int_equal(f.plan.unshare_before_flags, cases[i].before_flags);
        assert_int_equal(f.plan.unshare_init_flags, cases[i].init_flags);
        assert_int_equal(f.plan.intermediate, cases[i].intermediate);
        join_text(f.plan.before, f.plan.n_before, text, sizeof(text));
        assert_string_equal(text, cases[i].before);
        join_text(f.plan.in_init, f.plan.n_in_init, text, sizeof(text));
        assert_string_equal(text, cases[i].in_init);
        fixture_done(&f);
    }
}

static size_t count_joins(const struct ns_plan *p, enum ns_type type, const char *path)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_before; i++)
        if (p->before[i].type == type) {
            assert_string_equal(p->before[i].path, path);
            n++;
        }
    for (size_t i = 0; i < p->n_in_init; i++)
        if (p->in_init[i].type == type) {
            assert_string_equal(p->in_init[i].path, path);
            n++;
        }
    return n;
}

/* What holds for every combination, said without the module's own reasoning. */
static void check_invariants(const char *wants, uint32_t euid, const struct ns_plan *p)
{
    for (int t = 0; t < NS_TYPE_COUNT; t++) {
        unsigned made = !!(p->clone_flags & type_flags[t]) + !!(p->unshare_before_flags & type_flags[t]) +
                        !!(p->unshare_init_flags & type_flags[t]);

        assert_int_equal(made, wants[t] == 'n');
        assert_int_equal(count_joins(p, (enum ns_type)t, type_paths[t]), wants[t] == 'j');
    }
    assert_false(p->clone_flags & (CLONE_NEWCGROUP | CLONE_NEWTIME));
    /* The runtime itself joins nothing that it cannot leave again, or that it could not join without harm. */
    for (size_t i = 0; i < p->n_before && !p->intermediate; i++)
        assert_true(p->before[i].type == NS_PID || p->before[i].type == NS_TIME);
    /* Init joins nothing once a user namespace took its rights over it, and nothing that needs a fork. */
    for (size_t i = 0; i < p->n_in_init; i++) {
        assert_int_equal(wants[NS_USER], '-');
        assert_true(p->in_init[i].type != NS_PID && p->in_init[i].type != NS_TIME);
    }
    if (wants[NS_USER] == 'j') {
        assert_true(p->intermediate);
        assert_int_equal(p->before[euid ? 0 : p->n_before - 1].type, NS_USER);
    }
    if (wants[NS_USER] == '-')
        assert_false(p->intermediate);
    if (p->unshare_before_flags & CLONE_NEWUSER)
        assert_true(p->intermediate);
    if (euid && wants[NS_USER] == 'n' && wants[NS_TIME] == 'n')
        assert_true(p->unshare_before_flags & CLONE_NEWUSER);
}

static void test_ns_plan__every_combination(void **state)
{
    static const uint32_t euids[] = {0, 1000};

    (void)state;
    for (size_t e = 0; e < ARRAY_SIZE(euids); e++) {
        for (unsigned code = 0; code < 6561; code++) { /* 3^8 */
            struct fixture f;
            char wants[NS_TYPE_COUNT];
            unsigned rest = code;
            int r;

            for (int t = 0; t < NS_TYPE_COUNT; t++, rest /= 3)
                wants[t] = "-nj"[rest % 3];
            fixture_init(&f, wants, euids[e]);
            r = ns_plan(&f.arena, &f.config, &f.facts, &f.plan, &f.err);
            if (wants[NS_MOUNT] == '-' || (euids[e] && wants[NS_USER] == '-')) {
                assert_int_equal(r, -EINVAL);
                assert_int_equal(f.err.kind, ERR_CONFIG);
                assert_string_equal(f.err.where, "/linux/namespaces");
            } else {
                assert_int_equal(r, 0);
                check_invariants(wants, euids[e], &f.plan);
            }
            fixture_done(&f);
        }
    }
}

static void test_ns_plan__ids(void **state)
{
    static const struct {
        uint32_t euid;
        struct config_idmap uid, gid;
        bool helpers, deny;
    } cases[] = {
        {0, {0, 100000, 65536}, {0, 100000, 65536}, false, false},
        {0, {0, 0, 1}, {0, 0, 1}, false, false},
        {1000, {0, 1000, 1}, {0, 1000, 1}, false, true},
        {1000, {5, 1000, 1}, {7, 1000, 1}, false, true},
        {1000, {0, 1000, 2}, {0, 1000, 1}, true, true},
        {1000, {0, 1000, 1}, {0, 100000, 1}, true, false},
        {1000, {0, 100000, 65536}, {0, 100000, 65536}, true, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;
        struct config_idmap uid = cases[i].uid, gid = cases[i].gid;

        fixture_init(&f, "nnnnnn--", cases[i].euid);
        f.config.linux_.uid_mappings = (struct config_idmaps){&uid, 1};
        f.config.linux_.gid_mappings = (struct config_idmaps){&gid, 1};
        assert_int_equal(ns_plan(&f.arena, &f.config, &f.facts, &f.plan, &f.err), 0);
        assert_true(f.plan.maps_ids);
        assert_int_equal(f.plan.use_helpers, cases[i].helpers);
        assert_int_equal(f.plan.deny_setgroups, cases[i].deny);
        fixture_done(&f);
    }
}

static void test_ns_plan__joined_user_maps_nothing(void **state)
{
    struct config_idmap line = {0, 100000, 65536};
    struct fixture f;

    (void)state;
    fixture_init(&f, "nnnnnj--", 0);
    f.config.linux_.uid_mappings = f.config.linux_.gid_mappings = (struct config_idmaps){&line, 1};
    assert_int_equal(ns_plan(&f.arena, &f.config, &f.facts, &f.plan, &f.err), 0);
    assert_false(f.plan.maps_ids);
    fixture_done(&f);
}

static void test_ns_plan__old_kernel(void **state)
{
    static const struct {
        const char *wants;
        uint32_t missing;
        const char *pointer, *message;
    } cases[] = {
        {"nnnnn-n-", KERNEL_CGROUP_NS, "/linux/namespaces/5", "this kernel has no cgroup namespaces"},
        {"nnnnn-j-", KERNEL_CGROUP_NS, "/linux/namespaces/5", "this kernel has no cgroup namespaces"},
        {"n------n", KERNEL_TIME_NS, "/linux/namespaces/1", "this kernel has no time namespaces"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;

        fixture_init(&f, cases[i].wants, 0);
        f.facts.kernel &= ~cases[i].missing;
        assert_int_equal(ns_plan(&f.arena, &f.config, &f.facts, &f.plan, &f.err), -EINVAL);
        assert_string_equal(f.err.where, cases[i].pointer);
        assert_string_equal(f.err.message, cases[i].message);
        fixture_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ns_plan__table),      cmocka_unit_test(test_ns_plan__every_combination),
        cmocka_unit_test(test_ns_plan__ids),        cmocka_unit_test(test_ns_plan__joined_user_maps_nothing),
        cmocka_unit_test(test_ns_plan__old_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
