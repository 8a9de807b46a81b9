/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/features.h"
#include "core/json.h"
#include "core/seccomp_policy.h"

#include <errno.h>

#include <cmocka.h>

static const struct features_info info = {.version = "0.1.0",
                                          .commit = "abc",
                                          .libseccomp_version = "2.5.4",
                                          .seccomp_flags = UINT32_MAX,
                                          .seccomp_archs = UINT32_MAX};

/* The document and its tree; done() gives both back. */
struct printed {
    struct buf text;
    struct json_doc doc;
};

static struct printed print(const struct features_info *i)
{
    struct printed p = {.text = BUF_INIT(256 * 1024)};
    struct err e;

    err_init(&e);
    features_print(i, &p.text);
    assert_int_equal(buf_error(&p.text), 0);
    if (json_parse(p.text.data, p.text.len, &p.doc, &e) < 0)
        fail_msg("%s", e.message);
    return p;
}

static void done(struct printed *p)
{
    json_doc_done(&p->doc);
    buf_done(&p->text);
}

/* The value at a path of names, "linux/cgroup/v1". */
static const struct json_value *at(const struct printed *p, const char *path)
{
    const struct json_value *v = json_root(&p->doc);
    struct str rest = str_of(path), name;
    char key[64];

    while (v && str_next(&rest, '/', &name)) {
        snprintf(key, sizeof(key), "%.*s", (int)name.len, name.ptr);
        v = json_find(v, key);
    }
    return v;
}

static bool holds(const struct json_value *array, const char *text)
{
    for (const struct json_value *v = json_first(array); v; v = json_next(v)) {
        if (streq(json_string(v), text))
            return true;
    }
    return false;
}

static void assert_sorted(const struct json_value *array)
{
    const char *last = NULL;

    assert_non_null(array);
    for (const struct json_value *v = json_first(array); v; v = json_next(v)) {
        assert_int_equal(json_type(v), JSON_STRING);
        if (last && strcmp(last, json_string(v)) >= 0)
            fail_msg("%s before %s", last, json_string(v));
        last = json_string(v);
    }
    assert_non_null(last);
}

static void test_features_print__frame(void **state)
{
    (void)state;
    struct printed p = print(&info);
    static const char begin[] = "{\n"
                                "    \"ociVersionMin\": \"1.0.0\",\n"
                                "    \"ociVersionMax\": \"1.3.0\",\n"
                                "    \"hooks\": [\n"
                                "        \"prestart\",\n"
                                "        \"createRuntime\",\n"
                                "        \"createContainer\",\n"
                                "        \"startContainer\",\n"
                                "        \"poststart\",\n"
                                "        \"poststop\"\n"
                                "    ],\n"
                                "    \"mountOptions\": [\n";
    static const char end[] = "    \"annotations\": {\n"
                              "        \"io.github.seccomp.libseccomp.version\": \"2.5.4\",\n"
                              "        \"org.lorica.checkpoint.enabled\": \"true\",\n"
                              "        \"org.lorica.commit\": \"abc\",\n"
                              "        \"org.lorica.version\": \"0.1.0\"\n"
                              "    },\n"
                              "    \"potentiallyUnsafeConfigAnnotations\": [\n"
                              "        \"org.criu.config\"\n"
                              "    ]\n"
                              "}\n";

    assert_true(str_starts(str_of(p.text.data), begin));
    assert_true(str_ends(str_of(p.text.data), end));
    done(&p);
}

/* What is refused at create is not announced, and what runs is. */
static void test_features_print__only_what_runs(void **state)
{
    (void)state;
    static const char *const off[] = {"linux/cgroup/systemd", "linux/cgroup/systemdUser"};
    static const char *const on[] = {"linux/cgroup/v1",          "linux/cgroup/v2",
                                     "linux/cgroup/rdma",        "linux/apparmor/enabled",
                                     "linux/selinux/enabled",    "linux/seccomp/enabled",
                                     "linux/netDevices/enabled", "linux/mountExtensions/idmap/enabled",
                                     "linux/intelRdt/enabled",   "linux/intelRdt/schemata",
                                     "linux/intelRdt/monitoring"};
    static const char *const namespaces[] = {"mount", "pid",  "network", "ipc",
                                             "uts",   "user", "cgroup",  "time"};
    struct printed p = print(&info);
    const struct json_value *v;

    for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
        assert_non_null(at(&p, off[i]));
        assert_int_equal(json_type(at(&p, off[i])), JSON_FALSE);
    }
    for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
        assert_non_null(at(&p, on[i]));
        assert_int_equal(json_type(at(&p, on[i])), JSON_TRUE);
    }
    v = at(&p, "linux/namespaces");
    assert_int_equal(json_count(v), ARRAY_SIZE(namespaces));
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
        assert_true(holds(v, namespaces[i]));
    v = at(&p, "mountOptions");
    assert_sorted(v);
    assert_true(holds(v, "ro") && holds(v, "rro") && holds(v, "rbind") && holds(v, "tmpcopyup") &&
                holds(v, "nosymfollow") && holds(v, "idmap") && holds(v, "ridmap"));
    assert_false(holds(v, "mode") || holds(v, "size"));
    done(&p);
}

