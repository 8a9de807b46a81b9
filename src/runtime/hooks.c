/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"

#include "base/fd.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/procattr.h"
#include "kernel/sys.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define READ_BYTES      (16u * 1024u)
#define READS_PER_ROUND 16   /* a stream that never ends must not keep the loop from looking at the clock */
#define KILL_GRACE_MS   1000 /* SIGKILL acts at once, unless the process is stuck in the kernel */
#define TICK_MS         5    /* without a pidfd: how often is asked whether the hook has ended */

/* One of standard output and error: the last bytes of it. */
struct capture {
    int fd;     /* our end, -1 at its end */
    char *data; /* 2 * HOOKS_CAPTURE_MAX bytes, or NULL as long as nothing came (or there is no memory) */
    size_t len;
};

/* What the child was at when it failed; the last step has an error of its own (HOOK_END_EXEC). */
enum start_step { START_SIGNALS, START_SESSION, START_STDIO, START_CWD, START_CLOSE, START_EXEC };

struct start_failure {
    int step;
    int code;
};

struct job {
    const struct config_hook *hook;
    char *const *argv;
    char *const *env;
    const struct hooks_run_opts *opts;
    const char *state; /* what is left to be written to standard input */
    size_t state_left;
    int in_fd;   /* our end of standard input, -1 when closed */
    int exec_fd; /* tells why there is no program: a start_failure, or end of file once execve succeeded */
    struct start_failure failure; /* code 0: none */
    struct capture capture[2];
    pid_t pid;
    int pidfd; /* -1: the kernel has none */
    bool reaped;
    int wait_status;
};

static void capture_done(struct capture *c)
{
    fd_close(&c->fd);
    free(c->data);
    *c = (struct capture){.fd = -1};
}

static void job_init(struct job *j)
{
    *j = (struct job){.in_fd = -1, .exec_fd = -1, .capture = {{.fd = -1}, {.fd = -1}}, .pidfd = -1};
}

static void job_done(struct job *j)
{
    fd_close(&j->in_fd);
    fd_close(&j->exec_fd);
    fd_close(&j->pidfd);
    capture_done(&j->capture[0]);
    capture_done(&j->capture[1]);
}

/* ---- start ---- */

/* Out of the way of dup2: a caller may run with standard descriptors closed. */
static int above_stdio(int *fd)
{
    int moved;

    if (*fd > STDERR_FILENO)
        return 0;
    moved = sys_fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0)
        return moved;
    fd_close(fd);
    *fd = moved;
    return 0;
}

/* Close-on-exec both ways; `ours` does not block, the end of the hook does as any program expects. */
static int pipe_make(int *ours, int *theirs, bool we_write, struct err *reterr)
{
    int ends[2], r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_system(reterr, errno, "pipe2", "%s", "");
    *ours = ends[we_write ? 1 : 0];
    *theirs = ends[we_write ? 0 : 1];
    r = above_stdio(ours);
    if (r == 0)
        r = above_stdio(theirs);
    if (r == 0)
        r = sys_fcntl(*ours, F_SETFL, O_NONBLOCK | (we_write ? O_WRONLY : O_RDONLY));
    return r < 0 ? err_system(reterr, r, "fcntl", "%s", "pipe") : 0;
}

/* In the child: ends in execve, or in a message on exec_fd. Nothing here needs more than what fork leaves
 * usable. */
static NORETURN void become_hook(const struct job *j, const int stdio[3], int exec_fd)
{
    struct start_failure f = {.step = START_SIGNALS, .code = -procattr_reset_signals(NULL)};

    if (f.code == 0) {
        f.step = START_SESSION;
        f.code = setsid() < 0 ? errno : 0;
    }
    for (int fd = 0; f.code == 0 && fd < 3; fd++) {
        f.step = START_STDIO;
        f.code = dup2(stdio[fd], fd) < 0 ? errno : 0;
    }
    if (f.code == 0 && j->opts->affinity)
        procattr_unpin(0, j->opts->affinity); /* best effort, as pinning is */
    if (f.code == 0 && j->opts->cwd) {
        f.step = START_CWD;
        f.code = -sys_chdir(j->opts->cwd);
    }
    if (f.code == 0) {
        f.step = START_CLOSE;
        f.code = -procattr_cloexec_from(3, NULL);
    }
    if (f.code == 0) {
        f.step = START_EXEC;
        execve(j->hook->path, j->argv, j->env);
        f.code = errno;
    }
    (void)!sys_write(exec_fd, &f, sizeof(f));
    _exit(127);
}

