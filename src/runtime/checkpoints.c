/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoints.h"

#include "base/fd.h"
#include "core/json_write.h"
#include "core/path.h"
#include "core/time_fmt.h"
#include "runtime/container.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SUBDIR "checkpoints"

int checkpoints_bundle(struct runtime *rt, struct arena *a, const char *id, const char *bundle,
                       const char **ret, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    char cwd[PATH_MAX] = "/";
    int r = 0;

    container_init(&c, rt);
    if (!bundle && id) {
        r = container_open(&c, id, CONTAINER_LOOK, reterr);
        if (r == 0)
            *ret = arena_strdup(a, c.state->bundle);
        if (r != -ENOENT)
            return r < 0 || *ret ? r : err_nomem(reterr);
    }
    if (!getcwd(cwd, sizeof(cwd)))
        return err_system(reterr, errno, "getcwd", "%s", "");
    r = path_resolve(a, cwd, bundle ? bundle : ".", ret);
    return r < 0 ? err_usage(reterr, "bundle: not a path") : 0;
}

int checkpoints_path(struct arena *a, const char *bundle, const char *name, const char **ret_images,
                     const char **ret_logs, struct err *reterr)
{
    if (name[0] == '.' || !path_is_name(str_of(name))) /* what begins with a dot is not listed */
        return err_usage(reterr, "invalid name of a checkpoint: %s", name);
    *ret_logs = arena_printf(a, "%s/" SUBDIR, bundle);
    *ret_images = arena_printf(a, "%s/" SUBDIR "/%s", bundle, name);
    return *ret_logs && *ret_images ? 0 : err_nomem(reterr);
}

static int absent(const char *name, struct err *reterr)
{
    return err_state(reterr, ENOENT, "checkpoint %s does not exist", name);
}

int checkpoints_make(struct arena *a, const char *bundle, const char *name, struct err *reterr)
{
    const char *images, *logs;
    int r = checkpoints_path(a, bundle, name, &images, &logs, reterr);

    if (r < 0)
        return r;
    if (mkdir(logs, 0700) < 0 && errno != EEXIST)
        return err_system(reterr, errno, "mkdir", "%s", logs);
    if (mkdir(images, 0700) == 0)
        return 0;
    return errno == EEXIST ? err_state(reterr, EEXIST, "checkpoint %s exists already", name)
                           : err_system(reterr, errno, "mkdir", "%s", images);
}

int checkpoints_check(struct arena *a, const char *bundle, const char *name, struct err *reterr)
{
    const char *images, *logs;
    struct stat st;
    int r = checkpoints_path(a, bundle, name, &images, &logs, reterr);

    if (r < 0)
        return r;
    return lstat(images, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : absent(name, reterr);
}

/* Images are files in one directory: nothing else is touched. */
int checkpoints_delete(struct arena *a, const char *bundle, const char *name, struct err *reterr)
{
    const char *images, *logs;
    struct dirent *e;
    int r = checkpoints_path(a, bundle, name, &images, &logs, reterr), fd;

    if (r < 0)
        return r;
    fd = open(images, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? absent(name, reterr) : err_system(reterr, errno, "open", "%s", images);
    AUTO_CLOSEDIR DIR *d = fdopendir(fd);
    if (!d) {
        fd_close(&fd);
        return err_nomem(reterr);
    }
    while ((e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlinkat(dirfd(d), e->d_name, 0) < 0)
            return err_system(reterr, errno, "unlink", "%s/%s", images, e->d_name);
    return rmdir(images) < 0 ? err_system(reterr, errno, "rmdir", "%s", images) : 0;
}

int checkpoints_list(struct arena *a, const char *bundle, struct buf *out, struct err *reterr)
{
    const char *dir = arena_printf(a, "%s/" SUBDIR, bundle), **names = NULL;
    struct json_writer w;
    size_t n = 0;
    int r = 0;

    if (!dir)
        return err_nomem(reterr);
    AUTO_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return err_system(reterr, errno, "open", "%s", dir);
    if (fd >= 0)
        r = store_list(a, fd, &names, &n, reterr);
    json_write_init(&w, out, "  ");
    json_write_array(&w);
    for (size_t i = 0; i < n && r == 0; i++) {
        char time[TIME_FMT_MAX];
        struct stat st;

        if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
            continue;
        json_write_object(&w);
        json_write_key_str(&w, "name", names[i]);
        json_write_key_str(&w, "created", time_fmt_nano(&st.st_mtim, time));
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    buf_char(out, '\n');
    return r;
}
