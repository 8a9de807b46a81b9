/* SPDX-License-Identifier: Apache-2.0 */
#include "core/update.h"

#include "core/quote.h"

#include <errno.h>

#define SHOWN_SIZE      80
#define FRACTION_DIGITS 9

/* b, k, ... p; "kb" and "kib" are the same as "k", in any case. */
static int size_shift(struct str unit, unsigned *ret)
{
    static const char letters[] = "bkmgtp";
    char first;
    const char *at;

    if (unit.len == 0) {
        *ret = 0;
        return 0;
    }
    first = unit.ptr[0] >= 'A' && unit.ptr[0] <= 'Z' ? (char)(unit.ptr[0] - 'A' + 'a') : unit.ptr[0];
    at = first ? strchr(letters, first) : NULL;
    if (!at)
        return -EINVAL;
    *ret = 10u * (unsigned)(at - letters);
    unit.ptr++;
    unit.len--;
    if (unit.len == 0 || (*ret && (str_eq_nocase(unit, "b") || str_eq_nocase(unit, "ib"))))
        return 0;
    return -EINVAL;
}

/* Digits behind the point, as so many 10^-FRACTION_DIGITS; more are not looked at. */
static int parse_fraction(struct str digits, uint64_t *ret)
{
    uint64_t v = 0;

    if (digits.len == 0)
        return -EINVAL;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return -EINVAL;
    for (size_t i = 0; i < FRACTION_DIGITS; i++)
        v = v * 10 + (i < digits.len ? (uint64_t)(digits.ptr[i] - '0') : 0);
    *ret = v;
    return 0;
}

int update_parse_size(struct str s, int64_t *ret)
{
    static const uint64_t one = 1000000000; /* 10^FRACTION_DIGITS */
    struct str whole = s, fraction = {0}, unit;
    uint64_t v, parts = 0;
    unsigned shift;
    size_t n = 0;
    int rc;

    if (str_eq(s, "-1")) {
        *ret = -1;
        return 0;
    }
    while (n < s.len && ((s.ptr[n] >= '0' && s.ptr[n] <= '9') || s.ptr[n] == '.'))
        n++;
    unit = (struct str){s.ptr + n, s.len - n};
    if (unit.len && unit.ptr[0] == ' ') {
        unit.ptr++;
        unit.len--;
    }
    whole.len = n;
    for (size_t i = 0; i < n; i++) {
        if (s.ptr[i] == '.') {
            whole.len = i;
            fraction = (struct str){s.ptr + i + 1, n - i - 1};
            break;
        }
    }
    rc = size_shift(unit, &shift);
    if (rc == 0 && whole.len < n)
        rc = parse_fraction(fraction, &parts);
    if (rc == 0)
        rc = str_to_u64(whole, INT64_MAX, &v);
    if (rc < 0)
        return rc;
    if (v > (uint64_t)INT64_MAX >> shift)
        return -ERANGE;
    v <<= shift;
    /* below 2^80: in two steps */
    parts = shift > 30 ? ((parts << 30) / one) << (shift - 30) : (parts << shift) / one;
    if (v > (uint64_t)INT64_MAX - parts)
        return -ERANGE;
    *ret = (int64_t)(v + parts);
    return 0;
}

/* ---- flags ---- */

enum flag_kind { FLAG_SIZE, FLAG_I64, FLAG_U64, FLAG_WEIGHT, FLAG_LIST };

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t from; /* in struct update_flags */
    size_t to;   /* in struct config_resources */
};

#define FLAG(name, kind, from, to)                                                                           \
    {                                                                                                        \
        name, kind, offsetof(struct update_flags, from), offsetof(struct config_resources, to)               \
    }

static const struct flag flags_table[] = {
    FLAG("blkio-weight", FLAG_WEIGHT, blkio_weight, block_io.weight),
    FLAG("cpu-period", FLAG_U64, cpu_period, cpu.period_us),
    FLAG("cpu-quota", FLAG_I64, cpu_quota, cpu.quota_us),
    FLAG("cpu-burst", FLAG_U64, cpu_burst, cpu.burst_us),
    FLAG("cpu-share", FLAG_U64, cpu_share, cpu.shares),
    FLAG("cpu-rt-period", FLAG_U64, cpu_rt_period, cpu.realtime_period_us),
    FLAG("cpu-rt-runtime", FLAG_I64, cpu_rt_runtime, cpu.realtime_runtime_us),
    FLAG("cpuset-cpus", FLAG_LIST, cpuset_cpus, cpu.cpus),
    FLAG("cpuset-mems", FLAG_LIST, cpuset_mems, cpu.mems),
    FLAG("cpu-idle", FLAG_I64, cpu_idle, cpu.idle),
    FLAG("memory", FLAG_SIZE, memory, memory.limit),
    FLAG("memory-reservation", FLAG_SIZE, memory_reservation, memory.reservation),
    FLAG("memory-swap", FLAG_SIZE, memory_swap, memory.swap),
    FLAG("kernel-memory", FLAG_SIZE, kernel_memory, memory.kernel),
    FLAG("kernel-memory-tcp", FLAG_SIZE, kernel_memory_tcp, memory.kernel_tcp),
    FLAG("pids-limit", FLAG_I64, pids_limit, pids_limit),
};

static int set_flag(struct arena *a, const struct flag *f, const char *text, void *to)
{
    struct str s = str_of(text);
    struct opt_i64 i = {.has = true};
    struct opt_u64 u = {.has = true};
    int rc = 0;

    switch (f->kind) {
    case FLAG_SIZE:
        rc = update_parse_size(s, &i.v);
        *(struct opt_i64 *)to = i;
        break;
    case FLAG_I64:
        rc = str_to_i64(s, INT64_MIN, INT64_MAX, &i.v);
        *(struct opt_i64 *)to = i;
        break;
    case FLAG_U64:
        rc = str_to_u64(s, UINT64_MAX, &u.v);
        *(struct opt_u64 *)to = u;
        break;
    case FLAG_WEIGHT:
        rc = str_to_u64(s, UINT16_MAX, &u.v);
        *(struct opt_u16 *)to = (struct opt_u16){.has = true, .v = (uint16_t)u.v};
        break;
    case FLAG_LIST:
        *(const char **)to = arena_strdup(a, text);
        rc = *(const char **)to ? 0 : -ENOMEM;
        break;
    }
    return rc;
}

int update_request(struct arena *a, const struct update_flags *flags, struct config_resources **ret,
                   struct err *reterr)
{
    struct config_resources *r = arena_new(a, struct config_resources);

    if (!r)
        return err_nomem(reterr);
    for (size_t i = 0; i < ARRAY_SIZE(flags_table); i++) {
        const struct flag *f = &flags_table[i];
        const char *text = *(const char *const *)((const char *)flags + f->from);
        char shown[SHOWN_SIZE];
        int rc;

        if (!text || text[0] == '\0')
            continue;
        rc = set_flag(a, f, text, (char *)r + f->to);
        if (rc == -ENOMEM)
            return err_nomem(reterr);
        if (rc < 0)
            return err_usage(reterr, "invalid value for %s: %s%s", f->name,
                             quote_go_into(shown, sizeof(shown), str_of(text)),
                             rc == -ERANGE ? " is out of range" : "");
    }
    *ret = r;
    return 0;
}
