/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/state.h"

#include <errno.h>

#include <cmocka.h>

static struct pair full_annotations[] = {{"org.x/b", "2"}, {"org.x/a", "\xc3\xa9\n\"<>"}, {"empty", ""}};
static struct state_cgroup full_cgroups[] = {
    {"cpu,cpuacct", "/sys/fs/cgroup/cpu", "/user/a/c1", "/user/a"},
    {"name=systemd", "/sys/fs/cgroup/systemd", "/c1", NULL},
    {"", "/sys/fs/cgroup/unified", "/c1", "/c1"},
};
static struct state_namespace full_namespaces[] = {
    {NS_MOUNT, NULL}, {NS_PID, NULL}, {NS_NETWORK, "/run/netns/x"}};

static const char *full_options[] = {"rbind", "ro"};
static struct state_mount full_mounts[] = {
    {"/a", NULL, "/host/a", {full_options, 2}, UINT64_MAX},
    {"/t", "tmpfs", NULL, {NULL, 0}, 7},
};

static struct state_rdt full_rdt = {"/sys/fs/resctrl", "gold", .made = true, .monitoring = true};

static const struct state full = {
    .id = "c1",
    .oci_version = "1.0.2",
    .phase = STATE_RUNNING,
    .init = {4194304, UINT64_MAX},
    .creator = {77, 9007199254740993u},
    .boot_id = "0c0f0a4e-8f7b-4a4e-9a29-0b6c1de2a111",
    .bundle = "/b/with space",
    .rootfs = "/b/rootfs",
    .created = "2026-01-02T03:04:05.000000001Z",
    .annotations = {full_annotations, ARRAY_SIZE(full_annotations)},
    .owner_uid = UINT32_MAX - 1,
    .cgroup_layout = CGROUP_LAYOUT_HYBRID,
    .cgroups = full_cgroups,
    .n_cgroups = ARRAY_SIZE(full_cgroups),
    .systemd_scope = "lorica-c1.scope",
    .systemd_user = true,
    .namespaces = full_namespaces,
    .n_namespaces = ARRAY_SIZE(full_namespaces),
    .mounts = full_mounts,
    .n_mounts = ARRAY_SIZE(full_mounts),
    .rdt = &full_rdt,
    .rootless = true,
    .no_pivot = true,
    .no_new_keyring = true,
    .no_process = true,
    .detached = true,
    .terminal = true,
    .poststop_hooks_run = true,
    .started = "2026-01-02T03:04:06.5Z",
    .exit = {.known = true,
             .code = 137,
             .signal = 9,
             .oom_killed = {true, true},
             .finished = "2026-01-02T03:04:07Z"},
};

#define MINIMAL "\"version\":1,\"id\":\"a\",\"phase\":\"creating\",\"bundle\":\"/b\",\"rootfs\":\"/r\""

