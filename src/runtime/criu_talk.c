/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu_talk.h"

#include "base/fd.h"
#include "core/criu_log.h"
#include "core/signals.h"
#include "kernel/io.h"
#include "kernel/sigwait.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ANSWER_MAX   (10u * 4096u) /* what criu sends at most */
#define LOG_TAIL_MAX (8u * 1024u * 1024u)
#define LOG_ERRORS   3u
#define IDLE_MS      60000 /* an answer that takes no work */
#define STOP_MS      10000

void criu_talk_init(struct criu_talk *t, struct log *log)
{
    *t = (struct criu_talk){.process = CRIU_PROCESS_INIT, .log = log, .log_dir = -1, .stop_fd = -1};
}

void criu_talk_done(struct criu_talk *t)
{
    criu_done(&t->process);
    if (t->stop_fd < 0)
        return;
    /* Whoever is told twice to end does so once, and then in order. */
    while (t->stopped_by && sigwait_end_number(t->stop_fd))
        continue;
    fd_close(&t->stop_fd);
    sigwait_restore(t->mask, NULL);
}

/* ---- told to end ---- */

static int interrupted(const struct criu_talk *t, struct err *reterr)
{
    char name[SIGNAL_NAME_MAX];

    return err_state(reterr, EINTR, "interrupted by %s while criu was at work",
                     signal_name_into(t->stopped_by, name));
}

/* 0: criu gets its time to end in order. */
static int stop(struct criu_talk *t, struct err *reterr)
{
    t->stopped_by = sigwait_end_number(t->stop_fd);
    if (!t->stopped_by)
        return 0;
    t->give_up_ms = io_now_ms() + STOP_MS;
    if (!t->kill_at_once)
        return 0;
    criu_kill(&t->process);
    return interrupted(t, reterr);
}

/* The next message, or the reason why none is waited for any more. */
static ssize_t await(struct criu_talk *t, unsigned char *data, size_t cap, int *fd, int64_t deadline_ms,
                     struct err *reterr)
{
    for (;;) {
        const int64_t until = t->stopped_by && t->give_up_ms < deadline_ms ? t->give_up_ms : deadline_ms;
        ssize_t n = criu_receive(&t->process, data, cap, fd, t->stopped_by ? -1 : t->stop_fd, until, reterr);
        int r;

        if (n == -EINTR) {
            r = stop(t, reterr);
            if (r < 0)
                return r;
            continue;
        }
        if (n == -ETIMEDOUT)
            criu_kill(&t->process);
        return n == -ETIMEDOUT && t->stopped_by ? interrupted(t, reterr) : n;
    }
}

static int say(struct criu_talk *t, const struct buf *message, struct err *reterr)
{
    int r = buf_error(message);

    return r < 0 ? err_internal(reterr, -r, "a request for criu is too long")
                 : criu_send(&t->process, message->data, message->len, reterr);
}

static int hear(struct criu_talk *t, struct criu_answer *ret, int *fd, int64_t deadline_ms,
                struct err *reterr)
{
    AUTO_FREE unsigned char *data = malloc(ANSWER_MAX);
    ssize_t n;
    int r;

    *fd = -1;
    if (!data)
        return err_nomem(reterr);
    n = await(t, data, ANSWER_MAX, fd, deadline_ms, reterr);
    if (n < 0)
        return (int)n;
    if (n == 0)
        return err_proto(reterr, ECONNRESET, "criu ended without an answer");
    r = criu_rpc_answer(data, (size_t)n, ret);
    if (r < 0) {
        fd_close(fd);
        return err_proto(reterr, EBADMSG, "criu sent an answer that cannot be read");
    }
    return 0;
}

/* ---- why it failed ---- */

static const char *type_name(int32_t type)
{
    switch (type) {
    case CRIU_DUMP: return "DUMP";
    case CRIU_RESTORE: return "RESTORE";
    case CRIU_PRE_DUMP: return "PRE_DUMP";
    case CRIU_NOTIFY: return "NOTIFY";
    case CRIU_FEATURE_CHECK: return "FEATURE_CHECK";
    case CRIU_VERSION: return "VERSION";
    default: return "EMPTY";
    }
}

