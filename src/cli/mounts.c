/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(const struct invocation *inv, const char *fmt, const char *arg)
{
    inv->err->code = EINVAL;
    inv->err->kind = LORICA_ERROR_USAGE;
    snprintf(inv->err->message, sizeof(inv->err->message), fmt, arg);
    return -EINVAL;
}

static int list(const struct invocation *inv)
{
    char *text;
    int r = lorica_mounts_list(inv->lorica, inv->args[1], &text, inv->err);

    return r < 0 ? r : print_and_free(text);
}

static int run(const struct invocation *inv)
{
    const char *what = inv->args[0];
    bool add = strcmp(what, "add") == 0;
    char *text;
    size_t len;
    int r;

    if (strcmp(what, "list") == 0)
        return inv->n_args == 2 ? list(inv) : usage(inv, "mounts %s takes a container only", what);
    if (!add && strcmp(what, "remove") != 0)
        return usage(inv, "mounts %s: unknown command (there are: add, remove, list)", what);
    if (inv->n_args != 3)
        return usage(inv, "mounts %s needs a container and a file", what);
    r = document_read(inv, inv->args[2], &text, &len);
    if (r < 0)
        return r;
    r = add ? lorica_mounts_add(inv->lorica, inv->args[1], text, len, inv->err)
            : lorica_mounts_remove(inv->lorica, inv->args[1], text, len, inv->err);
    free(text);
    return r;
}

const struct verb verb_mounts = {
    .name = "mounts",
    .arguments = "add|remove|list CONTAINER [FILE]",
    .summary = "add mounts to a running container, remove or list them",
    .details =
        "FILE holds an array of mounts as in config.json, or an object with mounts; - is standard input.",
    .min_args = 2,
    .max_args = 3,
    .completes_containers = true,
    .run = run,
};