static void assert_states_equal(const struct state *a, const struct state *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->oci_version, b->oci_version);
    assert_int_equal(a->phase, b->phase);
    assert_int_equal(a->init.pid, b->init.pid);
    assert_true(a->init.start_ticks == b->init.start_ticks);
    assert_int_equal(a->creator.pid, b->creator.pid);
    assert_true(a->creator.start_ticks == b->creator.start_ticks);
    assert_string_equal(a->boot_id, b->boot_id);
    assert_string_equal(a->bundle, b->bundle);
    assert_string_equal(a->rootfs, b->rootfs);
    assert_string_equal(a->created, b->created);
    assert_int_equal(a->annotations.n, b->annotations.n);
    for (size_t i = 0; i < a->annotations.n; i++) {
        assert_string_equal(a->annotations.v[i].key, b->annotations.v[i].key);
        assert_string_equal(a->annotations.v[i].value, b->annotations.v[i].value);
    }
    assert_int_equal(a->owner_uid, b->owner_uid);
    assert_int_equal(a->cgroup_layout, b->cgroup_layout);
    assert_int_equal(a->n_cgroups, b->n_cgroups);
    for (size_t i = 0; i < a->n_cgroups; i++) {
        assert_string_equal(a->cgroups[i].hierarchy, b->cgroups[i].hierarchy);
        assert_string_equal(a->cgroups[i].mountpoint, b->cgroups[i].mountpoint);
        assert_string_equal(a->cgroups[i].path, b->cgroups[i].path);
        assert_true(streq(a->cgroups[i].first_made, b->cgroups[i].first_made));
    }
    assert_true(streq(a->systemd_scope, b->systemd_scope));
    assert_int_equal(a->systemd_user, b->systemd_user);
    assert_int_equal(a->n_namespaces, b->n_namespaces);
    for (size_t i = 0; i < a->n_namespaces; i++) {
        assert_int_equal(a->namespaces[i].type, b->namespaces[i].type);
        assert_true(streq(a->namespaces[i].path, b->namespaces[i].path));
    }
    assert_int_equal(a->n_mounts, b->n_mounts);
    for (size_t i = 0; i < a->n_mounts; i++) {
        const struct state_mount *x = &a->mounts[i], *y = &b->mounts[i];

        assert_string_equal(x->destination, y->destination);
        assert_true(streq(x->type, y->type));
        assert_true(streq(x->source, y->source));
        assert_int_equal(x->options.n, y->options.n);
        for (size_t k = 0; k < x->options.n; k++)
            assert_string_equal(x->options.v[k], y->options.v[k]);
        assert_true(x->mount_id == y->mount_id);
    }
    assert_non_null(a->rdt);
    assert_string_equal(a->rdt->mountpoint, b->rdt->mountpoint);
    assert_string_equal(a->rdt->group, b->rdt->group);
    assert_int_equal(a->rdt->made, b->rdt->made);
    assert_int_equal(a->rdt->owned, b->rdt->owned);
    assert_int_equal(a->rdt->monitoring, b->rdt->monitoring);
    assert_int_equal(a->rootless, b->rootless);
    assert_int_equal(a->no_pivot, b->no_pivot);
    assert_int_equal(a->no_new_keyring, b->no_new_keyring);
    assert_int_equal(a->no_process, b->no_process);
    assert_int_equal(a->detached, b->detached);
    assert_int_equal(a->terminal, b->terminal);
    assert_int_equal(a->poststop_hooks_run, b->poststop_hooks_run);
    assert_true(streq(a->started, b->started));
    assert_int_equal(a->exit.known, b->exit.known);
    assert_int_equal(a->exit.code, b->exit.code);
    assert_int_equal(a->exit.signal, b->exit.signal);
    assert_int_equal(a->exit.oom_killed.has, b->exit.oom_killed.has);
    assert_int_equal(a->exit.oom_killed.v, b->exit.oom_killed.v);
    assert_true(streq(a->exit.finished, b->exit.finished));
}

static void test_state_encode__round_trip(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(STATE_MAX_BYTES), again = BUF_INIT(STATE_MAX_BYTES);
    struct arena a;
    struct state *s;
    struct err e;

    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    err_init(&e);
    assert_int_equal(state_encode(&full, &b), 0);
    if (state_decode(&a, b.data, b.len, &s, &e) < 0)
        fail_msg("%s", e.message);
    assert_states_equal(s, &full);
    assert_int_equal(state_encode(s, &again), 0);
    assert_string_equal(buf_cstr(&again), buf_cstr(&b));
    arena_done(&a);
}

/* The format is read by other versions of the program: a change here is a change of STATE_VERSION. */
static void test_state_encode__format_is_frozen(void **state)
{
    (void)state;
    const struct state s = {.id = "a", .phase = STATE_CREATING, .bundle = "/b", .rootfs = "/r"};
    AUTO_BUF struct buf b = BUF_INIT(4096), f = BUF_INIT(4096);

    assert_int_equal(state_encode(&s, &b), 0);
    assert_string_equal(
        buf_cstr(&b),
        "{\"version\":1,\"id\":\"a\",\"phase\":\"creating\",\"init\":{\"pid\":0,\"startTicks\":0},"
        "\"creator\":{\"pid\":0,\"startTicks\":0},\"bundle\":\"/b\",\"rootfs\":\"/r\",\"annotations\":{},"
        "\"ownerUid\":0,\"cgroupLayout\":\"none\",\"cgroups\":[],\"namespaces\":[],\"rootless\":false,"
        "\"noPivot\":false,\"noNewKeyring\":false,\"detached\":false,\"terminal\":false,"
        "\"poststopHooksRun\":false}");
    assert_int_equal(state_encode(&full, &f), 0);
    assert_non_null(
        strstr(buf_cstr(&f),
               "\"phase\":\"running\",\"init\":{\"pid\":4194304,\"startTicks\":18446744073709551615}"));
    assert_non_null(strstr(buf_cstr(&f),
                           "\"cgroupLayout\":\"hybrid\",\"cgroups\":[{\"hierarchy\":\"cpu,cpuacct\","
                           "\"mountpoint\":\"/sys/fs/cgroup/cpu\",\"path\":\"/user/a/c1\","
                           "\"firstMade\":\"/user/a\"},{\"hierarchy\":\"name=systemd\""));
    assert_non_null(strstr(buf_cstr(&f), "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},"
                                         "{\"type\":\"network\",\"path\":\"/run/netns/x\"}]"));
}

