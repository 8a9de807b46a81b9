/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lorica [global options] VERB [options] [arguments]
 */
#include "cli/verb.h"

#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPT(field) offsetof(struct global_options, field)

const struct option_row global_option_rows[] = {
    {"root", NULL, OPTION_TEXT, OPT(root), "DIR",
     "state directory (default: /run/lorica, or $XDG_RUNTIME_DIR/lorica)", NULL},
    {"log", NULL, OPTION_TEXT, OPT(log), "FILE",
     "append messages to FILE, or send them to journald:IDENT or syslog:IDENT (default: standard error)",
     NULL},
    {"log-format", NULL, OPTION_TEXT, OPT(log_format), "FORMAT", "text or json (default: text)", "text json"},
    {"log-level", NULL, OPTION_TEXT, OPT(log_level), "LEVEL",
     "error, warning, info or debug (default: warning; with json: error)", "error warning info debug"},
    {"debug", NULL, OPTION_SWITCH, OPT(debug), NULL, "log everything, as --log-level debug", NULL},
    {"cgroup-manager", NULL, OPTION_TEXT, OPT(cgroup_manager), "MANAGER",
     "cgroupfs, systemd, or disabled: no cgroup at all (default: cgroupfs)", "cgroupfs systemd disabled"},
    {"systemd-cgroup", NULL, OPTION_SWITCH, OPT(systemd_cgroup), NULL, "cgroups are units of systemd", NULL},
    {"rootless", NULL, OPTION_TEXT, OPT(rootless), "WHEN",
     "true, false or auto: be content without permissions that only root has (default: auto)",
     "true false auto"},
    {"unsupported", NULL, OPTION_TEXT, OPT(unsupported), "HOW",
     "resources that this host does not have: error, or warn and leave them out (default: error)",
     "error warn"},
    {"help", "h", OPTION_SWITCH, OPT(help), NULL, "show help", NULL},
    {"version", "v", OPTION_SWITCH, OPT(version), NULL, "print the version", NULL},
    OPTIONS_END,
};

/* A line each, so that additions do not meet. */
/* clang-format off */
const struct verb *const verbs[] = {
    &verb_checkpoint,
    &verb_completion,
    &verb_create,
    &verb_delete,
    &verb_events,
    &verb_exec,
    &verb_features,
    &verb_info,
    &verb_kill,
    &verb_list,
    &verb_mounts,
    &verb_pause,
    &verb_plan,
    &verb_ps,
    &verb_restore,
    &verb_resume,
    &verb_run,
    &verb_spec,
    &verb_start,
    &verb_state,
    &verb_update,
    &verb_validate,
    &verb_wait,
    NULL,
};
/* clang-format on */

/* ---- help ---- */

static void print_help(void)
{
    printf("NAME:\n   lorica - OCI container runtime\n\n"
           "USAGE:\n   lorica [global options] COMMAND [options] [arguments]\n\n"
           "COMMANDS:\n");
    for (const struct verb *const *v = verbs; *v; v++)
        printf("   %-12s %s\n", (*v)->name, (*v)->summary);
    printf("   %-12s %s\n", "help", "show this help, or that of a command");
    printf("\nGLOBAL OPTIONS:\n");
    options_print_help(global_option_rows);
}

void verb_print_help(const struct verb *v)
{
    printf("NAME:\n   lorica %s - %s\n\n"
           "USAGE:\n   lorica %s%s%s%s\n",
           v->name, v->summary, v->name, v->options ? " [options]" : "", *v->arguments ? " " : "",
           v->arguments);
    if (v->details)
        printf("\nDESCRIPTION:\n   %s\n", v->details);
    if (v->options) {
        printf("\nOPTIONS:\n");
        options_print_help(v->options);
    }
}

static void print_version(void)
{
    printf("lorica version %s\n", lorica_version());
    if (*lorica_commit())
        printf("commit: %s\n", lorica_commit());
    printf("spec: %s\nlibseccomp: %s\n", lorica_spec_version(), lorica_libseccomp_version());
}

static const struct verb *find_verb(const char *name)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

