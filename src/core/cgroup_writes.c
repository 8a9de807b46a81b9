/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_writes.h"

#include "core/cpulist.h"
#include "core/hugepage.h"
#include "core/quote.h"
#include "core/resource_fate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#define AT_RESOURCES "/linux/resources"
#define SHOWN_SIZE   80

/* One write is one page at most (kernfs); nothing of ours comes near it but resources.unified. */
#define VALUE_MAX 4096

static const char *vtext(struct cgroup_writes *w, const char *fmt, va_list ap)
{
    char text[VALUE_MAX] UNINITIALIZED;
    int len = vsnprintf(text, sizeof(text), fmt, ap);
    const char *copy = NULL;

    if (len >= 0 && (size_t)len < sizeof(text))
        copy = arena_strndup(w->arena, text, (size_t)len);
    else if (w->rc == 0)
        w->rc = err_internal(w->reterr, EMSGSIZE, "a cgroup value is longer than a page");
    if (!copy && w->rc == 0)
        w->rc = err_nomem(w->reterr);
    return copy ? copy : "";
}

const char *cgroup_writes_text(struct cgroup_writes *w, const char *fmt, ...)
{
    const char *text;
    va_list ap;

    va_start(ap, fmt);
    text = vtext(w, fmt, ap);
    va_end(ap);
    return text;
}

void cgroup_writes_refuse(struct cgroup_writes *w, const char *pointer, const char *fmt, ...)
{
    char text[ERR_MESSAGE_MAX];
    va_list ap;

    if (w->rc < 0)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    w->rc = err_config(w->reterr, pointer, "%s", text);
}

void cgroup_writes_leave(struct cgroup_writes *w, const char *pointer, const char *fmt, ...)
{
    char text[ERR_MESSAGE_MAX];
    va_list ap;

    if (w->rc < 0)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (w->may_drop && resource_fate_missing(pointer) == RESOURCE_DROPPABLE)
        w->rc = unapplied_add(w->arena, &w->unapplied, pointer, text) < 0 ? err_nomem(w->reterr) : 0;
    else
        cgroup_writes_refuse(w, pointer, "%s", text);
}

void cgroup_writes_warn(struct cgroup_writes *w, const char *text)
{
    const char **v = arena_new_array(w->arena, const char *, w->n_warnings + 1);

    if (!v) {
        if (w->rc == 0)
            w->rc = err_nomem(w->reterr);
        return;
    }
    for (size_t i = 0; i < w->n_warnings; i++)
        v[i] = w->warnings[i];
    v[w->n_warnings++] = text;
    w->warnings = v;
}

/* ---- where to ---- */

static bool list_has(const char *list, char sep, const char *name)
{
    struct str rest = str_of(list);
    struct str field;

    while (str_next(&rest, sep, &field))
        if (str_eq(field, name))
            return true;
    return false;
}

static bool hierarchy_has(const struct facts *f, const struct plan_cgroup *cgroup, const char *controller)
{
    if (f->cgroup == CGROUP_LAYOUT_V2)
        return cgroup->hierarchy == PLAN_CGROUP2 && list_has(f->cgroup2_controllers, ' ', controller);
    return cgroup->hierarchy < f->n_v1 && list_has(f->v1[cgroup->hierarchy].controllers, ',', controller);
}

bool cgroup_writes_to(struct cgroup_writes *w, const char *controller, const char *what, const char *pointer)
{
    if (w->rc < 0)
        return false;
    for (size_t i = 0; i < w->n_cgroups; i++) {
        if (hierarchy_has(w->facts, &w->cgroups[i], controller)) {
            w->current = &w->cgroups[i];
            return true;
        }
    }
    if (w->facts->cgroup == CGROUP_LAYOUT_V2)
        cgroup_writes_leave(w, pointer, "cannot set %s: controller %s is not available in cgroup v2", what,
                            controller);
    else
        cgroup_writes_leave(w, pointer, "cannot set %s: no cgroup hierarchy with controller %s is mounted",
                            what, controller);
    return false;
}

