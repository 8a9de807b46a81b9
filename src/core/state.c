/* SPDX-License-Identifier: Apache-2.0 */
#include "core/state.h"

#include "base/tbl.h"
#include "core/decode_fields.h"
#include "core/json_utf8.h"
#include "core/json_write.h"
#include "core/path.h"

#include <errno.h>

static const struct tbl_entry phase_names[] = {{"creating", STATE_CREATING}, {"created", STATE_CREATED},
                                               {"starting", STATE_STARTING}, {"running", STATE_RUNNING},
                                               {"stopped", STATE_STOPPED},   {"deleting", STATE_DELETING}};

static const struct tbl_entry layout_names[] = {{"none", CGROUP_LAYOUT_NONE},
                                                {"v1", CGROUP_LAYOUT_V1},
                                                {"hybrid", CGROUP_LAYOUT_HYBRID},
                                                {"v2", CGROUP_LAYOUT_V2}};

const char *state_phase_name(enum state_phase phase)
{
    const char *name = tbl_name(phase_names, ARRAY_SIZE(phase_names), phase);

    return name ? name : "unknown";
}

const char *state_status_name(enum state_status status)
{
    switch (status) {
    case STATUS_CREATING: return "creating";
    case STATUS_CREATED: return "created";
    case STATUS_RUNNING: return "running";
    case STATUS_PAUSED: return "paused";
    case STATUS_STOPPED: break;
    }
    return "stopped";
}

void state_exit_set(struct state_exit *e, int wait_status)
{
    e->known = true;
    e->signal = (uint32_t)wait_status & 0x7f;
    e->code = e->signal ? 128 + e->signal : ((uint32_t)wait_status >> 8) & 0xff;
}

bool state_owns_namespace(const struct state *s, enum ns_type type)
{
    for (size_t i = 0; i < s->n_namespaces; i++) {
        if (s->namespaces[i].type == type)
            return s->namespaces[i].path == NULL;
    }
    return false;
}

enum state_status state_status(enum state_phase phase, const struct state_facts *facts)
{
    bool alive = facts->init_exists && facts->init_same;

    switch (phase) {
    case STATE_CREATING: return alive || facts->creator_alive ? STATUS_CREATING : STATUS_STOPPED;
    case STATE_CREATED:
    case STATE_STARTING:
    case STATE_RUNNING:
        if (!alive)
            return STATUS_STOPPED;
        if (phase == STATE_STARTING && !facts->executed)
            return STATUS_CREATING;
        if (facts->frozen)
            return STATUS_PAUSED;
        return phase == STATE_CREATED && facts->start_pending ? STATUS_CREATED : STATUS_RUNNING;
    case STATE_STOPPED:
    case STATE_DELETING:
    case STATE_PHASE_COUNT: break;
    }
    return STATUS_STOPPED;
}

/* ---- what must hold, on the way out as on the way in; each returns what is wrong, or NULL ---- */

static const char *process_wrong(const struct state_process *p)
{
    return p->pid < 0 ? "pid must not be negative" : NULL;
}

static const char *exit_wrong(const struct state_exit *e)
{
    return e->code > 255 || e->signal > 127 ? "code must be at most 255, signal at most 127" : NULL;
}

static const char *cgroup_wrong(const struct state_cgroup *c)
{
    if (!c->mountpoint || !path_is_clean(c->mountpoint))
        return "mountpoint must be a clean absolute path";
    if (!c->path || !path_is_clean(c->path))
        return "path must be a clean absolute path";
    /* removal goes up to here: never beyond the container's own path, never the hierarchy's root */
    if (c->first_made && (!path_is_clean(c->first_made) || streq(c->first_made, "/") ||
                          !path_is_beneath(c->first_made, c->path)))
        return "firstMade must be the path or a directory above it";
    return NULL;
}

static const char *mount_wrong(const struct state_mount *m)
{
    return m->destination && path_is_clean(m->destination) ? NULL
                                                           : "destination must be a clean absolute path";
}

