/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/store.h"

#include "base/fd.h"
#include "core/activation.h"
#include "base/str.h"
#include "core/path.h"
#include "kernel/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define STORE_ROOT_MODE 01700
#define STORE_PAGE      4096u
#define STORE_DIR_MODE  0711 /* the container's root must reach nothing but its fifos, by descriptor */

static int make_parents(const char *path, struct err *reterr)
{
    char part[4096];
    size_t len = strlen(path);

    if (len >= sizeof(part))
        return err_system(reterr, ENAMETOOLONG, "mkdir", "%s", path);
    for (size_t i = 1; i < len; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return err_system(reterr, errno, "mkdir", "%s", part);
    }
    return 0;
}

int store_open_root(const char *path, bool create, struct err *reterr)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ENOENT && create) {
        int r = make_parents(path, reterr);
        if (r < 0)
            return r;
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return err_system(reterr, errno, "mkdir", "%s", path);
        if (chmod(path, STORE_ROOT_MODE) < 0)
            return err_system(reterr, errno, "chmod", "%s", path);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return err_system(reterr, errno, "open", "%s", path);
    if (fstat(fd, &st) < 0)
        return err_system(reterr, errno, "fstat", "%s", path);
    if (st.st_uid != geteuid() || (st.st_mode & 0022))
        return err_usage(
            reterr,
            "state directory %s must belong to uid %u and be writable by nobody else (it is uid %u, "
            "mode %04o)",
            path, (unsigned)geteuid(), (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
    return take_fd(&fd);
}

/* flock with a deadline: a holder that hangs must not hang everybody. */
static int lock_dir(int fd, int how, const char *id, struct err *reterr)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

    for (int waited_ms = 0;; waited_ms += 5) {
        if (flock(fd, how | LOCK_NB) == 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return err_system(reterr, errno, "flock", "state directory of %s", id);
        if (waited_ms >= STORE_LOCK_TIMEOUT_MS)
            return err_state(reterr, ETIMEDOUT,
                             "container %s is locked by another command for more than %d s", id,
                             STORE_LOCK_TIMEOUT_MS / 1000);
        nanosleep(&pause, NULL);
    }
}

int store_reserve(int root_fd, const char *id, struct err *reterr)
{
    int r = container_id_check(id, reterr);
    if (r < 0)
        return r;
    if (mkdirat(root_fd, id, STORE_DIR_MODE) < 0) {
        if (errno == EEXIST)
            return err_state(reterr, EEXIST, "container with given ID already exists");
        return err_system(reterr, errno, "mkdirat", "%s", id);
    }
    AUTO_CLOSE int fd = -1;
    /* The caller's umask may have taken our own bits. */
    if (fchmodat(root_fd, id, STORE_DIR_MODE, 0) < 0)
        r = err_system(reterr, errno, "fchmodat", "%s", id);
    else if ((fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        r = err_system(reterr, errno, "openat", "%s", id);
    else
        r = lock_dir(fd, LOCK_EX, id, reterr);
    if (r < 0) {
        unlinkat(root_fd, id, AT_REMOVEDIR);
        return r;
    }
    return take_fd(&fd);
}

static int lock_existing(int fd, int how, const char *id, struct err *reterr)
{
    struct stat st;
    int r = lock_dir(fd, how, id, reterr);

    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return err_system(reterr, errno, "fstat", "%s", id);
    /* Removed while we waited. */
    return st.st_nlink ? 0 : err_state(reterr, ENOENT, "container does not exist");
}

int store_open(int root_fd, const char *id, bool exclusive, struct err *reterr)
{
    int r = container_id_check(id, reterr);

    if (r < 0)
        return r;
    AUTO_CLOSE int fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return err_state(reterr, ENOENT, "container does not exist");
    if (fd < 0)
        return err_system(reterr, errno, "openat", "%s", id);
    if (exclusive)
        r = lock_existing(fd, LOCK_EX, id, reterr);
    else
        flock(fd, LOCK_SH | LOCK_NB); /* a hook may look while the command that runs it holds the lock */
    return r < 0 ? r : take_fd(&fd);
}

void store_unlock(int dir_fd)
{
    flock(dir_fd, LOCK_UN);
}

int store_settle(int dir_fd, const char *id, struct err *reterr)
{
    return lock_existing(dir_fd, LOCK_SH, id, reterr);
}

int store_relock(int dir_fd, const char *id, struct err *reterr)
{
    return lock_existing(dir_fd, LOCK_EX, id, reterr);
}

/*
 * A file of at most a page is written over where it is, by one write(2), padded with newlines to its old
 * length: a third of what a new file and a rename cost. Readers hold the lock, so none sees the middle; and a
 * process that is killed in the middle of a write within one page has written all of it or nothing, since the
 * kernel looks for a fatal signal between pages only. (For a crash of the machine neither way promises
 * anything: nothing is synced.) 1 done, 0 not possible here.
 */
static int write_over(int dir_fd, const char *name, const void *data, size_t len, struct err *reterr)
{
    unsigned char page[STORE_PAGE] UNINITIALIZED;
    AUTO_CLOSE int fd = -1;
    struct stat st;
    ssize_t n;

    if (len > sizeof(page))
        return 0;
    fd = openat(dir_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_size < 0 ||
        (uint64_t)st.st_size > sizeof(page))
        return 0;
    memcpy(page, data, len);
    if (len < (size_t)st.st_size) {
        memset(page + len, '\n', (size_t)st.st_size - len);
        len = (size_t)st.st_size;
    }
    do {
        n = pwrite(fd, page, len, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return 0; /* nothing was written: a full disk, say */
    return (size_t)n == len ? 1 : err_system(reterr, EIO, "write", "%s (cut short)", name);
}

int store_write(int dir_fd, const char *name, const void *data, size_t len, bool fresh, struct err *reterr)
{
    if (!fresh) {
        int done = write_over(dir_fd, name, data, len, reterr);

        if (done)
            return done < 0 ? done : 0;
        return io_replace_file(dir_fd, name, 0600, data, len, false, reterr);
    }
    AUTO_CLOSE int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_system(reterr, errno, "openat", "%s", name);
    int r = fchmod(fd, 0600) < 0 ? -errno : 0; /* whatever the umask */
    if (r == 0)
        r = io_write_all(fd, data, len, IO_NO_DEADLINE);
    return r < 0 ? err_system(reterr, r, "write", "%s", name) : 0;
}

int store_read(struct arena *a, int dir_fd, const char *name, size_t max, char **ret, size_t *ret_len,
               struct err *reterr)
{
    struct stat st;
    AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_system(reterr, errno, "openat", "%s", name);
    if (fstat(fd, &st) < 0)
        return err_system(reterr, errno, "fstat", "%s", name);
    if (!S_ISREG(st.st_mode))
        return err_system(reterr, EINVAL, "open", "%s (not a regular file)", name);
    if ((uint64_t)st.st_size > max)
        return err_system(reterr, EFBIG, "read", "%s (%lld bytes; at most %zu)", name, (long long)st.st_size,
                          max);
    size_t size = (size_t)st.st_size;
    char *text = arena_alloc(a, size + 1);
    if (!text)
        return err_nomem(reterr);
    int r = io_read_exact(fd, text, size, IO_NO_DEADLINE);
    if (r < 0)
        return err_system(reterr, r, "read", "%s", name);
    *ret = text;
    *ret_len = size;
    return 0;
}

bool store_has(int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *const own_names[] = {STORE_RESOURCES_FILE, STORE_EXEC_FIFO, STORE_RESULT_FIFO,
                                        STORE_CONFIG_FILE, STORE_STATE_FILE}; /* in the order of removal */

/* A temporary file of io_replace_file that a killed command left: ".NAME." and more. */
static bool is_left_over(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_names); i++) {
        size_t n = strlen(own_names[i]);

        if (name[0] == '.' && strncmp(name + 1, own_names[i], n) == 0 && name[n + 1] == '.')
            return true;
    }
    return false;
}

/* The one directory of ours, with the one name that is in it. */
static bool remove_notify_dir(int dir_fd)
{
    AUTO_CLOSE int dir = openat(dir_fd, STORE_NOTIFY_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (dir >= 0)
        unlinkat(dir, ACTIVATION_NOTIFY_SOCKET, 0);
    return dir >= 0 && unlinkat(dir_fd, STORE_NOTIFY_DIR, AT_REMOVEDIR) == 0;
}

/* Left-overs go; what else stands in the way is named for the message. */
static void clear_left_overs(int dir_fd, char *foreign, size_t size)
{
    int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSEDIR DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *e;

    snprintf(foreign, size, "something");
    while (d && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (strcmp(e->d_name, STORE_NOTIFY_DIR) == 0 && remove_notify_dir(dir_fd))
            continue;
        if (!is_left_over(e->d_name) || unlinkat(dir_fd, e->d_name, 0) < 0)
            snprintf(foreign, size, "%s", e->d_name);
    }
}

int store_remove(int root_fd, int dir_fd, const char *id, struct err *reterr)
{
    char foreign[256];

    /* state.json goes last: while it is there, a delete that was killed can be repeated. */
    for (size_t i = 0; i < ARRAY_SIZE(own_names); i++)
        if (unlinkat(dir_fd, own_names[i], 0) < 0 && errno != ENOENT)
            return err_system(reterr, errno, "unlinkat", "%s/%s", id, own_names[i]);
    if (unlinkat(root_fd, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    clear_left_overs(dir_fd, foreign, sizeof(foreign));
    if (unlinkat(root_fd, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return err_system(reterr, errno, "rmdir", "%s (it holds %s, which is not the runtime's)", id, foreign);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int store_list(struct arena *a, int root_fd, const char ***ret, size_t *ret_n, struct err *reterr)
{
    int copy = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSEDIR DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    size_t n = 0, cap = 64;
    const char **names = arena_new_array(a, const char *, cap);
    struct dirent *e;

    if (!d)
        return err_system(reterr, errno, "opendir", "state root");
    if (!names)
        return err_nomem(reterr);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
            continue;
        if (n == cap) {
            const char **more = arena_new_array(a, const char *, cap * 2);
            if (!more)
                return err_nomem(reterr);
            memcpy(more, names, n * sizeof(*names));
            names = more;
            cap *= 2;
        }
        names[n] = arena_strdup(a, e->d_name);
        if (!names[n++])
            return err_nomem(reterr);
    }
    qsort(names, n, sizeof(*names), compare_names);
    *ret = names;
    *ret_n = n;
    return 0;
}
