/* SPDX-License-Identifier: Apache-2.0 */
#include "core/devices.h"

#include "core/quote.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#define AT_RULES   "/linux/resources/devices"
#define SHOWN_SIZE 64

/* Numbers go into 32-bit signed comparisons of eBPF; the kernel itself has 12 and 20 bits. */
#define RULE_NUMBER_MAX INT32_MAX
#define NODE_MAJOR_MAX  0xfff
#define NODE_MINOR_MAX  0xfffff

static const struct device_rule default_rules[] = {
#define X(t, maj, min, acc)                                                                                  \
    {.allow = true,                                                                                          \
     .types = (t),                                                                                           \
     .access = (acc),                                                                                        \
     .any_major = (maj) < 0,                                                                                 \
     .any_minor = (min) < 0,                                                                                 \
     .major = (maj) < 0 ? 0 : (uint32_t)(maj),                                                               \
     .minor = (min) < 0 ? 0 : (uint32_t)(min),                                                               \
     .source = DEVICE_RULE_DEFAULT},
#include "core/tbl/device_rules.h"
#undef X
};

/* ---- decoding ---- */

static void rule_pointer(char dst[ERR_WHERE_MAX], uint32_t index, const char *member)
{
    if (index == DEVICE_RULE_DEFAULT)
        (void)snprintf(dst, ERR_WHERE_MAX, AT_RULES);
    else
        (void)snprintf(dst, ERR_WHERE_MAX, AT_RULES "/%" PRIu32 "%s", index, member);
}

static int decode_rule_type(const char *type, uint32_t index, uint8_t *ret, struct err *reterr)
{
    char where[ERR_WHERE_MAX];
    char shown[SHOWN_SIZE];

    if (!type || streq(type, "a") || type[0] == '\0') {
        *ret = DEVICE_TYPE_ALL;
    } else if (streq(type, "c")) {
        *ret = DEVICE_CHAR;
    } else if (streq(type, "b")) {
        *ret = DEVICE_BLOCK;
    } else {
        rule_pointer(where, index, "/type");
        return err_config(reterr, where, "invalid cgroup device type %s",
                          quote_go_into(shown, sizeof(shown), str_of(type)));
    }
    return 0;
}

static int decode_rule_access(const char *access, uint32_t index, uint8_t *ret, struct err *reterr)
{
    char where[ERR_WHERE_MAX];
    char shown[SHOWN_SIZE];
    uint8_t bits = 0;

    rule_pointer(where, index, "/access");
    if (!access || access[0] == '\0')
        return err_config(reterr, where, "device access at %" PRIu32 " field cannot be empty", index);
    for (const char *p = access; *p; p++) {
        switch (*p) {
        case 'm': bits |= DEVICE_MKNOD; break;
        case 'r': bits |= DEVICE_READ; break;
        case 'w': bits |= DEVICE_WRITE; break;
        default:
            return err_config(reterr, where, "device access %s has a letter other than r, w and m",
                              quote_go_into(shown, sizeof(shown), str_of(access)));
        }
    }
    *ret = bits;
    return 0;
}

static int decode_rule_number(struct opt_i64 number, uint32_t index, const char *member, bool *ret_any,
                              uint32_t *ret, struct err *reterr)
{
    char where[ERR_WHERE_MAX];

    *ret_any = !number.has || number.v == -1;
    *ret = 0;
    if (*ret_any)
        return 0;
    if (number.v < 0 || number.v > RULE_NUMBER_MAX) {
        rule_pointer(where, index, member);
        return err_config(reterr, where, "device number %" PRId64 " is out of range", number.v);
    }
    *ret = (uint32_t)number.v;
    return 0;
}

static int decode_rule(const struct config_device_rule *c, uint32_t index, struct device_rule *ret,
                       struct err *reterr)
{
    int rc;

    *ret = (struct device_rule){.allow = c->allow, .source = index};
    rc = decode_rule_type(c->type, index, &ret->types, reterr);
    if (rc == 0)
        rc = decode_rule_access(c->access, index, &ret->access, reterr);
    if (rc == 0)
        rc = decode_rule_number(c->major, index, "/major", &ret->any_major, &ret->major, reterr);
    if (rc == 0)
        rc = decode_rule_number(c->minor, index, "/minor", &ret->any_minor, &ret->minor, reterr);
    return rc;
}

static bool rule_is_for_everything(const struct device_rule *r)
{
    return r->types == DEVICE_TYPE_ALL && r->any_major && r->any_minor && r->access == DEVICE_ACCESS_ALL;
}

/* Fold into the default what is overruled by a rule for everything, and drop what only repeats the default.
 */
static void fold(struct device_rules *r)
{
    size_t first = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (rule_is_for_everything(&r->v[i])) {
            r->default_allow = r->v[i].allow;
            first = i + 1;
        }
    }
    while (first < r->n && r->v[first].allow == r->default_allow)
        first++;
    r->v += first;
    r->n -= first;
}

