/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/seccomp_cache.h"

#include "base/fd.h"
#include "core/bpf_interp.h"
#include "core/hash.h"
#include "kernel/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of the file, and of what the key is made from: a change of either makes all old files worthless. */
#define FORMAT 1u

#define NAME_SIZE (2u * SECCOMP_CACHE_KEY_SIZE + 1u)

/* A temporary file that is older has no writer any more. */
#define STALE_SECONDS 3600

STATIC_ASSERT(SECCOMP_CACHE_KEY_SIZE == HASH_SIZE, "the key is a hash");

/* The file: this, then the instructions. Native byte order: the key is of this machine's architecture. */
struct header {
    char magic[8];
    uint32_t format;
    uint32_t flags;
    uint32_t n; /* instructions */
    uint32_t zero;
    uint8_t key[SECCOMP_CACHE_KEY_SIZE];
    uint8_t checksum[HASH_SIZE]; /* over all before it, and the instructions */
};

struct file {
    struct header header;
    struct sock_filter insns[SECCOMP_FILTER_MAX];
};

static const char magic[8] = "lorica\n";

static size_t file_size(uint32_t n)
{
    return sizeof(struct header) + n * sizeof(struct sock_filter);
}

static void file_name(const struct seccomp_cache_key *key, char name[NAME_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < SECCOMP_CACHE_KEY_SIZE; i++) {
        name[2 * i] = digits[key->bytes[i] >> 4];
        name[2 * i + 1] = digits[key->bytes[i] & 15];
    }
    name[NAME_SIZE - 1] = '\0';
}

static void checksum(const struct header *h, const struct sock_filter *insns, uint8_t out[HASH_SIZE])
{
    struct hash hash;

    hash_init(&hash);
    hash_raw(&hash, h, offsetof(struct header, checksum));
    hash_raw(&hash, insns, h->n * sizeof(*insns));
    hash_done(&hash, out);
}

/* ---- the key ---- */

static void hash_strings(struct hash *h, const struct strings *s)
{
    hash_u64(h, s->n);
    for (size_t i = 0; i < s->n; i++)
        hash_str(h, s->v[i]);
}

void seccomp_cache_key(const struct seccomp_policy *policy, const char *version, uint32_t kernel,
                       struct seccomp_cache_key *ret)
{
    char library[16];
    struct hash h;

    hash_init(&h);
    hash_u32(&h, FORMAT);
    hash_str(&h, version);
    hash_str(&h, seccomp_library_version(library, sizeof(library)));
    hash_u32(&h, kernel);
    hash_u32(&h, policy->default_action);
    hash_u32(&h, policy->flags);
    hash_u32(&h, (uint32_t)policy->enosys << 1 | (uint32_t)policy->notify);
    hash_u32(&h, policy->n_archs);
    for (uint32_t i = 0; i < policy->n_archs; i++)
        hash_str(&h, seccomp_arch_info(policy->archs[i])->name);
    hash_u32(&h, policy->n_rules);
    for (uint32_t i = 0; i < policy->n_rules; i++) {
        const struct seccomp_rule *r = &policy->rules[i];

        hash_u32(&h, r->action);
        hash_strings(&h, &r->names);
        hash_u32(&h, r->n_conds);
        for (uint32_t k = 0; k < r->n_conds; k++) {
            hash_u32(&h, r->conds[k].index);
            hash_u32(&h, r->conds[k].op);
            hash_u64(&h, r->conds[k].value);
            hash_u64(&h, r->conds[k].mask);
        }
    }
    hash_strings(&h, &policy->left_out);
    hash_done(&h, ret->bytes);
}

/* ---- the directory ---- */

/* Open `name` beneath dir, made when it is missing: a directory of ours that others cannot write to (or, when
 * `secret`, look into). */
