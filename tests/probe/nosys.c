/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nosys CALL=ERRNO[,CALL=ERRNO...] COMMAND [ARG...]: COMMAND with system calls that fail as they do on an
 * older kernel (ENOSYS) or under the filter of a container engine (EPERM). CALL is a name of the table, a
 * number, or "newer": all of the table but those marked as old. ERRNO is a name or a number.
 *
 * As root without no_new_privs, which COMMAND could see and would inherit; elsewhere it is set, with a word
 * on stderr. COMMAND may load filters of its own: of all verdicts the strictest counts.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#else
#error "the audit name of this architecture is missing here"
#endif

#define LIMIT 64

/* Those after the line of 424 have one number everywhere; a header may lack them. */
static const struct {
    const char *name;
    int nr;
    int old; /* older than Linux 4.18, the oldest kernel in use */
} calls[] = {
    {"bpf", __NR_bpf, 1},
    {"execveat", __NR_execveat, 1},
    {"keyctl", __NR_keyctl, 1},
    {"memfd_create", __NR_memfd_create, 1},
    {"seccomp", __NR_seccomp, 1},
    {"set_mempolicy", __NR_set_mempolicy, 1},
    {"setns", __NR_setns, 1},
    {"statx", __NR_statx, 1},
    {"unshare", __NR_unshare, 1},
    {"pidfd_send_signal", 424, 0},
    {"open_tree", 428, 0},
    {"move_mount", 429, 0},
    {"fsopen", 430, 0},
    {"fsconfig", 431, 0},
    {"fsmount", 432, 0},
    {"fspick", 433, 0},
    {"pidfd_open", 434, 0},
    {"clone3", 435, 0},
    {"close_range", 436, 0},
    {"openat2", 437, 0},
    {"pidfd_getfd", 438, 0},
    {"faccessat2", 439, 0},
    {"epoll_pwait2", 441, 0},
    {"mount_setattr", 442, 0},
    {"set_mempolicy_home_node", 450, 0},
    {"fchmodat2", 452, 0},
};

static const struct {
    const char *name;
    int code;
} errnos[] = {{"ENOSYS", ENOSYS}, {"EPERM", EPERM},           {"EACCES", EACCES},
              {"EINVAL", EINVAL}, {"EOPNOTSUPP", EOPNOTSUPP}, {"ENOENT", ENOENT}};

static struct sock_filter filter[8 + 2 * LIMIT];
static unsigned short length;

static void stop(const char *what, const char *name)
{
    fprintf(stderr, "nosys: %s %s\n", what, name);
    exit(125);
}

static int number(const char *text, const char *what)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 0 || n > 4095)
        stop(what, text);
    return (int)n;
}

static void deny(int nr, int code)
{
    if (length > 2 * LIMIT)
        stop("too many", "calls");
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)code);
}

static void deny_named(const char *name, const char *text)
{
    int code = -1, known = 0;

    for (size_t i = 0; i < sizeof(errnos) / sizeof(*errnos); i++)
        if (strcmp(errnos[i].name, text) == 0)
            code = errnos[i].code;
    if (code < 0)
        code = number(text, "no such errno:");
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (strcmp(calls[i].name, name) != 0 && (strcmp(name, "newer") != 0 || calls[i].old))
            continue;
        deny(calls[i].nr, code);
        known = 1;
    }
    if (!known)
        deny(number(name, "no such call:"), code);
}

static void load(void)
{
    struct sock_fprog prog = {.len = length, .filter = filter};

    if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0)
        return;
    if (errno != EACCES)
        stop("seccomp:", strerror(errno));
    fprintf(stderr, "nosys: with no_new_privs\n");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
        stop("seccomp:", strerror(errno));
}

int main(int argc, char **argv)
{
    if (argc < 3)
        stop("CALL=ERRNO[,...]", "COMMAND [ARG...]");
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (char *item = strtok(argv[1], ","); item; item = strtok(NULL, ",")) {
        char *value = strchr(item, '=');

        if (!value)
            stop("not CALL=ERRNO:", item);
        *value = '\0';
        deny_named(item, value + 1);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    load();
    execvp(argv[2], argv + 2);
    stop(strerror(errno), argv[2]);
}
