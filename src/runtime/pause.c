/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pause.h"

#include "kernel/io.h"
#include "runtime/container.h"

#include <errno.h>

int container_pause(struct runtime *rt, const char *id, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_CHANGE, reterr);
    if (r < 0)
        return r;
    if (c.status != STATUS_CREATED && c.status != STATUS_RUNNING)
        return err_state(reterr, EINVAL, "container not running");
    r = cgroup_set_freeze(&c.cgroups, io_now_ms() + PAUSE_MS, reterr);
    /* an empty cgroup freezes too, and so does one whose last process just died */
    if ((r == 0 || r == -ENOENT || r == -ENODEV) && pidfd_alive(&c.init) == 0) {
        (void)cgroup_set_thaw(&c.cgroups, io_now_ms() + PAUSE_MS, NULL);
        return err_state(reterr, EINVAL, "container not running");
    }
    return r;
}

int container_resume(struct runtime *rt, const char *id, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_CHANGE, reterr);
    if (r < 0)
        return r;
    if (c.status != STATUS_PAUSED)
        return err_state(reterr, EINVAL, "container not paused");
    return cgroup_set_thaw(&c.cgroups, io_now_ms() + PAUSE_MS, reterr);
}
