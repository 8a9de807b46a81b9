/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe: a static program that runs inside a container and prints what it sees, one fact a line. Its
 * arguments are a sequence of commands, each followed by as many operands as the table at the end says:
 *
 *     probe id caps open r /proc/kcore exit 7
 *
 * It needs no file system, no /proc and no libraries unless a command says so. A system call that fails
 * prints the name of its errno. Output is written at once, so that what came before a kill is not lost. A
 * command that does not exist ends with status 125.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/auxv.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif

static const char *errname(int e)
{
    static const struct {
        int value;
        const char *name;
    } names[] = {
#define E(x) {x, #x}
        E(EPERM),         E(ENOENT),      E(ESRCH),        E(EINTR),      E(EIO),        E(ENXIO),
        E(E2BIG),         E(ENOEXEC),     E(EBADF),        E(ECHILD),     E(EAGAIN),     E(ENOMEM),
        E(EACCES),        E(EFAULT),      E(EBUSY),        E(EEXIST),     E(EXDEV),      E(ENODEV),
        E(ENOTDIR),       E(EISDIR),      E(EINVAL),       E(ENFILE),     E(EMFILE),     E(ENOTTY),
        E(ETXTBSY),       E(EFBIG),       E(ENOSPC),       E(ESPIPE),     E(EROFS),      E(EPIPE),
        E(ENAMETOOLONG),  E(ENOSYS),      E(ELOOP),        E(ENOKEY),     E(EOPNOTSUPP), E(EAFNOSUPPORT),
        E(EADDRNOTAVAIL), E(ENETUNREACH), E(ECONNREFUSED), E(ETIMEDOUT),  E(EDQUOT),     E(EKEYREJECTED),
        E(EKEYREVOKED),   E(EKEYEXPIRED), E(ENETDOWN),     E(EADDRINUSE), E(EALREADY),   E(ERANGE),
#undef E
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].value == e)
            return names[i].name;
    return "E?"; /* a test that sees this one wants it in the table */
}

static const char *result(long r)
{
    return r < 0 ? errname(errno) : "ok";
}

/* ---- identity and credentials ---- */

static void p_id(char **a)
{
    uid_t ru, eu, su;
    gid_t rg, eg, sg;
    gid_t groups[65536];
    int n;

    (void)a;
    getresuid(&ru, &eu, &su);
    getresgid(&rg, &eg, &sg);
    printf("uid %u %u %u\ngid %u %u %u\n", ru, eu, su, rg, eg, sg);
    printf("fsuid %d fsgid %d\n", (int)syscall(SYS_setfsuid, -1), (int)syscall(SYS_setfsgid, -1));
    n = getgroups(65536, groups);
    printf("groups");
    for (int i = 0; i < n; i++)
        printf(" %u", groups[i]);
    printf("\n");
}

static const char *const cap_names[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};

static void print_caps(const char *set, uint64_t bits)
{
    const char *sep = "";

    printf("%s %016llx ", set, (unsigned long long)bits);
    for (int i = 0; i < 64; i++) {
        if (!(bits >> i & 1))
            continue;
        if (i < (int)(sizeof(cap_names) / sizeof(*cap_names)))
            printf("%s%s", sep, cap_names[i]);
        else
            printf("%s%d", sep, i);
        sep = ",";
    }
    printf("\n");
}

static void p_caps(char **a)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2] = {0};
    uint64_t bounding = 0, ambient = 0;

    (void)a;
    syscall(SYS_capget, &head, d);
    for (int i = 0; i < 64; i++) {
        if (prctl(PR_CAPBSET_READ, i) == 1)
            bounding |= 1ULL << i;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
            ambient |= 1ULL << i;
    }
    print_caps("inheritable", (uint64_t)d[1].inheritable << 32 | d[0].inheritable);
    print_caps("permitted", (uint64_t)d[1].permitted << 32 | d[0].permitted);
    print_caps("effective", (uint64_t)d[1].effective << 32 | d[0].effective);
    print_caps("bounding", bounding);
    print_caps("ambient", ambient);
}

static void p_prctl(char **a)
{
    int sig = 0, reaper = 0;

    (void)a;
    prctl(PR_GET_PDEATHSIG, &sig);
    prctl(PR_GET_CHILD_SUBREAPER, &reaper);
    printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    printf("seccomp %d\n", prctl(PR_GET_SECCOMP));
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    printf("keepcaps %d\n", prctl(PR_GET_KEEPCAPS));
    printf("securebits %d\n", prctl(PR_GET_SECUREBITS));
    printf("pdeathsig %d\n", sig);
    printf("subreaper %d\n", reaper);
    printf("secure %lu\n", getauxval(AT_SECURE));
}

static void p_setuid(char **a)
{
    printf("setuid %s\n", result(syscall(SYS_setuid, (uid_t)strtoul(a[0], NULL, 10))));
}

