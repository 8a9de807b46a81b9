/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/config.h"

#include <cmocka.h>

static void test_ns_type_name__all(void **state)
{
    static const char *const names[NS_TYPE_COUNT] = {"mount", "pid",  "network", "ipc",
                                                     "uts",   "user", "cgroup",  "time"};

    (void)state;
    for (unsigned i = 0; i < NS_TYPE_COUNT; i++)
        assert_string_equal(ns_type_name((enum ns_type)i), names[i]);
    assert_string_equal(ns_type_name(NS_TYPE_COUNT), "unknown");
}

static void test_hook_kind_name__all(void **state)
{
    static const char *const names[HOOK_KIND_COUNT] = {"prestart",       "createRuntime", "createContainer",
                                                       "startContainer", "poststart",     "poststop"};

    (void)state;
    for (unsigned i = 0; i < HOOK_KIND_COUNT; i++)
        assert_string_equal(hook_kind_name((enum hook_kind)i), names[i]);
    assert_string_equal(hook_kind_name(HOOK_KIND_COUNT), "unknown");
}

static void test_config_namespace_find__cases(void **state)
{
    struct config_namespace list[] = {{"pid", NS_PID, NULL}, {"network", NS_NETWORK, "/n"}};
    struct config c = {.linux_ = {.namespaces = list, .n_namespaces = ARRAY_SIZE(list)}};
    const struct config none = {.oci_version = "1.0.0"};

    (void)state;
    assert_ptr_equal(config_namespace_find(&c, NS_PID), &list[0]);
    assert_ptr_equal(config_namespace_find(&c, NS_NETWORK), &list[1]);
    assert_null(config_namespace_find(&c, NS_MOUNT));
    assert_null(config_namespace_find(&none, NS_PID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ns_type_name__all),
        cmocka_unit_test(test_hook_kind_name__all),
        cmocka_unit_test(test_config_namespace_find__cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