/* pid, pidfd and our ends of the pipes are filled in. */
static int job_start(struct job *j, struct err *reterr)
{
    const struct clone_request request = {.cgroup_fd = -1};
    AUTO_CLOSE int in = -1, out = -1, err = -1, exec_fd = -1;
    struct clone_child child;
    int r;

    r = pipe_make(&j->in_fd, &in, true, reterr);
    if (r == 0)
        r = pipe_make(&j->capture[0].fd, &out, false, reterr);
    if (r == 0)
        r = pipe_make(&j->capture[1].fd, &err, false, reterr);
    if (r == 0)
        r = pipe_make(&j->exec_fd, &exec_fd, false, reterr);
    if (r < 0)
        return r;
    r = clone_process(&request, &child, reterr);
    if (r < 0)
        return r;
    if (r == 0)
        become_hook(j, (int[3]){in, out, err}, exec_fd);
    j->pid = child.pid;
    j->pidfd = child.pidfd;
    return 0;
}

/* ---- the loop ---- */

static void capture_add(struct capture *c, const char *bytes, size_t len)
{
    const size_t size = 2 * HOOKS_CAPTURE_MAX;

    if (!c->data)
        c->data = malloc(size);
    if (!c->data)
        return;
    if (len > size - c->len) { /* keep the last half: each byte is moved at most once */
        memmove(c->data, c->data + c->len - HOOKS_CAPTURE_MAX, HOOKS_CAPTURE_MAX);
        c->len = HOOKS_CAPTURE_MAX;
    }
    memcpy(c->data + c->len, bytes, len);
    c->len += len;
}

static struct str capture_text(const struct capture *c)
{
    size_t len = c->len < HOOKS_CAPTURE_MAX ? c->len : HOOKS_CAPTURE_MAX;

    return (struct str){c->data ? c->data + c->len - len : "", len};
}

static void capture_read(struct capture *c)
{
    char bytes[READ_BYTES];

    for (int i = 0; i < READS_PER_ROUND; i++) {
        ssize_t n = sys_read(c->fd, bytes, sizeof(bytes));

        if (n == -EAGAIN)
            return;
        if (n <= 0) {
            fd_close(&c->fd);
            return;
        }
        capture_add(c, bytes, (size_t)n);
    }
}

/* A hook need not read its input: EPIPE only means that it has closed it. */
static void feed(struct job *j)
{
    while (j->state_left > 0) {
        ssize_t n = sys_write(j->in_fd, j->state, j->state_left);

        if (n == -EAGAIN)
            return;
        if (n < 0)
            break;
        j->state += n;
        j->state_left -= (size_t)n;
    }
    fd_close(&j->in_fd);
}

static void learn_exec(struct job *j)
{
    struct start_failure f;
    ssize_t n = sys_read(j->exec_fd, &f, sizeof(f));

    if (n == -EAGAIN)
        return;
    if (n == (ssize_t)sizeof(f))
        j->failure = f;
    fd_close(&j->exec_fd);
}

/* By pid and only this child: others belong to somebody else. 1: it has ended. */
static int try_reap(struct job *j, struct err *reterr)
{
    pid_t pid;

    do
        pid = waitpid(j->pid, &j->wait_status, WNOHANG);
    while (pid < 0 && errno == EINTR);
    j->reaped = pid != 0; /* on failure as well: there is no child of that number any more */
    if (pid < 0)
        return err_system(reterr, errno, "waitpid", "hook %s", j->hook->path);
    return j->reaped;
}

static int poll_timeout(const struct job *j, int64_t deadline_ms)
{
    int ms = hook_poll_ms(deadline_ms, io_now_ms());

    if (!j->reaped && j->pidfd < 0 && (ms < 0 || ms > TICK_MS))
        return TICK_MS;
    return ms;
}

