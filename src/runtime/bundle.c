/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/bundle.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/legacy.h"
#include "core/path.h"
#include "core/validate.h"
#include "runtime/own_ids.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

static int absolute_dir(struct arena *a, const char *dir, const char **ret, struct err *reterr)
{
    char cwd[PATH_MAX] = "/";
    int r;

    if (!dir)
        dir = ".";
    if (dir[0] != '/' && !getcwd(cwd, sizeof(cwd)))
        return err_system(reterr, errno, "getcwd", "%s", "");
    r = path_resolve(a, cwd, dir, ret);
    if (r == -ENOMEM)
        return err_nomem(reterr);
    return r < 0 ? err_system(reterr, r, "resolve", "bundle %s", dir) : 0;
}

static int open_dir(const char *dir, struct err *reterr)
{
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? err_system(reterr, errno, "open", "bundle %s", dir) : fd;
}

int bundle_read(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr)
{
    char *text;
    size_t len;
    int r = absolute_dir(a, dir, &ret->dir, reterr);

    if (r < 0)
        return r;
    AUTO_CLOSE int fd = open_dir(ret->dir, reterr);
    if (fd < 0)
        return fd;
    r = store_read(a, fd, BUNDLE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);
    if (r == -ENOENT)
        return err_state(reterr, ENOENT, "JSON specification file %s/%s not found", ret->dir,
                         BUNDLE_CONFIG_FILE);
    if (r < 0)
        return err_prefix(reterr, "bundle %s", ret->dir);
    ret->text = text;
    ret->len = len;
    return 0;
}

/* ---- old bundles ---- */

/* The second file of an old bundle. *found is false when there is none. */
static int read_runtime_file(struct arena *a, const char *dir, bool *found, struct json_doc *ret,
                             struct err *reterr)
{
    AUTO_CLOSE int fd = open_dir(dir, reterr);
    char *text;
    size_t len;
    int r;

    *found = false;
    if (fd < 0)
        return fd;
    r = store_read(a, fd, BUNDLE_RUNTIME_FILE, JSON_BYTES_MAX, &text, &len, reterr);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = json_parse(text, len, ret, reterr);
    if (r < 0)
        return err_prefix(reterr, "%s/%s", dir, BUNDLE_RUNTIME_FILE);
    *found = true;
    return 0;
}

/* In place of the document: the upgraded text. */
static int upgrade(struct arena *a, const struct json_doc *old, struct bundle *b, struct err *reterr)
{
    struct json_doc runtime = {0};
    struct legacy_result upgraded = {.version = ""};
    bool has_runtime = false;
    int r = 0;

    if (legacy_has_runtime_file(old))
        r = read_runtime_file(a, b->dir, &has_runtime, &runtime, reterr);
    if (r == 0)
        r = legacy_upgrade(a, old, has_runtime ? &runtime : NULL, &upgraded, reterr);
    json_doc_done(&runtime);
    b->old_version = upgraded.version;
    if (r < 0)
        return r;
    b->text = upgraded.text;
    b->len = upgraded.len;
    b->changes = upgraded.changes;
    return 0;
}

int bundle_decode(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr)
{
    struct config *config;
    struct json_doc doc;
    int r = bundle_read(a, dir, ret, reterr);

    ret->old_version = NULL;
    ret->changes = (struct strings){NULL, 0};
    if (r < 0)
        return r;
    r = json_parse(ret->text, ret->len, &doc, reterr);
    if (r < 0)
        return r;
    if (!legacy_needed(&doc)) {
        r = config_decode_doc(a, &doc, &config, reterr);
        json_doc_done(&doc);
    } else {
        r = upgrade(a, &doc, ret, reterr);
        json_doc_done(&doc);
        if (r == 0)
            r = config_decode(a, ret->text, ret->len, &config, reterr);
        if (r < 0)
            return err_prefix(reterr, "upgrading the configuration of version \"%s\"", ret->old_version);
    }
    if (r == 0)
        ret->config = config;
    return r;
}

int bundle_load(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr)
{
    struct validate_report report;
    int r = bundle_decode(a, dir, ret, reterr);

    if (r < 0)
        return r;
    /* decoded here, and nobody else's yet */
    r = geteuid() ? own_ids_map(a, (struct config *)(uintptr_t)ret->config, reterr) : 0;
    if (r < 0)
        return r;
    r = validate_config(a, ret->config, &report);
    if (r < 0)
        return err_nomem(reterr);
    r = validate_report_error(&report, ret->text, ret->len, reterr);
    if (r < 0 && ret->old_version)
        return err_prefix(reterr, "configuration as upgraded from version \"%s\"", ret->old_version);
    return r;
}
