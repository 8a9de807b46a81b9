/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attend.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/sigwait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Others may hold the terminal open when its owner has ended: they are listened to this much longer. */
#define SILENCE_MS 100

int attend_begin(bool subreaper, uint64_t *ret_mask, struct err *reterr)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};

    if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return err_system(reterr, errno, "prctl", "PR_SET_CHILD_SUBREAPER");
    /* A caller that ignores SIGCHLD would make the kernel throw away exit statuses. */
    if (sigaction(SIGCHLD, &dfl, NULL) < 0)
        return err_system(reterr, errno, "sigaction", "SIGCHLD");
    return sigwait_hold(ret_mask, reterr);
}

void attend_end(uint64_t mask)
{
    sigwait_restore(mask, NULL);
}

static int status_of(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Reap every child that has ended; true when the attended one was among them, now or before. */
static bool reap(const struct attended *a, int *exit_status)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == a->process->pid) {
            *exit_status = status_of(status);
            if (a->wait_status)
                *a->wait_status = status;
            a->process->pid = 0;
        }
    return a->process->pid == 0;
}

static void handle(const struct attended *a, const struct sigwait_signal *sig)
{
    switch (sig->number) {
    case SIGCHLD:
    case SIGURG: return;
    case SIGWINCH:
        if (a->console)
            console_resized(a->console);
        return;
    case SIGPIPE:
        if (sig->sender == getpid())
            return;
        break;
    case SIGCONT:
        if (a->console)
            console_continued(a->console);
        break;
    default: break;
    }
    pidfd_signal(a->process, sig->number, NULL); /* it may be gone: the next round sees it */
}

/* Nothing but signals to wait for: one call for each. */
static int wait_for_signals(const struct attended *a, int *exit_status, struct err *reterr)
{
    struct sigwait_signal sig;

    /* First a look: SIGCHLD may have been taken for another child, a hook. */
    while (!reap(a, exit_status)) {
        int r = sigwait_next(&sig, reterr);

        if (r < 0)
            return r;
        handle(a, &sig);
    }
    return 0;
}

/* ---- with a terminal, or somebody who wants to know that the container is ready ---- */

static bool wants_more(const struct attended *a)
{
    return (a->console && console_is_relayed(a->console)) || (a->notify && notify_is_open(a->notify));
}

/* Wait for signals or bytes, and move the bytes. *silent: none came until `deadline_ms`. */
static int turn(const struct attended *a, int signals, int64_t deadline_ms, bool *silent, struct err *reterr)
{
    struct pollfd fds[2 + CONSOLE_POLL_FDS] = {{.fd = signals, .events = POLLIN}, {.fd = -1}};
    struct pollfd *of_console = fds + 2;
    int64_t until = deadline_ms;

    if (a->notify)
        fds[1] = notify_fill(a->notify);
    for (size_t i = 0; i < CONSOLE_POLL_FDS; i++)
        of_console[i].fd = -1;
    if (a->console)
        console_fill(a->console, of_console, &until);
    if (poll(fds, ARRAY_SIZE(fds), io_poll_timeout(until)) < 0) {
        if (errno == EINTR)
            return 0;
        return err_system(reterr, errno, "poll", "terminal");
    }
    *silent = io_now_ms() >= deadline_ms;
    for (size_t i = 0; i < CONSOLE_POLL_FDS; i++)
        if (of_console[i].revents)
            *silent = false;
    if (a->notify)
        notify_turn(a->notify, &fds[1]);
    if (a->console)
        console_turn(a->console, of_console);
    return 0;
}

static int relay(const struct attended *a, int signals, int *exit_status, struct err *reterr)
{
    struct sigwait_signal sig;
    bool silent;
    int r;

    while (!reap(a, exit_status)) {
        if (!wants_more(a)) /* hung up */
            return wait_for_signals(a, exit_status, reterr);
        r = turn(a, signals, IO_NO_DEADLINE, &silent, reterr);
        while (r == 0 && (r = sigwait_try(&sig, reterr)) > 0) {
            handle(a, &sig);
            r = 0;
        }
        if (r < 0)
            return r;
    }
    return 0;
}

static bool ends_us(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
}

/*
 * What the program wrote last. However long it takes, if standard output is not read; a signal that would
 * have ended the program ends the wait for the reader.
 */
static int drain(const struct attended *a, int signals, struct err *reterr)
{
    struct sigwait_signal sig;
    bool silent = false;

    if (!a->console)
        return 0;
    console_end_input(a->console);
    while (!console_drained(a->console, silent)) {
        int r = turn(a, signals, io_now_ms() + SILENCE_MS, &silent, reterr);

        while (r == 0 && (r = sigwait_try(&sig, reterr)) > 0) {
            if (ends_us(sig.number))
                return 0;
            r = 0;
        }
        if (r < 0)
            return r;
    }
    return 0;
}

int attend(const struct attended *a, int *exit_status, struct err *reterr)
{
    AUTO_CLOSE int signals = -1;
    int r;

    if (!wants_more(a))
        return wait_for_signals(a, exit_status, reterr);
    signals = sigwait_open(reterr);
    if (signals < 0)
        return signals;
    r = a->console ? console_begin(a->console, reterr) : 0;
    if (r == 0)
        r = relay(a, signals, exit_status, reterr);
    if (r == 0)
        r = drain(a, signals, reterr);
    if (a->notify)
        notify_flush(a->notify);
    return r;
}
