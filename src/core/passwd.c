/* SPDX-License-Identifier: Apache-2.0 */
#include "core/passwd.h"

#include "core/user_spec.h"

#include <errno.h>

/*
 * The next line that may be an entry, without its end. Comments, NIS entries and lines with a NUL are passed
 * over: libc ends a line at the NUL, others do not, and an entry on which readers disagree is none.
 */
static bool entry_next(struct str *rest, struct str *line)
{
    while (str_next(rest, '\n', line)) {
        if (line->len > 0 && line->ptr[line->len - 1] == '\r')
            line->len--;
        while (line->len > 0 && (line->ptr[0] == ' ' || line->ptr[0] == '\t')) {
            line->ptr++;
            line->len--;
        }
        if (line->len == 0 || line->ptr[0] == '#' || line->ptr[0] == '+' || line->ptr[0] == '-')
            continue;
        if (memchr(line->ptr, '\0', line->len))
            continue;
        return true;
    }
    return false;
}

/* Splits at colons; fields that are missing are empty. What stands behind the last field is not looked at. */
static void entry_split(struct str line, struct str *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!str_next(&line, ':', &fields[i]))
            fields[i] = (struct str){"", 0};
    }
}

static bool id_of(struct str field, uint32_t *ret)
{
    return str_to_u32(field, USER_ID_MAX, ret) == 0;
}

/* name:password:uid:gid:gecos:home:shell */
static bool passwd_next(struct str *rest, struct passwd_entry *e)
{
    struct str line, f[7];

    while (entry_next(rest, &line)) {
        entry_split(line, f, ARRAY_SIZE(f));
        *e = (struct passwd_entry){.name = f[0], .home = f[5], .shell = f[6]};
        if (!id_of(f[2], &e->uid))
            continue;
        e->has_gid = id_of(f[3], &e->gid);
        return true;
    }
    return false;
}

/* name:password:gid:members */
static bool group_next(struct str *rest, struct group_entry *e)
{
    struct str line, f[4];

    while (entry_next(rest, &line)) {
        entry_split(line, f, ARRAY_SIZE(f));
        *e = (struct group_entry){.name = f[0], .members = f[3]};
        if (id_of(f[2], &e->gid))
            return true;
    }
    return false;
}

int passwd_find_uid(struct str text, uint32_t uid, struct passwd_entry *ret)
{
    struct passwd_entry e;

    while (passwd_next(&text, &e)) {
        if (e.uid == uid) {
            *ret = e;
            return 0;
        }
    }
    return -ENOENT;
}

int passwd_find_name(struct str text, const char *name, struct passwd_entry *ret)
{
    struct passwd_entry e;

    while (passwd_next(&text, &e)) {
        if (str_eq(e.name, name)) {
            *ret = e;
            return 0;
        }
    }
    return -ENOENT;
}

int group_find_gid(struct str text, uint32_t gid, struct group_entry *ret)
{
    struct group_entry e;

    while (group_next(&text, &e)) {
        if (e.gid == gid) {
            *ret = e;
            return 0;
        }
    }
    return -ENOENT;
}

int group_find_name(struct str text, const char *name, struct group_entry *ret)
{
    struct group_entry e;

    while (group_next(&text, &e)) {
        if (str_eq(e.name, name)) {
            *ret = e;
            return 0;
        }
    }
    return -ENOENT;
}

struct str passwd_home(struct str text, uint32_t uid)
{
    struct passwd_entry e;

    if (passwd_find_uid(text, uid, &e) < 0 || e.home.len == 0 || e.home.len > PASSWD_HOME_MAX)
        return STR(PASSWD_HOME_DEFAULT);
    return e.home;
}
