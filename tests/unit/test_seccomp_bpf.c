/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
/*
 * Policies through libseccomp and back: what the finished filter answers, in the interpreter. The verdict
 * tables are written down by hand; core/seccomp_eval has no say in them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/bpf_interp.h"
#include "core/seccomp_prove.h"
#include "kernel/seccomp_bpf.h"

#include <cmocka.h>
#include <errno.h>
#include <sys/syscall.h>

#include "unit/alloc_fault.h"
#include "unit/seccomp_fixture.h"

#if defined(__x86_64__) && !defined(__ILP32__)

#define X86_ALL "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32']"
#define ERRNO   "'defaultAction':'SCMP_ACT_ERRNO'"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

struct verdict {
    uint32_t arch;
    uint32_t nr;
    uint64_t args[3];
    uint32_t expected;
};

static struct seccomp_filter compile(const struct seccomp_policy *p)
{
    struct seccomp_filter f;
    struct err e;

    err_init(&e);
    if (seccomp_compile(&arena, p, &f, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    assert_int_equal(bpf_interp_check(f.insns, f.n, NULL), 0);
    return f;
}

static void check(const struct seccomp_filter *f, const char *text, const struct verdict *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct seccomp_data data = {.nr = (int)v[i].nr, .arch = v[i].arch};
        uint32_t got = 0;

        memcpy(data.args, v[i].args, sizeof(v[i].args));
        assert_int_equal(bpf_interp_run(f->insns, f->n, &data, &got), 0);
        if (got != v[i].expected)
            fail_msg("arch 0x%x nr 0x%x args 0x%llx 0x%llx 0x%llx: 0x%x, not 0x%x, in %s", v[i].arch, v[i].nr,
                     (unsigned long long)v[i].args[0], (unsigned long long)v[i].args[1],
                     (unsigned long long)v[i].args[2], got, v[i].expected, text);
    }
}

#define CHECK(text, ...)                                                                                     \
    do {                                                                                                     \
        static const struct verdict verdicts[] = {__VA_ARGS__};                                              \
        struct seccomp_filter filter = compile(policy_of(&arena, text));                                     \
        check(&filter, text, verdicts, ARRAY_SIZE(verdicts));                                                \
    } while (0)

/* ---- policies as engines write them ---- */

