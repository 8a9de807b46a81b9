/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode.h"
#include "core/legacy.h"

#include <ctype.h>
#include <errno.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static bool needed(const char *text)
{
    struct json_doc doc;
    bool r;

    assert_int_equal(json_parse(text, strlen(text), &doc, NULL), 0);
    r = legacy_needed(&doc);
    json_doc_done(&doc);
    return r;
}

static int upgrade(const char *config, const char *runtime, struct legacy_result *ret, struct err *e)
{
    struct json_doc c, r;
    int code;

    err_init(e);
    assert_int_equal(json_parse(config, strlen(config), &c, e), 0);
    if (runtime)
        assert_int_equal(json_parse(runtime, strlen(runtime), &r, e), 0);
    code = legacy_upgrade(&arena, &c, runtime ? &r : NULL, ret, e);
    json_doc_done(&c);
    if (runtime)
        json_doc_done(&r);
    return code;
}

/* Without white space outside of strings. */
static const char *compact(const char *text)
{
    char *out = arena_strdup(&arena, text), *to = out;
    bool in_string = false;

    for (const char *p = text; *p; p++) {
        if (*p == '"')
            in_string = !in_string;
        if (in_string || !isspace((unsigned char)*p))
            *to++ = *p;
    }
    *to = '\0';
    return out;
}

