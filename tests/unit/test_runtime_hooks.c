/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks as real programs: each case writes a small shell script and runs it. Times are bounded from above
 * generously and from below exactly, so that a loaded machine does not fail them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fd.h"
#include "kernel/io.h"
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cmocka.h>

#define LONG_MS 8000 /* nothing that is not meant to hang takes this long */

/* Timeouts that are meant to pass leave a shell on a loaded machine the time to do what the test looks for;
 * those that are not are longer than LONG_MS. */
#define SHORT_S 2
#define NEVER_S 60

static char dir[64];

/* ---- scaffolding ---- */

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/lorica-hooks-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    static const char *const names[] = {"hook", "hook2", "out", "out2", "pid"};
    char path[128];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static const char *in_dir(const char *name)
{
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    const char *path = in_dir(name);
    AUTO_CLOSE int fd = -1;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(io_write_all(fd, text, strlen(text), IO_NO_DEADLINE), 0);
    assert_int_equal(fchmod(fd, mode), 0);
}

/* Contents of a file in the directory; "" when there is none. Static memory. */
static const char *contents(const char *name)
{
    static char text[8192];
    AUTO_CLOSE int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
    ssize_t n;

    text[0] = '\0';
    if (fd >= 0) {
        n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
    }
    return text;
}

static const char *const default_env_v[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "FROM=runtime"};
static const struct strings default_env = {(const char **)default_env_v, ARRAY_SIZE(default_env_v)};

/* A script as the only hook, with a timeout in seconds (0: none). */
static int run_script(const char *body, int64_t timeout_s, const char *input, size_t input_len, struct err *e)
{
    char text[4096];
    const char *args[2] = {"hook", NULL};
    struct config_hook hook = {.args = {args, 1}, .timeout_s = {timeout_s != 0, timeout_s}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};

    snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
    write_file("hook", text, 0700);
    hook.path = in_dir("hook");
    err_init(e);
    return hooks_run(&hooks, HOOK_CREATE_RUNTIME, input, input_len, &opts, e);
}

static bool has_children(void)
{
    siginfo_t si = {0};

    return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static size_t open_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* ---- cases ---- */

static void test_hooks_run__none(void **state)
{
    (void)state;
    struct config_hooks hooks = {NULL, 0};
    struct hooks_run_opts opts = {0};

    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, NULL), 0);
}

static void test_hooks_run__state_on_stdin(void **state)
{
    (void)state;
    struct err e;

    if (run_script("cat >out", 0, "{\"id\":\"c1\"}", 11, &e) < 0)
        fail_msg("%s", e.message);
    assert_string_equal(contents("out"), "{\"id\":\"c1\"}");
}

static void test_hooks_run__empty_stdin_ends(void **state)
{
    (void)state;
    struct err e;

    assert_int_equal(run_script("cat >out; echo end >>out", 5, "", 0, &e), 0);
    assert_string_equal(contents("out"), "end\n");
}

static void test_hooks_run__exit_status_and_output(void **state)
{
    (void)state;
    struct err e;

    assert_int_equal(run_script("echo to-out; echo to-err >&2; exit 3", 0, "{}", 2, &e), -ECHILD);
    assert_string_equal(e.message,
                        "error running createRuntime hook #0: exit status 3, stdout: to-out, stderr: to-err");
    assert_int_equal(run_script("exit 255", 0, "{}", 2, &e), -ECHILD);
    assert_non_null(strstr(e.message, "hook #0: exit status 255, stdout: , stderr: "));
    assert_int_equal(run_script("kill -SEGV $$", 0, "{}", 2, &e), -ECHILD);
    assert_non_null(strstr(e.message, "signal: segmentation fault"));
    assert_int_equal(run_script("kill -KILL $$", 0, "{}", 2, &e), -ECHILD);
    assert_non_null(strstr(e.message, "signal: killed, stdout: , stderr: "));
    assert_int_equal(run_script("kill -TERM $$", 0, "{}", 2, &e), -ECHILD);
    assert_non_null(strstr(e.message, "signal: terminated"));
}

