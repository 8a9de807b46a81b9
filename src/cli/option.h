/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options as tables: parsing, --help and completion all read the same rows.
 *
 * Accepted spellings are those of the other runtimes: `--name VALUE`, `--name=VALUE`, the same with one dash
 * (`-no-subreaper`), and a one-letter alias. A switch may have `=true` or `=false` (all spellings of Go). A
 * list takes its option any number of times and splits nothing; of other options the last one counts. Options
 * may stand before or after the arguments; `--` ends them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_SWITCH, /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_COUNT,  /* uint32_t */
    OPTION_LIST    /* struct option_list: every value given, in order */
};

/* On the heap until options_done; the values themselves stay in argv. */
struct option_list {
    const char **v;
    size_t n;
};

struct option_row {
    const char *name;  /* without dashes */
    const char *alias; /* one letter, or NULL */
    enum option_kind kind;
    size_t offset;       /* in the verb's struct of values */
    const char *value;   /* what the value is called in help: "FILE"; NULL for a switch */
    const char *help;    /* one line, lower case */
    const char *choices; /* space separated, for completion; NULL */
};

#define OPTIONS_END                                                                                          \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

/*
 * Parse argv[0..argc) into the struct at `values`. Arguments that are no options are moved to the front of
 * argv, in order, and *n_args counts them. With `stop_at_argument` (the global options, before the verb;
 * verbs whose arguments are a command line) the first argument ends the options, nothing is moved, and the
 * last *n_args entries are what is left. Returns 0, -1 with a message, or OPTIONS_HELP at --help or -h that
 * no row defines: what follows was not read.
 */
#define OPTIONS_HELP 1
int options_parse(const struct option_row *rows, void *values, int argc, char **argv, bool stop_at_argument,
                  int *n_args, char *message, size_t message_size);

/* Frees the lists. */
void options_done(const struct option_row *rows, void *values);

/* "   --bundle DIR, -b DIR   directory with config.json (default: ...)", a line for each row, on stdout. */
void options_print_help(const struct option_row *rows);