static struct plan_cgroup_write *add(struct cgroup_writes *w, struct op_list *list, const char *pointer,
                                     const char *file, const char *fmt, va_list ap)
{
    enum plan_op_kind kind = list == w->early ? OP_CGROUP_WRITE_EARLY : OP_CGROUP_WRITE;
    const char *value = vtext(w, fmt, ap);
    struct plan_op *op = NULL;

    if (w->rc == 0 && w->current)
        op = op_list_add(list, kind, pointer);
    if (!op) {
        if (w->rc == 0)
            w->rc = err_nomem(w->reterr);
        op = &w->scratch;
    }
    op->cgroup_write = (struct plan_cgroup_write){.file = file, .value = value};
    op->cgroup_write.droppable = w->may_drop && resource_fate_missing(pointer) == RESOURCE_DROPPABLE;
    if (w->current) {
        op->cgroup_write.hierarchy = w->current->hierarchy;
        op->cgroup_write.path = w->current->path;
    }
    return &op->cgroup_write;
}

struct plan_cgroup_write *cgroup_writes_early(struct cgroup_writes *w, const char *pointer, const char *file,
                                              const char *fmt, ...)
{
    struct plan_cgroup_write *write;
    va_list ap;

    va_start(ap, fmt);
    write = add(w, w->early, pointer, file, fmt, ap);
    va_end(ap);
    return write;
}

struct plan_cgroup_write *cgroup_writes_late(struct cgroup_writes *w, const char *pointer, const char *file,
                                             const char *fmt, ...)
{
    struct plan_cgroup_write *write;
    va_list ap;

    va_start(ap, fmt);
    write = add(w, w->late, pointer, file, fmt, ap);
    va_end(ap);
    return write;
}

/* ---- ranges ---- */

static void check_limit(struct cgroup_writes *w, struct opt_i64 value, const char *pointer, const char *what)
{
    if (value.has && value.v < -1)
        cgroup_writes_refuse(w, pointer, "invalid %s value %" PRId64 ": neither -1 nor a size", what,
                             value.v);
}

static void check_memory(struct cgroup_writes *w, const struct config_memory *m)
{
    check_limit(w, m->limit, AT_RESOURCES "/memory/limit", "memory");
    check_limit(w, m->swap, AT_RESOURCES "/memory/swap", "memory+swap");
    check_limit(w, m->reservation, AT_RESOURCES "/memory/reservation", "memory reservation");
    check_limit(w, m->kernel, AT_RESOURCES "/memory/kernel", "kernel memory");
    check_limit(w, m->kernel_tcp, AT_RESOURCES "/memory/kernelTCP", "kernel TCP memory");
    /* -1 as an unsigned number is how old engines said "not set" */
    if (m->swappiness.has && m->swappiness.v > 100 && m->swappiness.v != UINT64_MAX)
        cgroup_writes_refuse(w, AT_RESOURCES "/memory/swappiness",
                             "invalid value: %" PRIu64 " for memory swappiness; valid range 0-100",
                             m->swappiness.v);
}

static void check_cpu(struct cgroup_writes *w, const struct config_cpu *c)
{
    if (c->idle.has && c->idle.v != 0 && c->idle.v != 1)
        cgroup_writes_refuse(w, AT_RESOURCES "/cpu/idle", "cpu idle is 0 or 1, not %" PRId64, c->idle.v);
    if (c->burst_us.has && c->quota_us.has && c->quota_us.v > 0 && c->burst_us.v > (uint64_t)c->quota_us.v)
        cgroup_writes_refuse(w, AT_RESOURCES "/cpu/burst",
                             "cpu burst %" PRIu64 " is greater than the quota %" PRId64, c->burst_us.v,
                             c->quota_us.v);
}

static void check_weight(struct cgroup_writes *w, struct opt_u16 weight, const char *pointer)
{
    if (weight.has && weight.v != 0 && (weight.v < 10 || weight.v > 1000))
        cgroup_writes_refuse(w, pointer, "block I/O weight %" PRIu16 " is not from 10 to 1000", weight.v);
}

