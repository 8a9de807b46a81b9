/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/criu_log.h"
#include "core/criu_rpc.h"

#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_bytes(const struct buf *b, const char *expected, size_t len)
{
    if (b->len == len && memcmp(buf_cstr(b), expected, len) == 0)
        return;
    for (size_t i = 0; i < b->len; i++)
        fprintf(stderr, "\\%03o", (unsigned char)b->data[i]);
    fail_msg("%zu bytes, expected %zu", b->len, len);
}

#define ASSERT_BYTES(b, text) assert_bytes((b), (text), sizeof(text) - 1)

static void test_criu_rpc_request__without_options(void **state)
{
    (void)state;
    const struct criu_features features = {.mem_track = true, .lazy_pages = true};
    AUTO_BUF struct buf version = BUF_INIT(64), check = BUF_INIT(64), done = BUF_INIT(64),
                        not_done = BUF_INIT(64);

    criu_rpc_request(CRIU_VERSION, NULL, NULL, true, &version);
    ASSERT_BYTES(&version, "\x08\x0a\x20\x01");
    criu_rpc_request(CRIU_FEATURE_CHECK, NULL, &features, false, &check);
    ASSERT_BYTES(&check, "\x08\x09\x2a\x04\x08\x01\x10\x01");
    criu_rpc_notify_done(true, &done);
    ASSERT_BYTES(&done, "\x08\x06\x18\x01");
    criu_rpc_notify_done(false, &not_done);
    ASSERT_BYTES(&not_done, "\x08\x06\x18\x00");
}

static void test_criu_rpc_request__options(void **state)
{
    (void)state;
    struct criu_opts o = CRIU_OPTS_INIT;
    struct criu_cg_root root = {"cpu", "/c"};
    struct criu_inherit_fd fd = {"k", 300};
    struct criu_join_ns join = {"ipc", "/n"};
    const char *external[] = {"mnt[a]:b"};
    AUTO_BUF struct buf plain = BUF_INIT(4096), full = BUF_INIT(4096);

    o.images_dir_fd = 4;
    criu_rpc_request(CRIU_DUMP, &o, NULL, false, &plain);
    ASSERT_BYTES(&plain, "\x08\x01\x12\x04\x08\x04\x48\x00");
    o.pid = 77;
    o.leave_running = true;
    o.tcp_close = true;
    o.root = "/r";
    o.log_level = 4;
    o.page_server_address = "h";
    o.page_server_port = 9;
    o.work_dir_fd = 5;
    o.cg_roots = &root;
    o.n_cg_roots = 1;
    o.inherit_fds = &fd;
    o.n_inherit_fds = 1;
    o.external = (struct strings){external, 1};
    o.join_ns = &join;
    o.n_join_ns = 1;
    o.cg_mode = CRIU_CG_SOFT;
    o.empty_ns = 0x40000000;
    o.status_fd = 6;
    o.network_lock = CRIU_LOCK_NFTABLES;
    criu_rpc_request(CRIU_RESTORE, &o, NULL, false, &full);
    ASSERT_BYTES(&full, "\x08\x02\x12\x58"
                        "\x08\x04"
                        "\x10\x4d"
                        "\x18\x01"
                        "\xa0\x03\x01"
                        "\x6a\x02/r"
                        "\x48\x04"
                        "\x5a\x05\x0a\x01h\x10\x09"
                        "\x88\x01\x05"
                        "\xca\x01\x09\x0a\x03"
                        "cpu\x12\x02/c"
                        "\xda\x01\x06\x0a\x01k\x10\xac\x02"
                        "\xaa\x02\x08mnt[a]:b"
                        "\xba\x02\x09\x0a\x03ipc\x12\x02/n"
                        "\xc0\x01\x01\x90\x02\x03"
                        "\xb0\x02\x80\x80\x80\x80\x04"
                        "\x88\x03\x06"
                        "\x80\x04\x02");
}

static void test_criu_rpc_request__too_long(void **state)
{
    (void)state;
    struct criu_opts o = CRIU_OPTS_INIT;
    AUTO_BUF struct buf b = BUF_INIT(16);

    o.root = "/a/path/that/does/not/fit/in/sixteen/bytes";
    criu_rpc_request(CRIU_DUMP, &o, NULL, false, &b);
    assert_int_equal(buf_error(&b), -EMSGSIZE);
}