static void test_hooks_run__exec_failures(void **state)
{
    (void)state;
    char expected[256];
    struct err e;
    const struct {
        const char *name;
        const char *text; /* NULL: not made */
        mode_t mode;
        int code;
        const char *says;
    } cases[] = {
        {"missing", NULL, 0, ENOENT, "no such file or directory"},
        {"out", "#!/bin/sh\n", 0600, EACCES, "permission denied"},
        {"out", "neither script nor program\n", 0700, ENOEXEC, "exec format error"},
        {"out", "#!/no/interpreter\n", 0700, ENOENT, "no such file or directory"},
        {"", NULL, 0, EACCES, "permission denied"}, /* the directory itself */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config_hook hook = {.timeout_s = {true, 5}};
        struct config_hooks hooks = {&hook, 1};
        struct hooks_run_opts opts = {.runtime_env = &default_env};

        if (cases[i].text)
            write_file(cases[i].name, cases[i].text, cases[i].mode);
        hook.path = in_dir(cases[i].name);
        err_init(&e);
        assert_int_equal(hooks_run(&hooks, HOOK_POSTSTART, "{}", 2, &opts, &e), -cases[i].code);
        snprintf(expected, sizeof(expected), "error running poststart hook #0: fork/exec %s: %s", hook.path,
                 cases[i].says);
        assert_string_equal(e.message, expected);
        assert_false(has_children());
    }
}

static void test_hooks_run__missing_cwd_is_named(void **state)
{
    (void)state;
    struct config_hook hook = {.path = "/bin/true"};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.cwd = "/no/such/bundle"};
    struct err e;

    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), -ENOENT);
    assert_string_equal(e.message,
                        "error running prestart hook #0: chdir /no/such/bundle: no such file or directory");
    assert_int_equal(e.kind, ERR_SYSTEM);
}

static void test_hooks_run__argv_env_cwd(void **state)
{
    (void)state;
    const char *args[] = {"argv0", "a b", ""};
    const char *env[] = {"X=1", "X=2", "Y=y"};
    struct config_hook hook = {.args = {args, 3}, .has_env = true, .env = {env, 3}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    char expected[256];
    struct err e;

    /* env of the process itself, before the shell adds what it likes */
    write_file("hook",
               "#!/bin/sh\ntr '\\0' '|' </proc/$$/environ >out\n/bin/pwd >out2\nprintf '%s,' \"$@\" >>out2\n",
               0700);
    hook.path = in_dir("hook");
    setenv("LORICA_TEST_LEAK", "1", 1);
    err_init(&e);
    if (hooks_run(&hooks, HOOK_START_CONTAINER, "{}", 2, &opts, &e) < 0)
        fail_msg("%s", e.message);
    assert_string_equal(contents("out"), "X=2|Y=y|");
    snprintf(expected, sizeof(expected), "%s\na b,,", dir);
    assert_string_equal(contents("out2"), expected);

    hook.has_env = false; /* startContainer: the container's */
    const char *container[] = {"C=container", "PATH=/usr/bin:/bin"};
    struct strings container_env = {container, 2};
    opts.container_env = &container_env;
    assert_int_equal(hooks_run(&hooks, HOOK_START_CONTAINER, "{}", 2, &opts, &e), 0);
    assert_string_equal(contents("out"), "C=container|PATH=/usr/bin:/bin|");
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), 0);
    assert_non_null(strstr(contents("out"), "FROM=runtime|"));
    assert_null(strstr(contents("out"), "LEAK"));
    unsetenv("LORICA_TEST_LEAK");
}

/* The captured output of the hook that ran last. */
struct heard {
    char *out;
    size_t len;
};

