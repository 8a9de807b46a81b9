/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/keyring.h"

#include "base/str.h"
#include "kernel/sys.h"

#include <errno.h>

#define KEY_USR_SEARCH 0x00080000u /* include/linux/key.h: the owner may search it */

/* "keyring;uid;gid;perm;name" of KEYCTL_DESCRIBE: perm in hexadecimal. */
static int parse_perm(const char *text, uint32_t *ret)
{
    struct str rest = str_of(text), field;
    uint32_t v = 0;

    for (int i = 0; i < 4; i++)
        if (!str_next(&rest, ';', &field))
            return -EINVAL;
    if (field.len == 0 || field.len > 8)
        return -EINVAL;
    for (size_t i = 0; i < field.len; i++) {
        const char c = field.ptr[i];

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (uint32_t)(c - 'a' + 10);
        else
            return -EINVAL;
    }
    *ret = v;
    return 0;
}

int keyring_join(const char *name, struct err *reterr)
{
    char text[256];
    uint32_t perm;
    int key = sys_keyctl_join(name), r;

    if (key == -ENOSYS || key == 0) /* 0: it is our session keyring already */
        return 0;
    if (key == -EDQUOT)
        return err_system(reterr, EDQUOT, "keyctl",
                          "join session keyring %s (limit: kernel.keys.maxkeys per user)", name);
    if (key < 0)
        return err_system(reterr, key, "keyctl", "join session keyring %s", name);
    r = sys_keyctl_describe(key, text, sizeof(text) - 1);
    if (r < 0)
        return err_system(reterr, r, "keyctl", "describe session keyring %s", name);
    text[r < (int)sizeof(text) ? r : (int)sizeof(text) - 1] = '\0';
    if (parse_perm(text, &perm) < 0)
        return err_system(reterr, EINVAL, "keyctl", "describe session keyring %s", name);
    /* A process that joins later (exec) finds the ring by its name only if the owner may search it. */
    r = sys_keyctl_setperm(key, perm | KEY_USR_SEARCH);
    return r < 0 ? err_system(reterr, r, "keyctl", "set permissions of session keyring %s", name) : 0;
}
