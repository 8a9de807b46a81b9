/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <stdlib.h>

static int run(const struct invocation *inv)
{
    size_t errors = 0;
    char *text;
    int r = lorica_validate(inv->lorica, inv->n_args > 0 ? inv->args[0] : NULL, &text, &errors, inv->err);

    if (r == 0)
        r = print_and_free(text);
    return r < 0 ? r : errors ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct verb verb_validate = {
    .name = "validate",
    .arguments = "[BUNDLE]",
    .summary = "list every violation of the specification in a bundle",
    .details = "A line each: LINE:COLUMN: LEVEL: POINTER: MESSAGE (SECTION). The exit status is 1 when one "
               "of them is "
               "an error.",
    .max_args = 1,
    .run = run,
};
