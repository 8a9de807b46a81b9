/* SPDX-License-Identifier: Apache-2.0 */
#include "core/spec_section.h"

#include "base/compiler.h"
#include "base/str.h"

static const struct {
    const char *pointer, *section;
} sections[] = {
#define X(pointer_, section_) {pointer_, section_},
#include "core/tbl/spec_sections.h"
#undef X
};

/* How many components of `pointer` this row names; -1: the row is of something else. */
static int depth(const char *row, const char *pointer)
{
    struct str rest = str_of(pointer), wanted = str_of(row), name, at;
    int n = 0;

    while (str_next(&wanted, '/', &name)) {
        if (!str_next(&rest, '/', &at))
            return -1;
        if (!str_eq(name, "*") && (name.len != at.len || memcmp(name.ptr, at.ptr, at.len) != 0))
            return -1;
        n++;
    }
    return n;
}

const char *spec_section_of(const char *pointer)
{
    const char *section = sections[0].section;
    int deepest = 0;

    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        int n = depth(sections[i].pointer, pointer);

        if (n > deepest) {
            deepest = n;
            section = sections[i].section;
        }
    }
    return section;
}
