/* SPDX-License-Identifier: Apache-2.0 */
#include "core/legacy_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define AT "/linux/resources"

/* ---- members that changed their place or name ---- */

/* 1.0.0 */
static int oom_killer(struct legacy *l, struct json_node *resources)
{
    struct json_node *disable = json_tree_take(resources, "disableOOMKiller"), *memory;

    if (!disable || disable->type != JSON_TRUE)
        return 0;
    memory = json_tree_ensure(l->arena, resources, "memory", JSON_OBJECT);
    if (!memory || json_tree_set(memory, "disableOOMKiller", disable) < 0)
        return -ENOMEM;
    return legacy_note(l, AT "/disableOOMKiller", "/linux/resources/memory/disableOOMKiller now");
}

/* 1.0.0-rc6, and the spellings of 0.1 */
static const struct {
    const char *from, *to, *value; /* value: what a line of text gives per device; NULL: a number */
} block_io_names[] = {
    {"blkioWeight", "weight", NULL},
    {"blkioLeafWeight", "leafWeight", NULL},
    {"blkioWeightDevice", "weightDevice", "weight"},
    {"blkioThrottleReadBpsDevice", "throttleReadBpsDevice", "rate"},
    {"blkioThrottleWriteBpsDevice", "throttleWriteBpsDevice", "rate"},
    {"blkioThrottleReadIOPSDevice", "throttleReadIOPSDevice", "rate"},
    {"blkioThrottleWriteIOPSDevice", "throttleWriteIOPSDevice", "rate"},
    {"blkioThrottleReadIopsDevice", "throttleReadIOPSDevice", "rate"},
    {"blkioThrottleWriteIopsDevice", "throttleWriteIOPSDevice", "rate"},
};

static int number_member(struct legacy *l, struct json_node *object, const char *name, struct str digits)
{
    char text[24];
    uint64_t value;

    if (str_to_u64(digits, UINT64_MAX, &value) < 0)
        return -EINVAL;
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_tree_set(object, name, json_tree_number(l->arena, text));
}

/* One device of 0.1: "8:0 1048576" */
static int throttle_line(struct legacy *l, struct str line, const char *value, struct json_node *list)
{
    struct json_node *device = json_tree_new(l->arena, JSON_OBJECT);
    struct str number, major;
    int r;

    str_next(&line, ' ', &number);
    str_next(&number, ':', &major);
    r = number_member(l, device, "major", major);
    if (r == 0)
        r = number.ptr ? number_member(l, device, "minor", number) : -EINVAL;
    if (r == 0)
        r = line.ptr ? number_member(l, device, value, str_trim(line)) : -EINVAL;
    return r < 0 ? r : json_tree_append(list, device);
}

static int throttle_lines(struct legacy *l, const char *pointer, const char *text, const char *value,
                          struct json_node **ret)
{
    struct str rest = str_of(text), line;

    *ret = json_tree_new(l->arena, JSON_ARRAY);
    if (!*ret)
        return -ENOMEM;
    while (str_next(&rest, '\n', &line)) {
        int r = str_trim(line).len ? throttle_line(l, str_trim(line), value, *ret) : 0;

        if (r == -EINVAL)
            return err_config(l->err, pointer, "\"%.*s\" is not MAJOR:MINOR VALUE", (int)line.len, line.ptr);
        if (r < 0)
            return r;
    }
    return 0;
}

static int rename_block_io(struct legacy *l, struct json_node *block_io, size_t i)
{
    struct json_node *value = json_tree_take(block_io, block_io_names[i].from);
    char pointer[96];
    int r;

    if (!value || json_tree_find(block_io, block_io_names[i].to))
        return 0;
    snprintf(pointer, sizeof(pointer), AT "/blockIO/%s", block_io_names[i].from);
    if (value->type == JSON_STRING && block_io_names[i].value) {
        if (!value->text[0])
            return 0;
        r = throttle_lines(l, pointer, value->text, block_io_names[i].value, &value);
        if (r < 0)
            return r;
    }
    if (json_tree_set(block_io, block_io_names[i].to, value) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "%s now", block_io_names[i].to);
}

static int block_io(struct legacy *l, struct json_node *resources)
{
    struct json_node *object = json_tree_find_type(resources, "blockIO", JSON_OBJECT);
    int r = 0;

    for (size_t i = 0; object && r == 0 && i < ARRAY_SIZE(block_io_names); i++)
        r = rename_block_io(l, object, i);
    return r;
}

/* ---- members that changed their type ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "0x100001" or "1048577" */
static bool parse_class_id(const char *text, uint32_t *ret)
{
    struct str s = str_of(text);
    uint64_t value = 0;

    if (!str_starts(s, "0x") && !str_starts(s, "0X"))
        return str_to_u32(s, UINT32_MAX, ret) == 0;
    if (s.len < 3 || s.len > 10)
        return false;
    for (size_t i = 2; i < s.len; i++) {
        int digit = hex_digit(s.ptr[i]);

        if (digit < 0)
            return false;
        value = value * 16 + (uint64_t)digit;
    }
    *ret = (uint32_t)value;
    return true;
}

