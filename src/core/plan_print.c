/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan_fields.h"

#include <inttypes.h>

#define NAME_WIDTH 18u /* most names are shorter */

/*
 * Text: one operation a line, "actor  name  key=value key=value  [pointer]". A value of harmless bytes stands
 * as it is, any other is a JSON string; a flag is its key alone; a list is its values with commas between. A
 * line is thus cut into words without knowing what it is about, and nothing in a value can pretend to be
 * another word.
 */

static bool is_plain(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c <= 0x20 || c >= 0x7f || strchr("\"\\,=[]#", c))
            return false;
    }
    return true;
}

static void text_value(struct buf *out, const char *s)
{
    if (is_plain(s))
        buf_str(out, s);
    else
        json_quote(out, s, strlen(s));
}

static void text_key(struct plan_writer *w, const char *key)
{
    buf_printf(w->out, " %s=", key);
}

void plan_write_str(struct plan_writer *w, const char *key, const char *value)
{
    if (!value)
        return;
    if (w->json) {
        json_write_key_str(w->json, key, value);
        return;
    }
    text_key(w, key);
    text_value(w->out, value);
}

void plan_write_u64(struct plan_writer *w, const char *key, uint64_t value)
{
    if (w->json) {
        json_write_key_u64(w->json, key, value);
        return;
    }
    text_key(w, key);
    buf_printf(w->out, "%" PRIu64, value);
}

void plan_write_i64(struct plan_writer *w, const char *key, int64_t value)
{
    if (w->json) {
        json_write_key_i64(w->json, key, value);
        return;
    }
    text_key(w, key);
    buf_printf(w->out, "%" PRId64, value);
}

void plan_write_flag(struct plan_writer *w, const char *key, bool value)
{
    if (!value)
        return;
    if (w->json)
        json_write_key_bool(w->json, key, true);
    else
        buf_printf(w->out, " %s", key);
}

void plan_write_strings(struct plan_writer *w, const char *key, const char *const *v, size_t n)
{
    if (!n)
        return;
    if (w->json) {
        json_write_key_strings(w->json, key, v, n);
        return;
    }
    text_key(w, key);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(w->out, ',');
        text_value(w->out, v[i]);
    }
}

static const char *actor_name(enum plan_op_kind kind)
{
    return plan_op_actor(kind) == PLAN_HOST ? "host" : "init";
}

static void cgroup_fields(struct plan_writer *w, const struct plan_cgroup *c)
{
    plan_write_str(w, "mountpoint", c->mountpoint);
    plan_write_str(w, "path", c->path);
}

/* Names are padded so that the eye finds the values; nothing stands behind the last word of a line. */
static void text_op(struct plan_writer *w, const struct plan *plan, const struct plan_op *op)
{
    struct buf *out = w->out;
    size_t bare, padded;

    buf_printf(out, "%s  %s", actor_name(op->kind), plan_op_name(op->kind));
    bare = out->len;
    for (size_t n = strlen(plan_op_name(op->kind)); n < NAME_WIDTH; n++)
        buf_char(out, ' ');
    padded = out->len;
    plan_op_fields(w, plan, op);
    if (out->len == padded && !out->error) {
        out->len = bare;
        out->data[bare] = '\0';
    }
    if (op->pointer && *op->pointer) {
        buf_str(out, "  [");
        text_value(out, op->pointer);
        buf_char(out, ']');
    }
    buf_char(out, '\n');
}

static void unapplied_fields(struct plan_writer *w, const struct unapplied *u)
{
    plan_write_str(w, "pointer", u->pointer);
    plan_write_str(w, "reason", u->reason);
}

void plan_print_text(const struct plan *plan, struct buf *out)
{
    struct plan_writer w = {.out = out};

    buf_str(out, "plan");
    plan_write_str(&w, "id", plan->id);
    plan_write_str(&w, "bundle", plan->bundle);
    plan_write_str(&w, "rootfs", plan->rootfs);
    buf_char(out, '\n');
    for (size_t i = 0; i < plan->n_cgroups; i++) {
        buf_str(out, "cgroup");
        cgroup_fields(&w, &plan->cgroups[i]);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < plan->warnings.n; i++) {
        buf_str(out, "warning");
        plan_write_str(&w, "text", plan->warnings.v[i]);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < plan->unapplied.n; i++) {
        buf_str(out, "not-applied");
        unapplied_fields(&w, &plan->unapplied.v[i]);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < plan->n_ops; i++)
        text_op(&w, plan, &plan->ops[i]);
}

void plan_print_json(const struct plan *plan, struct buf *out)
{
    struct json_writer j;
    struct plan_writer w = {.out = out, .json = &j};

    json_write_init(&j, out, "  ");
    json_write_object(&j);
    json_write_key_str(&j, "id", plan->id);
    json_write_key_str(&j, "bundle", plan->bundle);
    json_write_key_str(&j, "rootfs", plan->rootfs);
    json_write_key(&j, "cgroups");
    json_write_array(&j);
    for (size_t i = 0; i < plan->n_cgroups; i++) {
        json_write_object(&j);
        cgroup_fields(&w, &plan->cgroups[i]);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_key_strings(&j, "warnings", plan->warnings.v, plan->warnings.n);
    json_write_key(&j, "notApplied");
    json_write_array(&j);
    for (size_t i = 0; i < plan->unapplied.n; i++) {
        json_write_object(&j);
        unapplied_fields(&w, &plan->unapplied.v[i]);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_key(&j, "operations");
    json_write_array(&j);
    for (size_t i = 0; i < plan->n_ops; i++) {
        const struct plan_op *op = &plan->ops[i];

        json_write_object(&j);
        json_write_key_str(&j, "actor", actor_name(op->kind));
        json_write_key_str(&j, "operation", plan_op_name(op->kind));
        plan_op_fields(&w, plan, op);
        if (op->pointer && *op->pointer)
            json_write_key_str(&j, "pointer", op->pointer);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
}