/* The end of a long log is enough: there the errors are. */
static int read_log(const struct criu_talk *t, const char *name, struct buf *out)
{
    AUTO_CLOSE int fd = openat(t->log_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return -ENOENT;
    if (st.st_size > (off_t)LOG_TAIL_MAX)
        lseek(fd, st.st_size - (off_t)LOG_TAIL_MAX, SEEK_SET);
    return io_read_all(fd, out);
}

/* "criu failed: type DUMP errno 1: TEXT OF THE LOG (log file: PATH)" */
static int failed(const struct criu_talk *t, enum criu_type type, const struct criu_answer *a,
                  const char *log_file, struct err *reterr)
{
    AUTO_BUF struct buf log = BUF_INIT(LOG_TAIL_MAX + 4096u), errors = BUF_INIT(4096);
    const bool has_log = log_file && t->log_dir >= 0 && read_log(t, log_file, &log) == 0;

    if (has_log)
        criu_log_errors((struct str){buf_cstr(&log), log.len}, LOG_ERRORS, &errors);
    if (!errors.len && a && criu_log_errors(str_of(a->message), LOG_ERRORS, &errors) == 0)
        buf_str(&errors, a->message);
    err_proto(reterr, a && a->error > 0 ? a->error : EIO, "criu failed: type %s errno %d%s%.600s",
              type_name(a ? a->type : (int32_t)type), a ? (int)a->error : 0, errors.len ? ": " : "",
              buf_cstr(&errors));
    if (reterr && has_log) {
        const size_t len = strlen(reterr->message);

        snprintf(reterr->message + len, sizeof(reterr->message) - len, " (log file: %s/%s)", t->log_path,
                 log_file);
    }
    return a && a->error > 0 ? -a->error : -EIO;
}

/* ---- the conversation ---- */

int criu_talk_start(struct criu_talk *t, const struct criu_start *how, struct err *reterr)
{
    char path[PATH_MAX];
    int r = criu_find(path, reterr);

    if (r == 0)
        r = sigwait_hold_ends(&t->mask, &t->stop_fd, reterr);
    return r < 0 ? r : criu_start(&t->process, path, how, reterr);
}

int criu_talk_begin(struct criu_talk *t, struct err *reterr)
{
    AUTO_BUF struct buf request = BUF_INIT(CRIU_MESSAGE_MAX);
    struct criu_answer a;
    int fd, r = criu_go(&t->process, reterr);

    if (r < 0)
        return r;
    criu_rpc_request(CRIU_VERSION, NULL, NULL, true, &request);
    r = say(t, &request, reterr);
    if (r == 0)
        r = hear(t, &a, &fd, io_now_ms() + IDLE_MS, reterr);
    if (r < 0)
        return r;
    fd_close(&fd);
    t->version = criu_version_number(&a);
    log_message(t->log, LOG_LEVEL_DEBUG, NULL, 0, "criu version %d", t->version);
    return criu_talk_need(t, CRIU_VERSION_MIN, "checkpoints", reterr);
}

int criu_talk_need(const struct criu_talk *t, int version, const char *what, struct err *reterr)
{
    if (t->version >= version)
        return 0;
    return err_state(reterr, ENOTSUP, "criu %d.%d or newer is needed for %s, this is criu %d.%d",
                     version / 10000, version / 100 % 100, what, t->version / 10000, t->version / 100 % 100);
}

void criu_talk_choose_lock(const struct criu_talk *t, struct criu_opts *opts)
{
    if (opts->network_lock == CRIU_LOCK_UNSET && t->version >= CRIU_VERSION_NFTABLES && !criu_has_iptables())
        opts->network_lock = CRIU_LOCK_NFTABLES;
}

int criu_talk_features(struct criu_talk *t, struct criu_features *ret, struct err *reterr)
{
    const struct criu_features all = {.mem_track = true, .lazy_pages = true};
    AUTO_BUF struct buf request = BUF_INIT(CRIU_MESSAGE_MAX);
    struct criu_answer a;
    int fd, r;

    criu_rpc_request(CRIU_FEATURE_CHECK, NULL, &all, true, &request);
    r = say(t, &request, reterr);
    if (r == 0)
        r = hear(t, &a, &fd, io_now_ms() + IDLE_MS, reterr);
    if (r < 0)
        return r;
    fd_close(&fd);
    if (!a.success)
        return failed(t, CRIU_FEATURE_CHECK, &a, NULL, reterr);
    *ret = a.features;
    return 0;
}

static int answer_notification(struct criu_talk *t, const struct criu_answer *a, int *fd, struct err *reterr)
{
    AUTO_BUF struct buf done = BUF_INIT(64);
    int r = 0, s;

    log_message(t->log, LOG_LEVEL_DEBUG, NULL, 0, "criu: %s (process %d)", a->script, (int)a->pid);
    if (t->stopped_by)
        r = interrupted(t, reterr);
    else if (t->notify)
        r = t->notify(t->ctx, a->script, a->pid, fd, reterr);
    criu_rpc_notify_done(r == 0, &done);
    s = say(t, &done, r < 0 ? NULL : reterr);
    return r < 0 ? r : s;
}

static int converse(struct criu_talk *t, enum criu_type type, const struct criu_opts *opts,
                    struct criu_answer *ret, struct err *reterr)
{
    AUTO_BUF struct buf request = BUF_INIT(CRIU_MESSAGE_MAX);
    int r, status;

    criu_rpc_request(type, opts, NULL, false, &request);
    r = say(t, &request, reterr);
    if (r < 0)
        return r;
    for (;;) {
        AUTO_CLOSE int fd = -1;

        r = hear(t, ret, &fd, IO_NO_DEADLINE, reterr);
        if (r == -ECONNRESET)
            return failed(t, type, NULL, opts->log_file, reterr);
        if (r < 0)
            return r;
        if (!ret->success)
            return failed(t, type, ret, opts->log_file, reterr);
        if (ret->type != CRIU_NOTIFY)
            break;
        r = answer_notification(t, ret, &fd, reterr);
        if (r < 0)
            return r;
    }
    if (ret->type != (int32_t)type)
        return err_proto(reterr, EPROTO, "criu answered %s with %s", type_name((int32_t)type),
                         type_name(ret->type));
    r = criu_end(&t->process, &status, reterr);
    /* After a pre-dump criu expects a next one, and takes the end of the socket for a failure. */
    if (r < 0 || type == CRIU_PRE_DUMP || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return r;
    return err_proto(reterr, EIO, "criu failed: wait status 0x%x", (unsigned)status);
}

int criu_talk_ask(struct criu_talk *t, enum criu_type type, const struct criu_opts *opts,
                  struct criu_answer *ret, struct err *reterr)
{
    int r = t->stopped_by ? -EINTR : converse(t, type, opts, ret, reterr);

    return r < 0 && t->stopped_by ? interrupted(t, reterr) : r;
}
