/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lorica.h"

#include "core/env.h"
#include "core/oci_version.h"
#include "core/signals.h"
#include "kernel/dev.h"
#include "kernel/exeseal.h"
#include "kernel/probe.h"
#include "kernel/seccomp_bpf.h"
#include "kernel/systemd.h"
#include "lib/context.h"
#include "runtime/create.h"
#include "runtime/delete.h"
#include "runtime/kill.h"
#include "runtime/list.h"
#include "runtime/start.h"

#include <errno.h>

#define DEFAULT_ROOT "/run/lorica"

extern char **environ;

/* ---- errors ---- */

STATIC_ASSERT(sizeof(((struct lorica_error *)0)->where) == ERR_WHERE_MAX, "public and internal errors agree");
STATIC_ASSERT(sizeof(((struct lorica_error *)0)->message) == ERR_MESSAGE_MAX,
              "public and internal errors agree");

static enum lorica_error_kind public_kind(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE: return LORICA_ERROR_NONE;
    case ERR_CONFIG: return LORICA_ERROR_CONFIG;
    case ERR_SYSTEM: return LORICA_ERROR_SYSTEM;
    case ERR_STATE: return LORICA_ERROR_STATE;
    case ERR_PROTO: return LORICA_ERROR_PROTOCOL;
    case ERR_USAGE: return LORICA_ERROR_USAGE;
    case ERR_INTERNAL: return LORICA_ERROR_INTERNAL;
    }
    return LORICA_ERROR_INTERNAL;
}

static enum err_kind internal_kind(enum lorica_error_kind kind)
{
    switch (kind) {
    case LORICA_ERROR_NONE: return ERR_NONE;
    case LORICA_ERROR_CONFIG: return ERR_CONFIG;
    case LORICA_ERROR_SYSTEM: return ERR_SYSTEM;
    case LORICA_ERROR_STATE: return ERR_STATE;
    case LORICA_ERROR_PROTOCOL: return ERR_PROTO;
    case LORICA_ERROR_USAGE: return ERR_USAGE;
    case LORICA_ERROR_INTERNAL: return ERR_INTERNAL;
    }
    return ERR_INTERNAL;
}

int lib_hand_out(int r, const struct err *e, struct lorica_error *ret)
{
    if (r >= 0 || !ret)
        return r;
    *ret = (struct lorica_error){
        .code = e->code ? e->code : -r, .kind = public_kind(e->kind), .line = e->line, .column = e->column};
    memcpy(ret->where, e->where, sizeof(ret->where));
    memcpy(ret->message, e->message, sizeof(ret->message));
    return r;
}

int lib_hand_out_text(int r, struct buf *text, char **ret, struct err *e, struct lorica_error *err)
{
    if (r >= 0) {
        *ret = buf_take(text);
        if (!*ret)
            r = err_nomem(e);
    }
    return lib_hand_out(r, e, err);
}

/* ---- context ---- */

static char *default_root(void)
{
    const uid_t uid = geteuid();
    const char *runtime_dir = uid ? secure_getenv("XDG_RUNTIME_DIR") : NULL;
    AUTO_BUF struct buf path = BUF_INIT(4096);
    char run_user[48];

    /* Without a session: where it would be, else a directory of the user's own (the store looks whose it is).
     */
    snprintf(run_user, sizeof(run_user), "/run/user/%u", (unsigned)uid);
    if (uid && (!runtime_dir || !*runtime_dir) && access(run_user, W_OK) == 0)
        runtime_dir = run_user;
    if (runtime_dir && *runtime_dir)
        buf_printf(&path, "%s/lorica", runtime_dir);
    else if (uid)
        buf_printf(&path, "/tmp/lorica-%u", (unsigned)uid);
    else
        buf_str(&path, DEFAULT_ROOT);
    return buf_take(&path);
}