/* Wait for anything to happen until the deadline and handle it. */
static int one_round(struct job *j, int64_t deadline_ms, struct err *reterr)
{
    /* poll(2) passes over negative descriptors */
    struct pollfd p[] = {
        {.fd = j->in_fd, .events = POLLOUT},
        {.fd = j->capture[0].fd, .events = POLLIN},
        {.fd = j->capture[1].fd, .events = POLLIN},
        {.fd = j->exec_fd, .events = POLLIN},
        {.fd = j->reaped ? -1 : j->pidfd, .events = POLLIN},
    };

    if (poll(p, ARRAY_SIZE(p), poll_timeout(j, deadline_ms)) < 0) {
        if (errno == EINTR)
            return 0;
        return err_system(reterr, errno, "poll", "hook %s", j->hook->path);
    }
    if (p[0].revents)
        feed(j);
    for (int i = 0; i < 2; i++) {
        if (p[1 + i].revents)
            capture_read(&j->capture[i]);
    }
    if (p[3].revents)
        learn_exec(j);
    if (!j->reaped && (j->pidfd < 0 || p[4].revents)) {
        int r = try_reap(j, reterr);

        return r < 0 ? r : 0;
    }
    return 0;
}

/*
 * The group, and the hook by itself in case that it has not got as far as setsid. It has not been reaped, so
 * its number is nobody else's.
 */
static void job_kill(const struct job *j)
{
    sys_kill(-j->pid, SIGKILL);
    sys_kill(j->pid, SIGKILL);
}

/* Until it is reaped, or the time is over: 1, 0. */
static int run_until(struct job *j, int64_t deadline_ms, struct err *reterr)
{
    while (!j->reaped) {
        int r;

        if (deadline_ms != HOOK_NO_DEADLINE && io_now_ms() >= deadline_ms) {
            r = try_reap(j, reterr); /* it may have ended while we were not looking */
            return r;
        }
        r = one_round(j, deadline_ms, reterr);
        if (r < 0)
            return r;
    }
    return 1;
}

/* What is still in the pipes; a grandchild that holds them open gets a moment, no more. */
static void drain(struct job *j)
{
    int64_t deadline_ms = io_now_ms() + HOOKS_PIPE_GRACE_MS;

    fd_close(&j->in_fd);
    while ((j->capture[0].fd >= 0 || j->capture[1].fd >= 0) && io_now_ms() < deadline_ms) {
        if (one_round(j, deadline_ms, NULL) < 0)
            return;
    }
}

/* A child that did not get as far as execve is an error of the system, not the end of a hook. */
static int result_of(const struct job *j, struct hook_result *ret, struct err *reterr)
{
    static const char *const calls[] = {[START_SIGNALS] = "sigaction",
                                        [START_SESSION] = "setsid",
                                        [START_STDIO] = "dup2",
                                        [START_CWD] = "chdir",
                                        [START_CLOSE] = "close_range"};
    const struct start_failure *f = &j->failure;

    if (f->code != 0 && f->step != START_EXEC)
        return err_system(reterr, f->code, calls[f->step], "%s",
                          f->step == START_CWD ? j->opts->cwd : j->hook->path);
    if (f->code != 0)
        *ret = (struct hook_result){.end = HOOK_END_EXEC, .value = f->code};
    else if (WIFSIGNALED(j->wait_status))
        *ret = (struct hook_result){.end = HOOK_END_SIGNALED,
                                    .value = WTERMSIG(j->wait_status),
                                    .core_dumped = WCOREDUMP(j->wait_status)};
    else
        *ret = (struct hook_result){.end = HOOK_END_EXITED, .value = WEXITSTATUS(j->wait_status)};
    return 0;
}