static void test_compile__docker_like(void **state)
{
    static const struct verdict verdicts[] = {
        {AUDIT_X86_64, SYS_read, {0}, R_ALLOW},
        {AUDIT_X86_64, SYS_openat2, {0}, R_ALLOW},
        {AUDIT_X86_64, SYS_ptrace, {0}, R_ALLOW},
        {AUDIT_X86_64, SYS_reboot, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_kexec_load, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_mount, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_unshare, {0}, R_ERRNO(EPERM)},
        /* personality: five values */
        {AUDIT_X86_64, SYS_personality, {0}, R_ALLOW},
        {AUDIT_X86_64, SYS_personality, {8}, R_ALLOW},
        {AUDIT_X86_64, SYS_personality, {0x20000}, R_ALLOW},
        {AUDIT_X86_64, SYS_personality, {0x20008}, R_ALLOW},
        {AUDIT_X86_64, SYS_personality, {0xffffffff}, R_ALLOW},
        {AUDIT_X86_64, SYS_personality, {0x40000}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_personality, {0x100000000}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_personality, {UINT64_MAX}, R_ERRNO(EPERM)},
        /* clone without a namespace flag; clone3 as if it did not exist */
        {AUDIT_X86_64, SYS_clone, {0x01200011}, R_ALLOW},
        {AUDIT_X86_64, SYS_clone, {0x10000000}, R_ERRNO(EPERM)}, /* CLONE_NEWUSER */
        {AUDIT_X86_64, SYS_clone, {0x00020000}, R_ERRNO(EPERM)}, /* CLONE_NEWNS */
        {AUDIT_X86_64, SYS_clone, {0x02000000}, R_ERRNO(EPERM)}, /* CLONE_NEWCGROUP */
        {AUDIT_X86_64, SYS_clone, {0x100000000ull | 17}, R_ALLOW},
        {AUDIT_X86_64, SYS_clone3, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_X86_64, SYS_socket, {1}, R_ALLOW},
        {AUDIT_X86_64, SYS_socket, {40}, R_ERRNO(EPERM)}, /* AF_VSOCK */
        {AUDIT_X86_64,
         SYS_socket,
         {0x100000028},
         R_ALLOW}, /* as the policy says; see security notes on int arguments */
        {AUDIT_X86_64, SYS_chroot, {0}, R_ALLOW},
        /* newer than libseccomp 2.5.4 */
        {AUDIT_X86_64, 335, {0}, R_ALLOW},
        {AUDIT_X86_64, 336, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, 451, {0}, R_ALLOW},
        {AUDIT_X86_64, 462, {0}, R_ALLOW},
        {AUDIT_X86_64, 467, {0}, R_ERRNO(EPERM)}, /* open_tree_attr: known, not named */
        {AUDIT_X86_64, 469, {0}, R_ALLOW},
        /* newer than the policy */
        {AUDIT_X86_64, 470, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_X86_64, 999, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_X86_64, UINT32_MAX, {0}, R_ERRNO(ENOSYS)},
        /* x32 */
        {AUDIT_X86_64, NR_X32(0), {0}, R_ALLOW},
        {AUDIT_X86_64, NR_X32(SYS_reboot), {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, NR_X32(SYS_personality), {8}, R_ALLOW},
        {AUDIT_X86_64, NR_X32(SYS_personality), {9}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, NR_X32(16), {0}, R_ERRNO(EPERM)}, /* ioctl has a number of its own there */
        {AUDIT_X86_64, NR_X32(514), {0}, R_ALLOW},
        {AUDIT_X86_64, NR_X32(451), {0}, R_ALLOW},
        {AUDIT_X86_64, NR_X32(999), {0}, R_ERRNO(ENOSYS)},
        /* 32-bit x86: read, waitpid, reboot, cachestat; sockets both ways */
        {AUDIT_X86, 3, {0}, R_ALLOW},
        {AUDIT_X86, 7, {0}, R_ALLOW},
        {AUDIT_X86, 88, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86, 451, {0}, R_ALLOW},
        {AUDIT_X86, 999, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_X86, 359, {2}, R_ALLOW},
        {AUDIT_X86, 359, {40}, R_ERRNO(EPERM)},
        {AUDIT_X86, 102, {1}, R_ALLOW},
        {AUDIT_X86, 102, {21}, R_ERRNO(EPERM)},
        {AUDIT_X86, 117, {2}, R_ALLOW},
        /* no such architecture in the policy */
        {AUDIT_AARCH64, 63, {0}, R_KILL},
    };
    struct seccomp_filter f = compile(docker_like(&arena));

    (void)state;
    check(&f, "the profile like Docker's", verdicts, ARRAY_SIZE(verdicts));
    assert_int_equal(f.flags, SECCOMP_FLAG_SPEC_ALLOW);
    assert_int_equal(f.skipped.n, 1);
    assert_string_equal(f.skipped.v[0], "riscv_hwprobe");
    assert_in_range(f.n, 500, 2500);
}

/* Podman's default: ENOSYS for what is not named, EPERM for what is denied, ranges that a socket must be
 * outside of. */
static void test_compile__podman_like(void **state)
{
    (void)state;
    CHECK(
        "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38," X86_ALL ",'syscalls':["
        "{'names':['bdflush','kexec_load','reboot'],'action':'SCMP_ACT_ERRNO','errnoRet':1},"
        "{'names':['read','write','ioctl','socketcall'],'action':'SCMP_ACT_ALLOW'},"
        "{'names':['socket'],'action':'SCMP_ACT_ERRNO','errnoRet':22,'args':["
        "{'index':0,'value':16,'op':'SCMP_CMP_EQ'},{'index':2,'value':9,'op':'SCMP_CMP_EQ'}]},"
        "{'names':['socket'],'action':'SCMP_ACT_ALLOW','args':[{'index':2,'value':9,'op':'SCMP_CMP_NE'}]},"
        "{'names':['socket'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':16,'op':'SCMP_CMP_NE'}]}]}",
        {AUDIT_X86_64, SYS_read, {0}, R_ALLOW}, {AUDIT_X86_64, SYS_reboot, {0}, R_ERRNO(EPERM)},
        {AUDIT_X86_64, SYS_mount, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_X86_64, SYS_socket, {16, 3, 9}, R_ERRNO(EINVAL)},
        {AUDIT_X86_64, SYS_socket, {16, 3, 0}, R_ALLOW}, {AUDIT_X86_64, SYS_socket, {2, 3, 9}, R_ALLOW},
        {AUDIT_X86_64, SYS_socket, {2, 3, 0}, R_ALLOW}, {AUDIT_X86, 102, {1}, R_ALLOW},
        {AUDIT_X86, 359, {16, 3, 9}, R_ERRNO(EINVAL)}, {AUDIT_X86_64, 999, {0}, R_ERRNO(ENOSYS)});
}

static void test_compile__deny_list(void **state)
{
    (void)state;
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
          "{'names':['kill'],'action':'SCMP_ACT_ERRNO','args':[{'index':1,'value':10,'op':'SCMP_CMP_EQ'}]},"
          "{'names':['mkdir'],'action':'SCMP_ACT_KILL_PROCESS'},{'names':['chmod'],'action':'SCMP_ACT_TRAP'},"
          "{'names':['chown'],'action':'SCMP_ACT_LOG'},{'names':['mseal'],'action':'SCMP_ACT_TRACE','"
          "errnoRet':7}]}",
          {AUDIT_X86_64, SYS_kill, {1, 10}, R_ERRNO(EPERM)}, {AUDIT_X86_64, SYS_kill, {1, 9}, R_ALLOW},
          {AUDIT_X86_64, SYS_kill, {10, 0x10000000a}, R_ALLOW},
          {AUDIT_X86_64, SYS_mkdir, {0}, R_KILL_PROCESS}, {AUDIT_X86_64, SYS_chmod, {0}, R_TRAP},
          {AUDIT_X86_64, SYS_chown, {0}, R_LOG}, {AUDIT_X86_64, 462, {0}, R_TRACE(7)},
          {AUDIT_X86_64, 999, {0}, R_ALLOW},
          /* not by the back door */
          {AUDIT_X86_64, NR_X32(SYS_mkdir), {0}, R_KILL}, {AUDIT_X86, 39, {0}, R_KILL});
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW'," X86_ALL
          ",'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_ERRNO'}]}",
          {AUDIT_X86_64, SYS_mkdir, {0}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, NR_X32(SYS_mkdir), {0}, R_ERRNO(EPERM)}, {AUDIT_X86, 39, {0}, R_ERRNO(EPERM)},
          {AUDIT_X86, 38, {0}, R_ALLOW});
}

