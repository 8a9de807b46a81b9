/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void print_option_words(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        printf(" --%s", row->name);
        if (row->alias)
            printf(" -%s", row->alias);
    }
}

/* "--root|--log) ...": the options of these rows that take a value, for the case that skips it. */
static void print_value_cases(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        if (row->kind == OPTION_SWITCH)
            continue;
        printf("    --%s%s%s)", row->name, row->alias ? "|-" : "", row->alias ? row->alias : "");
        if (row->choices)
            printf(" COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", row->choices);
        else if (strcmp(row->value, "DIR") == 0)
            printf(" COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n");
        else
            printf(" COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
    }
}

static void print_verb_case(const struct verb *v)
{
    printf("  %s)\n    case $prev in\n", v->name);
    print_value_cases(v->options);
    printf("    esac\n    words=\"");
    print_option_words(v->options);
    printf("\"\n");
    if (v->completes_containers)
        printf("    words=\"$words $(\"${COMP_WORDS[0]}\" \"${global[@]}\" list --quiet 2>/dev/null)\"\n");
    printf("    ;;\n");
}

static void print_bash(void)
{
    printf("# bash completion for lorica, written by `lorica completion bash`\n"
           "_lorica() {\n"
           "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= words= i\n"
           "  local -a global=()\n"
           "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "    case ${COMP_WORDS[i]} in\n"
           "    --root) global=(--root \"${COMP_WORDS[i+1]}\"); ((i++)) ;;\n"
           "    --log|--log-format) ((i++)) ;;\n"
           "    -*) ;;\n"
           "    *) verb=${COMP_WORDS[i]}; break ;;\n"
           "    esac\n"
           "  done\n"
           "  case $verb in\n"
           "  \"\")\n    case $prev in\n");
    print_value_cases(global_option_rows);
    printf("    esac\n    words=\"");
    for (const struct verb *const *v = verbs; *v; v++)
        printf("%s ", (*v)->name);
    printf("help");
    print_option_words(global_option_rows);
    printf("\"\n    ;;\n");
    for (const struct verb *const *v = verbs; *v; v++)
        print_verb_case(*v);
    printf("  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -o bashdefault -o default -F _lorica lorica\n");
}

static int run(const struct invocation *inv)
{
    if (strcmp(inv->args[0], "bash") == 0) {
        print_bash();
        return fflush(stdout) == 0 ? 0 : -EIO;
    }
    inv->err->code = EINVAL;
    inv->err->kind = LORICA_ERROR_USAGE;
    snprintf(inv->err->message, sizeof(inv->err->message), "no completion for shell %s (there is: bash)",
             inv->args[0]);
    return -EINVAL;
}

const struct verb verb_completion = {
    .name = "completion",
    .arguments = "SHELL",
    .summary = "print a completion script for a shell (bash)",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