/* ---- process attributes ---- */

static void p_rlimits(char **a)
{
    static const char *const names[] = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                        "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                        "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
    (void)a;
    for (int i = 0; i < 16; i++) {
        struct rlimit r;
        getrlimit(i, &r);
        printf("RLIMIT_%s %llu %llu\n", names[i], (unsigned long long)r.rlim_cur,
               (unsigned long long)r.rlim_max);
    }
}

static void p_umask(char **a)
{
    mode_t m = umask(0);

    (void)a;
    umask(m);
    printf("umask %04o\n", m);
}

static void p_cwd(char **a)
{
    char path[8192];
    long n = syscall(SYS_getcwd, path, sizeof(path)); /* glibc would hide "(unreachable)" */

    (void)a;
    printf("cwd %s\n", n < 0 ? errname(errno) : path);
}

static void p_env(char **a)
{
    const char *v = getenv(a[0]);
    printf("env %s %s%s\n", a[0], v ? "=" : "unset", v ? v : "");
}

static void p_environ(char **a)
{
    (void)a;
    for (char **e = environ; *e; e++)
        printf("%s\n", *e);
}

static void p_sched(char **a)
{
    cpu_set_t set;
    struct sched_param sp;

    (void)a;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof(set), &set);
    /* some C libraries do not make these two calls */
    syscall(SYS_sched_getparam, 0, &sp);
    printf("policy %ld\npriority %d\nnice %d\nioprio %ld\npersonality 0x%x\ncpus",
           syscall(SYS_sched_getscheduler, 0), sp.sched_priority, getpriority(PRIO_PROCESS, 0),
           syscall(SYS_ioprio_get, 1, 0), (unsigned)personality(0xffffffff));
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            printf(" %d", i);
    printf("\n");
}

static void p_session(char **a)
{
    (void)a;
    printf("pid %d\nppid %d\nsid %d\npgrp %d\n", getpid(), getppid(), getsid(0), getpgrp());
}

static void p_signals(char **a)
{
    sigset_t blocked;

    (void)a;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    printf("blocked");
    for (int s = 1; s < 65; s++)
        if (sigismember(&blocked, s) == 1)
            printf(" %d", s);
    printf("\nignored");
    for (int s = 1; s < 65; s++) {
        struct sigaction sa;
        if (sigaction(s, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
            printf(" %d", s);
    }
    printf("\n");
}

static void p_fds(char **a)
{
    (void)a;
    for (int fd = 0; fd < 4096; fd++) {
        struct stat st;
        char link[64], target[4096] = "";
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0)
            continue;
        fstat(fd, &st);
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = 0;
        printf("fd %d %s%s %o %s\n", fd,
               S_ISDIR(st.st_mode)    ? "dir"
               : S_ISCHR(st.st_mode)  ? "char"
               : S_ISFIFO(st.st_mode) ? "fifo"
               : S_ISSOCK(st.st_mode) ? "sock"
               : S_ISREG(st.st_mode)  ? "file"
                                      : "other",
               fcntl(fd, F_GETFD) & FD_CLOEXEC ? ",cloexec" : "", flags, target);
    }
}

static void p_ns(char **a)
{
    static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

    (void)a;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[64], target[128];
        snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        ssize_t n = readlink(path, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = 0;
        printf("ns %s %s\n", names[i], n < 0 ? errname(errno) : target);
    }
}

static void p_uname(char **a)
{
    struct utsname u;

    (void)a;
    uname(&u);
    printf("hostname %s\ndomainname %s\nmachine %s\n", u.nodename, u.domainname, u.machine);
}

static void p_clock(char **a)
{
    struct timespec m, b;

    (void)a;
    clock_gettime(CLOCK_MONOTONIC, &m);
    clock_gettime(CLOCK_BOOTTIME, &b);
    printf("monotonic %lld\nboottime %lld\n", (long long)m.tv_sec, (long long)b.tv_sec);
}

static void p_args(char **a)
{
    for (; *a; a++)
        printf("arg %s\n", *a);
}

static void p_exe(char **a)
{
    char target[4096];
    ssize_t n = readlink("/proc/self/exe", target, sizeof(target) - 1);

    (void)a;
    target[n < 0 ? 0 : n] = 0;
    printf("exe %s\n", n < 0 ? errname(errno) : target);
}

/* ---- files ---- */

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "dir";
    case S_IFLNK: return "link";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "sock";
    default: return "?";
    }
}

