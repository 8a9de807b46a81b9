/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rdt.h"

#include "core/quote.h"

#include <errno.h>

#define AT_RDT     "/linux/intelRdt"
#define SHOWN_SIZE 160

bool rdt_is_reserved(const char *name)
{
    static const char *const names[] = {"info", "mon_groups", "mon_data"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (streq(names[i], name))
            return true;
    return false;
}

/* ---- the lines ---- */

static int add_line(struct arena *a, struct strings *to, struct str line, const char *pointer,
                    struct err *reterr)
{
    const char *text;

    line = str_trim(line);
    if (line.len == 0)
        return err_config(reterr, pointer, "an empty line is no schema");
    if (line.len > RDT_LINE_MAX)
        return err_config(reterr, pointer, "a schema of %zu bytes is too long", line.len);
    if (to->n == RDT_LINES_MAX)
        return err_config(reterr, pointer, "more than %u schemata", RDT_LINES_MAX);
    text = arena_strndup(a, line.ptr, line.len);
    if (!text)
        return err_nomem(reterr);
    to->v[to->n++] = text;
    return 0;
}

static int add_l3(struct arena *a, const struct config_intel_rdt *rdt, struct strings *to, struct err *reterr)
{
    bool has_mb = rdt->mem_bw_schema && *rdt->mem_bw_schema;
    struct str rest = str_of(rdt->l3_cache_schema), line;
    int r = 0;

    while (r == 0 && str_next(&rest, '\n', &line)) {
        line = str_trim(line);
        if (line.len && !(has_mb && str_starts(line, "MB:")))
            r = add_line(a, to, line, AT_RDT "/l3CacheSchema", reterr);
    }
    return r;
}

int rdt_lines(struct arena *a, const struct config_intel_rdt *rdt, struct strings *ret, struct err *reterr)
{
    struct strings lines = {.v = arena_new_array(a, const char *, RDT_LINES_MAX)};
    int r = 0;

    if (!lines.v)
        return err_nomem(reterr);
    if (rdt->l3_cache_schema && *rdt->l3_cache_schema)
        r = add_l3(a, rdt, &lines, reterr);
    if (r == 0 && rdt->mem_bw_schema && *rdt->mem_bw_schema)
        r = add_line(a, &lines, str_of(rdt->mem_bw_schema), AT_RDT "/memBwSchema", reterr);
    for (size_t i = 0; r == 0 && i < rdt->schemata.n; i++) {
        char pointer[64];

        snprintf(pointer, sizeof(pointer), AT_RDT "/schemata/%zu", i);
        r = add_line(a, &lines, str_of(rdt->schemata.v[i]), pointer, reterr);
    }
    if (r == 0)
        *ret = lines;
    return r;
}

static int update_line(struct arena *a, struct strings *to, const char *text, const char *prefix,
                       const char *flag, struct err *reterr)
{
    char shown[SHOWN_SIZE];
    struct err e;
    int r;

    if (!text)
        return 0;
    err_init(&e);
    if (strncmp(text, prefix, strlen(prefix)) != 0 || strchr(text, '\n'))
        return err_usage(reterr, "invalid value for %s: %s is not a line that begins with \"%s\"", flag,
                         quote_go_into(shown, sizeof(shown), str_of(text)), prefix);
    r = add_line(a, to, str_of(text), "", &e);
    return r == -EINVAL ? err_usage(reterr, "invalid value for %s: %s", flag, e.message)
           : r < 0      ? err_nomem(reterr)
                        : 0;
}

int rdt_update_lines(struct arena *a, const char *l3_cache_schema, const char *mem_bw_schema,
                     struct strings *ret, struct err *reterr)
{
    struct strings lines = {.v = arena_new_array(a, const char *, 2)};
    int r;

    if (!lines.v)
        return err_nomem(reterr);
    r = update_line(a, &lines, l3_cache_schema, "L3:", "l3-cache-schema", reterr);
    if (r == 0)
        r = update_line(a, &lines, mem_bw_schema, "MB:", "mem-bw-schema", reterr);
    if (r == 0)
        *ret = lines;
    return r;
}

/* ---- comparing ---- */

static struct str without_zeros(struct str s)
{
    while (s.len > 1 && *s.ptr == '0') {
        s.ptr++;
        s.len--;
    }
    return s;
}

static bool same_word(struct str a, struct str b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];

        if (x >= 'A' && x <= 'F')
            x = (char)(x - 'A' + 'a');
        if (y >= 'A' && y <= 'F')
            y = (char)(y - 'A' + 'a');
        if (x != y)
            return false;
    }
    return true;
}