static void test_features_print__lists(void **state)
{
    (void)state;
    static const char *const sorted[] = {"linux/capabilities",       "linux/seccomp/actions",
                                         "linux/seccomp/operators",  "linux/seccomp/archs",
                                         "linux/seccomp/knownFlags", "linux/seccomp/supportedFlags"};
    struct printed p = print(&info);

    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
        assert_sorted(at(&p, sorted[i]));
    assert_int_equal(json_count(at(&p, "linux/capabilities")), 41);
    assert_true(holds(at(&p, "linux/capabilities"), "CAP_CHECKPOINT_RESTORE"));
    assert_int_equal(json_count(at(&p, "linux/seccomp/operators")), 7);
    assert_true(holds(at(&p, "linux/seccomp/operators"), "SCMP_CMP_MASKED_EQ"));
    assert_true(holds(at(&p, "linux/seccomp/actions"), "SCMP_ACT_ERRNO"));
    assert_true(holds(at(&p, "linux/seccomp/actions"), "SCMP_ACT_KILL_PROCESS"));
    assert_true(holds(at(&p, "linux/seccomp/actions"), "SCMP_ACT_NOTIFY"));
    assert_true(holds(at(&p, "linux/seccomp/archs"), "SCMP_ARCH_X86_64"));
    assert_true(holds(at(&p, "linux/seccomp/archs"), "SCMP_ARCH_AARCH64"));
    assert_true(holds(at(&p, "linux/seccomp/knownFlags"), "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
    assert_true(holds(at(&p, "linux/seccomp/supportedFlags"), "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
    assert_true(holds(at(&p, "linux/seccomp/supportedFlags"), "SECCOMP_FILTER_FLAG_SPEC_ALLOW"));
    assert_int_equal(json_count(at(&p, "linux/memoryPolicy/modes")), 7);
    assert_true(holds(at(&p, "linux/memoryPolicy/modes"), "MPOL_BIND"));
    assert_true(json_count(at(&p, "linux/memoryPolicy/flags")) >= 3);
    done(&p);
}

static void test_features_print__without_seccomp(void **state)
{
    (void)state;
    const struct features_info bare = {.version = "1", .commit = ""};
    struct printed p = print(&bare);

    assert_int_equal(json_type(at(&p, "linux/seccomp/enabled")), JSON_FALSE);
    assert_null(at(&p, "linux/seccomp/actions"));
    assert_null(at(&p, "annotations/io.github.seccomp.libseccomp.version"));
    assert_null(at(&p, "annotations/org.lorica.commit"));
    done(&p);
}

/* Flags that the kernel does not take are known, and not supported; the same for the library's architectures.
 */
static void test_features_print__old_kernel(void **state)
{
    (void)state;
    struct features_info old = info;

    old.seccomp_flags = 1u << 1;
    old.seccomp_archs = 1u << SECCOMP_ARCH_AARCH64;
    struct printed p = print(&old);
    assert_int_equal(json_count(at(&p, "linux/seccomp/knownFlags")), 4);
    assert_int_equal(json_count(at(&p, "linux/seccomp/supportedFlags")), 1);
    assert_true(holds(at(&p, "linux/seccomp/supportedFlags"), "SECCOMP_FILTER_FLAG_LOG"));
    assert_int_equal(json_count(at(&p, "linux/seccomp/archs")), 1);
    assert_true(holds(at(&p, "linux/seccomp/archs"), "SCMP_ARCH_AARCH64"));
    done(&p);
}

static void test_features_print__buffer_full(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(1000);

    features_print(&info, &b);
    assert_int_equal(buf_error(&b), -EMSGSIZE);
}

/* A build that talks to systemd says so, and which annotations it then follows. */
static void test_features_print__systemd(void **state)
{
    struct features_info with = info;
    struct printed p;

    (void)state;
    with.systemd = true;
    p = print(&with);
    assert_int_equal(json_type(at(&p, "linux/cgroup/systemd")), JSON_TRUE);
    assert_int_equal(json_type(at(&p, "linux/cgroup/systemdUser")), JSON_TRUE);
    assert_true(holds(at(&p, "potentiallyUnsafeConfigAnnotations"), "org.systemd.property."));
    done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features_print__frame),
        cmocka_unit_test(test_features_print__systemd),
        cmocka_unit_test(test_features_print__only_what_runs),
        cmocka_unit_test(test_features_print__lists),
        cmocka_unit_test(test_features_print__without_seccomp),
        cmocka_unit_test(test_features_print__old_kernel),
        cmocka_unit_test(test_features_print__buffer_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