static void test_compile__no_rules(void **state)
{
    (void)state;
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW'}", {AUDIT_X86_64, 0, {0}, R_ALLOW}, {AUDIT_X86, 0, {0}, R_KILL});
    CHECK("{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':0," X86_ALL "}",
          {AUDIT_X86_64, 0, {0}, R_ERRNO(0)}, {AUDIT_X86, 0, {0}, R_ERRNO(0)},
          {AUDIT_X86_64, NR_X32(0), {0}, R_ERRNO(0)});
    CHECK("{'defaultAction':'SCMP_ACT_KILL_PROCESS','syscalls':[{'names':['read'],'action':'SCMP_ACT_KILL_"
          "PROCESS'}]}",
          {AUDIT_X86_64, 0, {0}, R_KILL_PROCESS}, {AUDIT_X86_64, 1, {0}, R_ERRNO(ENOSYS)});
}

/* On 32-bit x86 alone, where libseccomp 2.5.4 loses the number when the first of its list is no call there.
 */
static void test_compile__multiplexed_only(void **state)
{
    (void)state;
    CHECK("{" ERRNO "," X86_ALL ",'syscalls':[{'names':['semop'],'action':'SCMP_ACT_ALLOW'}]}",
          {AUDIT_X86, 117, {1}, R_ALLOW}, {AUDIT_X86, 117, {2}, R_ERRNO(EPERM)},
          {AUDIT_X86, 1, {1}, R_ERRNO(EPERM)}, {AUDIT_X86_64, SYS_semop, {0}, R_ALLOW},
          {AUDIT_X86_64, NR_X32(65), {0}, R_ALLOW});
}

static void test_compile__flags(void **state)
{
    struct seccomp_filter f = compile(policy_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW','flags':[]}"));

    (void)state;
    assert_int_equal(f.flags, 0);
    f = compile(policy_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_LOG',"
                                  "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],"
                                  "'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'}]}"));
    assert_int_equal(f.flags, SECCOMP_FLAG_LOG | SECCOMP_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FLAG_NEW_LISTENER);
}

