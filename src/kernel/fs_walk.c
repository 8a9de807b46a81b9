/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/fs_walk.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"

#include <limits.h>

#define LINKS_MAX          40 /* as the kernel's MAXSYMLINKS */
#define MAKE_TRIES_MAX     16 /* of one component: somebody removes what we make */
#define ST_NOSYMFOLLOW_BIT 0x2000

/* What a directory is, to know it again. */
struct place {
    dev_t dev;
    ino_t ino;
    uint64_t mnt_id; /* 0 where the kernel does not tell */
};

struct walk {
    int root_fd;
    int cur;             /* the directory we stand in; owned */
    struct place *trail; /* directories we came through: [depth - 1] is the parent of cur, [0] the root */
    size_t depth, cap;
    char *todo; /* what remains of the path, links expanded; heap */
    char *at;   /* position in todo */
    unsigned links;
    bool need_dir; /* a slash stood behind the last component */
};

static int place_of(int fd, struct place *ret)
{
    struct stat st;
    int r = sys_fstat(fd, &st);

    if (r < 0)
        return r;
    *ret = (struct place){.dev = st.st_dev, .ino = st.st_ino};
    sys_mnt_id(fd, &ret->mnt_id);
    return 0;
}

static void walk_done(struct walk *w)
{
    fd_close(&w->cur);
    free(w->trail);
    free(w->todo);
}

