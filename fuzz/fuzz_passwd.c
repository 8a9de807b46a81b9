/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: four bytes of an id, then the text of a passwd or group file. Oracles: every slice lies in the text
 * and holds no separator; the entry found is the first that a slow reading, line by line into copies, finds;
 * the home is never empty and never longer than a path.
 */
#include "oracle.h"

#include "core/passwd.h"

#include "core/user_spec.h"

#include <errno.h>

#define LINE_BYTES_MAX 65536

static void check_slice(struct str text, struct str s)
{
    if (s.len == 0)
        return;
    CHECK(s.ptr >= text.ptr && s.ptr + s.len <= text.ptr + text.len);
    CHECK(!str_has(s, ':') && !str_has(s, '\n') && !memchr(s.ptr, '\0', s.len));
}

/* The n-th field of a line as a copy; false when there is none. */
static bool field_of(const char *line, size_t n, char *out, size_t size)
{
    size_t at = 0;

    for (; n > 0; n--) {
        line = strchr(line, ':');
        if (!line)
            return false;
        line++;
    }
    for (; *line && *line != ':' && at + 1 < size; line++)
        out[at++] = *line;
    out[at] = '\0';
    return true;
}

static bool id_is(const char *line, uint32_t id)
{
    char field[32], number[16];

    snprintf(number, sizeof(number), "%u", id);
    return id <= USER_ID_MAX && field_of(line, 2, field, sizeof(field)) && streq(field, number);
}

/* The first line of that id, without what is around it; false: none. */
static bool slow_find(struct str text, uint32_t id, char line[LINE_BYTES_MAX])
{
    size_t start = 0;

    while (start < text.len) {
        size_t end = start, len, skip = 0;

        while (end < text.len && text.ptr[end] != '\n')
            end++;
        len = end - start;
        memcpy(line, text.ptr + start, len);
        start = end + 1;
        if (memchr(line, '\0', len))
            continue;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        line[len] = '\0';
        while (line[skip] == ' ' || line[skip] == '\t')
            skip++;
        memmove(line, line + skip, len - skip + 1);
        if (line[0] && !strchr("#+-", line[0]) && id_is(line, id))
            return true;
    }
    return false;
}

static void check_passwd(struct str text, uint32_t uid)
{
    static char line[LINE_BYTES_MAX], field[LINE_BYTES_MAX];
    struct passwd_entry e, by_name;
    struct str home = passwd_home(text, uid);
    int r = passwd_find_uid(text, uid, &e);
    char name[256];

    CHECK(home.len >= 1 && home.len <= PASSWD_HOME_MAX);
    CHECK((r == 0) == slow_find(text, uid, line));
    if (r < 0) {
        CHECK(r == -ENOENT && str_eq(home, PASSWD_HOME_DEFAULT));
        return;
    }
    CHECK(e.uid == uid);
    check_slice(text, e.name);
    check_slice(text, e.home);
    check_slice(text, e.shell);
    CHECK(field_of(line, 0, field, sizeof(field)) && str_eq(e.name, field));
    CHECK(str_eq(e.home, field_of(line, 5, field, sizeof(field)) ? field : ""));
    CHECK(str_eq(e.shell, field_of(line, 6, field, sizeof(field)) ? field : ""));
    if (e.home.len > 0 && e.home.len <= PASSWD_HOME_MAX)
        CHECK(home.ptr == e.home.ptr && home.len == e.home.len);
    if (e.name.len < sizeof(name)) {
        memcpy(name, e.name.ptr, e.name.len);
        name[e.name.len] = '\0';
        CHECK(passwd_find_name(text, name, &by_name) == 0 && str_eq(by_name.name, name));
    }
}

static void check_group(struct str text, uint32_t gid)
{
    static char line[LINE_BYTES_MAX], field[LINE_BYTES_MAX];
    struct group_entry e, by_name;
    int r = group_find_gid(text, gid, &e);
    char name[256];

    CHECK((r == 0) == slow_find(text, gid, line));
    if (r < 0)
        return;
    CHECK(e.gid == gid);
    check_slice(text, e.name);
    check_slice(text, e.members);
    CHECK(str_eq(e.members, field_of(line, 3, field, sizeof(field)) ? field : ""));
    if (e.name.len < sizeof(name)) {
        memcpy(name, e.name.ptr, e.name.len);
        name[e.name.len] = '\0';
        CHECK(group_find_name(text, name, &by_name) == 0 && str_eq(by_name.name, name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t id = 0;
    struct str text;

    if (size < sizeof(id) || size >= LINE_BYTES_MAX)
        return 0;
    memcpy(&id, data, sizeof(id));
    text = (struct str){(const char *)data + sizeof(id), size - sizeof(id)};
    check_passwd(text, id);
    check_passwd(text, 0);
    check_passwd(text, 5);
    check_group(text, id);
    check_group(text, 5);
    return 0;
}