static const char *rdt_wrong(const struct state_rdt *r)
{
    if (!r->mountpoint || !path_is_clean(r->mountpoint))
        return "mountpoint must be a clean absolute path";
    /* it is removed: never more than one directory of the root */
    return r->group && (streq(r->group, "/") || path_is_name(str_of(r->group)))
               ? NULL
               : "group must be the name of a directory";
}

static const char *state_wrong(const struct state *s)
{
    const char *wrong;

    if (!s->id || !path_is_name(str_of(s->id)))
        return "id must be the name of a container";
    if (!s->bundle || s->bundle[0] != '/' || !s->rootfs || s->rootfs[0] != '/')
        return "bundle and rootfs must be absolute paths";
    if ((unsigned)s->phase >= STATE_PHASE_COUNT || (unsigned)s->cgroup_layout > CGROUP_LAYOUT_V2)
        return "unknown phase or cgroup layout";
    wrong = process_wrong(&s->init);
    if (!wrong)
        wrong = process_wrong(&s->creator);
    return wrong ? wrong : exit_wrong(&s->exit);
}

/* ---- encode ---- */

struct encoder {
    struct json_writer w;
    bool not_utf8;
};

static bool is_utf8(const char *s)
{
    size_t left = strlen(s), len;

    for (; left > 0; s += len, left -= len) {
        len = json_utf8_len(s, left);
        if (len == 0)
            return false;
    }
    return true;
}

/* A string member; nothing for NULL. */
static void put_str(struct encoder *e, const char *key, const char *value)
{
    if (!value)
        return;
    if (!is_utf8(key) || !is_utf8(value))
        e->not_utf8 = true;
    json_write_key_str(&e->w, key, value);
}

static void put_process(struct encoder *e, const char *key, const struct state_process *p)
{
    json_write_key(&e->w, key);
    json_write_object(&e->w);
    json_write_key_i64(&e->w, "pid", p->pid);
    json_write_key_u64(&e->w, "startTicks", p->start_ticks);
    json_write_object_end(&e->w);
}

static void put_annotations(struct encoder *e, const struct pairs *p)
{
    json_write_key(&e->w, "annotations");
    json_write_object(&e->w);
    for (size_t i = 0; i < p->n; i++)
        put_str(e, p->v[i].key, p->v[i].value ? p->v[i].value : "");
    json_write_object_end(&e->w);
}

static void put_cgroups(struct encoder *e, const struct state *s)
{
    put_str(e, "cgroupLayout", tbl_name(layout_names, ARRAY_SIZE(layout_names), s->cgroup_layout));
    json_write_key(&e->w, "cgroups");
    json_write_array(&e->w);
    for (size_t i = 0; i < s->n_cgroups; i++) {
        const struct state_cgroup *c = &s->cgroups[i];

        json_write_object(&e->w);
        put_str(e, "hierarchy", c->hierarchy ? c->hierarchy : "");
        put_str(e, "mountpoint", c->mountpoint);
        put_str(e, "path", c->path);
        put_str(e, "firstMade", c->first_made);
        json_write_object_end(&e->w);
    }
    json_write_array_end(&e->w);
    put_str(e, "systemdScope", s->systemd_scope);
    if (s->systemd_user)
        json_write_key_bool(&e->w, "systemdUser", true);
}

static void put_namespaces(struct encoder *e, const struct state *s)
{
    json_write_key(&e->w, "namespaces");
    json_write_array(&e->w);
    for (size_t i = 0; i < s->n_namespaces; i++) {
        json_write_object(&e->w);
        put_str(e, "type", ns_type_name(s->namespaces[i].type));
        put_str(e, "path", s->namespaces[i].path);
        json_write_object_end(&e->w);
    }
    json_write_array_end(&e->w);
}

static void put_strings(struct encoder *e, const char *key, const struct strings *v)
{
    for (size_t i = 0; i < v->n; i++)
        e->not_utf8 |= !is_utf8(v->v[i]);
    json_write_key_strings(&e->w, key, v->v, v->n);
}