static void test_state_encode__refuses_mounts_outside(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a", "/a/..", "/a/", NULL};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct state_mount m = {.destination = bad[i]};
        const struct state s = {.id = "a", .bundle = "/b", .rootfs = "/r", .mounts = &m, .n_mounts = 1};
        AUTO_BUF struct buf b = BUF_INIT(4096);

        assert_int_equal(state_encode(&s, &b), -EINVAL);
    }
}

static void test_state_mounts_print__is_an_array_of_mounts(void **state)
{
    (void)state;
    const struct state none = {.id = "a"};
    AUTO_BUF struct buf b = BUF_INIT(4096), empty = BUF_INIT(64);

    state_mounts_print(&none, &empty);
    assert_string_equal(buf_cstr(&empty), "[]\n");
    state_mounts_print(&full, &b);
    assert_string_equal(buf_cstr(&b), "[\n  {\n    \"destination\": \"/a\",\n    \"source\": \"/host/a\",\n"
                                      "    \"options\": [\n      \"rbind\",\n      \"ro\"\n    ]\n  },\n"
                                      "  {\n    \"destination\": \"/t\",\n    \"type\": \"tmpfs\",\n"
                                      "    \"options\": []\n  }\n]\n");
}

static void test_state_encode__refuses_what_decode_would(void **state)
{
    (void)state;
    struct state_cgroup bad_cgroups[] = {
        {"", "sys", "/a", NULL},   {"", "/sys", "a", NULL},   {"", "/sys", "/a/../b", NULL},
        {"", "/sys", "/a/", NULL}, {"", "/sys", "/a", "/"},   {"", "/sys", "/a", "/a/b"},
        {"", "/sys", "/ab", "/a"}, {"", "/sys", "/a/b", "a"}, {"", "/sys", NULL, NULL},
        {"", NULL, "/a", NULL},    {"", "/sys/", "/a", NULL}, {"", "/sys", "//", NULL},
    };
    struct state_namespace bad_namespace = {NS_TYPE_COUNT, NULL};
    AUTO_BUF struct buf b = BUF_INIT(STATE_MAX_BYTES);
    struct state s = full;

    for (size_t i = 0; i < ARRAY_SIZE(bad_cgroups); i++) {
        s = full;
        s.cgroups = &bad_cgroups[i];
        s.n_cgroups = 1;
        assert_int_equal(state_encode(&s, &b), -EINVAL);
    }
    static const char *const bad_ids[] = {NULL, "", ".", "..", "a/b"};
    for (size_t i = 0; i < ARRAY_SIZE(bad_ids); i++) {
        s = full;
        s.id = bad_ids[i];
        assert_int_equal(state_encode(&s, &b), -EINVAL);
    }
    s = full;
    s.bundle = "relative";
    assert_int_equal(state_encode(&s, &b), -EINVAL);
    s = full;
    s.rootfs = NULL;
    assert_int_equal(state_encode(&s, &b), -EINVAL);
    s = full;
    s.init.pid = -1;
    assert_int_equal(state_encode(&s, &b), -EINVAL);
    s = full;
    s.phase = STATE_PHASE_COUNT;
    assert_int_equal(state_encode(&s, &b), -EINVAL);
    s = full;
    s.namespaces = &bad_namespace;
    s.n_namespaces = 1;
    assert_int_equal(state_encode(&s, &b), -EINVAL);
    s = full;
    s.bundle = "/caf\xe9";
    assert_int_equal(state_encode(&s, &b), -EILSEQ);
    s = full;
    s.annotations.n = SIZE_MAX;
    assert_int_equal(state_encode(&s, &b), -EMSGSIZE);
    s = full;
    AUTO_BUF struct buf small = BUF_INIT(100);
    assert_int_equal(state_encode(&s, &small), -EMSGSIZE);
}

