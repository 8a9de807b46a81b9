/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init.h"

#include "base/fd.h"
#include "core/passwd.h"
#include "kernel/fs.h"
#include "kernel/io.h"

#include <fcntl.h>
#include <sys/stat.h>

extern char **environ;

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int init_close_inherited(struct init_ctx *c, uint32_t preserve_fds, struct err *reterr)
{
    size_t n = 0, max = c->plan->n_ops + NS_TYPE_COUNT + 5;
    AUTO_FREE int *keep = malloc(max * sizeof(*keep));
    unsigned first = 3 + preserve_fds;

    if (!keep)
        return err_nomem(reterr);
    keep[n++] = c->chan.fd;
    keep[n++] = c->exec_fifo;
    keep[n++] = c->result_fifo;
    keep[n++] = c->join_fd;
    keep[n++] = c->procfs.fd;
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        keep[n++] = c->ns_fds[i];
    for (size_t i = 0; c->mount_fds && i < c->plan->n_ops; i++)
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

void init_forget_environment(void)
{
    for (char **e = environ; e && *e; e++)
        memset(*e, 0, strlen(*e));
}

void init_find_home(struct init_ctx *c, uint32_t uid)
{
    static char home[PASSWD_HOME_MAX + 1];
    AUTO_BUF struct buf text = BUF_INIT(PASSWD_MAX_BYTES);
    AUTO_CLOSE int path = fs_open(c->root_fd, "/etc/passwd", O_PATH, NULL);
    struct stat st;
    struct str found;

    /* Only a regular file is read: a FIFO or a device of the image could hang us. */
    if (path >= 0 && fstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        AUTO_CLOSE int fd = fs_open(c->root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, NULL);
        if (fd >= 0)
            io_read_all(fd, &text); /* a longer file is used as far as it was read */
    }
    found = passwd_home((struct str){buf_cstr(&text), text.len}, uid);
    snprintf(home, sizeof(home), "HOME=%.*s", (int)found.len, found.ptr);
    c->home = home;
}
