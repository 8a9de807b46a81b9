/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/delete.h"

#include "runtime/container.h"
#include "runtime/store.h"

#include <errno.h>

/* Creation died before the first record was complete: nothing but the directory can exist (intent before
 * effect). */
static int delete_unrecorded(struct container *c, const char *id, bool force, const struct err *why,
                             struct err *reterr)
{
    if (!force) {
        if (reterr)
            *reterr = *why;
        return -why->code;
    }
    log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s: %s; removing its state directory", id,
                why->message);
    return store_remove(c->root_fd, c->dir_fd, id, reterr);
}

static int check_deletable(const struct container *c, bool force, struct err *reterr)
{
    if (force || c->status == STATUS_STOPPED || c->status == STATUS_CREATED)
        return 0;
    return err_state(reterr, EBUSY, "cannot delete container %s that is not stopped: %s", c->state->id,
                     state_status_name(c->status));
}

int container_delete(struct runtime *rt, const char *id, bool force, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    struct err e;
    int r;

    err_init(&e);
    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_CHANGE, &e);
    if (r == -ENOENT && force)
        return 0;
    if (r < 0 && c.dir_fd >= 0 && !c.state && r != -ENOTSUP)
        return delete_unrecorded(&c, id, force, &e, reterr);
    if (r < 0) {
        if (reterr)
            *reterr = e;
        return r;
    }
    r = check_deletable(&c, force, reterr);
    if (r == 0)
        r = container_record(&c, STATE_DELETING, reterr);
    return r < 0 ? r : container_destroy(&c, reterr);
}