static void test_state_decode__truncated_at_every_byte(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(STATE_MAX_BYTES);

    assert_int_equal(state_encode(&full, &b), 0);
    for (size_t len = 0; len < b.len; len++) {
        char *exact = malloc(len + 1); /* exactly what is left, so that a sanitizer sees a byte too far */
        struct state *s = NULL;
        struct arena a;
        struct err e;

        assert_non_null(exact);
        memcpy(exact, b.data, len);
        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        err_init(&e);
        assert_int_equal(state_decode(&a, exact, len, &s, &e), -EBADMSG);
        assert_int_equal(e.kind, ERR_STATE);
        assert_true(str_starts(str_of(e.message), "the state is damaged: "));
        assert_null(s);
        arena_done(&a);
        free(exact);
    }
}

static void test_state_decode__optional_members(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{" MINIMAL "}",
        " {" MINIMAL "}\n",
        "{" MINIMAL ",\"future\":{\"deep\":[1,2]},\"other\":null}",
        "{" MINIMAL
        ",\"ociVersion\":null,\"init\":null,\"cgroups\":null,\"annotations\":null,\"cgroupLayout\":null}",
        "{" MINIMAL ",\"init\":{},\"creator\":{\"pid\":0},\"cgroups\":[],\"namespaces\":[]}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        struct arena a;
        struct state *s;
        struct err e;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        err_init(&e);
        if (state_decode(&a, same[i], strlen(same[i]), &s, &e) < 0)
            fail_msg("case %zu: %s", i, e.message);
        assert_string_equal(s->id, "a");
        assert_int_equal(s->phase, STATE_CREATING);
        assert_int_equal(s->init.pid, 0);
        assert_string_equal(s->created, "");
        assert_string_equal(s->boot_id, "");
        assert_string_equal(s->oci_version, "");
        assert_null(s->systemd_scope);
        assert_int_equal(s->n_cgroups, 0);
        assert_int_equal(s->annotations.n, 0);
        assert_int_equal(s->cgroup_layout, CGROUP_LAYOUT_NONE);
        assert_false(s->rootless);
        arena_done(&a);
    }
}