static int open_dir(int dir, const char *name, bool secret, int *ret_fd, struct err *reterr)
{
    AUTO_CLOSE int fd = sys_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    struct stat st;
    int rc;

    if (fd == -ENOENT) {
        rc = sys_mkdirat(dir, name, 0700);
        if (rc < 0 && rc != -EEXIST)
            return err_system(reterr, rc, "mkdir", "%s", name);
        fd = sys_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    }
    if (fd < 0)
        return err_system(reterr, fd, "open", "%s", name);
    rc = sys_fstat(fd, &st);
    if (rc < 0)
        return err_system(reterr, rc, "fstat", "%s", name);
    if (st.st_uid != geteuid() || st.st_mode & (secret ? 0077 : 0022))
        return err_system(reterr, EPERM, "open", "%s: owner %u, mode %o", name, (unsigned)st.st_uid,
                          (unsigned)st.st_mode & 07777);
    *ret_fd = take_fd(&fd);
    return 0;
}

int seccomp_cache_open(int state_root_fd, int *ret_fd, struct err *reterr)
{
    AUTO_CLOSE int cache = -1;
    int rc = open_dir(state_root_fd, ".cache", false, &cache, reterr);

    return rc < 0 ? rc : open_dir(cache, "seccomp", true, ret_fd, reterr);
}

/* ---- reading ---- */

static bool file_is_ours(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 07777) == 0400 &&
           st->st_nlink == 1 && st->st_size >= (off_t)file_size(1) &&
           st->st_size <= (off_t)file_size(SECCOMP_FILTER_MAX);
}

static bool file_is_right(const struct file *f, size_t size, const struct seccomp_cache_key *key)
{
    const struct header *h = &f->header;
    uint8_t sum[HASH_SIZE];

    if (size < sizeof(*h) || memcmp(h->magic, magic, sizeof(magic)) != 0 || h->format != FORMAT ||
        h->zero != 0)
        return false;
    if (h->n == 0 || h->n > SECCOMP_FILTER_MAX || size != file_size(h->n))
        return false;
    if (memcmp(h->key, key->bytes, sizeof(h->key)) != 0)
        return false;
    checksum(h, f->insns, sum);
    return memcmp(sum, h->checksum, sizeof(sum)) == 0 && bpf_interp_check(f->insns, h->n, NULL) == 0;
}

int seccomp_cache_get(struct arena *a, int dir_fd, const struct seccomp_cache_key *key,
                      struct seccomp_filter *ret)
{
    AUTO_CLOSE int fd = -1;
    char name[NAME_SIZE];
    struct file *f;
    struct stat st;
    ssize_t size;

    file_name(key, name);
    /* not blocking: a FIFO in its place must not hold us up */
    fd = sys_openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0 || sys_fstat(fd, &st) < 0 || !file_is_ours(&st))
        return -ENOENT;
    f = arena_alloc(a, (size_t)st.st_size);
    if (!f)
        return -ENOMEM;
    size = sys_read(fd, f, (size_t)st.st_size);
    if (size != st.st_size || !file_is_right(f, (size_t)size, key))
        return -ENOENT;
    *ret = (struct seccomp_filter){.insns = f->insns, .n = f->header.n, .flags = f->header.flags};
    return 0;
}

/* ---- writing ---- */

struct entry {
    char name[NAME_SIZE];
    struct timespec mtime;
};

static int entry_compare(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->mtime.tv_sec != y->mtime.tv_sec)
        return x->mtime.tv_sec < y->mtime.tv_sec ? -1 : 1;
    return x->mtime.tv_nsec < y->mtime.tv_nsec ? -1 : x->mtime.tv_nsec > y->mtime.tv_nsec;
}

static bool is_temporary(const char *name)
{
    return name[0] == '.' && name[1] == 't';
}

