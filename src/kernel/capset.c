/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/capset.h"

#include "kernel/sys.h"

#include <errno.h>
#include <sys/prctl.h>

#define CAP_LIMIT 64u /* two 32-bit words are what capset v3 carries */

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT           47
#define PR_CAP_AMBIENT_IS_SET    1
#define PR_CAP_AMBIENT_RAISE     2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

static bool cap_known(uint32_t cap)
{
    return sys_prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
}

uint32_t capset_last_cap(void)
{
    uint32_t lo = 0, hi = CAP_LIMIT; /* lo is known, hi is not */

    /* Every kernel of the last years ends at CHECKPOINT_RESTORE: try that first. */
    if (cap_known(40) && !cap_known(41))
        return 40;
    while (hi - lo > 1) {
        const uint32_t mid = lo + (hi - lo) / 2;

        if (cap_known(mid))
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static uint64_t known_mask(uint32_t last_cap)
{
    return last_cap >= CAP_LIMIT - 1 ? UINT64_MAX : (UINT64_C(1) << (last_cap + 1)) - 1;
}

uint64_t capset_bounding(uint32_t last_cap)
{
    uint64_t set = 0;

    for (uint32_t cap = 0; cap <= last_cap && cap < CAP_LIMIT; cap++)
        if (sys_prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            set |= UINT64_C(1) << cap;
    return set;
}

static uint64_t ambient(uint32_t last_cap)
{
    uint64_t set = 0;

    for (uint32_t cap = 0; cap <= last_cap && cap < CAP_LIMIT; cap++)
        if (sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
            set |= UINT64_C(1) << cap;
    return set;
}

/* The three sets of capget(2); data is {effective, permitted, inheritable} of the low word, then of the high.
 */
static int read_sets(struct plan_caps *ret)
{
    uint32_t d[6] = {0};
    int r = sys_capget(d);

    if (r < 0)
        return r;
    ret->effective = d[0] | (uint64_t)d[3] << 32;
    ret->permitted = d[1] | (uint64_t)d[4] << 32;
    ret->inheritable = d[2] | (uint64_t)d[5] << 32;
    return 0;
}

int capset_read(struct plan_caps *ret, struct err *reterr)
{
    const uint32_t last = capset_last_cap();
    int r;

    *ret = (struct plan_caps){0};
    r = read_sets(ret);
    if (r < 0)
        return err_system(reterr, r, "capget", "%s", "");
    ret->bounding = capset_bounding(last);
    ret->ambient = ambient(last);
    return 0;
}

int capset_drop_bounding(uint64_t keep, struct err *reterr)
{
    for (uint32_t cap = 0; cap < CAP_LIMIT; cap++) {
        int r, left;

        if (keep & (UINT64_C(1) << cap))
            continue;
        r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
        /* What counts is what is read back: without CAP_SETPCAP what is not there need not be dropped. */
        left = sys_prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
        if (left == -EINVAL && r < 0)
            break; /* past the last capability of this kernel */
        if (left == 0)
            continue;
        return err_system(reterr, r < 0 ? r : -EPERM, "prctl", "drop capability %u from the bounding set",
                          cap);
    }
    return 0;
}

int capset_keep(bool on, struct err *reterr)
{
    int r = sys_prctl(PR_SET_KEEPCAPS, on, 0, 0, 0);

    return r < 0 ? err_system(reterr, r, "prctl", "PR_SET_KEEPCAPS") : 0;
}

static int set_ambient(uint64_t want, struct err *reterr)
{
    int r = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

    if (r == -EINVAL && want == 0) /* before 4.3 there is no such set */
        return 0;
    if (r < 0)
        return err_system(reterr, r, "prctl", "clear ambient capabilities");
    for (uint32_t cap = 0; cap < CAP_LIMIT; cap++) {
        if (!(want & (UINT64_C(1) << cap)))
            continue;
        r = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
        if (r < 0)
            return err_system(reterr, r, "prctl", "raise ambient capability %u", cap);
        if (sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 1)
            return err_system(reterr, EPERM, "prctl", "ambient capability %u is not set", cap);
    }
    return 0;
}

int capset_apply(const struct plan_caps *caps, struct err *reterr)
{
    const uint64_t known = known_mask(capset_last_cap());
    const uint64_t e = caps->effective & known, p = caps->permitted & known, i = caps->inheritable & known;
    const uint32_t data[6] = {(uint32_t)e,         (uint32_t)p,         (uint32_t)i,
                              (uint32_t)(e >> 32), (uint32_t)(p >> 32), (uint32_t)(i >> 32)};
    struct plan_caps got = {0};
    int r = sys_capset(data);

    if (r < 0)
        return err_system(reterr, r, "capset", "%s", "");
    r = set_ambient(caps->ambient & known, reterr);
    if (r < 0)
        return r;
    r = capset_keep(false, reterr);
    if (r < 0)
        return r;
    r = read_sets(&got);
    if (r < 0)
        return err_system(reterr, r, "capget", "%s", "");
    if (got.effective != e || got.permitted != p || got.inheritable != i)
        return err_system(reterr, EPERM, "capset", "capabilities read back differ from those set");
    return 0;
}