/* Nothing where there are none: almost always, and the record of such a container is read most. */
static void put_exit(struct encoder *e, const struct state *s)
{
    const struct state_exit *x = &s->exit;

    put_str(e, "started", s->started);
    if (x->known) {
        json_write_key(&e->w, "exit");
        json_write_object(&e->w);
        json_write_key_u64(&e->w, "code", x->code);
        json_write_key_u64(&e->w, "signal", x->signal);
        json_write_object_end(&e->w);
    }
    if (x->oom_killed.has)
        json_write_key_bool(&e->w, "oomKilled", x->oom_killed.v);
    put_str(e, "finished", x->finished);
}

static void put_rdt(struct encoder *e, const struct state_rdt *r)
{
    if (!r)
        return;
    json_write_key(&e->w, "intelRdt");
    json_write_object(&e->w);
    put_str(e, "mountpoint", r->mountpoint);
    put_str(e, "group", r->group);
    json_write_key_bool(&e->w, "made", r->made);
    json_write_key_bool(&e->w, "owned", r->owned);
    json_write_key_bool(&e->w, "monitoring", r->monitoring);
    json_write_object_end(&e->w);
}

static void put_unapplied(struct encoder *e, const struct state *s)
{
    if (!s->unapplied.n)
        return;
    json_write_key(&e->w, "notApplied");
    json_write_array(&e->w);
    for (size_t i = 0; i < s->unapplied.n; i++) {
        json_write_object(&e->w);
        put_str(e, "pointer", s->unapplied.v[i].pointer);
        put_str(e, "reason", s->unapplied.v[i].reason);
        json_write_object_end(&e->w);
    }
    json_write_array_end(&e->w);
}

static void put_mounts(struct encoder *e, const struct state *s)
{
    if (!s->n_mounts)
        return;
    json_write_key(&e->w, "mounts");
    json_write_array(&e->w);
    for (size_t i = 0; i < s->n_mounts; i++) {
        const struct state_mount *m = &s->mounts[i];

        json_write_object(&e->w);
        put_str(e, "destination", m->destination);
        put_str(e, "type", m->type);
        put_str(e, "source", m->source);
        put_strings(e, "options", &m->options);
        json_write_key_u64(&e->w, "mountId", m->mount_id);
        json_write_object_end(&e->w);
    }
    json_write_array_end(&e->w);
}

/* The number of values that the lists come to, or JSON_VALUES_MAX when that is too many. */
static size_t count_values(const struct state *s)
{
    size_t n = 0;

    if (s->annotations.n > JSON_VALUES_MAX || s->n_cgroups > JSON_VALUES_MAX ||
        s->n_namespaces > JSON_VALUES_MAX || s->n_mounts > JSON_VALUES_MAX ||
        s->unapplied.n > JSON_VALUES_MAX / 3)
        return JSON_VALUES_MAX;
    for (size_t i = 0; i < s->n_mounts && n < JSON_VALUES_MAX; i++)
        n += s->mounts[i].options.n > JSON_VALUES_MAX ? JSON_VALUES_MAX : 6 + s->mounts[i].options.n;
    return n + s->annotations.n + 5 * s->n_cgroups + 3 * s->n_namespaces + 3 * s->unapplied.n;
}

static int encode_check(const struct state *s)
{
    /* Members besides the lists, generously; the reader counts every value. */
    const size_t others = 64;

    if (state_wrong(s))
        return -EINVAL;
    for (size_t i = 0; i < s->n_cgroups; i++) {
        if (cgroup_wrong(&s->cgroups[i]))
            return -EINVAL;
    }
    for (size_t i = 0; i < s->n_namespaces; i++) {
        if ((unsigned)s->namespaces[i].type >= NS_TYPE_COUNT)
            return -EINVAL;
    }
    for (size_t i = 0; i < s->n_mounts; i++) {
        if (mount_wrong(&s->mounts[i]))
            return -EINVAL;
    }
    if (s->rdt && rdt_wrong(s->rdt))
        return -EINVAL;
    return count_values(s) + others > JSON_VALUES_MAX ? -EMSGSIZE : 0;
}

