/* SPDX-License-Identifier: Apache-2.0 */
/* lorica.h: the calls that look at a bundle or at this build, and touch nothing. */
#include "core/features.h"
#include "core/spec_section.h"
#include "core/spec_template.h"
#include "core/validate.h"
#include "kernel/probe.h"
#include "kernel/seccomp_bpf.h"
#include "kernel/seccomp_load.h"
#include "lib/context.h"
#include "runtime/bundle.h"

#include <unistd.h>

static void print_violations(const struct validate_report *report, struct buf *out)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct violation *v = &report->v[i];

        buf_printf(out, "%u:%u: %s: %s: %s (%s)\n", v->line, v->column, validate_level_name(v->level),
                   v->pointer[0] ? v->pointer : "/", v->message, v->section);
    }
    if (report->truncated)
        buf_printf(out, "... and more: only the first %zu are shown\n", report->n);
}

/* A document that cannot be decoded has one violation: the one that stopped us. */
static void print_decode_error(const struct err *e, struct buf *out)
{
    buf_printf(out, "%u:%u: error: %s: %s (%s)\n", e->line, e->column, e->where[0] ? e->where : "/",
               e->message, spec_section_of(e->where));
}

static int validate(struct arena *a, const char *dir, struct buf *out, size_t *ret_errors, struct err *e)
{
    struct validate_report report;
    struct bundle bundle;
    int r = bundle_decode(a, dir, &bundle, e);

    if (r < 0 && e->kind == ERR_CONFIG) {
        print_decode_error(e, out);
        *ret_errors = 1;
        return 0;
    }
    if (r == 0)
        r = validate_config(a, bundle.config, &report);
    if (r < 0)
        return r;
    if (bundle.old_version)
        buf_printf(out,
                   "1:1: warning: /ociVersion: written for version \"%s\"; places are those of what "
                   "`spec --upgrade` makes of it (config.md#specification-version)\n",
                   bundle.old_version);
    validate_report_locate(&report, bundle.text, bundle.len);
    print_violations(&report, out);
    *ret_errors = report.n_errors;
    return 0;
}

int lorica_validate(struct lorica *l, const char *bundle, char **ret, size_t *ret_errors,
                    struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct arena a;
    struct err e;
    int r;

    (void)l;
    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = validate(&a, bundle, &text, ret_errors, &e);
    arena_done(&a);
    return lib_hand_out_text(r, &text, ret, &e, err);
}

int lorica_spec(bool rootless, char **ret, struct lorica_error *err)
{
    struct spec_template_options o = {.rootless = rootless, .uid = geteuid(), .gid = getegid()};
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct facts facts;
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = probe_facts(&a, &facts, &e);
    if (r == 0) {
        o.cgroup2 = facts.cgroup == CGROUP_LAYOUT_V2;
        spec_template_print(&o, &text);
    }
    arena_done(&a);
    return lib_hand_out_text(r, &text, ret, &e, err);
}

/* A line for each change, or one that says that there is none. */
static void print_changes(const struct bundle *b, struct buf *out)
{
    if (!b->old_version)
        buf_printf(out, "nothing to change\n");
    for (size_t i = 0; i < b->changes.n; i++)
        buf_printf(out, "%s\n", b->changes.v[i]);
}

int lorica_spec_upgrade(const char *bundle, char **ret, char **ret_changes, struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX), changes = BUF_INIT(LIB_TEXT_MAX);
    struct bundle b = {0};
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = bundle_decode(&a, bundle, &b, &e);
    if (r == 0) {
        buf_add(&text, b.text, b.len);
        print_changes(&b, &changes);
    }
    arena_done(&a);
    r = lib_hand_out_text(r, &text, ret, &e, err);
    if (r < 0)
        return r;
    r = lib_hand_out_text(0, &changes, ret_changes, &e, err);
    if (r < 0)
        lorica_free(*ret);
    return r;
}

int lorica_features(char **ret, struct lorica_error *err)
{
    struct features_info info = {.version = LORICA_VERSION,
                                 .commit = LORICA_COMMIT,
                                 .systemd = lorica_systemd_supported(),
                                 .libseccomp_version = lorica_libseccomp_version(),
                                 .seccomp_flags = seccomp_flags_of_kernel(),
                                 .seccomp_archs = seccomp_archs_of_library()};
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;

    err_init(&e);
    features_print(&info, &text);
    return lib_hand_out_text(0, &text, ret, &e, err);
}
