/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: config.json of an old bundle and, behind a NUL, its runtime.json. Oracles: a refusal is an error of
 * kind CONFIG with a message and a pointer; a result is JSON of today's version that decodes, or is refused
 * with a place; the same input gives the same result twice; each change is one line.
 */
#include "oracle.h"

#include "core/decode.h"
#include "core/legacy.h"
#include "core/oci_version.h"

#include <errno.h>

static void check_error(const struct err *e)
{
    CHECK(e->kind == ERR_CONFIG);
    CHECK(e->message[0] != '\0');
    CHECK(e->where[0] == '\0' || e->where[0] == '/');
}

static void check_result(struct arena *a, const struct legacy_result *r)
{
    const struct json_value *version;
    struct config *config;
    struct json_doc doc;
    struct err e;

    CHECK(r->text[r->len] == '\0' && strlen(r->text) == r->len);
    CHECK(json_parse(r->text, r->len, &doc, NULL) == 0);
    version = json_find(json_root(&doc), "ociVersion");
    CHECK(version && streq(json_string(version), OCI_VERSION));
    CHECK(!json_find(json_root(&doc), "platform") && !json_find(json_root(&doc), "version"));
    json_doc_done(&doc);
    for (size_t i = 0; i < r->changes.n; i++)
        CHECK(r->changes.v[i][0] == '/' && !strchr(r->changes.v[i], '\n'));
    err_init(&e);
    if (config_decode(a, r->text, r->len, &config, &e) < 0)
        check_error(&e);
}

static int upgrade(struct arena *a, const struct json_doc *config, const struct json_doc *runtime,
                   struct legacy_result *ret)
{
    struct err e;
    int r;

    err_init(&e);
    r = legacy_upgrade(a, config, runtime, ret, &e);
    CHECK(r == 0 || r == -EINVAL);
    if (r < 0)
        check_error(&e);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *behind = size ? memchr(data, 0, size) : NULL;
    size_t len = behind ? (size_t)(behind - text) : size;
    struct legacy_result first, second;
    struct json_doc config, runtime = {0};
    struct arena a;

    if (json_parse(text, len, &config, NULL) < 0)
        return 0;
    if (behind && json_parse(behind + 1, size - len - 1, &runtime, NULL) < 0) {
        json_doc_done(&config);
        return 0;
    }
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    legacy_needed(&config);
    legacy_has_runtime_file(&config);
    if (upgrade(&a, &config, behind ? &runtime : NULL, &first) == 0) {
        CHECK(upgrade(&a, &config, behind ? &runtime : NULL, &second) == 0);
        CHECK(streq(first.text, second.text));
        check_result(&a, &first);
    }
    json_doc_done(&config);
    json_doc_done(&runtime);
    arena_done(&a);
    return 0;
}
