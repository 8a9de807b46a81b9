/* SPDX-License-Identifier: Apache-2.0 */
#include "core/legacy_parts.h"
#include "core/oci_version.h"

#include <errno.h>
#include <stdio.h>

/* ---- runtime.json: everything in it has a place in config.json since 0.3.0 ---- */

static int merge_members(struct json_node *to, const struct json_node *from, const char *except)
{
    for (struct json_node *m = from->first, *next; m; m = next) {
        next = m->next;
        if (streq(m->name, except))
            continue;
        m->next = NULL; /* the tree that it comes from is not used any more */
        if (json_tree_set(to, m->name, m) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int merge_linux(struct legacy *l)
{
    struct json_node *from = json_tree_find_type(l->runtime, "linux", JSON_OBJECT), *to;

    if (!from)
        return 0;
    to = json_tree_ensure(l->arena, l->root, "linux", JSON_OBJECT);
    if (!to || merge_members(to, from, NULL) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux", "joined with that of runtime.json");
}

/* {"name": "proc", "path": "/proc"} and, in runtime.json, "mounts": {"proc": {"type": ..., ...}} */
static int join_mount(struct legacy *l, struct json_node *mount, size_t i)
{
    const struct json_node *mounts = json_tree_find(l->runtime, "mounts");
    struct json_node *name = json_tree_take(mount, "name"), *path = json_tree_take(mount, "path"), *rest;
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/mounts/%zu", i);
    if (path && json_tree_set(mount, "destination", path) < 0)
        return -ENOMEM;
    if (!name || name->type != JSON_STRING)
        return legacy_note(l, pointer, "path is destination now");
    rest = json_tree_find_type(mounts, name->text, JSON_OBJECT);
    if (!rest && !json_tree_find(mount, "type") && !json_tree_find(mount, "source"))
        return err_config(l->err, pointer, "runtime.json does not say what the mount \"%s\" is", name->text);
    if (rest && merge_members(mount, rest, "destination") < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "joined with \"%s\" of runtime.json", name->text);
}

static bool is_named_mount(const struct json_node *m)
{
    return json_tree_find(m, "path") && !json_tree_find(m, "destination");
}

/* What stands in runtime.json is moved, not copied. */
static int check_names_once(struct legacy *l, const struct json_node *mounts)
{
    size_t i = 0;

    for (const struct json_node *m = mounts->first; m; m = m->next, i++) {
        const struct json_node *name = json_tree_find_type(m, "name", JSON_STRING);
        char pointer[64];

        for (const struct json_node *o = mounts->first; name && o != m; o = o->next) {
            const struct json_node *other = json_tree_find_type(o, "name", JSON_STRING);

            if (!other || !streq(other->text, name->text))
                continue;
            snprintf(pointer, sizeof(pointer), "/mounts/%zu/name", i);
            return err_config(l->err, pointer, "the name \"%s\" is given to two mounts", name->text);
        }
    }
    return 0;
}

static int join_mounts(struct legacy *l)
{
    struct json_node *mounts = json_tree_find_type(l->root, "mounts", JSON_ARRAY);
    size_t i = 0;
    int r = 0;

    if (!mounts || !mounts->first || !is_named_mount(mounts->first))
        return 0;
    r = check_names_once(l, mounts);
    for (struct json_node *m = mounts->first; r == 0 && m; m = m->next, i++)
        if (is_named_mount(m))
            r = join_mount(l, m, i);
    return r;
}

static int merge_hooks(struct legacy *l)
{
    struct json_node *hooks = json_tree_find_type(l->runtime, "hooks", JSON_OBJECT), *copy;

    if (!hooks || json_tree_find(l->root, "hooks"))
        return 0;
    copy = json_tree_new(l->arena, JSON_OBJECT);
    if (!copy || merge_members(copy, hooks, NULL) < 0 || json_tree_set(l->root, "hooks", copy) < 0)
        return -ENOMEM;
    return legacy_note(l, "/hooks", "taken from runtime.json");
}

int legacy_merge_runtime(struct legacy *l)
{
    int r = join_mounts(l);

    if (r == 0 && l->runtime)
        r = merge_linux(l);
    if (r == 0 && l->runtime)
        r = merge_hooks(l);
    return r;
}

/* ---- the document ---- */

static int set_version(struct legacy *l)
{
    if (json_tree_take(l->root, "version") && legacy_note(l, "/version", "ociVersion now") < 0)
        return -ENOMEM;
    if (json_tree_set(l->root, "ociVersion", json_tree_string(l->arena, OCI_VERSION)) < 0)
        return -ENOMEM;
    return legacy_note(l, "/ociVersion", "%s, was \"%s\"", OCI_VERSION, l->version);
}

static int drop_platform(struct legacy *l)
{
    struct json_node *platform = json_tree_take(l->root, "platform");
    const struct json_node *os = json_tree_find_type(platform, "os", JSON_STRING);

    if (!platform)
        return 0;
    if (os && os->text[0] && !streq(os->text, "linux"))
        return err_config(l->err, "/platform/os", "the configuration is for another platform (%s)", os->text);
    return legacy_note(l, "/platform", "left out");
}

/* Before 0.1.0 there could be several. */
static int single_process(struct legacy *l)
{
    struct json_node *processes = json_tree_take(l->root, "processes"), *first;

    if (!processes || processes->type != JSON_ARRAY || !processes->first)
        return 0;
    if (processes->first->next)
        return err_config(l->err, "/processes/1", "a container has one process");
    first = processes->first;
    if (json_tree_set(l->root, "process", first) < 0)
        return -ENOMEM;
    return legacy_note(l, "/processes", "process now");
}

/* Since 1.0.0-rc6 a timeout is greater than 0; before, 0 was the same as none. */
static int hook_timeouts(struct legacy *l)
{
    const struct json_node *hooks = json_tree_find_type(l->root, "hooks", JSON_OBJECT);

    for (const struct json_node *kind = hooks ? hooks->first : NULL; kind; kind = kind->next) {
        size_t i = 0;

        for (struct json_node *hook = kind->type == JSON_ARRAY ? kind->first : NULL; hook;
             hook = hook->next, i++) {
            const struct json_node *timeout = json_tree_find_type(hook, "timeout", JSON_NUMBER);
            char pointer[128];

            if (!timeout || !streq(timeout->text, "0"))
                continue;
            json_tree_take(hook, "timeout");
            snprintf(pointer, sizeof(pointer), "/hooks/%.64s/%zu/timeout", kind->name, i);
            if (legacy_note(l, pointer, "0 meant none") < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

int legacy_document(struct legacy *l)
{
    int r = set_version(l);

    if (r == 0)
        r = drop_platform(l);
    if (r == 0)
        r = single_process(l);
    return r < 0 ? r : hook_timeouts(l);
}
