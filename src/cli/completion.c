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

/* The options before the command that take a value, as a pattern: "--root|--log". */
static void print_global_values(void)
{
    const char *bar = "";

    for (const struct option_row *row = global_option_rows; row->name; row++) {
        if (row->kind == OPTION_SWITCH || strcmp(row->name, "root") == 0)
            continue;
        printf("%s--%s", bar, row->name);
        bar = "|";
    }
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
           "    ");
    print_global_values();
    printf(") ((i++)) ;;\n"
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

/* ---- zsh ---- */

static void print_zsh_options(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        printf(" '--%s'", row->name);
        if (row->alias)
            printf(" '-%s'", row->alias);
    }
}

static void print_zsh_values(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        if (row->kind == OPTION_SWITCH)
            continue;
        printf("    --%s%s%s)", row->name, row->alias ? "|-" : "", row->alias ? row->alias : "");
        if (row->choices)
            printf(" compadd -- %s; return ;;\n", row->choices);
        else
            printf(" _files%s; return ;;\n", strcmp(row->value, "DIR") == 0 ? " -/" : "");
    }
}

static void print_zsh(void)
{
    printf("#compdef lorica\n# zsh completion for lorica, written by `lorica completion zsh`\n"
           "_lorica() {\n"
           "  local prev=${words[CURRENT-1]} verb= i\n"
           "  local -a global\n"
           "  for ((i = 2; i < CURRENT; i++)); do\n"
           "    case ${words[i]} in\n"
           "    --root) global=(--root ${(Q)words[i+1]}); ((i++)) ;;\n"
           "    ");
    print_global_values();
    printf(") ((i++)) ;;\n"
           "    -*) ;;\n"
           "    *) verb=${words[i]}; break ;;\n"
           "    esac\n"
           "  done\n"
           "  case $verb in\n"
           "  '')\n    case $prev in\n");
    print_zsh_values(global_option_rows);
    printf("    esac\n    compadd -- help");
    for (const struct verb *const *v = verbs; *v; v++)
        printf(" %s", (*v)->name);
    print_zsh_options(global_option_rows);
    printf("\n    ;;\n");
    for (const struct verb *const *v = verbs; *v; v++) {
        printf("  %s)\n    case $prev in\n", (*v)->name);
        print_zsh_values((*v)->options);
        printf("    esac\n    compadd -- '--help'");
        print_zsh_options((*v)->options);
        if ((*v)->completes_containers)
            printf("\n    compadd -- ${(f)\"$(${words[1]} $global list --quiet 2>/dev/null)\"}");
        printf("\n    ;;\n");
    }
    printf("  esac\n}\n"
           "if [ \"$funcstack[1]\" = _lorica ]; then _lorica \"$@\"; else compdef _lorica lorica; fi\n");
}

/* ---- fish: a line for each word ---- */

/* Within single quotes of fish: backslash and quote are escaped. */
static void print_fish_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void print_fish_options(const struct option_row *rows, const char *verb)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        if (verb)
            printf("complete -c lorica -n '__fish_seen_subcommand_from %s'", verb);
        else
            printf("complete -c lorica -n __fish_use_subcommand");
        printf(" -l %s", row->name);
        if (row->alias)
            printf(" -s %s", row->alias);
        if (row->choices)
            printf(" -x -a '%s'", row->choices);
        else if (row->kind != OPTION_SWITCH)
            printf(" -r -F");
        printf(" -d ");
        print_fish_quoted(row->help);
        putchar('\n');
    }
}

static void print_fish(void)
{
    printf("# fish completion for lorica, written by `lorica completion fish`\n"
           "function __lorica_containers\n"
           "    set -l words (commandline -opc)\n"
           "    set -l root (string match -r -- '^--?root=.*' $words)\n"
           "    if set -l i (contains -i -- --root $words)\n"
           "        set root --root $words[(math $i + 1)]\n"
           "    end\n"
           "    $words[1] $root list --quiet 2>/dev/null\n"
           "end\n"
           "complete -c lorica -f\n");
    print_fish_options(global_option_rows, NULL);
    for (const struct verb *const *v = verbs; *v; v++) {
        printf("complete -c lorica -n __fish_use_subcommand -a %s -d ", (*v)->name);
        print_fish_quoted((*v)->summary);
        putchar('\n');
        print_fish_options((*v)->options, (*v)->name);
        if ((*v)->completes_containers)
            printf("complete -c lorica -n '__fish_seen_subcommand_from %s' -a '(__lorica_containers)'\n",
                   (*v)->name);
    }
}

static int run(const struct invocation *inv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
        if (strcmp(inv->args[0], shells[i].name) == 0) {
            shells[i].print();
            return fflush(stdout) == 0 ? 0 : -EIO;
        }
    inv->err->code = EINVAL;
    inv->err->kind = LORICA_ERROR_USAGE;
    snprintf(inv->err->message, sizeof(inv->err->message),
             "no completion for shell %s (there are: bash, zsh, fish)", inv->args[0]);
    return -EINVAL;
}

const struct verb verb_completion = {
    .name = "completion",
    .arguments = "SHELL",
    .summary = "print a completion script for a shell (bash, zsh, fish)",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
