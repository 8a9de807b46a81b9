/* SPDX-License-Identifier: Apache-2.0 */
#include "core/signals.h"

#include "base/tbl.h"
#include "core/quote.h"

#include <errno.h>

static const struct tbl_entry signal_names[] = {
#define X(name, number, text) {name, number},
#include "core/tbl/signals.h"
#undef X
};

/* Indexed like signal_names. */
static const char *const signal_texts[] = {
#define X(name, number, text) text,
#include "core/tbl/signals.h"
#undef X
};

/* "SIGRTMIN+3", "SIGRTMAX-1": the signal, or 0. */
static int realtime_parse(struct str name)
{
    uint32_t n = 0;
    bool from_min = str_starts(name, "SIGRTMIN");
    size_t len = sizeof("SIGRTMIN") - 1;

    if (!from_min && !str_starts(name, "SIGRTMAX"))
        return 0;
    if (name.len > len) {
        struct str count = {name.ptr + len + 1, name.len - len - 1};

        if (name.ptr[len] != (from_min ? '+' : '-') ||
            str_to_u32(count, SIGNALS_RTMAX - SIGNALS_RTMIN, &n) < 0)
            return 0;
    }
    return from_min ? SIGNALS_RTMIN + (int)n : SIGNALS_RTMAX - (int)n;
}

/* Upper case with SIG in front into name[SIGNAL_NAME_MAX]; false: longer than any name. */
static bool name_normalise(struct str text, char name[SIGNAL_NAME_MAX])
{
    size_t at = 0;

    if (text.len < 3 || !str_eq_nocase((struct str){text.ptr, 3}, "SIG")) {
        memcpy(name, "SIG", 3);
        at = 3;
    }
    if (text.len >= SIGNAL_NAME_MAX - at)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        name[at++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    name[at] = '\0';
    return true;
}

int signal_parse(const char *text, int *ret, struct err *reterr)
{
    struct str s = str_of(text);
    char name[SIGNAL_NAME_MAX], quoted[128];
    const struct tbl_entry *entry;
    uint32_t number;
    int realtime;

    if (str_to_u32(s, SIGNALS_MAX, &number) == 0) {
        *ret = (int)number;
        return 0;
    }
    if (name_normalise(s, name)) {
        entry = tbl_find(signal_names, ARRAY_SIZE(signal_names), str_of(name));
        if (entry) {
            *ret = (int)entry->value;
            return 0;
        }
        realtime = realtime_parse(str_of(name));
        if (realtime > 0) {
            *ret = realtime;
            return 0;
        }
    }
    return err_usage(reterr, "unknown signal %s", quote_go_into(quoted, sizeof(quoted), s));
}

const char *signal_name_into(int signal, char out[SIGNAL_NAME_MAX])
{
    const char *name = tbl_name(signal_names, ARRAY_SIZE(signal_names), signal);

    if (name)
        snprintf(out, SIGNAL_NAME_MAX, "%s", name);
    else if (signal == SIGNALS_RTMIN || signal == SIGNALS_RTMAX)
        snprintf(out, SIGNAL_NAME_MAX, "%s", signal == SIGNALS_RTMIN ? "SIGRTMIN" : "SIGRTMAX");
    else if (signal > SIGNALS_RTMIN && signal < SIGNALS_RTMAX)
        snprintf(out, SIGNAL_NAME_MAX, "SIGRTMIN+%d", signal - SIGNALS_RTMIN);
    else
        snprintf(out, SIGNAL_NAME_MAX, "signal %d", signal);
    return out;
}

const char *signal_text(int signal)
{
    for (size_t i = 0; i < ARRAY_SIZE(signal_names); i++) {
        if (signal_names[i].value == signal)
            return signal_texts[i];
    }
    return NULL;
}
