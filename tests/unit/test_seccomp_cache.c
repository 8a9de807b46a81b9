/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/fd.h"
#include "base/str.h"
#include "core/hash.h"
#include "kernel/seccomp_cache.h"

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/seccomp_fixture.h"

#define HEADER_BYTES 88u /* magic, three numbers and a zero, key, checksum */

static struct arena arena;
static char root[] = "/tmp/test_seccomp_cache.XXXXXX";
static int root_fd = -1, dir_fd = -1;

static const struct sock_filter insns[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RETURN_ERRNO | 5),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RETURN_ALLOW),
};
static const struct seccomp_filter filter = {
    .insns = insns, .n = ARRAY_SIZE(insns), .flags = SECCOMP_FLAG_LOG};
static const struct seccomp_cache_key key = {.bytes = {1, 2, 3, 0xab, 0xff}};
static char key_name[2 * SECCOMP_CACHE_KEY_SIZE + 1];

/* Removes the two directories and their files; nothing else is ever made beneath. */
static void remove_root(void)
{
    const char *const dirs[] = {".cache/seccomp", ".cache", "."};

    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        int fd = openat(root_fd, dirs[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

        for (struct dirent *e; d && (e = readdir(d));)
            if (!streq(e->d_name, ".") && !streq(e->d_name, "..") && unlinkat(dirfd(d), e->d_name, 0) < 0)
                unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
        if (d)
            closedir(d);
    }
    rmdir(root);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(root));
    root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(root_fd >= 0);
    assert_int_equal(seccomp_cache_open(root_fd, &dir_fd, NULL), 0);
    for (size_t i = 0; i < SECCOMP_CACHE_KEY_SIZE; i++)
        snprintf(key_name + 2 * i, 3, "%02x", key.bytes[i]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_root();
    fd_close(&dir_fd);
    fd_close(&root_fd);
    arena_done(&arena);
    return 0;
}

static size_t count_files(void)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += !streq(e->d_name, ".") && !streq(e->d_name, "..");
    closedir(d);
    return n;
}

/* ---- the key ---- */

static void key_of(const char *text, const char *version, uint32_t kernel, struct seccomp_cache_key *ret)
{
    seccomp_cache_key(policy_of(&arena, text), version, kernel, ret);
}

static void test_key__every_field_counts(void **state)
{
    static const char *const texts[] = {
        "{'defaultAction':'SCMP_ACT_ERRNO'}",
        "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':2}",
        "{'defaultAction':'SCMP_ACT_ALLOW'}",
        "{'defaultAction':'SCMP_ACT_ERRNO','flags':[]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','flags':['SECCOMP_FILTER_FLAG_LOG']}",
        "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86']}",
        "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X32']}",
        "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86','SCMP_ARCH_X32']}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['ab','c'],'action':'SCMP_ACT_ALLOW'}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a','bc'],'action':'SCMP_ACT_ALLOW'}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['c','ab'],'action':'SCMP_ACT_ALLOW'}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['ab'],'action':'SCMP_ACT_ALLOW'},"
        "{'names':['c'],'action':'SCMP_ACT_ALLOW'}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['ab','c'],'action':'SCMP_ACT_ERRNO'}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['ab','c'],'action':'SCMP_ACT_ERRNO','"
        "errnoRet':2}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['ab','c'],'action':'SCMP_ACT_ERRNO','"
        "errnoRet':3}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':1,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':0,'value':1,'op':'SCMP_CMP_NE'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':0,'value':1,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_ALLOW',"
        "'args':[{'index':0,'value':3,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}]}",
        "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['a'],'action':'SCMP_ACT_NOTIFY'}]}",
    };
    struct seccomp_cache_key keys[ARRAY_SIZE(texts) + 2], again;
    size_t n = 0;

    (void)state;
    for (; n < ARRAY_SIZE(texts); n++) {
        key_of(texts[n], "1.0", 7, &keys[n]);
        key_of(texts[n], "1.0", 7, &again);
        assert_memory_equal(&again, &keys[n], sizeof(again));
    }
    key_of(texts[0], "1.1", 7, &keys[n++]);
    key_of(texts[0], "1.0", 6, &keys[n++]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(&keys[i], &keys[k], sizeof(keys[i])) == 0)
                fail_msg("%zu and %zu have one key", i, k);
}