static void check_device_numbers(struct cgroup_writes *w, int64_t major, int64_t minor, const char *pointer)
{
    if (major < 0 || major > UINT32_MAX || minor < 0 || minor > UINT32_MAX)
        cgroup_writes_refuse(w, pointer, "device %" PRId64 ":%" PRId64 " is out of range", major, minor);
}

static void check_block_io(struct cgroup_writes *w, const struct config_block_io *b)
{
    static const char *const throttle_names[] = {"throttleReadBpsDevice", "throttleWriteBpsDevice",
                                                 "throttleReadIOPSDevice", "throttleWriteIOPSDevice"};

    check_weight(w, b->weight, AT_RESOURCES "/blockIO/weight");
    check_weight(w, b->leaf_weight, AT_RESOURCES "/blockIO/leafWeight");
    for (size_t i = 0; i < b->n_weight_devices && w->rc == 0; i++) {
        const struct config_weight_device *d = &b->weight_devices[i];
        const char *pointer = cgroup_writes_text(w, AT_RESOURCES "/blockIO/weightDevice/%zu", i);

        if (!d->weight.has && !d->leaf_weight.has)
            cgroup_writes_refuse(w, pointer, "a weight device needs a weight or a leafWeight");
        check_weight(w, d->weight, pointer);
        check_weight(w, d->leaf_weight, pointer);
        check_device_numbers(w, d->major, d->minor, pointer);
    }
    for (size_t k = 0; k < THROTTLE_COUNT; k++)
        for (size_t i = 0; i < b->throttle[k].n && w->rc == 0; i++)
            check_device_numbers(w, b->throttle[k].v[i].major, b->throttle[k].v[i].minor,
                                 cgroup_writes_text(w, AT_RESOURCES "/blockIO/%s/%zu", throttle_names[k], i));
}

/* A name that becomes one word of a line. */
static bool is_word(const char *s)
{
    size_t len = strlen(s);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || s[i] == '/')
            return false;
    return len > 0 && len < 64;
}

static void check_names(struct cgroup_writes *w)
{
    const struct config_resources *r = w->r;
    char shown[SHOWN_SIZE];

    for (size_t i = 0; i < r->network.n_priorities && w->rc == 0; i++)
        if (!r->network.priorities[i].name || !is_word(r->network.priorities[i].name))
            cgroup_writes_refuse(w, cgroup_writes_text(w, AT_RESOURCES "/network/priorities/%zu/name", i),
                                 "not the name of a network interface");
    for (size_t i = 0; i < r->n_rdma && w->rc == 0; i++) {
        const struct config_rdma *d = &r->rdma[i];

        if (!is_word(d->device))
            cgroup_writes_refuse(w, AT_RESOURCES "/rdma", "%s is not the name of an RDMA device",
                                 quote_go_into(shown, sizeof(shown), str_of(d->device)));
        else if (!d->hca_handles.has && !d->hca_objects.has)
            cgroup_writes_refuse(w, cgroup_writes_text(w, AT_RESOURCES "/rdma/%s", d->device),
                                 "an RDMA limit needs hcaHandles or hcaObjects");
    }
}

void cgroup_writes_check(struct cgroup_writes *w)
{
    check_memory(w, &w->r->memory);
    check_cpu(w, &w->r->cpu);
    check_block_io(w, &w->r->block_io);
    check_names(w);
}

/* ---- the same in both versions ---- */

bool cgroup_pids_zero_limits(const char *oci_version)
{
    struct str rest = str_of(oci_version);
    struct str field;
    uint32_t major, minor;

    if (!str_next(&rest, '.', &field) || str_to_u32(field, UINT32_MAX, &major) < 0)
        return false;
    if (!str_next(&rest, '.', &field) || str_to_u32(field, UINT32_MAX, &minor) < 0)
        return false;
    return major > 1 || (major == 1 && minor >= 3);
}

void cgroup_writes_pids(struct cgroup_writes *w)
{
    static const char pointer[] = AT_RESOURCES "/pids/limit";
    struct opt_i64 limit = w->r->pids_limit;

    if (!limit.has)
        return;
    /* "no limit" is what a new cgroup has, and needs no controller */
    if (limit.v < 0 || (limit.v == 0 && !w->pids_zero_limits)) {
        if (w->update && cgroup_writes_to(w, "pids", "pids limit", pointer))
            (void)cgroup_writes_late(w, pointer, "pids.max", "max");
        return;
    }
    if (cgroup_writes_to(w, "pids", "pids limit", pointer))
        (void)cgroup_writes_late(w, pointer, "pids.max", "%" PRId64, limit.v);
}

