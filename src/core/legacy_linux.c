/* SPDX-License-Identifier: Apache-2.0 */
#include "core/legacy_parts.h"

#include <errno.h>
#include <stdio.h>

/* ---- namespaces ---- */

/* Mappings alone asked for a user namespace. */
static int implied_user_namespace(struct legacy *l, struct json_node *linux_)
{
    const struct json_node *maps = json_tree_find_type(linux_, "uidMappings", JSON_ARRAY);
    struct json_node *namespaces, *ns;

    if (!maps || !maps->first)
        return 0;
    namespaces = json_tree_ensure(l->arena, linux_, "namespaces", JSON_ARRAY);
    for (const struct json_node *m = namespaces ? namespaces->first : NULL; m; m = m->next) {
        const struct json_node *type = json_tree_find_type(m, "type", JSON_STRING);

        if (type && streq(type->text, "user"))
            return 0;
    }
    ns = json_tree_new(l->arena, JSON_OBJECT);
    if (json_tree_set(ns, "type", json_tree_string(l->arena, "user")) < 0 ||
        json_tree_append(namespaces, ns) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/namespaces", "the user namespace that uidMappings implied");
}

/* ---- devices ---- */

static const char *const default_devices[] = {"null",    "zero", "full",    "random",
                                              "urandom", "tty",  "console", "ptmx"};

static bool is_default_device(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(default_devices); i++)
        if (streq(default_devices[i], name))
            return true;
    return false;
}

