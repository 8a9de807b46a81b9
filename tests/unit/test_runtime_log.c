/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/fd.h"
#include "base/str.h"
#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[80], err_path[80];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/lorica-log-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(err_path, sizeof(err_path), "%s/stderr", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    unlink(err_path);
    return rmdir(dir);
}

/* Static memory, good until the next call. */
static const char *contents(const char *file)
{
    static char text[2 * 65536];
    AUTO_CLOSE int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Standard error goes to a file while it is held. */
static int hold_stderr(void)
{
    int saved = dup(STDERR_FILENO), fd = open(err_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(saved >= 0 && fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
    return saved;
}

static void release_stderr(int saved)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static int open_log(struct log *l, const char *target, const char *format, bool debug, struct err *e)
{
    return log_open(l, &(struct log_options){.target = target, .format = format, .debug = debug}, e);
}

static void test_log_open__file_mode_and_flags(void **state)
{
    (void)state;
    struct log l = LOG_INIT;
    mode_t old = umask(0);
    struct stat st;

    unlink(path);
    assert_int_equal(open_log(&l, path, NULL, false, NULL), 0);
    umask(old);
    assert_true(l.target == LOG_TARGET_FILE);
    assert_int_equal(fstat(l.fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_true(fcntl(l.fd, F_GETFL) & O_APPEND);
    assert_true(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
    int fd = l.fd;
    log_close(&l);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(l.fd, STDERR_FILENO);
    log_close(&l); /* never closes standard error */
    assert_true(fcntl(STDERR_FILENO, F_GETFD) >= 0);
}

static void test_log_open__failures_change_nothing(void **state)
{
    (void)state;
    struct log l = LOG_INIT;
    struct err e;

    err_init(&e);
    assert_int_equal(open_log(&l, path, "yaml", true, &e), -EINVAL);
    assert_string_equal(e.message, "invalid log-format: yaml");
    assert_int_equal(open_log(&l, "/no/such/dir/log", "json", true, &e), -ENOENT);
    assert_string_equal(e.message, "open /no/such/dir/log: no such file or directory");
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(l.fd, STDERR_FILENO);
    assert_false(l.target == LOG_TARGET_FILE);
    assert_false(l.level == LOG_LEVEL_DEBUG);
    assert_int_equal(l.format, LOG_FORMAT_TEXT);
}

/* What appears at which level, in each format, with and without --debug. */
static void test_log_message__levels(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        bool debug;
        size_t n_lines; /* of error, warning, info, debug: one each */
    } cases[] = {{"text", false, 2}, {"text", true, 4}, {"json", false, 0}, {"json", true, 4}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct log l = LOG_INIT;

        unlink(path);
        assert_int_equal(open_log(&l, path, cases[i].format, cases[i].debug, NULL), 0);
        log_message(&l, LOG_LEVEL_ERROR, NULL, 0, "e %d", 1);
        log_message(&l, LOG_LEVEL_WARNING, NULL, 0, "w");
        log_message(&l, LOG_LEVEL_INFO, NULL, 0, "i");
        log_message(&l, LOG_LEVEL_DEBUG, NULL, 0, "d");
        log_close(&l);
        assert_int_equal(lines(contents(path)), cases[i].n_lines);
        if (cases[i].n_lines > 0)
            assert_non_null(strstr(contents(path), "e 1"));
    }
}

static void test_log_message__fields_and_append(void **state)
{
    (void)state;
    const struct log_field f = {.key = "hint", .text = "try again"};
    struct log l = LOG_INIT;

    unlink(path);
    for (int i = 0; i < 2; i++) { /* what was there stays */
        assert_int_equal(open_log(&l, path, "text", false, NULL), 0);
        log_message(&l, LOG_LEVEL_WARNING, &f, 1, "first\nsecond");
        log_close(&l);
    }
    assert_int_equal(lines(contents(path)), 2);
    assert_true(str_starts(str_of(contents(path)), "time=\"20"));
    assert_true(
        str_ends(str_of(contents(path)), "Z\" level=warning msg=\"first\\nsecond\" hint=\"try again\"\n"));
}

static void test_log_message__long_is_cut(void **state)
{
    (void)state;
    static char text[100000];
    struct log l = LOG_INIT;

    memset(text, 'x', sizeof(text) - 1);
    unlink(path);
    assert_int_equal(open_log(&l, path, "text", false, NULL), 0);
    log_message(&l, LOG_LEVEL_WARNING, NULL, 0, "%s", text);
    memset(text, '\1', sizeof(text) - 1); /* four bytes each when quoted */
    log_message(&l, LOG_LEVEL_WARNING, NULL, 0, "%s", text);
    log_close(&l);
    assert_int_equal(lines(contents(path)), 2);
    assert_true(str_ends(str_of(contents(path)), "\\x01\"\n"));
}

/* One object, whatever happened before, and the plain message for the human. */
static void test_log_error__exactly_one_json_object(void **state)
{
    (void)state;
    struct log l = LOG_INIT;
    struct err e;
    int saved;

    err_init(&e);
    err_config(&e, "/process/cwd", "must be an absolute path");
    unlink(path);
    assert_int_equal(open_log(&l, path, "json", false, NULL), 0);
    saved = hold_stderr();
    log_message(&l, LOG_LEVEL_WARNING, NULL, 0, "a warning");
    log_error(&l, &e);
    log_error(&l, &e);
    release_stderr(saved);
    log_close(&l);
    assert_int_equal(lines(contents(path)), 1);
    assert_true(str_starts(str_of(contents(path)),
                           "{\"level\":\"error\",\"msg\":\"must be an absolute path\","
                           "\"code\":\"config\",\"path\":\"/process/cwd\",\"time\":\"20"));
    assert_string_equal(contents(err_path), "must be an absolute path\n");
}

static void test_log_error__on_stderr(void **state)
{
    (void)state;
    struct log l = LOG_INIT;
    struct err e;
    int saved;

    err_init(&e);
    err_state(&e, ENOENT, "container does not exist");
    saved = hold_stderr();
    log_error(&l, &e);
    release_stderr(saved);
    assert_int_equal(lines(contents(err_path)), 1);
    assert_true(str_ends(str_of(contents(err_path)),
                         "Z\" level=error msg=\"container does not exist\" code=state\n"));
}

/* A full disk or a closed descriptor is no reason to fail. */
static void test_log_message__unwritable(void **state)
{
    (void)state;
    struct log l = LOG_INIT;

    if (open_log(&l, "/dev/full", "text", false, NULL) == 0) {
        log_message(&l, LOG_LEVEL_ERROR, NULL, 0, "lost");
        log_close(&l);
    }
    l = (struct log){.fd = -1};
    log_message(&l, LOG_LEVEL_ERROR, NULL, 0, "lost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_open__file_mode_and_flags),
        cmocka_unit_test(test_log_open__failures_change_nothing),
        cmocka_unit_test(test_log_message__levels),
        cmocka_unit_test(test_log_message__fields_and_append),
        cmocka_unit_test(test_log_message__long_is_cut),
        cmocka_unit_test(test_log_error__exactly_one_json_object),
        cmocka_unit_test(test_log_error__on_stderr),
        cmocka_unit_test(test_log_message__unwritable),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
