/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tbl.h"

const struct tbl_entry *tbl_find(const struct tbl_entry *tbl, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(name, tbl[i].name))
            return &tbl[i];
    return NULL;
}

const char *tbl_name(const struct tbl_entry *tbl, size_t count, int64_t value)
{
    for (size_t i = 0; i < count; i++)
        if (tbl[i].value == value)
            return tbl[i].name;
    return NULL;
}
