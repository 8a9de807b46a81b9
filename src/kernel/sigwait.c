/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/sigwait.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALL_SIGNALS UINT64_MAX /* the kernel leaves KILL and STOP out itself */

static int set_mask(uint64_t mask, uint64_t *old, struct err *reterr)
{
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask)) < 0)
        return err_system(reterr, errno, "rt_sigprocmask", "%s", "");
    return 0;
}

int sigwait_hold(uint64_t *old, struct err *reterr)
{
    return set_mask(ALL_SIGNALS, old, reterr);
}

int sigwait_restore(uint64_t old, struct err *reterr)
{
    return set_mask(old, NULL, reterr);
}

int sigwait_next(int *ret, struct err *reterr)
{
    const uint64_t all = ALL_SIGNALS;
    long sig;

    do
        sig = syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof(all));
    while (sig < 0 && errno == EINTR);
    if (sig < 0)
        return err_system(reterr, errno, "rt_sigtimedwait", "%s", "");
    *ret = (int)sig;
    return 0;
}