int state_encode(const struct state *s, struct buf *out)
{
    struct encoder e = {.not_utf8 = false};
    size_t start = out->len;
    int r = encode_check(s);

    if (r < 0)
        return r;
    json_write_init(&e.w, out, NULL);
    json_write_object(&e.w);
    json_write_key_i64(&e.w, "version", STATE_VERSION);
    put_str(&e, "id", s->id);
    put_str(&e, "ociVersion", s->oci_version);
    put_str(&e, "phase", state_phase_name(s->phase));
    put_process(&e, "init", &s->init);
    put_process(&e, "creator", &s->creator);
    put_str(&e, "bootId", s->boot_id);
    put_str(&e, "bundle", s->bundle);
    put_str(&e, "rootfs", s->rootfs);
    put_str(&e, "created", s->created);
    put_exit(&e, s);
    put_annotations(&e, &s->annotations);
    json_write_key_u64(&e.w, "ownerUid", s->owner_uid);
    put_cgroups(&e, s);
    put_namespaces(&e, s);
    put_mounts(&e, s);
    put_rdt(&e, s->rdt);
    put_unapplied(&e, s);
    json_write_key_bool(&e.w, "rootless", s->rootless);
    json_write_key_bool(&e.w, "noPivot", s->no_pivot);
    json_write_key_bool(&e.w, "noNewKeyring", s->no_new_keyring);
    if (s->no_process)
        json_write_key_bool(&e.w, "noProcess", true);
    json_write_key_bool(&e.w, "detached", s->detached);
    json_write_key_bool(&e.w, "terminal", s->terminal);
    json_write_key_bool(&e.w, "poststopHooksRun", s->poststop_hooks_run);
    json_write_object_end(&e.w);
    if (buf_error(out) < 0)
        return buf_error(out);
    if (e.not_utf8)
        return -EILSEQ;
    return out->len - start > STATE_MAX_BYTES ? -EMSGSIZE : 0;
}

/* ---- decode ---- */

static int cgroup_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    struct state_cgroup *c = ret;
    const char *wrong;

    if (!c->hierarchy)
        c->hierarchy = "";
    wrong = cgroup_wrong(c);
    return wrong ? json_fail(d->doc, object, d->err, "%s", wrong) : 0;
}

static int exit_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    const char *wrong = exit_wrong(ret);

    return wrong ? json_fail(d->doc, object, d->err, "%s", wrong) : 0;
}

static int process_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    const char *wrong = process_wrong(ret);

    return wrong ? json_fail(d->doc, object, d->err, "%s", wrong) : 0;
}

static int namespace_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    struct state_namespace *ns = ret;
    const struct json_value *v = json_find(object, "type");
    const char *name = v ? json_string(v) : NULL;

    for (int type = 0; name && type < NS_TYPE_COUNT; type++) {
        if (streq(name, ns_type_name((enum ns_type)type))) {
            ns->type = (enum ns_type)type;
            return 0;
        }
    }
    return json_fail(d->doc, v ? v : object, d->err, "unknown type of namespace");
}

/* The value of an enumeration by its name; a member that is absent leaves *ret, -1 there makes it mandatory.
 */
static int named_value(struct decoder *d, const struct json_value *object, const char *key,
                       const struct tbl_entry *tbl, size_t n, int *ret)
{
    const struct json_value *v = json_find(object, key);
    const struct tbl_entry *entry;

    if (!v || json_type(v) == JSON_NULL)
        return *ret >= 0 ? 0 : json_fail_missing(d->doc, object, key, d->err, "is missing");
    entry = json_string(v) ? tbl_find(tbl, n, str_of(json_string(v))) : NULL;
    if (!entry)
        return json_fail(d->doc, v, d->err, "unknown value");
    *ret = (int)entry->value;
    return 0;
}

