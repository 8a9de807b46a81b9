/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that create and run share.
 */
#pragma once

#include "cli/verb.h"

struct create_values {
    struct lorica_create_options options;
};

#define CREATE_OPT(field) offsetof(struct create_values, options.field)

/* clang-format off */
#define CREATE_OPTION_ROWS                                                                                              \
    {"bundle", "b", OPTION_TEXT, CREATE_OPT(bundle), "DIR", "directory with config.json (default: .)", NULL},         \
    {"console-socket", NULL, OPTION_TEXT, CREATE_OPT(console_socket), "SOCKET", "send the master of the terminal to SOCKET", NULL}, \
    {"pid-file", NULL, OPTION_TEXT, CREATE_OPT(pid_file), "FILE", "write the pid of the container's init to FILE", NULL}, \
    {"pidfd-socket", NULL, OPTION_TEXT, CREATE_OPT(pidfd_socket), "SOCKET", "send a pidfd of the container's init to SOCKET", NULL}, \
    {"no-pivot", NULL, OPTION_SWITCH, CREATE_OPT(no_pivot), NULL, "enter the root by a moved mount and chroot (ramdisks)", NULL}, \
    {"no-new-keyring", NULL, OPTION_SWITCH, CREATE_OPT(no_new_keyring), NULL, "stay in the caller's session keyring", NULL}, \
    {"preserve-fds", NULL, OPTION_COUNT, CREATE_OPT(preserve_fds), "N", "hand descriptors 3 to N+2 to the container", NULL}, \
    {"trace", NULL, OPTION_TEXT, CREATE_OPT(trace), "FILE", "write a Chrome trace of what took how long", NULL}
/* clang-format on */