static void hear(void *ctx, const struct hooks_report *report)
{
    struct heard *h = ctx;

    free(h->out);
    h->len = report->result->out.len;
    h->out = malloc(h->len + 1);
    assert_non_null(h->out);
    memcpy(h->out, report->result->out.ptr, h->len);
    h->out[h->len] = '\0';
}

/* Descriptors without close-on-exec do not reach a hook. */
static void test_hooks_run__no_descriptors_of_ours(void **state)
{
    (void)state;
    const char *args[] = {"ls", "/proc/self/fd"};
    struct config_hook hook = {.path = "/bin/ls", .args = {args, 2}};
    struct config_hooks hooks = {&hook, 1};
    struct heard heard = {0};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .report = hear, .ctx = &heard};
    int low = open("/dev/null", O_RDONLY), high = fcntl(low, F_DUPFD, 200);
    struct err e;

    assert_true(low > 2 && high >= 200);
    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), 0);
    close(low);
    close(high);
    assert_string_equal(heard.out, "0\n1\n2\n3\n"); /* 3 is the directory that ls reads */
    free(heard.out);
}

/* Signal mask and dispositions of ours do not reach a hook, and it leads a session of its own. */
static void test_hooks_run__clean_process(void **state)
{
    (void)state;
    sigset_t all, old;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, was;
    struct err e;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    sigaction(SIGUSR1, &ignore, &was);
    int r =
        run_script("grep -E '^Sig(Blk|Ign)' /proc/self/status >out2; cut -d' ' -f1,5,6 /proc/$$/stat >pid", 5,
                   "{}", 2, &e);
    sigaction(SIGUSR1, &was, NULL);
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (r < 0)
        fail_msg("%s", e.message);
    assert_string_equal(contents("out2"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");

    struct str rest = str_trim(str_of(contents("pid"))), field;
    uint32_t ids[3], n = 0;
    while (n < 3 && str_next(&rest, ' ', &field))
        assert_int_equal(str_to_u32(field, UINT32_MAX, &ids[n++]), 0);
    assert_int_equal(n, 3);
    assert_int_equal(ids[0], ids[1]);
    assert_int_equal(ids[0], ids[2]);
}

/* 1 MB that is never read: no hang, no SIGPIPE, no error. */
static void test_hooks_run__stdin_never_read(void **state)
{
    (void)state;
    static char big[1024 * 1024];
    struct err e;
    int64_t start = io_now_ms();

    memset(big, 'x', sizeof(big));
    assert_int_equal(run_script("exit 0", 10, big, sizeof(big), &e), 0);
    assert_int_equal(run_script("exec <&-; sleep 0.1; exit 0", 10, big, sizeof(big), &e), 0);
    assert_int_equal(run_script("exec <&-; exit 7", 10, big, sizeof(big), &e), -ECHILD);
    assert_non_null(strstr(e.message, "exit status 7"));
    assert_true(io_now_ms() - start < LONG_MS);
}

static void test_hooks_run__stdin_large_and_read(void **state)
{
    (void)state;
    static char big[1024 * 1024];
    struct err e;

    memset(big, 'x', sizeof(big));
    if (run_script("wc -c | tr -d ' ' >out", 10, big, sizeof(big), &e) < 0)
        fail_msg("%s", e.message);
    assert_string_equal(contents("out"), "1048576\n");
    /* read late, and answered while it is read: neither side may wait for the other for ever */
    if (run_script("sleep 0.2; cat; cat >&2", 10, big, sizeof(big), &e) < 0)
        fail_msg("%s", e.message);
}

/* SIGPIPE keeps its disposition and mask, and none is left pending. */
static void test_hooks_run__sigpipe_untouched(void **state)
{
    (void)state;
    static char big[1024 * 1024];
    struct sigaction sa;
    sigset_t mask, pending;
    struct err e;

    memset(big, 'x', sizeof(big));
    assert_int_equal(run_script("exec <&-; sleep 0.1", 10, big, sizeof(big), &e), 0);
    sigaction(SIGPIPE, NULL, &sa);
    assert_ptr_equal(sa.sa_handler, SIG_DFL);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

static void test_hooks_run__writes_100_mb(void **state)
{
    (void)state;
    struct err e;

    if (run_script("head -c 100000000 /dev/zero | tr '\\0' 'o'; head -c 1000000 /dev/zero >&2", 60, "{}", 2,
                   &e) < 0)
        fail_msg("%s", e.message);
    /* of much output the end is kept */
    assert_int_equal(run_script("head -c 10000000 /dev/zero | tr '\\0' 'o'; echo; echo LAST WORDS; exit 1",
                                60, "{}", 2, &e),
                     -ECHILD);
    assert_non_null(strstr(e.message, "stdout: ...ooo"));
    assert_non_null(strstr(e.message, "o\nLAST WORDS, stderr: "));
}

/* The bytes that are kept are the last ones, all of them and in order. */
static void test_hooks_run__keeps_the_last_bytes(void **state)
{
    (void)state;
    const char *args[] = {"seq", "300000"};
    struct config_hook hook = {.path = "/usr/bin/seq", .args = {args, 2}};
    struct config_hooks hooks = {&hook, 1};
    struct heard heard = {0};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .report = hear, .ctx = &heard};
    struct str rest, line;
    uint32_t number, expected = 0;
    struct err e;

    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), 0);
    assert_int_equal(heard.len, HOOKS_CAPTURE_MAX);
    rest = (struct str){heard.out, heard.len - 1};
    assert_true(str_next(&rest, '\n', &line)); /* perhaps cut */
    while (str_next(&rest, '\n', &line)) {
        assert_int_equal(str_to_u32(line, UINT32_MAX, &number), 0);
        if (expected != 0)
            assert_int_equal(number, expected);
        expected = number + 1;
    }
    assert_int_equal(expected, 300001);
    free(heard.out);
}

