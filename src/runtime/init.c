/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init.h"

#include "base/fd.h"
#include "kernel/io.h"

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int init_close_inherited(struct init_ctx *c, uint32_t preserve_fds, struct err *reterr)
{
    size_t n = 0, max = c->plan->n_ops + NS_TYPE_COUNT + 3;
    AUTO_FREE int *keep = malloc(max * sizeof(*keep));
    unsigned first = 3 + preserve_fds;

    if (!keep)
        return err_nomem(reterr);
    keep[n++] = c->chan.fd;
    keep[n++] = c->exec_fifo;
    keep[n++] = c->result_fifo;
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        keep[n++] = c->ns_fds[i];
    for (size_t i = 0; i < c->plan->n_ops; i++)
        if (c->mount_fds[i] >= 0)
            keep[n++] = c->mount_fds[i];
    qsort(keep, n, sizeof(keep[0]), compare_fds);
    for (size_t i = 0; i < n; i++) {
        if (keep[i] < 0 || (unsigned)keep[i] < first)
            continue;
        if ((unsigned)keep[i] > first) {
            int r = procattr_close_range(first, (unsigned)keep[i] - 1, reterr);
            if (r < 0)
                return r;
        }
        first = (unsigned)keep[i] + 1;
    }
    return procattr_close_from(first, reterr);
}

int init_wait_go(struct init_ctx *c, struct err *reterr)
{
    struct chan_msg msg;
    int r;

    if (proto_turn(&c->proto, PROTO_HOST) != PROTO_GO)
        return 0;
    r = chan_recv(&c->chan, &msg, NULL, 0, IO_NO_DEADLINE, reterr);
    return r < 0 ? r : proto_step(&c->proto, PROTO_HOST, (enum proto_message)msg.type, reterr);
}
