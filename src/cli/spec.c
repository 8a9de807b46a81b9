/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct spec_values {
    const char *bundle;
    bool rootless;
};

static const struct option_row rows[] = {
    {"bundle", "b", OPTION_TEXT, offsetof(struct spec_values, bundle), "DIR",
     "where to write config.json (default: .)", NULL},
    {"rootless", NULL, OPTION_SWITCH, offsetof(struct spec_values, rootless), NULL,
     "for a caller without privileges: a user namespace with the caller as root", NULL},
    OPTIONS_END,
};

static int fail(const struct invocation *inv, int code, const char *call, const char *dir)
{
    inv->err->code = code;
    inv->err->kind = LORICA_ERROR_SYSTEM;
    snprintf(inv->err->message, sizeof(inv->err->message), "%s %s/config.json: %s", call, dir,
             strerror(code));
    return -code;
}

static int run(const struct invocation *inv)
{
    const struct spec_values *v = inv->values;
    const char *dir = v->bundle ? v->bundle : ".";
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, r;
    FILE *file;
    char *text;

    if (dir_fd < 0)
        return fail(inv, errno, "open", dir);
    fd = openat(dir_fd, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    r = errno;
    close(dir_fd);
    if (fd < 0 && r == EEXIST) {
        inv->err->code = EEXIST;
        inv->err->kind = LORICA_ERROR_USAGE;
        snprintf(inv->err->message, sizeof(inv->err->message), "File config.json exists. Remove it first");
        return -EEXIST;
    }
    if (fd < 0)
        return fail(inv, r, "open", dir);
    file = fdopen(fd, "w");
    if (!file) {
        close(fd);
        return fail(inv, ENOMEM, "fdopen", dir);
    }
    r = lorica_spec(v->rootless, &text, inv->err);
    if (r == 0) {
        if (fputs(text, file) < 0 || fflush(file) != 0)
            r = fail(inv, errno, "write", dir);
        lorica_free(text);
    }
    fclose(file);
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