static void p_stat(char **a)
{
    struct stat st;

    if (lstat(a[0], &st) < 0) {
        printf("stat %s %s\n", a[0], errname(errno));
        return;
    }
    printf("stat %s %s %04o %u:%u", a[0], kind_of(st.st_mode), st.st_mode & 07777, st.st_uid, st.st_gid);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        printf(" %u:%u", major(st.st_rdev), minor(st.st_rdev));
    if (S_ISLNK(st.st_mode)) {
        char target[4096];
        ssize_t n = readlink(a[0], target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = 0;
        printf(" -> %s", target);
    }
    if (S_ISREG(st.st_mode))
        printf(" %lld", (long long)st.st_size);
    printf("\n");
}

static void p_statfs(char **a)
{
    struct statfs f;

    if (statfs(a[0], &f) < 0)
        printf("statfs %s %s\n", a[0], errname(errno));
    else
        printf("statfs %s 0x%lx flags 0x%lx blocks %lld\n", a[0], (unsigned long)f.f_type,
               (unsigned long)f.f_flags, (long long)f.f_blocks);
}

static int open_mode(const char *mode)
{
    int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    if (strchr(mode, 'c'))
        flags |= O_CREAT;
    if (strchr(mode, 'a'))
        flags |= O_APPEND;
    if (strchr(mode, 't'))
        flags |= O_TRUNC;
    if (strchr(mode, 'p'))
        flags |= O_PATH;
    if (strchr(mode, 'r'))
        flags |= strchr(mode, 'w') ? O_RDWR : O_RDONLY;
    else if (strchr(mode, 'w'))
        flags |= O_WRONLY;
    return flags;
}

static void p_open(char **a)
{
    int fd = open(a[1], open_mode(a[0]), 0644);

    printf("open %s %s %s\n", a[0], a[1], result(fd));
    if (fd >= 0)
        close(fd);
}

static void p_read(char **a)
{
    char bytes[65536];
    int fd = open(a[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);

    if (n < 0) {
        printf("read %s %s\n", a[0], errname(errno));
    } else {
        printf("read %s %zd bytes\n", a[0], n);
        fwrite(bytes, 1, (size_t)n, stdout);
        if (n > 0 && bytes[n - 1] != '\n')
            printf("\n");
    }
    if (fd >= 0)
        close(fd);
}

static void p_write(char **a)
{
    int fd = open(a[0], O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : write(fd, a[1], strlen(a[1]));

    printf("write %s %s\n", a[0], result(n));
    if (fd >= 0)
        close(fd);
}

static void p_ls(char **a)
{
    struct dirent **names;
    int n = scandir(a[0], &names, NULL, alphasort);

    printf("ls %s%s%s", a[0], n < 0 ? " " : "", n < 0 ? errname(errno) : "");
    for (int i = 0; i < n; i++)
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
            printf(" %s", names[i]->d_name);
    printf("\n");
}

static void p_mkdir(char **a)
{
    printf("mkdir %s %s\n", a[0], result(mkdir(a[0], 0755)));
}

static void p_unlink(char **a)
{
    printf("unlink %s %s\n", a[0], result(unlink(a[0])));
}

static void p_chmod(char **a)
{
    printf("chmod %s %s\n", a[1], result(chmod(a[1], (mode_t)strtoul(a[0], NULL, 8))));
}

static void p_mknod(char **a)
{
    mode_t type = a[0][0] == 'b' ? S_IFBLK : a[0][0] == 'p' ? S_IFIFO : S_IFCHR;
    dev_t dev = makedev((unsigned)strtoul(a[1], NULL, 10), (unsigned)strtoul(a[2], NULL, 10));

    printf("mknod %s %s:%s %s\n", a[0], a[1], a[2], result(mknod(a[3], type | 0666, dev)));
}

/* Make a node in /dev/shm or /tmp, open it as asked, remove it: what the device rules of the cgroup say. */
static void p_device(char **a)
{
    mode_t type = a[1][0] == 'b' ? S_IFBLK : S_IFCHR;
    unsigned ma = (unsigned)strtoul(a[2], NULL, 10), mi = (unsigned)strtoul(a[3], NULL, 10);
    const char *path = "/dev/probe-device";
    int r = mknod(path, type | 0666, makedev(ma, mi));

    printf("device mknod %s %u:%u %s\n", a[1], ma, mi, result(r));
    if (r < 0)
        return;
    int fd = open(path, open_mode(a[0]));
    printf("device open %s %s %u:%u %s\n", a[0], a[1], ma, mi, result(fd));
    if (fd >= 0)
        close(fd);
    unlink(path);
}

/* ---- mounts ---- */

/* "mount PATH OPTIONS FSTYPE SOURCE SUPER [shared:1 …]" of the last mount at PATH, or "mount PATH none" */
static void p_mount(char **a)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char line[16384], found[32768] = "none";

    while (f && fgets(line, sizeof(line), f)) {
        char *fields[64], *rest = line; /* a field may be empty: a source that was not named */
        int n = 0, dash = 0;

        line[strcspn(line, "\n")] = 0;
        for (char *t = strsep(&rest, " "); t && n < 64; t = strsep(&rest, " ")) {
            if (n > 5 && !dash && strcmp(t, "-") == 0)
                dash = n;
            fields[n++] = t;
        }
        if (!dash || n < dash + 4 || strcmp(fields[4], a[0]) != 0)
            continue;
        int len = snprintf(found, sizeof(found), "%s %s %s %s", fields[5], fields[dash + 1], fields[dash + 2],
                           fields[dash + 3]);
        for (int i = 6; i < dash; i++)
            len += snprintf(found + len, sizeof(found) - (size_t)len, " %s", fields[i]);
    }
    if (f)
        fclose(f);
    printf("mount %s %s\n", a[0], f ? found : errname(errno));
}

static void p_mounts(char **a)
{
    (void)a;
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char line[16384];

    while (f && fgets(line, sizeof(line), f))
        printf("mountinfo %s", line);
    if (f)
        fclose(f);
}

static void p_newmount(char **a)
{
    printf("newmount %s %s %s\n", a[0], a[1], result(mount(a[0], a[1], a[0], 0, NULL)));
}

static void p_remount(char **a)
{
    printf("remount %s %s\n", a[0], result(mount(NULL, a[0], NULL, MS_REMOUNT | MS_BIND, NULL)));
}

static void p_umount(char **a)
{
    printf("umount %s %s\n", a[0], result(umount2(a[0], MNT_DETACH)));
}

static void p_unshare(char **a)
{
    int flag = strcmp(a[0], "user") == 0  ? CLONE_NEWUSER
               : strcmp(a[0], "mnt") == 0 ? CLONE_NEWNS
               : strcmp(a[0], "net") == 0 ? CLONE_NEWNET
                                          : CLONE_NEWUTS;
    printf("unshare %s %s\n", a[0], result(unshare(flag)));
}

/* Climb out of the root by the classic way: chroot below, then chdir("..") often. */
static void p_escape(char **a)
{
    struct stat before, after;

    (void)a;
    mkdir("/escape", 0755);
    stat("/", &before);
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (chroot("/escape") < 0 || fchdir(fd) < 0) {
        printf("escape %s\n", errname(errno));
        return;
    }
    for (int i = 0; i < 64; i++)
        if (chdir("..") < 0)
            break;
    stat(".", &after);
    printf("escape %s\n", before.st_dev == after.st_dev && before.st_ino == after.st_ino ? "no" : "yes");
    if (chroot(".") == 0)
        rmdir("/escape");
}

/* ---- system calls, signals, processes ---- */

/* syscall NR[,ARG…]: numbers in any base, or names for the few that the tests like to read */
static void p_syscall(char **a)
{
    static const struct {
        const char *name;
        long nr;
    } names[] = {{"getcwd", SYS_getcwd},
                 {"mkdir", SYS_mkdir},
                 {"chmod", SYS_chmod},
                 {"getppid", SYS_getppid},
                 {"getpid", SYS_getpid},
                 {"ptrace", SYS_ptrace},
                 {"kexec_load", SYS_kexec_load},
                 {"uname", SYS_uname},
                 {"sethostname", SYS_sethostname},
                 {"personality", SYS_personality},
                 {"socket", SYS_socket},
                 {"sync", SYS_sync},
                 {"dup", SYS_dup},
                 {"acct", SYS_acct},
                 {"swapon", SYS_swapon},
                 {"keyctl", SYS_keyctl},
                 {"setgid", SYS_setgid},
                 {"clone", SYS_clone}};
    long v[7] = {0};
    char text[256], *save = NULL;
    int n = 0;

    snprintf(text, sizeof(text), "%s", a[0]);
    for (char *t = strtok_r(text, ",", &save); t && n < 7; t = strtok_r(NULL, ",", &save)) {
        char *end;
        v[n] = (long)strtoull(t, &end, 0);
        for (size_t i = 0; n == 0 && *end && i < sizeof(names) / sizeof(*names); i++)
            if (strcmp(names[i].name, t) == 0)
                v[0] = names[i].nr;
        n++;
    }
    errno = 0;
    long r = syscall(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
    if (r < 0)
        printf("syscall %s %s\n", a[0], errname(errno));
    else
        printf("syscall %s ok %ld\n", a[0], r);
}

#if defined(__x86_64__)
/* int80 NR[,A,B]: a system call by the 32-bit entry */
static void p_int80(char **a)
{
    char *end;
    long nr = strtol(a[0], &end, 0), x = 0, y = 0, r;

    if (*end == ',')
        x = strtol(end + 1, &end, 0);
    if (*end == ',')
        y = strtol(end + 1, &end, 0);
    __asm__ volatile("int $0x80"
                     : "=a"(r)
                     : "a"(nr), "b"(x), "c"(y), "d"(0), "S"(0), "D"(0)
                     : "r8", "r9", "r10", "r11", "memory");
    printf("int80 %s %s\n", a[0], (int)r < 0 ? errname(-(int)r) : "ok");
}
#else
static void p_int80(char **a)
{
    printf("int80 %s ENOSYS\n", a[0]);
}
#endif

static void caught(int sig, siginfo_t *info, void *context)
{
    char text[64];
    int n;

    (void)context;
    n = sig == SIGSYS ? snprintf(text, sizeof(text), "sigsys %d\n", info->si_syscall)
                      : snprintf(text, sizeof(text), "signal %d\n", sig);
    if (write(1, text, (size_t)n) < 0)
        _exit(124);
}

static void p_catch(char **a)
{
    struct sigaction sa = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_RESTART};
    int sig = (int)strtol(a[0], NULL, 10);

    sigaction(sig, &sa, NULL);
}

/* Print each signal that arrives; SIGTERM ends with 15, SIGINT is one like the others. */
static void p_hold(char **a)
{
    /* raw, since a C library keeps the signals that it uses itself out of its sets */
    const uint64_t all = ~(UINT64_C(1) << (SIGCHLD - 1));
    int sig;

    (void)a;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
    printf("holding\n");
    fflush(stdout);
    for (;;) {
        sig = (int)syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof(all));
        if (sig < 0)
            continue;
        printf("signal %d\n", sig);
        fflush(stdout);
        if (sig == SIGTERM)
            _exit(15);
    }
}

static void p_raise(char **a)
{
    int sig = (int)strtol(a[0], NULL, 10);
    sigset_t set;

    signal(sig, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("raise %d %s\n", sig, result(kill(getpid(), sig)));
}

static void p_kill(char **a)
{
    printf("kill %s %s\n", a[0], result(kill((pid_t)strtol(a[0], NULL, 10), (int)strtol(a[1], NULL, 10))));
}

/* N children that sleep for ever. */
static void p_spawn(char **a)
{
    long n = strtol(a[0], NULL, 10), made = 0;

    fflush(stdout);
    for (; made < n; made++) {
        pid_t pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, 0);
            for (;;)
                pause();
        }
    }
    printf("spawn %ld%s%s\n", made, made < n ? " " : "", made < n ? errname(errno) : "");
}

