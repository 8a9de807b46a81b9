/* SPDX-License-Identifier: Apache-2.0 */
/* How files of the state directory are written: what is there before and after, in place or replaced. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "runtime/store.h"

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct dir {
    char path[64];
    int fd;
};

static int make_dir(void **state)
{
    static struct dir d;

    snprintf(d.path, sizeof(d.path), "/tmp/test_store.XXXXXX");
    if (!mkdtemp(d.path))
        return -1;
    d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = &d;
    return d.fd < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
    struct dir *d = *state;

    unlinkat(d->fd, "f", 0);
    unlinkat(d->fd, "g", 0);
    close(d->fd);
    return rmdir(d->path);
}

static ino_t inode(const struct dir *d)
{
    struct stat st;

    assert_int_equal(fstatat(d->fd, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    return st.st_ino;
}

/* The content is `text`, and nothing but newlines up to `len`. */
static void assert_content(const struct dir *d, const char *text, size_t text_len, size_t len)
{
    struct arena a;
    struct err e;
    char *got;
    size_t n;

    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    assert_int_equal(store_read(&a, d->fd, "f", 1 << 20, &got, &n, &e), 0);
    assert_int_equal(n, len);
    assert_memory_equal(got, text, text_len);
    for (size_t i = text_len; i < n; i++)
        assert_int_equal(got[i], '\n');
    arena_done(&a);
}

static void test_store_write__sizes(void **state)
{
    static const struct {
        size_t old, new;
        bool in_place;
    } cases[] = {
        {10, 10, true},     {10, 11, true},    {10, 4096, true},  {4096, 10, true},    {1, 0, true},
        {4096, 4096, true}, {10, 4097, false}, {4097, 10, false}, {4097, 9000, false},
    };
    const struct dir *d = *state;
    static char old[9000], new[9000];
    struct err e;

    memset(old, 'o', sizeof(old));
    memset(new, 'n', sizeof(new));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = cases[i].new;
        ino_t before;
        int held;

        unlinkat(d->fd, "f", 0);
        assert_int_equal(store_write(d->fd, "f", old, cases[i].old, true, &e), 0);
        before = inode(d);
        held = openat(d->fd, "f", O_RDONLY | O_CLOEXEC); /* so that the number is not used again */
        assert_int_equal(store_write(d->fd, "f", new, cases[i].new, false, &e), 0);
        assert_int_equal(before == inode(d), cases[i].in_place);
        if (cases[i].in_place && cases[i].old > len)
            len = cases[i].old;
        assert_content(d, new, cases[i].new, len);
        close(held);
    }
}

/* What is no file of its own is replaced, never written through. */
static void test_store_write__replaces_what_is_not_its_own(void **state)
{
    const struct dir *d = *state;
    struct stat st;
    struct err e;

    unlinkat(d->fd, "f", 0);
    assert_int_equal(store_write(d->fd, "g", "kept", 4, true, &e), 0);
    assert_int_equal(symlinkat("g", d->fd, "f"), 0);
    assert_int_equal(store_write(d->fd, "f", "new", 3, false, &e), 0);
    assert_content(d, "new", 3, 3);
    unlinkat(d->fd, "f", 0);
    assert_int_equal(linkat(d->fd, "g", d->fd, "f", 0), 0);
    assert_int_equal(store_write(d->fd, "f", "new", 3, false, &e), 0);
    assert_content(d, "new", 3, 3);
    assert_int_equal(fstatat(d->fd, "g", &st, 0), 0);
    assert_int_equal(st.st_size, 4);
    assert_int_equal(st.st_nlink, 1);
    unlinkat(d->fd, "f", 0);
    assert_int_equal(mkfifoat(d->fd, "f", 0600), 0);
    assert_int_equal(store_write(d->fd, "f", "new", 3, false, &e), 0);
    assert_content(d, "new", 3, 3);
}

/* A fresh file takes nobody's place; one that is not there is made all the same. */
static void test_store_write__fresh_and_missing(void **state)
{
    const struct dir *d = *state;
    struct err e;

    unlinkat(d->fd, "f", 0);
    assert_int_equal(store_write(d->fd, "f", "one", 3, false, &e), 0);
    assert_content(d, "one", 3, 3);
    assert_int_equal(store_write(d->fd, "f", "two", 3, true, &e), -EEXIST);
    assert_content(d, "one", 3, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_write__sizes),
        cmocka_unit_test(test_store_write__replaces_what_is_not_its_own),
        cmocka_unit_test(test_store_write__fresh_and_missing),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
