/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that checkpoint and restore share.
 */
#pragma once

#include "cli/verb.h"

struct criu_values {
    struct lorica_checkpoint_options options;
    struct lorica_create_options create; /* restore */
    bool list;                           /* checkpoint */
    const char *delete_name;
    const char *bundle;
};

#define CRIU_OPT(field)    offsetof(struct criu_values, options.field)
#define RESTORE_OPT(field) offsetof(struct criu_values, create.field)

/* clang-format off */
#define CRIU_OPTION_ROWS                                                                                                \
    {"name", NULL, OPTION_TEXT, CRIU_OPT(name), "NAME", "a named checkpoint of the bundle, instead of --image-path", NULL}, \
    {"image-path", NULL, OPTION_TEXT, CRIU_OPT(image_path), "DIR", "directory of the images (default: ./checkpoint)", NULL}, \
    {"work-path", NULL, OPTION_TEXT, CRIU_OPT(work_path), "DIR", "directory of criu's log and statistics (default: the images')", NULL}, \
    {"tcp-established", NULL, OPTION_SWITCH, CRIU_OPT(tcp_established), NULL, "keep open TCP connections", NULL},     \
    {"tcp-close", NULL, OPTION_SWITCH, CRIU_OPT(tcp_close), NULL, "close TCP connections", NULL},                     \
    {"ext-unix-sk", NULL, OPTION_SWITCH, CRIU_OPT(ext_unix_sk), NULL, "allow Unix sockets whose other end is outside", NULL}, \
    {"shell-job", NULL, OPTION_SWITCH, CRIU_OPT(shell_job), NULL, "allow processes of a terminal outside", NULL},     \
    {"file-locks", NULL, OPTION_SWITCH, CRIU_OPT(file_locks), NULL, "keep file locks", NULL},                         \
    {"lazy-pages", NULL, OPTION_SWITCH, CRIU_OPT(lazy_pages), NULL, "send memory later, when it is asked for", NULL}, \
    {"manage-cgroups-mode", NULL, OPTION_TEXT, CRIU_OPT(manage_cgroups_mode), "MODE", "soft, full, strict or ignore (default: soft)", "soft full strict ignore"}, \
    {"empty-ns", NULL, OPTION_TEXT, CRIU_OPT(empty_ns), "NAMESPACE", "network: restore it without its contents", "network"}, \
    {"auto-dedup", NULL, OPTION_SWITCH, CRIU_OPT(auto_dedup), NULL, "remove from images what is in newer ones, or used", NULL}, \
    {"network-lock", NULL, OPTION_TEXT, CRIU_OPT(network_lock), "METHOD", "iptables, nftables or skip", "iptables nftables skip"}
/* clang-format on */