static void p_alloc(char **a)
{
    size_t mib = strtoul(a[0], NULL, 10), got = 0;

    for (; got < mib; got++) {
        char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            break;
        memset(p, 1, 1 << 20);
    }
    printf("alloc %zu\n", got);
}

#define HUGE_2MB (21 << 26) /* <linux/mman.h> MAP_HUGE_2MB, which glibc's header lacks */

/* Huge pages of 2 MiB, reserved by the mapping and then used. */
static void p_hugemap(char **a)
{
    size_t size = strtoul(a[0], NULL, 10) * (2u << 20);
    char *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_2MB, -1, 0);

    if (p == MAP_FAILED) {
        printf("hugemap %s %s\n", a[0], errname(errno));
        return;
    }
    memset(p, 1, size);
    printf("hugemap %s ok\n", a[0]);
    munmap(p, size);
}

static void p_sleep(char **a)
{
    unsigned long ms = strtoul(a[0], NULL, 10);
    struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    fflush(stdout);
    nanosleep(&t, NULL);
}

static void p_exec(char **a)
{
    fflush(stdout);
    execv(a[0], a);
    printf("exec %s %s\n", a[0], errname(errno));
}

/* ---- terminals, keys, network, the runtime's own binary ---- */

static void p_tty(char **a)
{
    struct winsize w = {0};
    int fd;

    (void)a;
    for (int i = 0; i < 3; i++) {
        char name[128] = "";
        struct stat st = {0};
        bool is = isatty(i);
        fstat(i, &st);
        if (is && ttyname_r(i, name, sizeof(name)) != 0)
            snprintf(name, sizeof(name), "?");
        printf("tty %d %s %s\n", i, is ? "yes" : "no", is ? name : kind_of(st.st_mode));
    }
    fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    printf("ctty %s\n", result(fd));
    if (fd >= 0)
        close(fd);
    if (ioctl(0, TIOCGWINSZ, &w) == 0)
        printf("winsize %ux%u\n", w.ws_row, w.ws_col);
}

