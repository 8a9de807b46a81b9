/* SPDX-License-Identifier: Apache-2.0 */
#include "core/criu_args.h"

#include "core/json.h"
#include "core/json_write.h"
#include "core/path.h"

#include <errno.h>
#include <sched.h>

#define DESCRIPTORS_MAX 16u

/* ---- the command line ---- */

static int parse_cg_mode(const char *text, enum criu_cg_mode *ret, struct err *reterr)
{
    static const struct {
        const char *name;
        enum criu_cg_mode mode;
    } modes[] = {{"soft", CRIU_CG_SOFT},
                 {"full", CRIU_CG_FULL},
                 {"strict", CRIU_CG_STRICT},
                 {"ignore", CRIU_CG_IGNORE}};

    *ret = CRIU_CG_SOFT;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (!text || !*text || streq(text, modes[i].name)) {
            *ret = text && *text ? modes[i].mode : CRIU_CG_SOFT;
            return 0;
        }
    return err_usage(reterr, "Invalid manage-cgroups-mode value: %s (there are: soft, full, strict, ignore)",
                     text);
}

static int parse_network_lock(const char *text, enum criu_network_lock *ret, struct err *reterr)
{
    static const char *const names[] = {"", "iptables", "nftables", "skip"};

    for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
        if (streq(text ? text : "", names[i])) {
            *ret = (enum criu_network_lock)i;
            return 0;
        }
    return err_usage(reterr, "invalid network-lock value: %s (there are: iptables, nftables, skip)", text);
}

