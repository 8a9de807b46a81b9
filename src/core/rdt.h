/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.intelRdt (config-linux.md "IntelRdt"): which lines go into a `schemata` file, whether a group that
 * exists already has them, and whose a group is. kernel/resctrl acts on it.
 *
 * A schemata line is "RESOURCE:DOMAIN=VALUE;DOMAIN=VALUE" (Documentation/filesystems/resctrl.rst). The values
 * are the kernel's business: here they are only compared.
 */
#pragma once

#include "core/plan.h"

/* Longest line that is taken, and most lines of one group. */
#define RDT_LINE_MAX  1024u
#define RDT_LINES_MAX 64u

/* Names in the root of resctrl that are no group: "info", "mon_groups", "mon_data". */
bool rdt_is_reserved(const char *name);

/*
 * Every line that is to be written, in order: l3CacheSchema, memBwSchema, schemata. l3CacheSchema may hold
 * several lines; a line "MB:" in it is left out when memBwSchema is set (runtime-spec before 1.3). -EINVAL
 * with a pointer: a line is empty or too long, or there are too many. -ENOMEM.
 */
int rdt_lines(struct arena *a, const struct config_intel_rdt *rdt, struct strings *ret, struct err *reterr);

enum rdt_match {
    RDT_SAME,
    RDT_DIFFERENT, /* a domain has another value */
    RDT_ABSENT,    /* the file has no such resource, or no such domain */
    RDT_MALFORMED  /* the line is no schemata line */
};

/*
 * Does `line` hold in `file`, the text of a schemata file? Domains that it does not name do not count.
 * Numbers are compared without leading zeros and without regard to case. mb_step: info/MB/bandwidth_gran, to
 * which the kernel rounds up what is written; 0: not known.
 */
enum rdt_match rdt_match_line(struct str file, struct str line, uint64_t mb_step);

/* All lines. -EINVAL at /linux/intelRdt, naming the group and the first line that does not hold. */
int rdt_match_all(struct str file, const char *const *lines, size_t n, uint64_t mb_step, const char *group,
                  struct err *reterr);

/* The line of that resource ("L3") without its blanks; false: none. */
bool rdt_find_line(struct str file, const char *resource, struct str *ret);

enum rdt_action { RDT_CREATE, RDT_USE };

/* `exists`: the group is there. -EINVAL at /linux/intelRdt/closID when it must be, and is not. */
int rdt_decide(const struct plan_intel_rdt *op, bool exists, enum rdt_action *ret, struct err *reterr);

enum rdt_removal {
    RDT_KEEP,
    RDT_REMOVE,
    RDT_REMOVE_UNUSED /* unless somebody else is in it by now */
};

/*
 * What becomes of a container's group. `made`: by its create; `owned`: closID is not set; `complete`: create
 * came to its end. A group with a closID stays, except after a create that failed.
 */
enum rdt_removal rdt_removal(bool made, bool owned, bool complete);

/*
 * The lines of update --l3-cache-schema, --mem-bw-schema; each may be NULL. ERR_USAGE for a text that is no
 * such line.
 */
int rdt_update_lines(struct arena *a, const char *l3_cache_schema, const char *mem_bw_schema,
                     struct strings *ret, struct err *reterr);