static void test_hooks_run__timeout_kills(void **state)
{
    (void)state;
    struct err e;
    int64_t start = io_now_ms(), took;

    assert_int_equal(
        run_script("trap '' TERM INT HUP; echo begun; while :; do sleep 1; done", SHORT_S, "{}", 2, &e),
        -ETIMEDOUT);
    took = io_now_ms() - start;
    assert_true(took >= SHORT_S * 1000);
    assert_true(took < SHORT_S * 1000 + LONG_MS);
    assert_string_equal(e.message,
                        "error running createRuntime hook #0: hook ran past specified timeout of 2.0s, "
                        "stdout: begun, stderr: ");
    assert_int_equal(e.code, ETIMEDOUT);
    assert_false(has_children());
}

/* Whether a process is gone, or a zombie of somebody else. */
static bool is_gone(pid_t pid)
{
    char path[64], stat[512], *end;
    AUTO_CLOSE int fd = -1;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true;
    n = read(fd, stat, sizeof(stat) - 1);
    if (n <= 0)
        return true;
    stat[n] = '\0';
    end = strrchr(stat, ')');
    return !end || end[2] == 'Z' || end[2] == 'X';
}

static pid_t pid_in_file(void)
{
    uint32_t pid = 0;

    assert_int_equal(str_to_u32(str_trim(str_of(contents("pid"))), INT32_MAX, &pid), 0);
    assert_true(pid > 1);
    return (pid_t)pid;
}

static void test_hooks_run__timeout_kills_the_group(void **state)
{
    (void)state;
    struct err e;

    assert_int_equal(run_script("sleep 1000 & echo $! >pid; wait", SHORT_S, "{}", 2, &e), -ETIMEDOUT);
    pid_t grandchild = pid_in_file();
    for (int i = 0; i < LONG_MS / 10 && !is_gone(grandchild); i++)
        poll(NULL, 0, 10);
    assert_true(is_gone(grandchild));
}