static void winsize(void)
{
    struct winsize w = {0};

    ioctl(0, TIOCGWINSZ, &w);
    printf("winsize %ux%u\n", w.ws_row, w.ws_col);
    fflush(stdout);
}

/* N changes of the size, each printed */
static void p_resizes(char **a)
{
    long n = strtol(a[0], NULL, 10);
    sigset_t set;
    int sig;

    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    winsize();
    while (n-- > 0 && sigwait(&set, &sig) == 0)
        winsize();
}

/* How the terminal on descriptor 0 handles lines. */
static void p_termios(char **a)
{
    struct termios t;

    (void)a;
    if (tcgetattr(0, &t) < 0) {
        printf("termios %s\n", errname(errno));
        return;
    }
    printf("termios canonical=%d echo=%d signals=%d opost=%d onlcr=%d\n", !!(t.c_lflag & ICANON),
           !!(t.c_lflag & ECHO), !!(t.c_lflag & ISIG), !!(t.c_oflag & OPOST), !!(t.c_oflag & ONLCR));
}

/* The terminal takes bytes as they are. */
static void p_raw(char **a)
{
    struct termios t;

    (void)a;
    if (tcgetattr(0, &t) == 0) {
        cfmakeraw(&t);
        tcsetattr(0, TCSANOW, &t);
    }
}

