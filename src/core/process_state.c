/* SPDX-License-Identifier: Apache-2.0 */
#include "core/process_state.h"

#include "core/oci_version.h"

void process_state_json(const struct process_state *s, struct buf *out)
{
    static const char *const fds[] = {"seccompFd"};
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    json_write_key_str(&w, "ociVersion", OCI_VERSION);
    json_write_key_strings(&w, "fds", fds, ARRAY_SIZE(fds));
    json_write_key_i64(&w, "pid", s->pid);
    if (s->metadata)
        json_write_key_str(&w, "metadata", s->metadata);
    json_write_key(&w, "state");
    hook_state_write(&s->state, &w);
    json_write_object_end(&w);
}

const char *process_state_socket(struct arena *a, const char *listener_path, const char *bundle)
{
    if (listener_path[0] == '/')
        return listener_path;
    return arena_printf(a, "%s/%s", bundle, listener_path);
}
