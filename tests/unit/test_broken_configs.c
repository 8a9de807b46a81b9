/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Broken configurations from end to end (decode, then validate): each ends in one clear error with a pointer,
 * a line and a column. What `create` refuses is what is refused here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/decode.h"
#include "core/validate.h"

#include <cmocka.h>
#include <errno.h>

#ifndef LORICA_SOURCE_DIR
#define LORICA_SOURCE_DIR "."
#endif

#define REAL_CONFIG LORICA_SOURCE_DIR "/fuzz/corpus/fuzz_config/engine_docker_like.json"

/* The error that the text ends in; 0 when it is accepted. The text is copied to a block of its size. */
static int run(const char *text, size_t len, struct err *e)
{
    char *copy = malloc(len ? len : 1);
    struct validate_report rep;
    struct config *c;
    struct arena a;
    int r;

    assert_non_null(copy);
    memcpy(copy, text, len);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(e);
    r = config_decode(&a, copy, len, &c, e);
    if (r == 0)
        r = validate_config(&a, c, &rep);
    if (r == 0)
        r = validate_report_error(&rep, copy, len, e);
    arena_done(&a);
    free(copy);
    return r;
}

#define T(literal) literal, sizeof(literal) - 1

/* A configuration that is right, but for `more` behind it. The process stands on line 2, `more` on line 3. */
#define CONFIG(process, more)                                                                                \
    T("{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": \"r\"},\n\"process\": {\"user\": {\"uid\": 0, "      \
      "\"gid\": 0}, " process "},\n" more "}")
#define PROCESS   "\"args\": [\"sh\"], \"cwd\": \"/\""
#define CTR(more) CONFIG(PROCESS, "\"linux\": {" more "}")