int devices_rules_decode(struct arena *a, const struct config_device_rule *rules, size_t n,
                         struct device_rules *ret, struct err *reterr)
{
    struct device_rules r = {.n = n + ARRAY_SIZE(default_rules)};

    if (n > DEVICE_RULES_MAX)
        return err_config(reterr, AT_RULES, "more than %u device rules", DEVICE_RULES_MAX);
    r.v = arena_new_array(a, struct device_rule, r.n);
    if (!r.v)
        return err_nomem(reterr);
    for (size_t i = 0; i < n; i++) {
        int rc = decode_rule(&rules[i], (uint32_t)i, &r.v[i], reterr);

        if (rc < 0)
            return rc;
    }
    memcpy(r.v + n, default_rules, sizeof(default_rules));
    fold(&r);
    *ret = r;
    return 0;
}

/* ---- the reference ---- */

bool devices_rules_check(const struct device_rules *r, enum device_type type, uint32_t major, uint32_t minor,
                         uint32_t access)
{
    uint32_t granted = r->default_allow ? access : 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct device_rule *rule = &r->v[i];

        if (!(rule->types & type) || (!rule->any_major && rule->major != major) ||
            (!rule->any_minor && rule->minor != minor))
            continue;
        if (rule->allow)
            granted |= rule->access;
        else
            granted &= ~(uint32_t)rule->access;
    }
    return (access & ~granted) == 0;
}

bool devices_rules_allow_all(const struct device_rules *r)
{
    return r->default_allow && r->n == 0;
}

/* ---- cgroup v1: Documentation/admin-guide/cgroup-v1/devices.rst, security/device_cgroup.c ---- */

/* An exception to the default: of one type. */
struct exception {
    uint8_t type;
    uint8_t access;
    bool any_major, any_minor;
    uint32_t major, minor;
};

struct exceptions {
    struct exception *v;
    size_t n;
};

static struct exception exception_of(const struct device_rule *r, uint8_t type)
{
    return (struct exception){.type = type,
                              .access = r->access,
                              .any_major = r->any_major,
                              .any_minor = r->any_minor,
                              .major = r->major,
                              .minor = r->minor};
}

/* Every device of e is one of w. */
static bool covers(const struct exception *w, const struct exception *e)
{
    return w->type == e->type && (w->any_major || (!e->any_major && w->major == e->major)) &&
           (w->any_minor || (!e->any_minor && w->minor == e->minor));
}

/* Some device is of both. */
static bool overlaps(const struct exception *x, const struct exception *y)
{
    return x->type == y->type && (x->any_major || y->any_major || x->major == y->major) &&
           (x->any_minor || y->any_minor || x->minor == y->minor);
}

static void exceptions_add(struct exceptions *l, const struct exception *e)
{
    for (size_t i = 0; i < l->n; i++) {
        if (covers(&l->v[i], e) && covers(e, &l->v[i])) {
            l->v[i].access |= e->access;
            return;
        }
    }
    l->v[l->n++] = *e;
}

/* Take e out. The kernel would take out exact matches only, and silently keep the rest. */
static int exceptions_remove(struct exceptions *l, const struct exception *e, uint32_t source,
                             struct err *reterr)
{
    char where[ERR_WHERE_MAX];

    for (size_t i = 0; i < l->n; i++) {
        struct exception *x = &l->v[i];

        if (!(x->access & e->access) || !overlaps(x, e))
            continue;
        if (!covers(e, x)) {
            rule_pointer(where, source, "");
            return err_config(
                reterr, where,
                "device rule not supported by devices cgroupv1 (cannot punch hole in existing wildcard "
                "rule)");
        }
        x->access &= (uint8_t)~e->access;
    }
    return 0;
}

/*
 * The kernel grants a request only if one exception has all of it: give each exception what wider ones have
 * for the same devices; drop what then says nothing new.
 */
static void exceptions_settle(struct exceptions *l, bool default_allow)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n && !default_allow; i++)
        for (size_t j = 0; j < l->n; j++)
            if (l->v[i].access && i != j && covers(&l->v[j], &l->v[i]))
                l->v[i].access |= l->v[j].access;
    for (size_t i = 0; i < l->n; i++) {
        bool redundant = l->v[i].access == 0;

        for (size_t j = 0; j < l->n && !redundant; j++)
            redundant = i != j && covers(&l->v[j], &l->v[i]) && (l->v[i].access & ~l->v[j].access) == 0;
        if (!redundant)
            l->v[kept++] = l->v[i];
        else
            l->v[i].access = 0; /* it must not make another one redundant */
    }
    l->n = kept;
}

