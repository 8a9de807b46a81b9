/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hugepage.h"

#include <errno.h>
#include <inttypes.h>

int hugepage_size_parse(struct str name, uint64_t *ret_bytes)
{
    uint64_t number;
    unsigned shift;
    int rc;

    if (name.len < 3 || name.ptr[name.len - 1] != 'B')
        return -EINVAL;
    switch (name.ptr[name.len - 2]) {
    case 'K': shift = 10; break;
    case 'M': shift = 20; break;
    case 'G': shift = 30; break;
    default: return -EINVAL;
    }
    rc = str_to_u64((struct str){name.ptr, name.len - 2}, (UINT64_C(1) << 63) >> shift, &number);
    if (rc < 0)
        return rc;
    if (number == 0)
        return -EINVAL;
    *ret_bytes = number << shift;
    return 0;
}

void hugepage_size_name(uint64_t bytes, char dst[HUGEPAGE_NAME_MAX])
{
    uint64_t kib = bytes >> 10;

    if (kib >> 20 != 0 && (kib & 0xfffff) == 0)
        (void)snprintf(dst, HUGEPAGE_NAME_MAX, "%" PRIu64 "GB", kib >> 20);
    else if (kib >> 10 != 0 && (kib & 0x3ff) == 0)
        (void)snprintf(dst, HUGEPAGE_NAME_MAX, "%" PRIu64 "MB", kib >> 10);
    else
        (void)snprintf(dst, HUGEPAGE_NAME_MAX, "%" PRIu64 "KB", kib);
}

bool hugepage_size_listed(const char *names, uint64_t bytes)
{
    struct str rest = str_of(names);
    struct str field;

    if (!names)
        return false;
    while (str_next(&rest, ' ', &field)) {
        uint64_t listed;

        if (hugepage_size_parse(field, &listed) == 0 && listed == bytes)
            return true;
    }
    return false;
}
