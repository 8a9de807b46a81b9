/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/fd.h"
#include "core/cgroup_path.h"
#include "core/path.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static void test_cgroup_path__placed(void **state)
{
    static const struct {
        const char *cgroups_path;
        const char *own;
        bool from_parent;
        const char *placed;
    } cases[] = {
        /* absolute: from the mount point, whatever our own cgroup is */
        {"/a/b", "/x/y", false, "/a/b"},
        {"/a/b", "/x/y", true, "/a/b"},
        {"//a///b/", "/x/y", false, "/a/b"},
        {"/./a/./b/.", "/x", false, "/a/b"},
        {"/...", "/x", false, "/..."},
        /* relative: below our own */
        {"a/b", "/x/y", false, "/x/y/a/b"},
        {"a/b", "/", false, "/a/b"},
        {"a/b", NULL, false, "/a/b"},
        {"./a", "/x", false, "/x/a"},
        /* v2: beside our own */
        {"a/b", "/x/y", true, "/x/a/b"},
        {"a", "/x", true, "/a"},
        {"a", "/", true, "/a"},
        /* absent: the id */
        {NULL, "/x/y", false, "/x/y/ctr"},
        {"", "/x/y", true, "/x/ctr"},
        {NULL, "/", true, "/ctr"},
        /* an absolute path needs no place of our own */
        {"/a", "/../..", false, "/a"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cgroup_path p;
        const char *placed;

        assert_int_equal(cgroup_path_parse(*state, cases[i].cgroups_path, "ctr", &p, NULL), 0);
        assert_int_equal(cgroup_path_place(*state, &p, cases[i].own, cases[i].from_parent, &placed, NULL), 0);
        assert_string_equal(placed, cases[i].placed);
        assert_true(path_is_clean(placed));
    }
}

#define X16  "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

static void test_cgroup_path_parse__refused(void **state)
{
    static const struct {
        const char *path;
        const char *message;
    } cases[] = {
        {"/", "cgroupsPath \"/\" names the root of the hierarchy"},
        {".", "cgroupsPath \".\" names the root of the hierarchy"},
        {"/./", "cgroupsPath \"/./\" names the root of the hierarchy"},
        {"..", "cgroupsPath \"..\" holds \"..\""},
        {"/a/../b", "cgroupsPath \"/a/../b\" holds \"..\""},
        {"../../etc", "cgroupsPath \"../../etc\" holds \"..\""},
        {"/a\nb", "cgroupsPath \"/a\\nb\" holds a control character"},
        {"/a\x7f", "cgroupsPath \"/a\\x7f\" holds a control character"},
        {"/" X256, "holds a name of more than 255 bytes"},
    };
    AUTO_FREE char *longer = malloc(CGROUP_PATH_MAX + 3);
    struct cgroup_path p;
    struct err e;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        err_init(&e);
        assert_int_equal(cgroup_path_parse(*state, cases[i].path, "ctr", &p, &e), -EINVAL);
        assert_non_null(strstr(e.message, cases[i].message));
        assert_string_equal(e.where, "/linux/cgroupsPath");
    }
    assert_non_null(longer);
    for (size_t i = 0; i < CGROUP_PATH_MAX + 2; i++)
        longer[i] = i % 2 ? 'a' : '/';
    longer[CGROUP_PATH_MAX + 2] = '\0';
    err_init(&e);
    assert_int_equal(cgroup_path_parse(*state, longer, "ctr", &p, &e), -EINVAL);
    assert_non_null(strstr(e.message, "is too long"));
    /* short enough itself, but not below our own */
    longer[CGROUP_PATH_MAX - 1] = '\0';
    assert_int_equal(cgroup_path_parse(*state, longer + 1, "ctr", &p, NULL), 0);
    const char *placed;
    assert_int_equal(cgroup_path_place(*state, &p, "/own", false, &placed, &e), -EINVAL);
}

static void test_cgroup_path_place__own_is_outside(void **state)
{
    struct cgroup_path p;
    const char *placed;
    struct err e;

    err_init(&e);
    assert_int_equal(cgroup_path_parse(*state, "a", "ctr", &p, NULL), 0);
    assert_int_equal(cgroup_path_place(*state, &p, "/../x", false, &placed, &e), -EINVAL);
    assert_non_null(strstr(e.message, "not visible"));
}