static const char *exception_text(struct arena *a, const struct exception *e)
{
    char major[16] = "*", minor[16] = "*";

    if (!e->any_major)
        (void)snprintf(major, sizeof(major), "%" PRIu32, e->major);
    if (!e->any_minor)
        (void)snprintf(minor, sizeof(minor), "%" PRIu32, e->minor);
    return arena_printf(a, "%c %s:%s %s%s%s", e->type == DEVICE_BLOCK ? 'b' : 'c', major, minor,
                        e->access & DEVICE_READ ? "r" : "", e->access & DEVICE_WRITE ? "w" : "",
                        e->access & DEVICE_MKNOD ? "m" : "");
}

static int emulate(struct exceptions *l, const struct device_rules *r, struct err *reterr)
{
    static const uint8_t types[] = {DEVICE_CHAR, DEVICE_BLOCK};

    for (size_t i = 0; i < r->n; i++) {
        for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
            struct exception e = exception_of(&r->v[i], types[t]);
            int rc;

            if (!(r->v[i].types & types[t]))
                continue;
            if (r->v[i].allow != r->default_allow) {
                exceptions_add(l, &e);
                continue;
            }
            rc = exceptions_remove(l, &e, r->v[i].source, reterr);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

int devices_v1_lines(struct arena *a, const struct device_rules *r, struct devices_v1_line **ret,
                     size_t *ret_n, struct err *reterr)
{
    struct exceptions l = {.v = arena_new_array(a, struct exception, 2 * r->n)};
    struct devices_v1_line *lines;
    int rc;

    if (!l.v)
        return err_nomem(reterr);
    rc = emulate(&l, r, reterr);
    if (rc < 0)
        return rc;
    exceptions_settle(&l, r->default_allow);
    lines = arena_new_array(a, struct devices_v1_line, l.n + 1);
    if (!lines)
        return err_nomem(reterr);
    lines[0] = (struct devices_v1_line){.allow = r->default_allow, .text = "a"};
    for (size_t i = 0; i < l.n; i++) {
        lines[i + 1] =
            (struct devices_v1_line){.allow = !r->default_allow, .text = exception_text(a, &l.v[i])};
        if (!lines[i + 1].text)
            return err_nomem(reterr);
    }
    *ret = lines;
    *ret_n = l.n + 1;
    return 0;
}

/* ---- nodes ---- */

static int node_type(const char *type, const char *pointer, uint32_t *ret, struct err *reterr)
{
    char where[ERR_WHERE_MAX];
    char shown[SHOWN_SIZE];

    if (streq(type, "c") || streq(type, "u")) {
        *ret = S_IFCHR;
    } else if (streq(type, "b")) {
        *ret = S_IFBLK;
    } else if (streq(type, "p")) {
        *ret = S_IFIFO;
    } else {
        (void)snprintf(where, sizeof(where), "%s/type", pointer);
        return err_config(reterr, where, "invalid device type %s",
                          quote_go_into(shown, sizeof(shown), str_of(type ? type : "")));
    }
    return 0;
}

static int node_number(struct opt_i64 number, int64_t max, const char *pointer, const char *member,
                       uint32_t *ret, struct err *reterr)
{
    char where[ERR_WHERE_MAX];

    if (number.has && number.v >= 0 && number.v <= max) {
        *ret = (uint32_t)number.v;
        return 0;
    }
    (void)snprintf(where, sizeof(where), "%s/%s", pointer, member);
    if (!number.has)
        return err_config(reterr, where, "a device node needs a %s number", member);
    return err_config(reterr, where, "%s number %" PRId64 " is not from 0 to %" PRId64, member, number.v,
                      max);
}

int device_node_decode(const struct config_device *d, const char *pointer, struct plan_device *ret,
                       struct err *reterr)
{
    struct plan_device node = *ret;
    int rc = node_type(d->type, pointer, &node.type, reterr);

    node.major = 0;
    node.minor = 0;
    if (rc == 0 && node.type != S_IFIFO) {
        rc = node_number(d->major, NODE_MAJOR_MAX, pointer, "major", &node.major, reterr);
        if (rc == 0)
            rc = node_number(d->minor, NODE_MINOR_MAX, pointer, "minor", &node.minor, reterr);
    }
    if (rc < 0)
        return rc;
    /* engines pass st_mode as it is, type bits included */
    node.mode = d->file_mode.has ? d->file_mode.v & 07777u : 0666u;
    node.uid = d->uid.has ? d->uid.v : 0;
    node.gid = d->gid.has ? d->gid.v : 0;
    *ret = node;
    return 0;
}

const struct plan_device *device_default_nodes(size_t *ret_n)
{
    static const struct plan_device nodes[] = {
#define X(node_path, maj, min)                                                                               \
    {.path = (node_path), .type = S_IFCHR, .major = (maj), .minor = (min), .mode = 0666},
#include "core/tbl/device_nodes.h"
#undef X
    };

    *ret_n = ARRAY_SIZE(nodes);
    return nodes;
}
