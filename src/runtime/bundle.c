/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/bundle.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/path.h"
#include "core/validate.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

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

int bundle_read(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr)
{
    char *text;
    size_t len;
    int r = absolute_dir(a, dir, &ret->dir, reterr);

    if (r < 0)
        return r;
    AUTO_CLOSE int fd = open(ret->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_system(reterr, errno, "open", "bundle %s", ret->dir);
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

int bundle_load(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr)
{
    struct validate_report report;
    struct config *config;
    int r = bundle_read(a, dir, ret, reterr);

    if (r < 0)
        return r;
    r = config_decode(a, ret->text, ret->len, &config, reterr);
    if (r < 0)
        return r;
    r = validate_config(a, config, &report);
    if (r < 0)
        return err_nomem(reterr);
    r = validate_report_error(&report, ret->text, ret->len, reterr);
    if (r < 0)
        return r;
    ret->config = config;
    return 0;
}
