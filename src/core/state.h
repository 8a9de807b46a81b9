/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept about a container between two commands, its encoding on disk, the status that follows from it,
 * and the documents of `state` and `list` that are printed from it. runtime/store reads and writes the file.
 *
 * The file is one JSON document of our own, "version": 1. It is written before anything that it describes
 * exists (intent before effect): whoever finds it can remove everything it names, whether or not it came to
 * be. Optional members may be missing; unknown members are ignored; a newer version is refused, never guessed
 * at.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"
#include "core/facts.h"
#include "core/oci_version.h"
#include "core/unapplied.h"

#include <stdbool.h>
#include <stdint.h>

#define STATE_VERSION   1
#define STATE_MAX_BYTES (16u * 1024u * 1024u) /* longest document that is read or written */

/* How far the life of the container got, as last written. The order is that of life. */
enum state_phase {
    STATE_CREATING, /* create is at work, or died at it; pid may still be 0 */
    STATE_CREATED,  /* create has returned; init waits for start */
    STATE_STARTING, /* run gave the start: as soon as init is set up it executes the user's program, which
                       nobody writes down */
    STATE_RUNNING,  /* start was given: the user's program runs, or has run */
    STATE_STOPPED,  /* a command saw that it is over */
    STATE_DELETING, /* delete is at work, or died at it: only delete may go on */
    STATE_PHASE_COUNT
};

/* A process that cannot be mistaken for a later one with the same number. pid 0: none. */
struct state_process {
    int32_t pid;
    uint64_t start_ticks; /* field 22 of /proc/PID/stat (proc(5)) */
};

/* A cgroup that the container uses. */
struct state_cgroup {
    const char *hierarchy;  /* controllers as in /proc/self/cgroup: "cpu,cpuacct"; "" is cgroup v2 */
    const char *mountpoint; /* absolute */
    const char *path;       /* from the mount point: "/user/ctr" */
    const char *first_made; /* the topmost directory that create makes: removal goes up to here; NULL: it was
                               there before */
};

/*
 * The container's group in resctrl. What is to be removed with it is core/rdt's to say (rdt_removal).
 */
struct state_rdt {
    const char *mountpoint; /* absolute */
    const char *group;      /* a name, or "/" */
    bool made;              /* by create: it was not there before */
    bool owned;             /* closID is not set: it goes with the container */
    bool monitoring;        /* mon_groups/<id> is the container's */
};

struct state_namespace {
    enum ns_type type;
    const char *path; /* NULL: made for this container, in /proc/PID/ns; otherwise the path that was joined */
};

/* A mount that was added while the container lived. The others stand in its configuration. */
struct state_mount {
    const char *destination; /* clean */
    const char *type;        /* NULL: a bind */
    const char *source;      /* or NULL */
    struct strings options;  /* as they were given */
    uint64_t mount_id;       /* of the kernel (kernel/mount_live.h) */
};

/* How init ended, as far as somebody learnt it. */
struct state_exit {
    bool known;                 /* code and signal */
    uint32_t code;              /* 0-255; 128 + signal */
    uint32_t signal;            /* that ended it, 1-64; 0: it exited by itself */
    struct opt_bool oom_killed; /* the kernel killed a process of the container for want of memory */
    const char *finished;       /* RFC3339Nano, UTC: when the end was seen; NULL */
};

struct state {
    const char *id;
    const char *oci_version; /* of the bundle's config.json */
    enum state_phase phase;
    struct state_process init;    /* pid as the runtime sees it */
    struct state_process creator; /* the runtime process that creates (CREATING) or deletes (DELETING) */
    const char *boot_id; /* /proc/sys/kernel/random/boot_id: after another boot no pid means anything */
    const char *bundle;  /* absolute */
    const char *rootfs;  /* absolute */
    const char *created; /* RFC3339Nano, UTC */
    const char *started; /* the same; NULL: not yet */
    struct state_exit exit;
    struct pairs annotations;
    uint32_t owner_uid; /* who ran create */
    enum cgroup_layout cgroup_layout;
    struct state_cgroup *cgroups;
    size_t n_cgroups;
    const char *systemd_scope; /* "lorica-ID.scope"; NULL: cgroups are ours by the file system */
    bool systemd_user;         /* ... of the owner's manager, not of pid 1 */
    struct state_namespace *namespaces;
    size_t n_namespaces;
    struct state_mount *mounts; /* in the order in which they were added */
    size_t n_mounts;
    struct state_rdt *rdt;           /* NULL: none */
    struct unapplied_list unapplied; /* --unsupported=warn */
    bool rootless;
    bool no_pivot;
    bool no_new_keyring;
    bool no_process;         /* the configuration has none: start is refused */
    bool detached;           /* nobody of ours waits for it */
    bool terminal;           /* process.terminal */
    bool poststop_hooks_run; /* delete has run them: they are not run again */
};

