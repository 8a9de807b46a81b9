/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_is(const char *name, const char *text, size_t len)
{
    return name && strlen(name) == len && memcmp(name, text, len) == 0;
}

static const struct option_row *find_row(const struct option_row *rows, const char *text, size_t len)
{
    for (const struct option_row *row = rows; row->name; row++)
        if (name_is(row->name, text, len) || name_is(row->alias, text, len))
            return row;
    return NULL;
}

/* Strict, as everywhere: digits only, no sign, in range. The command line links no more than the library's
 * header. */
static int parse_count(const char *text, uint32_t *ret)
{
    uint64_t v = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        v = v * 10 + (uint64_t)(*text - '0');
        if (v > UINT32_MAX)
            return -ERANGE;
    }
    *ret = (uint32_t)v;
    return 0;
}

static bool is_one_of(const char *value, const char *const words[6])
{
    for (size_t i = 0; i < 6; i++)
        if (strcmp(value, words[i]) == 0)
            return true;
    return false;
}

/* The spellings of Go's strconv.ParseBool, which callers of runc may use. */
static int set_switch(bool *target, const char *value)
{
    static const char *const yes[6] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[6] = {"0", "f", "F", "false", "FALSE", "False"};

    *target = !value || is_one_of(value, yes);
    return *target || is_one_of(value, no) ? 0 : -EINVAL;
}

static int add_to_list(struct option_list *list, const char *value)
{
    const char **more = reallocarray(list->v, list->n + 1, sizeof(*more));

    if (!more)
        return -ENOMEM;
    list->v = more;
    list->v[list->n++] = value;
    return 0;
}

static int set_value(const struct option_row *row, void *values, const char *value)
{
    void *target = (char *)values + row->offset;

    switch (row->kind) {
    case OPTION_SWITCH: return set_switch(target, value);
    case OPTION_TEXT: *(const char **)target = value; return 0;
    case OPTION_COUNT: return parse_count(value, target);
    case OPTION_LIST: return add_to_list(target, value);
    }
    return -EINVAL;
}

/* One option at argv[i]; returns how many entries it took, -1, or 0 for a --help that no row defines. */
static int parse_one(const struct option_row *rows, void *values, int argc, char **argv, int i, char *message,
                     size_t message_size)
{
    const char *text = argv[i] + 1 + (argv[i][1] == '-'), *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    const struct option_row *row = find_row(rows, text, len);
    const char *value = equals ? equals + 1 : NULL;
    int used = 1;

    if (!row && (name_is("help", text, len) || name_is("h", text, len)))
        return 0;
    if (!row) {
        snprintf(message, message_size, "flag provided but not defined: -%.*s", (int)len, text);
        return -1;
    }
    if (!value && row->kind != OPTION_SWITCH) {
        if (i + 1 >= argc) {
            snprintf(message, message_size, "flag needs an argument: -%s", row->name);
            return -1;
        }
        value = argv[i + 1];
        used = 2;
    }
    if (set_value(row, values, value) < 0) {
        snprintf(message, message_size, "invalid value \"%s\" for flag -%s", value, row->name);
        return -1;
    }
    return used;
}

int options_parse(const struct option_row *rows, void *values, int argc, char **argv, bool stop_at_argument,
                  int *n_args, char *message, size_t message_size)
{
    int i = 0, n = 0;

    while (i < argc) {
        bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';

        if (is_option && strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (!is_option) {
            if (stop_at_argument)
                break;
            argv[n++] = argv[i++];
            continue;
        }
        int used = parse_one(rows, values, argc, argv, i, message, message_size);
        if (used <= 0)
            return used < 0 ? -1 : OPTIONS_HELP;
        i += used;
    }
    if (stop_at_argument) {
        *n_args = argc - i;
        return 0;
    }
    while (i < argc)
        argv[n++] = argv[i++];
    *n_args = n;
    return 0;
}

void options_done(const struct option_row *rows, void *values)
{
    for (const struct option_row *row = rows; row->name; row++) {
        struct option_list *list = (struct option_list *)(void *)((char *)values + row->offset);

        if (row->kind == OPTION_LIST) {
            free(list->v);
            *list = (struct option_list){.v = NULL};
        }
    }
}

void options_print_help(const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name; row++) {
        char left[80];
        const char *space = row->value ? " " : "", *value = row->value ? row->value : "";

        if (row->alias)
            snprintf(left, sizeof(left), "--%s%s%s, -%s%s%s", row->name, space, value, row->alias, space,
                     value);
        else
            snprintf(left, sizeof(left), "--%s%s%s", row->name, space, value);
        printf("   %-34s %s\n", left, row->help);
    }
}