/* Close descriptors 0, 1 and 2, wait MS, open /dev/console as all three. */
static void p_reopen(char **a)
{
    fflush(stdout);
    for (int i = 0; i < 3; i++)
        close(i);
    usleep((useconds_t)strtoul(a[0], NULL, 10) * 1000);
    for (int i = 0; i < 3; i++)
        if (open("/dev/console", O_RDWR | O_NOCTTY) != i)
            _exit(9);
}

/* Read N bytes, one at a time, with MS between them; how many came. */
static void p_sip(char **a)
{
    unsigned long n = strtoul(a[0], NULL, 10), ms = strtoul(a[1], NULL, 10), got = 0;
    char c;

    while (got < n && read(0, &c, 1) == 1) {
        got++;
        if (ms)
            usleep((useconds_t)ms * 1000);
    }
    printf("read %lu\n", got);
}

/* TEXT to NOTIFY_SOCKET, "|" is a newline. */
static void p_notify(char **a)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (!path) {
        printf("notify: no NOTIFY_SOCKET\n");
        return;
    }
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
    for (char *p = a[0]; *p; p++)
        if (*p == '|')
            *p = '\n';
    printf("notify %s\n", result(sendto(fd, a[0], strlen(a[0]), 0, (struct sockaddr *)&sa, sizeof(sa))));
    fflush(stdout);
    close(fd);
}

/* A datagram socket that is connected: numbers from 1, fifty a second, for a minute. */
static void p_datagrams(char **a)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const struct timespec pause = {0, 20000000};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", a[0]);
    printf("datagrams %s\n", result(connect(fd, (struct sockaddr *)&sa, sizeof(sa))));
    fflush(stdout);
    for (int i = 1; i <= 3000; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        if (send(fd, text, strlen(text), 0) < 0)
            break;
        nanosleep(&pause, NULL);
    }
    close(fd);
}

/* A lock of flock(2) that lasts as long as the process, through exec too. */
static void p_flock(char **a)
{
    int fd = open(a[0], O_RDWR | O_CREAT, 0644);

    printf("flock %s\n", result(flock(fd, LOCK_EX)));
    fflush(stdout);
}

static void p_tiocsti(char **a)
{
    char c = 'X', sub[2] = {2, 0};

    (void)a;
    for (int fd = 0; fd < 3; fd++) {
        printf("tiocsti %d %s\n", fd, result(ioctl(fd, TIOCSTI, &c)));
        printf("tioclinux %d %s\n", fd, result(ioctl(fd, TIOCLINUX, sub)));
    }
}

static void p_keyring(char **a)
{
    char text[512] = "";
    long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1, 0);
    const char *name = strrchr(text, ';');

    (void)a;
    printf("keyring %s\n", n < 0 ? errname(errno) : name ? name + 1 : "?");
    n = syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1, 0);
    if (n > 0 && text[0])
        printf("keyring_label %s\n", text);
}

static void p_keyadd(char **a)
{
    printf("keyadd %s\n",
           result(syscall(SYS_add_key, "user", a[0], a[1], strlen(a[1]), KEY_SPEC_SESSION_KEYRING)));
}

static void p_keyfind(char **a)
{
    printf("keyfind %s\n",
           result(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", a[0], 0)));
}

/* A new session keyring for this process and what it executes. */
static void p_keysession(char **a)
{
    printf("keysession %s\n", result(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, a[0])));
}

static void p_net(char **a)
{
    struct if_nameindex *list = if_nameindex();
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)a;
    for (struct if_nameindex *i = list; i && i->if_index; i++) {
        struct ifreq r = {0};
        snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", i->if_name);
        int up = ioctl(s, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP);
        printf("net %s %s\n", i->if_name, up ? "up" : "down");
    }
    if (list)
        if_freenameindex(list);
    if (s >= 0)
        close(s);
}

/* As often as asked: try to open every other process's executable for writing, and to peek into its memory.
 */
