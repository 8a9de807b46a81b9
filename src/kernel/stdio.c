/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/stdio.h"

#include "base/fd.h"

#include <errno.h>
#include <sys/stat.h>

int stdio_give_to(uid_t uid, struct err *reterr)
{
    for (int fd = 0; fd <= 2; fd++) {
        struct stat st;

        if (fstat(fd, &st) < 0) {
            if (errno == EBADF)
                continue;
            return err_system(reterr, errno, "fstat", "standard descriptor %d", fd);
        }
        if (!S_ISFIFO(st.st_mode) || st.st_uid == uid)
            continue;
        /* EINVAL: the id is not mapped; EPERM, EROFS: not ours to give. The program may still use what it
         * has. */
        if (fchown(fd, uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM && errno != EROFS)
            return err_system(reterr, errno, "fchown", "standard descriptor %d to uid %u", fd, (unsigned)uid);
    }
    return 0;
}