static void test_state_decode__refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int r;
        const char *has;
    } cases[] = {
        {"", -EBADMSG, "damaged"},
        {"null", -EBADMSG, "no version"},
        {"[]", -EBADMSG, "no version"},
        {"{}", -EBADMSG, "no version"},
        {"{\"version\":\"1\"}", -EBADMSG, "/version: "},
        {"{\"version\":0}", -EBADMSG, "/version: "},
        {"{\"version\":-1}", -EBADMSG, "/version: "},
        {"{\"version\":1.0}", -EBADMSG, "/version: "},
        {"{\"version\":2}", -ENOTSUP,
         "written by a newer version of lorica (format 2, this program knows 1)"},
        {"{\"version\":18446744073709551615,\"id\":7}", -ENOTSUP, "newer version"},
        {"{\"version\":1}", -EBADMSG, "/id"},
        {"{" MINIMAL "} x", -EBADMSG, "damaged"},
        {"{" MINIMAL ",\"id\":\"b\"}", -EBADMSG, "damaged"},
        {"{\"version\":1,\"id\":\"a\",\"bundle\":\"/b\",\"rootfs\":\"/r\"}", -EBADMSG, "/phase: is missing"},
        {"{\"version\":1,\"id\":\"a\",\"phase\":\"dead\",\"bundle\":\"/b\",\"rootfs\":\"/r\"}", -EBADMSG,
         "/phase: unknown"},
        {"{\"version\":1,\"id\":\"a\",\"phase\":3,\"bundle\":\"/b\",\"rootfs\":\"/r\"}", -EBADMSG,
         "/phase: unknown"},
        {"{\"version\":1,\"id\":\"../a\",\"phase\":\"created\",\"bundle\":\"/b\",\"rootfs\":\"/r\"}",
         -EBADMSG, "id must"},
        {"{\"version\":1,\"id\":\"a\",\"phase\":\"created\",\"bundle\":\"b\",\"rootfs\":\"/r\"}", -EBADMSG,
         "absolute"},
        {"{" MINIMAL ",\"created\":1}", -EBADMSG, "/created"},
        {"{" MINIMAL ",\"init\":[]}", -EBADMSG, "/init"},
        {"{" MINIMAL ",\"init\":{\"pid\":-1}}", -EBADMSG, "/init: pid must not be negative"},
        {"{" MINIMAL ",\"init\":{\"pid\":2147483648}}", -EBADMSG, "/init/pid"},
        {"{" MINIMAL ",\"init\":{\"startTicks\":18446744073709551616}}", -EBADMSG, "/init/startTicks"},
        {"{" MINIMAL ",\"ownerUid\":4294967296}", -EBADMSG, "/ownerUid"},
        {"{" MINIMAL ",\"annotations\":{\"a\":1}}", -EBADMSG, "/annotations/a"},
        {"{" MINIMAL ",\"cgroupLayout\":\"v3\"}", -EBADMSG, "/cgroupLayout"},
        {"{" MINIMAL ",\"cgroups\":[{\"mountpoint\":\"/m\"}]}", -EBADMSG, "/cgroups/0/path"},
        {"{" MINIMAL ",\"cgroups\":[{\"mountpoint\":\"/m\",\"path\":\"/a/../..\"}]}", -EBADMSG,
         "/cgroups/0: path must"},
        {"{" MINIMAL ",\"cgroups\":[{\"mountpoint\":\"m\",\"path\":\"/a\"}]}", -EBADMSG,
         "/cgroups/0: mountpoint must"},
        {"{" MINIMAL ",\"cgroups\":[{\"mountpoint\":\"/m\",\"path\":\"/a\",\"firstMade\":\"/\"}]}", -EBADMSG,
         "/cgroups/0: firstMade must"},
        {"{" MINIMAL ",\"namespaces\":[{\"path\":\"/x\"}]}", -EBADMSG, "/namespaces/0: unknown type"},
        {"{" MINIMAL ",\"namespaces\":[{\"type\":\"disk\"}]}", -EBADMSG, "/namespaces/0/type: unknown type"},
        {"{" MINIMAL ",\"rootless\":\"yes\"}", -EBADMSG, "/rootless"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct state *s = NULL;
        struct arena a;
        struct err e;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        err_init(&e);
        int r = state_decode(&a, cases[i].text, strlen(cases[i].text), &s, &e);
        if (r != cases[i].r || !strstr(e.message, cases[i].has) || e.kind != ERR_STATE || s)
            fail_msg("case %zu: %d %s", i, r, e.message);
        assert_int_equal(state_decode(&a, cases[i].text, strlen(cases[i].text), &s, NULL), cases[i].r);
        arena_done(&a);
    }
}

static void test_state_decode__no_memory(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(STATE_MAX_BYTES);

    assert_int_equal(state_encode(&full, &b), 0);
    for (size_t limit = 1; limit < 64 * 1024; limit += 40) {
        struct state *s = NULL;
        struct arena a;
        struct err e;

        arena_init(&a, 1, limit);
        err_init(&e);
        int r = state_decode(&a, b.data, b.len, &s, &e);
        if (r == 0) {
            assert_true(limit > sizeof(struct state));
            assert_states_equal(s, &full);
            arena_done(&a);
            return;
        }
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(e.code, ENOMEM);
        assert_null(s);
        arena_done(&a);
    }
    fail_msg("never enough");
}

static void test_state_names__complete(void **state)
{
    (void)state;
    static const char *const phases[] = {"creating", "created", "starting", "running", "stopped", "deleting"};

    assert_int_equal(ARRAY_SIZE(phases), STATE_PHASE_COUNT);
    for (int i = 0; i < STATE_PHASE_COUNT; i++)
        assert_string_equal(state_phase_name((enum state_phase)i), phases[i]);
    assert_string_equal(state_phase_name(STATE_PHASE_COUNT), "unknown");
    assert_string_equal(state_status_name(STATUS_CREATING), "creating");
    assert_string_equal(state_status_name(STATUS_CREATED), "created");
    assert_string_equal(state_status_name(STATUS_RUNNING), "running");
    assert_string_equal(state_status_name(STATUS_PAUSED), "paused");
    assert_string_equal(state_status_name(STATUS_STOPPED), "stopped");
}

