/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/exeseal.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <sys/prctl.h>
#include <sys/sendfile.h>

/* include/uapi/linux/memfd.h, fcntl.h */
#define MEMFD_CLOEXEC       0x0001u
#define MEMFD_ALLOW_SEALING 0x0002u
#define MEMFD_EXEC          0x0010u /* 6.3 */
#define SEALS_GET           1034    /* F_GET_SEALS */
#define SEALS_ADD           1033    /* F_ADD_SEALS */
#define SEAL_SEAL           0x0001
#define SEAL_SHRINK         0x0002
#define SEAL_GROW           0x0004
#define SEAL_WRITE          0x0008
#define SEAL_EXEC           0x0020 /* 6.3: the mode's x bits */
/* SEAL_FUTURE_WRITE is left out: it was wrong before 5.5 and adds nothing to SEAL_WRITE. */
#define SEALS_NEEDED (SEAL_SEAL | SEAL_SHRINK | SEAL_GROW | SEAL_WRITE)

#define COPY_MAX (256u << 20)

#define SEAL_TRIES    20
#define SEAL_PAUSE_MS 10

/* ---- looking ---- */

static int open_self(struct err *reterr)
{
    AUTO_CLOSE int link = sys_openat(AT_FDCWD, "/proc/self/exe", O_PATH | O_NOFOLLOW, 0);
    struct statfs fs;
    int r = link < 0 ? link : sys_fstatfs(link, &fs);

    if (r == 0 && fs.f_type != SYS_MAGIC_PROC)
        r = -ENODEV;
    if (r == 0)
        r = sys_openat(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0);
    return r < 0 ? err_system(reterr, r, "open", "/proc/self/exe") : r;
}

static bool has_seals(int fd)
{
    int seals = sys_fcntl(fd, SEALS_GET, 0);

    return seals >= 0 && (seals & SEALS_NEEDED) == SEALS_NEEDED;
}

/* Once found, true until the next execve(2), which forgets it. */
static bool known_sealed;

int exeseal_is_sealed(struct err *reterr)
{
    AUTO_CLOSE int fd = known_sealed ? -1 : open_self(reterr);

    if (!known_sealed && fd < 0)
        return fd;
    known_sealed = known_sealed || has_seals(fd);
    return known_sealed;
}

/* ---- copying ---- */

static int new_memfd(const char *name, struct err *reterr)
{
    int fd = sys_memfd_create(name, MEMFD_CLOEXEC | MEMFD_ALLOW_SEALING | MEMFD_EXEC);

    if (fd == -EINVAL)
        fd = sys_memfd_create(name, MEMFD_CLOEXEC | MEMFD_ALLOW_SEALING);
    if (fd == -EACCES)
        return err_system(
            reterr, fd, "memfd_create",
            "for the sealed copy of the runtime (vm.memfd_noexec forbids executable memory files)");
    return fd < 0 ? err_system(reterr, fd, "memfd_create", "for the sealed copy of the runtime") : fd;
}

/*
 * EBUSY: somebody holds a reference to a page of the copy. Nobody but the kernel can (a batch of another
 * processor, compaction), and it lets go after a while; each call waits for that itself, but not for ever.
 */
static int add_seals(int fd, int seals)
{
    int r = -EBUSY;

    for (int i = 0; i < SEAL_TRIES && r == -EBUSY; i++) {
        if (i > 0)
            io_sleep_ms(SEAL_PAUSE_MS);
        r = sys_fcntl(fd, SEALS_ADD, seals);
    }
    return r;
}

static int seal(int fd, struct err *reterr)
{
    int r = add_seals(fd, SEALS_NEEDED | SEAL_EXEC);

    if (r == -EINVAL)
        r = add_seals(fd, SEALS_NEEDED);
    if (r == 0 && !has_seals(fd))
        r = -EPERM;
    return r < 0 ? err_system(reterr, r, "fcntl", "seal the copy of the runtime") : 0;
}