static const struct broken {
    const char *text;
    size_t len;
    uint32_t line, column;
    const char *where, *message;
} broken[] = {
    /* not JSON */
    {T(""), 1, 1, "", "unexpected end of the text"},
    {T("null"), 1, 1, "", "must be an object, not null"},
    {T("[]"), 1, 1, "", "must be an object, not an array"},
    {T("{} {}"), 1, 4, "", "expected the end of the text"},
    {T("{\"root\": {},}"), 1, 13, "", "expected a name"},
    {T("{\"root\": /* here */ {}}"), 1, 10, "/root", "unexpected character '/'"},
    {T("\xEF\xBB\xBF{}"), 1, 1, "", "byte order mark"},
    {T("{\"root\": {\"path\": \"r\0\"}}"), 1, 21, "/root/path", "control character 0x00"},
    {T("{\"process\": {\"args\": [\"/safe\\u0000/../../etc\"]}}"), 1, 29, "/process/args/0",
     "must not contain \\u0000"},
    {T("{\"process\": {\"env\": [\"A=\xFF\"]}}"), 1, 25, "/process/env/0", "malformed UTF-8"},
    {T("{\"hostname\": \"\\ud800\"}"), 1, 15, "/hostname", "lone surrogate"},
    {T("{\"process\": {},\n \"process\": {}}"), 2, 2, "/process", "duplicate name \"process\""},
    {T("{\"process\": {},\n \"\\u0070rocess\": {}}"), 2, 2, "/process", "duplicate name"},
    {T("{\"process\": {},\n \"Process\": {}}"), 2, 13, "/Process", "differ only in case"},
    {T("{\"process\": {\"oomScoreAdj\": 01}}"), 1, 29, "/process/oomScoreAdj", "must not begin with 0"},
    {T("{\"process\": {\"oomScoreAdj\": NaN}}"), 1, 29, "/process/oomScoreAdj", "unexpected character 'N'"},
    /* wrong types and numbers */
    {T("{\"ociVersion\": 1.0}"), 1, 16, "/ociVersion", "must be a string, not a number"},
    {T("{\"process\": [\"sh\"]}"), 1, 13, "/process", "must be an object, not an array"},
    {T("{\"process\": {\"args\": \"sh\"}}"), 1, 22, "/process/args",
     "must be an array of strings, not a string"},
    {T("{\"process\": {\"args\": [\"sh\", 5]}}"), 1, 29, "/process/args/1", "must be a string, not a number"},
    {T("{\"process\": {\"user\": {\"uid\": \"0\", \"gid\": 0}}}"), 1, 30, "/process/user/uid",
     "must be an integer, not a string"},
    {T("{\"process\": {\"user\": {\"uid\": 0}}}"), 1, 22, "/process/user/gid", "\"gid\" is required"},
    {T("{\"process\": {\"user\": {\"uid\": 4294967296, \"gid\": 0}}}"), 1, 30, "/process/user/uid",
     "4294967296 is out of range"},
    {T("{\"process\": {\"user\": {\"uid\": 1.0, \"gid\": 0}}}"), 1, 30, "/process/user/uid",
     "must be an integer, not 1.0"},
    {T("{\"process\": {\"rlimits\": [{\"type\": \"RLIMIT_CORE\",\n\"soft\": 0, \"hard\": "
       "18446744073709551616}]}}"),
     2, 20, "/process/rlimits/0/hard", "18446744073709551616 is out of range"},
    {T("{\"process\": {\"terminal\": \"yes\"}}"), 1, 26, "/process/terminal", "must be true or false"},
    {T("{\"mounts\": {\"destination\": \"/\"}}"), 1, 12, "/mounts",
     "must be an array of objects, not an object"},
    {T("{\"mounts\": [{\"source\": \"x\"}]}"), 1, 13, "/mounts/0/destination", "\"destination\" is required"},
    {T("{\"mounts\": [null]}"), 1, 13, "/mounts/0", "must be an object, not null"},
    {T("{\"annotations\": {\"a/b\": true}}"), 1, 25, "/annotations/a~1b", "must be a string, not true"},
    {T("{\"hooks\": {\"prestart\": [{}]}}"), 1, 25, "/hooks/prestart/0/path", "\"path\" is required"},
    {T("{\"linux\": {\"namespaces\": [{\"type\": \"mnt\"}]}}"), 1, 36, "/linux/namespaces/0/type",
     "namespace \"mnt\" does not exist"},
    {T("{\"linux\": {\"resources\": {\"memory\": {\"limit\": 1e9}}}}"), 1, 46,
     "/linux/resources/memory/limit", "must be an integer, not 1e9"},
    {T("{\"linux\": {\"resources\": {\"blockIO\": {\"weight\": 65536}}}}"), 1, 48,
     "/linux/resources/blockIO/weight", "65536 is out of range"},
    {T("{\"linux\": {\"seccomp\": {\"syscalls\": []}}}"), 1, 23, "/linux/seccomp/defaultAction",
     "is required"},
    {T("{\"ociVersion\": \"0.4.0\",\n\"process\": {\"capabilities\": []}}"), 2, 29, "/process/capabilities",
     "must be an object, not an array"},
    /* against the specification */
    {T("{}"), 1, 1, "/ociVersion", "ociVersion must not be empty"},
    {T("{\"ociVersion\": \"one\", \"root\": {\"path\": \"r\"}}"), 1, 16, "/ociVersion", "SemVer"},
    {T("{\"ociVersion\": \"0.9.0\"}"), 1, 16, "/ociVersion", "is upgraded before"},
    {T("{\"ociVersion\": \"1.0.0\"}"), 1, 1, "/root", "root must be specified"},
    {T("{\"ociVersion\": \"1.0.0\", \"root\": {}}"), 1, 33, "/root/path", "root.path must not be empty"},
    {CONFIG("\"cwd\": \"/\"", "\"linux\": {}"), 2, 12, "/process/args", "args must not be empty"},
    {CONFIG("\"args\": [\"sh\"]", "\"linux\": {}"), 2, 12, "/process/cwd", "Cwd property must not be empty"},
    {CONFIG("\"args\": [\"sh\"], \"cwd\": \"tmp\"", "\"linux\": {}"), 2, 66, "/process/cwd",
     "Cwd must be an absolute path"},
    {CONFIG(PROCESS ", \"rlimits\": [{\"type\": \"RLIMIT_X\", \"soft\": 0, \"hard\": 0}]", "\"linux\": {}"),
     2, 92, "/process/rlimits/0/type", "unknown rlimit type \"RLIMIT_X\""},
    {CONFIG(PROCESS, "\"hostname\": \"h\""), 3, 13, "/hostname",
     "unable to set hostname without a private UTS namespace"},
    {CONFIG(PROCESS, "\"annotations\": {\"\": \"x\"}"), 3, 21, "/annotations/", "key must not be empty"},
    {CONFIG(PROCESS, "\"hooks\": {\"poststop\": [{\"path\": \"x\", \"timeout\": 5}]}"), 3, 33,
     "/hooks/poststop/0/path", "must be absolute"},
    {CONFIG(PROCESS, "\"hooks\": {\"poststop\": [{\"path\": \"/x\", \"timeout\": 0}]}"), 3, 50,
     "/hooks/poststop/0/timeout", "must be greater than zero"},
    {CTR("\"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"pid\"}]"), 3, 52, "/linux/namespaces/1/type",
     "malformed spec file: duplicated ns \"pid\""},
    {CTR("\"maskedPaths\": [\"proc\"], \"namespaces\": [{\"type\": \"mount\"}]"), 3, 27,
     "/linux/maskedPaths/0", "must be absolute"},
    {CTR("\"rootfsPropagation\": \"x\""), 3, 32, "/linux/rootfsPropagation", "is not supported"},
    {CTR("\"sysctl\": {\"vm.x\": \"1\"}"), 3, 30, "/linux/sysctl/vm.x",
     "is not in a separate kernel namespace"},
    {CTR("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_NOTIFY\"}"), 3, 40, "/linux/seccomp/defaultAction",
     "cannot be used as default action"},
    {CTR("\"resources\": {\"unified\": {\"../x\": \"1\"}}"), 3, 45, "/linux/resources/unified/..~1x",
     "no slashes"},
};

