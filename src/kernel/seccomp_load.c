/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/seccomp_load.h"

#include "core/seccomp_policy.h"
#include "kernel/sys.h"

#include <errno.h>
#include <linux/seccomp.h>

static int load_error(int code, size_t n, struct err *reterr)
{
    switch (code) {
    case -EACCES: return err_system(reterr, code, "seccomp", "filter without no_new_privs or CAP_SYS_ADMIN");
    case -ENOMEM:
        return err_system(reterr, code, "seccomp",
                          "filter of %zu instructions, or more than 32768 with those in force", n);
    case -EBUSY: return err_system(reterr, code, "seccomp", "a filter with a listener is in force already");
    default: return err_system(reterr, code, "seccomp", "filter of %zu instructions", n);
    }
}

int seccomp_filter_load(const struct sock_filter *insns, size_t n, unsigned flags, struct err *reterr)
{
    static const unsigned given_up[] = {SECCOMP_FLAG_SPEC_ALLOW, SECCOMP_FLAG_LOG}; /* 4.17, 4.14 */
    struct sock_fprog prog;
    int rc;

    /* sock_fprog counts in 16 bits: 65537 would be a filter of one instruction */
    if (n == 0 || n > BPF_MAXINSNS)
        return err_internal(reterr, EINVAL, "a seccomp filter of %zu instructions", n);
    prog.len = (unsigned short)n;
    prog.filter = (struct sock_filter *)(uintptr_t)insns;
    rc = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &prog);
    for (size_t i = 0; i < ARRAY_SIZE(given_up) && rc == -EINVAL; i++) {
        if (!(flags & given_up[i]))
            continue;
        flags &= ~given_up[i];
        rc = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &prog);
    }
    if (rc < 0)
        return load_error(rc, n, reterr);
    return flags & SECCOMP_FLAG_NEW_LISTENER ? rc : 0;
}

uint32_t seccomp_flags_of_kernel(void)
{
    const char *name;
    uint32_t flags = 0, flag;

    for (size_t i = 0; (name = seccomp_flag_name_at(i)); i++) {
        unsigned ask;

        if (seccomp_flag_find(name, &flag) < 0)
            continue;
        /* refused without a listener */
        ask = flag == SECCOMP_FLAG_WAIT_KILLABLE_RECV ? flag | SECCOMP_FLAG_NEW_LISTENER : flag;
        if (sys_seccomp(SECCOMP_SET_MODE_FILTER, ask, NULL) == -EFAULT)
            flags |= flag;
    }
    return flags;
}