static int take_activation(struct runtime *rt, struct err *e)
{
    const char *socket = getenv("NOTIFY_SOCKET");
    int r = env_notify_socket(socket, e);

    if (r < 0)
        return r;
    rt->notify_socket = r ? socket : NULL;
    rt->listen_fdnames = getenv("LISTEN_FDNAMES");
    return env_listen_fds(getenv("LISTEN_FDS"), getenv("LISTEN_PID"), getpid(), &rt->listen_fds, e);
}

static int open_context(struct lorica *l, const struct lorica_options *o, struct err *e)
{
    int r;

    l->rt.log = LOG_INIT;
    if (o->root && (!*o->root || streq(o->root, "/")))
        return err_usage(e, "Option --root argument should not be set to %s", *o->root ? "/" : "nothing");
    l->default_root = !o->root;
    l->root = o->root ? strdup(o->root) : default_root();
    if (!l->root)
        return err_nomem(e);
    r = log_open(
        &l->rt.log,
        &(struct log_options){
            .target = o->log_path, .format = o->log_format, .level = o->log_level, .debug = o->debug},
        e);
    if (r < 0)
        return r;
    l->rt.root_path = l->root;
    l->rt.version = LORICA_VERSION " " LORICA_COMMIT;
    if (o->systemd_cgroup && o->no_cgroup)
        return err_usage(e, "cgroups by systemd, and none at all, were asked for");
    l->rt.systemd_cgroup = o->systemd_cgroup;
    l->rt.no_cgroup = o->no_cgroup;
    l->rt.unsupported_warn = o->unsupported_warn;
    if (o->resctrl && o->resctrl[0] != '/')
        return err_usage(e, "the resctrl directory is no absolute path: %s", o->resctrl);
    l->rt.resctrl = o->resctrl;
    l->rt.rootless = (struct opt_bool){.has = o->rootless != LORICA_AUTO, .v = o->rootless == LORICA_YES};
    return o->activation ? take_activation(&l->rt, e) : 0;
}

int lorica_open(struct lorica **ret, const struct lorica_options *options, struct lorica_error *err)
{
    static const struct lorica_options none;
    struct lorica *l = calloc(1, sizeof(*l));
    struct err e;
    int r;

    err_init(&e);
    r = dev_open_stdio(&e);
    if (r == 0)
        r = l ? open_context(l, options ? options : &none, &e) : err_nomem(&e);
    if (r < 0) {
        lorica_close(l);
        return lib_hand_out(r, &e, err);
    }
    *ret = l;
    return 0;
}

void lorica_close(struct lorica *l)
{
    if (!l)
        return;
    log_close(&l->rt.log);
    free(l->root);
    free(l);
}

void lorica_free(char *text)
{
    free(text);
}

int lorica_seal_self(char *const argv[], struct lorica_error *err)
{
    struct err e;
    int r;

    err_init(&e);
    r = dev_open_stdio(&e);
    if (r == 0)
        r = exeseal_ensure(argv, environ, &e);
    return lib_hand_out(r, &e, err);
}

void lorica_log_error(struct lorica *l, const struct lorica_error *err)
{
    struct log fallback = LOG_INIT;
    struct err e = {
        .code = err->code, .kind = internal_kind(err->kind), .line = err->line, .column = err->column};

    memcpy(e.where, err->where, sizeof(e.where));
    memcpy(e.message, err->message, sizeof(e.message));
    log_error(l ? &l->rt.log : &fallback, &e);
}

/* ---- life of a container ---- */

static struct create_request request_of(const char *id, const struct lorica_create_options *o, bool run)
{
    static const struct lorica_create_options none;

    if (!o)
        o = &none;
    return (struct create_request){
        .id = id,
        .bundle = o->bundle,
        .pid_file = o->pid_file,
        .pidfd_socket = o->pidfd_socket,
        .trace = o->trace,
        .console_socket = o->console_socket,
        .no_pivot = o->no_pivot,
        .no_new_keyring = o->no_new_keyring,
        .preserve_fds = o->preserve_fds,
        .run = run,
        .detach = run && o->detach,
        .keep = run && o->keep,
        .no_subreaper = o->no_subreaper,
        .plan_rootless = o->rootless,
    };
}