/* ---- errors ---- */

static int fail(const struct verb *v, struct lorica *l, const struct lorica_error *err)
{
    lorica_log_error(l, err);
    lorica_close(l);
    return v && v->failure_status ? v->failure_status : EXIT_FAILURE;
}

/* Before there is a context: engines look for the reason in the log all the same. */
static int fail_early(const struct verb *v, const struct global_options *global,
                      const struct lorica_error *err)
{
    struct lorica_options options = {.log_path = global->log, .log_format = global->log_format};
    struct lorica_error ignored;
    struct lorica *l = NULL;

    /* a format that does not exist may be the error */
    if (lorica_open(&l, &options, &ignored) < 0 && options.log_format) {
        options.log_format = NULL;
        lorica_open(&l, &options, &ignored);
    }
    return fail(v, l, err);
}

/* Help on standard output, the reason on standard error, or in the log. */
static int usage_error(const struct verb *v, const struct global_options *global, const char *message)
{
    struct lorica_error err = {.code = EINVAL, .kind = LORICA_ERROR_USAGE};

    printf("Incorrect Usage.\n\n");
    if (v)
        verb_print_help(v);
    else
        print_help();
    fflush(stdout);
    snprintf(err.message, sizeof(err.message), "lorica: %s", message);
    if (global->log || global->log_format)
        return fail_early(NULL, global, &err);
    fprintf(stderr, "%s\n", err.message);
    return EXIT_FAILURE;
}

static int check_arguments(const struct verb *v, const struct global_options *global, int n)
{
    char message[160];

    if (n >= v->min_args && n <= v->max_args)
        return 0;
    if (v->min_args == v->max_args)
        snprintf(message, sizeof(message), "\"%s\" requires exactly %d argument(s)", v->name, v->min_args);
    else if (n < v->min_args)
        snprintf(message, sizeof(message), "\"%s\" requires a minimum of %d argument(s)", v->name,
                 v->min_args);
    else
        snprintf(message, sizeof(message), "\"%s\" requires a maximum of %d argument(s)", v->name,
                 v->max_args);
    return usage_error(v, global, message);
}

int verb_invalid(struct lorica_error *err, const char *what, const char *value)
{
    err->code = EINVAL;
    err->kind = LORICA_ERROR_USAGE;
    snprintf(err->message, sizeof(err->message), "invalid %s: %s", what, value);
    return -EINVAL;
}

int verb_failed(struct lorica_error *err, const char *call, const char *object, int code)
{
    char reason[128];

    snprintf(reason, sizeof(reason), "%s", strerror(code));
    if (reason[0] >= 'A' && reason[0] <= 'Z' && reason[1] >= 'a' && reason[1] <= 'z')
        reason[0] = (char)(reason[0] - 'A' + 'a'); /* as the library has it, and callers match it */
    err->code = code;
    err->kind = LORICA_ERROR_SYSTEM;
    snprintf(err->message, sizeof(err->message), "%s %.500s: %s", call, object, reason);
    return -code;
}

int print_and_free(char *text)
{
    int r = fputs(text, stdout) < 0 || fflush(stdout) != 0 ? -EIO : 0;

    lorica_free(text);
    return r;
}

/* ---- running a verb ---- */

/* Words that stand for settings of the library; the first that is none of them is the error. */
static int set_words(const struct global_options *global, struct lorica_options *o, struct lorica_error *err)
{
    const char *manager = global->cgroup_manager, *rootless = global->rootless;
    const char *unsupported = global->unsupported;

    o->systemd_cgroup = global->systemd_cgroup;
    if (manager && strcmp(manager, "systemd") == 0)
        o->systemd_cgroup = true;
    else if (manager && strcmp(manager, "disabled") == 0)
        o->no_cgroup = true;
    else if (manager && strcmp(manager, "cgroupfs") != 0)
        return verb_invalid(err, "cgroup-manager", manager);
    if (rootless && strcmp(rootless, "true") == 0)
        o->rootless = LORICA_YES;
    else if (rootless && strcmp(rootless, "false") == 0)
        o->rootless = LORICA_NO;
    else if (rootless && strcmp(rootless, "auto") != 0)
        return verb_invalid(err, "rootless", rootless);
    if (unsupported && strcmp(unsupported, "warn") == 0)
        o->unsupported_warn = true;
    else if (unsupported && strcmp(unsupported, "error") != 0)
        return verb_invalid(err, "unsupported", unsupported);
    return 0;
}

