/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hooks.h"

#include "core/env.h"
#include "core/json_utf8.h"
#include "core/json_write.h"
#include "core/oci_version.h"
#include "core/signals.h"

#include <errno.h>
#include <limits.h>

/* What an error of a hook may take of a message: callers put "create failed: " and the like before it. */
#define HOOK_MESSAGE_MAX (ERR_MESSAGE_MAX - 128)

/* The longest part of a hook's path that is shown. */
#define HOOK_PATH_SHOWN 512

int hook_kind_find(struct str name, enum hook_kind *ret)
{
    for (int kind = 0; kind < HOOK_KIND_COUNT; kind++) {
        if (str_eq(name, hook_kind_name((enum hook_kind)kind))) {
            *ret = (enum hook_kind)kind;
            return 0;
        }
    }
    return -EINVAL;
}

const char *hook_status(enum hook_kind kind)
{
    switch (kind) {
    case HOOK_START_CONTAINER: return "created";
    case HOOK_POSTSTART: return "running";
    case HOOK_POSTSTOP: return "stopped";
    default: return "creating";
    }
}

const char *const *hook_argv(struct arena *a, const struct config_hook *hook)
{
    size_t n = hook->args.n;
    const char **argv;

    if (n == SIZE_MAX)
        return NULL;
    argv = arena_new_array(a, const char *, (n > 0 ? n : 1) + 1);
    if (!argv)
        return NULL;
    if (n > 0)
        memcpy(argv, hook->args.v, n * sizeof(*argv));
    else
        argv[0] = hook->path;
    return argv;
}

int hook_env(struct arena *a, enum hook_kind kind, const struct config_hook *hook,
             const struct strings *runtime_env, const struct strings *container_env, const char *const **ret,
             struct err *reterr)
{
    const struct strings *env = kind == HOOK_START_CONTAINER ? container_env : runtime_env;

    return env_build(a, hook->has_env ? &hook->env : env, NULL, ret, NULL, reterr);
}

void hook_state_write(const struct hook_state *s, struct json_writer *w)
{
    json_write_object(w);
    json_write_key_str(w, "ociVersion", OCI_VERSION);
    json_write_key_str(w, "id", s->id);
    json_write_key_str(w, "status", s->status);
    if (s->pid > 0)
        json_write_key_i64(w, "pid", s->pid);
    json_write_key_str(w, "bundle", s->bundle);
    if (s->annotations && s->annotations->n > 0) {
        json_write_key(w, "annotations");
        json_write_object(w);
        for (size_t i = 0; i < s->annotations->n; i++)
            json_write_key_str(w, s->annotations->v[i].key, s->annotations->v[i].value);
        json_write_object_end(w);
    }
    json_write_object_end(w);
}

void hook_state_json(const struct hook_state *s, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    hook_state_write(s, &w);
}

int64_t hook_deadline_ms(struct opt_i64 timeout_s, int64_t now_ms)
{
    if (!timeout_s.has)
        return HOOK_NO_DEADLINE;
    if (timeout_s.v <= 0)
        return now_ms;
    if (timeout_s.v > (INT64_MAX - now_ms) / 1000)
        return HOOK_NO_DEADLINE;
    return now_ms + timeout_s.v * 1000;
}

int hook_poll_ms(int64_t deadline_ms, int64_t now_ms)
{
    if (deadline_ms == HOOK_NO_DEADLINE)
        return -1;
    if (deadline_ms <= now_ms)
        return 0;
    return deadline_ms - now_ms > INT_MAX ? INT_MAX : (int)(deadline_ms - now_ms);
}

/* ---- messages ---- */

/*
 * Bytes that a program wrote, as text that a terminal or a log can be given: control characters but newline
 * and tab, and whatever is not UTF-8, become '?'. `size` >= 4 takes the end of the text, after "..." when its
 * beginning is left out.
 */
static void show_tail(char *out, size_t size, struct str s)
{
    size_t at = 0;

    if (s.len >= size) {
        memcpy(out, "...", 3);
        at = 3;
        s.ptr += s.len - (size - 4);
        s.len = size - 4;
        while (s.len > 0 &&
               ((unsigned char)s.ptr[0] & 0xc0) == 0x80) { /* the rest of a character that was cut */
            s.ptr++;
            s.len--;
        }
    }
    while (s.len > 0) {
        size_t len = json_utf8_len(s.ptr, s.len);
        unsigned char c = (unsigned char)s.ptr[0];
        bool c1_control = len == 2 && c == 0xc2 && (unsigned char)s.ptr[1] < 0xa0;

        if (len == 0 || c1_control || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            out[at++] = '?';
            len = len ? len : 1;
        } else {
            memcpy(out + at, s.ptr, len);
            at += len;
        }
        s.ptr += len;
        s.len -= len;
    }
    out[at] = '\0';
}

/* "error running KIND hook #N: what happened" into head[HOOK_MESSAGE_MAX]; returns the errno of it. */
static int describe(char *head, enum hook_kind kind, size_t index, const struct config_hook *hook,
                    const struct hook_result *result)
{
    size_t at =
        (size_t)snprintf(head, HOOK_MESSAGE_MAX, "error running %s hook #%zu: ", hook_kind_name(kind), index);
    size_t room = HOOK_MESSAGE_MAX - at;
    char path[HOOK_PATH_SHOWN], name[SIGNAL_NAME_MAX];
    const char *text;

    switch (result->end) {
    case HOOK_END_EXITED:
        snprintf(head + at, room, "exit status %lld", (long long)result->value);
        return ECHILD;
    case HOOK_END_SIGNALED:
        text = signal_text((int)result->value);
        snprintf(head + at, room, "signal: %s%s", text ? text : signal_name_into((int)result->value, name),
                 result->core_dumped ? " (core dumped)" : "");
        return ECHILD;
    case HOOK_END_TIMEOUT:
        snprintf(head + at, room, "hook ran past specified timeout of %lld.0s", (long long)result->value);
        return ETIMEDOUT;
    case HOOK_END_EXEC: break;
    }
    show_tail(path, sizeof(path), str_of(hook->path));
    snprintf(head + at, room, "fork/exec %s: %s", path, err_text((int)result->value));
    return result->value > 0 ? (int)result->value : ECHILD;
}

int hook_error(struct err *reterr, enum hook_kind kind, size_t index, const struct config_hook *hook,
               const struct hook_result *result)
{
    char message[HOOK_MESSAGE_MAX], out_text[HOOK_MESSAGE_MAX], err_text_[HOOK_MESSAGE_MAX];
    int code = describe(message, kind, index, hook, result);
    struct str out = str_trim(result->out), err = str_trim(result->err);
    size_t room, out_room, err_room;

    if (reterr) {
        reterr->kind = ERR_SYSTEM;
        reterr->code = code;
        reterr->line = reterr->column = 0;
        reterr->where[0] = '\0';
    }
    if (result->end == HOOK_END_EXEC) {
        if (reterr)
            snprintf(reterr->message, sizeof(reterr->message), "%s", message);
        return -code;
    }
    /* What one stream does not need the other one gets; each has at least half of the room. */
    room = HOOK_MESSAGE_MAX - strlen(message) - sizeof(", stdout: , stderr: ");
    out_room = err_room = room / 2;
    if (out.len < out_room)
        err_room = room - out.len - 1;
    else if (err.len < err_room)
        out_room = room - err.len - 1;
    show_tail(out_text, out_room, out);
    show_tail(err_text_, err_room, err);
    if (reterr)
        snprintf(reterr->message, sizeof(reterr->message), "%s, stdout: %s, stderr: %s", message, out_text,
                 err_text_);
    return -code;
}
