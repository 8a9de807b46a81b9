/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a signal as somebody writes it. Oracles: the result is within bounds, does not depend on case or on
 * "SIG", and its name and number mean the same again; a refusal says so on one printable line and changes
 * nothing.
 */
#include "oracle.h"

#include "core/signals.h"

#include "base/str.h"

#include <errno.h>

#define TEXT_MAX 4096

static void check_same(const char *text, int signal)
{
    int again = -1;

    CHECK(signal_parse(text, &again, NULL) == 0);
    CHECK(again == signal);
}

static void check_accepted(const char *text, int signal)
{
    char other[64], name[SIGNAL_NAME_MAX];
    size_t len = strlen(text);
    bool is_number = text[0] >= '0' && text[0] <= '9';

    CHECK(signal >= 0 && signal <= SIGNALS_MAX && len < 32);
    for (size_t i = 0; i <= len; i++)
        other[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    check_same(other, signal);
    for (size_t i = 0; i <= len; i++)
        other[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    check_same(other, signal);
    if (!is_number && !str_starts(str_of(other), "sig")) {
        snprintf(other, sizeof(other), "SIG%s", text);
        check_same(other, signal);
    }
    snprintf(other, sizeof(other), "%d", signal);
    check_same(other, signal);
    if (is_number)
        CHECK(streq(other, text)); /* the only way to write it */
    signal_name_into(signal, name);
    if (signal != 0 && signal != 32 && signal != 33)
        check_same(name, signal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX];
    struct err e;
    int signal = -9, r;

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    err_init(&e);
    r = signal_parse(text, &signal, &e);
    if (r == 0) {
        check_accepted(text, signal);
        return 0;
    }
    CHECK(r == -EINVAL && signal == -9 && e.kind == ERR_USAGE);
    CHECK(str_starts(str_of(e.message), "unknown signal \"") && str_ends(str_of(e.message), "\""));
    for (const char *c = e.message; *c; c++)
        CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
    return 0;
}