/* A tree that stands in for hardware that is not there: for tests (lorica(8), ENVIRONMENT). */
static const char *resctrl_stand_in(void)
{
    const char *dir = secure_getenv("LORICA_RESCTRL");

    return dir && *dir ? dir : NULL;
}

static int call_verb(const struct verb *v, struct invocation *inv, const struct global_options *global)
{
    struct lorica_options options = {
        .root = global->root,
        .log_path = global->log,
        .log_format = global->log_format,
        .log_level = global->log_level,
        .debug = global->debug,
        .activation = true,
        .resctrl = resctrl_stand_in(),
    };
    struct lorica_error *err = inv->err;
    int r = set_words(global, &options, err);

    if (r < 0 || lorica_open(&inv->lorica, &options, err) < 0)
        return fail_early(v, global, err);
    r = v->run(inv);
    if (r < 0 && !err->code) /* the verb did its work, standard output did not take it */
        verb_failed(err, "write", "standard output", -r);
    if (r < 0)
        return fail(v, inv->lorica, err);
    lorica_close(inv->lorica);
    return r;
}

static int run_verb(const struct verb *v, const struct global_options *global, int argc, char **argv)
{
    alignas(max_align_t) char values[VERB_VALUES_MAX] = {0};
    static const struct option_row none[] = {OPTIONS_END};
    const struct option_row *rows = v->options ? v->options : none;
    struct lorica_error err = {0};
    struct invocation inv = {.global = global, .values = values, .args = argv, .err = &err};
    char message[256];
    int r = options_parse(rows, values, argc, argv, v->ends_options, &inv.n_args, message, sizeof(message));

    if (r == OPTIONS_HELP) {
        verb_print_help(v);
        r = EXIT_SUCCESS;
    } else if (r < 0) {
        r = usage_error(v, global, message);
    } else {
        if (v->ends_options)
            inv.args = argv + argc - inv.n_args;
        r = check_arguments(v, global, inv.n_args);
        if (r == 0)
            r = call_verb(v, &inv, global);
    }
    options_done(rows, values);
    return r;
}

static int help_verb(int argc, char **argv)
{
    const struct verb *v = argc > 1 ? find_verb(argv[1]) : NULL;

    if (v)
        verb_print_help(v);
    else
        print_help();
    return EXIT_SUCCESS;
}

/* Before anything is open: descriptors of ours must not be there when the copy starts. */
static int seal(const struct verb *v, const struct global_options *global, char **argv)
{
    struct lorica_error err = {0};

    return lorica_seal_self(argv, &err) == 0 ? 0 : fail_early(v, global, &err);
}

int main(int argc, char **argv)
{
    struct global_options global = {0};
    const struct verb *v;
    char message[256], **rest;
    int n = 0, r;

    if (argc < 1)
        return EXIT_FAILURE;
    /* A caller that ignores it would make the kernel throw away the exit statuses of hooks and of init. */
    signal(SIGCHLD, SIG_DFL);
    if (options_parse(global_option_rows, &global, argc - 1, argv + 1, true, &n, message, sizeof(message)) <
        0)
        return usage_error(NULL, &global, message);
    rest = argv + argc - n;
    if (global.version) {
        print_version();
        return EXIT_SUCCESS;
    }
    if (global.help || n == 0 || strcmp(rest[0], "help") == 0)
        return help_verb(n, rest);
    v = find_verb(rest[0]);
    if (!v) {
        snprintf(message, sizeof(message), "no such command: %s", rest[0]);
        return usage_error(NULL, &global, message);
    }
    if (v->makes_container) {
        r = seal(v, &global, argv);
        if (r)
            return r;
    }
    return run_verb(v, &global, n - 1, rest + 1);
}
