/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "Mounts", and the id mappings that mounts and user namespaces share. */
#include "core/decode.h"
#include "core/decode_shapes.h"

#include <errno.h>

static const struct field idmap_fields[] = {
    FIELD_U32(struct config_idmap, container_id, "containerID", FIELD_MANDATORY),
    FIELD_U32(struct config_idmap, host_id, "hostID", FIELD_MANDATORY),
    FIELD_U32(struct config_idmap, size, "size", FIELD_MANDATORY),
};
const struct shape decode_idmap_shape = SHAPE(struct config_idmap, idmap_fields, NULL);

static const struct field mount_fields[] = {
    FIELD_STRING(struct config_mount, destination, "destination", FIELD_MANDATORY),
    FIELD_STRING(struct config_mount, type, "type", 0),
    FIELD_STRING(struct config_mount, source, "source", 0),
    FIELD_STRINGS(struct config_mount, options, "options", 0),
    FIELD_ARRAY(struct config_mount, uid_mappings.v, uid_mappings.n, "uidMappings", 0, &decode_idmap_shape),
    FIELD_ARRAY(struct config_mount, gid_mappings.v, gid_mappings.n, "gidMappings", 0, &decode_idmap_shape),
};
const struct shape decode_mount_shape = SHAPE(struct config_mount, mount_fields, NULL);

struct mount_list {
    struct config_mount *v;
    size_t n;
};

static const struct field mount_list_fields[] = {
    FIELD_ARRAY(struct mount_list, v, n, "mounts", FIELD_MANDATORY, &decode_mount_shape),
};
static const struct shape mount_list_shape = SHAPE(struct mount_list, mount_list_fields, NULL);

static int decode_array(struct decoder *d, const struct json_value *array, struct mount_list *ret)
{
    size_t i = 0, n = json_count(array);

    ret->v = arena_new_array(d->arena, struct config_mount, n);
    if (!ret->v)
        return err_nomem(d->err);
    for (const struct json_value *v = json_first(array); v; v = json_next(v), i++) {
        int r = json_type(v) == JSON_OBJECT
                    ? decode_object(d, v, &decode_mount_shape, &ret->v[i])
                    : json_fail(d->doc, v, d->err, "must be an object, is %s", json_type_name(json_type(v)));

        if (r < 0)
            return r;
    }
    ret->n = n;
    return 0;
}

/* Errors of an array without a name point where they would in a configuration. */
static void add_name(struct err *e)
{
    char where[ERR_WHERE_MAX];

    if (!e || e->kind != ERR_CONFIG)
        return;
    memcpy(where, e->where, sizeof(where));
    snprintf(e->where, sizeof(e->where), "/mounts%.*s", (int)(sizeof(where) - sizeof("/mounts")), where);
}

int mounts_decode(struct arena *a, const char *text, size_t len, struct config_mount **ret, size_t *ret_n,
                  struct err *reterr)
{
    struct mount_list list = {NULL, 0};
    struct json_doc doc;
    int r = json_parse(text, len, &doc, reterr);

    if (r < 0)
        return r;
    struct decoder d = {.arena = a, .doc = &doc, .err = reterr};
    if (json_type(json_root(&doc)) == JSON_ARRAY) {
        r = decode_array(&d, json_root(&doc), &list);
        if (r < 0)
            add_name(reterr);
    } else {
        r = decode_object(&d, json_root(&doc), &mount_list_shape, &list);
    }
    json_doc_done(&doc);
    if (r < 0)
        return r;
    *ret = list.v;
    *ret_n = list.n;
    return 0;
}
