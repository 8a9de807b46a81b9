/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the library share: the context behind the opaque handle, and handing results out.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "lib/lorica.h"
#include "runtime/runtime.h"

/* Longest text that is handed out. */
#define LIB_TEXT_MAX (64u * 1024u * 1024u)

struct lorica {
    struct runtime rt;
    char *root;
    bool default_root; /* root was not given */
};

/* The result of a call of ours to the caller of the library: passes r on, and fills *ret on failure. */
int lib_hand_out(int r, const struct err *e, struct lorica_error *ret);

/* A text for the caller, or the reason why there is none. */
int lib_hand_out_text(int r, struct buf *text, char **ret, struct err *e, struct lorica_error *err);
