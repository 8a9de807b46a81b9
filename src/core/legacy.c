/* SPDX-License-Identifier: Apache-2.0 */
#include "core/legacy.h"

#include "core/legacy_parts.h"
#include "core/oci_version.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define CHANGES_MAX 1024u
#define CHANGE_MAX  256u

/* ---- versions ---- */

/* Release candidates come before their release, in order; any other pre-release comes before all of them. */
#define RANK_RELEASE 99u
#define RANK_NOTHING 0u

static uint32_t version_rank(const char *version)
{
    struct str rest = str_of(version), field;
    uint32_t part[3] = {0, 0, 0}, candidate = RANK_RELEASE;

    for (int i = 0; i < 3; i++) {
        struct str number;

        if (!str_next(&rest, '.', &field))
            return i == 2 ? part[0] * 1000000 + part[1] * 10000 + RANK_RELEASE : RANK_NOTHING;
        number = field;
        if (i == 2 && str_has(field, '-')) {
            struct str pre = field, digits;

            str_next(&pre, '-', &number);
            candidate = 0;
            if (str_starts(pre, "rc")) {
                pre = (struct str){pre.ptr + 2, pre.len - 2};
                str_next(&pre, '-', &digits);
                if (str_to_u32(digits, RANK_RELEASE - 1, &candidate) < 0)
                    candidate = 0;
            }
        }
        if (str_to_u32(number, 99, &part[i]) < 0)
            return RANK_NOTHING;
    }
    return part[0] * 1000000 + part[1] * 10000 + part[2] * 100 + candidate;
}

bool legacy_before(const struct legacy *l, const char *version)
{
    return l->rank < version_rank(version);
}

/* ---- recognising ---- */

#define PATH_PARTS 5
#define ANY        (-1)

/* Members that no document of 1.0.0 or later has in that place or of that type; "0" is an array's first. */
static const struct {
    const char *path[PATH_PARTS];
    int type;
} old_shapes[] = {
    {{"platform"}, JSON_OBJECT},
    {{"processes"}, JSON_ARRAY},
    {{"mounts", "0", "path"}, ANY},
    {{"process", "capabilities"}, JSON_ARRAY},
    {{"process", "selinuxProcessLabel"}, ANY},
    {{"linux", "capabilities"}, ANY},
    {{"linux", "rlimits"}, ANY},
    {{"linux", "apparmorProfile"}, ANY},
    {{"linux", "selinuxProcessLabel"}, ANY},
    {{"linux", "noNewPrivileges"}, ANY},
    {{"linux", "systemProperties"}, ANY},
    {{"linux", "devices", "0"}, JSON_STRING},
    {{"linux", "devices", "0", "type"}, JSON_NUMBER},
    {{"linux", "devices", "0", "permissions"}, ANY},
    {{"linux", "seccomp", "syscalls", "0", "name"}, ANY},
    {{"linux", "resources", "disableOOMKiller"}, ANY},
    {{"linux", "resources", "oomScoreAdj"}, ANY},
    {{"linux", "resources", "blockIO", "blkioWeight"}, ANY},
    {{"linux", "resources", "blockIO", "blkioLeafWeight"}, ANY},
    {{"linux", "resources", "blockIO", "blkioWeightDevice"}, ANY},
    {{"linux", "resources", "blockIO", "blkioThrottleReadBpsDevice"}, ANY},
    {{"linux", "resources", "blockIO", "blkioThrottleWriteBpsDevice"}, ANY},
    {{"linux", "resources", "blockIO", "blkioThrottleReadIOPSDevice"}, ANY},
    {{"linux", "resources", "blockIO", "blkioThrottleWriteIOPSDevice"}, ANY},
    {{"linux", "resources", "network", "classID"}, JSON_STRING},
    {{"linux", "resources", "network", "classId"}, ANY},
};

static const struct json_value *value_at(const struct json_value *v, const char *const path[PATH_PARTS])
{
    for (int i = 0; i < PATH_PARTS && path[i] && v; i++)
        v = streq(path[i], "0") ? (json_type(v) == JSON_ARRAY ? json_first(v) : NULL) : json_find(v, path[i]);
    return v;
}