/* A container must never be given a way to the file of this program. */
static int require_sealed(struct err *e)
{
    int r = exeseal_is_sealed(e);

    if (r == 0)
        return err_state(e, EPERM,
                         "this program does not run from a sealed copy: call lorica_seal_self first");
    return r < 0 ? r : 0;
}

int lorica_create(struct lorica *l, const char *id, const struct lorica_create_options *options,
                  struct lorica_error *err)
{
    struct create_request req = request_of(id, options, false);
    struct err e;
    int r;

    err_init(&e);
    r = require_sealed(&e);
    if (r == 0)
        r = container_create(&l->rt, &req, &e);
    return lib_hand_out(r, &e, err);
}

int lorica_run(struct lorica *l, const char *id, const struct lorica_create_options *options,
               int *exit_status, struct lorica_error *err)
{
    struct create_request req = request_of(id, options, true);
    struct err e;
    int r;

    err_init(&e);
    r = require_sealed(&e);
    if (r == 0)
        r = container_run(&l->rt, &req, exit_status, &e);
    return lib_hand_out(r, &e, err);
}

int lorica_start(struct lorica *l, const char *id, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_start(&l->rt, id, &e), &e, err);
}

int lorica_kill(struct lorica *l, const char *id, const char *signal, bool all, struct lorica_error *err)
{
    struct err e;
    int number, r;

    err_init(&e);
    r = signal_parse(signal, &number, &e);
    if (r == 0)
        r = container_kill(&l->rt, id, number, all, &e);
    return lib_hand_out(r, &e, err);
}

int lorica_delete(struct lorica *l, const char *id, bool force, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_delete(&l->rt, id, force, &e), &e, err);
}

/* ---- looking ---- */

int lorica_state(struct lorica *l, const char *id, char **ret_json, struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;

    err_init(&e);
    return lib_hand_out_text(container_state(&l->rt, id, &text, &e), &text, ret_json, &e, err);
}

int lorica_list(struct lorica *l, enum lorica_list_format format, char **ret, struct lorica_error *err)
{
    static const enum list_format formats[] = {
        [LORICA_LIST_TABLE] = LIST_TABLE, [LORICA_LIST_JSON] = LIST_JSON, [LORICA_LIST_QUIET] = LIST_QUIET};
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;
    int r;

    err_init(&e);
    if ((size_t)format >= ARRAY_SIZE(formats))
        r = err_usage(&e, "unknown list format %d", (int)format);
    else
        r = container_list(&l->rt, l->default_root, formats[format], &text, &e);
    return lib_hand_out_text(r, &text, ret, &e, err);
}

int lorica_match(struct lorica *l, const char *pattern, char **ret, struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;

    err_init(&e);
    return lib_hand_out_text(container_match(&l->rt, l->default_root, pattern, &text, &e), &text, ret, &e,
                             err);
}

/* ---- without a container ---- */

int lorica_plan(struct lorica *l, const char *id, const struct lorica_create_options *options, bool json,
                char **ret, struct lorica_error *err)
{
    struct create_request req = request_of(id ? id : "ID", options, false);
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;

    err_init(&e);
    return lib_hand_out_text(container_plan(&l->rt, &req, json, &text, &e), &text, ret, &e, err);
}

const char *lorica_version(void)
{
    return LORICA_VERSION;
}

const char *lorica_commit(void)
{
    return LORICA_COMMIT;
}

const char *lorica_spec_version(void)
{
    return OCI_VERSION;
}

bool lorica_systemd_supported(void)
{
    return systemd_supported();
}

const char *lorica_libseccomp_version(void)
{
    static char version[16];

    return seccomp_library_version(version, sizeof(version));
}
