/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/own_ids.h"

#include "base/fd.h"
#include "core/passwd.h"
#include "core/subid.h"
#include "kernel/io.h"
#include "kernel/sys.h"
#include "kernel/userns.h"

#include <errno.h>
#include <unistd.h>

/* A file of the host, as far as it can be read; "" when it is not there. */
static struct str host_file(const char *path, struct buf *text)
{
    AUTO_CLOSE int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

    if (fd >= 0)
        io_read_all(fd, text); /* a longer file is used as far as it was read */
    return (struct str){buf_cstr(text), text->len};
}

static void find_ranges(struct subid *uids, struct subid *gids)
{
    AUTO_BUF struct buf passwd = BUF_INIT(PASSWD_MAX_BYTES);
    AUTO_BUF struct buf subuid = BUF_INIT(SUBID_MAX_BYTES);
    AUTO_BUF struct buf subgid = BUF_INIT(SUBID_MAX_BYTES);
    struct passwd_entry me = {0};

    if (passwd_find_uid(host_file("/etc/passwd", &passwd), geteuid(), &me) < 0)
        me.name = STR("");
    /* Groups are granted to users, too. */
    subid_find(host_file("/etc/subuid", &subuid), me.name, geteuid(), uids);
    subid_find(host_file("/etc/subgid", &subgid), me.name, geteuid(), gids);
}

int own_ids_map(struct arena *a, struct config *config, struct err *reterr)
{
    const struct config_namespace *user = config_namespace_find(config, NS_USER);
    struct config_linux *l = &config->linux_;
    struct subid uids = {0}, gids = {0};

    if (!user || user->path || l->uid_mappings.n || l->gid_mappings.n)
        return 0;
    if (userns_has_helpers())
        find_ranges(&uids, &gids);
    /* One without the other would leave files with owners whose groups do not exist. */
    if (uids.n == 0 || gids.n == 0)
        uids.n = gids.n = 0;
    if (subid_map(a, geteuid(), &uids, &l->uid_mappings) < 0 ||
        subid_map(a, getegid(), &gids, &l->gid_mappings) < 0)
        return err_nomem(reterr);
    return 0;
}