static void test_criu_rpc_answer__known_ones(void **state)
{
    (void)state;
    static const char version[] = "\x08\x0a\x10\x01\x52\x06\x08\x04\x10\x01\x20\x01";
    static const char notify[] = "\x08\x06\x10\x01\x2a\x11\x0a\x0cpost-restore\x10\xac\x02";
    static const char failure[] = "\x08\x01\x10\x00\x38\x0d\x4a\x05no\n\x1bx";
    static const char features[] = "\x08\x09\x10\x01\x42\x04\x08\x00\x10\x01";
    static const char restore[] = "\x08\x02\x10\x01\x22\x02\x08\x07"
                                  "\xf8\x07\x01\x39\x01\x02\x03\x04\x05\x06\x07\x08\x3d\x01\x02\x03\x04";
    struct criu_answer a;

    assert_int_equal(criu_rpc_answer(version, sizeof(version) - 1, &a), 0);
    assert_true(a.success);
    assert_int_equal(criu_version_number(&a), 40101);
    assert_int_equal(criu_rpc_answer(notify, sizeof(notify) - 1, &a), 0);
    assert_int_equal(a.type, CRIU_NOTIFY);
    assert_string_equal(a.script, "post-restore");
    assert_int_equal(a.pid, 300);
    assert_int_equal(criu_rpc_answer(failure, sizeof(failure) - 1, &a), 0);
    assert_false(a.success);
    assert_int_equal(a.error, 13);
    assert_string_equal(a.message, "no??x");
    assert_int_equal(criu_rpc_answer(features, sizeof(features) - 1, &a), 0);
    assert_false(a.features.mem_track);
    assert_true(a.features.lazy_pages);
    assert_int_equal(criu_rpc_answer(restore, sizeof(restore) - 1, &a), 0); /* and fields nobody knows */
    assert_int_equal(a.pid, 7);
}

static void test_criu_rpc_answer__refused(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
    } cases[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW(""),
        ROW("\x08"),                         /* a key without its value */
        ROW("\x08\x01"),                     /* no success */
        ROW("\x10\x01"),                     /* no type */
        ROW("\x00\x01\x08\x01\x10\x01"),     /* field 0 */
        ROW("\x08\x01\x10\x01\x2a\x05\x0a"), /* longer than it is */
        ROW("\x08\x01\x10\x01\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        ROW("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* a number without end */
        ROW("\x08\x01\x10\x01\x2a\x02\x0a\x05"),                 /* inside, longer than it is */
        ROW("\x0b\x01"),                                         /* a group */
        ROW("\x3d\x01\x02"),
#undef ROW
    };
    struct criu_answer a;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (criu_rpc_answer(cases[i].data, cases[i].len, &a) != -EBADMSG)
            fail_msg("case %zu", i);
}

static void test_criu_log_errors__first_ones(void **state)
{
    (void)state;
    static const struct {
        const char *log, *expected;
        size_t n;
    } cases[] = {
        {"", "", 0},
        {"(00.1) Warn (a.c:1): x\nall is well", "", 0},
        {"(00.1) Error (criu/util.c:1): rlimit: Can't setup RLIMIT_NOFILE for self: x\n"
         "(00.2)     77: Error (criu/mount.c:77): mnt: no root \n(00.3) Error (c.c:3): second\r\nError "
         "(d.c:4): third",
         "mnt: no root; second", 2},
        {"Error (criu/util.c:1): rlimit: Can't setup RLIMIT_NOFILE for self: x",
         "rlimit: Can't setup RLIMIT_NOFILE for self: x", 1},
        {"Error (no end", "", 0},
        {"Error (a.c:1): \nError (a.c:2): b\x01\x7f", "b??", 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);

        assert_int_equal(criu_log_errors(str_of(cases[i].log), 2, &out), cases[i].n);
        assert_string_equal(buf_cstr(&out), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_criu_rpc_request__without_options),
        cmocka_unit_test(test_criu_rpc_request__options),
        cmocka_unit_test(test_criu_rpc_request__too_long),
        cmocka_unit_test(test_criu_rpc_answer__known_ones),
        cmocka_unit_test(test_criu_rpc_answer__refused),
        cmocka_unit_test(test_criu_log_errors__first_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
