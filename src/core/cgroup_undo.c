/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_undo.h"

#include <errno.h>

/* "8:0", "*:*" is none */
static bool is_device(struct str word)
{
    struct str rest = word, major, minor;
    uint32_t v;

    return str_next(&rest, ':', &major) && str_next(&rest, ':', &minor) && rest.ptr == NULL &&
           str_to_u32(major, UINT32_MAX, &v) == 0 && str_to_u32(minor, UINT32_MAX, &v) == 0;
}

static struct str first_word(struct str line)
{
    struct str word;

    line = str_trim(line);
    (void)str_next(&line, ' ', &word);
    return word;
}

/* What a device has of which the file says nothing; NULL: not known. */
static const char *unset_entry(const char *file)
{
    if (streq(file, "io.max"))
        return "rbps=max wbps=max riops=max wiops=max";
    if (streq(file, "rdma.max"))
        return "hca_handle=max hca_object=max";
    if (streq(file, "io.weight"))
        return "default";
    if (streq(file, "io.latency"))
        return "target=0";
    if (streq(file, "net_prio.ifpriomap") || streq(file, "io.bfq.weight") ||
        str_starts(str_of(file), "blkio."))
        return "0";
    return NULL;
}

static bool has_entries(const char *file, struct str key)
{
    return is_device(key) || streq(file, "rdma.max") || streq(file, "net_prio.ifpriomap");
}

static int give(struct arena *a, struct str value, const char **ret)
{
    /* an empty write is none at all */
    *ret = value.len ? arena_strndup(a, value.ptr, value.len) : "\n";
    return *ret ? 1 : -ENOMEM;
}

static int undo_entry(struct arena *a, const char *file, struct str key, struct str before, const char **ret)
{
    const char *unset = unset_entry(file);
    struct str line;

    while (str_next(&before, '\n', &line)) {
        struct str word = first_word(line);

        if (word.len == key.len && memcmp(word.ptr, key.ptr, key.len) == 0)
            return give(a, str_trim(line), ret);
    }
    if (!unset)
        return 0;
    *ret = arena_printf(a, "%.*s %s", (int)key.len, key.ptr, unset);
    return *ret ? 1 : -ENOMEM;
}

/* The text behind "WORD " on the line that begins with it. */
static bool line_after(struct str text, const char *word, struct str *ret)
{
    struct str line;

    while (str_next(&text, '\n', &line)) {
        size_t len = strlen(word);

        if (line.len > len && memcmp(line.ptr, word, len) == 0 && line.ptr[len] == ' ') {
            *ret = str_trim((struct str){line.ptr + len, line.len - len});
            return true;
        }
    }
    return false;
}

int cgroup_undo_value(struct arena *a, const char *file, const char *written, struct str before,
                      const char **ret)
{
    struct str key = first_word(str_of(written));
    struct str value;

    if (key.len && has_entries(file, key))
        return undo_entry(a, file, key, before, ret);
    if (streq(file, "memory.oom_control"))
        return line_after(before, "oom_kill_disable", &value) ? give(a, value, ret) : 0;
    if (line_after(before, "default", &value)) /* io.weight: the others are entries of devices */
        return give(a, value, ret);
    value = str_trim(before);
    return str_has(value, '\n') ? 0 : give(a, value, ret);
}
