/* SPDX-License-Identifier: Apache-2.0 */
/* config.md: the document itself; the larger objects have files of their own. */
#include "core/decode.h"

#include "core/decode_shapes.h"

#include <errno.h>

/* Sections for other platforms: they may be there, and are none of our business (config.md
 * "Platform-specific"). */
static const char *const other_platforms[] = {"windows", "solaris", "vm", "zos", "freebsd"};

static int config_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    struct config *c = ret;

    for (size_t i = 0; i < ARRAY_SIZE(other_platforms); i++) {
        const struct json_value *v = json_find(object, other_platforms[i]);

        if (!v || json_type(v) == JSON_NULL)
            continue;
        if (!c->other_platforms.v)
            c->other_platforms.v = arena_new_array(d->arena, const char *, ARRAY_SIZE(other_platforms));
        if (!c->other_platforms.v)
            return err_nomem(d->err);
        c->other_platforms.v[c->other_platforms.n++] = other_platforms[i];
    }
    return 0;
}

static const struct field root_fields[] = {
    FIELD_STRING(struct config_root, path, "path", 0),
    FIELD_BOOL(struct config_root, readonly, "readonly", 0),
};
static const struct shape root_shape = SHAPE(struct config_root, root_fields, NULL);

static const struct field config_fields[] = {
    FIELD_STRING(struct config, oci_version, "ociVersion", 0),
    FIELD_POINTER(struct config, process, "process", 0, &decode_process_shape),
    FIELD_OBJECT_HAS(struct config, root, has_root, "root", 0, &root_shape),
    FIELD_STRING(struct config, hostname, "hostname", 0),
    FIELD_STRING(struct config, domainname, "domainname", 0),
    FIELD_ARRAY(struct config, mounts, n_mounts, "mounts", 0, &decode_mount_shape),
    FIELD_FLAT("hooks", 0, &decode_hooks_shape),
    FIELD_PAIRS(struct config, annotations, "annotations", 0),
    FIELD_OBJECT_HAS(struct config, linux_, has_linux, "linux", 0, &decode_linux_shape),
};
const struct shape decode_config_shape = SHAPE(struct config, config_fields, config_finish);

int config_decode_doc(struct arena *a, const struct json_doc *doc, struct config **ret, struct err *reterr)
{
    struct strings case_variants = {NULL, 0};
    void *c;
    int r = decode_doc(a, doc, &decode_config_shape, &case_variants, &c, reterr);

    if (r < 0)
        return r;
    *ret = c;
    (*ret)->case_variants = case_variants;
    return 0;
}

int config_decode(struct arena *a, const char *text, size_t len, struct config **ret, struct err *reterr)
{
    struct json_doc doc;
    int r = json_parse(text, len, &doc, reterr);

    if (r < 0)
        return r;
    r = config_decode_doc(a, &doc, ret, reterr);
    json_doc_done(&doc);
    return r;
}

int process_decode(struct arena *a, const char *text, size_t len, struct config_process **ret,
                   struct err *reterr)
{
    void *p;
    int r = decode_text(a, text, len, &decode_process_shape, NULL, &p, reterr);

    if (r == 0)
        *ret = p;
    return r;
}

int resources_decode(struct arena *a, const char *text, size_t len, struct config_resources **ret,
                     struct err *reterr)
{
    void *res;
    int r = decode_text(a, text, len, &decode_resources_shape, NULL, &res, reterr);

    if (r == 0)
        *ret = res;
    return r;
}

int seccomp_decode(struct arena *a, const char *text, size_t len, struct config_seccomp **ret,
                   struct err *reterr)
{
    void *s;
    int r = decode_text(a, text, len, &decode_seccomp_shape, NULL, &s, reterr);

    if (r == 0)
        *ret = s;
    return r;
}