/* A wait status as of waitpid(2) into code and signal. */
void state_exit_set(struct state_exit *e, int wait_status);

/* Whether the container has a namespace of that type of its own (not joined, not the host's). */
bool state_owns_namespace(const struct state *s, enum ns_type type);

/*
 * Appends compact JSON without a newline: no prefix of it is a document. -EINVAL: something is missing or
 * wrong that state_decode would refuse (id, bundle, rootfs, cgroup paths); -EILSEQ: a string is not UTF-8,
 * which JSON could not give back; -EMSGSIZE: too large to be read again, or for `out`; -ENOMEM. Nothing of
 * `out` is worth keeping then.
 */
int state_encode(const struct state *s, struct buf *out);

/*
 * Everything hangs on the arena. ERR_STATE; -EBADMSG for a document that is damaged or is not a state (the
 * message names the pointer), -ENOTSUP for one of a newer version, -ENOMEM.
 */
int state_decode(struct arena *a, const char *text, size_t len, struct state **ret, struct err *reterr);

/* "creating", "created", "running", "stopped", "deleting": as in the file. */
const char *state_phase_name(enum state_phase phase);

/* ---- status (runtime.md "State") ---- */

enum state_status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

const char *state_status_name(enum state_status status);

/* What the system says about the processes of a container right now. */
struct state_facts {
    bool init_exists;   /* a process with init.pid exists and is neither zombie nor dead (state Z, X) */
    bool init_same;     /* its start time is init.start_ticks, and the boot is the same */
    bool creator_alive; /* the same two questions about creator */
    bool start_pending; /* nobody has started it yet (the start fifo is still there) */
    bool executed;      /* init has executed a program since it was born */
    bool frozen;        /* its cgroup is frozen */
};

enum state_status state_status(enum state_phase phase, const struct state_facts *facts);

/* ---- documents that are printed ---- */

struct state_view {
    const char *id;
    int32_t pid; /* 0 when stopped */
    enum state_status status;
    const char *bundle;
    const char *rootfs;
    const char *created;
    const struct pairs *annotations; /* NULL or empty: left out */
    const char *systemd_scope;       /* NULL: left out */
    const char *owner;               /* list: the user's name or "#UID"; state: "" */
    const char *started;             /* NULL: left out */
    struct state_exit exit;          /* what is not known is left out */
    struct unapplied_list unapplied;
    const char *error; /* list: why the entry cannot be read; NULL: it can */
};

/* A view of a state; pid is 0 for a stopped container. */
void state_view_init(struct state_view *v, const struct state *s, enum state_status status,
                     const char *owner);

/* The mounts that were added, as an array that `mounts remove` takes; 2-space JSON and a newline. */
void state_mounts_print(const struct state *s, struct buf *out);

/* An entry of the state directory that cannot be read: status "broken", and nothing else is known. */
void state_view_init_broken(struct state_view *v, const char *id, const char *error);

/*
 * The `state` document: 2-space JSON, no newline at the end. Annotations are sorted by key. Behind what other
 * runtimes print, where known: exitCode, exitSignal, oomKilled, startedAt, finishedAt; notApplied, what of
 * the configuration is not in force, with pointer and reason.
 */
void state_print(const struct state_view *v, struct buf *out);

/* What `wait` prints as JSON, compact with a newline: id and the members that `state` has for the end. */
void state_exit_print(const struct state *s, struct buf *out);

/* `list --format json`: one compact array with a newline; "null" when there is none, as runc. */
void state_list_json(const struct state_view *views, size_t n, struct buf *out);

/*
 * `list`: columns ID PID STATUS BUNDLE CREATED OWNER, each as wide as its longest cell and 3 more, at least
 * 12 (Go's tabwriter as runc sets it). Control characters in a cell are shown as '?'.
 */
void state_list_table(const struct state_view *views, size_t n, struct buf *out);