/* Before 0.1.0: a list of names, all of which every container gets today. */
static int device_names(struct legacy *l, struct json_node *devices)
{
    size_t i = 0;

    for (struct json_node *m = devices->first, *next; m; m = next, i++) {
        char pointer[64];

        next = m->next;
        if (m->type != JSON_STRING)
            continue;
        snprintf(pointer, sizeof(pointer), "/linux/devices/%zu", i);
        if (!is_default_device(m->text))
            return err_config(l->err, pointer, "no device is known by the name \"%s\"", m->text);
        json_tree_remove(devices, m);
        if (legacy_note(l, pointer, "%s is always there", m->text) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* 0.4.0: 99 -> "c" */
static int device_type(struct legacy *l, struct json_node *device, size_t i)
{
    const struct json_node *type = json_tree_find_type(device, "type", JSON_NUMBER);
    char pointer[64], letter[2] = "";
    uint32_t number;

    if (!type)
        return 0;
    snprintf(pointer, sizeof(pointer), "/linux/devices/%zu/type", i);
    if (str_to_u32(str_of(type->text), 127, &number) < 0 || !str_has(STR("bcpu"), (char)number) || !number)
        return err_config(l->err, pointer, "%s is not the number of b, c, p or u", type->text);
    letter[0] = (char)number;
    if (json_tree_set(device, "type", json_tree_string(l->arena, letter)) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "\"%s\", was %s", letter, type->text);
}

/* "a": every device; without access: all of it. */
static struct json_node *device_rule(struct legacy *l, bool allow, const char *access)
{
    struct json_node *rule = json_tree_new(l->arena, JSON_OBJECT);

    if (json_tree_set(rule, "allow", json_tree_new(l->arena, allow ? JSON_TRUE : JSON_FALSE)) < 0 ||
        json_tree_set(rule, "access", json_tree_string(l->arena, access)) < 0)
        return NULL;
    return rule;
}

static int copy_member(struct legacy *l, struct json_node *to, const struct json_node *from, const char *name)
{
    const struct json_node *m = json_tree_find(from, name);

    if (!m || !m->text)
        return 0;
    return json_tree_set(to, name,
                         m->type == JSON_STRING ? json_tree_string(l->arena, m->text)
                                                : json_tree_number(l->arena, m->text));
}

/* 0.3.0: what may be done with a device is said in resources.devices. */
static int device_permissions(struct legacy *l, struct json_node *linux_, struct json_node *device, size_t i)
{
    struct json_node *permissions = json_tree_take(device, "permissions"), *resources, *rules, *rule;
    char pointer[64];

    if (!permissions || permissions->type != JSON_STRING || !permissions->text[0])
        return 0;
    snprintf(pointer, sizeof(pointer), "/linux/devices/%zu/permissions", i);
    resources = json_tree_ensure(l->arena, linux_, "resources", JSON_OBJECT);
    rules = resources ? json_tree_ensure(l->arena, resources, "devices", JSON_ARRAY) : NULL;
    rule = device_rule(l, true, permissions->text);
    if (!rule || copy_member(l, rule, device, "type") < 0 || copy_member(l, rule, device, "major") < 0 ||
        copy_member(l, rule, device, "minor") < 0 || json_tree_append(rules, rule) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "a rule of /linux/resources/devices now");
}

static int devices(struct legacy *l, struct json_node *linux_)
{
    struct json_node *list = json_tree_find_type(linux_, "devices", JSON_ARRAY);
    int r = list ? device_names(l, list) : 0;
    size_t i = 0;

    for (struct json_node *m = list ? list->first : NULL; m && r == 0; m = m->next, i++) {
        r = device_type(l, m, i);
        if (r == 0)
            r = device_permissions(l, linux_, m, i);
    }
    return r;
}

/* Before there were rules, everything but the default devices and those of the list was out of reach. */
static int deny_other_devices(struct legacy *l, struct json_node *linux_)
{
    struct json_node *resources = json_tree_ensure(l->arena, linux_, "resources", JSON_OBJECT);
    struct json_node *rules = resources ? json_tree_ensure(l->arena, resources, "devices", JSON_ARRAY) : NULL;

    if (json_tree_prepend(rules, device_rule(l, false, "rwm")) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/resources/devices", "every other device is refused, as it was");
}

/* ---- seccomp ---- */

static int syscall_names(struct legacy *l, struct json_node *rule)
{
    struct json_node *name = json_tree_take(rule, "name"), *names;

    if (!name)
        return 0;
    names = json_tree_new(l->arena, JSON_ARRAY);
    name->name = NULL;
    if (json_tree_append(names, name) < 0 || json_tree_set(rule, "names", names) < 0)
        return -ENOMEM;
    return 1;
}

static int seccomp(struct legacy *l, struct json_node *linux_)
{
    struct json_node *policy = json_tree_find_type(linux_, "seccomp", JSON_OBJECT);
    const struct json_node *action = json_tree_find_type(policy, "defaultAction", JSON_STRING);
    const struct json_node *rules = json_tree_find_type(policy, "syscalls", JSON_ARRAY);
    size_t n = 0;

    /* What encoders wrote for "none". */
    if (policy && action && !action->text[0]) {
        json_tree_remove(linux_, policy);
        return legacy_note(l, "/linux/seccomp", "empty, left out");
    }
    for (struct json_node *m = rules ? rules->first : NULL; m; m = m->next) {
        int r = m->type == JSON_OBJECT ? syscall_names(l, m) : 0;

        if (r < 0)
            return r;
        n += (size_t)r;
    }
    return n ? legacy_note(l, "/linux/seccomp/syscalls", "name is names now, %zu times", n) : 0;
}

/* ---- what was implied ---- */

static int string_list(struct legacy *l, struct json_node *linux_, const char *name, const char *const *v,
                       size_t n)
{
    struct json_node *list = json_tree_new(l->arena, JSON_ARRAY);

    for (size_t i = 0; i < n; i++)
        if (json_tree_append(list, json_tree_string(l->arena, v[i])) < 0)
            return -ENOMEM;
    return json_tree_set(linux_, name, list);
}

static int sysfs_read_only(struct legacy *l)
{
    const struct json_node *mounts = json_tree_find_type(l->root, "mounts", JSON_ARRAY);

    for (struct json_node *m = mounts ? mounts->first : NULL; m; m = m->next) {
        const struct json_node *type = json_tree_find_type(m, "type", JSON_STRING);
        struct json_node *options;

        if (!type || !streq(type->text, "sysfs"))
            continue;
        options = json_tree_ensure(l->arena, m, "options", JSON_ARRAY);
        if (json_tree_append(options, json_tree_string(l->arena, "ro")) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Until 0.5.0 named them, a read-only root made the dangerous parts of /proc and /sys read-only as well. */
static int masks_of_read_only_root(struct legacy *l, struct json_node *linux_)
{
    static const char *const masked[] = {"/proc/kcore"};
    static const char *const read_only[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"};
    const struct json_node *root = json_tree_find_type(l->root, "root", JSON_OBJECT);

    if (!json_tree_find_type(root, "readonly", JSON_TRUE) || json_tree_find(linux_, "maskedPaths") ||
        json_tree_find(linux_, "readonlyPaths"))
        return 0;
    if (string_list(l, linux_, "maskedPaths", masked, ARRAY_SIZE(masked)) < 0 ||
        string_list(l, linux_, "readonlyPaths", read_only, ARRAY_SIZE(read_only)) < 0 ||
        sysfs_read_only(l) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/maskedPaths", "what a read-only root implied, readonlyPaths and /sys too");
}

static int propagation(struct legacy *l, struct json_node *linux_)
{
    const struct json_node *value = json_tree_find_type(linux_, "rootfsPropagation", JSON_STRING);

    if (value && value->text[0])
        return 0;
    if (json_tree_set(linux_, "rootfsPropagation", json_tree_string(l->arena, "rprivate")) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/rootfsPropagation", "\"rprivate\", which was the default");
}

/* 0.2.0 */
static int sysctls(struct legacy *l, struct json_node *linux_)
{
    struct json_node *properties = json_tree_take(linux_, "systemProperties");

    if (!properties || json_tree_find(linux_, "sysctl"))
        return 0;
    if (json_tree_set(linux_, "sysctl", properties) < 0)
        return -ENOMEM;
    return legacy_note(l, "/linux/systemProperties", "/linux/sysctl now");
}

int legacy_linux(struct legacy *l)
{
    bool two_files = legacy_before(l, "0.3.0");
    struct json_node *linux_ = two_files ? json_tree_ensure(l->arena, l->root, "linux", JSON_OBJECT)
                                         : json_tree_find_type(l->root, "linux", JSON_OBJECT);
    int r;

    if (!linux_)
        return two_files ? -ENOMEM : 0;
    r = devices(l, linux_);
    if (r == 0)
        r = seccomp(l, linux_);
    if (r == 0)
        r = sysctls(l, linux_);
    if (r == 0 && two_files)
        r = deny_other_devices(l, linux_);
    if (r == 0 && two_files)
        r = propagation(l, linux_);
    if (r == 0 && legacy_before(l, "0.4.0"))
        r = implied_user_namespace(l, linux_);
    if (r == 0 && legacy_before(l, "0.5.0"))
        r = masks_of_read_only_root(l, linux_);
    return r;
}
