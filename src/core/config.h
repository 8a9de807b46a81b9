/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoded configuration: every Linux property of config.json, OCI runtime specification 1.3.0, spelt as
 * in the specification. core/decode fills it once from JSON; after that nothing changes it and no JSON
 * exists.
 *
 * Ownership: everything hangs on the arena it was decoded into. Strings are terminated, valid UTF-8 and hold
 * no NUL. An optional string that was absent or empty is NULL; an array is a pointer and a count. Where
 * absence means something other than zero, the field is an optional (has, v). Units are those of the
 * specification, in the name where it is not obvious. Where a value stood in the text is found again by
 * core/json.h json_locate.
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

/* Optional numbers. */
struct opt_i64 {
    bool has;
    int64_t v;
};
struct opt_u64 {
    bool has;
    uint64_t v;
};
struct opt_u32 {
    bool has;
    uint32_t v;
};
struct opt_u16 {
    bool has;
    uint16_t v;
};
struct opt_bool {
    bool has;
    bool v;
};

struct strings {
    const char **v;
    size_t n;
};

/* Name and value, as in annotations, sysctl and unified; in the order of the file. */
struct pair {
    const char *key;
    const char *value;
};
struct pairs {
    struct pair *v;
    size_t n;
};

/* ---- process (config.md "Process") ---- */

enum cap_set {
    CAP_SET_EFFECTIVE,
    CAP_SET_BOUNDING,
    CAP_SET_INHERITABLE,
    CAP_SET_PERMITTED,
    CAP_SET_AMBIENT,
    CAP_SET_COUNT
};

struct config_rlimit {
    const char *type; /* "RLIMIT_NOFILE" */
    uint64_t soft;
    uint64_t hard;
};

struct config_user {
    uint32_t uid;
    uint32_t gid;
    struct opt_u32 umask;
    uint32_t *additional_gids;
    size_t n_additional_gids;
    const char *username; /* Windows only, ignored */
};

struct config_scheduler {
    const char *policy; /* "SCHED_OTHER" */
    int32_t nice;
    int32_t priority;
    struct strings flags; /* "SCHED_FLAG_RESET_ON_FORK" */
    uint64_t runtime_ns;
    uint64_t deadline_ns;
    uint64_t period_ns;
};

struct config_io_priority {
    const char *class; /* "IOPRIO_CLASS_RT" */
    int32_t priority;
};

struct config_cpu_affinity {
    const char *initial; /* cpu list */
    const char *final;
};

struct config_process {
    bool terminal;
    bool has_console_size;
    uint32_t console_height;
    uint32_t console_width;
    bool has_user;
    struct config_user user;
    struct strings args;
    struct strings env;
    const char *cwd;
    bool has_capabilities;
    bool has_cap_set[CAP_SET_COUNT]; /* the set was given, possibly empty */
    struct strings capabilities[CAP_SET_COUNT];
    struct config_rlimit *rlimits;
    size_t n_rlimits;
    struct opt_bool no_new_privileges;
    const char *apparmor_profile;
    const char *selinux_label;
    struct opt_i64 oom_score_adj;
    struct config_scheduler *scheduler;
    struct config_io_priority *io_priority;
    struct config_cpu_affinity *exec_cpu_affinity;
};

/* ---- mounts, hooks ---- */

struct config_idmap { /* one line of a mapping */
    uint32_t container_id;
    uint32_t host_id;
    uint32_t size;
};
struct config_idmaps {
    struct config_idmap *v;
    size_t n;
};

struct config_mount {
    const char *destination;
    const char *source;
    const char *type;
    struct strings options;
    struct config_idmaps uid_mappings;
    struct config_idmaps gid_mappings;
};

enum hook_kind {
    HOOK_PRESTART,
    HOOK_CREATE_RUNTIME,
    HOOK_CREATE_CONTAINER,
    HOOK_START_CONTAINER,
    HOOK_POSTSTART,
    HOOK_POSTSTOP,
    HOOK_KIND_COUNT
};

struct config_hook {
    const char *path;
    struct strings args;
    bool has_env; /* "env": [] is an empty environment, absence is the runtime's own */
    struct strings env;
    struct opt_i64 timeout_s;
};
struct config_hooks {
    struct config_hook *v;
    size_t n;
};

/* ---- linux (config-linux.md) ---- */

enum ns_type { NS_MOUNT, NS_PID, NS_NETWORK, NS_IPC, NS_UTS, NS_USER, NS_CGROUP, NS_TIME, NS_TYPE_COUNT };

struct config_namespace {
    const char *type_name; /* as written */
    enum ns_type type;
    const char *path; /* NULL: a new one */
};

struct config_device {
    const char *type; /* "c", "b", "u", "p" */
    const char *path;
    struct opt_i64 major;
    struct opt_i64 minor;
    struct opt_u32 file_mode;
    struct opt_u32 uid;
    struct opt_u32 gid;
};

struct config_time_offset {
    const char *clock; /* "monotonic", "boottime" */
    int64_t secs;
    uint32_t nanosecs;
};

struct config_net_device {
    const char *host_name; /* the object's key */
    const char *name;      /* NULL: keep */
};

struct config_device_rule { /* resources.devices[] */
    bool allow;
    const char *type; /* NULL: "a" */
    struct opt_i64 major;
    struct opt_i64 minor;
    const char *access; /* NULL: absent */
};