/* A grandchild in a session of its own survives, but does not hold us beyond the timeout and a second. */
static void test_hooks_run__timeout_with_escaped_grandchild(void **state)
{
    (void)state;
    struct err e;
    int64_t start = io_now_ms();

    unlink(in_dir("pid"));
    assert_int_equal(run_script("setsid sh -c 'echo $$ >pid; exec sleep 1000' & wait", SHORT_S, "{}", 2, &e),
                     -ETIMEDOUT);
    assert_true(io_now_ms() - start < SHORT_S * 1000 + LONG_MS);
    pid_t grandchild = pid_in_file();
    assert_false(is_gone(grandchild));
    kill(grandchild, SIGKILL);
}

/* A daemon that keeps the pipes open, left behind on purpose: success at once, and it lives on. */
static void test_hooks_run__daemon_left_behind(void **state)
{
    (void)state;
    struct err e;
    int64_t start = io_now_ms();

    if (run_script("echo from-hook; sleep 1000 & echo $! >pid; exit 0", NEVER_S, "{}", 2, &e) < 0)
        fail_msg("%s", e.message);
    assert_true(io_now_ms() - start < LONG_MS);
    pid_t daemon_pid = pid_in_file();
    assert_false(is_gone(daemon_pid));
    kill(daemon_pid, SIGKILL);

    /* what it wrote before the hook ended belongs to the message */
    unlink(in_dir("out2"));
    assert_int_equal(run_script("(echo late-words; : >out2; sleep 1000) & echo $! >pid\n"
                                "until [ -e out2 ]; do sleep 0.01; done; exit 9",
                                NEVER_S, "{}", 2, &e),
                     -ECHILD);
    assert_non_null(strstr(e.message, "exit status 9, stdout: late-words"));
    kill(-pid_in_file(), SIGKILL);
    kill(pid_in_file(), SIGKILL);
}

/* One that writes without end must not hold us either. */
static void test_hooks_run__noisy_daemon_left_behind(void **state)
{
    (void)state;
    struct err e;
    int64_t start = io_now_ms();

    assert_int_equal(run_script("yes & echo $! >pid; exit 0", NEVER_S, "{}", 2, &e), 0);
    assert_true(io_now_ms() - start < LONG_MS);
    pid_t noisy = pid_in_file();
    for (int i = 0; i < LONG_MS / 10 && !is_gone(noisy); i++) /* its pipe is closed: SIGPIPE */
        poll(NULL, 0, 10);
    assert_true(is_gone(noisy));
}

/* validate refuses these; should one get here it must not run for ever. */
static void test_hooks_run__timeout_zero_and_negative(void **state)
{
    (void)state;
    struct config_hook hook = {.timeout_s = {true, 0}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env};
    int64_t start = io_now_ms();
    struct err e;

    write_file("hook", "#!/bin/sh\nsleep 1000\n", 0700);
    hook.path = in_dir("hook");
    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), -ETIMEDOUT);
    hook.timeout_s.v = -1;
    assert_int_equal(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e), -ETIMEDOUT);
    assert_true(io_now_ms() - start < LONG_MS);
    assert_false(has_children());
}

static void test_hooks_run__timeout_beyond_int(void **state)
{
    (void)state;
    struct err e;

    assert_int_equal(run_script("exit 4", 2147483648LL, "{}", 2, &e), -ECHILD);
    assert_int_equal(run_script("exit 4", 4294967297LL, "{}", 2, &e), -ECHILD);
    assert_int_equal(run_script("exit 4", INT64_MAX, "{}", 2, &e), -ECHILD);
    assert_non_null(strstr(e.message, "exit status 4"));
}

/* ---- several hooks ---- */

struct reports {
    size_t n;
    size_t index[8];
    int64_t value[8];
};

static void on_report(void *ctx, const struct hooks_report *report)
{
    struct reports *r = ctx;

    assert_int_equal(report->kind, HOOK_POSTSTOP);
    assert_true(report->start_ms > 0);
    assert_true(report->duration_ms >= 0);
    assert_non_null(report->hook->path);
    r->index[r->n] = report->index;
    r->value[r->n++] = report->result->value;
}

