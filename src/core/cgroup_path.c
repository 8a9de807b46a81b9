/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_path.h"

#include "core/path.h"
#include "core/quote.h"

#include <errno.h>

#define AT_CGROUPS_PATH "/linux/cgroupsPath"
#define SHOWN_SIZE      256

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static int refuse(struct err *reterr, const char *path, const char *why)
{
    char shown[SHOWN_SIZE];

    return err_config(reterr, AT_CGROUPS_PATH, "cgroupsPath %s %s",
                      quote_go_into(shown, sizeof(shown), str_of(path)), why);
}

int cgroup_path_parse(struct arena *a, const char *cgroups_path, const char *id, struct cgroup_path *ret,
                      struct err *reterr)
{
    bool given = cgroups_path && cgroups_path[0] != '\0';
    struct str rest = str_of(given ? cgroups_path : id);
    const char *source = rest.ptr;
    struct str component;
    size_t len = 0;
    char *text;

    if (rest.len > CGROUP_PATH_MAX)
        return refuse(reterr, source, "is too long");
    if (has_control(rest))
        return refuse(reterr, source, "holds a control character");
    text = arena_alloc(a, rest.len + 1);
    if (!text)
        return err_nomem(reterr);
    while (path_next(&rest, &component)) {
        if (str_eq(component, "."))
            continue;
        if (str_eq(component, ".."))
            return refuse(reterr, source, "holds \"..\"");
        if (component.len > PATH_NAME_MAX)
            return refuse(reterr, source, "holds a name of more than 255 bytes");
        if (len)
            text[len++] = '/';
        memcpy(text + len, component.ptr, component.len);
        len += component.len;
    }
    if (len == 0)
        return refuse(reterr, source, "names the root of the hierarchy");
    *ret = (struct cgroup_path){.absolute = given && cgroups_path[0] == '/', .text = text};
    return 0;
}

int cgroup_path_place(struct arena *a, const struct cgroup_path *p, const char *own, bool from_parent,
                      const char **ret, struct err *reterr)
{
    struct str base = STR("/");
    char *path;

    if (!p->absolute && own) {
        /* "/../..": seen from a cgroup namespace that the runtime's own cgroup lies outside of */
        if (!path_is_clean(own))
            return err_config(
                reterr, AT_CGROUPS_PATH,
                "a relative cgroupsPath has no place: the runtime's own cgroup \"%.100s\" is not visible",
                own);
        base = from_parent ? path_dirname(own) : str_of(own);
    }
    if (base.len == 1)
        base.len = 0;
    if (base.len + 1 + strlen(p->text) > CGROUP_PATH_MAX)
        return refuse(reterr, p->text, "is too long");
    path = arena_printf(a, "%.*s/%s", (int)base.len, base.ptr, p->text);
    if (!path)
        return err_nomem(reterr);
    *ret = path;
    return 0;
}

/* ---- systemd ---- */

/* "a-b.slice" -> "/a.slice/a-b.slice" (systemd.slice(5)); "-.slice" -> "/". */
static int expand_slice(struct arena *a, const char *slice, const char **ret, struct err *reterr)
{
    struct str name = str_of(slice);
    struct str rest, component;
    char shown[SHOWN_SIZE];
    char *path;
    size_t len = 0;

    if (!str_ends(name, ".slice") || name.len == strlen(".slice") || name.len > PATH_NAME_MAX ||
        str_has(name, '/'))
        goto invalid;
    name.len -= strlen(".slice");
    if (str_eq(name, "-")) {
        *ret = "/";
        return 0;
    }
    /* each of at most n/2 + 1 levels repeats what stands before it */
    path = arena_alloc(a, (name.len / 2 + 1) * (name.len + sizeof("/.slice")) + 1);
    if (!path)
        return err_nomem(reterr);
    rest = name;
    while (str_next(&rest, '-', &component)) {
        size_t prefix = (size_t)(component.ptr - name.ptr) + component.len;

        if (component.len == 0)
            goto invalid;
        path[len++] = '/';
        memcpy(path + len, name.ptr, prefix);
        len += prefix;
        memcpy(path + len, ".slice", strlen(".slice"));
        len += strlen(".slice");
    }
    if (len > CGROUP_PATH_MAX)
        return refuse(reterr, slice, "is too long");
    *ret = path;
    return 0;
invalid:
    return err_config(reterr, AT_CGROUPS_PATH, "invalid slice name: %s",
                      quote_go_into(shown, sizeof(shown), str_of(slice)));
}

static int systemd_split(struct arena *a, const char *cgroups_path, struct cgroup_systemd *s,
                         struct err *reterr)
{
    struct str rest = str_of(cgroups_path);
    struct str part[3];
    char shown[SHOWN_SIZE];
    size_t n = 0;

    while (n < ARRAY_SIZE(part) && str_next(&rest, ':', &part[n]))
        n++;
    if (n != ARRAY_SIZE(part) || rest.ptr)
        return err_config(
            reterr, AT_CGROUPS_PATH,
            "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got %s "
            "instead",
            quote_go_into(shown, sizeof(shown), str_of(cgroups_path)));
    s->slice = arena_strndup(a, part[0].ptr, part[0].len);
    s->prefix = arena_strndup(a, part[1].ptr, part[1].len);
    s->name = arena_strndup(a, part[2].ptr, part[2].len);
    return s->slice && s->prefix && s->name ? 0 : err_nomem(reterr);
}

/* The unit that carries the container: a scope, or a slice that was named as such. */
static int systemd_unit(struct arena *a, struct cgroup_systemd *s, struct err *reterr)
{
    if (str_ends(str_of(s->name), ".slice"))
        s->unit = s->name;
    else
        s->unit = arena_printf(a, "%s-%s.scope", s->prefix, s->name);
    if (!s->unit)
        return err_nomem(reterr);
    if (s->name[0] == '\0' || !path_is_name(str_of(s->unit))) {
        char shown[SHOWN_SIZE];

        return err_config(reterr, AT_CGROUPS_PATH, "invalid unit name: %s",
                          quote_go_into(shown, sizeof(shown), str_of(s->unit)));
    }
    return 0;
}

int cgroup_systemd_parse(struct arena *a, const char *cgroups_path, const char *id, bool rootless,
                         struct cgroup_systemd *ret, struct err *reterr)
{
    struct cgroup_systemd s = {.slice = "", .prefix = "lorica", .name = id};
    int rc = 0;

    if (cgroups_path && has_control(str_of(cgroups_path)))
        return refuse(reterr, cgroups_path, "holds a control character");
    if (cgroups_path && cgroups_path[0] != '\0')
        rc = systemd_split(a, cgroups_path, &s, reterr);
    if (rc < 0)
        return rc;
    if (s.slice[0] == '\0')
        s.slice = rootless ? "user.slice" : "system.slice";
    rc = systemd_unit(a, &s, reterr);
    if (rc == 0)
        rc = expand_slice(a, s.slice, &s.slice_path, reterr);
    if (rc < 0)
        return rc;
    if (strlen(s.slice_path) + 1 + strlen(s.unit) > CGROUP_PATH_MAX)
        return refuse(reterr, cgroups_path ? cgroups_path : id, "is too long");
    s.path = arena_printf(a, "%s/%s", streq(s.slice_path, "/") ? "" : s.slice_path, s.unit);
    if (!s.path)
        return err_nomem(reterr);
    *ret = s;
    return 0;
}