struct config_memory {
    struct opt_i64 limit;
    struct opt_i64 reservation;
    struct opt_i64 swap;
    struct opt_i64 kernel;
    struct opt_i64 kernel_tcp;
    struct opt_u64 swappiness;
    struct opt_bool disable_oom_killer;
    struct opt_bool use_hierarchy;
    struct opt_bool check_before_update;
};

struct config_cpu {
    struct opt_u64 shares;
    struct opt_i64 quota_us;
    struct opt_u64 burst_us;
    struct opt_u64 period_us;
    struct opt_i64 realtime_runtime_us;
    struct opt_u64 realtime_period_us;
    const char *cpus;
    const char *mems;
    struct opt_i64 idle;
};

struct config_weight_device {
    int64_t major;
    int64_t minor;
    struct opt_u16 weight;
    struct opt_u16 leaf_weight;
};
struct config_throttle_device {
    int64_t major;
    int64_t minor;
    uint64_t rate;
};
struct config_throttle_devices {
    struct config_throttle_device *v;
    size_t n;
};

enum throttle_kind {
    THROTTLE_READ_BPS,
    THROTTLE_WRITE_BPS,
    THROTTLE_READ_IOPS,
    THROTTLE_WRITE_IOPS,
    THROTTLE_COUNT
};

struct config_block_io {
    struct opt_u16 weight;
    struct opt_u16 leaf_weight;
    struct config_weight_device *weight_devices;
    size_t n_weight_devices;
    struct config_throttle_devices throttle[THROTTLE_COUNT];
};

struct config_hugepage_limit {
    const char *page_size; /* "2MB" */
    uint64_t limit;
};

struct config_if_priority {
    const char *name;
    uint32_t priority;
};

struct config_network {
    struct opt_u32 class_id;
    struct config_if_priority *priorities;
    size_t n_priorities;
};

struct config_rdma {
    const char *device; /* the object's key */
    struct opt_u32 hca_handles;
    struct opt_u32 hca_objects;
};

struct config_resources {
    struct config_device_rule *devices;
    size_t n_devices;
    bool has_memory, has_cpu, has_block_io, has_network;
    struct config_memory memory;
    struct config_cpu cpu;
    struct opt_i64 pids_limit;
    struct config_block_io block_io;
    struct config_hugepage_limit *hugepage_limits;
    size_t n_hugepage_limits;
    struct config_network network;
    struct config_rdma *rdma;
    size_t n_rdma;
    struct pairs unified;
};

struct config_intel_rdt {
    const char *clos_id;
    struct strings schemata;
    const char *l3_cache_schema;
    const char *mem_bw_schema;
    struct opt_bool enable_monitoring;
};

struct config_seccomp_arg {
    uint32_t index;
    uint64_t value;
    uint64_t value_two;
    const char *op; /* "SCMP_CMP_EQ" */
};
struct config_seccomp_syscall {
    struct strings names;
    const char *action; /* "SCMP_ACT_ALLOW" */
    struct opt_u32 errno_ret;
    struct config_seccomp_arg *args;
    size_t n_args;
};
struct config_seccomp {
    const char *default_action;
    struct opt_u32 default_errno_ret;
    struct strings architectures; /* "SCMP_ARCH_X86_64" */
    bool has_flags;               /* absent and [] differ: see core/seccomp_policy.h */
    struct strings flags;
    const char *listener_path;
    const char *listener_metadata;
    struct config_seccomp_syscall *syscalls;
    size_t n_syscalls;
};

struct config_personality {
    const char *domain;
    struct strings flags;
};

struct config_memory_policy {
    const char *mode;
    const char *nodes;
    struct strings flags;
};

struct config_linux {
    struct config_device *devices;
    size_t n_devices;
    struct config_idmaps uid_mappings;
    struct config_idmaps gid_mappings;
    struct pairs sysctl;
    const char *cgroups_path;
    struct config_resources *resources;
    const char *rootfs_propagation;
    struct config_seccomp *seccomp;
    struct config_namespace *namespaces;
    size_t n_namespaces;
    struct config_net_device *net_devices;
    size_t n_net_devices;
    struct strings masked_paths;
    struct strings readonly_paths;
    const char *mount_label;
    struct config_intel_rdt *intel_rdt;
    struct config_personality *personality;
    struct config_time_offset *time_offsets;
    size_t n_time_offsets;
    struct config_memory_policy *memory_policy;
};

/* ---- the document ---- */

struct config_root {
    const char *path;
    bool readonly;
};

struct config {
    const char *oci_version;
    bool has_root;
    struct config_root root;
    const char *hostname;
    const char *domainname;
    struct config_mount *mounts;
    size_t n_mounts;
    struct config_process *process; /* NULL: absent; create allows that, start does not */
    struct pairs annotations;
    struct config_hooks hooks[HOOK_KIND_COUNT];
    bool has_linux;
    struct config_linux linux_;     /* `linux` is a macro of gnu17 */
    struct strings other_platforms; /* "windows", "vm", ... sections that are present and ignored */
    struct strings
        case_variants; /* pointers of members that were ignored but differ from a known one only in case */
};

/* The process of the configuration, or one of root without a program and without capabilities. Static. */
const struct config_process *config_process_or_none(const struct config *c);

/* The namespace of that type, or NULL when the configuration does not mention it. */
const struct config_namespace *config_namespace_find(const struct config *c, enum ns_type type);

/* "mount", "pid", "network", ... as in the specification. */
const char *ns_type_name(enum ns_type type);

/* "prestart", "createRuntime", ... */
const char *hook_kind_name(enum hook_kind kind);