static int state_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    struct state *s = ret;
    int phase = -1, layout = CGROUP_LAYOUT_NONE, r;
    const char *wrong;

    r = named_value(d, object, "phase", phase_names, ARRAY_SIZE(phase_names), &phase);
    if (r < 0)
        return r;
    r = named_value(d, object, "cgroupLayout", layout_names, ARRAY_SIZE(layout_names), &layout);
    if (r < 0)
        return r;
    s->phase = (enum state_phase)phase;
    s->cgroup_layout = (enum cgroup_layout)layout;
    wrong = state_wrong(s);
    if (wrong)
        return json_fail(d->doc, object, d->err, "%s", wrong);
    s->oci_version = s->oci_version ? s->oci_version : "";
    s->boot_id = s->boot_id ? s->boot_id : "";
    s->created = s->created ? s->created : "";
    return 0;
}

static const struct field process_fields[] = {
    FIELD_I32(struct state_process, pid, "pid", 0),
    FIELD_U64(struct state_process, start_ticks, "startTicks", 0),
};
static const struct shape process_shape = SHAPE(struct state_process, process_fields, process_finish);

static const struct field exit_fields[] = {
    FIELD_U32(struct state_exit, code, "code", FIELD_MANDATORY),
    FIELD_U32(struct state_exit, signal, "signal", 0),
};
static const struct shape exit_shape = SHAPE(struct state_exit, exit_fields, exit_finish);

static const struct field cgroup_fields[] = {
    FIELD_STRING(struct state_cgroup, hierarchy, "hierarchy", 0),
    FIELD_STRING(struct state_cgroup, mountpoint, "mountpoint", FIELD_MANDATORY),
    FIELD_STRING(struct state_cgroup, path, "path", FIELD_MANDATORY),
    FIELD_STRING(struct state_cgroup, first_made, "firstMade", 0),
};
static const struct shape cgroup_shape = SHAPE(struct state_cgroup, cgroup_fields, cgroup_finish);

static const struct field namespace_fields[] = {
    FIELD_STRING(struct state_namespace, path, "path", 0),
};
static const struct shape namespace_shape = SHAPE(struct state_namespace, namespace_fields, namespace_finish);

static int mount_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    const char *wrong = mount_wrong(ret);

    return wrong ? json_fail(d->doc, object, d->err, "%s", wrong) : 0;
}

static const struct field mount_fields[] = {
    FIELD_STRING(struct state_mount, destination, "destination", FIELD_MANDATORY),
    FIELD_STRING(struct state_mount, type, "type", 0),
    FIELD_STRING(struct state_mount, source, "source", 0),
    FIELD_STRINGS(struct state_mount, options, "options", 0),
    FIELD_U64(struct state_mount, mount_id, "mountId", 0),
};
static const struct shape mount_shape = SHAPE(struct state_mount, mount_fields, mount_finish);

static int rdt_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    const char *wrong = rdt_wrong(ret);

    return wrong ? json_fail(d->doc, object, d->err, "%s", wrong) : 0;
}

static const struct field rdt_fields[] = {
    FIELD_STRING(struct state_rdt, mountpoint, "mountpoint", FIELD_MANDATORY),
    FIELD_STRING(struct state_rdt, group, "group", FIELD_MANDATORY),
    FIELD_BOOL(struct state_rdt, made, "made", 0),
    FIELD_BOOL(struct state_rdt, owned, "owned", 0),
    FIELD_BOOL(struct state_rdt, monitoring, "monitoring", 0),
};
static const struct shape rdt_shape = SHAPE(struct state_rdt, rdt_fields, rdt_finish);

static const struct field unapplied_fields[] = {
    FIELD_STRING(struct unapplied, pointer, "pointer", FIELD_MANDATORY),
    FIELD_STRING(struct unapplied, reason, "reason", FIELD_MANDATORY),
};
static const struct shape unapplied_shape = SHAPE(struct unapplied, unapplied_fields, NULL);