/* Room for one more: when there are too many the older half goes, and temporary files whose writer died. */
static void make_room(int dir_fd)
{
    AUTO_CLOSE int fd = sys_openat(dir_fd, ".", O_RDONLY | O_DIRECTORY, 0);
    AUTO_CLOSEDIR DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct entry entries[2 * SECCOMP_CACHE_MAX];
    struct timespec now;
    size_t n = 0;

    if (!dir)
        return;
    fd = -1;
    clock_gettime(CLOCK_REALTIME, &now);
    for (struct dirent *d; (d = readdir(dir)) && n < ARRAY_SIZE(entries);) {
        struct stat st;

        if (strlen(d->d_name) != NAME_SIZE - 1 && !is_temporary(d->d_name))
            continue;
        if (sys_fstatat(dir_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (is_temporary(d->d_name)) {
            if (now.tv_sec - st.st_mtim.tv_sec > STALE_SECONDS)
                (void)sys_unlinkat(dir_fd, d->d_name, 0);
            continue;
        }
        memcpy(entries[n].name, d->d_name, NAME_SIZE);
        entries[n].mtime = st.st_mtim;
        n++;
    }
    if (n < SECCOMP_CACHE_MAX)
        return;
    qsort(entries, n, sizeof(entries[0]), entry_compare);
    for (size_t i = 0; i < n - SECCOMP_CACHE_MAX / 2; i++)
        (void)sys_unlinkat(dir_fd, entries[i].name, 0);
}

static int write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len > 0) {
        ssize_t done = sys_write(fd, p, len);

        if (done <= 0)
            return done < 0 ? (int)done : -EIO;
        p += done;
        len -= (size_t)done;
    }
    return 0;
}

int seccomp_cache_put(int dir_fd, const struct seccomp_cache_key *key, const struct seccomp_filter *filter)
{
    AUTO_CLOSE int fd = -1;
    struct header h = {.format = FORMAT, .flags = filter->flags, .n = (uint32_t)filter->n};
    char name[NAME_SIZE], temporary[48];
    struct timespec now = {0};
    int rc;

    if (filter->n == 0 || filter->n > SECCOMP_FILTER_MAX)
        return -EINVAL;
    memcpy(h.magic, magic, sizeof(magic));
    memcpy(h.key, key->bytes, sizeof(h.key));
    checksum(&h, filter->insns, h.checksum);
    make_room(dir_fd);
    file_name(key, name);
    /* of this thread and moment; a namesake in another pid namespace makes the put fail, no more */
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(temporary, sizeof(temporary), ".t%ld.%lld.%09ld", syscall(SYS_gettid), (long long)now.tv_sec,
             now.tv_nsec);
    fd = sys_openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
    if (fd < 0)
        return fd;
    rc = write_all(fd, &h, sizeof(h));
    if (rc == 0)
        rc = write_all(fd, filter->insns, filter->n * sizeof(*filter->insns));
    /* the umask of the caller may have taken the read bit */
    if (rc == 0 && fchmod(fd, 0400) < 0)
        rc = -errno;
    if (rc == 0)
        rc = sys_renameat(dir_fd, temporary, dir_fd, name);
    if (rc < 0)
        (void)sys_unlinkat(dir_fd, temporary, 0);
    return rc;
}

/* ---- both ---- */

int seccomp_cache_compile(struct arena *a, int state_root_fd, const struct seccomp_policy *policy,
                          const char *version, uint32_t kernel, struct seccomp_filter *ret, bool *ret_hit,
                          struct err *reterr)
{
    AUTO_CLOSE int dir = -1;
    struct seccomp_cache_key key;
    int rc = -ENOENT;

    if (ret_hit)
        *ret_hit = false;
    if (state_root_fd >= 0 && seccomp_cache_open(state_root_fd, &dir, NULL) == 0) {
        seccomp_cache_key(policy, version, kernel, &key);
        rc = seccomp_cache_get(a, dir, &key, ret);
    }
    if (rc == 0) {
        if (ret_hit)
            *ret_hit = true;
        return 0;
    }
    if (rc == -ENOMEM)
        return err_nomem(reterr);
    rc = seccomp_compile(a, policy, ret, reterr);
    if (rc == 0 && dir >= 0)
        (void)seccomp_cache_put(dir, &key, ret);
    return rc;
}
