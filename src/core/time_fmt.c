/* SPDX-License-Identifier: Apache-2.0 */
#include "core/time_fmt.h"

#include <stdint.h>

#define SECONDS_FIRST (-62167219200LL) /* 0000-01-01T00:00:00Z */
#define SECONDS_LAST  253402300799LL   /* 9999-12-31T23:59:59Z */
#define DAY           86400LL
#define ERA_DAYS      146097LL /* days in 400 years, after which the calendar repeats */

struct civil {
    int year, month, day;
};

/*
 * Date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. Years are counted from March,
 * so that the leap day is the last of its year and the lengths of months follow one line: day of year = (153
 * * month + 2) / 5.
 */
static struct civil civil_of(int64_t days)
{
    int64_t since_march_0 = days + 719468; /* 0000-03-01 */
    int64_t era = (since_march_0 >= 0 ? since_march_0 : since_march_0 - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = since_march_0 - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    struct civil c;

    c.day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    c.month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    c.year = (int)(year_of_era + era * 400 + (c.month <= 2));
    return c;
}

/* "2026-01-02T03:04:05", without zone; returns its length. */
static size_t time_put(int64_t seconds, char out[TIME_FMT_MAX])
{
    int64_t days, rest;
    struct civil c;

    if (seconds < SECONDS_FIRST)
        seconds = SECONDS_FIRST;
    if (seconds > SECONDS_LAST)
        seconds = SECONDS_LAST;
    days = seconds / DAY;
    rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    c = civil_of(days);
    return (size_t)snprintf(out, TIME_FMT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day,
                            (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

const char *time_fmt_nano(const struct timespec *t, char out[TIME_FMT_MAX])
{
    size_t len = time_put(t->tv_sec, out);
    long nanos = t->tv_nsec < 0 ? 0 : t->tv_nsec > 999999999 ? 999999999 : t->tv_nsec;

    if (nanos > 0) {
        len += (size_t)snprintf(out + len, TIME_FMT_MAX - len, ".%09ld", nanos);
        while (out[len - 1] == '0')
            len--;
    }
    memcpy(out + len, "Z", 2);
    return out;
}

const char *time_fmt_seconds(const struct timespec *t, char out[TIME_FMT_MAX])
{
    size_t len = time_put(t->tv_sec, out);

    memcpy(out + len, "Z", 2);
    return out;
}
