/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check: what systemd is asked for. */
#include "core/plan_check_parts.h"

#include <errno.h>

#define PREFIX "org.systemd.property."

/* "org.systemd.property.FooSec" is sent as FooUSec. */
static bool is_property_of(const char *property, const char *annotation)
{
    const char *name = annotation + strlen(PREFIX);
    size_t len = strlen(name);
    size_t sec = len > 3 && strcmp(name + len - 3, "Sec") == 0 ? len - 3 : 0;

    if (strcmp(property, name) == 0)
        return true;
    return sec && strncmp(property, name, sec) == 0 && strcmp(property + sec, "USec") == 0;
}

static int check_properties(struct plan_checker *c, const struct plan_systemd_scope *s)
{
    const struct pairs *annotations = &c->config->annotations;

    for (size_t i = 0; i < s->n_properties; i++) {
        const char *name = s->properties[i].name;

        if (strcmp(name, "PIDs") == 0 || !s->properties[i].value.type)
            return check_fail(c, "property %s of unit %s", name, s->unit);
        for (size_t k = 0; k < i; k++)
            if (strcmp(name, s->properties[k].name) == 0)
                return check_fail(c, "property %s of unit %s stands twice", name, s->unit);
        if (strcmp(name, "Slice") == 0 && strcmp(s->properties[i].value.v[0].s, s->slice) != 0)
            return check_fail(c, "unit %s is not in its slice", s->unit);
    }
    for (size_t i = 0; i < annotations->n; i++) {
        bool found = strncmp(annotations->v[i].key, PREFIX, strlen(PREFIX)) != 0;

        for (size_t k = 0; k < s->n_properties && !found; k++)
            found = is_property_of(s->properties[k].name, annotations->v[i].key);
        if (!found)
            return check_fail(c, "annotation %s is not a property of the unit", annotations->v[i].key);
    }
    return 0;
}

/* Every cgroup of the container is that of the unit, and what systemd resets is written after it. */
int check_unit(struct plan_checker *c)
{
    const struct plan_op *unit = check_op(c, OP_SYSTEMD_SCOPE);
    const struct plan_systemd_scope *s = unit ? &unit->systemd_scope : NULL;
    const struct plan *p = c->plan;

    if (!s)
        return 0;
    if (!s->unit[0] || !s->slice[0] || strchr(s->unit, '/') || strchr(s->slice, '/'))
        return check_fail(c, "a unit without a name");
    for (size_t i = 0; i < p->n_cgroups; i++) {
        const char *last = strrchr(p->cgroups[i].path, '/');

        if (strcmp(last + 1, s->unit) != 0)
            return check_fail(c, "cgroup %s is not that of unit %s", p->cgroups[i].path, s->unit);
    }
    for (size_t i = 0; i < p->n_ops; i++) {
        const struct plan_cgroup_write *early = &p->ops[i].cgroup_write;
        bool again = p->ops[i].kind != OP_CGROUP_WRITE_EARLY ||
                     (early->hierarchy != PLAN_CGROUP2 && strncmp(early->file, "devices.", 8) != 0);

        for (size_t k = i; k < p->n_ops && !again; k++)
            again = p->ops[k].kind == OP_CGROUP_WRITE &&
                    p->ops[k].cgroup_write.hierarchy == early->hierarchy &&
                    strcmp(p->ops[k].cgroup_write.file, early->file) == 0 &&
                    strcmp(p->ops[k].cgroup_write.value, early->value) == 0;
        if (!again)
            return check_fail(c, "%s is not written again after the unit has started", early->file);
    }
    return check_properties(c, s);
}
