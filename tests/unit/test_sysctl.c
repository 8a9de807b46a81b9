/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/sysctl.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/alloc_fault.h"

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

static void test_sysctl_parse__both_spellings(void **state)
{
    static const struct {
        const char *key;
        const char *components[8];
        const char *dotted;
    } cases[] = {
        {"kernel", {"kernel"}, "kernel"},
        {"net.ipv4.ip_forward", {"net", "ipv4", "ip_forward"}, "net.ipv4.ip_forward"},
        {"net/ipv4/ip_forward", {"net", "ipv4", "ip_forward"}, "net.ipv4.ip_forward"},
        /* the first separator decides; the other one is a literal dot of a component */
        {"net.ipv4.conf.eth0/100.forwarding",
         {"net", "ipv4", "conf", "eth0.100", "forwarding"},
         "net.ipv4.conf.eth0/100.forwarding"},
        {"net/ipv4/conf/eth0.100/forwarding",
         {"net", "ipv4", "conf", "eth0.100", "forwarding"},
         "net.ipv4.conf.eth0/100.forwarding"},
        {"net.a/b/c.d", {"net", "a.b.c", "d"}, "net.a/b/c.d"},
        {"a.b", {"a", "b"}, "a.b"},
        {"a/.b", {"a", ".b"}, "a./b"},
        {"a/...", {"a", "..."}, "a.///"},
        {"net.ipv4.conf.eth 0.x", {"net", "ipv4", "conf", "eth 0", "x"}, "net.ipv4.conf.eth 0.x"},
        {"net.ipv4.conf.\xc3\xa9.x", {"net", "ipv4", "conf", "\xc3\xa9", "x"}, "net.ipv4.conf.\xc3\xa9.x"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf text = BUF_INIT(1024);
        struct sysctl s, again;
        struct err e;

        err_init(&e);
        if (sysctl_parse(&arena, cases[i].key, "/p", &s, &e) < 0)
            fail_msg("%s: %s", cases[i].key, e.message);
        for (size_t j = 0; j < s.n; j++)
            assert_string_equal(s.components[j], cases[i].components[j]);
        assert_null(cases[i].components[s.n]);
        sysctl_print(&s, &text);
        assert_string_equal(buf_cstr(&text), cases[i].dotted);
        assert_int_equal(sysctl_parse(&arena, buf_cstr(&text), "/p", &again, &e), 0);
        assert_true(sysctl_equal(&s, &again));
    }
}

static void test_sysctl_parse__refused(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "/",
        "..",
        "//",
        "a.",
        "a/",
        ".a",
        "/a",
        "a..b",
        "a//b",
        "net/../kernel/core_pattern",
        "net/./x",
        "../kernel/core_pattern",
        "net/..",
        "/kernel/core_pattern",
        "/proc/sys/kernel/core_pattern",
        /* slashes that become dots */
        "net.//.kernel.core_pattern",
        "net./.x",
        "net.a.//",
        "net.a./",
        "net.ipv4\n",
        "net.ipv4.x\ny",
        "net\t.x",
        "net.\x7f",
        "\x01.a",
        "net.a\r.b",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct sysctl s;
        struct err e;

        err_init(&e);
        if (sysctl_parse(&arena, bad[i], "/linux/sysctl/x", &s, &e) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, "/linux/sysctl/x");
        assert_null(strchr(e.message, '\n'));
    }
}

static void test_sysctl_parse__limits(void **state)
{
    char key[SYSCTL_KEY_MAX + 2];
    struct sysctl s;
    struct err e;

    (void)state;
    memset(key, 0, sizeof(key));
    for (size_t i = 0; i < SYSCTL_KEY_MAX; i++) /* two components of 255, one of one byte */
        key[i] = i % 256 == 255 ? '.' : 'a';
    key[SYSCTL_KEY_MAX - 1] = 'a';
    assert_int_equal(sysctl_parse(&arena, key, "", &s, &e), -EINVAL); /* the last has 256 */
    key[300] = '.';
    assert_int_equal(sysctl_parse(&arena, key, "", &s, &e), 0);
    assert_int_equal(s.n, 3);
    key[SYSCTL_KEY_MAX] = 'a';
    assert_int_equal(sysctl_parse(&arena, key, "", &s, &e), -EINVAL);
    assert_non_null(strstr(e.message, "512"));

    memset(key, 0, sizeof(key));
    for (size_t i = 0; i < 2 * SYSCTL_COMPONENTS_MAX - 1; i++)
        key[i] = i % 2 ? '/' : 'c';
    assert_int_equal(sysctl_parse(&arena, key, "", &s, &e), 0);
    assert_int_equal(s.n, SYSCTL_COMPONENTS_MAX);
    memcpy(key + 2 * SYSCTL_COMPONENTS_MAX - 1, "/c", 3);
    assert_int_equal(sysctl_parse(&arena, key, "", &s, &e), -EINVAL);
}

