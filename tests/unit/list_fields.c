/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the JSON pointer of every member of config.json that decoding knows, one on a line, "*" for the
 * elements of arrays and for names that are not ours: "/mounts/PLACE/source" is "/mounts/" "*" "/source".
 * ci/check-conformance.sh compares them with docs/spec-conformance.md.
 */
#include "core/decode_shapes.h"

#include <stdio.h>
#include <string.h>

#define POINTER_MAX 256u

static void list(const char *at, const struct shape *shape)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *f = &shape->fields[i];
        char pointer[POINTER_MAX];

        if (f->flags & FIELD_ALIAS)
            continue;
        snprintf(pointer, sizeof(pointer), "%s/%s%s", at, f->name,
                 f->kind == FIELD_KIND_ARRAY || f->kind == FIELD_KIND_MAP ? "/*" : "");
        if (f->shape)
            list(pointer, f->shape);
        else
            puts(pointer);
    }
}

int main(void)
{
    list("", &decode_config_shape);
    return fflush(stdout) ? 1 : 0;
}
