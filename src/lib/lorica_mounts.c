/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/context.h"
#include "runtime/live_mounts.h"

int lorica_mounts_add(struct lorica *l, const char *id, const char *json, size_t len,
                      struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_mounts_add(&l->rt, id, json, len, &e), &e, err);
}

int lorica_mounts_remove(struct lorica *l, const char *id, const char *json, size_t len,
                         struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_mounts_remove(&l->rt, id, json, len, &e), &e, err);
}

int lorica_mounts_list(struct lorica *l, const char *id, char **ret_json, struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;

    err_init(&e);
    return lib_hand_out_text(container_mounts_list(&l->rt, id, &text, &e), &text, ret_json, &e, err);
}
