/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id mappings of user namespaces and of idmapped mounts, with the kernel's rules (user_namespaces(7),
 * "Defining user and group ID mappings"): the same list is checked here and written later.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "core/config.h"

#define IDMAP_LINES_MAX 340u  /* since Linux 4.15 */
#define IDMAP_TEXT_MAX  4095u /* one write(2) below the page size; taken for the smallest page */

/*
 * Refuses size 0, a range that goes beyond 4294967294 (id 4294967295 means "no id"), ranges that overlap on
 * either side, more than IDMAP_LINES_MAX lines, and a text above IDMAP_TEXT_MAX bytes. An empty list is fine.
 * `pointer` is that of the array ("/linux/uidMappings"). -EINVAL.
 */
int idmap_check(const struct config_idmaps *m, const char *pointer, struct err *reterr);

/* False when the id is not mapped; *ret is then unchanged. */
bool idmap_to_host(const struct config_idmaps *m, uint32_t container_id, uint32_t *ret);
bool idmap_to_container(const struct config_idmaps *m, uint32_t host_id, uint32_t *ret);

/* All of the ids container_id ... container_id + size - 1 lie in one line: the host id of the first. False
 * for size 0. */
bool idmap_range_to_host(const struct config_idmaps *m, uint32_t container_id, uint32_t size, uint32_t *ret);

/* The same function of ids: neither order nor splitting of lines matters. Both lists must have passed
 * idmap_check. */
bool idmap_equal(const struct config_idmaps *a, const struct config_idmaps *b);

/* As /proc/PID/uid_map takes it: "CONTAINER HOST SIZE\n" a line. */
void idmap_print(const struct config_idmaps *m, struct buf *out);

/*
 * Back from that text, as the kernel prints it (columns padded with spaces): the list hangs on `a`. -EINVAL
 * for anything else, -ENOMEM.
 */
int idmap_scan(struct arena *a, struct str text, struct config_idmaps *ret);