/* ---- what libseccomp gets wrong ---- */

static const char *const hard[] = {
    /* GHSA-4q85-33p6-j5g6: the second rule overwrites the wrong action of the first one's high word, so what
     * should be refused below 2^32 is let through; libseccomp 2.4.0 to 2.6.0 */
    "{'defaultAction':'SCMP_ACT_KILL','syscalls':["
    "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':4294967312,'op':'SCMP_CMP_LT'}]},"
    "{'names':['read'],'action':'SCMP_ACT_ERRNO','args':[{'index':0,'value':4294967301,'op':'SCMP_CMP_LT'}]}]"
    "}",
    /* one action, and still wrong in 2.5.4: found by fuzz/fuzz_seccomp.c */
    "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['newfstatat'],'action':'SCMP_ACT_TRACE','args':["
    "{'index':5,'value':18446744073709551614,'op':'SCMP_CMP_LT'},{'index':5,'value':0,'op':'SCMP_CMP_LT'}]}]"
    "}",
    "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_LOG','args':["
    "{'index':4,'value':8589934592,'op':'SCMP_CMP_GE'},{'index':5,'value':18446744073709551615,'op':'SCMP_"
    "CMP_EQ'},"
    "{'index':4,'value':40,'op':'SCMP_CMP_LT'}]}]}",
    "{'defaultAction':'SCMP_ACT_KILL','syscalls':[{'names':['write'],'action':'SCMP_ACT_ERRNO','args':["
    "{'index':4,'value':1,'op':'SCMP_CMP_LE'},{'index':4,'value':4294967297,'op':'SCMP_CMP_LE'},"
    "{'index':5,'value':4294967297,'op':'SCMP_CMP_GE'},{'index':0,'value':0,'op':'SCMP_CMP_NE'}]}]}",
    /* it refuses these: the same condition twice, a rule beside a wider one */
    "{'defaultAction':'SCMP_ACT_KILL','syscalls':["
    "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'value':5,'op':'SCMP_CMP_EQ'}]},"
    "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','args':[{'index':1,'value':5,'op':'SCMP_CMP_EQ'}]}]}",
    "{'defaultAction':'SCMP_ACT_KILL','syscalls':["
    "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'value':5,'op':'SCMP_CMP_EQ'},"
    "{'index':2,'value':6,'op':'SCMP_CMP_EQ'}]},"
    "{'names':['ioctl'],'action':'SCMP_ACT_ERRNO','args':[{'index':1,'value':5,'op':'SCMP_CMP_EQ'}]}]}",
    "{'defaultAction':'SCMP_ACT_ERRNO'," X86_ALL ",'syscalls':[{'names':['socket'],'action':'SCMP_ACT_LOG'},"
    "{'names':['socketcall'],'action':'SCMP_ACT_ERRNO','errnoRet':2},{'names':['socket'],'action':'SCMP_ACT_"
    "KILL'}]}",
};

static void test_compile__works_round_libseccomp(void **state)
{
    static const struct {
        struct verdict v[4];
    } verdicts[ARRAY_SIZE(hard)] = {
        {{{AUDIT_X86_64, 0, {0}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, 0, {0x100000004}, R_ERRNO(EPERM)},
          {AUDIT_X86_64, 0, {0x100000005}, R_ALLOW},
          {AUDIT_X86_64, 0, {0x100000010}, R_KILL}}},
        {{{AUDIT_X86_64, 262, {0}, R_TRACE(1)}, {AUDIT_X86_64, 262, {1, 1, 1}, R_TRACE(1)}}},
        {{{AUDIT_X86_64, 0, {0}, R_LOG}, {AUDIT_X86_64, 0, {1}, R_LOG}}},
        {{{AUDIT_X86_64, 1, {0}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 1, {1}, R_ERRNO(EPERM)}}},
        {{{AUDIT_X86_64, 16, {0, 5}, R_ERRNO(EPERM)}, {AUDIT_X86_64, 16, {0, 6}, R_KILL}}},
        {{{AUDIT_X86_64, 16, {0, 5, 6}, R_ALLOW}, {AUDIT_X86_64, 16, {0, 5, 7}, R_ERRNO(EPERM)}}},
        {{{AUDIT_X86_64, 41, {0}, R_LOG}, {AUDIT_X86, 359, {0}, R_LOG}, {AUDIT_X86, 102, {1}, R_ERRNO(2)}}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hard); i++) {
        struct seccomp_filter f = compile(policy_of(&arena, hard[i]));
        size_t n = 0;

        while (n < 4 && verdicts[i].v[n].arch)
            n++;
        check(&f, hard[i], verdicts[i].v, n);
    }
}

