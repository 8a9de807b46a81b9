/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what a container start will do, as data. An ordered list of intents with closed policies, built
 * by core/plan_build from (config, facts, options), checked by core/plan_check, printed by core/plan_print
 * and executed by runtime/execute, one kernel call per operation. What can only be known under a descriptor
 * (type of a bind source, whether a mask's target exists) is a policy here and is decided in one kernel
 * function.
 *
 * Ownership: all on the arena given to plan_build; strings may point into the config, which must live as
 * long. Paths inside the container ("target") are absolute, lexically clean ("/a/b", no "." or ".."), and
 * mean "beneath the root"; they are resolved only by kernel/fs. Paths on the host are absolute.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"
#include "core/facts.h"
#include "core/systemd_value.h"
#include "core/unapplied.h"

struct bpf_insn;       /* <linux/bpf.h> */
struct seccomp_policy; /* core/seccomp_policy.h */

enum plan_actor { PLAN_HOST, PLAN_INIT };

enum plan_op_kind {
#define X(kind, name, actor) OP_##kind,
#include "core/tbl/plan_ops.h"
#undef X
    OP_KIND_COUNT
};

enum on_enoent { ENOENT_FAIL, ENOENT_SKIP, ENOENT_CREATE };
enum on_eperm { EPERM_FAIL, EPERM_SKIP, EPERM_BIND };

/* ---- cgroups. `hierarchy` is an index into facts.v1, or PLAN_CGROUP2 for the unified one. ---- */

#define PLAN_CGROUP2 UINT32_MAX

/* UMASK: the one that the runtime was called with ("should not be changed", config.md "POSIX-platform User").
 */
#define PLAN_UMASK_CALLER UINT32_MAX

struct plan_cgroup_create {
    uint32_t hierarchy;
    const char *path; /* from the mount point, "/user/ctr" */
    /* v1 cpuset: empty cpus and mems are copied down level by level before the join */
    bool seed_cpuset;
    /* v2: space separated, to enable in subtree_control of every level above; "" */
    const char *controllers;
    /* SKIP (rootless, nothing is asked of it): EPERM, EACCES, EROFS leave the container out */
    enum on_eperm on_eperm;
    /* v2 delegation: the cgroup and its delegatable files are given to owner_uid */
    bool has_owner;
    uint32_t owner_uid; /* host id */
};

struct plan_cgroup_join {
    uint32_t hierarchy;
    const char *path;
    /* exec, v2: the cgroup of the container's init instead, where this one hands its controllers on */
    bool or_init;
};

struct plan_cgroup_write { /* CGROUP_WRITE and CGROUP_WRITE_EARLY */
    uint32_t hierarchy;
    const char *path;
    const char *file;  /* "memory.max": no slash, no ".." */
    const char *value; /* one write(2) */
    /* written instead, with alt_value, when `file` does not exist; or NULL */
    const char *alt_file;
    const char *alt_value;
    enum on_enoent on_enoent; /* when neither exists: FAIL or SKIP */
    /* v1 cpu period/quota and v2 burst: EINVAL now, written again after the next write */
    bool ignore_einval_retry_later;
    /* v1 cpu.shares: the kernel clamps without a word, so compare */
    bool read_back;
    /* from resources.unified: a missing file is the fault of its controller */
    bool unified;
    /* --unsupported=warn: a file that this kernel does not have is left out, and listed */
    bool droppable;
    /* memory.checkBeforeUpdate: refuse when the number in it is >= usage_limit; or NULL */
    const char *usage_file;
    uint64_t usage_limit;
};

struct plan_systemd_scope {
    const char *unit;  /* "lorica-ctr.scope" */
    const char *slice; /* "system.slice" */
    /* init is put into it by systemd. Not with a slice, which takes no processes: it is joined as any cgroup
     */
    bool attach;
    const struct systemd_property *properties; /* of StartTransientUnit, PIDs excepted */
    size_t n_properties;
};

struct plan_cgroup_devices {
    /* v1: lines for devices.deny/devices.allow are CGROUP_WRITE_EARLY operations; v2: the eBPF program. */
    const char *path;
    const struct bpf_insn *insns;
    size_t n_insns;
    enum on_eperm on_eperm; /* SKIP only inside a user namespace, or when every device is allowed */
};

/* ---- processes and namespaces ---- */

struct plan_ns_join {
    enum ns_type type;
    const char *path;
    /* refuse when it is the runtime's own: the container changes settings or mounts in it */
    bool not_own;
};

struct plan_clone {
    uint64_t flags; /* CLONE_NEW*; never CLONE_NEWCGROUP (see ns-unshare) */
    /* CLONE_INTO_CGROUP of the plan's v2 cgroup, join afterwards where the kernel cannot */
    bool into_cgroup2;
    /* Joined before the clone by the runtime itself, because they take effect on children only; the runtime
     * goes back into its own afterwards. NULL: none, or left to the intermediate process (`joins`). */
    const char *join_pid;
    const char *join_time;
    /*
     * Unshared before the clone by the process that clones. CLONE_NEWTIME: init would be born with frozen
     * offsets otherwise (time_namespaces(7)), so they are written in between. CLONE_NEWUSER: only with an
     * intermediate process, that needs it for the time namespace; the ids are mapped (idmap-write) before it
     * goes on.
     */
    uint64_t unshare_flags;
    const struct config_time_offset *time_offsets;
    size_t n_time_offsets;
    /*
     * An intermediate process stands between the runtime and init: it joins `joins` in this order, unshares
     * unshare_flags, clones init (a child of the runtime: CLONE_PARENT) and ends.
     */
    bool intermediate;
    const struct plan_ns_join *joins;
    size_t n_joins;
};

struct plan_join {   /* exec */
    uint64_t flags;  /* CLONE_NEW* of the namespaces in which the container's init is and we are not */
    bool user_first; /* one by one (before 5.8): the user namespace gives the right to join the others */
};

struct plan_ns_unshare {
    uint64_t flags; /* CLONE_NEWCGROUP */
};

struct plan_net_device { /* moved into the container's network namespace, and set up */
    const char *host_name;
    const char *name;       /* in the container; "%d" in it is replaced by the kernel */
    const char *netns_path; /* NULL: the namespace of init */
};

struct plan_intel_rdt {
    const char *mountpoint; /* of resctrl */
    const char *clos_id;    /* directory below it; "/" is the root group */
    bool owned;             /* it is the container's own: made now, removed at delete */
    bool must_exist;        /* clos_id without schemata: someone else's, only joined */
    /* one write each, in order; compared instead when the group exists already */
    const char *const *schemata;
    size_t n_schemata;
    /* mon_groups/NAME, made and removed with the container; or NULL */
    const char *monitoring_group;
    /* exec: both are there, the process only joins them */
    bool join_only;
};

struct plan_idmap_write {
    const struct config_idmaps *uids;
    const struct config_idmaps *gids;
    bool deny_setgroups;
    bool use_helpers; /* newuidmap, newgidmap */
};

/* ---- the root ---- */

struct plan_root_prepare {
    const char *path; /* host path of the rootfs, absolute */
    /* MS_SLAVE|MS_REC and the like, applied to the init's copy of the host tree */
    uint64_t host_propagation;
};

struct plan_pivot {
    bool no_pivot; /* MS_MOVE + chroot */
};

struct plan_root_propagation {
    uint64_t ms_flags; /* MS_SHARED, ... applied to the new root */
};

enum plan_mount_kind {
    MOUNT_FS,        /* a new file system: type, source, data */
    MOUNT_BIND,      /* an existing tree */
    MOUNT_REMOUNT,   /* change what is already at the target */
    MOUNT_CGROUP_V1, /* tmpfs, every v1 hierarchy beneath it, links for co-mounted names */
    MOUNT_CGROUP_V2  /* cgroup2, or a bind of the own cgroup where that is not permitted */
};

enum plan_target_type { TARGET_DIR, TARGET_FILE, TARGET_LIKE_SOURCE };

enum plan_proc_rule {
    PROC_RULE_NONE,
    PROC_RULE_ROOT, /* target is /proc: only procfs, or a bind of the root of one; target a real directory */
    PROC_RULE_INSIDE, /* target is one of the files that may be covered: cpuinfo, meminfo, ... */
    PROC_RULE_SYSFS   /* target is /sys with type sysfs: target a real directory, not a symlink */
};

/* Flags as mount(2) names them; the kernel layer turns them into MOUNT_ATTR_* and superblock parameters. */
struct mount_flags {
    /* MS_RDONLY, MS_NOSUID, ..., MS_BIND, MS_REC, MS_REMOUNT; no propagation flags */
    uint64_t set;
    uint64_t clear;   /* explicitly cleared by the last option that spoke of it */
    uint64_t rec_set; /* recursive attributes (rro, rnosuid, ...) as MOUNT_ATTR_* bits */
    uint64_t rec_clear;
    /* each MS_SHARED/SLAVE/PRIVATE/UNBINDABLE with MS_REC or not, in order */
    uint64_t *propagation;
    size_t n_propagation;
};

struct plan_mount {
    enum plan_mount_kind kind;
    const char *target;
    const char *source; /* host path for binds; the name for a file system; may be NULL */
    const char *fstype; /* NULL for binds */
    struct mount_flags flags;
    const char *data; /* comma separated, NULL when none */
    enum plan_target_type target_type;
    enum on_enoent on_target_missing; /* CREATE */
    enum plan_proc_rule proc_rule;
    bool tmpcopyup;
    bool copy_target_mode; /* tmpfs without mode=: take mode of the directory it covers */
    bool idmap;            /* mount_setattr MOUNT_ATTR_IDMAP with the maps below */
    bool idmap_recursive;
    const struct config_idmaps *uid_mappings; /* NULL: those of the container's user namespace */
    const struct config_idmaps *gid_mappings;
    const char *label; /* SELinux context for the mount, or NULL */
    /* not read-only yet: mount points, devices and links are made in it. MOUNTS_READONLY does it */
    bool read_only_later;
    bool src_nofollow;
    bool dest_nofollow;
    bool copy_symlink;
    const char *cgroup_path; /* CGROUP_V1/V2: the container's cgroup, for the bind fallback */
    /* a cgroup namespace was unshared: plain mounts show the right root */
    bool cgroup_ns;
};

struct plan_device {
    const char *path;
    uint32_t type; /* S_IFCHR, S_IFBLK, S_IFIFO */
    uint32_t major;
    uint32_t minor;
    uint32_t mode; /* permission bits */
    uint32_t uid;
    uint32_t gid;
    /* BIND: mknod is not permitted in a user namespace, bind the host's node */
    enum on_eperm on_eperm;
    /* skip if it cannot be made. Never set by plan_build, which makes nothing in a bound /dev */
    bool optional;
};

struct plan_symlink {
    const char *path;
    const char *target;
    const char *only_if; /* made only when this host path exists ("/proc/kcore"); or NULL */
};

struct plan_path { /* READONLY_PATH, MASK_PATH, MKDIR_CWD, CHDIR_EARLY, CHDIR */
    const char *path;
};

struct plan_console {
    uint32_t height, width; /* 0: leave */
    uint32_t uid;           /* of the container's user, who gets the terminal */
    bool bind;              /* at /dev/console too; not for a process that joins a container */
};

/* ---- init's own attributes ---- */

struct plan_name { /* HOSTNAME, DOMAINNAME, KEYRING, APPARMOR, SELINUX */
    const char *name;
    const char *label; /* KEYRING: the SELinux label it is made with; NULL: that of whoever makes it */
};

struct plan_sysctl {
    /* "net", "ipv4", "ip_forward": no component is empty, ".", ".." or has a '/' */
    const char *const *components;
    size_t n_components;
    const char *value;
};

struct plan_rlimit {
    int resource; /* RLIMIT_* */
    uint64_t soft;
    uint64_t hard;
};

struct plan_identity {
    uint32_t uid;
    uint32_t gid;
    const uint32_t *groups;
    size_t n_groups;
    /*
     * false where setgroups is denied to us: the caller's groups stay. true and n_groups 0: they are dropped,
     * unless /proc/self/setgroups of a user namespace that is not ours to map says deny. n_groups > 0 and
     * denied: an error.
     */
    bool set_groups;
};

struct plan_caps { /* bit n = capability n */
    uint64_t effective, bounding, inheritable, permitted, ambient;
};

struct plan_scheduler {
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

struct plan_io_priority {
    int class;
    int priority;
};

struct plan_cpu_affinity {
    const uint64_t *mask; /* bit n of word n / 64 */
    size_t n_words;       /* 0: every processor that the cgroup allows */
};

struct plan_memory_policy {
    int mode; /* mode | flags as set_mempolicy(2) takes them */
    const uint64_t *nodemask;
    size_t n_words;
};

struct plan_hooks {
    /* HOOKS_RUNTIME: run first; may be empty, NULL with the other kinds */
    const struct config_hooks *prestart;
    const struct config_hooks *hooks; /* createRuntime, createContainer, startContainer */
};

struct plan_oom_score {
    int64_t value;
    enum on_eperm on_eperm; /* SKIP: a rootless caller may not lower it */
};

struct plan_exec {
    const char *const *args; /* NULL-terminated */
    /* NULL-terminated; HOME is added by init from the container's passwd if absent */
    const char *const *env;
    size_t n_env;
    bool has_home;
    const char *search_path; /* PATH of the container, "" when unset */
};

struct plan_op {
    enum plan_op_kind kind;
    const char *pointer; /* JSON pointer of what asked for it; "" for what every container gets */
    union {
        struct plan_cgroup_create cgroup_create;
        struct plan_cgroup_join cgroup_join;
        struct plan_cgroup_write cgroup_write;
        struct plan_cgroup_devices cgroup_devices;
        struct plan_systemd_scope systemd_scope;
        struct plan_clone clone;
        struct plan_idmap_write idmap_write;
        struct plan_ns_join ns_join;
        struct plan_ns_unshare ns_unshare;
        struct plan_join join;
        struct plan_net_device net_device;
        struct plan_intel_rdt intel_rdt;
        struct plan_root_prepare root_prepare;
        struct plan_mount mount;
        struct plan_device device;
        struct plan_symlink symlink;
        struct plan_path path;
        struct plan_console console;
        struct plan_pivot pivot;
        struct plan_root_propagation root_propagation;
        struct plan_name name;
        struct plan_sysctl sysctl;
        /* RLIMIT_RAISE: hard limits that are lower are raised to `hard`, no more */
        struct plan_rlimit rlimit;
        struct plan_identity identity;
        struct plan_caps caps;
        struct plan_scheduler scheduler;
        struct plan_io_priority io_priority;
        struct plan_memory_policy memory_policy;
        struct plan_cpu_affinity cpu_affinity;
        const struct seccomp_policy *seccomp;
        uint32_t umask; /* or PLAN_UMASK_CALLER */
        uint32_t personality;
        /* OOM_SCORE_ADJ: the value alone, the same as oom_score.value */
        int64_t oom_score_adj;
        struct plan_oom_score oom_score;
        uint32_t preserve_fds;
        struct plan_hooks hooks;
        struct plan_exec exec;
    };
};

/* A cgroup that this container owns: what create makes, what delete removes. */
struct plan_cgroup {
    uint32_t hierarchy;
    const char *mountpoint;
    const char *path;
};

struct plan {
    const char *id;
    const char *bundle; /* absolute */
    const char *rootfs; /* absolute */
    struct plan_op *ops;
    size_t n_ops;
    struct plan_cgroup *cgroups;
    size_t n_cgroups;
    struct strings warnings; /* to be logged: capabilities the kernel does not know, ... */
    struct unapplied_list unapplied;
};

/* What the command line adds. */
struct plan_options {
    const char *id;
    const char *bundle; /* absolute, clean */
    bool no_pivot;
    bool no_new_keyring;
    bool systemd_cgroup;
    bool no_cgroup;        /* none is made, and limits are only warned about */
    bool unsupported_warn; /* resources that this host does not have are left out with a warning */
    /* create: init waits for `start`; run: it goes on as soon as the runtime has done its part */
    bool wait_start;
    uint32_t preserve_fds;
};

/*
 * config must have passed validate. Returns -EINVAL with a pointer for what cannot be planned, -ENOMEM.
 */
int plan_build(struct arena *a, const struct config *config, const struct facts *facts,
               const struct plan_options *options, struct plan **ret, struct err *reterr);

/*
 * The oracle: order of operations (core/tbl/plan_ops.h), every path clean, no dangling reference, every
 * protection the config asked for present. A failure is a bug of ours (ERR_INTERNAL).
 */
int plan_check(const struct plan *plan, const struct config *config, struct err *reterr);

/* What exec adds to plan_options. */
struct plan_exec_options {
    struct plan_options common; /* id, bundle, no_new_keyring, preserve_fds; the others are create's */
    const char *rootfs;
    uint64_t join_flags; /* CLONE_NEW* in which the container's init differs from the caller */
    const struct plan_cgroup *cgroups;
    size_t n_cgroups;
    bool or_init_cgroup;
    const struct plan_intel_rdt *intel_rdt; /* the container's group; NULL: it has none */
};

/*
 * The plan of one more process in a container that exists. config is the container's own with the process to
 * execute in place of its own; that process must have passed validate_process. As plan_build otherwise.
 */
int plan_exec_build(struct arena *a, const struct config *config, const struct facts *facts,
                    const struct plan_exec_options *options, struct plan **ret, struct err *reterr);
int plan_exec_check(const struct plan *plan, const struct config *config, struct err *reterr);

/*
 * The plan for people, and the golden form of the tests: "plan", "cgroup", "warning" and "not-applied" lines,
 * then one operation a line, "actor  name  key=value ...  [JSON pointer]". What is absent or goes without
 * saying is left out; seccomp policies, device programs and the environment are summarised, everything else
 * is there. The JSON form holds the same keys. Failures stick in `out`.
 */
void plan_print_text(const struct plan *plan, struct buf *out);
void plan_print_json(const struct plan *plan, struct buf *out);

/*
 * A source that is cloned in the host's mount namespace is, where the host's mounts are shared, a peer of the
 * host's: what the container mounts below it would be seen there. So what init does with its copy of the
 * host's tree is done with such a source too: MS_SLAVE|MS_REC and the like; 0: it stays as it is.
 */
uint64_t plan_source_propagation(const struct config *config);

/* Will init live in a user namespace that the plan makes, or joins? */
bool plan_has_userns(const struct plan *plan);

const char *plan_op_name(enum plan_op_kind kind);
enum plan_actor plan_op_actor(enum plan_op_kind kind);

/* The first operation of that kind, or NULL. */
const struct plan_op *plan_find(const struct plan *plan, enum plan_op_kind kind);

/* The operation that loads the seccomp filter, of whichever kind; NULL: none does. */
const struct plan_op *plan_find_seccomp(const struct plan *plan);

/* Does the filter come with a listener, for the agent at /linux/seccomp/listenerPath? */
bool plan_has_listener(const struct plan *plan);
