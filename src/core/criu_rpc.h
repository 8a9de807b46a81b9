/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said to criu and what it answers: the messages of `criu swrk` (criu's images/rpc.proto, proto2), in
 * protocol buffers' wire format. One message is one datagram of a SOCK_SEQPACKET socket. Only what is used
 * here is known; unknown members of an answer are skipped, as the format asks.
 *
 * The answers come from another program: nothing of them is believed that was not checked.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"

#include <stdbool.h>
#include <stdint.h>

/* criu_req_type */
enum criu_type {
    CRIU_EMPTY = 0,
    CRIU_DUMP = 1,
    CRIU_RESTORE = 2,
    CRIU_PRE_DUMP = 4,
    CRIU_NOTIFY = 6,
    CRIU_FEATURE_CHECK = 9,
    CRIU_VERSION = 10
};

/* criu_cg_mode, criu_network_lock_method; 0 is "not said" here */
enum criu_cg_mode {
    CRIU_CG_UNSET = -1,
    CRIU_CG_IGNORE = 0,
    CRIU_CG_SOFT = 3,
    CRIU_CG_FULL = 4,
    CRIU_CG_STRICT = 5
};
enum criu_network_lock {
    CRIU_LOCK_UNSET = 0,
    CRIU_LOCK_IPTABLES = 1,
    CRIU_LOCK_NFTABLES = 2,
    CRIU_LOCK_SKIP = 3
};

struct criu_cg_root {
    const char *controllers; /* as in /proc/PID/cgroup, "" for cgroup v2 */
    const char *path;
};
struct criu_inherit_fd {
    const char *key;
    int fd; /* in criu */
};
struct criu_join_ns {
    const char *ns; /* "net", "uts", ... */
    const char *file;
};

/* criu_opts. Descriptors are those of the criu process (kernel/criu.h); -1 and NULL: not said. */
struct criu_opts {
    int images_dir_fd;
    int work_dir_fd;
    int pid;
    int status_fd;
    bool leave_running, ext_unix_sk, tcp_established, tcp_skip_in_flight, tcp_close, evasive_devices,
        shell_job, file_locks, notify_scripts, track_mem, auto_dedup, link_remap, rst_sibling, lazy_pages,
        orphan_pts_master;
    int log_level;
    const char *log_file;
    const char *root;
    const char *parent_img;
    const char *page_server_address;
    int page_server_port;
    enum criu_cg_mode cg_mode;
    enum criu_network_lock network_lock;
    uint32_t empty_ns; /* CLONE_NEW* */
    const char *freeze_cgroup;
    const char *config_file;
    const char *lsm_profile;
    const char *lsm_mount_context;
    struct strings external;                /* "mnt[/a]:/a" */
    struct strings cgroup_dump_controllers; /* as in /proc/PID/cgroup; none: all */
    struct criu_cg_root *cg_roots;
    size_t n_cg_roots;
    struct criu_inherit_fd *inherit_fds;
    size_t n_inherit_fds;
    struct criu_join_ns *join_ns;
    size_t n_join_ns;
};

#define CRIU_OPTS_INIT                                                                                       \
    ((struct criu_opts){                                                                                     \
        .images_dir_fd = -1, .work_dir_fd = -1, .pid = -1, .status_fd = -1, .cg_mode = CRIU_CG_UNSET})

struct criu_features {
    bool mem_track, lazy_pages;
};

#define CRIU_MESSAGE_MAX (40u * 4096u) /* of a request; criu's own limit for what it sends is smaller */

/* Requests; errors stick in `out`. opts NULL, features NULL: none. keep_open: another request follows. */
void criu_rpc_request(enum criu_type type, const struct criu_opts *opts, const struct criu_features *features,
                      bool keep_open, struct buf *out);
void criu_rpc_notify_done(bool success, struct buf *out);

/* criu_resp. Strings are cut where they do not fit, and hold no control characters. */
struct criu_answer {
    int32_t type;
    bool success;
    int32_t error; /* cr_errno, 0: not said */
    char message[256];
    char script[64]; /* of a notification: "post-restore" */
    int32_t pid;     /* of a notification or a restore; 0: none */
    int32_t version_major, version_minor, version_sublevel;
    struct criu_features features;
};

/* -EBADMSG: not such a message. */
int criu_rpc_answer(const void *data, size_t len, struct criu_answer *ret);

/* criu counts 4.1.1 as 40101. */
int criu_version_number(const struct criu_answer *a);
