/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/context.h"
#include "runtime/checkpoint.h"
#include "runtime/checkpoints.h"
#include "runtime/create.h"

#include <errno.h>
#include <limits.h>

static int request_of(const struct lorica_checkpoint_options *o, struct criu_request *ret, struct err *e)
{
    static const struct lorica_checkpoint_options none;

    if (!o)
        o = &none;
    if (o->status_fd > INT_MAX)
        return err_usage(e, "invalid --status-fd argument %u", o->status_fd);
    *ret = (struct criu_request){
        .image_path = o->image_path,
        .work_path = o->work_path,
        .status_fd = o->status_fd ? (int)o->status_fd : -1,
        .wishes = {.parent_path = o->parent_path,
                   .page_server = o->page_server,
                   .manage_cgroups_mode = o->manage_cgroups_mode,
                   .empty_ns = o->empty_ns,
                   .network_lock = o->network_lock,
                   .lsm_profile = o->lsm_profile,
                   .lsm_mount_context = o->lsm_mount_context,
                   .leave_running = o->leave_running,
                   .tcp_established = o->tcp_established,
                   .tcp_skip_in_flight = o->tcp_skip_in_flight,
                   .tcp_close = o->tcp_close,
                   .link_remap = o->link_remap,
                   .ext_unix_sk = o->ext_unix_sk,
                   .shell_job = o->shell_job,
                   .file_locks = o->file_locks,
                   .auto_dedup = o->auto_dedup,
                   .lazy_pages = o->lazy_pages,
                   .pre_dump = o->pre_dump},
    };
    return 0;
}

/* Images and log of a named one; criu's log stays when the images of a failed one go. */
static int use_name(struct arena *a, const char *bundle, const char *name, struct criu_request *req,
                    struct err *e)
{
    const char *logs;
    int r = checkpoints_path(a, bundle, name, &req->image_path, &logs, e);

    if (r == 0 && !req->work_path)
        req->work_path = logs;
    return r;
}

static int named_checkpoint(struct lorica *l, struct arena *a, const char *id, const char *name,
                            struct criu_request *req, struct err *e)
{
    const char *bundle;
    int r = checkpoints_bundle(&l->rt, a, id, NULL, &bundle, e);

    if (r == 0)
        r = checkpoints_make(a, bundle, name, e);
    if (r == 0)
        r = use_name(a, bundle, name, req, e);
    if (r < 0)
        return r;
    r = container_checkpoint(&l->rt, id, req, e);
    if (r < 0)
        checkpoints_delete(a, bundle, name, NULL);
    return r;
}

int lorica_checkpoint(struct lorica *l, const char *id, const struct lorica_checkpoint_options *options,
                      struct lorica_error *err)
{
    struct criu_request req;
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = request_of(options, &req, &e);
    if (r == 0 && options && options->name)
        r = named_checkpoint(l, &a, id, options->name, &req, &e);
    else if (r == 0)
        r = container_checkpoint(&l->rt, id, &req, &e);
    arena_done(&a);
    return lib_hand_out(r, &e, err);
}

int lorica_checkpoints(struct lorica *l, const char *id, const char *bundle, char **ret_json,
                       struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = checkpoints_bundle(&l->rt, &a, id, bundle, &bundle, &e);
    if (r == 0)
        r = checkpoints_list(&a, bundle, &text, &e);
    arena_done(&a);
    return lib_hand_out_text(r, &text, ret_json, &e, err);
}

int lorica_checkpoint_delete(struct lorica *l, const char *id, const char *bundle, const char *name,
                             struct lorica_error *err)
{
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = checkpoints_bundle(&l->rt, &a, id, bundle, &bundle, &e);
    if (r == 0)
        r = checkpoints_delete(&a, bundle, name, &e);
    arena_done(&a);
    return lib_hand_out(r, &e, err);
}

/* The bundle is the one that the new container is made of. */
static int named_restore(struct lorica *l, struct arena *a, const char *bundle, const char *name,
                         struct criu_request *req, struct err *e)
{
    int r = checkpoints_bundle(&l->rt, a, NULL, bundle, &bundle, e);

    if (r == 0)
        r = checkpoints_check(a, bundle, name, e);
    return r < 0 ? r : use_name(a, bundle, name, req, e);
}

int lorica_restore(struct lorica *l, const char *id, const struct lorica_create_options *create,
                   const struct lorica_checkpoint_options *options, int *exit_status,
                   struct lorica_error *err)
{
    static const struct lorica_create_options none;
    struct create_request req;
    struct criu_request criu;
    struct arena a;
    struct err e;
    int r;

    if (!create)
        create = &none;
    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = request_of(options, &criu, &e);
    req = (struct create_request){
        .id = id,
        .bundle = create->bundle,
        .pid_file = create->pid_file,
        .console_socket = create->console_socket,
        .no_pivot = create->no_pivot,
        .run = true,
        .detach = create->detach,
        .keep = create->keep,
        .no_subreaper = create->no_subreaper,
        .restore = &criu,
    };
    if (r == 0 && options && options->name)
        r = named_restore(l, &a, create->bundle, options->name, &criu, &e);
    if (r == 0)
        r = container_run(&l->rt, &req, exit_status, &e);
    arena_done(&a);
    return lib_hand_out(r, &e, err);
}