/* Runs a job that has started to its end; a system error leaves nothing running. */
static int job_finish(struct job *j, int64_t deadline_ms, struct hook_result *ret, struct err *reterr)
{
    bool timed_out = false;
    int r;

    r = run_until(j, deadline_ms, reterr);
    if (r == 0) {
        timed_out = true;
        job_kill(j);
        r = run_until(j, io_now_ms() + KILL_GRACE_MS, reterr);
    }
    if (r < 0) {
        if (!j->reaped) {
            job_kill(j);
            run_until(j, io_now_ms() + KILL_GRACE_MS, NULL);
        }
        return r;
    }
    drain(j);
    if (j->exec_fd >= 0)
        learn_exec(j);
    if (timed_out)
        *ret = (struct hook_result){.end = HOOK_END_TIMEOUT, .value = j->hook->timeout_s.v};
    else
        r = result_of(j, ret, reterr);
    ret->out = capture_text(&j->capture[0]);
    ret->err = capture_text(&j->capture[1]);
    return r < 0 ? r : 0;
}

/* ---- one hook, all hooks ---- */

struct run {
    enum hook_kind kind;
    const char *state;
    size_t state_len;
    const struct hooks_run_opts *opts;
};

/* argv and environment for execve; which takes them as char *const * and changes nothing. */
static int job_prepare(struct job *j, struct arena *a, const struct run *run, struct err *reterr)
{
    const char *const *argv = hook_argv(a, j->hook), *const * env;
    int r;

    if (!argv)
        return err_nomem(reterr);
    r = hook_env(a, run->kind, j->hook, run->opts->runtime_env, run->opts->container_env, &env, reterr);
    if (r < 0)
        return r;
    j->argv = (char *const *)argv;
    j->env = (char *const *)env;
    j->opts = run->opts;
    j->state = run->state;
    j->state_left = run->state_len;
    return 0;
}

static int run_one(const struct run *run, size_t index, const struct config_hook *hook, struct err *reterr)
{
    struct hooks_report report = {.kind = run->kind, .index = index, .hook = hook, .start_ms = io_now_ms()};
    struct hook_result result = {0};
    struct arena a;
    struct job j;
    int r;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    job_init(&j);
    j.hook = hook;
    r = job_prepare(&j, &a, run, reterr);
    if (r == 0)
        r = job_start(&j, reterr);
    if (r == 0)
        r = job_finish(&j, hook_deadline_ms(hook->timeout_s, report.start_ms), &result, reterr);
    if (r < 0) {
        err_prefix(reterr, "error running %s hook #%zu", hook_kind_name(run->kind), index);
    } else {
        report.result = &result;
        report.duration_ms = io_now_ms() - report.start_ms;
        if (run->opts->report)
            run->opts->report(run->opts->ctx, &report);
        if (result.end != HOOK_END_EXITED || result.value != 0)
            r = hook_error(reterr, run->kind, index, hook, &result);
    }
    job_done(&j);
    arena_done(&a);
    return r;
}

/*
 * Writing to a hook that does not read raises SIGPIPE. It is held back while hooks run and, unless it was
 * pending or blocked before, taken out again: the disposition belongs to whoever uses us as a library.
 */
static void sigpipe_hold(sigset_t *old, bool *was_pending)
{
    sigset_t pipe_only, pending;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    *was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, old);
}

static void sigpipe_release(const sigset_t *old, bool was_pending)
{
    static const struct timespec now = {0};
    sigset_t pipe_only;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    while (!was_pending && sigtimedwait(&pipe_only, NULL, &now) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, old, NULL);
}

int hooks_run(const struct config_hooks *hooks, enum hook_kind kind, const char *state_json, size_t state_len,
              const struct hooks_run_opts *opts, struct err *reterr)
{
    const struct run run = {.kind = kind, .state = state_json, .state_len = state_len, .opts = opts};
    bool was_pending;
    sigset_t old;
    int first = 0;

    if (hooks->n == 0)
        return 0;
    sigpipe_hold(&old, &was_pending);
    for (size_t i = 0; i < hooks->n; i++) {
        int r = run_one(&run, i, &hooks->v[i], first == 0 ? reterr : NULL);

        if (first == 0)
            first = r;
        if (r < 0 && !opts->keep_going)
            break;
    }
    sigpipe_release(&old, was_pending);
    return first;
}
