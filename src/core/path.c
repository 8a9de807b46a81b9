/* SPDX-License-Identifier: Apache-2.0 */
#include "core/path.h"

#include <errno.h>

bool path_next(struct str *rest, struct str *component)
{
    while (rest->len && rest->ptr[0] == '/') {
        rest->ptr++;
        rest->len--;
    }
    if (rest->len == 0)
        return false;
    component->ptr = rest->ptr;
    component->len = 0;
    while (rest->len && rest->ptr[0] != '/') {
        rest->ptr++;
        rest->len--;
        component->len++;
    }
    return true;
}

bool path_is_name(struct str name)
{
    return name.len >= 1 && name.len <= PATH_NAME_MAX && !str_eq(name, ".") && !str_eq(name, "..") &&
           !str_has(name, '/') && !str_has(name, '\0');
}

bool path_is_clean(const char *path)
{
    struct str rest = str_of(path), component;

    if (path[0] != '/' || rest.len > PATH_LEN_MAX)
        return false;
    if (rest.len == 1)
        return true;
    while (rest.len) { /* "/name" again and again */
        rest.ptr++;
        rest.len--;
        if (rest.len == 0 || rest.ptr[0] == '/' || !path_next(&rest, &component) || !path_is_name(component))
            return false;
    }
    return true;
}

int path_clean(struct arena *a, const char *path, const char **ret)
{
    struct str rest = str_of(path), component;
    char *clean = arena_alloc(a, rest.len + 2); /* a slash before a relative path, and the terminator */
    size_t len = 0;

    if (!clean)
        return -ENOMEM;
    while (path_next(&rest, &component)) {
        if (str_eq(component, "."))
            continue;
        if (str_eq(component, "..")) {
            while (len && clean[--len] != '/')
                ;
            continue;
        }
        if (component.len > PATH_NAME_MAX)
            return -ENAMETOOLONG;
        clean[len++] = '/';
        memcpy(clean + len, component.ptr, component.len);
        len += component.len;
    }
    if (len > PATH_LEN_MAX)
        return -ENAMETOOLONG;
    if (len == 0)
        clean[len++] = '/';
    clean[len] = '\0'; /* a ".." may have left text behind */
    *ret = clean;
    return 0;
}

int path_join(struct arena *a, const char *base, const char *path, const char **ret)
{
    const char *below, *joined;
    int r;

    if (!path_is_clean(base))
        return -EINVAL;
    r = path_clean(a, path, &below);
    if (r < 0)
        return r;
    if (streq(below, "/"))
        joined = base;
    else if (streq(base, "/"))
        joined = below;
    else
        joined = arena_printf(a, "%s%s", base, below);
    if (!joined)
        return -ENOMEM;
    if (strlen(joined) > PATH_LEN_MAX)
        return -ENAMETOOLONG;
    *ret = joined;
    return 0;
}

int path_resolve(struct arena *a, const char *base, const char *path, const char **ret)
{
    if (!path_is_clean(base))
        return -EINVAL;
    if (path[0] != '/') {
        path = arena_printf(a, "%s/%s", base, path);
        if (!path)
            return -ENOMEM;
    }
    return path_clean(a, path, ret);
}

bool path_is_beneath(const char *base, const char *path)
{
    size_t len = strlen(base);

    if (streq(base, "/"))
        return path[0] == '/';
    return strncmp(base, path, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

struct str path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return str_of(slash ? slash + 1 : path);
}

struct str path_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return STR("/");
    return (struct str){path, (size_t)(slash - path)};
}

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '.' || c == '-';
}

int container_id_check(const char *id, struct err *reterr)
{
    size_t len = strlen(id);

    if (len == 0)
        return err_usage(reterr, "container id cannot be empty");
    if (len > CONTAINER_ID_MAX)
        return err_usage(reterr, "invalid container ID format: longer than %u bytes", CONTAINER_ID_MAX);
    if (streq(id, ".") || streq(id, ".."))
        return err_usage(reterr, "invalid container ID format: \"%s\" is no name", id);
    for (size_t i = 0; i < len; i++)
        if (!is_id_char(id[i]))
            return err_usage(reterr,
                             "invalid container ID format: only letters, digits and \"_+.-\" are allowed");
    return 0;
}