static const char *version_of(const struct json_doc *config)
{
    const struct json_value *v = json_find(json_root(config), "ociVersion");

    return v ? json_string(v) : NULL;
}

static bool has_old_version_member(const struct json_doc *config)
{
    const struct json_value *v = json_find(json_root(config), "version");

    return !version_of(config) && v && json_type(v) == JSON_STRING;
}

bool legacy_needed(const struct json_doc *config)
{
    const char *version = version_of(config);
    uint32_t rank = version ? version_rank(version) : RANK_NOTHING;

    if (has_old_version_member(config) || (rank != RANK_NOTHING && rank < version_rank(OCI_VERSION_MIN)))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(old_shapes); i++) {
        const struct json_value *v = value_at(json_root(config), old_shapes[i].path);

        if (v && json_type(v) != JSON_NULL &&
            (old_shapes[i].type == ANY || (int)json_type(v) == old_shapes[i].type))
            return true;
    }
    return false;
}

bool legacy_has_runtime_file(const struct json_doc *config)
{
    static const char *const named_mount[PATH_PARTS] = {"mounts", "0", "path"};

    return has_old_version_member(config) || value_at(json_root(config), named_mount);
}

/* ---- upgrading ---- */

int legacy_note(struct legacy *l, const char *pointer, const char *fmt, ...)
{
    char what[CHANGE_MAX];
    va_list ap;
    const char *line;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    /* texts of the document are in it: a line stays one line */
    for (char *c = what; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    if (l->changes->n == CHANGES_MAX)
        return 0;
    if (l->changes->n == l->changes_cap) {
        size_t cap = l->changes_cap ? l->changes_cap * 2 : 16;
        const char **v = arena_new_array(l->arena, const char *, cap);

        if (!v)
            return err_nomem(l->err);
        if (l->changes->n)
            memcpy(v, l->changes->v, l->changes->n * sizeof(*v));
        l->changes->v = v;
        l->changes_cap = cap;
    }
    line = arena_printf(l->arena, "%s: %s", pointer, what);
    if (!line)
        return err_nomem(l->err);
    l->changes->v[l->changes->n++] = line;
    return 0;
}

static int (*const steps[])(struct legacy *) = {
    legacy_merge_runtime, legacy_document, legacy_process, legacy_linux, legacy_resources,
};

static const char *node_version(const struct json_node *root)
{
    const struct json_node *v = json_tree_find_type(root, "ociVersion", JSON_STRING);

    if (!v)
        v = json_tree_find_type(root, "version", JSON_STRING);
    return v ? v->text : "";
}

static int print(struct legacy *l, struct legacy_result *ret)
{
    struct buf text = BUF_INIT(JSON_BYTES_MAX);
    int r;

    json_tree_print(l->root, "\t", &text);
    buf_char(&text, '\n');
    r = buf_error(&text);
    if (r == 0) {
        ret->text = arena_strndup(l->arena, text.data, text.len);
        ret->len = text.len;
        r = ret->text ? 0 : -ENOMEM;
    }
    buf_done(&text);
    if (r == -ENOMEM)
        return err_nomem(l->err);
    return r < 0 ? err_internal(l->err, -r, "the upgraded configuration cannot be written") : 0;
}

int legacy_upgrade(struct arena *a, const struct json_doc *config, const struct json_doc *runtime,
                   struct legacy_result *ret, struct err *reterr)
{
    struct legacy l = {.arena = a, .changes = &ret->changes, .err = reterr};

    *ret = (struct legacy_result){.version = ""};
    l.root = json_tree_copy(a, config);
    if (runtime)
        l.runtime = json_tree_copy(a, runtime);
    if (!l.root || (runtime && !l.runtime))
        return err_nomem(reterr);
    if (l.root->type != JSON_OBJECT)
        return err_config(reterr, "", "must be an object");
    l.version = ret->version = node_version(l.root);
    l.rank = version_rank(l.version);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        int r = steps[i](&l);

        if (r == -ENOMEM)
            return err_nomem(reterr);
        if (r < 0)
            return r;
    }
    return print(&l, ret);
}
