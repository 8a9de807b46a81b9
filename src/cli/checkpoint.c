/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/criu_options.h"

static const struct option_row rows[] = {
    CRIU_OPTION_ROWS,
    {"parent-path", NULL, OPTION_TEXT, CRIU_OPT(parent_path), "DIR",
     "an earlier (pre-)dump, relative to the images", NULL},
    {"leave-running", NULL, OPTION_SWITCH, CRIU_OPT(leave_running), NULL, "do not stop the container", NULL},
    {"pre-dump", NULL, OPTION_SWITCH, CRIU_OPT(pre_dump), NULL, "memory only, and leave it running", NULL},
    {"tcp-skip-in-flight", NULL, OPTION_SWITCH, CRIU_OPT(tcp_skip_in_flight), NULL,
     "leave out TCP connections that are being made", NULL},
    {"link-remap", NULL, OPTION_SWITCH, CRIU_OPT(link_remap), NULL, "keep files that are open but deleted",
     NULL},
    {"page-server", NULL, OPTION_TEXT, CRIU_OPT(page_server), "ADDRESS:PORT", "send memory there", NULL},
    {"status-fd", NULL, OPTION_COUNT, CRIU_OPT(status_fd), "FD",
     "with --lazy-pages: write a NUL to FD when pages can be asked for", NULL},
    {"list", NULL, OPTION_SWITCH, offsetof(struct criu_values, list), NULL,
     "print the named checkpoints with their times", NULL},
    {"delete", NULL, OPTION_TEXT, offsetof(struct criu_values, delete_name), "NAME",
     "delete a named checkpoint", NULL},
    {"bundle", "b", OPTION_TEXT, offsetof(struct criu_values, bundle), "DIR",
     "with --list and --delete: the bundle, when the container is gone", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct criu_values *v = inv->values;
    char *text;
    int r;

    if (v->delete_name)
        return lorica_checkpoint_delete(inv->lorica, inv->args[0], v->bundle, v->delete_name, inv->err);
    if (v->list) {
        r = lorica_checkpoints(inv->lorica, inv->args[0], v->bundle, &text, inv->err);
        return r < 0 ? r : print_and_free(text);
    }
    return lorica_checkpoint(inv->lorica, inv->args[0], &v->options, inv->err);
}

const struct verb verb_checkpoint = {
    .name = "checkpoint",
    .arguments = "CONTAINER",
    .summary = "write the processes of a running container into images",
    .details = "By criu. The container is stopped then, until it is deleted, unless it is left running.",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct criu_values),
    .run = run,
};
