/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pidfd_socket.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/usocket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define SOCKET_MS 10000

int pidfd_socket_open(const char *path, int *ret, struct err *reterr)
{
    *ret = -1;
    if (!path)
        return 0;
    *ret = usocket_connect((struct usocket_name){.path = path}, SOCK_STREAM, io_now_ms() + SOCKET_MS, reterr);
    return *ret < 0 ? err_prefix(reterr, "--pidfd-socket") : 0;
}

int pidfd_socket_send(int *socket, const struct pidfd *p, const char *text, struct err *reterr)
{
    int r;

    if (*socket < 0)
        return 0;
    if (p->fd < 0)
        return err_state(reterr, ENOTSUP, "--pidfd-socket: this kernel has no pidfds (Linux 5.3)");
    r = usocket_send(*socket, text, strlen(text), p->fd, io_now_ms() + SOCKET_MS, reterr);
    fd_close(socket);
    return r < 0 ? err_prefix(reterr, "--pidfd-socket") : 0;
}