static void test_legacy_needed__versions(void **state)
{
    static const struct {
        const char *text;
        bool needed;
    } cases[] = {
        {"{\"ociVersion\":\"0.1.1\"}", true},
        {"{\"ociVersion\":\"0.6.0-dev\"}", true},
        {"{\"ociVersion\":\"1.0.0-rc1\"}", true},
        {"{\"ociVersion\":\"1.0.0-rc6-dev\"}", true},
        {"{\"ociVersion\":\"1.0.0\"}", false},
        {"{\"ociVersion\":\"1.0.2-dev\"}", false},
        {"{\"ociVersion\":\"1.3.0\"}", false},
        {"{\"ociVersion\":\"2.0.0\"}", false},
        {"{\"ociVersion\":\"one\"}", false},
        {"{\"ociVersion\":5}", false},
        {"{}", false},
        {"[]", false},
        {"{\"version\":\"0.2.0\"}", true},
        {"{\"version\":\"pre-draft\"}", true},
        {"{\"version\":2}", false},
        {"{\"ociVersion\":\"1.0.0\",\"version\":\"0.2.0\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (needed(cases[i].text) != cases[i].needed)
            fail_msg("%s", cases[i].text);
}

/* A document that says 1.0.0 and is not. */
static void test_legacy_needed__shapes(void **state)
{
    static const struct {
        const char *members;
        bool needed;
    } cases[] = {
        {"\"platform\":{\"os\":\"linux\"}", true},
        {"\"platform\":null", false},
        {"\"processes\":[]", true},
        {"\"process\":{\"capabilities\":[]}", true},
        {"\"process\":{\"capabilities\":{}}", false},
        {"\"process\":{\"selinuxProcessLabel\":\"x\"}", true},
        {"\"mounts\":[{\"name\":\"a\",\"path\":\"/a\"}]", true},
        {"\"mounts\":[{\"destination\":\"/a\"}]", false},
        {"\"mounts\":{\"path\":1}", false},
        {"\"linux\":{\"rlimits\":[]}", true},
        {"\"linux\":{\"noNewPrivileges\":true}", true},
        {"\"linux\":{\"devices\":[{\"type\":99}]}", true},
        {"\"linux\":{\"devices\":[{\"type\":\"c\"}]}", false},
        {"\"linux\":{\"devices\":[\"null\"]}", true},
        {"\"linux\":{\"devices\":[{\"permissions\":\"rwm\"}]}", true},
        {"\"linux\":{\"seccomp\":{\"syscalls\":[{\"name\":\"a\"}]}}", true},
        {"\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":[\"a\"]}]}}", false},
        {"\"linux\":{\"resources\":{\"disableOOMKiller\":false}}", true},
        {"\"linux\":{\"resources\":{\"oomScoreAdj\":1}}", true},
        {"\"linux\":{\"resources\":{\"blockIO\":{\"blkioWeight\":10}}}", true},
        {"\"linux\":{\"resources\":{\"blockIO\":{\"weight\":10}}}", false},
        {"\"linux\":{\"resources\":{\"network\":{\"classID\":\"0x1\"}}}", true},
        {"\"linux\":{\"resources\":{\"network\":{\"classID\":1}}}", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *text = arena_printf(&arena, "{\"ociVersion\":\"1.0.0\",%s}", cases[i].members);

        if (needed(text) != cases[i].needed)
            fail_msg("%s", text);
    }
}

#define V "\"ociVersion\":\"1.3.0\""

static void test_legacy_upgrade__table(void **state)
{
    static const struct {
        const char *config, *runtime;
        const char *want;   /* in the result, white space aside */
        const char *change; /* in one of the changes */
    } cases[] = {
        {"{\"ociVersion\":\"1.0.0-rc3\"}", NULL, "{" V "}", "/ociVersion: 1.3.0, was \"1.0.0-rc3\""},
        {"{\"ociVersion\":\"1.0.0-rc5\",\"platform\":{\"os\":\"linux\",\"arch\":\"amd64\"}}", NULL, "{" V "}",
         "/platform: left out"},
        {"{\"version\":\"pre-draft\",\"processes\":[{\"args\":[\"a\"]}]}", NULL,
         "\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}", "/processes: process now"},

        /* two files */
        {"{\"version\":\"0.2.0\",\"mounts\":[{\"name\":\"p\",\"path\":\"/proc\"},{\"name\":\"t\",\"path\":\"/"
         "t\"}]}",
         "{\"mounts\":{\"t\":{\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"ro\"]},\"p\":{\"type\":"
         "\"proc\",\"source\":\"proc\"}}}",
         "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},{\"destination\":\"/"
         "t\","
         "\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"ro\"]}]",
         "/mounts/1: joined with \"t\" of runtime.json"},
        {"{\"version\":\"0.2.0\"}", "{\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"args\":[\"h\",\"1\"]}]}}",
         "\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"args\":[\"h\",\"1\"]}]}",
         "/hooks: taken from runtime.json"},
        {"{\"version\":\"0.2.0\",\"linux\":{\"capabilities\":[]}}",
         "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"}],\"cgroupsPath\":\"/x\"}}",
         "\"namespaces\":[{\"type\":\"pid\"}],\"cgroupsPath\":\"/x\"", "/linux: joined"},
        {"{\"version\":\"0.1.1\"}", "{}",
         "\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]},"
         "\"rootfsPropagation\":"
         "\"rprivate\"}",
         "rprivate"},
        {"{\"ociVersion\":\"0.3.0-dev\",\"mounts\":[{\"path\":\"/"
         "p\",\"type\":\"proc\",\"source\":\"proc\"}]}",
         NULL, "\"mounts\":[{\"type\":\"proc\",\"source\":\"proc\",\"destination\":\"/p\"}]",
         "path is destination"},

        /* linux -> process */
        {"{\"ociVersion\":\"0.3.0\",\"process\":{\"cwd\":\"/\"},\"linux\":{\"apparmorProfile\":\"a\","
         "\"selinuxProcessLabel\":\"l\",\"noNewPrivileges\":true}}",
         NULL,
         "\"process\":{\"cwd\":\"/"
         "\",\"apparmorProfile\":\"a\",\"selinuxLabel\":\"l\",\"noNewPrivileges\":true},"
         "\"linux\":{}",
         "/linux/selinuxProcessLabel: /process/selinuxLabel now"},
        {"{\"ociVersion\":\"0.3.0\",\"process\":{\"cwd\":\"/"
         "\"},\"linux\":{\"capabilities\":[\"KILL\",\"CAP_CHOWN\"]}}",
         NULL,
         "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\",\"CAP_"
         "CHOWN\"],"
         "\"inheritable\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"]}",
         "/process/capabilities"},
        {"{\"version\":\"0.1.0\",\"process\":{\"cwd\":\"/\"}}",
         "{\"linux\":{\"rlimits\":[{\"type\":7,\"hard\":10,\"soft\":9}]}}",
         "\"rlimits\":[{\"hard\":10,\"soft\":9,\"type\":\"RLIMIT_NOFILE\"}]", "RLIMIT_NOFILE, was 7"},
        {"{\"ociVersion\":\"1.0.0-rc2\",\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":1},{"
         "\"type\":"
         "\"RLIMIT_CORE\",\"hard\":2}]}}",
         NULL, "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":2}]", "an earlier RLIMIT_CORE left out"},
        {"{\"ociVersion\":\"1.0.0-rc5\",\"process\":{},\"linux\":{\"resources\":{\"oomScoreAdj\":-5}}}", NULL,
         "\"process\":{\"oomScoreAdj\":-5},\"linux\":{\"resources\":{}}", "/process/oomScoreAdj now"},

        /* linux */
        {"{\"ociVersion\":\"0.3.0\",\"linux\":{\"uidMappings\":[{\"hostID\":1,\"containerID\":0,\"size\":1}]}"
         "}",
         NULL, "\"namespaces\":[{\"type\":\"user\"}]", "the user namespace"},
        {"{\"ociVersion\":\"0.3.0\",\"linux\":{\"uidMappings\":[{\"hostID\":1}],\"namespaces\":[{\"type\":"
         "\"user\"}]}}",
         NULL, "\"namespaces\":[{\"type\":\"user\"}]", "/ociVersion"},
        {"{\"ociVersion\":\"0.3.0\",\"linux\":{\"devices\":[{\"path\":\"/dev/"
         "f\",\"type\":99,\"major\":10,\"minor\":229,"
         "\"permissions\":\"rw\"}]}}",
         NULL,
         "\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rw\",\"type\":\"c\",\"major\":10,"
         "\"minor\":229}]}",
         "\"c\", was 99"},
        {"{\"version\":\"pre-draft\",\"linux\":{\"devices\":[\"null\",\"urandom\"]}}", NULL,
         "\"devices\":[],", "urandom is always there"},
        {"{\"ociVersion\":\"1.0.0-rc4\",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
         "\"syscalls\":[{"
         "\"name\":\"mkdir\",\"action\":\"SCMP_ACT_ERRNO\"}]}}}",
         NULL, "\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\",\"names\":[\"mkdir\"]}]",
         "name is names now, 1 times"},
        {"{\"version\":\"0.2.0\"}", "{\"linux\":{\"seccomp\":{\"defaultAction\":\"\",\"syscalls\":null}}}",
         "\"linux\":{\"resources\"", "/linux/seccomp: empty"},
        {"{\"ociVersion\":\"0.4.0\",\"root\":{\"path\":\"r\",\"readonly\":true},\"mounts\":[{\"destination\":"
         "\"/sys\","
         "\"type\":\"sysfs\"}],\"linux\":{}}",
         NULL,
         "\"type\":\"sysfs\",\"options\":[\"ro\"]}],\"linux\":{\"maskedPaths\":[\"/proc/"
         "kcore\"],\"readonlyPaths\":["
         "\"/proc/sys\",\"/proc/sysrq-trigger\",\"/proc/irq\",\"/proc/bus\"]}",
         "what a read-only root implied"},
        {"{\"ociVersion\":\"0.5.0\",\"root\":{\"readonly\":true},\"linux\":{}}", NULL, "\"linux\":{}",
         "/ociVersion"},
        {"{\"version\":\"0.1.0\"}", "{\"linux\":{\"systemProperties\":{\"net.x\":\"1\"}}}",
         "\"sysctl\":{\"net.x\":\"1\"}", "/linux/sysctl now"},

        /* resources */
        {"{\"ociVersion\":\"1.0.0-rc6\",\"linux\":{\"resources\":{\"disableOOMKiller\":true}}}", NULL,
         "\"resources\":{\"memory\":{\"disableOOMKiller\":true}}", "memory/disableOOMKiller now"},
        {"{\"ociVersion\":\"1.0.0-rc6\",\"linux\":{\"resources\":{\"disableOOMKiller\":false}}}", NULL,
         "\"resources\":{}", "/ociVersion"},
        {"{\"ociVersion\":\"1.0.0-rc5\",\"linux\":{\"resources\":{\"blockIO\":{\"blkioWeight\":10,"
         "\"blkioThrottleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}}}}",
         NULL, "\"blockIO\":{\"weight\":10,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}",
         "blkioWeight: weight now"},
        {"{\"version\":\"0.1.1\"}",
         "{\"linux\":{\"resources\":{\"blockIO\":{\"blkioThrottleReadIopsDevice\":\"8:0 100\\n8:16 7\\n\","
         "\"blkioWeightDevice\":\"\"}}}}",
         "\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":100},{\"major\":8,"
         "\"minor\":16,"
         "\"rate\":7}]}",
         "throttleReadIOPSDevice now"},
        {"{\"version\":\"0.2.0\"}", "{\"linux\":{\"resources\":{\"network\":{\"classID\":\"0x100001\"}}}}",
         "\"classID\":1048577", "1048577, was \"0x100001\""},
        {"{\"version\":\"0.1.1\"}", "{\"linux\":{\"resources\":{\"network\":{\"classId\":\"7\"}}}}",
         "\"classID\":7", "/linux/resources/network/classID"},
        {"{\"version\":\"0.1.1\"}",
         "{\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":2097152,\"limit\":4194304}]}}}",
         "{\"limit\":4194304,\"pageSize\":\"2MB\"}", "\"2MB\", was 2097152"},
        {"{\"version\":\"0.2.0\"}",
         "{\"linux\":{\"resources\":{\"memory\":{\"limit\":0,\"swap\":-1,\"swappiness\":-1},\"pids\":{"
         "\"limit\":0}}}}",
         "\"resources\":{\"memory\":{\"swap\":-1},\"devices\"", "0 meant not set"},
        {"{\"ociVersion\":\"0.5.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":0}}}}", NULL,
         "\"memory\":{\"limit\":0}", "/ociVersion"},

        {"{\"ociVersion\":\"1.0.0-rc3\",\"hooks\":{\"poststop\":[{\"path\":\"/h\",\"timeout\":0}]}}", NULL,
         "\"poststop\":[{\"path\":\"/h\"}]", "/hooks/poststop/0/timeout: 0 meant none"},
        /* by shape alone: nothing that the version would imply */
        {"{\"ociVersion\":\"1.0.2\",\"root\":{\"readonly\":true},\"linux\":{\"rlimits\":[]}}", NULL,
         "{\"root\":{\"readonly\":true},\"linux\":{\"rlimits\":[]}," V "}", "/ociVersion"},
        /* what is unknown stays, numbers and texts as they were */
        {"{\"ociVersion\":\"0.5.0\",\"x\":[1.50,18446744073709551615,\"\\u00e9\\n\",null,true,{}]}", NULL,
         "\"x\":[1.50,18446744073709551615,\"\xc3\xa9\\n\",null,true,{}]", "/ociVersion"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct legacy_result r;
        struct err e;
        bool found = false;

        if (upgrade(cases[i].config, cases[i].runtime, &r, &e) < 0)
            fail_msg("%s: %s", cases[i].config, e.message);
        if (!strstr(compact(r.text), cases[i].want))
            fail_msg("%s gives %s, without %s", cases[i].config, compact(r.text), cases[i].want);
        for (size_t k = 0; k < r.changes.n; k++)
            found |= strstr(r.changes.v[k], cases[i].change) != NULL;
        if (!found)
            fail_msg("%s: no change \"%s\"", cases[i].config, cases[i].change);
    }
}

