/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/io.h"

#include "base/fd.h"
#include "kernel/sys.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t io_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void io_sleep_ms(unsigned ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&pause, NULL);
}

int io_poll_timeout(int64_t deadline_ms)
{
    int64_t left;

    if (deadline_ms == IO_NO_DEADLINE)
        return -1;
    left = deadline_ms - io_now_ms();
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

static int wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    for (;;) {
        n = poll(&p, 1, io_poll_timeout(deadline_ms));
        if (n > 0)
            return 0;
        if (n == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

int io_write_all(int fd, const void *data, size_t len, int64_t deadline_ms)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = sys_write(fd, p, len);

        if (n == -EAGAIN) {
            int r = wait_for(fd, POLLOUT, deadline_ms);
            if (r < 0)
                return r;
            continue;
        }
        if (n < 0)
            return (int)n;
        if (n == 0) /* not known to happen; it must not spin */
            return -EIO;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int io_write_once(int fd, const void *data, size_t len)
{
    ssize_t n = sys_write(fd, data, len);

    if (n < 0)
        return (int)n;
    return (size_t)n == len ? 0 : -EIO;
}

int io_read_exact(int fd, void *data, size_t len, int64_t deadline_ms)
{
    char *p = data;

    while (len > 0) {
        ssize_t n = sys_read(fd, p, len);

        if (n == -EAGAIN) {
            int r = wait_for(fd, POLLIN, deadline_ms);
            if (r < 0)
                return r;
            continue;
        }
        if (n < 0)
            return (int)n;
        if (n == 0)
            return -ENODATA;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int io_read_all(int fd, struct buf *out)
{
    char chunk[16384];

    for (;;) {
        ssize_t n = sys_read(fd, chunk, sizeof(chunk));

        if (n == -EAGAIN) {
            int r = wait_for(fd, POLLIN, IO_NO_DEADLINE);
            if (r < 0)
                return r;
            continue;
        }
        if (n < 0)
            return (int)n;
        if (n == 0)
            return 0;
        buf_add(out, chunk, (size_t)n);
        if (buf_error(out) < 0)
            return buf_error(out);
    }
}

int io_read_file(int dirfd, const char *name, char *dst, size_t cap)
{
    AUTO_CLOSE int fd = sys_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0);
    size_t len = 0;

    if (fd < 0)
        return fd;
    if (cap == 0)
        return -EMSGSIZE;
    for (;;) {
        /* The byte kept for the terminator is read too: only so a file that is too long shows itself. */
        ssize_t n = sys_read(fd, dst + len, cap - len);

        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        len += (size_t)n;
        if (len >= cap)
            return -EMSGSIZE;
    }
    dst[len] = '\0';
    return (int)len;
}

int io_write_file(int dirfd, const char *name, const void *data, size_t len)
{
    AUTO_CLOSE int fd = sys_openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_NOCTTY, 0);

    return fd < 0 ? fd : io_write_once(fd, data, len);
}

/* ---- atomic replacement ---- */

/* A fresh file beside `name`; its own name goes to `tmp`. */
static int create_beside(int dirfd, const char *name, mode_t mode, char *tmp, size_t cap)
{
    static unsigned counter;

    for (int i = 0; i < 100; i++) {
        int n = snprintf(tmp, cap, ".%.200s.%d.%u", name, (int)getpid(), counter++);
        int fd;

        if (n < 0 || (size_t)n >= cap)
            return -ENAMETOOLONG;
        fd = sys_openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        if (fd != -EEXIST)
            return fd;
    }
    return -EEXIST;
}

/* Everything up to the rename; the descriptor is closed in any case. */
static int fill(int fd, const void *data, size_t len, bool durable, const char **call)
{
    int r;

    *call = "write";
    r = io_write_all(fd, data, len, IO_NO_DEADLINE);
    if (r == 0 && durable) {
        *call = "fsync";
        if (fsync(fd) < 0)
            r = -errno;
    }
    /* close reports what a network file system found out late (ENOSPC, EDQUOT) */
    if (close(fd) < 0 && r == 0 && errno != EINTR) {
        *call = "close";
        r = -errno;
    }
    return r;
}

int io_replace_file(int dirfd, const char *name, mode_t mode, const void *data, size_t len, bool durable,
                    struct err *reterr)
{
    char tmp[256];
    const char *call;
    int fd, r;

    if (!name[0] || strchr(name, '/'))
        return err_internal(reterr, EINVAL, "not a file name: %s", name);
    fd = create_beside(dirfd, name, mode, tmp, sizeof(tmp));
    if (fd < 0)
        return err_system(reterr, fd, "create", "%s", name);
    /* What is for us alone we can open again under any umask. */
    call = "fchmod";
    r = (mode & 077) == 0 && fchmod(fd, mode) < 0 ? -errno : 0;
    if (r == 0)
        r = fill(fd, data, len, durable, &call);
    else
        close(fd);
    if (r == 0) {
        call = "rename";
        r = sys_renameat(dirfd, tmp, dirfd, name);
    }
    if (r < 0) {
        sys_unlinkat(dirfd, tmp, 0);
        return err_system(reterr, r, call, "%s", name);
    }
    /* EINVAL: a file system without fsync of directories */
    if (durable && fsync(dirfd) < 0 && errno != EINVAL)
        return err_system(reterr, errno, "fsync", "directory of %s", name);
    return 0;
}
