/* SPDX-License-Identifier: Apache-2.0 */
#include "core/facts.h"

#include "base/tbl.h"

#include <errno.h>
#include <inttypes.h>

static const struct tbl_entry layouts[] = {
    {"none", CGROUP_LAYOUT_NONE},
    {"v1", CGROUP_LAYOUT_V1},
    {"hybrid", CGROUP_LAYOUT_HYBRID},
    {"v2", CGROUP_LAYOUT_V2},
};

static const struct tbl_entry features[] = {
    {"openat2", KERNEL_OPENAT2},
    {"mount-api", KERNEL_MOUNT_API},
    {"mount-setattr", KERNEL_MOUNT_SETATTR},
    {"clone3", KERNEL_CLONE3},
    {"clone-into-cgroup", KERNEL_CLONE_INTO_CGROUP},
    {"pidfd", KERNEL_PIDFD},
    {"setns-pidfd", KERNEL_SETNS_PIDFD},
    {"close-range", KERNEL_CLOSE_RANGE},
    {"cgroup-kill", KERNEL_CGROUP_KILL},
    {"nosymfollow", KERNEL_NOSYMFOLLOW},
    {"time-ns", KERNEL_TIME_NS},
    {"cgroup-ns", KERNEL_CGROUP_NS},
    {"seccomp-log", KERNEL_SECCOMP_LOG},
    {"seccomp-notify", KERNEL_SECCOMP_NOTIFY},
    {"seccomp-kill-process", KERNEL_SECCOMP_KILL_PROCESS},
    {"seccomp-spec-allow", KERNEL_SECCOMP_SPEC_ALLOW},
    {"seccomp-wait-killable", KERNEL_SECCOMP_WAIT_KILLABLE},
};
STATIC_ASSERT(KERNEL_FEATURES_ALL == (1u << ARRAY_SIZE(features)) - 1u, "a kernel feature has no name");

/* What a line may hold. WORDS is a space separated list that is kept as one string. */
enum value_kind {
    VALUE_U32,
    VALUE_BOOL,
    VALUE_LAYOUT,
    VALUE_STRING,
    VALUE_WORDS,
    VALUE_FEATURES,
    VALUE_CAPS,
    VALUE_V1
};

struct fact {
    const char *name;
    enum value_kind kind;
    size_t offset; /* in struct facts; VALUE_V1: unused */
};

#define FACT(member, kind)                                                                                   \
    {                                                                                                        \
#member, kind, offsetof(struct facts, member)                                                        \
    }

/* In the order in which they are printed. */
static const struct fact facts_table[] = {
    FACT(euid, VALUE_U32),
    FACT(egid, VALUE_U32),
    FACT(in_userns, VALUE_BOOL),
    FACT(rootless, VALUE_BOOL),
    FACT(cgroup, VALUE_LAYOUT),
    FACT(cgroup2_mountpoint, VALUE_STRING),
    FACT(cgroup2_own_path, VALUE_STRING),
    FACT(cgroup2_controllers, VALUE_WORDS),
    FACT(cgroup_writable, VALUE_BOOL),
    FACT(cgroup_parent_writable, VALUE_BOOL),
    {"v1", VALUE_V1, 0},
    FACT(kernel, VALUE_FEATURES),
    FACT(last_cap, VALUE_U32),
    FACT(bounding_caps, VALUE_CAPS),
    FACT(apparmor, VALUE_BOOL),
    FACT(selinux, VALUE_BOOL),
    FACT(resctrl, VALUE_STRING),
    FACT(swap_accounting, VALUE_BOOL),
    FACT(hugepage_sizes, VALUE_WORDS),
    FACT(systemd_version, VALUE_U32),
    FACT(systemd_user, VALUE_BOOL),
    FACT(systemd_cgroup, VALUE_STRING),
};

/* ---- escapes: as in /proc/self/mountinfo, "\040"; a lone "-" is NULL, so a string "-" is written "\055"
 * ---- */

static bool needs_escape(char c)
{
    unsigned char u = (unsigned char)c;

    return u <= 0x20 || u == 0x7f || c == '\\';
}

static void print_string(struct buf *out, const char *s)
{
    if (!s) {
        buf_char(out, '-');
        return;
    }
    if (streq(s, "-")) {
        buf_str(out, "\\055");
        return;
    }
    for (; *s; s++) {
        if (needs_escape(*s))
            buf_printf(out, "\\%03o", (unsigned)(unsigned char)*s);
        else
            buf_char(out, *s);
    }
}