static void test_hooks_run__order_and_stop(void **state)
{
    (void)state;
    const char *first[] = {"sh", "-c", "echo 0 >>out"}, *second[] = {"sh", "-c", "echo 1 >>out; exit 5"},
               *third[] = {"sh", "-c", "echo 2 >>out; exit 6"};
    struct config_hook v[] = {{.path = "/bin/sh", .args = {first, 3}},
                              {.path = "/bin/sh", .args = {second, 3}},
                              {.path = "/bin/sh", .args = {third, 3}}};
    struct config_hooks hooks = {v, 3};
    struct reports reports = {0};
    struct hooks_run_opts opts = {
        .runtime_env = &default_env, .cwd = dir, .report = on_report, .ctx = &reports};
    struct err e;

    unlink(in_dir("out"));
    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_POSTSTOP, "{}", 2, &opts, &e), -ECHILD);
    assert_string_equal(contents("out"), "0\n1\n");
    assert_string_equal(e.message, "error running poststop hook #1: exit status 5, stdout: , stderr: ");
    assert_int_equal(reports.n, 2);
    assert_int_equal(reports.index[1], 1);
    assert_int_equal(reports.value[1], 5);

    /* poststop: all run, the first error counts */
    unlink(in_dir("out"));
    reports.n = 0;
    opts.keep_going = true;
    err_init(&e);
    assert_int_equal(hooks_run(&hooks, HOOK_POSTSTOP, "{}", 2, &opts, &e), -ECHILD);
    assert_string_equal(contents("out"), "0\n1\n2\n");
    assert_non_null(strstr(e.message, "hook #1: exit status 5"));
    assert_int_equal(reports.n, 3);
    assert_int_equal(reports.value[2], 6);
}

/* ---- odd callers; each in a process of its own ---- */

/* Runs `body` in a child and expects exit status 0. */
static void in_child(void (*body)(void))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        body();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("status 0x%x", status);
}

#define CHECK(expr)                                                                                          \
    do {                                                                                                     \
        if (!(expr))                                                                                         \
            _exit(__LINE__ & 0x7f ? __LINE__ & 0x7f : 1);                                                    \
    } while (0)

/* Standard descriptors are closed: pipes must not land on their numbers. */
static void without_stdio(void)
{
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;

    close(0);
    close(1);
    close(2);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "state", 5, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "exit status 1, stdout: state, stderr: oops"));
    CHECK(open_descriptors() == 0 || fcntl(0, F_GETFD) < 0);
}

static void test_hooks_run__without_stdio(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\ncat\necho oops >&2\nexit 1\n", 0700);
    in_child(without_stdio);
}

/* Answer these system calls with ENOSYS from now on, as an old kernel does. */
static void forbid(const int *numbers, size_t n)
{
    struct sock_filter f[16];
    struct sock_fprog prog = {.filter = f};
    unsigned short at = 0;

    f[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < n; i++) {
        f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
        f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    }
    f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    prog.len = at;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
}

/* No clone3, no pidfd (its flag is EINVAL for an old clone), no close_range, no procfs to look into. */
static void on_an_old_kernel(void)
{
    static const int missing[] = {SYS_clone3,      SYS_pidfd_open, SYS_pidfd_send_signal,
                                  SYS_close_range, SYS_fsopen,     SYS_open_tree};
    const char *args[] = {"hook", "x"};
    struct config_hook hook = {.path = in_dir("hook"), .args = {args, 2}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;
    int64_t start;

    forbid(missing, ARRAY_SIZE(missing));
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "exit status 3, stdout: {}, stderr: "));
    hook.path = "/no/such/hook";
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ENOENT);
    hook.path = in_dir("hook2");
    hook.timeout_s = (struct opt_i64){true, 1};
    start = io_now_ms();
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ETIMEDOUT);
    CHECK(io_now_ms() - start >= 1000);
    CHECK(io_now_ms() - start < 3000);
    CHECK(!has_children());
}

