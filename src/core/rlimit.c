/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rlimit.h"

#include "base/tbl.h"

#include <errno.h>
#include <sys/resource.h>

static const struct tbl_entry rlimit_table[] = {
#define X(name, number) {name, number},
#include "core/tbl/rlimits.h"
#undef X
};

int rlimit_number(struct str name)
{
    const struct tbl_entry *e = tbl_find(rlimit_table, ARRAY_SIZE(rlimit_table), name);

    return e ? (int)e->value : -1;
}

const char *rlimit_name(int resource)
{
    return tbl_name(rlimit_table, ARRAY_SIZE(rlimit_table), resource);
}

int rlimits_check(const struct config_rlimit *v, size_t n, const char *pointer, struct err *reterr)
{
    char where[ERR_WHERE_MAX];
    uint64_t seen = 0; /* bit = resource; the kernel has 16 */

    for (size_t i = 0; i < n; i++) {
        int resource = v[i].type ? rlimit_number(str_of(v[i].type)) : -1;

        snprintf(where, sizeof(where), "%s/%zu/type", pointer, i);
        if (!v[i].type)
            return err_config(reterr, where, "rlimit without a type");
        if (resource < 0)
            return err_config(reterr, where, "unknown rlimit type \"%.64s\"", v[i].type);
        if (seen >> resource & 1)
            return err_config(reterr, where, "rlimit %s stands twice", v[i].type);
        seen |= UINT64_C(1) << resource;
        if (v[i].soft > v[i].hard) {
            snprintf(where, sizeof(where), "%s/%zu/soft", pointer, i);
            return err_config(reterr, where, "%s: soft limit %llu is above the hard limit %llu", v[i].type,
                              (unsigned long long)v[i].soft, (unsigned long long)v[i].hard);
        }
    }
    return 0;
}