#define IPC  SYSCTL_NS(NS_IPC)
#define NET  SYSCTL_NS(NS_NETWORK)
#define UTS  SYSCTL_NS(NS_UTS)
#define USER SYSCTL_NS(NS_USER)
#define ALL  ((1u << NS_TYPE_COUNT) - 1)

static int check(const char *key, uint32_t private_ns, struct err *e)
{
    struct sysctl s;

    err_init(e);
    assert_int_equal(sysctl_parse(&arena, key, "/p", &s, e), 0);
    return sysctl_check(&s, private_ns, "/linux/sysctl/key", e);
}

static void test_sysctl_check__needs_its_namespace(void **state)
{
    static const struct {
        const char *key;
        uint32_t ns;
    } cases[] = {
        {"kernel.msgmax", IPC},
        {"kernel.msgmnb", IPC},
        {"kernel.msgmni", IPC},
        {"kernel.sem", IPC},
        {"kernel.shmall", IPC},
        {"kernel.shmmax", IPC},
        {"kernel.shmmni", IPC},
        {"kernel.shm_rmid_forced", IPC},
        {"fs.mqueue.msg_max", IPC},
        {"fs/mqueue/queues_max", IPC},
        {"kernel/msgmax", IPC},
        {"net.ipv4.ip_forward", NET},
        {"net/ipv4/ip_forward", NET},
        {"net.core.somaxconn", NET},
        {"net.x", NET},
        {"net.ipv4.conf.eth0/100.forwarding", NET},
        {"kernel.domainname", UTS},
        {"user.max_user_namespaces", USER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;

        assert_int_equal(check(cases[i].key, cases[i].ns, &e), 0);
        assert_int_equal(check(cases[i].key, ALL, &e), 0);
        assert_int_equal(check(cases[i].key, 0, &e), -EINVAL);
        assert_int_equal(check(cases[i].key, ALL & ~cases[i].ns, &e), -EINVAL);
        assert_non_null(strstr(e.message, " is not in a separate kernel namespace"));
    }
}

static void test_sysctl_check__never_allowed(void **state)
{
    static const char *const keys[] = {
        "kernel.core_pattern",
        "kernel",
        "net",
        "user",
        "fs.mqueue",
        "fs",
        "vm.swappiness",
        "kernel.msgmax.x",
        "kernel.msgmaxx",
        "kernel.msg",
        "networking.x",
        "nett.x",
        "fs.mqueuee.x",
        "fs.file-max",
        "kernel.sem/x",
        "users.x",
        "Net.x",
        "dev.x",
        "kernel.net.x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct err e;

        if (check(keys[i], ALL, &e) != -EINVAL)
            fail_msg("allowed: %s", keys[i]);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, "/linux/sysctl/key");
    }
}

static void test_sysctl_check__phrases(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(check("kernel/core_pattern", ALL, &e), -EINVAL);
    assert_string_equal(e.message, "sysctl \"kernel.core_pattern\" is not in a separate kernel namespace");
    assert_int_equal(check("net/ipv4/conf/eth0.1/x", 0, &e), -EINVAL);
    assert_string_equal(e.message, "sysctl \"net.ipv4.conf.eth0/1.x\" is not in a separate kernel namespace");
    assert_int_equal(check("kernel.hostname", UTS, &e), -EINVAL);
    assert_string_equal(
        e.message,
        "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field");
    assert_int_equal(check("kernel.hostname", ALL & ~UTS, &e), -EINVAL);
    assert_string_equal(e.message, "sysctl \"kernel.hostname\" is not in a separate kernel namespace");
}

static void test_sysctl_equal__cases(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"a.b", "a/b", true},    {"a.b", "a.b", true},     {"a.b", "a.c", false},
        {"a.b", "a.b.c", false}, {"a.b/c", "a/b.c", true}, {"a.b.c", "a.b/c", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sysctl a, b;

        assert_int_equal(sysctl_parse(&arena, cases[i].a, "", &a, NULL), 0);
        assert_int_equal(sysctl_parse(&arena, cases[i].b, "", &b, NULL), 0);
        assert_int_equal(sysctl_equal(&a, &b), cases[i].equal);
        assert_int_equal(sysctl_equal(&b, &a), cases[i].equal);
    }
}

static void test_sysctl__allocations_fail(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct sysctl s;
        struct arena a;
        struct err e;
        int r;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        err_init(&e);
        alloc_fault_at(n);
        r = sysctl_parse(&a, "vm.x", "", &s, &e);
        if (r == 0)
            r = sysctl_check(&s, ALL, "", &e);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, -EINVAL); /* what it is with memory */
            assert_int_equal(n, 4);
            break;
        }
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(e.kind, ERR_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sysctl_parse__both_spellings),
        cmocka_unit_test(test_sysctl_parse__refused),
        cmocka_unit_test(test_sysctl_parse__limits),
        cmocka_unit_test(test_sysctl_check__needs_its_namespace),
        cmocka_unit_test(test_sysctl_check__never_allowed),
        cmocka_unit_test(test_sysctl_check__phrases),
        cmocka_unit_test(test_sysctl_equal__cases),
        cmocka_unit_test(test_sysctl__allocations_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
