/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/plan_live_mounts.h"

#include "test_plan_pipeline.h"

#include <cmocka.h>
#include <sys/mount.h>

#define CONFIG                                                                                               \
    "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"a\"]},"      \
    "\"mounts\":[{\"destination\":\"/old\",\"type\":\"tmpfs\"}],"                                            \
    "\"linux\":{\"mountLabel\":\"a:b:c:s0\",\"namespaces\":[{\"type\":\"mount\"}]}}"

/* The outcome of one text: the mounts, or the error. */
static int run(struct pipeline *p, const char *text, struct plan_mount **ret, size_t *n)
{
    struct config_mount *mounts;
    int r;

    pipeline_init(p);
    r = pipeline_config(p, CONFIG, strlen(CONFIG));
    assert_int_equal(r, 0);
    r = mounts_decode(&p->arena, text, strlen(text), &mounts, n, &p->err);
    if (r == 0)
        r = plan_live_mounts(&p->arena, p->config, &p->facts, &p->options, mounts, *n, ret, &p->err);
    return r;
}

static void test_plan_live_mounts__are_translated_as_at_creation(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[{\"destination\":\"/a/../b/\",\"source\":\"src\",\"options\":[\"rbind\",\"ro\"]},"
        "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"ro\",\"size=1k\"]},"
        "{\"destination\":\"/d\",\"type\":\"ext4\",\"source\":\"/dev/x\"}]",
        "{\"mounts\":[{\"destination\":\"/b\",\"source\":\"/bundle/src\",\"options\":[\"ro\",\"rbind\"]},"
        "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"size=1k\",\"ro\"]},"
        "{\"destination\":\"/d\",\"type\":\"ext4\",\"source\":\"/dev/x\"}]}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct plan_mount *m;
        struct pipeline p;
        size_t n;

        if (run(&p, texts[i], &m, &n) < 0)
            fail_msg("%s", p.err.message);
        assert_int_equal(n, 3);
        assert_int_equal(m[0].kind, MOUNT_BIND);
        assert_string_equal(m[0].target, "/b");
        assert_string_equal(m[0].source, "/bundle/src");
        assert_int_equal(m[0].flags.set, MS_BIND | MS_REC | MS_RDONLY);
        assert_false(plan_live_mount_is_inside(&m[0]));
        assert_int_equal(m[1].kind, MOUNT_FS);
        assert_string_equal(m[1].data, "size=1k");
        assert_string_equal(m[1].label, "a:b:c:s0");
        assert_false(m[1].read_only_later); /* nothing of ours is put into it */
        assert_int_equal(m[1].flags.set, MS_RDONLY);
        assert_true(plan_live_mount_is_inside(&m[1]));
        assert_false(plan_live_mount_is_inside(&m[2]));
        pipeline_done(&p);
    }
}

static void test_plan_live_mounts__none(void **state)
{
    (void)state;
    static const char *const texts[] = {"[]", "{\"mounts\":[]}"};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct plan_mount *m;
        struct pipeline p;
        size_t n = 9;

        assert_int_equal(run(&p, texts[i], &m, &n), 0);
        assert_int_equal(n, 0);
        pipeline_done(&p);
    }
}

static void test_plan_live_mounts__refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *message;
    } cases[] = {
        {"[{\"destination\":\"/proc\",\"type\":\"proc\"}]", "/mounts/0", "cannot be added"},
        {"[{\"destination\":\"/x\",\"type\":\"proc\"}]", "/mounts/0", "cannot be added"},
        {"[{\"destination\":\"/proc/meminfo\",\"source\":\"/f\",\"options\":[\"bind\"]}]", "/mounts/0",
         "cannot be added"},
        {"[{\"destination\":\"/x\",\"type\":\"cgroup\"}]", "/mounts/0", "cannot be added"},
        {"[{\"destination\":\"/x\",\"options\":[\"remount\",\"ro\"]}]", "/mounts/0", "cannot be added"},
        {"[{\"destination\":\"/x\",\"source\":\"/f\",\"options\":[\"bind\",\"copy-symlink\"]}]", "/mounts/0",
         "cannot be added"},
        {"[{\"destination\":\"/\",\"type\":\"tmpfs\"}]", "/mounts/0/destination", "root itself"},
        {"[{\"destination\":\"/x\",\"options\":[\"bind\"]}]", "/mounts/0/source", "needs a source"},
        {"[{\"destination\":\"/x\"}]", "/mounts/0/type", "needs a type"},
        {"[{\"source\":\"/x\"}]", "/mounts/0/destination", "destination"},
        {"[[]]", "/mounts/0", "must be an object"},
        {"{\"mounts\":1}", "/mounts", "array"},
        {"{}", "/mounts", ""},
        {"1", "", "object"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plan_mount *m;
        struct pipeline p;
        size_t n;

        assert_int_equal(run(&p, cases[i].text, &m, &n), -EINVAL);
        if (strcmp(p.err.where, cases[i].where) != 0 || !strstr(p.err.message, cases[i].message))
            fail_msg("%s: %s: %s", cases[i].text, p.err.where, p.err.message);
        pipeline_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_live_mounts__are_translated_as_at_creation),
        cmocka_unit_test(test_plan_live_mounts__none),
        cmocka_unit_test(test_plan_live_mounts__refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
