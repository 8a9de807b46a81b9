/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"

#include "core/unsupported.h"

#include <cmocka.h>

static int check(struct pipeline *p, const char *process, const char *top, const char *linux_,
                 const char *namespaces)
{
    char text[4096];

    pipeline_init(p);
    snprintf(text, sizeof(text),
             "{\"ociVersion\":\"1.0.2\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"],\"cwd\":"
             "\"/\"%s},"
             "\"root\":{\"path\":\"r\"},\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"}%s],"
             "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}%s]%s}}",
             process, top, namespaces, linux_);
    assert_int_equal(config_decode(&p->arena, text, strlen(text), &p->config, &p->err), 0);
    return unsupported_check(p->config, &p->facts, &p->options, &p->err);
}

static void test_unsupported_check__table(void **state)
{
    static const struct {
        const char *process, *mounts, *linux_, *namespaces;
        const char *where, *message;
    } cases[] = {
        {"", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "", "/linux/seccomp/defaultAction",
         "SCMP_ACT_NOTIFY is not supported yet"},
        {"", "",
         ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":"
         "\"SCMP_ACT_LOG\"},{\"names\":[\"b\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
         "", "/linux/seccomp/syscalls/1/action", "SCMP_ACT_NOTIFY is not supported yet"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        print_message("%s\n", cases[i].where);
        assert_int_equal(check(&p, cases[i].process, cases[i].mounts, cases[i].linux_, cases[i].namespaces),
                         -EINVAL);
        assert_int_equal(p.err.kind, ERR_CONFIG);
        assert_string_equal(p.err.where, cases[i].where);
        assert_string_equal(p.err.message, cases[i].message);
        pipeline_done(&p);
    }
}

#define MAPPED                                                                                               \
    ",{\"destination\":\"/b\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"],"                           \
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}"

/* What looks like it, and is either nothing or done. */
static void test_unsupported_check__supported(void **state)
{
    static const struct {
        const char *process, *mounts, *linux_, *namespaces;
    } cases[] = {
        {"", "", "", ""},
        {"", "", "", ",{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/n\"},{\"type\":\"cgroup\"}"},
        {",\"terminal\":true", "", "", ""},
        {",\"terminal\":false,\"consoleSize\":{\"height\":1,\"width\":1}", "", "", ""},
        {",\"apparmorProfile\":\"x\",\"selinuxLabel\":\"y\"", "", ",\"mountLabel\":\"z\"", ""},
        {"", "", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", ",{\"type\":\"user\"}"},
        {",\"scheduler\":{\"policy\":\"SCHED_RR\"},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\","
         "\"priority\":0}",
         "", ",\"personality\":{\"domain\":\"LINUX\"},\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\"}", ""},
        {"",
         ",{\"destination\":\"/b\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap=uids=0-1-1;gids=0-1-1\"]}",
         "", ""},
        {"", MAPPED, "", ""},
        {",\"execCPUAffinity\":{\"initial\":\"0\"}", "", "", ""},
        {"", ",{\"destination\":\"/b\",\"source\":\"/b\",\"options\":[\"bind\"],\"uidMappings\":[]}", "", ""},
        {"", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\"}", ""},
        {"", "", ",\"intelRdt\":{}", ""},
        {"", "", ",\"resources\":{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":1}}}", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        if (check(&p, cases[i].process, cases[i].mounts, cases[i].linux_, cases[i].namespaces) < 0)
            fail_msg("%s: %s", p.err.where, p.err.message);
        pipeline_done(&p);
    }
}

static void test_unsupported_check__caller_and_options(void **state)
{
    struct pipeline p;

    (void)state;
    assert_int_equal(check(&p, "", "", "", ""), 0);
    p.facts.euid = 1000;
    assert_int_equal(unsupported_check(p.config, &p.facts, &p.options, &p.err), 0);
    p.facts.euid = 0;
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsupported_check__table),
        cmocka_unit_test(test_unsupported_check__supported),
        cmocka_unit_test(test_unsupported_check__caller_and_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