/*
 * libseccomp alone, on the same policies: it refuses them, the proof sees the difference, or (a newer
 * libseccomp) there is none. With 2.5.4 to 2.6.0 the first three must be seen: this is what the proof is for.
 */
static void test_compile__the_proof_sees_what_libseccomp_does(void **state)
{
    char version[16];
    bool old;

    (void)state;
    seccomp_library_version(version, sizeof(version));
    old = str_starts(str_of(version), "2.5.") || streq(version, "2.6.0");
    for (size_t i = 0; i < ARRAY_SIZE(hard); i++) {
        struct seccomp_policy *p = policy_of(&arena, hard[i]);
        struct seccomp_table *t;
        struct seccomp_witness w = {0};
        struct seccomp_filter f;
        struct err e;
        int rc;

        err_init(&e);
        rc = seccomp_compile_with(&arena, p, SECCOMP_COMPILE_LIBRARY_ALL | SECCOMP_COMPILE_UNPROVEN, &f, &e);
        if (rc < 0) {
            print_message("%zu: libseccomp %s refuses: %s\n", i, version, e.message);
            assert_int_equal(e.kind, ERR_SYSTEM);
            continue;
        }
        assert_int_equal(seccomp_resolve(&arena, p, &t, &e), 0);
        rc = seccomp_prove(&arena, t, f.insns, f.n, NULL, &w);
        print_message("%zu: libseccomp %s: %s\n", i, version, rc ? "another filter" : "the right filter");
        if (old && i < 3)
            assert_int_equal(rc, -EBADMSG);
        /* proven, such a filter is repaired */
        rc = seccomp_compile_with(&arena, p, SECCOMP_COMPILE_LIBRARY_ALL, &f, &e);
        if (rc < 0)
            fail_msg("%zu: %s", i, e.message);
        assert_int_equal(seccomp_prove(&arena, t, f.insns, f.n, NULL, &w), 0);
    }
}

/* The meaning that core/seccomp_eval gives an engine's profile is the one that runc with libseccomp gives it.
 */
static void test_compile__engines_get_what_libseccomp_means(void **state)
{
    struct seccomp_policy *p = docker_like(&arena);
    struct seccomp_table *t;
    struct seccomp_witness w;
    struct seccomp_filter f;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(
        seccomp_compile_with(&arena, p, SECCOMP_COMPILE_LIBRARY_ALL | SECCOMP_COMPILE_UNPROVEN, &f, &e), 0);
    assert_int_equal(seccomp_resolve(&arena, p, &t, &e), 0);
    if (seccomp_prove(&arena, t, f.insns, f.n, NULL, &w) != 0)
        fail_msg("arch 0x%x nr %d: libseccomp 0x%x, we 0x%x", w.data.arch, w.data.nr, w.got, w.expected);
}

/* ---- refusals ---- */