static int walk_to_root(struct walk *w)
{
    int fd = sys_fcntl(w->root_fd, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        return fd;
    fd_close(&w->cur);
    w->cur = fd;
    w->depth = 0;
    return 0;
}

/* Step into a directory; takes the descriptor over. */
static int walk_enter(struct walk *w, int *dir)
{
    int r;

    if (w->depth == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 32;
        struct place *trail = realloc(w->trail, cap * sizeof(*trail));
        if (!trail)
            return -ENOMEM;
        w->trail = trail;
        w->cap = cap;
    }
    r = place_of(w->cur, &w->trail[w->depth]);
    if (r < 0)
        return r;
    w->depth++;
    fd_close(&w->cur);
    w->cur = take_fd(dir);
    return 0;
}

/* "..": stays at the root, and leads to where we came from or nowhere. */
static int walk_up(struct walk *w)
{
    AUTO_CLOSE int up = -1;
    const struct place *want;
    struct place p;
    int r;

    if (w->depth <= 1)
        return walk_to_root(w);
    up = sys_openat(w->cur, "..", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
    if (up < 0)
        return up;
    r = place_of(up, &p);
    if (r < 0)
        return r;
    want = &w->trail[w->depth - 1];
    if (p.dev != want->dev || p.ino != want->ino || p.mnt_id != want->mnt_id)
        return -EAGAIN;
    w->depth--;
    fd_close(&w->cur);
    w->cur = take_fd(&up);
    return 0;
}

/*
 * procfs has links that are none: following one jumps to an object, not to a name. Its true links are the
 * ones whose size is the length of their text, and self and thread-self, whose text starts with a pid.
 */
static bool is_magic(int link_fd, const struct stat *st, const char *text, size_t len)
{
    struct statfs fs;

    if (sys_fstatfs(link_fd, &fs) < 0)
        return true;
    if (fs.f_type != SYS_MAGIC_PROC)
        return false;
    return !(text[0] >= '0' && text[0] <= '9') && (size_t)st->st_size != len;
}

/* Put the text of a link before what remains. */
static int walk_follow(struct walk *w, int link_fd, const struct stat *st, const char *rest)
{
    char text[PATH_MAX] UNINITIALIZED;
    struct statfs fs;
    size_t rest_len = strlen(rest);
    char *todo;
    int n;

    if (w->links++ >= LINKS_MAX)
        return -ELOOP;
    n = sys_readlinkat(link_fd, "", text, sizeof(text));
    if (n < 0)
        return n;
    if (n == 0)
        return -ENOENT;
    if ((size_t)n >= sizeof(text))
        return -ENAMETOOLONG;
    if (sys_fstatfs(link_fd, &fs) < 0 || (fs.f_flags & ST_NOSYMFOLLOW_BIT))
        return -ELOOP;
    if (is_magic(link_fd, st, text, (size_t)n))
        return -ELOOP;
    /* At most LINKS_MAX + 1 texts of PATH_MAX: bounded. */
    todo = malloc((size_t)n + 1 + rest_len + 1);
    if (!todo)
        return -ENOMEM;
    memcpy(todo, text, (size_t)n);
    if (rest_len) {
        todo[n] = '/';
        memcpy(todo + n + 1, rest, rest_len + 1);
    } else {
        todo[n] = '\0';
    }
    free(w->todo);
    w->todo = w->at = todo;
    return todo[0] == '/' ? walk_to_root(w) : 0;
}

/* Open the component, made first if that is asked for. */
static int walk_look(struct walk *w, const char *name, bool last, enum fs_walk_make make, mode_t mode)
{
    int fd, r;

    for (int tries = 0;; tries++) {
        fd = sys_openat(w->cur, name, O_PATH | O_NOFOLLOW, 0);
        if (fd != -ENOENT || make == FS_WALK_FIND)
            return fd;
        if (tries >= MAKE_TRIES_MAX)
            return -EAGAIN;
        if (last && make == FS_WALK_MAKE_FILE && !w->need_dir)
            r = sys_mknodat(w->cur, name, S_IFREG | mode, 0);
        else
            r = sys_mkdirat(w->cur, name, last && make == FS_WALK_MAKE_DIR ? mode : 0755);
        if (r < 0 && r != -EEXIST)
            return r;
    }
}

/* The object is known by an O_PATH descriptor; give it with the flags asked for. */
static int walk_finish(struct walk *w, const char *name, int *found, const struct stat *st, int flags)
{
    AUTO_CLOSE int fd = -1;
    struct stat now;
    int r;

    if ((flags & O_DIRECTORY || w->need_dir) && !S_ISDIR(st->st_mode))
        return -ENOTDIR;
    if (flags & O_PATH)
        return take_fd(found);
    fd = sys_openat(w->cur, name, flags | O_NOFOLLOW, 0);
    if (S_ISLNK(st->st_mode))
        return fd < 0 ? fd : -EAGAIN;
    if (fd == -ELOOP || fd == -ENOENT)
        return -EAGAIN;
    if (fd < 0)
        return fd;
    r = sys_fstat(fd, &now);
    if (r < 0)
        return r;
    if (now.st_ino != st->st_ino || now.st_dev != st->st_dev)
        return -EAGAIN;
    return take_fd(&fd);
}

/* 1: go on, else the result. */
enum { WALK_ON = INT_MAX };

static int walk_component(struct walk *w, const char *name, char *rest, int flags, enum fs_walk_make make,
                          mode_t mode)
{
    const bool last = !*rest;
    AUTO_CLOSE int fd = -1;
    struct stat st;
    int r;

    fd = walk_look(w, name, last, make, mode);
    if (fd < 0)
        return fd;
    r = sys_fstat(fd, &st);
    if (r < 0)
        return r;
    if (S_ISLNK(st.st_mode) && !(last && !w->need_dir && (flags & O_NOFOLLOW))) {
        r = walk_follow(w, fd, &st, rest);
        return r < 0 ? r : WALK_ON;
    }
    if (last && !(S_ISDIR(st.st_mode) && make == FS_WALK_MAKE_FILE))
        return walk_finish(w, name, &fd, &st, flags);
    if (last)
        return -EISDIR;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    w->at = rest;
    r = walk_enter(w, &fd);
    return r < 0 ? r : WALK_ON;
}

static int walk_step(struct walk *w, int flags, enum fs_walk_make make, mode_t mode)
{
    char name[NAME_MAX + 1];
    char *end, *rest;
    size_t len;
    int r;

    w->at += strspn(w->at, "/");
    if (!*w->at) {
        if (make == FS_WALK_MAKE_FILE)
            return -EISDIR;
        return sys_openat(w->cur, ".", flags | O_DIRECTORY, 0);
    }
    end = w->at + strcspn(w->at, "/");
    len = (size_t)(end - w->at);
    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, w->at, len);
    name[len] = '\0';
    rest = end + strspn(end, "/");
    if (!*rest && *end)
        w->need_dir = true;
    if (streq(name, ".")) {
        w->at = rest;
        return WALK_ON;
    }
    if (streq(name, "..")) {
        w->at = rest;
        r = walk_up(w);
        return r < 0 ? r : WALK_ON;
    }
    return walk_component(w, name, rest, flags, make, mode);
}

int fs_walk(int root_fd, const char *path, int flags, enum fs_walk_make make, mode_t mode)
{
    struct walk w = {.root_fd = root_fd, .cur = -1};
    int r;

    if (strlen(path) >= PATH_MAX)
        return -ENAMETOOLONG;
    w.todo = w.at = strdup(path);
    r = w.todo ? walk_to_root(&w) : -ENOMEM;
    if (r == 0) {
        do {
            r = walk_step(&w, flags, make, mode);
        } while (r == WALK_ON);
    }
    walk_done(&w);
    return r;
}
