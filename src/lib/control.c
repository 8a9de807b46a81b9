/* SPDX-License-Identifier: Apache-2.0 */
/* Of lorica.h: pausing, and looking at processes. */
#include "lib/context.h"
#include "runtime/pause.h"
#include "runtime/ps.h"

int lorica_pause(struct lorica *l, const char *id, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_pause(&l->rt, id, &e), &e, err);
}

int lorica_resume(struct lorica *l, const char *id, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_resume(&l->rt, id, &e), &e, err);
}

int lorica_ps(struct lorica *l, const char *id, char *const *ps_args, size_t n_ps_args, char **ret,
              struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;
    int r;

    err_init(&e);
    r = ps_args ? container_ps_table(&l->rt, id, ps_args, n_ps_args, &text, &e)
                : container_ps_json(&l->rt, id, &text, &e);
    return lib_hand_out_text(r, &text, ret, &e, err);
}
