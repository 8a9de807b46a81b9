/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability names and masks: bit n of a mask is capability n (capabilities(7), <linux/capability.h>).
 * Names are exact: upper case with "CAP_", as the specification has them.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "core/config.h"

#define CAPS_KNOWN_LAST  40u /* CAP_CHECKPOINT_RESTORE; the newest this program knows by name */
#define CAPS_UNKNOWN_MAX 64u /* distinct unknown names that are reported */

/* The number of a name, or -1. */
int caps_number(struct str name);

/* The name of a capability, or NULL above CAPS_KNOWN_LAST. */
const char *caps_name(unsigned cap);

/* All names, sorted by byte value, for the features document. */
const char *const *caps_names(size_t *ret_n);

/* The capabilities that can be granted: not above last_cap (facts.last_cap) and within bounding
 * (facts.bounding_caps). */
uint64_t caps_grantable(uint32_t last_cap, uint64_t bounding);

/*
 * Names to a mask. Unknown names go to *ret_unknown (each once, in order; the specification wants a warning,
 * not an error), repeated names are fine. Either result may be NULL. -ENOMEM.
 */
int caps_from_names(struct arena *a, const struct strings *names, uint64_t *ret_mask,
                    struct strings *ret_unknown) NODISCARD;

/* The names of a mask in order of number; a bit without a name is "CAP_63". -ENOMEM. */
int caps_to_names(struct arena *a, uint64_t mask, struct strings *ret) NODISCARD;

/* The same, space separated. "" for no bits. */
void caps_print(uint64_t mask, struct buf *out);