static int parse_string(struct arena *a, struct str word, const char **ret)
{
    char *s;
    size_t n = 0;

    if (str_eq(word, "-")) {
        *ret = NULL;
        return 0;
    }
    s = arena_alloc(a, word.len + 1);
    if (!s)
        return -ENOMEM;
    for (size_t i = 0; i < word.len; i++) {
        uint32_t c;

        if (word.ptr[i] != '\\') {
            s[n++] = word.ptr[i];
            continue;
        }
        if (word.len - i < 4 || str_to_octal((struct str){word.ptr + i + 1, 3}, 0377, &c) < 0 || c == 0)
            return -EINVAL;
        s[n++] = (char)(unsigned char)c;
        i += 3;
    }
    *ret = s;
    return 0;
}

/* ---- parsing ---- */

struct parser {
    struct arena *arena;
    struct facts *facts;
    size_t v1_cap;
    bool seen[ARRAY_SIZE(facts_table)];
};

static bool next_word(struct str *rest, struct str *word)
{
    while (rest->len && rest->ptr[0] == ' ') {
        rest->ptr++;
        rest->len--;
    }
    if (!rest->len)
        return false;
    return str_next(rest, ' ', word);
}

/* "a  b" to "a b": one spelling for one list. */
static int parse_words(struct parser *p, struct str value, const char **ret)
{
    char *s = arena_alloc(p->arena, value.len + 1);
    struct str word;
    size_t n = 0;

    if (!s)
        return -ENOMEM;
    while (next_word(&value, &word)) {
        if (n)
            s[n++] = ' ';
        for (size_t i = 0; i < word.len; i++) {
            if (needs_escape(word.ptr[i]))
                return -EINVAL;
            s[n++] = word.ptr[i];
        }
    }
    *ret = s;
    return 0;
}

static int parse_features(struct str value, uint32_t *ret)
{
    struct str word;

    *ret = 0;
    while (next_word(&value, &word)) {
        const struct tbl_entry *e = tbl_find(features, ARRAY_SIZE(features), word);

        if (str_eq(word, "all"))
            *ret |= KERNEL_FEATURES_ALL;
        else if (e)
            *ret |= (uint32_t)e->value;
        else
            return -EINVAL;
    }
    return 0;
}

static int parse_hex(struct str s, uint64_t *ret)
{
    uint64_t v = 0;

    if (!str_starts(s, "0x") || s.len == 2 || s.len > 18)
        return -EINVAL;
    for (size_t i = 2; i < s.len; i++) {
        char c = s.ptr[i];
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else
            return -EINVAL;
        v = v << 4 | digit;
    }
    *ret = v;
    return 0;
}

/* "v1 CONTROLLERS MOUNTPOINT OWN_PATH" */
static int parse_v1(struct parser *p, struct str value)
{
    struct facts *f = p->facts;
    struct facts_hierarchy h;
    const char **parts[] = {&h.controllers, &h.mountpoint, &h.own_path};
    struct str word;

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int r;

        if (!next_word(&value, &word))
            return -EINVAL;
        r = parse_string(p->arena, word, parts[i]);
        if (r < 0)
            return r;
        if (!*parts[i])
            return -EINVAL;
    }
    if (next_word(&value, &word))
        return -EINVAL;
    if (f->n_v1 == p->v1_cap) {
        size_t cap = p->v1_cap ? p->v1_cap * 2 : 16;
        struct facts_hierarchy *v = arena_new_array(p->arena, struct facts_hierarchy, cap);

        if (!v)
            return -ENOMEM;
        if (f->n_v1)
            memcpy(v, f->v1, f->n_v1 * sizeof(*v));
        f->v1 = v;
        p->v1_cap = cap;
    }
    f->v1[f->n_v1++] = h;
    return 0;
}

static int parse_bool(struct str value, bool *ret)
{
    *ret = str_eq(value, "true");
    return *ret || str_eq(value, "false") ? 0 : -EINVAL;
}