static void test_cgroup_systemd_parse__accepted(void **state)
{
    static const struct {
        const char *cgroups_path;
        bool rootless;
        const char *slice, *unit, *path;
    } cases[] = {
        {"system.slice:docker:1234", false, "system.slice", "docker-1234.scope",
         "/system.slice/docker-1234.scope"},
        {"a-b-c.slice:p:n", false, "a-b-c.slice", "p-n.scope", "/a.slice/a-b.slice/a-b-c.slice/p-n.scope"},
        {"-.slice:p:n", false, "-.slice", "p-n.scope", "/p-n.scope"},
        {":p:n", false, "system.slice", "p-n.scope", "/system.slice/p-n.scope"},
        {":p:n", true, "user.slice", "p-n.scope", "/user.slice/p-n.scope"},
        {NULL, false, "system.slice", "lorica-ctr.scope", "/system.slice/lorica-ctr.scope"},
        {"", true, "user.slice", "lorica-ctr.scope", "/user.slice/lorica-ctr.scope"},
        {"x.slice:p:pod.slice", false, "x.slice", "pod.slice", "/x.slice/pod.slice"},
        {"x.slice::n", false, "x.slice", "-n.scope", "/x.slice/-n.scope"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cgroup_systemd s;

        assert_int_equal(
            cgroup_systemd_parse(*state, cases[i].cgroups_path, "ctr", cases[i].rootless, &s, NULL), 0);
        assert_string_equal(s.slice, cases[i].slice);
        assert_string_equal(s.unit, cases[i].unit);
        assert_string_equal(s.path, cases[i].path);
        assert_true(path_is_clean(s.path));
    }
}

static void test_cgroup_systemd_parse__refused(void **state)
{
    static const struct {
        const char *path;
        const char *message;
    } cases[] = {
        {"/docker/1234",
         "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got "
         "\"/docker/1234\" instead"},
        {"a:b", "expected cgroupsPath to be of format"},
        {"a:b:c:d", "expected cgroupsPath to be of format"},
        {"a:p:n", "invalid slice name: \"a\""},
        {".slice:p:n", "invalid slice name"},
        {"-a.slice:p:n", "invalid slice name"},
        {"a-.slice:p:n", "invalid slice name"},
        {"a--b.slice:p:n", "invalid slice name"},
        {"a/b.slice:p:n", "invalid slice name"},
        {"a.slice:p/q:n", "invalid unit name"},
        {"a.slice:p:../n", "invalid unit name"},
        {"a.slice:p:", "invalid unit name"},
        {"a.slice:p:" X256, "invalid unit name"},
        {"a.slice:p:n\n", "holds a control character"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cgroup_systemd s;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_systemd_parse(*state, cases[i].path, "ctr", false, &s, &e), -EINVAL);
        assert_string_equal(e.where, "/linux/cgroupsPath");
        if (!strstr(e.message, cases[i].message))
            fail_msg("%s: %s", cases[i].path, e.message);
    }
}

static int all_of_it(struct arena *a)
{
    struct cgroup_path p;
    struct cgroup_systemd s;
    const char *placed;
    int rc = cgroup_path_parse(a, "a/b", "ctr", &p, NULL);

    if (rc == 0)
        rc = cgroup_path_place(a, &p, "/own", false, &placed, NULL);
    if (rc == 0)
        rc = cgroup_systemd_parse(a, "a-b.slice:p:n", "ctr", false, &s, NULL);
    return rc;
}

static void test_cgroup_path__no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct arena a;
        bool fired;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = all_of_it(&a);
        fired = alloc_fault_fired();
        arena_done(&a);
        assert_int_equal(rc, fired ? -ENOMEM : 0);
        if (!fired) {
            assert_true(n > 6);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_path__placed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_path_parse__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_path_place__own_is_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_parse__accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_parse__refused, setup, teardown),
        cmocka_unit_test(test_cgroup_path__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
