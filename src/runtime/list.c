/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/list.h"

#include "base/fd.h"
#include "core/passwd.h"
#include "kernel/io.h"
#include "runtime/container.h"
#include "runtime/store.h"
#include "runtime/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>

/* A record and no more: the memory of one entry serves the next without the kernel. */
#define ENTRY_CHUNK 4096u

int container_state(struct runtime *rt, const char *id, struct buf *out, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    struct state_view view;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    if (r < 0)
        return r;
    wait_look(&c);
    state_view_init(&view, c.state, c.status, "");
    state_print(&view, out);
    return buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "cannot print the state") : 0;
}

/* The owner's name in the host's passwd, "#UID" without one. */
static const char *owner_name(struct arena *a, struct str passwd, uint32_t uid)
{
    struct passwd_entry entry;

    if (passwd_find_uid(passwd, uid, &entry) == 0 && entry.name.len)
        return arena_strndup(a, entry.name.ptr, entry.name.len);
    return arena_printf(a, "#%u", uid);
}

static int copy_times(struct arena *a, struct state_view *v)
{
    const char **times[] = {&v->started, &v->exit.finished};

    for (size_t i = 0; i < ARRAY_SIZE(times); i++)
        if (*times[i] && !(*times[i] = arena_strdup(a, *times[i])))
            return -ENOMEM;
    return 0;
}

/* What is printed of one entry, copied onto the caller's arena. */
static int copy_view(struct arena *a, struct container *c, const char *id, struct str passwd,
                     struct state_view *ret, struct err *reterr)
{
    state_view_init(ret, c->state, c->status, owner_name(a, passwd, c->state->owner_uid));
    ret->id = id;
    ret->bundle = arena_strdup(a, ret->bundle);
    ret->rootfs = arena_strdup(a, ret->rootfs);
    ret->created = arena_strdup(a, ret->created ? ret->created : "");
    struct pairs *copy = arena_new(a, struct pairs);
    if (copy_times(a, ret) < 0 || !ret->owner || !ret->bundle || !ret->rootfs || !ret->created || !copy)
        return err_nomem(reterr);
    copy->n = c->state->annotations.n;
    copy->v = arena_new_array(a, struct pair, copy->n);
    if (!copy->v)
        return err_nomem(reterr);
    for (size_t i = 0; i < copy->n; i++) {
        copy->v[i].key = arena_strdup(a, c->state->annotations.v[i].key);
        copy->v[i].value = arena_strdup(a, c->state->annotations.v[i].value);
        if (!copy->v[i].key || !copy->v[i].value)
            return err_nomem(reterr);
    }
    ret->annotations = copy;
    return 0;
}

/* One entry. `scratch`: memory of one container, which the next one uses again. ends: how it ended is
 * printed, too. */
static int add_view(struct runtime *rt, struct arena *a, struct arena *scratch, int root_fd, const char *id,
                    struct str passwd, bool ends, struct state_view *ret, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    c.arena = *scratch;
    c.root_fd = root_fd;
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    c.root_fd = -1; /* the caller's */
    if (r == 0 && ends)
        wait_look(&c);
    if (r >= 0)
        r = copy_view(a, &c, id, passwd, ret, reterr);
    *scratch = c.arena;
    arena_reset(scratch);
    arena_init(&c.arena, ENTRY_CHUNK, ARENA_MAX_DEFAULT);
    return r;
}

static int collect(struct runtime *rt, struct arena *a, bool ends, struct state_view **ret, size_t *ret_n,
                   int root_fd, struct err *reterr)
{
    AUTO_BUF struct buf passwd = BUF_INIT(PASSWD_MAX_BYTES);
    AUTO_CLOSE int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct arena scratch;
    const char **ids;
    size_t n;
    int r = store_list(a, root_fd, &ids, &n, reterr);

    if (r < 0)
        return r;
    if (fd >= 0)
        io_read_all(fd, &passwd);
    *ret = arena_new_array(a, struct state_view, n);
    if (!*ret)
        return err_nomem(reterr);
    *ret_n = 0;
    arena_init(&scratch, ENTRY_CHUNK, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < n; i++) {
        struct err e;

        err_init(&e);
        r = add_view(rt, a, &scratch, root_fd, ids[i], (struct str){buf_cstr(&passwd), passwd.len}, ends,
                     &(*ret)[*ret_n], &e);
        if (r == -ENOENT) /* gone since we read the directory */
            continue;
        if (r < 0) {
            const char *why = arena_strdup(a, e.message);

            log_message(&rt->log, LOG_LEVEL_WARNING, NULL, 0, "load container %s: %s", ids[i], e.message);
            if (!why) {
                arena_done(&scratch);
                return err_nomem(reterr);
            }
            state_view_init_broken(&(*ret)[*ret_n], ids[i], why);
        }
        (*ret_n)++;
    }
    arena_done(&scratch);
    return 0;
}

static void print_ids(const struct state_view *views, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s\n", views[i].id);
}

int container_list(struct runtime *rt, bool default_root, enum list_format format, struct buf *out,
                   struct err *reterr)
{
    struct state_view *views = NULL;
    struct arena a;
    size_t n = 0;
    int r = 0;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    AUTO_CLOSE int root_fd = store_open_root(rt->root_path, false, reterr);
    if (root_fd >= 0)
        r = collect(rt, &a, format == LIST_JSON, &views, &n, root_fd, reterr);
    else if (root_fd != -ENOENT || !default_root)
        r = root_fd;
    if (r == 0) {
        switch (format) {
        case LIST_TABLE: state_list_table(views, n, out); break;
        case LIST_JSON: state_list_json(views, n, out); break;
        case LIST_QUIET: print_ids(views, n, out); break;
        }
        if (buf_error(out) < 0)
            r = err_internal(reterr, -buf_error(out), "cannot print the list");
    }
    arena_done(&a);
    return r;
}

static int match(struct runtime *rt, struct arena *a, const regex_t *re, struct buf *out, struct err *reterr)
{
    AUTO_CLOSE int root_fd = store_open_root(rt->root_path, false, reterr);
    const char **ids;
    size_t n;
    int r = root_fd < 0 ? root_fd : store_list(a, root_fd, &ids, &n, reterr);

    for (size_t i = 0; r == 0 && i < n; i++)
        if (regexec(re, ids[i], 0, NULL, 0) == 0)
            buf_printf(out, "%s\n", ids[i]);
    return r;
}

int container_match(struct runtime *rt, bool default_root, const char *pattern, struct buf *out,
                    struct err *reterr)
{
    char why[128];
    struct arena a;
    regex_t re;
    int r = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);

    if (r != 0) {
        regerror(r, &re, why, sizeof(why));
        return err_usage(reterr, "invalid regular expression %s: %s", pattern, why);
    }
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = match(rt, &a, &re, out, reterr);
    if (r == -ENOENT && default_root)
        r = 0;
    if (r == 0 && buf_error(out) < 0)
        r = err_internal(reterr, -buf_error(out), "cannot print the ids");
    arena_done(&a);
    regfree(&re);
    return r;
}