static const struct field state_fields[] = {
    FIELD_STRING(struct state, id, "id", FIELD_MANDATORY),
    FIELD_STRING(struct state, oci_version, "ociVersion", 0),
    FIELD_OBJECT(struct state, init, "init", 0, &process_shape),
    FIELD_OBJECT(struct state, creator, "creator", 0, &process_shape),
    FIELD_STRING(struct state, boot_id, "bootId", 0),
    FIELD_STRING(struct state, bundle, "bundle", FIELD_MANDATORY),
    FIELD_STRING(struct state, rootfs, "rootfs", FIELD_MANDATORY),
    FIELD_STRING(struct state, created, "created", 0),
    FIELD_STRING(struct state, started, "started", 0),
    FIELD_OBJECT_HAS(struct state, exit, exit.known, "exit", 0, &exit_shape),
    FIELD_OPT_BOOL(struct state, exit.oom_killed, "oomKilled", 0),
    FIELD_STRING(struct state, exit.finished, "finished", 0),
    FIELD_PAIRS(struct state, annotations, "annotations", 0),
    FIELD_U32(struct state, owner_uid, "ownerUid", 0),
    FIELD_ARRAY(struct state, cgroups, n_cgroups, "cgroups", 0, &cgroup_shape),
    FIELD_STRING(struct state, systemd_scope, "systemdScope", 0),
    FIELD_BOOL(struct state, systemd_user, "systemdUser", 0),
    FIELD_ARRAY(struct state, namespaces, n_namespaces, "namespaces", 0, &namespace_shape),
    FIELD_ARRAY(struct state, mounts, n_mounts, "mounts", 0, &mount_shape),
    FIELD_POINTER(struct state, rdt, "intelRdt", 0, &rdt_shape),
    FIELD_ARRAY(struct state, unapplied.v, unapplied.n, "notApplied", 0, &unapplied_shape),
    FIELD_BOOL(struct state, rootless, "rootless", 0),
    FIELD_BOOL(struct state, no_pivot, "noPivot", 0),
    FIELD_BOOL(struct state, no_new_keyring, "noNewKeyring", 0),
    FIELD_BOOL(struct state, no_process, "noProcess", 0),
    FIELD_BOOL(struct state, detached, "detached", 0),
    FIELD_BOOL(struct state, terminal, "terminal", 0),
    FIELD_BOOL(struct state, poststop_hooks_run, "poststopHooksRun", 0),
};
static const struct shape state_shape = SHAPE(struct state, state_fields, state_finish);

/* Before anything else is believed: what a newer version says in the other members is not known here. */
static int version_check(const struct json_doc *doc, struct err *reterr)
{
    const struct json_value *v = json_find(json_root(doc), "version");
    uint64_t version;

    if (!v || json_u64(doc, v, UINT64_MAX, &version) < 0 || version == 0)
        return json_fail(doc, v ? v : json_root(doc), reterr, "is not a state of a container: no version");
    if (version > STATE_VERSION)
        return err_state(
            reterr, ENOTSUP,
            "the state was written by a newer version of lorica (format %llu, this program knows %d)",
            (unsigned long long)version, STATE_VERSION);
    return 0;
}

/* A CONFIG error of the JSON layer as an error of the state; others stay as they are. */
static int damaged(int r, const struct err *e, struct err *reterr)
{
    if (r != -EINVAL) {
        if (reterr)
            *reterr = *e;
        return r;
    }
    return err_state(reterr, EBADMSG, "the state is damaged: %s%s%s", e->where, e->where[0] ? ": " : "",
                     e->message);
}

int state_decode(struct arena *a, const char *text, size_t len, struct state **ret, struct err *reterr)
{
    struct json_doc doc;
    struct state *s;
    struct err e;
    int r;

    err_init(&e);
    r = json_parse(text, len, &doc, &e);
    if (r < 0)
        return damaged(r, &e, reterr);
    r = version_check(&doc, &e);
    if (r == 0) {
        struct decoder d = {.arena = a, .doc = &doc, .err = &e};

        s = arena_new(a, struct state);
        r = s ? decode_object(&d, json_root(&doc), &state_shape, s) : err_nomem(&e);
        if (r == 0)
            *ret = s;
    }
    json_doc_done(&doc);
    return r < 0 ? damaged(r, &e, reterr) : 0;
}