static void test_state_owns_namespace__new_only(void **state)
{
    (void)state;
    assert_true(state_owns_namespace(&full, NS_PID));
    assert_true(state_owns_namespace(&full, NS_MOUNT));
    assert_false(state_owns_namespace(&full, NS_NETWORK));
    assert_false(state_owns_namespace(&full, NS_USER));
}

/* Every phase with every combination of facts, against the rules said one by one. */
static void test_state_status__every_combination(void **state)
{
    (void)state;
    for (int phase = 0; phase < STATE_PHASE_COUNT; phase++) {
        for (unsigned bits = 0; bits < 64; bits++) {
            struct state_facts f = {.init_exists = bits & 1,
                                    .init_same = bits & 2,
                                    .creator_alive = bits & 4,
                                    .start_pending = bits & 8,
                                    .frozen = bits & 16,
                                    .executed = bits & 32};
            enum state_status status = state_status((enum state_phase)phase, &f);
            bool alive = (bits & 3) == 3;

            if (phase == STATE_STOPPED || phase == STATE_DELETING)
                assert_int_equal(status, STATUS_STOPPED);
            else if (phase == STATE_CREATING)
                assert_int_equal(status, alive || (bits & 4) ? STATUS_CREATING : STATUS_STOPPED);
            else if (!alive)
                assert_int_equal(status, STATUS_STOPPED); /* gone, a zombie, or another process */
            else if (phase == STATE_STARTING && !(bits & 32))
                assert_int_equal(status, STATUS_CREATING); /* "running" is when the program was executed */
            else if (bits & 16)
                assert_int_equal(status, STATUS_PAUSED); /* created containers can be paused as well */
            else if (phase == STATE_CREATED && (bits & 8))
                assert_int_equal(status, STATUS_CREATED);
            else
                assert_int_equal(status, STATUS_RUNNING);
        }
    }
}

static void test_state_print__shape(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(64 * 1024);
    struct state_view v;

    state_view_init(&v, &full, STATUS_RUNNING, "");
    state_print(&v, &b);
    assert_string_equal(buf_cstr(&b), "{\n"
                                      "  \"ociVersion\": \"1.3.0\",\n"
                                      "  \"id\": \"c1\",\n"
                                      "  \"pid\": 4194304,\n"
                                      "  \"status\": \"running\",\n"
                                      "  \"bundle\": \"/b/with space\",\n"
                                      "  \"rootfs\": \"/b/rootfs\",\n"
                                      "  \"created\": \"2026-01-02T03:04:05.000000001Z\",\n"
                                      "  \"systemd-scope\": \"lorica-c1.scope\",\n"
                                      "  \"annotations\": {\n"
                                      "    \"empty\": \"\",\n"
                                      "    \"org.x/a\": \"\xc3\xa9\\n\\\"<>\",\n"
                                      "    \"org.x/b\": \"2\"\n"
                                      "  },\n"
                                      "  \"owner\": \"\",\n"
                                      "  \"startedAt\": \"2026-01-02T03:04:06.5Z\"\n"
                                      "}");
    buf_clear(&b);
    state_view_init(&v, &full, STATUS_STOPPED, "root");
    v.annotations = NULL;
    state_print(&v, &b);
    assert_non_null(strstr(buf_cstr(&b), "\"pid\": 0,\n  \"status\": \"stopped\""));
    assert_null(strstr(buf_cstr(&b), "annotations"));
    assert_non_null(strstr(buf_cstr(&b), "\"owner\": \"root\",\n"
                                         "  \"exitCode\": 137,\n"
                                         "  \"exitSignal\": 9,\n"
                                         "  \"oomKilled\": true,\n"
                                         "  \"startedAt\": \"2026-01-02T03:04:06.5Z\",\n"
                                         "  \"finishedAt\": \"2026-01-02T03:04:07Z\"\n}"));
}

