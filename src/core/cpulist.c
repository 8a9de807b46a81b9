/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpulist.h"

#include "core/quote.h"

#include <errno.h>
#include <inttypes.h>

struct range {
    uint32_t first;
    uint32_t last;
};

/* Error messages show a piece of the text only: it may be megabytes. */
#define SHOWN_SIZE 48

static int parse_number(struct str s, uint32_t last, const char *pointer, uint32_t *ret, struct err *reterr)
{
    char shown[SHOWN_SIZE];
    int rc = str_to_u32(s, last, ret);

    if (rc == -ERANGE)
        return err_config(reterr, pointer, "%s is above the largest number allowed, %" PRIu32,
                          quote_go_into(shown, sizeof(shown), s), last);
    if (rc < 0)
        return err_config(reterr, pointer, "%s is not a number or a range of numbers",
                          quote_go_into(shown, sizeof(shown), s));
    return 0;
}

static int parse_range(struct str s, uint32_t last, const char *pointer, struct range *ret,
                       struct err *reterr)
{
    struct str rest = s;
    struct str field;
    char shown[SHOWN_SIZE];
    int rc;

    (void)str_next(&rest, '-', &field);
    rc = parse_number(field, last, pointer, &ret->first, reterr);
    if (rc < 0)
        return rc;
    ret->last = ret->first;
    if (!rest.ptr)
        return 0;
    rc = parse_number(rest, last, pointer, &ret->last, reterr);
    if (rc < 0)
        return rc;
    if (ret->last < ret->first)
        return err_config(reterr, pointer, "range %s is descending", quote_go_into(shown, sizeof(shown), s));
    return 0;
}

static void set_range(struct cpulist *l, const struct range *r)
{
    /* word by word: a list may repeat the full range a hundred thousand times */
    for (uint32_t w = r->first / 64; w <= r->last / 64; w++) {
        uint64_t mask = UINT64_MAX;

        if (w == r->first / 64)
            mask &= UINT64_MAX << (r->first % 64);
        if (w == r->last / 64)
            mask &= UINT64_MAX >> (63 - r->last % 64);
        l->words[w] |= mask;
    }
    if (r->last > l->highest)
        l->highest = r->last;
}

int cpulist_parse(struct arena *a, struct str text, uint32_t last, const char *pointer, struct cpulist *ret,
                  struct err *reterr)
{
    struct cpulist l = {0};
    struct str rest = text;
    struct str field;
    bool any = false;

    if (last > CPULIST_LAST_MAX)
        return err_internal(reterr, EINVAL, "list of numbers up to %" PRIu32, last);
    l.words = arena_new_array(a, uint64_t, last / 64 + 1);
    if (!l.words)
        return err_nomem(reterr);
    while (str_next(&rest, ',', &field)) {
        struct str element = str_trim(field);
        struct range range;
        int rc;

        if (element.len == 0)
            continue;
        rc = parse_range(element, last, pointer, &range, reterr);
        if (rc < 0)
            return rc;
        set_range(&l, &range);
        any = true;
    }
    if (!any)
        return err_config(reterr, pointer, "the list is empty");
    l.n_words = l.highest / 64 + 1;
    for (size_t i = 0; i < l.n_words; i++)
        l.count += (uint32_t)__builtin_popcountll(l.words[i]);
    *ret = l;
    return 0;
}

/* A number at the start of *s, or "N" (*last_one); 0, or -EINVAL. */
static int take_number(struct str *s, uint32_t *ret, bool *last_one)
{
    size_t n = 0;
    int rc = 0;

    *last_one = s->len > 0 && s->ptr[0] == 'N';
    *ret = UINT32_MAX;
    if (*last_one) {
        n = 1;
    } else {
        while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
            n++;
        rc = n ? str_to_u32((struct str){s->ptr, n}, UINT32_MAX, ret) : -EINVAL;
    }
    s->ptr += n;
    s->len -= n;
    return rc < 0 ? -EINVAL : 0;
}

static bool take_char(struct str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    s->ptr++;
    s->len--;
    return true;
}

/* "3", "0-7", "0-N", "0-31:2/4", "all:1/2" */
static bool is_element(struct str s)
{
    uint32_t first, last, used, group;
    bool open, any;

    if (s.len >= 3 && memcmp(s.ptr, "all", 3) == 0) {
        s.ptr += 3;
        s.len -= 3;
    } else {
        if (take_number(&s, &first, &open) < 0)
            return false;
        if (take_char(&s, '-')) {
            if (take_number(&s, &last, &any) < 0 || (!open && !any && last < first))
                return false;
        } else if (s.len > 0) {
            return false; /* a stride is that of a range */
        }
    }
    if (s.len == 0)
        return true;
    return take_char(&s, ':') && take_number(&s, &used, &any) == 0 && !any && take_char(&s, '/') &&
           take_number(&s, &group, &any) == 0 && !any && s.len == 0 && group > 0 && used <= group;
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || (c >= '\t' && c <= '\r');
}

int cpulist_check(struct str text, const char *pointer, struct err *reterr)
{
    char shown[SHOWN_SIZE];
    bool found = false;

    for (size_t i = 0, n; i < text.len; i += n) {
        struct str element;

        n = 1;
        if (is_separator(text.ptr[i]))
            continue;
        while (i + n < text.len && !is_separator(text.ptr[i + n]))
            n++;
        element = (struct str){text.ptr + i, n};
        if (!is_element(element))
            return err_config(reterr, pointer, "%s is not a number or a range of numbers",
                              quote_go_into(shown, sizeof(shown), element));
        found = true;
    }
    return found ? 0 : err_config(reterr, pointer, "the list is empty");
}

bool cpulist_has(const struct cpulist *l, uint32_t n)
{
    return n / 64 < l->n_words && (l->words[n / 64] >> (n % 64) & 1) != 0;
}

void cpulist_print(const struct cpulist *l, struct buf *out)
{
    const char *comma = "";

    for (uint32_t i = 0; i <= l->highest; i++) {
        uint32_t first = i;

        if (!cpulist_has(l, i))
            continue;
        while (cpulist_has(l, i + 1))
            i++;
        if (i == first)
            buf_printf(out, "%s%" PRIu32, comma, first);
        else
            buf_printf(out, "%s%" PRIu32 "-%" PRIu32, comma, first, i);
        comma = ",";
    }
}