int exeseal_copy_bytes(const void *image, size_t len, const char *name, struct err *reterr)
{
    AUTO_CLOSE int fd = new_memfd(name, reterr);
    int r;

    if (fd < 0)
        return fd;
    r = io_write_all(fd, image, len, IO_NO_DEADLINE);
    if (r < 0)
        return err_system(reterr, r, "write", "copy of the runtime");
    r = seal(fd, reterr);
    return r < 0 ? r : take_fd(&fd);
}

/* sendfile(2) costs least here: most of the time goes into the pages of the copy, whatever the call. */
static int copy_file(int from, int to, off_t len)
{
    off_t done = 0;

    while (done < len) {
        ssize_t n = sendfile(to, from, &done, (size_t)(len - done));

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return -EIO;
    }
    return 0;
}

static int copy_exe(int exe, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    struct stat st;
    int r;

    r = sys_fstat(exe, &st);
    if (r == 0 && (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > COPY_MAX))
        r = -EFBIG;
    if (r < 0)
        return err_system(reterr, r, "fstat", "/proc/self/exe");
    fd = new_memfd("lorica", reterr);
    if (fd < 0)
        return fd;
    r = copy_file(exe, fd, st.st_size);
    if (r < 0)
        return err_system(reterr, r, "sendfile", "copy of the runtime");
    r = seal(fd, reterr);
    return r < 0 ? r : take_fd(&fd);
}

int exeseal_copy_self(struct err *reterr)
{
    AUTO_CLOSE int exe = open_self(reterr);

    return exe < 0 ? exe : copy_exe(exe, reterr);
}

/* ---- executing ---- */

int exeseal_exec(int fd, char *const argv[], char *const envp[], struct err *reterr)
{
    int r = sys_execveat(fd, "", argv, envp, AT_EMPTY_PATH);

    return err_system(reterr, r, "execveat", "sealed copy of the runtime");
}

static bool is_mark(const char *entry)
{
    const size_t len = sizeof(EXESEAL_ENV) - 1;

    return strncmp(entry, EXESEAL_ENV, len) == 0 && entry[len] == '=';
}

static int exec_marked(int fd, char *const argv[], char *const envp[], struct err *reterr)
{
    static char mark[] = EXESEAL_ENV "=1";
    AUTO_FREE char **env = NULL;
    size_t n = 0;

    while (envp[n])
        n++;
    env = calloc(n + 2, sizeof(*env));
    if (!env)
        return err_nomem(reterr);
    memcpy(env, envp, n * sizeof(*env));
    env[n] = mark;
    return exeseal_exec(fd, argv, env, reterr);
}

/* Out of our own environment, so that neither hooks nor containers see it. */
static void remove_mark(char **envp)
{
    char **to = envp;

    for (char **from = envp; *from; from++)
        if (!is_mark(*from))
            *to++ = *from;
    *to = NULL;
}

/* The kernel has named us after the number of the descriptor. */
static void take_name(const char *arg0)
{
    const char *slash = arg0 ? strrchr(arg0, '/') : NULL;

    if (arg0)
        prctl(PR_SET_NAME, slash ? slash + 1 : arg0, 0, 0, 0);
}

int exeseal_ensure(char *const argv[], char **envp, struct err *reterr)
{
    AUTO_CLOSE int exe = open_self(reterr);
    AUTO_CLOSE int fd = -1;
    bool marked = false;

    if (exe < 0)
        return exe;
    known_sealed = has_seals(exe);
    for (size_t i = 0; envp[i]; i++)
        marked |= is_mark(envp[i]);
    if (known_sealed) {
        remove_mark(envp);
        take_name(argv[0]);
        return 0;
    }
    if (marked)
        return err_internal(reterr, ELOOP, "the sealed copy of the runtime is not sealed");
    fd = copy_exe(exe, reterr);
    return fd < 0 ? fd : exec_marked(fd, argv, envp, reterr);
}