static void test_state_exit__known_and_unknown(void **state)
{
    (void)state;
    static const struct {
        int wait_status;
        uint32_t code, signal;
    } cases[] = {{0, 0, 0},   {0x100, 1, 0},        {0xff00, 255, 0},
                 {9, 137, 9}, {0x80 | 11, 139, 11}, {64, 192, 64}};
    AUTO_BUF struct buf b = BUF_INIT(64 * 1024);
    struct state s = {.id = "c1"};

    state_exit_print(&s, &b);
    assert_string_equal(buf_cstr(&b), "{\"id\":\"c1\"}\n");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        state_exit_set(&s.exit, cases[i].wait_status);
        assert_true(s.exit.known);
        assert_int_equal(s.exit.code, cases[i].code);
        assert_int_equal(s.exit.signal, cases[i].signal);
    }
    buf_clear(&b);
    s.exit = (struct state_exit){.known = true, .oom_killed = {.has = true}, .finished = "F"};
    s.started = "S";
    state_exit_print(&s, &b);
    assert_string_equal(
        buf_cstr(&b),
        "{\"id\":\"c1\",\"exitCode\":0,\"oomKilled\":false,\"startedAt\":\"S\",\"finishedAt\":\"F\"}\n");
}

static void test_state_list_json__array(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(64 * 1024);
    const struct state_view views[] = {
        {.id = "a",
         .pid = 5,
         .status = STATUS_PAUSED,
         .bundle = "/b",
         .rootfs = "/r",
         .created = "T",
         .owner = "root"},
        {.id = "b",
         .status = STATUS_STOPPED,
         .bundle = "/c",
         .rootfs = "/s",
         .created = "U",
         .owner = "#1000"},
    };

    state_list_json(views, 0, &b);
    assert_string_equal(buf_cstr(&b), "null\n");
    buf_clear(&b);
    state_list_json(views, 2, &b);
    assert_string_equal(
        buf_cstr(&b),
        "[{\"ociVersion\":\"1.3.0\",\"id\":\"a\",\"pid\":5,\"status\":\"paused\",\"bundle\":\"/b\","
        "\"rootfs\":\"/r\",\"created\":\"T\",\"owner\":\"root\"},"
        "{\"ociVersion\":\"1.3.0\",\"id\":\"b\",\"pid\":0,\"status\":\"stopped\",\"bundle\":\"/c\","
        "\"rootfs\":\"/s\",\"created\":\"U\",\"owner\":\"#1000\"}]\n");
}

static void test_state_list_table__widths(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(64 * 1024);
    const struct state_view views[] = {
        {.id = "short",
         .pid = 5,
         .status = STATUS_RUNNING,
         .bundle = "/b",
         .created = "2026-01-02T03:04:05Z",
         .owner = "root"},
        {.id = "exactly9b",
         .pid = 2147483647,
         .status = STATUS_STOPPED,
         .bundle = "/b/longer/than/twelve",
         .created = "2026-01-02T03:04:05.5Z",
         .owner = "#1000"},
        {.id = "ten-bytes.", .bundle = "/\xc3\xa9\x1b[1m\xff", .created = "", .owner = ""},
    };

    state_list_table(views, 0, &b);
    assert_string_equal(buf_cstr(&b), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    buf_clear(&b);
    state_list_table(views, 3, &b);
    assert_string_equal(
        buf_cstr(&b),
        "ID           PID          STATUS      BUNDLE                  CREATED                  OWNER\n"
        "short        5            running     /b                      2026-01-02T03:04:05Z     root\n"
        "exactly9b    2147483647   stopped     /b/longer/than/twelve   2026-01-02T03:04:05.5Z   #1000\n"
        "ten-bytes.   0            creating    /\xc3\xa9?[1m?                                          \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_encode__round_trip),
        cmocka_unit_test(test_state_encode__format_is_frozen),
        cmocka_unit_test(test_state_encode__refuses_mounts_outside),
        cmocka_unit_test(test_state_mounts_print__is_an_array_of_mounts),
        cmocka_unit_test(test_state_encode__refuses_what_decode_would),
        cmocka_unit_test(test_state_decode__truncated_at_every_byte),
        cmocka_unit_test(test_state_decode__optional_members),
        cmocka_unit_test(test_state_decode__refused),
        cmocka_unit_test(test_state_decode__no_memory),
        cmocka_unit_test(test_state_names__complete),
        cmocka_unit_test(test_state_owns_namespace__new_only),
        cmocka_unit_test(test_state_status__every_combination),
        cmocka_unit_test(test_state_print__shape),
        cmocka_unit_test(test_state_exit__known_and_unknown),
        cmocka_unit_test(test_state_list_json__array),
        cmocka_unit_test(test_state_list_table__widths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