static void test_compile__unknown_names(void **state)
{
    static const struct {
        const char *text;
        const char *where; /* NULL: accepted */
        size_t skipped;
    } cases[] = {
        {"{" ERRNO ",'syscalls':[{'names':['read','no_such_call'],'action':'SCMP_ACT_ALLOW'}]}", NULL, 1},
        {"{" ERRNO ",'syscalls':[{'names':['no_such_call'],'action':'SCMP_ACT_KILL'}]}", NULL, 1},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['no_such_call'],'action':'SCMP_ACT_LOG'}]}",
         "/linux/seccomp/syscalls/0/names/0", 0},
        {"{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':['no_such_call'],'action':'SCMP_ACT_ALLOW'}]}",
         NULL, 1},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_KILL'},"
         "{'names':['read','no_such_call'],'action':'SCMP_ACT_ERRNO'}]}",
         "/linux/seccomp/syscalls/1/names/1", 0},
        {"{'defaultAction':'SCMP_ACT_TRACE','syscalls':[{'names':['no_such_call'],'action':'SCMP_ACT_ERRNO'}]"
         "}",
         "/linux/seccomp/syscalls/0/names/0", 0},
        /* calls of other architectures, and of a Linux that libseccomp 2.5.4 does not know */
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['stime','waitpid','listns','riscv_flush_"
         "icache'],"
         "'action':'SCMP_ACT_ERRNO'}]}",
         NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_filter f = {0};
        struct err e;
        int rc;

        err_init(&e);
        rc = seccomp_compile(&arena, policy_of(&arena, cases[i].text), &f, &e);
        if (rc != (cases[i].where ? -EINVAL : 0) || (rc && !streq(e.where, cases[i].where)) ||
            (!rc && f.skipped.n != cases[i].skipped))
            fail_msg("%s: %d %s: %s, %zu skipped", cases[i].text, rc, e.where, e.message, f.skipped.n);
        if (rc)
            assert_non_null(strstr(e.message, "no_such_call"));
    }
}

static void test_compile__architectures_of_another_kind(void **state)
{
    static const char *const archs[] = {"S390X", "PPC64", "LOONGARCH64", "M68K", "SHEB"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
        struct seccomp_filter f;
        struct err e;
        char *text = arena_printf(&arena,
                                  "{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_%s'],"
                                  "'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_ERRNO'}]}",
                                  archs[i]);

        err_init(&e);
        /* a later libseccomp knows some of the little-endian ones: then they are filtered */
        if (seccomp_compile(&arena, policy_of(&arena, text), &f, &e) < 0) {
            assert_int_equal(e.kind, ERR_CONFIG);
            assert_string_equal(e.where, "/linux/seccomp/architectures");
            assert_non_null(strstr(e.message, archs[i]));
        } else {
            assert_string_equal(archs[i], "LOONGARCH64");
        }
    }
}

/* Foreign ones that fit are filtered by libseccomp. */
static void test_compile__foreign_architecture(void **state)
{
    (void)state;
    CHECK("{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_AARCH64','SCMP_ARCH_MIPSEL64'],'"
          "syscalls':["
          "{'names':['mkdirat','mseal'],'action':'SCMP_ACT_ERRNO'}]}",
          {AUDIT_AARCH64, 34, {0}, R_ERRNO(EPERM)}, {AUDIT_AARCH64, 35, {0}, R_ALLOW},
          {AUDIT_AARCH64, 462, {0}, R_ERRNO(EPERM)}, {0xc0000008u, 5248, {0}, R_ERRNO(EPERM)},
          {0xc0000008u, 5462, {0}, R_ERRNO(EPERM)}, {0xc0000008u, 5247, {0}, R_ALLOW},
          {AUDIT_X86_64, SYS_mkdirat, {0}, R_ERRNO(EPERM)}, {AUDIT_X86, 1, {0}, R_KILL});
}

/* The policy of an arm64 machine, with 32-bit arm beside it: compiled here, proven by the interpreter. */
static void test_compile__arm64(void **state)
{
    static const struct verdict verdicts[] = {
        {AUDIT_AARCH64, 63, {0}, R_ALLOW},
        {AUDIT_AARCH64, 92, {8}, R_ALLOW},
        {AUDIT_AARCH64, 92, {9}, R_ERRNO(EPERM)},
        {AUDIT_AARCH64, 92, {0x100000008}, R_ERRNO(EPERM)},
        {AUDIT_AARCH64, 220, {0x01200011}, R_ALLOW},
        {AUDIT_AARCH64, 220, {0x10000000}, R_ERRNO(EPERM)},
        {AUDIT_AARCH64, 142, {0}, R_ERRNO(EPERM)}, /* reboot */
        {AUDIT_AARCH64, 462, {0}, R_ALLOW},
        {AUDIT_AARCH64, 463, {0}, R_ERRNO(ENOSYS)},
        {AUDIT_AARCH64, UINT32_MAX, {0}, R_ERRNO(ENOSYS)},
        {0x40000028u, 3, {0}, R_ALLOW},
        {0x40000028u, 136, {8}, R_ALLOW},
        {0x40000028u, 136, {9}, R_ERRNO(EPERM)},
        {0x40000028u, 462, {0}, R_ALLOW},
        {AUDIT_X86_64, 0, {0}, R_KILL},
        {AUDIT_X86, 3, {0}, R_KILL},
    };
    struct seccomp_filter f =
        compile(policy_for(&arena, SECCOMP_ARCH_AARCH64,
                           "{" ERRNO ",'architectures':['SCMP_ARCH_ARM','SCMP_ARCH_AARCH64'],'syscalls':["
                           "{'names':['read','write','mseal'],'action':'SCMP_ACT_ALLOW'},"
                           "{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':8,'"
                           "op':'SCMP_CMP_EQ'}]},"
                           "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':["
                           "{'index':0,'value':2114060288,'op':'SCMP_CMP_MASKED_EQ'}]}]}"));

    (void)state;
    check(&f, "the policy of an arm64 machine", verdicts, ARRAY_SIZE(verdicts));
}