/* What has no counterpart today is an error with its place. */
static void test_legacy_upgrade__errors(void **state)
{
    static const struct {
        const char *config, *runtime, *where, *message;
    } cases[] = {
        {"[]", NULL, "", "must be an object"},
        {"{\"ociVersion\":\"1.0.0-rc5\",\"platform\":{\"os\":\"windows\"}}", NULL, "/platform/os", "windows"},
        {"{\"version\":\"x\",\"processes\":[{},{}]}", NULL, "/processes/1", "one process"},
        {"{\"version\":\"0.2.0\",\"mounts\":[{\"name\":\"a\",\"path\":\"/a\"}]}", "{\"mounts\":{}}",
         "/mounts/0", "does not say what the mount \"a\" is"},
        {"{\"version\":\"0.2.0\",\"mounts\":[{\"name\":\"a\",\"path\":\"/a\"},{\"name\":\"a\",\"path\":\"/"
         "b\"}]}",
         "{\"mounts\":{\"a\":{\"type\":\"tmpfs\"}}}", "/mounts/1/name", "two mounts"},
        {"{\"ociVersion\":\"0.3.0\",\"process\":{},\"linux\":{\"rlimits\":[{\"type\":16}]}}", NULL,
         "/process/rlimits/0/type", "no limit with the number 16"},
        {"{\"ociVersion\":\"0.3.0\",\"linux\":{\"devices\":[{\"type\":\"c\"},{\"type\":100}]}}", NULL,
         "/linux/devices/1/type", "100 is not the number"},
        {"{\"ociVersion\":\"0.3.0\",\"linux\":{\"devices\":[\"fuse\"]}}", NULL, "/linux/devices/0", "fuse"},
        {"{\"version\":\"0.1.1\"}",
         "{\"linux\":{\"resources\":{\"blockIO\":{\"blkioThrottleReadBpsDevice\":\"8 100\"}}}}",
         "/linux/resources/blockIO/blkioThrottleReadBpsDevice", "\"8 100\" is not MAJOR:MINOR VALUE"},
        {"{\"version\":\"0.2.0\"}", "{\"linux\":{\"resources\":{\"network\":{\"classID\":\"0x1ffffffff\"}}}}",
         "/linux/resources/network/classID", "no number of 32 bits"},
        {"{\"version\":\"0.1.1\"}", "{\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":1000}]}}}",
         "/linux/resources/hugepageLimits/0/pageSize", "1000 is not the size of a page"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct legacy_result r;
        struct err e;

        if (upgrade(cases[i].config, cases[i].runtime, &r, &e) != -EINVAL)
            fail_msg("%s: accepted", cases[i].config);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, cases[i].where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("%s: %s", cases[i].config, e.message);
    }
}

