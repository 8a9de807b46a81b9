/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct spec_values {
    const char *bundle;
    const char *upgrade;
    bool rootless;
};

static const struct option_row rows[] = {
    {"bundle", "b", OPTION_TEXT, offsetof(struct spec_values, bundle), "DIR",
     "where to write config.json (default: .)", NULL},
    {"rootless", NULL, OPTION_SWITCH, offsetof(struct spec_values, rootless), NULL,
     "for a caller without privileges: a user namespace with the caller as root", NULL},
    {"upgrade", NULL, OPTION_TEXT, offsetof(struct spec_values, upgrade), "BUNDLE",
     "write the configuration of an older bundle in today's form, and list what changed", NULL},
    OPTIONS_END,
};

static int fail(const struct invocation *inv, int code, const char *call, const char *dir)
{
    char path[480];

    snprintf(path, sizeof(path), "%s/config.json", dir);
    return verb_failed(inv->err, call, path, code);
}

/* A fresh config.json; an existing file, or a link that dangles, is left alone. */
static int open_config(const struct invocation *inv, const char *dir, FILE **ret)
{
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, code;

    if (dir_fd < 0)
        return fail(inv, errno, "open", dir);
    fd = openat(dir_fd, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    code = errno;
    close(dir_fd);
    if (fd < 0 && code == EEXIST) {
        inv->err->code = EEXIST;
        inv->err->kind = LORICA_ERROR_USAGE;
        snprintf(inv->err->message, sizeof(inv->err->message), "File config.json exists. Remove it first");
        return -EEXIST;
    }
    if (fd < 0)
        return fail(inv, code, "open", dir);
    *ret = fdopen(fd, "w");
    if (*ret)
        return 0;
    close(fd);
    return fail(inv, ENOMEM, "fdopen", dir);
}

static int run(const struct invocation *inv)
{
    const struct spec_values *v = inv->values;
    const char *dir = v->bundle ? v->bundle : ".";
    char *text = NULL, *changes = NULL;
    FILE *file;
    int r = v->upgrade ? lorica_spec_upgrade(v->upgrade, &text, &changes, inv->err)
                       : lorica_spec(v->rootless, &text, inv->err);

    if (r < 0)
        return r;
    r = open_config(inv, dir, &file);
    if (r == 0) {
        if (fputs(text, file) < 0 || fflush(file) != 0)
            r = fail(inv, errno, "write", dir);
        fclose(file);
    }
    lorica_free(text);
    if (!changes)
        return r;
    if (r == 0)
        return print_and_free(changes);
    lorica_free(changes);
    return r;
}

const struct verb verb_spec = {
    .name = "spec",
    .arguments = "",
    .summary = "write a starter config.json",
    .options = rows,
    .values_size = sizeof(struct spec_values),
    .run = run,
};