static void p_overwrite(char **a)
{
    unsigned long rounds = strtoul(a[0], NULL, 10), opened = 0, peeked = 0;

    for (unsigned long r = 0; r < rounds; r++) {
        DIR *d = opendir("/proc");
        struct dirent *e;
        while (d && (e = readdir(d))) {
            char path[300];
            pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
            if (pid <= 0 || pid == getpid())
                continue;
            snprintf(path, sizeof(path), "/proc/%s/exe", e->d_name);
            int fd = open(path, O_WRONLY | O_CLOEXEC);
            if (fd < 0) {
                int ro = open(path, O_RDONLY | O_CLOEXEC);
                if (ro >= 0) {
                    snprintf(path, sizeof(path), "/proc/self/fd/%d", ro);
                    fd = open(path, O_WRONLY | O_CLOEXEC);
                    close(ro);
                }
            }
            if (fd >= 0) {
                opened++;
                close(fd);
            }
            snprintf(path, sizeof(path), "/proc/%s/mem", e->d_name);
            fd = open(path, O_RDWR | O_CLOEXEC);
            if (fd >= 0) {
                peeked++;
                close(fd);
            }
        }
        if (d)
            closedir(d);
    }
    printf("overwrite %lu\npeek %lu\n", opened, peeked);
}

static void p_selfwrite(char **a)
{
    int fd = open("/proc/self/exe", O_WRONLY | O_CLOEXEC);

    (void)a;
    printf("selfwrite %s\n", result(fd));
}

/* ---- plain output ---- */

static void p_print(char **a)
{
    printf("%s\n", a[0]);
}

static void p_stderr(char **a)
{
    fprintf(stderr, "%s\n", a[0]);
}

static void p_flood(char **a)
{
    unsigned long kib = strtoul(a[0], NULL, 10);
    char block[1024];

    memset(block, 'x', sizeof(block));
    block[1023] = '\n';
    while (kib--)
        fwrite(block, 1, sizeof(block), stdout);
}

static void p_cat(char **a)
{
    char bytes[4096];
    ssize_t n;

    (void)a;
    while ((n = read(0, bytes, sizeof(bytes))) > 0)
        fwrite(bytes, 1, (size_t)n, stdout);
    fflush(stdout);
}

static void p_exit(char **a)
{
    fflush(stdout);
    _exit((int)strtol(a[0], NULL, 10));
}

/* Is /proc/PID/exe the runtime's copy in memory? */
static bool is_runtime(const char *pid)
{
    char path[300], target[256];

    snprintf(path, sizeof(path), "/proc/%s/exe", pid);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    target[n < 0 ? 0 : n] = 0;
    return strstr(target, "memfd:") != NULL;
}

static bool differs_from_root(const char *pid, const char *link)
{
    char path[300];
    struct stat ours, theirs;

    snprintf(path, sizeof(path), "/proc/%s/%s", pid, link);
    return stat(path, &theirs) == 0 && stat("/", &ours) == 0 &&
           (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino);
}

static void watch_fds(const char *pid)
{
    char path[600], target[512];

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *d = opendir(path);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, e->d_name);
        ssize_t n = readlink(path, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = 0;
        /* a process that was the runtime before and after is the runtime now */
        if (n > 0 && is_runtime(pid))
            printf("watch fd %s\n", target);
    }
    if (d)
        closedir(d);
}

/* Look at every process that comes, until one of them writes the file STOP. */
static void p_watch(char **a)
{
    unsigned long seen = 0, mem = 0, root = 0, cwd = 0;
    char path[300];

    printf("watching\n");
    fflush(stdout);
    while (access(a[0], F_OK) != 0) {
        DIR *d = opendir("/proc");
        struct dirent *e;
        while (d && (e = readdir(d))) {
            pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
            if (pid <= 0 || pid == getpid() || !is_runtime(e->d_name))
                continue;
            seen++;
            snprintf(path, sizeof(path), "/proc/%s/mem", e->d_name);
            int fd = open(path, O_RDWR | O_CLOEXEC);
            mem += fd >= 0 && is_runtime(e->d_name);
            if (fd >= 0)
                close(fd);
            root += differs_from_root(e->d_name, "root") && is_runtime(e->d_name);
            cwd += differs_from_root(e->d_name, "cwd") && is_runtime(e->d_name);
            watch_fds(e->d_name);
        }
        if (d)
            closedir(d);
    }
    printf("watch seen %lu\nwatch mem %lu\nwatch root %lu\nwatch cwd %lu\n", seen, mem, root, cwd);
}

