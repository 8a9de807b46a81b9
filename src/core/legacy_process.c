/* SPDX-License-Identifier: Apache-2.0 */
#include "core/legacy_parts.h"

#include <errno.h>
#include <stdio.h>

/* ---- linux -> process, 0.4.0 ---- */

static const struct {
    const char *from, *to;
} moved[] = {
    {"capabilities", "capabilities"},
    {"apparmorProfile", "apparmorProfile"},
    {"selinuxProcessLabel", "selinuxLabel"},
    {"noNewPrivileges", "noNewPrivileges"},
    {"rlimits", "rlimits"},
};

static int move(struct legacy *l, struct json_node *process, struct json_node *from, const char *at, size_t i)
{
    struct json_node *value = json_tree_take(from, moved[i].from);
    char pointer[64];

    if (!value)
        return 0;
    snprintf(pointer, sizeof(pointer), "/%s/%s", at, moved[i].from);
    if (json_tree_find(process, moved[i].to))
        return legacy_note(l, pointer, "left out: /process/%s is there as well", moved[i].to);
    if (json_tree_set(process, moved[i].to, value) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "/process/%s now", moved[i].to);
}

static int move_members(struct legacy *l, struct json_node *process)
{
    struct json_node *linux_ = json_tree_find_type(l->root, "linux", JSON_OBJECT);
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(moved) && r == 0; i++) {
        if (linux_)
            r = move(l, process, linux_, "linux", i);
        if (r == 0 && !streq(moved[i].from, moved[i].to))
            r = move(l, process, process, "process", i);
    }
    return r;
}

/* ---- capabilities: one list -> five ---- */

static struct json_node *capability_list(struct legacy *l, const struct json_node *old)
{
    struct json_node *list = json_tree_new(l->arena, JSON_ARRAY);

    for (const struct json_node *m = list ? old->first : NULL; m; m = m->next) {
        bool bare = m->type == JSON_STRING && !str_starts(str_of(m->text), "CAP_");
        const char *name = m->type == JSON_STRING ? m->text : "";

        if (bare)
            name = arena_printf(l->arena, "CAP_%s", m->text);
        if (!name || json_tree_append(list, json_tree_string(l->arena, name)) < 0)
            return NULL;
    }
    return list;
}

/* The single list was every set but the ambient one, which runtimes did not have. */
static int capabilities(struct legacy *l, struct json_node *process)
{
    static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted"};
    struct json_node *old = json_tree_find_type(process, "capabilities", JSON_ARRAY), *object;

    if (!old)
        return 0;
    object = json_tree_new(l->arena, JSON_OBJECT);
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
        if (!object || json_tree_set(object, sets[i], capability_list(l, old)) < 0)
            return -ENOMEM;
    if (json_tree_set(process, "capabilities", object) < 0)
        return -ENOMEM;
    return legacy_note(l, "/process/capabilities",
                       "the list is bounding, effective, inheritable and permitted now");
}

/* ---- rlimits ---- */

/*
 * The numbers that documents of before 0.2.0 have: those of the kernel on x86 and ARM, whatever machine reads
 * them.
 */
static const char *const rlimit_names[] = {
    "RLIMIT_CPU",      "RLIMIT_FSIZE", "RLIMIT_DATA",   "RLIMIT_STACK",
    "RLIMIT_CORE",     "RLIMIT_RSS",   "RLIMIT_NPROC",  "RLIMIT_NOFILE",
    "RLIMIT_MEMLOCK",  "RLIMIT_AS",    "RLIMIT_LOCKS",  "RLIMIT_SIGPENDING",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
};

static int rlimit_type(struct legacy *l, struct json_node *rlimit, size_t i)
{
    const struct json_node *type = json_tree_find_type(rlimit, "type", JSON_NUMBER);
    char pointer[64];
    uint32_t number;

    if (!type)
        return 0;
    snprintf(pointer, sizeof(pointer), "/process/rlimits/%zu/type", i);
    if (str_to_u32(str_of(type->text), ARRAY_SIZE(rlimit_names) - 1, &number) < 0)
        return err_config(l->err, pointer, "there is no limit with the number %s", type->text);
    if (json_tree_set(rlimit, "type", json_tree_string(l->arena, rlimit_names[number])) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "%s, was %s", rlimit_names[number], type->text);
}

/* Twice the same was allowed before 1.0.0-rc4, and the last one counted. */
static int rlimit_duplicates(struct legacy *l, struct json_node *rlimits)
{
    for (struct json_node *m = rlimits->first, *next; m; m = next) {
        const struct json_node *type = json_tree_find_type(m, "type", JSON_STRING);

        next = m->next;
        for (const struct json_node *o = next; type && o; o = o->next) {
            const struct json_node *other = json_tree_find_type(o, "type", JSON_STRING);

            if (!other || !streq(other->text, type->text))
                continue;
            if (legacy_note(l, "/process/rlimits", "an earlier %s left out", type->text) < 0)
                return -ENOMEM;
            json_tree_remove(rlimits, m);
            break;
        }
    }
    return 0;
}

static int rlimits(struct legacy *l, struct json_node *process)
{
    struct json_node *list = json_tree_find_type(process, "rlimits", JSON_ARRAY);
    size_t i = 0;
    int r = 0;

    for (struct json_node *m = list ? list->first : NULL; m && r == 0; m = m->next, i++)
        r = rlimit_type(l, m, i);
    if (r == 0 && list && legacy_before(l, "1.0.0-rc4"))
        r = rlimit_duplicates(l, list);
    return r;
}

/* ---- */

static int working_directory(struct legacy *l, struct json_node *process)
{
    const struct json_node *cwd = json_tree_find(process, "cwd");

    if (cwd && !(cwd->type == JSON_STRING && !cwd->text[0]))
        return 0;
    if (json_tree_set(process, "cwd", json_tree_string(l->arena, "/")) < 0)
        return -ENOMEM;
    return legacy_note(l, "/process/cwd", "\"/\", which was the default");
}

static int oom_score(struct legacy *l, struct json_node *process)
{
    struct json_node *linux_ = json_tree_find_type(l->root, "linux", JSON_OBJECT);
    struct json_node *resources = json_tree_find_type(linux_, "resources", JSON_OBJECT);
    struct json_node *score = resources ? json_tree_take(resources, "oomScoreAdj") : NULL;

    if (!score || score->type == JSON_NULL || json_tree_find(process, "oomScoreAdj"))
        return 0;
    if (json_tree_set(process, "oomScoreAdj", score) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/resources/oomScoreAdj", "/process/oomScoreAdj now");
}

int legacy_process(struct legacy *l)
{
    struct json_node *process = json_tree_find_type(l->root, "process", JSON_OBJECT);
    int r;

    if (!process)
        return 0;
    r = move_members(l, process);
    if (r == 0)
        r = capabilities(l, process);
    if (r == 0)
        r = rlimits(l, process);
    if (r == 0 && legacy_before(l, "0.3.0"))
        r = working_directory(l, process);
    return r < 0 ? r : oom_score(l, process);
}
