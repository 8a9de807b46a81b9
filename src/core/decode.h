/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to struct config, the only way in. Everything is copied to the arena; the text may go away
 * afterwards.
 *
 * Checked here: JSON itself (core/json.h), types, ranges of numbers, members without which a structure has no
 * meaning. What a value may be is core/validate's business. Explicit null is the same as absent; unknown
 * members are ignored, but a member that differs from a known one only in case is refused when the known one
 * is there as well (readers that ignore case would see another document), and remembered in `case_variants`
 * otherwise.
 *
 * What decoding does not demand may be NULL in a decoded configuration, even where the specification requires
 * it: ociVersion, root, root.path, process, process.cwd, process.args. Everything that passed core/validate
 * has them.
 *
 * Errors: -EINVAL with a CONFIG error that has pointer, line and column; -ENOMEM. *ret is written on success
 * only.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"
#include "core/json.h"

/* config.json. A missing `process` gives process == NULL, a missing `linux` has_linux == false. */
int config_decode(struct arena *a, const char *text, size_t len, struct config **ret,
                  struct err *reterr) NODISCARD;

/* The same of a document that was read already. */
int config_decode_doc(struct arena *a, const struct json_doc *doc, struct config **ret,
                      struct err *reterr) NODISCARD;

/* The process object alone (exec --process). Pointers in errors start at that object. */
int process_decode(struct arena *a, const char *text, size_t len, struct config_process **ret,
                   struct err *reterr) NODISCARD;

/* The linux.resources object alone (update --resources). */
int resources_decode(struct arena *a, const char *text, size_t len, struct config_resources **ret,
                     struct err *reterr) NODISCARD;

/*
 * Mounts alone: an array of them, or an object that has one as `mounts`. The pointers in errors are those of
 * a configuration ("/mounts/0/type") either way.
 */
int mounts_decode(struct arena *a, const char *text, size_t len, struct config_mount **ret, size_t *ret_n,
                  struct err *reterr) NODISCARD;

/* The linux.seccomp object alone. */
int seccomp_decode(struct arena *a, const char *text, size_t len, struct config_seccomp **ret,
                   struct err *reterr) NODISCARD;