/* `noprefix` is the file's name in a v1 hierarchy that is mounted with that option. */
static void cpuset_list(struct cgroup_writes *w, const char *list, const char *pointer, const char *file,
                        const char *noprefix)
{
    struct plan_cgroup_write *op;

    if (!list || list[0] == '\0')
        return;
    if (strlen(list) >= VALUE_MAX || strpbrk(list, "\n\r") ||
        cpulist_check(str_of(list), pointer, NULL) < 0) {
        cgroup_writes_refuse(w, pointer, "not a list of numbers");
        return;
    }
    if (!cgroup_writes_to(w, "cpuset", file, pointer))
        return;
    op = cgroup_writes_early(w, pointer, file, "%s", list);
    if (w->facts->cgroup != CGROUP_LAYOUT_V2) {
        op->alt_file = noprefix;
        op->alt_value = op->value;
    }
}

void cgroup_writes_cpuset(struct cgroup_writes *w)
{
    cpuset_list(w, w->r->cpu.cpus, AT_RESOURCES "/cpu/cpus", "cpuset.cpus", "cpus");
    cpuset_list(w, w->r->cpu.mems, AT_RESOURCES "/cpu/mems", "cpuset.mems", "mems");
}

void cgroup_writes_rdma(struct cgroup_writes *w)
{
    for (size_t i = 0; i < w->r->n_rdma && w->rc == 0; i++) {
        const struct config_rdma *d = &w->r->rdma[i];
        const char *pointer = cgroup_writes_text(w, AT_RESOURCES "/rdma/%s", d->device);
        char handles[32] = "", objects[32] = "";

        if (d->hca_handles.has)
            (void)snprintf(handles, sizeof(handles), " hca_handle=%" PRIu32, d->hca_handles.v);
        if (d->hca_objects.has)
            (void)snprintf(objects, sizeof(objects), " hca_object=%" PRIu32, d->hca_objects.v);
        if (cgroup_writes_to(w, "rdma", "RDMA limit", pointer))
            (void)cgroup_writes_late(w, pointer, "rdma.max", "%s%s%s", d->device, handles, objects);
    }
}

void cgroup_writes_hugetlb(struct cgroup_writes *w, const char *suffix)
{
    for (size_t i = 0; i < w->r->n_hugepage_limits && w->rc == 0; i++) {
        const struct config_hugepage_limit *h = &w->r->hugepage_limits[i];
        const char *pointer = cgroup_writes_text(w, AT_RESOURCES "/hugepageLimits/%zu", i);
        char shown[SHOWN_SIZE], size[HUGEPAGE_NAME_MAX];
        const char *known = w->facts->hugepage_sizes;
        uint64_t bytes;

        quote_go_into(shown, sizeof(shown), str_of(h->page_size ? h->page_size : ""));
        if (!h->page_size || hugepage_size_parse(str_of(h->page_size), &bytes) < 0) {
            cgroup_writes_refuse(w, pointer, "pageSize %s is not of the form \"2MB\"", shown);
            return;
        }
        if (known && known[0] && !hugepage_size_listed(known, bytes)) {
            cgroup_writes_refuse(w, pointer, "this machine has no huge pages of size %s, but: %s", shown,
                                 known);
            return;
        }
        if (!cgroup_writes_to(w, "hugetlb", "huge page limit", pointer))
            return;
        hugepage_size_name(bytes, size);
        (void)cgroup_writes_late(w, pointer, cgroup_writes_text(w, "hugetlb.%s.%s", size, suffix), "%" PRIu64,
                                 h->limit);
        cgroup_writes_late(w, pointer, cgroup_writes_text(w, "hugetlb.%s.rsvd.%s", size, suffix), "%" PRIu64,
                           h->limit)
            ->on_enoent = ENOENT_SKIP;
    }
}
