/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file per verb. Each defines one struct verb; main.c lists them.
 */
#pragma once

#include "cli/option.h"
#include "lib/lorica.h"

#include <limits.h>

/* The options before the verb. */
struct global_options {
    const char *root;
    const char *log;
    const char *log_format;
    const char *log_level;
    const char *cgroup_manager;
    const char *rootless;
    const char *unsupported;
    bool debug;
    bool systemd_cgroup;
    bool help;
    bool version;
};

/* What a verb gets. */
struct invocation {
    const struct global_options *global;
    struct lorica *lorica; /* NULL for verbs with `no_context` */
    const void *values;    /* the verb's own struct, filled from its options */
    int n_args;
    char **args;
    struct lorica_error *err;
};

struct verb {
    const char *name;
    const char *arguments; /* "CONTAINER", "CONTAINER [SIGNAL]", "" */
    const char *summary;   /* one line, lower case */
    const char *details;   /* more for --help, or NULL */
    int min_args, max_args;
    bool completes_containers; /* its first argument is an existing container */
    bool makes_container;      /* runs from a sealed copy of the program */
    bool ends_options;         /* its first argument ends the options: what follows is a command line */
    int failure_status;        /* exit status of a failure; 0: EXIT_FAILURE */
    const struct option_row *options;
    size_t values_size;                       /* of the struct `options` fill, at most VERB_VALUES_MAX */
    int (*run)(const struct invocation *inv); /* exit status, or a negative errno with inv->err filled */
};

#define VERB_VALUES_MAX 512u
#define VERB_ANY_ARGS   INT_MAX

/* A line each, so that additions do not meet. */
/* clang-format off */
extern const struct verb
    verb_checkpoint,
    verb_completion,
    verb_create,
    verb_delete,
    verb_events,
    verb_exec,
    verb_features,
    verb_info,
    verb_kill,
    verb_list,
    verb_mounts,
    verb_pause,
    verb_plan,
    verb_ps,
    verb_restore,
    verb_resume,
    verb_run,
    verb_spec,
    verb_start,
    verb_state,
    verb_update,
    verb_validate,
    verb_wait;
/* clang-format on */

/* All of them, sorted by name, NULL at the end. */
extern const struct verb *const verbs[];
extern const struct option_row global_option_rows[];

/* The help of one verb, on stdout. */
void verb_print_help(const struct verb *v);

/* "invalid WHAT: VALUE", an error of use; -EINVAL. */
int verb_invalid(struct lorica_error *err, const char *what, const char *value);

/* "CALL OBJECT: reason of `code`", a failure of the system; -code. */
int verb_failed(struct lorica_error *err, const char *call, const char *object, int code);

/* Text from the library to stdout, freed. Returns 0, or -EIO when stdout does not take it. */
int print_and_free(char *text);
