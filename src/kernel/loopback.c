/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/loopback.h"

#include "base/fd.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int loopback_up(struct err *reterr)
{
    struct ifreq ifr = {.ifr_name = "lo"};
    /* AF_UNIX sockets pass interface requests on: no need of IPv4 in the kernel. */
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_system(reterr, errno, "socket", "for the loopback interface");
    if (ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
        return err_system(reterr, errno, "ioctl", "SIOCGIFFLAGS of lo");
    if (ifr.ifr_flags & IFF_UP)
        return 0;
    ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP | IFF_RUNNING);
    if (ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
        return err_system(reterr, errno, "ioctl", "SIOCSIFFLAGS of lo");
    return 0;
}
