/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan operation shows when it is printed: plan_op_fields gives every member that matters to a writer,
 * which makes text or JSON of it (core/plan_print.c). One place knows the members, so that both forms say the
 * same.
 *
 * Absent is left out: NULL strings, false, empty lists. Numbers are always written. A key is written once per
 * operation. Failures stick in the buffer.
 */
#pragma once

#include "core/json_write.h"
#include "core/plan.h"

struct plan_writer {
    struct buf *out;
    struct json_writer *json; /* NULL: text */
};

void plan_write_str(struct plan_writer *w, const char *key, const char *value);
void plan_write_u64(struct plan_writer *w, const char *key, uint64_t value);
void plan_write_i64(struct plan_writer *w, const char *key, int64_t value);
void plan_write_flag(struct plan_writer *w, const char *key, bool value);
void plan_write_strings(struct plan_writer *w, const char *key, const char *const *v, size_t n);

/* Everything but the name, actor and pointer of an operation. */
void plan_op_fields(struct plan_writer *w, const struct plan *plan, const struct plan_op *op);
