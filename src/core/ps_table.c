/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ps_table.h"

#include "core/quote.h"

#include <errno.h>

#define SHOWN_SIZE 80

/* Where the title PID stands. */
struct pid_column {
    size_t index; /* as a field, from 0 */
    size_t end;   /* the byte behind it */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next field of line at *at, moved behind it; an empty one at the end of the line. */
static struct str next_field(struct str line, size_t *at)
{
    size_t start;

    while (*at < line.len && is_blank(line.ptr[*at]))
        (*at)++;
    start = *at;
    while (*at < line.len && !is_blank(line.ptr[*at]))
        (*at)++;
    return (struct str){line.ptr + start, *at - start};
}

static bool find_column(struct str title, struct pid_column *ret)
{
    size_t at = 0;

    for (size_t i = 0;; i++) {
        struct str field = next_field(title, &at);

        if (field.len == 0)
            return false;
        if (str_eq(field, "PID")) {
            *ret = (struct pid_column){.index = i, .end = at};
            return true;
        }
    }
}

/* The whole number whose last digit stands under the title's last letter. */
static bool aligned_pid(struct str line, size_t end, uint32_t *ret)
{
    size_t start = end;

    if (end > line.len || (end < line.len && !is_blank(line.ptr[end])))
        return false;
    while (start > 0 && line.ptr[start - 1] >= '0' && line.ptr[start - 1] <= '9')
        start--;
    if (start > 0 && !is_blank(line.ptr[start - 1]))
        return false;
    return str_to_u32((struct str){line.ptr + start, end - start}, INT32_MAX, ret) == 0;
}

static int line_pid(struct str line, const struct pid_column *column, uint32_t *ret, struct err *reterr)
{
    char shown[SHOWN_SIZE];
    struct str field = {0};
    size_t at = 0;

    if (aligned_pid(line, column->end, ret))
        return 0;
    for (size_t i = 0; i <= column->index; i++)
        field = next_field(line, &at);
    if (field.len && str_to_u32(field, INT32_MAX, ret) == 0)
        return 0;
    return err_state(reterr, EINVAL, "unable to parse pid: %s",
                     quote_go_into(shown, sizeof(shown), str_trim(field.len ? field : line)));
}

static bool has_pid(const int32_t *pids, size_t n, uint32_t pid)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uint32_t)pids[middle] < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && (uint32_t)pids[low] == pid;
}

static void add_line(struct buf *out, struct str line)
{
    buf_add(out, line.ptr, line.len);
    buf_char(out, '\n');
}

int ps_table_filter(struct str text, const int32_t *pids, size_t n, struct buf *out, struct err *reterr)
{
    struct pid_column column;
    struct str line;

    if (!str_next(&text, '\n', &line) || !find_column(line, &column))
        return err_state(reterr, EINVAL, "couldn't find PID field in ps output");
    add_line(out, line);
    while (str_next(&text, '\n', &line)) {
        uint32_t pid;
        int rc;

        if (str_trim(line).len == 0)
            continue;
        rc = line_pid(line, &column, &pid, reterr);
        if (rc < 0)
            return rc;
        if (has_pid(pids, n, pid))
            add_line(out, line);
    }
    return buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "the process table is too long") : 0;
}
