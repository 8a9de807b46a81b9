/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resources.h"

#include "core/decode.h"
#include "core/json.h"
#include "core/update.h"
#include "runtime/store.h"

#include <errno.h>

static int of_config(struct container *c, const struct config_resources **ret, struct err *reterr)
{
    struct config *config;
    char *text;
    size_t len;
    int r = store_read(&c->arena, c->dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);

    if (r == 0)
        r = config_decode(&c->arena, text, len, &config, reterr);
    if (r == 0)
        *ret = config->linux_.resources;
    return r;
}

int container_resources(struct container *c, const struct config_resources **ret, struct err *reterr)
{
    struct config_resources *resources;
    char *text;
    size_t len;
    int r;

    if (!store_has(c->dir_fd, STORE_RESOURCES_FILE))
        return of_config(c, ret, reterr);
    r = store_read(&c->arena, c->dir_fd, STORE_RESOURCES_FILE, JSON_BYTES_MAX, &text, &len, reterr);
    if (r == 0)
        r = resources_decode(&c->arena, text, len, &resources, reterr);
    if (r < 0)
        return err_prefix(reterr, "stored resources of the container"), r;
    *ret = resources;
    return 0;
}

int container_store_resources(struct container *c, const struct config_resources *r, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(JSON_BYTES_MAX);

    resources_print(r, &text);
    if (buf_error(&text) < 0)
        return err_internal(reterr, -buf_error(&text), "cannot encode the resources");
    return store_write(c->dir_fd, STORE_RESOURCES_FILE, text.data, text.len, false, reterr);
}