static void test_hooks_run__old_kernel(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\ncat\nexit 3\n", 0700);
    write_file("hook2", "#!/bin/sh\nsleep 1000\n", 0700);
    in_child(on_an_old_kernel);
}

/* clone works but gives no pidfd, as before 5.2: the end is found by asking. */
static void without_pidfd(void)
{
    struct sock_filter f[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1000 /* CLONE_PIDFD */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog prog = {.filter = f, .len = ARRAY_SIZE(f)};
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "exit status 3, stdout: {}, stderr: "));
    hook.path = in_dir("hook2");
    hook.timeout_s = (struct opt_i64){true, 1};
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ETIMEDOUT);
    CHECK(!has_children());
}

static void test_hooks_run__without_pidfd(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\ncat\nexit 3\n", 0700);
    write_file("hook2", "#!/bin/sh\nsleep 1000\n", 0700);
    in_child(without_pidfd);
}

/* Inside a container without /proc, on a kernel without close_range: descriptors of ours still do not get
 * out. */
static void without_proc(void)
{
    static const int missing[] = {SYS_close_range, SYS_fsopen, SYS_fsmount, SYS_open_tree, SYS_clone3};
    const char *args[] = {"hook", "x"};
    struct config_hook hook = {.path = in_dir("hook"), .args = {args, 2}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;

    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
        _exit(0); /* not permitted here */
    CHECK(access("/proc/self", F_OK) < 0);
    forbid(missing, ARRAY_SIZE(missing));
    CHECK(dup2(0, 9) == 9);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "exit status 3, stdout: {}closed, stderr: "));
}

static void test_hooks_run__without_proc(void **state)
{
    (void)state;
    write_file(
        "hook",
        "#!/bin/sh\ncat\nif (exec 3<&9) 2>/dev/null; then printf open; else printf closed; fi\nexit 3\n",
        0700);
    in_child(without_proc);
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* A caller whose timer interrupts every wait. */
static void interrupted(void)
{
    struct sigaction sa = {.sa_handler = on_alarm};
    struct itimerval every = {.it_interval = {.tv_usec = 3000}, .it_value = {.tv_usec = 3000}};
    struct config_hook hook = {.path = in_dir("hook"), .timeout_s = {true, 20}};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;

    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "exit status 3, stdout: {}, stderr: "));
}

static void test_hooks_run__interrupted(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\nsleep 0.3\ncat\nexit 3\n", 0700);
    in_child(interrupted);
}

/* Another child of the caller is none of our business: it stays to be reaped. */
static void with_another_child(void)
{
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;
    pid_t other = fork();
    int status = 0;

    if (other == 0)
        _exit(42);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == 0);
    CHECK(waitpid(other, &status, 0) == other);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void test_hooks_run__leaves_other_children(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\nsleep 0.1\n", 0700);
    in_child(with_another_child);
}

/* SIGCHLD ignored: the kernel reaps, we cannot learn how it ended. An error, no hang, and no kill of a
 * number. */
static void with_sigchld_ignored(void)
{
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    struct err e;

    signal(SIGCHLD, SIG_IGN);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == -ECHILD);
    CHECK(strstr(e.message, "error running prestart hook #0: waitpid hook "));
}

static void test_hooks_run__sigchld_ignored(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\nexit 0\n", 0700);
    in_child(with_sigchld_ignored);
}

static void with_few_descriptors(void)
{
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir};
    size_t before = open_descriptors();
    struct err e;

    for (rlim_t limit = 3; limit < 24; limit++) {
        struct rlimit rl = {limit, 64};

        CHECK(setrlimit(RLIMIT_NOFILE, &rl) == 0);
        err_init(&e);
        int r = hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e);
        CHECK(r == 0 || r == -EMFILE);
        CHECK(r == 0 || e.message[0] != '\0');
        CHECK(limit < 20 || r == 0);
        CHECK(open_descriptors() == before);
        CHECK(!has_children());
    }
}