/* Comments, order of members and what normalising makes equal are equal. */
static void test_key__is_of_the_policy(void **state)
{
    struct seccomp_cache_key a, b;

    (void)state;
    key_of("{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64']}", "1", 0, &a);
    key_of("{'architectures':[],'defaultErrnoRet':1,'defaultAction':'SCMP_ACT_ERRNO','comment':'x'}", "1", 0,
           &b);
    assert_memory_equal(&a, &b, sizeof(a));
}

/* ---- the directory ---- */

static void test_open__makes_private_directories(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(fstat(dir_fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(fcntl(dir_fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstatat(root_fd, ".cache", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_open__refuses_what_others_can_change(void **state)
{
    struct err e;
    int fd = -1;

    (void)state;
    err_init(&e);
    assert_int_equal(fchmod(dir_fd, 0750), 0);
    assert_int_equal(seccomp_cache_open(root_fd, &fd, &e), -EPERM);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(fchmod(dir_fd, 0700), 0);
    assert_int_equal(fchmodat(root_fd, ".cache", 0777, 0), 0);
    assert_int_equal(seccomp_cache_open(root_fd, &fd, &e), -EPERM);
    assert_int_equal(fchmodat(root_fd, ".cache", 0755, 0), 0);
    assert_int_equal(seccomp_cache_open(root_fd, &fd, &e), 0);
    fd_close(&fd);
    if (geteuid() == 0) {
        assert_int_equal(fchown(dir_fd, 65534, (gid_t)-1), 0);
        assert_int_equal(seccomp_cache_open(root_fd, &fd, &e), -EPERM);
        assert_int_equal(fchown(dir_fd, 0, (gid_t)-1), 0);
    }
}

static void test_open__refuses_links_and_files(void **state)
{
    int fd = -1;

    (void)state;
    assert_int_equal(unlinkat(root_fd, ".cache/seccomp", AT_REMOVEDIR), 0);
    assert_int_equal(symlinkat("/tmp", root_fd, ".cache/seccomp"), 0);
    assert_true(seccomp_cache_open(root_fd, &fd, NULL) < 0);
    assert_int_equal(unlinkat(root_fd, ".cache/seccomp", 0), 0);
    assert_int_equal(unlinkat(root_fd, ".cache", AT_REMOVEDIR), 0);
    fd = openat(root_fd, ".cache", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    fd_close(&fd);
    assert_true(seccomp_cache_open(root_fd, &fd, NULL) < 0);
    assert_int_equal(fd, -1);
}

/* ---- files ---- */

static void assert_same(const struct seccomp_filter *got)
{
    assert_int_equal(got->n, filter.n);
    assert_int_equal(got->flags, filter.flags);
    assert_memory_equal(got->insns, filter.insns, filter.n * sizeof(*filter.insns));
    assert_int_equal(got->skipped.n, 0);
}

static int get(struct seccomp_filter *ret)
{
    return seccomp_cache_get(&arena, dir_fd, &key, ret);
}

static void test_put_and_get(void **state)
{
    struct seccomp_filter got;
    struct stat st;

    (void)state;
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    assert_int_equal(get(&got), 0);
    assert_same(&got);
    assert_int_equal(fstatat(dir_fd, key_name, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0400);
    assert_int_equal(st.st_size, HEADER_BYTES + sizeof(insns));
    /* a second put replaces it, and leaves nothing behind */
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    assert_int_equal(count_files(), 1);
}

static void test_put__odd_umask(void **state)
{
    mode_t old = umask(0777);
    struct seccomp_filter got;

    (void)state;
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    umask(old);
    assert_int_equal(get(&got), 0);
}

static void test_put__refuses_no_filter(void **state)
{
    struct seccomp_filter f = filter;

    (void)state;
    f.n = 0;
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &f), -EINVAL);
    f.n = SECCOMP_FILTER_MAX + 1;
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &f), -EINVAL);
    assert_int_equal(count_files(), 0);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    int fd;

    unlinkat(dir_fd, name, 0);
    fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(fchmod(fd, 0400), 0);
    fd_close(&fd);
}

static size_t read_file(const char *name, uint8_t *bytes, size_t cap)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, cap);

    assert_true(n > 0);
    fd_close(&fd);
    return (size_t)n;
}

/* A bit of any byte, a byte less, a byte more: not the file that was written. */
static void test_get__poisoned(void **state)
{
    uint8_t bytes[256];
    struct seccomp_filter got;
    size_t len;

    (void)state;
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    len = read_file(key_name, bytes, sizeof(bytes));
    assert_int_equal(len, HEADER_BYTES + sizeof(insns));
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 1u << i % 8;
        write_file(key_name, bytes, len);
        if (get(&got) != -ENOENT)
            fail_msg("byte %zu changed, and used", i);
        bytes[i] ^= 1u << i % 8;
    }
    for (size_t i = 0; i < len; i++) {
        write_file(key_name, bytes, i);
        if (get(&got) != -ENOENT)
            fail_msg("cut to %zu bytes, and used", i);
    }
    bytes[len] = 0;
    write_file(key_name, bytes, len + 1);
    assert_int_equal(get(&got), -ENOENT);
    write_file(key_name, bytes, len);
    assert_int_equal(get(&got), 0);
    assert_same(&got);
}

/* Rightly made in every respect but what it says: the file of another key, a program that is no filter. */
static void test_get__wrong_contents(void **state)
{
    struct seccomp_cache_key other = {.bytes = {9}};
    const struct sock_filter no_return[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
    const struct seccomp_filter wrong = {.insns = no_return, .n = 1};
    struct seccomp_filter got;
    char other_name[sizeof(key_name)];

    (void)state;
    assert_int_equal(seccomp_cache_put(dir_fd, &other, &filter), 0);
    memset(other_name, '0', sizeof(other_name) - 1);
    other_name[1] = '9';
    other_name[sizeof(other_name) - 1] = '\0';
    assert_int_equal(renameat(dir_fd, other_name, dir_fd, key_name), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &wrong), 0);
    assert_int_equal(get(&got), -ENOENT);
}

static void test_get__wrong_kind_of_file(void **state)
{
    struct seccomp_filter got;

    (void)state;
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    assert_int_equal(fchmodat(dir_fd, key_name, 0600, 0), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(fchmodat(dir_fd, key_name, 0404, 0), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(fchmodat(dir_fd, key_name, 0400, 0), 0);
    assert_int_equal(get(&got), 0);
    assert_int_equal(linkat(dir_fd, key_name, dir_fd, "second", 0), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(unlinkat(dir_fd, key_name, 0), 0);
    assert_int_equal(symlinkat("second", dir_fd, key_name), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(unlinkat(dir_fd, key_name, 0), 0);
    /* a FIFO must not block */
    assert_int_equal(mkfifoat(dir_fd, key_name, 0400), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(unlinkat(dir_fd, key_name, 0), 0);
    assert_int_equal(mkdirat(dir_fd, key_name, 0400), 0);
    assert_int_equal(get(&got), -ENOENT);
    assert_int_equal(unlinkat(dir_fd, key_name, AT_REMOVEDIR), 0);
    if (geteuid() == 0) {
        assert_int_equal(renameat(dir_fd, "second", dir_fd, key_name), 0);
        assert_int_equal(get(&got), 0);
        assert_int_equal(fchownat(dir_fd, key_name, 65534, (gid_t)-1, 0), 0);
        assert_int_equal(get(&got), -ENOENT);
    }
}

static void test_put__bounded(void **state)
{
    struct seccomp_cache_key k = {.bytes = {0}};
    struct seccomp_filter got;
    size_t most = 0;

    (void)state;
    for (unsigned i = 0; i < 3 * SECCOMP_CACHE_MAX; i++) {
        size_t n;

        k.bytes[0] = (uint8_t)i;
        assert_int_equal(seccomp_cache_put(dir_fd, &k, &filter), 0);
        assert_int_equal(seccomp_cache_get(&arena, dir_fd, &k, &got), 0);
        n = count_files();
        most = n > most ? n : most;
    }
    assert_int_equal(most, SECCOMP_CACHE_MAX);
    /* it is the old ones that go */
    k.bytes[0] = 0;
    assert_int_equal(seccomp_cache_get(&arena, dir_fd, &k, &got), -ENOENT);
}

static void test_put__removes_temporary_files_of_the_dead(void **state)
{
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

    (void)state;
    write_file(".t1.2.3", "", 0);
    write_file(".t4.5.6", "", 0);
    assert_int_equal(utimensat(dir_fd, ".t1.2.3", old, 0), 0);
    assert_int_equal(seccomp_cache_put(dir_fd, &key, &filter), 0);
    assert_int_equal(count_files(), 2);
    assert_int_equal(faccessat(dir_fd, ".t1.2.3", F_OK, 0), -1);
    assert_int_equal(faccessat(dir_fd, ".t4.5.6", F_OK, 0), 0);
}

/* Writers and readers of one key, and of so many that files are removed: what is read is right or not there.
 */
static void test_put_and_get__at_the_same_time(void **state)
{
    pid_t pids[4];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
        pids[i] = fork();
        assert_int_not_equal(pids[i], -1);
        if (pids[i] == 0) {
            struct seccomp_cache_key k = key;
            bool wrong = false;

            for (unsigned n = 0; n < 300; n++) {
                struct seccomp_filter got;
                int rc;

                k.bytes[0] = (uint8_t)(n % 90);
                if (n % 3 == i % 3)
                    wrong |= seccomp_cache_put(dir_fd, &k, &filter) != 0;
                rc = seccomp_cache_get(&arena, dir_fd, &k, &got);
                wrong |= rc != 0 && rc != -ENOENT;
                wrong |= rc == 0 && (got.n != filter.n || memcmp(got.insns, insns, sizeof(insns)) != 0);
            }
            _exit(wrong);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
}

/* ---- both ---- */

static struct seccomp_filter compile(int root_of, bool *hit)
{
    struct seccomp_policy *p = policy_for(&arena, seccomp_arch_own(),
                                          "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
                                          "{'names':['read','write'],'action':'SCMP_ACT_ALLOW'}]}");
    struct seccomp_filter f;
    struct err e;

    err_init(&e);
    if (seccomp_cache_compile(&arena, root_of, p, "1.0", 0, &f, hit, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    return f;
}

static void test_compile__second_time_from_the_cache(void **state)
{
    struct seccomp_filter first, second;
    bool hit = true;

    (void)state;
    first = compile(root_fd, &hit);
    assert_false(hit);
    second = compile(root_fd, &hit);
    assert_true(hit);
    assert_int_equal(second.n, first.n);
    assert_int_equal(second.flags, first.flags);
    assert_memory_equal(second.insns, first.insns, first.n * sizeof(*first.insns));
    second = compile(root_fd, NULL);
    assert_int_equal(second.n, first.n);
}

static void test_compile__replaces_what_is_poisoned(void **state)
{
    struct seccomp_filter first = compile(root_fd, NULL), again;
    char name[128] = "";
    uint8_t bytes[65536];
    size_t len;
    bool hit;
    DIR *d = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    (void)state;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.')
            snprintf(name, sizeof(name), "%s", e->d_name);
    closedir(d);
    len = read_file(name, bytes, sizeof(bytes));
    /* a filter that lets everything through, under the right name */
    bytes[len - 1] ^= 0x40;
    write_file(name, bytes, len);
    again = compile(root_fd, &hit);
    assert_false(hit);
    assert_memory_equal(again.insns, first.insns, first.n * sizeof(*first.insns));
    again = compile(root_fd, &hit);
    assert_true(hit);
    assert_int_equal(count_files(), 1);
}

static void test_compile__without_a_cache(void **state)
{
    bool hit = true;

    (void)state;
    assert_true(compile(-1, &hit).n > 0);
    assert_false(hit);
    /* one that cannot be used is no reason to fail, nor is one that cannot be written */
    assert_int_equal(fchmod(dir_fd, 0777), 0);
    assert_true(compile(root_fd, &hit).n > 0);
    assert_false(hit);
    assert_int_equal(count_files(), 0);
}

static void test_compile__errors_are_those_of_the_compiler(void **state)
{
    struct seccomp_policy *p = policy_for(&arena, seccomp_arch_own(),
                                          "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
                                          "{'names':['no_such_call'],'action':'SCMP_ACT_ERRNO'}]}");
    struct seccomp_filter f;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(seccomp_cache_compile(&arena, root_fd, p, "1.0", 0, &f, NULL, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/seccomp/syscalls/0/names/0");
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key__every_field_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key__is_of_the_policy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open__makes_private_directories, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open__refuses_what_others_can_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open__refuses_links_and_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put_and_get, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put__odd_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put__refuses_no_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(test_get__poisoned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_get__wrong_contents, setup, teardown),
        cmocka_unit_test_setup_teardown(test_get__wrong_kind_of_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put__bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put__removes_temporary_files_of_the_dead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put_and_get__at_the_same_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compile__second_time_from_the_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compile__replaces_what_is_poisoned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compile__without_a_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compile__errors_are_those_of_the_compiler, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