static char *many_rules(unsigned n, const char *op)
{
    char *text = arena_alloc(&arena, 200u * n + 200u);
    size_t len;

    assert_non_null(text);
    len = (size_t)snprintf(text, 200, "{'defaultAction':'SCMP_ACT_KILL','syscalls':[");
    for (unsigned i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, 200,
                                "%s{'names':['%s'],'action':'SCMP_ACT_ALLOW','args':["
                                "{'index':%u,'value':%llu,'op':'%s'}]}",
                                i ? "," : "",
                                i % 8 == 0   ? "read"
                                : i % 8 == 1 ? "write"
                                : i % 8 == 2 ? "ioctl"
                                : i % 8 == 3 ? "futex"
                                : i % 8 == 4 ? "prctl"
                                : i % 8 == 5 ? "clone"
                                : i % 8 == 6 ? "kill"
                                             : "mkdir",
                                i % 6, (0x123456789ull + i) * 0x10001ull, op);
    snprintf(text + len, 200, "]}");
    return text;
}

/* Large ones work, up to the kernel's limit; beyond it they are refused, and libseccomp's counters do not
 * wrap. */
static void test_compile__size(void **state)
{
    static const char *const ops[] = {"SCMP_CMP_EQ", "SCMP_CMP_LE"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        struct seccomp_filter f = compile(policy_of(&arena, many_rules(400, ops[i])));
        struct err e;

        assert_in_range(f.n, 400, SECCOMP_FILTER_MAX);
        err_init(&e);
        assert_int_equal(seccomp_compile(&arena, policy_of(&arena, many_rules(4000, ops[i])), &f, &e),
                         -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, "/linux/seccomp");
        assert_non_null(strstr(e.message, "4096"));
    }
}

static void test_compile__every_allocation_fails(void **state)
{
    struct seccomp_policy *p = policy_of(&arena, hard[2]);
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        struct seccomp_filter f;
        struct arena a;
        struct err e;
        int rc;

        err_init(&e);
        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = seccomp_compile(&a, p, &f, &e);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        /* with a static libseccomp its allocations fail too, and it says so in its own way */
        if (rc < 0)
            assert_int_not_equal(e.code, 0);
        arena_done(&a);
    }
    assert_in_range(n, 10, 5000);
}

static void test_library_version__is_a_version(void **state)
{
    char version[16];

    (void)state;
    assert_true(str_starts(str_of(seccomp_library_version(version, sizeof(version))), "2."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile__docker_like),
        cmocka_unit_test(test_compile__podman_like),
        cmocka_unit_test(test_compile__deny_list),
        cmocka_unit_test(test_compile__no_rules),
        cmocka_unit_test(test_compile__multiplexed_only),
        cmocka_unit_test(test_compile__flags),
        cmocka_unit_test(test_compile__works_round_libseccomp),
        cmocka_unit_test(test_compile__the_proof_sees_what_libseccomp_does),
        cmocka_unit_test(test_compile__engines_get_what_libseccomp_means),
        cmocka_unit_test(test_compile__unknown_names),
        cmocka_unit_test(test_compile__architectures_of_another_kind),
        cmocka_unit_test(test_compile__foreign_architecture),
        cmocka_unit_test(test_compile__arm64),
        cmocka_unit_test(test_compile__size),
        cmocka_unit_test(test_compile__every_allocation_fails),
        cmocka_unit_test(test_library_version__is_a_version),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

#else
/* the verdicts above have the numbers of x86-64 */
int main(void)
{
    return 77;
}
#endif
