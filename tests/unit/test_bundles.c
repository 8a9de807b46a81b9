/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real configurations and process files as engines wrote them, in the directory that the environment variable
 * BUNDLES_DIR names: *-config-*.json and *-process-*.json. Each must decode and validate without an error,
 * and each prefix of each must be refused (of large ones, some prefixes). Skipped (exit status 77) without
 * the variable.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/decode.h"
#include "core/validate.h"

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>

#define FILE_MAX_BYTES (1024 * 1024)

static const char *directory;

static char *read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rbe");
    char *text = malloc(FILE_MAX_BYTES);

    if (!f || !text)
        fail_msg("%s: cannot be read", path);
    *len = fread(text, 1, FILE_MAX_BYTES, f);
    assert_int_equal(ferror(f), 0);
    fclose(f);
    return text;
}

static int decode_any(struct arena *a, bool process, const char *text, size_t len,
                      struct validate_report *rep, struct err *e)
{
    struct config_process *p;
    struct config *c;
    int r;

    if (process) {
        r = process_decode(a, text, len, &p, e);
        return r < 0 ? r : validate_process(a, p, rep);
    }
    r = config_decode(a, text, len, &c, e);
    return r < 0 ? r : validate_config(a, c, rep);
}

static void check_whole(const char *name, bool process, const char *text, size_t len)
{
    struct validate_report rep = {.n = 0};
    struct arena a;
    struct err e;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    if (decode_any(&a, process, text, len, &rep, &e) < 0)
        fail_msg("%s: %s at \"%s\" %u:%u", name, e.message, e.where, e.line, e.column);
    if (rep.n_errors) {
        validate_report_error(&rep, text, len, &e);
        fail_msg("%s: %s at \"%s\" %u:%u", name, e.message, e.where, e.line, e.column);
    }
    arena_done(&a);
}

static void check_prefixes(const char *name, bool process, const char *text, size_t len)
{
    size_t step = len > 4096 ? 31 : 1;

    while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    for (size_t cut = 0; cut < len; cut += step) {
        struct validate_report rep;
        struct arena a;
        struct err e;

        err_init(&e);
        arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
        if (decode_any(&a, process, text, cut, &rep, &e) != -EINVAL || e.kind != ERR_CONFIG || !e.line ||
            !e.message[0])
            fail_msg("%s cut at byte %zu: %s", name, cut, e.message);
        arena_done(&a);
    }
}

static void test_bundles__decode_and_validate(void **state)
{
    DIR *d = opendir(directory);
    size_t configs = 0, processes = 0;

    (void)state;
    if (!d)
        fail_msg("%s: %s", directory, err_text(errno));
    for (const struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        bool process = strstr(entry->d_name, "-process-") != NULL;
        char path[4096], *text;
        size_t len;

        if (!str_ends(str_of(entry->d_name), ".json"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        text = read_whole(path, &len);
        check_whole(entry->d_name, process, text, len);
        check_prefixes(entry->d_name, process, text, len);
        free(text);
        processes += process;
        configs += !process;
    }
    closedir(d);
    print_message("%zu configurations, %zu process files\n", configs, processes);
    assert_true(configs + processes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bundles__decode_and_validate)};

    directory = getenv("BUNDLES_DIR");
    if (!directory || !*directory) {
        puts("skipped: BUNDLES_DIR does not name a directory of real configurations");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