static void test_broken_configs__table(void **state)
{
    size_t wrong = 0;

    (void)state;
    assert_true(ARRAY_SIZE(broken) >= 50);
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        const struct broken *b = &broken[i];
        struct err e;

        if (run(b->text, b->len, &e) != -EINVAL)
            fail_msg("case %zu was accepted: %s", i, b->text);
        assert_int_equal(e.kind, ERR_CONFIG);
        if (strcmp(e.where, b->where) != 0 || !strstr(e.message, b->message) || e.line != b->line ||
            e.column != b->column) {
            print_error("case %zu: %s: \"%s\" %u:%u %s\n", i, b->text, e.where, e.line, e.column, e.message);
            wrong++;
        }
        assert_null(strchr(e.message, '\n'));
    }
    assert_int_equal(wrong, 0);
}

static void test_broken_configs__depth_10000(void **state)
{
    struct buf b = BUF_INIT(1024 * 1024);
    struct err e;

    (void)state;
    buf_str(&b, "{\"annotations\": ");
    for (int i = 0; i < 10000; i++)
        buf_char(&b, '[');
    for (int i = 0; i < 10000; i++)
        buf_char(&b, ']');
    buf_str(&b, "}");
    assert_int_equal(run(b.data, b.len, &e), -EINVAL);
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_string_equal(e.message, "more than 64 levels of objects and arrays");
    assert_int_equal(e.column, 17 + 63);
    buf_done(&b);
}

static void test_broken_configs__100_mb(void **state)
{
    static const char head[] = "{\"annotations\": {\"a\": \"";
    const size_t len = 100u * 1024u * 1024u;
    char *text = malloc(len);
    struct err e;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + len - 3, "\"}}", 3);
    assert_int_equal(run(text, len, &e), -EINVAL);
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_string_equal(e.message, "the text has 104857600 bytes, more than 16777216");
    free(text);
}

static char *read_real(size_t *len)
{
    FILE *f = fopen(REAL_CONFIG, "rbe");
    char *text = malloc(65536);

    if (!f || !text)
        fail_msg("%s cannot be read", REAL_CONFIG);
    *len = fread(text, 1, 65536, f);
    fclose(f);
    while (*len && text[*len - 1] == '\n')
        (*len)--;
    assert_true(*len > 1000 && *len < 65536);
    return text;
}

static void test_broken_configs__truncated_at_every_byte(void **state)
{
    struct err e;
    size_t len;
    char *text = read_real(&len);

    (void)state;
    assert_int_equal(run(text, len, &e), 0);
    for (size_t cut = 0; cut < len; cut++) {
        if (run(text, cut, &e) != -EINVAL)
            fail_msg("accepted %zu of %zu bytes", cut, len);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_true(e.line > 0 && e.column > 0);
        assert_true(e.message[0] != '\0');
        assert_true(e.where[0] == '\0' || e.where[0] == '/');
    }
    free(text);
}

/* Any one byte replaced: refused with a place, or accepted; never anything else. */
static void test_broken_configs__one_byte_changed(void **state)
{
    static const char bytes[] = {'\0', '"', '\\', '{', '}', ',', '0', '\xFF', '\n', 'x'};
    size_t len, refused = 0;
    char *text = read_real(&len);

    (void)state;
    for (size_t at = 0; at < len; at++) {
        char saved = text[at];
        struct err e;
        int r;

        text[at] = bytes[at % sizeof(bytes)];
        r = run(text, len, &e);
        assert_true(r == 0 || r == -EINVAL);
        if (r < 0) {
            assert_int_equal(e.kind, ERR_CONFIG);
            assert_true(e.line > 0 && e.column > 0 && e.message[0]);
            refused++;
        }
        text[at] = saved;
    }
    assert_true(refused > len / 4);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_configs__table),
        cmocka_unit_test(test_broken_configs__depth_10000),
        cmocka_unit_test(test_broken_configs__100_mb),
        cmocka_unit_test(test_broken_configs__truncated_at_every_byte),
        cmocka_unit_test(test_broken_configs__one_byte_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
