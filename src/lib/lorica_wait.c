/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/context.h"
#include "runtime/wait.h"

int lorica_wait(struct lorica *l, const char *id, int64_t timeout_ms, bool json, char **ret,
                struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;
    int r;

    err_init(&e);
    r = container_wait(&l->rt, id, timeout_ms, json ? WAIT_JSON : WAIT_CODE, &text, &e);
    return lib_hand_out_text(r, &text, ret, &e, err);
}
