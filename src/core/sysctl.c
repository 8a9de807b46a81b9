/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sysctl.h"

#include "core/path.h"

#include <errno.h>

struct namespaced {
    const char *pattern;
    enum ns_type ns;
};

static const struct namespaced namespaced_table[] = {
#define X(pattern, ns) {pattern, ns},
#include "core/tbl/sysctls.h"
#undef X
};

static bool has_control_char(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return true;
    return false;
}

/* In place: the separator becomes '/', and a slash within a component of the dotted form becomes a dot. */
static void dots_to_slashes(char *text)
{
    size_t first = strcspn(text, "./");

    if (text[first] != '.')
        return;
    for (char *c = text; *c; c++)
        if (*c == '.')
            *c = '/';
        else if (*c == '/')
            *c = '.';
}

int sysctl_parse(struct arena *a, const char *key, const char *pointer, struct sysctl *ret,
                 struct err *reterr)
{
    struct str text = str_of(key), rest, component;
    const char **components;
    char *copy;
    size_t n = 0;

    if (text.len > SYSCTL_KEY_MAX)
        return err_config(reterr, pointer, "sysctl name is longer than %u bytes", SYSCTL_KEY_MAX);
    if (has_control_char(text))
        return err_config(reterr, pointer, "sysctl name has a control character");
    copy = arena_strndup(a, text.ptr, text.len);
    if (!copy)
        return err_nomem(reterr);
    dots_to_slashes(copy);
    for (rest = str_of(copy); str_next(&rest, '/', &component); n++)
        if (!path_is_name(component))
            return err_config(reterr, pointer, "sysctl name \"%s\" has a component that is no file name",
                              key);
    if (n > SYSCTL_COMPONENTS_MAX)
        return err_config(reterr, pointer, "sysctl name has %zu components, at most %u are possible", n,
                          SYSCTL_COMPONENTS_MAX);
    components = arena_new_array(a, const char *, n);
    if (!components)
        return err_nomem(reterr);
    for (size_t i = 0; i < n; i++) { /* terminate each where its slash stood */
        components[i] = copy;
        copy += strcspn(copy, "/");
        *copy++ = '\0';
    }
    *ret = (struct sysctl){components, n};
    return 0;
}

static bool pattern_matches(const char *pattern, const struct sysctl *s)
{
    struct str rest = str_of(pattern), part;
    size_t i = 0;

    for (; str_next(&rest, '.', &part); i++) {
        if (i == s->n)
            return false;
        if (str_eq(part, "*"))
            return true;
        if (!str_eq(part, s->components[i]))
            return false;
    }
    return i == s->n;
}

void sysctl_print(const struct sysctl *s, struct buf *out)
{
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            buf_char(out, '.');
        for (const char *c = s->components[i]; *c; c++)
            buf_char(out, *c == '.' ? '/' : *c);
    }
}

int sysctl_check(const struct sysctl *s, uint32_t private_ns, const char *pointer, struct err *reterr)
{
    AUTO_BUF struct buf name = BUF_INIT(2 * SYSCTL_KEY_MAX);
    bool allowed = false;

    for (size_t i = 0; i < ARRAY_SIZE(namespaced_table) && !allowed; i++)
        allowed = (private_ns & SYSCTL_NS(namespaced_table[i].ns)) &&
                  pattern_matches(namespaced_table[i].pattern, s);
    if (allowed && !pattern_matches("kernel.hostname", s))
        return 0;
    sysctl_print(s, &name);
    if (buf_error(&name) < 0)
        return err_nomem(reterr);
    if (allowed)
        return err_config(reterr, pointer,
                          "sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field",
                          buf_cstr(&name));
    return err_config(reterr, pointer, "sysctl \"%s\" is not in a separate kernel namespace",
                      buf_cstr(&name));
}

bool sysctl_equal(const struct sysctl *a, const struct sysctl *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!streq(a->components[i], b->components[i]))
            return false;
    return true;
}
