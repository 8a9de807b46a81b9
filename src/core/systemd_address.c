/* SPDX-License-Identifier: Apache-2.0 */
#include "core/systemd_address.h"

#include "base/str.h"

#define HEX "0123456789abcdef"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool present(const char *s)
{
    return s && *s;
}

/* Bytes that need no escape in a value of an address. */
static bool is_plain(char c)
{
    return is_alnum(c) || (c && strchr("-_/.\\*", c));
}

static char *append_escaped(char *out, char escape, char c)
{
    *out++ = escape;
    *out++ = HEX[(unsigned char)c >> 4];
    *out++ = HEX[(unsigned char)c & 15];
    return out;
}

/* "unix:path=DIR/NAME" */
static const char *unix_address(struct arena *a, const char *dir, const char *name)
{
    static const char prefix[] = "unix:path=";
    size_t len = strlen(dir);
    char *text = arena_alloc(a, sizeof(prefix) + 3 * len + strlen(name) + 1);
    char *out;

    if (!text)
        return NULL;
    memcpy(text, prefix, strlen(prefix));
    out = text + strlen(prefix);
    for (size_t i = 0; i < len; i++) {
        if (is_plain(dir[i]))
            *out++ = dir[i];
        else
            out = append_escaped(out, '%', dir[i]);
    }
    memcpy(out, name, strlen(name));
    return text;
}

static int add(struct systemd_addresses *l, const char *address, bool direct, bool user, struct err *reterr)
{
    if (!address)
        return err_nomem(reterr);
    l->v[l->n++] = (struct systemd_address){.address = address, .direct = direct, .user = user};
    return 0;
}

static int add_user(struct arena *a, const struct systemd_environment *env, struct systemd_addresses *l,
                    struct err *reterr)
{
    int rc = 0;

    if (present(env->session_bus))
        rc = add(l, env->session_bus, false, true, reterr);
    else if (present(env->runtime_dir))
        rc = add(l, unix_address(a, env->runtime_dir, "/bus"), false, true, reterr);
    if (rc == 0 && present(env->runtime_dir))
        rc = add(l, unix_address(a, env->runtime_dir, "/systemd/private"), true, true, reterr);
    return rc;
}

int systemd_addresses(struct arena *a, uint32_t euid, bool rootless, const struct systemd_environment *env,
                      struct systemd_addresses *ret, struct err *reterr)
{
    struct systemd_addresses l = {.n = 0};
    int rc = rootless ? add_user(a, env, &l, reterr) : 0;

    if (rc == 0 && euid == 0 && present(env->system_bus)) {
        rc = add(&l, env->system_bus, false, false, reterr);
    } else if (rc == 0 && euid == 0) {
        rc = add(&l, "unix:path=/run/systemd/private", true, false, reterr);
        if (rc == 0)
            rc = add(&l, "unix:path=/run/dbus/system_bus_socket", false, false, reterr);
    }
    if (rc == 0)
        *ret = l;
    return rc;
}

const char *systemd_unit_path(struct arena *a, const char *unit)
{
    static const char prefix[] = "/org/freedesktop/systemd1/unit/";
    size_t len = strlen(unit);
    char *text = arena_alloc(a, sizeof(prefix) + 3 * len + 1);
    char *out;

    if (!text)
        return NULL;
    memcpy(text, prefix, strlen(prefix));
    out = text + strlen(prefix);
    for (size_t i = 0; i < len; i++) {
        if (is_alnum(unit[i]) && (i > 0 || unit[i] > '9'))
            *out++ = unit[i];
        else
            out = append_escaped(out, '_', unit[i]);
    }
    if (len == 0)
        *out = '_';
    return text;
}
