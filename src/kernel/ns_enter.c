/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/ns_enter.h"

#include "base/fd.h"
#include "kernel/ns.h"
#include "kernel/sys.h"
#include "kernel/userns.h"

int ns_set_open(struct ns_set *s, int pid_dirfd, unsigned types, struct err *reterr)
{
    for (int i = 0; i < NS_TYPE_COUNT; i++)
        s->fds[i] = -1;
    for (int i = 0; i < NS_TYPE_COUNT; i++) {
        AUTO_CLOSE int fd = -1;
        int own;

        if (!(types & 1u << i))
            continue;
        fd = ns_open_pid(pid_dirfd, (enum ns_type)i, reterr);
        own = fd < 0 ? fd : ns_is_own(fd, (enum ns_type)i);
        if (own < 0) {
            ns_set_done(s);
            return fd < 0 ? fd
                          : err_system(reterr, own, "compare", "%s namespace", ns_file_name((enum ns_type)i));
        }
        if (!own)
            s->fds[i] = take_fd(&fd);
    }
    return 0;
}

void ns_set_done(struct ns_set *s)
{
    for (int i = 0; i < NS_TYPE_COUNT; i++)
        fd_close(&s->fds[i]);
}

int ns_set_join_user(struct ns_set *s, struct err *reterr)
{
    int r;

    if (s->fds[NS_USER] < 0)
        return 0;
    r = ns_join(s->fds[NS_USER], NS_USER, reterr);
    fd_close(&s->fds[NS_USER]);
    if (r < 0)
        return r;
    r = sys_setgroups(0, NULL);
    /* Denied in a namespace that an ordinary user mapped: the groups stay, which give no more than they did.
     */
    if (r < 0 && r != -EPERM)
        return err_system(reterr, r, "setgroups", "%s", "");
    return userns_become_root(reterr);
}

int ns_set_join(struct ns_set *s, bool privileged, struct err *reterr)
{
    int r = privileged ? 0 : ns_set_join_user(s, reterr);

    for (int i = 0; i < NS_TYPE_COUNT && r == 0; i++)
        if (i != NS_USER && i != NS_MOUNT && s->fds[i] >= 0)
            r = ns_join(s->fds[i], (enum ns_type)i, reterr);
    if (r == 0 && s->fds[NS_MOUNT] >= 0)
        r = ns_join(s->fds[NS_MOUNT], NS_MOUNT, reterr);
    return r == 0 && privileged ? ns_set_join_user(s, reterr) : r;
}