static void test_hooks_run__few_descriptors(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\nexit 0\n", 0700);
    in_child(with_few_descriptors);
}

/* A caller that has pinned itself gives its hooks what it had before. */
static void pinned(void)
{
    cpu_set_t before;
    struct procattr_affinity saved = {0};
    struct config_hook hook = {.path = in_dir("hook")};
    struct config_hooks hooks = {&hook, 1};
    struct hooks_run_opts opts = {.runtime_env = &default_env, .cwd = dir, .affinity = &saved};
    char expected[64];
    struct err e;

    CHECK(sched_getaffinity(0, sizeof(before), &before) == 0);
    CHECK(procattr_pin(&saved) == 0);
    err_init(&e);
    CHECK(hooks_run(&hooks, HOOK_PRESTART, "{}", 2, &opts, &e) == 0);
    snprintf(expected, sizeof(expected), "%d\n", CPU_COUNT(&before));
    CHECK(streq(contents("out"), expected));
    procattr_affinity_done(&saved);
}

static void test_hooks_run__affinity_given_back(void **state)
{
    (void)state;
    write_file("hook", "#!/bin/sh\nnproc >out\n", 0700);
    in_child(pinned);
}

static void test_hooks_run__leaks_nothing(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    struct err e;

    assert_int_equal(run_script("exit 0", 0, "{}", 2, &e), 0);
    assert_int_equal(run_script("exit 1", 0, "{}", 2, &e), -ECHILD);
    assert_int_equal(run_script("sleep 100", 1, "{}", 2, &e), -ETIMEDOUT);
    assert_int_equal(open_descriptors(), before);
    assert_false(has_children());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hooks_run__none),
        cmocka_unit_test(test_hooks_run__state_on_stdin),
        cmocka_unit_test(test_hooks_run__empty_stdin_ends),
        cmocka_unit_test(test_hooks_run__exit_status_and_output),
        cmocka_unit_test(test_hooks_run__exec_failures),
        cmocka_unit_test(test_hooks_run__missing_cwd_is_named),
        cmocka_unit_test(test_hooks_run__argv_env_cwd),
        cmocka_unit_test(test_hooks_run__no_descriptors_of_ours),
        cmocka_unit_test(test_hooks_run__clean_process),
        cmocka_unit_test(test_hooks_run__stdin_never_read),
        cmocka_unit_test(test_hooks_run__stdin_large_and_read),
        cmocka_unit_test(test_hooks_run__sigpipe_untouched),
        cmocka_unit_test(test_hooks_run__writes_100_mb),
        cmocka_unit_test(test_hooks_run__keeps_the_last_bytes),
        cmocka_unit_test(test_hooks_run__timeout_kills),
        cmocka_unit_test(test_hooks_run__timeout_kills_the_group),
        cmocka_unit_test(test_hooks_run__timeout_with_escaped_grandchild),
        cmocka_unit_test(test_hooks_run__daemon_left_behind),
        cmocka_unit_test(test_hooks_run__noisy_daemon_left_behind),
        cmocka_unit_test(test_hooks_run__timeout_zero_and_negative),
        cmocka_unit_test(test_hooks_run__timeout_beyond_int),
        cmocka_unit_test(test_hooks_run__order_and_stop),
        cmocka_unit_test(test_hooks_run__without_stdio),
        cmocka_unit_test(test_hooks_run__old_kernel),
        cmocka_unit_test(test_hooks_run__without_pidfd),
        cmocka_unit_test(test_hooks_run__without_proc),
        cmocka_unit_test(test_hooks_run__interrupted),
        cmocka_unit_test(test_hooks_run__leaves_other_children),
        cmocka_unit_test(test_hooks_run__sigchld_ignored),
        cmocka_unit_test(test_hooks_run__few_descriptors),
        cmocka_unit_test(test_hooks_run__affinity_given_back),
        cmocka_unit_test(test_hooks_run__leaks_nothing),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