static int parse_value(struct parser *p, const struct fact *fact, struct str value)
{
    void *at = (char *)p->facts + fact->offset;
    const struct tbl_entry *e;

    switch (fact->kind) {
    case VALUE_U32: return str_to_u32(value, UINT32_MAX, at);
    case VALUE_BOOL: return parse_bool(value, at);
    case VALUE_STRING: return str_has(value, ' ') ? -EINVAL : parse_string(p->arena, value, at);
    case VALUE_WORDS: return parse_words(p, value, at);
    case VALUE_FEATURES: return parse_features(value, at);
    case VALUE_CAPS: return parse_hex(value, at);
    case VALUE_V1: return parse_v1(p, value);
    case VALUE_LAYOUT:
        e = tbl_find(layouts, ARRAY_SIZE(layouts), value);
        if (!e)
            return -EINVAL;
        *(enum cgroup_layout *)at = (enum cgroup_layout)e->value;
        return 0;
    }
    return -EINVAL;
}

static int parse_line(struct parser *p, struct str line, uint32_t number, struct err *reterr)
{
    struct str name, value;
    int r = -EINVAL;

    line = str_trim(line);
    if (!line.len || line.ptr[0] == '#')
        return 0;
    value = line;
    str_next(&value, ' ', &name);
    if (!value.ptr)
        value = STR("");
    value = str_trim(value);
    for (size_t i = 0; i < ARRAY_SIZE(facts_table); i++) {
        const struct fact *fact = &facts_table[i];

        if (!str_eq(name, fact->name))
            continue;
        if (p->seen[i] && fact->kind != VALUE_V1)
            return err_usage(reterr, "facts: line %u: \"%s\" stands twice", number, fact->name);
        p->seen[i] = true;
        r = parse_value(p, fact, value);
        if (r == -ENOMEM)
            return err_nomem(reterr);
        if (r < 0)
            return err_usage(reterr, "facts: line %u: invalid value of \"%s\"", number, fact->name);
        return 0;
    }
    return err_usage(reterr, "facts: line %u: unknown name", number);
}

int facts_parse(struct arena *a, struct str text, struct facts *ret, struct err *reterr)
{
    struct facts f = {.cgroup2_controllers = "", .hugepage_sizes = ""};
    struct parser p = {.arena = a, .facts = &f};
    struct str line;
    uint32_t number = 0;

    if (str_has(text, '\0'))
        return err_usage(reterr, "facts: the text holds a NUL");
    while (str_next(&text, '\n', &line)) {
        int r = parse_line(&p, line, ++number, reterr);

        if (r < 0)
            return r;
    }
    *ret = f;
    return 0;
}

/* ---- printing ---- */

static void print_features(struct buf *out, uint32_t bits)
{
    if (bits == KERNEL_FEATURES_ALL) {
        buf_str(out, " all");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        if (bits & (uint32_t)features[i].value)
            buf_printf(out, " %s", features[i].name);
}

static void print_v1(struct buf *out, const struct facts *f)
{
    for (size_t i = 0; i < f->n_v1; i++) {
        buf_str(out, "v1 ");
        print_string(out, f->v1[i].controllers);
        buf_char(out, ' ');
        print_string(out, f->v1[i].mountpoint);
        buf_char(out, ' ');
        print_string(out, f->v1[i].own_path);
        buf_char(out, '\n');
    }
}

static void print_value(struct buf *out, const struct fact *fact, const void *at)
{
    const char *s;

    switch (fact->kind) {
    case VALUE_U32: buf_printf(out, " %" PRIu32, *(const uint32_t *)at); break;
    case VALUE_BOOL: buf_str(out, *(const bool *)at ? " true" : " false"); break;
    case VALUE_FEATURES: print_features(out, *(const uint32_t *)at); break;
    case VALUE_CAPS: buf_printf(out, " 0x%" PRIx64, *(const uint64_t *)at); break;
    case VALUE_LAYOUT:
        s = tbl_name(layouts, ARRAY_SIZE(layouts), *(const enum cgroup_layout *)at);
        buf_printf(out, " %s", s ? s : "none");
        break;
    case VALUE_STRING:
        buf_char(out, ' ');
        print_string(out, *(const char *const *)at);
        break;
    case VALUE_WORDS:
        s = *(const char *const *)at;
        if (s && *s)
            buf_printf(out, " %s", s);
        break;
    case VALUE_V1: break;
    }
}

void facts_print(const struct facts *f, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts_table); i++) {
        const struct fact *fact = &facts_table[i];

        if (fact->kind == VALUE_V1) {
            print_v1(out, f);
            continue;
        }
        buf_str(out, fact->name);
        print_value(out, fact, (const char *)f + fact->offset);
        buf_char(out, '\n');
    }
}
