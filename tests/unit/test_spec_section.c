/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/spec_section.h"

#include <cmocka.h>

static void test_spec_section_of(void **state)
{
    static const struct {
        const char *pointer, *section;
    } cases[] = {
        {"", "config.md#configuration"},
        {"/", "config.md#configuration"},
        {"/ociVersion", "config.md#specification-version"},
        {"/ociVersions", "config.md#configuration"},
        {"/process", "config.md#process"},
        {"/process/cwd", "config.md#process"},
        {"/process/user/additionalGids/3", "config.md#posix-platform-user"},
        {"/process/capabilities/bounding/0", "config.md#linux-process"},
        {"/mounts", "config.md#mounts"},
        {"/mounts/12/destination", "config.md#mounts"},
        {"/mounts/12/options/0", "config.md#linux-mount-options"},
        {"/mounts/12/uidMappings/0/size", "config.md#posix-platform-mounts"},
        {"/mounts/options", "config.md#mounts"},
        {"/linux", "config-linux.md#linux-container-configuration"},
        {"/linux/new", "config-linux.md#linux-container-configuration"},
        {"/linux/resources", "config-linux.md#control-groups"},
        {"/linux/resources/cpu/quota", "config-linux.md#cpu"},
        {"/linux/resources/unified/memory.high", "config-linux.md#unified"},
        {"/linux/sysctl/net.ipv4.ip_forward", "config-linux.md#sysctl"},
        {"/linux/sysctl/a~1b", "config-linux.md#sysctl"},
        {"/linux/seccomp/syscalls/0/args/1/op", "config-linux.md#seccomp"},
        {"/windows/anything", "config.md#platform-specific-configuration"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].pointer);
        assert_string_equal(spec_section_of(cases[i].pointer), cases[i].section);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spec_section_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