static void test_legacy_has_runtime_file(void **state)
{
    static const struct {
        const char *text;
        bool has;
    } cases[] = {
        {"{\"version\":\"0.2.0\"}", true},
        {"{\"ociVersion\":\"0.3.0-dev\",\"mounts\":[{\"name\":\"a\",\"path\":\"/a\"}]}", true},
        {"{\"ociVersion\":\"0.3.0\",\"mounts\":[{\"destination\":\"/a\"}]}", false},
        {"{\"ociVersion\":\"1.3.0\",\"version\":\"0.2.0\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json_doc doc;

        assert_int_equal(json_parse(cases[i].text, strlen(cases[i].text), &doc, NULL), 0);
        if (legacy_has_runtime_file(&doc) != cases[i].has)
            fail_msg("%s", cases[i].text);
        json_doc_done(&doc);
    }
}

/* No memory, at any moment: -ENOMEM and nothing else. */
static void test_legacy_upgrade__no_memory(void **state)
{
    static const char config[] =
        "{\"version\":\"0.2.0\",\"process\":{},\"mounts\":[{\"name\":\"p\",\"path\":\"/proc\"}],"
        "\"linux\":{\"capabilities\":[\"KILL\"]}}";
    static const char runtime[] =
        "{\"mounts\":{\"p\":{\"type\":\"proc\"}},\"linux\":{\"uidMappings\":[{\"hostID\":1}],"
        "\"rlimits\":[{\"type\":7}],\"devices\":[{\"type\":99,\"permissions\":\"r\",\"major\":1}],"
        "\"resources\":{\"disableOOMKiller\":true,\"memory\":{\"limit\":0},\"blockIO\":{"
        "\"blkioWeightDevice\":"
        "\"8:0 9\"},\"network\":{\"classID\":\"1\"},\"hugepageLimits\":[{\"pageSize\":2048}]}}}";
    struct json_doc c, r;
    size_t max = 64;
    int code;

    (void)state;
    assert_int_equal(json_parse(config, sizeof(config) - 1, &c, NULL), 0);
    assert_int_equal(json_parse(runtime, sizeof(runtime) - 1, &r, NULL), 0);
    do {
        struct legacy_result result;
        struct arena small;
        struct err e;

        arena_init(&small, 1, max);
        err_init(&e);
        code = legacy_upgrade(&small, &c, &r, &result, &e);
        assert_true(code == 0 || code == -ENOMEM);
        arena_done(&small);
        max += 64;
    } while (code == -ENOMEM && max < 1024 * 1024);
    assert_int_equal(code, 0);
    json_doc_done(&c);
    json_doc_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legacy_needed__versions),
        cmocka_unit_test_setup_teardown(test_legacy_needed__shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_legacy_upgrade__table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_legacy_upgrade__errors, setup, teardown),
        cmocka_unit_test(test_legacy_has_runtime_file),
        cmocka_unit_test(test_legacy_upgrade__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
