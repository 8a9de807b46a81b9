/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/preserved.h"

#include <fcntl.h>

int preserved_check(uint32_t n, struct err *reterr)
{
    for (uint32_t i = 0; i < n; i++) {
        int flags = fcntl((int)(3 + i), F_GETFD);

        if (flags < 0 || (flags & FD_CLOEXEC))
            return err_usage(reterr, "preserve-fds %u: descriptor %u is not open", n, 3 + i);
    }
    return 0;
}