/* Bandwidth is rounded up when it is written. */
static bool same_bandwidth(struct str wanted, struct str has, uint64_t step)
{
    uint64_t w, h;

    if (step == 0 || str_to_u64(without_zeros(wanted), UINT64_MAX - step, &w) < 0 ||
        str_to_u64(without_zeros(has), UINT64_MAX, &h) < 0)
        return false;
    return (w + step - 1) / step * step == h;
}

/* "RESOURCE:..." into its two halves. */
static bool split_resource(struct str line, struct str *resource, struct str *domains)
{
    struct str rest = str_trim(line);

    if (!str_next(&rest, ':', resource) || !rest.ptr)
        return false;
    *resource = str_trim(*resource);
    *domains = str_trim(rest);
    return resource->len > 0 && domains->len > 0;
}

static bool split_domain(struct str domain, struct str *id, struct str *value)
{
    struct str rest = str_trim(domain);

    if (!str_next(&rest, '=', id) || !rest.ptr)
        return false;
    *id = str_trim(*id);
    *value = str_trim(rest);
    return id->len > 0 && value->len > 0;
}

static bool find_resource(struct str file, struct str resource, struct str *domains)
{
    struct str line, name;

    while (str_next(&file, '\n', &line))
        if (split_resource(line, &name, domains) && name.len == resource.len &&
            memcmp(name.ptr, resource.ptr, name.len) == 0)
            return true;
    return false;
}

static bool find_domain(struct str domains, struct str id, struct str *value)
{
    struct str domain, name;

    while (str_next(&domains, ';', &domain))
        if (split_domain(domain, &name, value) && same_word(name, id))
            return true;
    return false;
}

enum rdt_match rdt_match_line(struct str file, struct str line, uint64_t mb_step)
{
    struct str resource, wanted, has, domain, id, value, existing;
    enum rdt_match match = RDT_SAME;
    bool found;

    if (!split_resource(line, &resource, &wanted))
        return RDT_MALFORMED;
    found = find_resource(file, resource, &has);
    while (str_next(&wanted, ';', &domain)) {
        if (!split_domain(domain, &id, &value))
            return RDT_MALFORMED;
        if (!found || !find_domain(has, id, &existing))
            match = RDT_ABSENT;
        else if (match == RDT_SAME && !same_word(value, existing) &&
                 !(str_eq(resource, "MB") && same_bandwidth(value, existing, mb_step)))
            match = RDT_DIFFERENT;
    }
    return match;
}

bool rdt_find_line(struct str file, const char *resource, struct str *ret)
{
    struct str line, name, domains;

    while (str_next(&file, '\n', &line)) {
        if (split_resource(line, &name, &domains) && str_eq(name, resource)) {
            *ret = str_trim(line);
            return true;
        }
    }
    return false;
}

int rdt_match_all(struct str file, const char *const *lines, size_t n, uint64_t mb_step, const char *group,
                  struct err *reterr)
{
    static const char *const reasons[] = {
        [RDT_DIFFERENT] = "has another value",
        [RDT_ABSENT] = "has no such resource or domain",
        [RDT_MALFORMED] = "cannot be compared with it: this is no schemata line",
    };

    for (size_t i = 0; i < n; i++) {
        enum rdt_match match = rdt_match_line(file, str_of(lines[i]), mb_step);
        char shown[SHOWN_SIZE], shown_group[SHOWN_SIZE];

        if (match != RDT_SAME)
            return err_config(reterr, AT_RDT, "schemata %s do not match those of closID %s, which %s",
                              quote_go_into(shown, sizeof(shown), str_of(lines[i])),
                              quote_go_into(shown_group, sizeof(shown_group), str_of(group)), reasons[match]);
    }
    return 0;
}

/* ---- whose is the group? ---- */

int rdt_decide(const struct plan_intel_rdt *op, bool exists, enum rdt_action *ret, struct err *reterr)
{
    char shown[SHOWN_SIZE];

    if (!exists && op->must_exist)
        return err_config(
            reterr, AT_RDT "/closID",
            "closID %s does not exist in resctrl, and without schemata it is not made (config-linux.md)",
            quote_go_into(shown, sizeof(shown), str_of(op->clos_id)));
    *ret = exists ? RDT_USE : RDT_CREATE;
    return 0;
}

enum rdt_removal rdt_removal(bool made, bool owned, bool complete)
{
    if (!made || (complete && !owned))
        return RDT_KEEP;
    return owned ? RDT_REMOVE : RDT_REMOVE_UNUSED;
}
