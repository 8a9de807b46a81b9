/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsystemd's sd-bus (sd-bus(3)), loaded when it is asked for and not before: no program of ours is linked
 * with it. The header is that of the library at build time (237 or later); LORICA_SYSTEMD says whether there
 * was one. A static program cannot load libraries and is built without.
 */
#pragma once

#include "base/err.h"

#ifdef LORICA_SYSTEMD

#include <systemd/sd-bus.h>

/* The functions that are used, as members of the same name without "sd_bus_". */
#define SDBUS_FUNCTIONS(X)                                                                                   \
    X(new)                                                                                                   \
    X(unref)                                                                                                 \
    X(close)                                                                                                 \
    X(set_address)                                                                                           \
    X(set_bus_client)                                                                                        \
    X(start)                                                                                                 \
    X(is_ready)                                                                                              \
    X(get_fd)                                                                                                \
    X(process)                                                                                               \
    X(wait)                                                                                                  \
    X(call)                                                                                                  \
    X(send)                                                                                                  \
    X(add_match_async)                                                                                       \
    X(message_new_method_call)                                                                               \
    X(message_append)                                                                                        \
    X(message_open_container)                                                                                \
    X(message_close_container)                                                                               \
    X(message_read)                                                                                          \
    X(message_unref)                                                                                         \
    X(slot_unref)                                                                                            \
    X(error_free)

struct sdbus_api {
#define X(name) __typeof__(sd_bus_##name) *name;
    SDBUS_FUNCTIONS(X)
#undef X
};

/* Loads the library at the first call. NULL and an error that says what to install. */
const struct sdbus_api *sdbus_load(struct err *reterr);

/* Tests put their own in its place; NULL: the library's again. */
void sdbus_use(const struct sdbus_api *api);

#endif