static const struct command {
    const char *name;
    int operands; /* -1: all that follow */
    void (*run)(char **operands);
} commands[] = {
    {"id", 0, p_id},                 /* uids, gids, supplementary groups */
    {"caps", 0, p_caps},             /* the five sets: hex and names */
    {"prctl", 0, p_prctl},           /* no_new_privs, seccomp, dumpable, … */
    {"setuid", 1, p_setuid},         /* UID */
    {"rlimits", 0, p_rlimits},       /* all sixteen */
    {"umask", 0, p_umask},           //
    {"cwd", 0, p_cwd},               //
    {"env", 1, p_env},               /* NAME */
    {"environ", 0, p_environ},       /* raw, in order */
    {"sched", 0, p_sched},           /* policy, nice, I/O priority, personality, affinity */
    {"session", 0, p_session},       /* pid, parent, session, group */
    {"signals", 0, p_signals},       /* blocked and ignored */
    {"fds", 0, p_fds},               /* all open descriptors */
    {"ns", 0, p_ns},                 /* needs /proc */
    {"uname", 0, p_uname},           //
    {"clock", 0, p_clock},           //
    {"args", -1, p_args},            /* prints the rest */
    {"exe", 0, p_exe},               /* needs /proc */
    {"stat", 1, p_stat},             /* PATH, not followed */
    {"statfs", 1, p_statfs},         /* PATH */
    {"open", 2, p_open},             /* MODE (r w rw c a t p) PATH */
    {"read", 1, p_read},             /* PATH */
    {"write", 2, p_write},           /* PATH TEXT, one write */
    {"ls", 1, p_ls},                 /* PATH */
    {"mkdir", 1, p_mkdir},           /* PATH */
    {"unlink", 1, p_unlink},         /* PATH */
    {"chmod", 2, p_chmod},           /* OCTAL PATH */
    {"mknod", 4, p_mknod},           /* TYPE MAJOR MINOR PATH */
    {"device", 4, p_device},         /* MODE TYPE MAJOR MINOR: mknod, open, unlink in /dev */
    {"mount", 1, p_mount},           /* PATH: what is mounted there (needs /proc) */
    {"mounts", 0, p_mounts},         /* mountinfo */
    {"newmount", 2, p_newmount},     /* FSTYPE TARGET */
    {"remount", 1, p_remount},       /* PATH: try to make it writable */
    {"umount", 1, p_umount},         /* PATH */
    {"unshare", 1, p_unshare},       /* user, mnt, net, uts */
    {"escape", 0, p_escape},         /* chroot escape */
    {"syscall", 1, p_syscall},       /* NR[,ARG…] */
    {"int80", 1, p_int80},           /* NR[,ARG[,ARG]] by the 32-bit entry */
    {"catch", 1, p_catch},           /* SIGNO: print it when it comes */
    {"hold", 0, p_hold},             /* print signals until SIGTERM */
    {"raise", 1, p_raise},           /* SIGNO */
    {"kill", 2, p_kill},             /* PID SIGNO */
    {"spawn", 1, p_spawn},           /* N sleeping children */
    {"alloc", 1, p_alloc},           /* MIB */
    {"hugemap", 1, p_hugemap},       /* PAGES of 2 MiB */
    {"sleep", 1, p_sleep},           /* MS */
    {"exec", -1, p_exec},            /* PATH ARG… */
    {"tty", 0, p_tty},               //
    {"resizes", 1, p_resizes},       /* N */
    {"termios", 0, p_termios},       //
    {"raw", 0, p_raw},               //
    {"reopen", 1, p_reopen},         /* MS */
    {"sip", 2, p_sip},               /* N MS */
    {"notify", 1, p_notify},         /* TEXT */
    {"datagrams", 1, p_datagrams},   /* PATH */
    {"flock", 1, p_flock},           /* PATH */
    {"tiocsti", 0, p_tiocsti},       //
    {"keyring", 0, p_keyring},       /* name of the session keyring */
    {"keyadd", 2, p_keyadd},         /* NAME VALUE */
    {"keyfind", 1, p_keyfind},       /* NAME */
    {"keysession", 1, p_keysession}, /* NAME: join a new one */
    {"net", 0, p_net},               /* interfaces */
    {"overwrite", 1, p_overwrite},   /* ROUNDS against every process's binary and memory (needs /proc) */
    {"watch", 1, p_watch},         /* STOP: the runtime's processes, until that file is there (needs /proc) */
    {"selfwrite", 0, p_selfwrite}, //
    {"print", 1, p_print},         /* TEXT */
    {"stderr", 1, p_stderr},       /* TEXT */
    {"flood", 1, p_flood},         /* KIB */
    {"cat", 0, p_cat},             /* stdin to stdout */
    {"exit", 1, p_exit},           /* STATUS */
};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        const struct command *c = NULL;

        for (size_t k = 0; k < sizeof(commands) / sizeof(*commands); k++)
            if (strcmp(commands[k].name, argv[i]) == 0)
                c = &commands[k];
        if (!c || (c->operands > 0 && i + c->operands >= argc)) {
            fprintf(stderr, "probe: %s?\n", argv[i]);
            return 125;
        }
        i++;
        c->run(argv + i);
        fflush(stdout);
        i = c->operands < 0 ? argc : i + c->operands;
    }
    return 0;
}