/* 0.3.0: a string before; "classId" in 0.1 */
static int class_id(struct legacy *l, struct json_node *resources)
{
    static const char pointer[] = AT "/network/classID";
    struct json_node *network = json_tree_find_type(resources, "network", JSON_OBJECT), *id;
    uint32_t value;
    char text[16];

    if (!network)
        return 0;
    id = json_tree_take(network, "classId");
    if (!id)
        id = json_tree_take(network, "classID");
    if (!id || id->type == JSON_NULL || (id->type == JSON_STRING && !id->text[0]))
        return 0;
    if (id->type != JSON_STRING)
        return json_tree_set(network, "classID", id);
    if (!parse_class_id(id->text, &value))
        return err_config(l->err, pointer, "\"%s\" is no number of 32 bits", id->text);
    snprintf(text, sizeof(text), "%" PRIu32, value);
    if (json_tree_set(network, "classID", json_tree_number(l->arena, text)) < 0)
        return -ENOMEM;
    return legacy_note(l, pointer, "%s, was \"%s\"", text, id->text);
}

/* 0.1: the page size in bytes, "2MB" since */
static int hugepage_sizes(struct legacy *l, struct json_node *resources)
{
    static const char units[] = "KMG";
    const struct json_node *list = json_tree_find_type(resources, "hugepageLimits", JSON_ARRAY);
    size_t i = 0;

    for (struct json_node *m = list ? list->first : NULL; m; m = m->next, i++) {
        const struct json_node *size = json_tree_find_type(m, "pageSize", JSON_NUMBER);
        char pointer[96], text[32];
        uint64_t bytes;
        int unit = -1;

        if (!size)
            continue;
        snprintf(pointer, sizeof(pointer), AT "/hugepageLimits/%zu/pageSize", i);
        if (str_to_u64(str_of(size->text), UINT64_MAX, &bytes) < 0 || bytes == 0 || bytes % 1024)
            return err_config(l->err, pointer, "%s is not the size of a page", size->text);
        while (unit < 2 && bytes % 1024 == 0) {
            bytes /= 1024;
            unit++;
        }
        snprintf(text, sizeof(text), "%" PRIu64 "%cB", bytes, units[unit]);
        if (json_tree_set(m, "pageSize", json_tree_string(l->arena, text)) < 0 ||
            legacy_note(l, pointer, "\"%s\", was %s", text, size->text) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- numbers that meant "not set" ---- */

static const struct {
    const char *object, *name, *unset;
    const char *before; /* in documents older than that */
} unset_values[] = {
    {"memory", "swappiness", "-1", "1.0.0"},  {"pids", "limit", "0", "1.3.0"},
    {"memory", "limit", "0", "0.4.0"},        {"memory", "reservation", "0", "0.4.0"},
    {"memory", "swap", "0", "0.4.0"},         {"memory", "kernel", "0", "0.4.0"},
    {"memory", "kernelTCP", "0", "0.4.0"},    {"cpu", "shares", "0", "0.4.0"},
    {"cpu", "quota", "0", "0.4.0"},           {"cpu", "period", "0", "0.4.0"},
    {"cpu", "realtimeRuntime", "0", "0.4.0"}, {"cpu", "realtimePeriod", "0", "0.4.0"},
    {"blockIO", "weight", "0", "0.4.0"},      {"blockIO", "leafWeight", "0", "0.4.0"},
};

static int drop_unset(struct legacy *l, struct json_node *resources)
{
    for (size_t i = 0; i < ARRAY_SIZE(unset_values); i++) {
        struct json_node *object = json_tree_find_type(resources, unset_values[i].object, JSON_OBJECT);
        struct json_node *value = json_tree_find_type(object, unset_values[i].name, JSON_NUMBER);
        char pointer[96];

        if (!value || !streq(value->text, unset_values[i].unset) || !legacy_before(l, unset_values[i].before))
            continue;
        json_tree_remove(object, value);
        /* memory {} would still be a limit that is asked for, of nothing */
        if (!object->first)
            json_tree_take(resources, unset_values[i].object);
        snprintf(pointer, sizeof(pointer), AT "/%s/%s", unset_values[i].object, unset_values[i].name);
        if (legacy_note(l, pointer, "%s meant not set", unset_values[i].unset) < 0)
            return -ENOMEM;
    }
    return 0;
}

int legacy_resources(struct legacy *l)
{
    struct json_node *linux_ = json_tree_find_type(l->root, "linux", JSON_OBJECT);
    struct json_node *resources = json_tree_find_type(linux_, "resources", JSON_OBJECT);
    int r;

    if (!resources)
        return 0;
    r = oom_killer(l, resources);
    if (r == 0)
        r = block_io(l, resources);
    if (r == 0)
        r = class_id(l, resources);
    if (r == 0)
        r = hugepage_sizes(l, resources);
    return r < 0 ? r : drop_unset(l, resources);
}