/* The last colon separates: an IPv6 address has more. */
static int parse_page_server(struct arena *a, const char *text, struct criu_opts *ret, struct err *reterr)
{
    const char *colon = text ? strrchr(text, ':') : NULL;
    size_t len = colon ? (size_t)(colon - text) : 0;
    uint32_t port;

    if (!text || !*text)
        return 0;
    if (len == 0 || str_to_u32(str_of(colon + 1), UINT16_MAX, &port) < 0 || port == 0)
        return err_usage(reterr, "Use --page-server ADDRESS:PORT to specify page server (not %s)", text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    ret->page_server_address = arena_strndup(a, text, len);
    ret->page_server_port = (int)port;
    return ret->page_server_address ? 0 : err_nomem(reterr);
}

static int parse_lsm(const char *text, const char **ret, struct err *reterr)
{
    if (!text || !*text)
        return 0;
    if ((strncmp(text, "apparmor:", 9) != 0 || !text[9]) && (strncmp(text, "selinux:", 8) != 0 || !text[8]))
        return err_usage(reterr, "invalid lsm-profile value: %s (it is apparmor:NAME or selinux:LABEL)",
                         text);
    *ret = text;
    return 0;
}

/* Relative and inside: criu opens it beneath the images. */
static int parse_parent(const char *text, const char **ret, struct err *reterr)
{
    if (!text || !*text)
        return 0;
    if (text[0] == '/')
        return err_usage(reterr, "--parent-path must be relative to the images directory, not %s", text);
    *ret = text;
    return 0;
}

int criu_args_wishes(struct arena *a, const struct criu_wishes *w, bool restore, struct criu_opts *ret,
                     struct err *reterr)
{
    int r;

    *ret = CRIU_OPTS_INIT;
    ret->log_level = 4;
    ret->log_file = restore ? "restore.log" : "dump.log";
    ret->notify_scripts = true;
    ret->orphan_pts_master = true;
    ret->leave_running = w->leave_running;
    ret->tcp_established = w->tcp_established;
    ret->tcp_skip_in_flight = w->tcp_skip_in_flight;
    ret->tcp_close = w->tcp_close;
    ret->link_remap = w->link_remap;
    ret->ext_unix_sk = w->ext_unix_sk;
    ret->shell_job = w->shell_job;
    ret->file_locks = w->file_locks;
    ret->auto_dedup = w->auto_dedup;
    ret->lazy_pages = w->lazy_pages;
    ret->rst_sibling = restore;
    ret->evasive_devices = restore;
    r = parse_cg_mode(w->manage_cgroups_mode, &ret->cg_mode, reterr);
    if (r == 0)
        r = parse_network_lock(w->network_lock, &ret->network_lock, reterr);
    if (r == 0)
        r = parse_page_server(a, w->page_server, ret, reterr);
    if (r == 0)
        r = parse_lsm(w->lsm_profile, &ret->lsm_profile, reterr);
    if (r == 0)
        r = parse_parent(w->parent_path, &ret->parent_img, reterr);
    if (r == 0 && w->empty_ns && *w->empty_ns && !streq(w->empty_ns, "network"))
        r = err_usage(reterr, "namespace %s is not supported by --empty-ns (there is: network)", w->empty_ns);
    if (r < 0)
        return r;
    if (w->empty_ns && *w->empty_ns)
        ret->empty_ns = CLONE_NEWNET;
    if (w->lsm_mount_context && *w->lsm_mount_context)
        ret->lsm_mount_context = w->lsm_mount_context;
    /* A memory tracker that was started is what the next dump with this one as its parent needs. */
    ret->track_mem = ret->parent_img || w->pre_dump;
    return 0;
}

/* ---- lists ---- */

/* Room for one more at the end of an array of n elements. */
static void *grown(struct arena *a, const void *v, size_t n, size_t size)
{
    void *more = arena_array(a, n + 1, size);

    if (more && n)
        memcpy(more, v, n * size);
    return more;
}

int criu_args_add_external(struct arena *a, struct criu_opts *o, const char *text, struct err *reterr)
{
    const char **v = text ? grown(a, o->external.v, o->external.n, sizeof(*v)) : NULL;

    if (!v)
        return err_nomem(reterr);
    v[o->external.n++] = text;
    o->external.v = v;
    return 0;
}

int criu_args_add_inherit(struct arena *a, struct criu_opts *o, const char *key, int fd, struct err *reterr)
{
    struct criu_inherit_fd *v = key ? grown(a, o->inherit_fds, o->n_inherit_fds, sizeof(*v)) : NULL;

    if (!v)
        return err_nomem(reterr);
    v[o->n_inherit_fds++] = (struct criu_inherit_fd){key, fd};
    o->inherit_fds = v;
    return 0;
}

/* ---- mounts ---- */

struct mounts {
    struct arena *a;
    struct criu_mount *v;
    size_t n;
    bool nomem;
};

static struct criu_mount *add(struct mounts *l, const char *target, const char *cookie, const char *source)
{
    struct criu_mount *v = target && cookie && source ? grown(l->a, l->v, l->n, sizeof(*v)) : NULL;

    if (!v) {
        l->nomem = true;
        return NULL;
    }
    v[l->n] = (struct criu_mount){.target = target, .cookie = cookie, .source = source};
    l->v = v;
    return &v[l->n++];
}

static void add_file(struct mounts *l, const char *target, const char *cookie, const char *source)
{
    struct criu_mount *m = add(l, target, cookie, source);

    if (m)
        m->only_file = true;
}

static void add_same_fs(struct mounts *l, const char *target, const char *source)
{
    struct criu_mount *m = add(l, target, target, source);

    if (m)
        m->only_same_fs = true;
}

/* In a user namespace some file systems cannot be mounted anew: the host's is bound then (kernel/mount,
 * kernel/mount_cgroup). */
static void add_fallbacks(struct mounts *l, const struct plan *plan, const struct facts *facts,
                          const struct plan_mount *m)
{
    if (!plan_has_userns(plan))
        return;
    if (m->kind == MOUNT_CGROUP_V2 && !m->cgroup_ns && m->cgroup_path && facts && facts->cgroup2_mountpoint)
        add_same_fs(l, m->target, arena_printf(l->a, "%s%s", facts->cgroup2_mountpoint, m->cgroup_path));
    else if (m->kind == MOUNT_FS && streq(m->fstype, "sysfs"))
        add_same_fs(l, m->target, "/sys");
    else if (m->kind == MOUNT_FS && streq(m->fstype, "mqueue"))
        add_same_fs(l, m->target, "/dev/mqueue");
}

/* Without a cgroup namespace the mount is a directory of binds of the container's own cgroups
 * (kernel/mount_cgroup). */
static void add_cgroup_binds(struct mounts *l, const struct plan *plan, const struct facts *facts,
                             const struct plan_mount *m)
{
    if (m->cgroup_ns)
        return;
    for (size_t i = 0; i < plan->n_cgroups; i++) {
        const struct plan_cgroup *g = &plan->cgroups[i];
        struct str name = path_basename(g->mountpoint);
        const char *target;

        if (g->hierarchy == PLAN_CGROUP2)
            name = STR("unified");
        target = arena_printf(l->a, "%s/%.*s", m->target, (int)name.len, name.ptr);
        add(l, target, target, arena_printf(l->a, "%s%s", g->mountpoint, g->path));
    }
    /* Hierarchies that the container is in without a cgroup of its own. */
    for (uint32_t h = 0; facts && h < facts->n_v1; h++) {
        const struct str name = path_basename(facts->v1[h].mountpoint);
        const char *target = arena_printf(l->a, "%s/%.*s", m->target, (int)name.len, name.ptr);
        bool own = false;

        for (size_t i = 0; i < plan->n_cgroups; i++)
            own |= plan->cgroups[i].hierarchy == h;
        if (!own)
            add(l, target, target,
                arena_printf(l->a, "%s%s", facts->v1[h].mountpoint, facts->v1[h].own_path));
    }
}

int criu_args_mounts(struct arena *a, const struct plan *plan, const struct facts *facts,
                     const struct state_mount *added, size_t n_added, struct criu_mount **ret, size_t *ret_n,
                     struct err *reterr)
{
    struct mounts l = {.a = a};

    for (size_t i = 0; i < plan->n_ops; i++) {
        const struct plan_op *op = &plan->ops[i];

        if (op->kind == OP_MOUNT && op->mount.kind == MOUNT_BIND)
            add(&l, op->mount.target, op->mount.target, op->mount.source);
        else if (op->kind == OP_MOUNT && op->mount.kind == MOUNT_CGROUP_V1)
            add_cgroup_binds(&l, plan, facts, &op->mount);
        else if (op->kind == OP_MASK_PATH)
            add_file(&l, op->path.path, "/dev/null", "/dev/null");
        else if (op->kind == OP_DEVICE && op->device.on_eperm == EPERM_BIND)
            add_file(&l, op->device.path, op->device.path, op->device.path);
        else if (op->kind == OP_MOUNT)
            add_fallbacks(&l, plan, facts, &op->mount);
    }
    for (size_t i = 0; i < n_added; i++)
        if (!added[i].type && added[i].source)
            add(&l, added[i].destination, added[i].destination, added[i].source);
    if (l.nomem)
        return err_nomem(reterr);
    *ret = l.v;
    *ret_n = l.n;
    return 0;
}

int criu_args_add_mount(struct arena *a, struct criu_opts *o, const struct criu_mount *m, const char *at,
                        struct err *reterr)
{
    const char *key = at ? at : m->cookie;

    /* criu takes the text apart at the first "]:". */
    if (strchr(key, ']'))
        return err_usage(reterr, "criu cannot be told of a mount whose path has a ] in it: %s", key);
    return criu_args_add_external(a, o, arena_printf(a, "mnt[%s]:%s", key, at ? m->cookie : m->source),
                                  reterr);
}

/* ---- namespaces, cgroups ---- */

const char *criu_args_ns_key(enum ns_type type)
{
    return type == NS_NETWORK ? "extRootNetNS" : type == NS_PID ? "extRootPidNS" : NULL;
}

int criu_args_add_join(struct arena *a, struct criu_opts *o, enum ns_type type, const char *path,
                       struct err *reterr)
{
    static const char *const names[NS_TYPE_COUNT] = {[NS_IPC] = "ipc", [NS_UTS] = "uts", [NS_USER] = "user"};
    struct criu_join_ns *v;

    if (!names[type])
        return err_state(reterr, ENOTSUP,
                         "criu cannot restore a container into a %s namespace that exists already",
                         ns_type_name(type));
    v = grown(a, o->join_ns, o->n_join_ns, sizeof(*v));
    if (!v)
        return err_nomem(reterr);
    v[o->n_join_ns++] = (struct criu_join_ns){names[type], path};
    o->join_ns = v;
    return 0;
}

int criu_args_cgroups(struct arena *a, const struct state *s, struct criu_opts *o, struct err *reterr)
{
    o->cg_roots = arena_new_array(a, struct criu_cg_root, s->n_cgroups);
    if (!o->cg_roots)
        return err_nomem(reterr);
    for (size_t i = 0; i < s->n_cgroups; i++)
        o->cg_roots[o->n_cg_roots++] = (struct criu_cg_root){s->cgroups[i].hierarchy, s->cgroups[i].path};
    return 0;
}

int criu_args_own_cgroups(struct arena *a, const struct state *s, struct criu_opts *o, struct err *reterr)
{
    const char **v = arena_new_array(a, const char *, s->n_cgroups + 1);
    size_t n = 0;

    if (!v)
        return err_nomem(reterr);
    for (; n < s->n_cgroups; n++)
        v[n] = s->cgroups[n].hierarchy;
    if (n == 0)
        v[n++] = "none"; /* an empty list would be all */
    o->cgroup_dump_controllers = (struct strings){v, n};
    return 0;
}

int criu_args_freezer(struct arena *a, const struct state *s, const char **ret, struct err *reterr)
{
    *ret = NULL;
    for (size_t i = 0; i < s->n_cgroups; i++) {
        const struct state_cgroup *g = &s->cgroups[i];
        struct str rest = str_of(g->hierarchy), part;
        bool holds = !*g->hierarchy && s->cgroup_layout == CGROUP_LAYOUT_V2;

        while (str_next(&rest, ',', &part))
            holds |= str_eq(part, "freezer");
        if (!holds)
            continue;
        *ret = arena_printf(a, "%s%s", g->mountpoint, g->path);
        return *ret ? 0 : err_nomem(reterr);
    }
    return 0;
}

const char *criu_args_config_file(const struct pairs *annotations, const char *fallback)
{
    for (size_t i = 0; i < annotations->n; i++)
        if (streq(annotations->v[i].key, "org.criu.config"))
            return annotations->v[i].value && *annotations->v[i].value ? annotations->v[i].value : NULL;
    return fallback;
}

/* ---- descriptors.json ---- */

const char *criu_args_descriptor_key(struct arena *a, const char *name, bool *is_null)
{
    static const char *const kinds[] = {"pipe:[", "file[", "tty["};
    const char *end = strchr(name, ']');

    *is_null = end && streq(end + 1, CRIU_ARGS_NULL);
    for (size_t i = 0; i < ARRAY_SIZE(kinds) && end; i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0 && (!end[1] || *is_null))
            return arena_strndup(a, name, (size_t)(end + 1 - name));
    return NULL;
}

void criu_args_descriptors_print(const char *const names[3], struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_array(&w);
    for (int i = 0; i < 3; i++)
        json_write_str(&w, names[i]);
    json_write_array_end(&w);
}

int criu_args_descriptors(struct arena *a, const char *text, size_t len, struct strings *ret,
                          struct err *reterr)
{
    struct json_doc doc;
    int r = json_parse(text, len, &doc, reterr);

    if (r < 0)
        return r;
    *ret = (struct strings){arena_new_array(a, const char *, DESCRIPTORS_MAX), 0};
    if (!ret->v)
        r = err_nomem(reterr);
    else if (json_type(json_root(&doc)) != JSON_ARRAY || json_count(json_root(&doc)) > DESCRIPTORS_MAX)
        r = json_fail(&doc, json_root(&doc), reterr, "must be an array of at most %u strings",
                      DESCRIPTORS_MAX);
    for (const struct json_value *v = r < 0 ? NULL : json_first(json_root(&doc)); v && r == 0;
         v = json_next(v)) {
        const char *s = json_string(v);

        if (!s) {
            r = json_fail(&doc, v, reterr, "must be a string, is %s", json_type_name(json_type(v)));
            break;
        }
        ret->v[ret->n] = arena_strdup(a, s);
        r = ret->v[ret->n++] ? 0 : err_nomem(reterr);
    }
    json_doc_done(&doc);
    return r;
}
