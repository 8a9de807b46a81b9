/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liblorica: run OCI containers from another program. The command `lorica` uses nothing but this header.
 *
 * A struct lorica is a context: a state root, a log and the defaults of every call. It is not thread-safe and
 * holds no container open: any number of contexts and processes may work on one state root at the same time;
 * each call locks the container it is about.
 *
 * Convention: a function returns 0 (or a value >= 0) or a negative errno and fills *err, which may be NULL.
 * Text handed out as `char **` belongs to the caller: lorica_free.
 *
 * Processes: lorica_create, lorica_run and lorica_exec fork. The child becomes a process of the container, so
 * the program must be single-threaded at that moment, and it must run from a sealed copy of itself
 * (lorica_seal_self): the container's init could otherwise reach the program's file through /proc/PID/exe
 * (CVE-2019-5736).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LORICA_PUBLIC __attribute__((visibility("default")))

struct lorica;

enum lorica_error_kind {
    LORICA_ERROR_NONE = 0,
    LORICA_ERROR_CONFIG,   /* the bundle is wrong; `where` is a JSON pointer */
    LORICA_ERROR_SYSTEM,   /* a system call failed; `where` is the phase */
    LORICA_ERROR_STATE,    /* no such container, or it is not in a state that allows this */
    LORICA_ERROR_PROTOCOL, /* the container's init ended unexpectedly */
    LORICA_ERROR_USAGE,    /* an argument is wrong */
    LORICA_ERROR_INTERNAL
};

struct lorica_error {
    int code; /* errno value, positive */
    enum lorica_error_kind kind;
    uint32_t line, column; /* position in config.json, from 1; 0: unknown */
    char where[256];
    char message[1024];
};

/* ---- context ---- */

enum lorica_choice { LORICA_AUTO = 0, LORICA_NO, LORICA_YES };

struct lorica_options {
    const char
        *root; /* state directory; NULL: /run/lorica, or $XDG_RUNTIME_DIR/lorica for an ordinary user */
    /* file, "file:PATH", "journald:IDENT", "syslog:IDENT"; NULL: standard error. Lives as long as the
     * context. */
    const char *log_path;
    const char *log_format; /* "text" (NULL) or "json" */
    const char *log_level;  /* "error", "warning", "info", "debug"; NULL: warnings in text, errors in JSON */
    bool debug;             /* the same as log_level "debug" */
    bool systemd_cgroup;
    bool no_cgroup; /* containers get no cgroup at all; no limits, no device rules, no pause */
    /*
     * A directory that is taken for the resctrl file system (linux.intelRdt), an absolute path: the file
     * system itself mounted elsewhere, or a tree that stands in for it. NULL: where it is mounted.
     */
    const char *resctrl;
    /* be content without permissions that only root has; LORICA_AUTO: whoever is not root of the host */
    enum lorica_choice rootless;
    /*
     * lorica_create, lorica_run, lorica_update: resources that this host cannot provide (no equivalent in
     * its version of cgroups, no such controller or file) are left out with a warning, and listed by
     * lorica_state, instead of being an error.
     */
    bool unsupported_warn;
    /*
     * Hand on what a service manager gave to this process by its environment: the sockets of LISTEN_FDS (with
     * LISTEN_PID, LISTEN_FDNAMES; sd_listen_fds(3)) to what lorica_create and lorica_run make, and the
     * container's READY= to NOTIFY_SOCKET (sd_notify(3)): by lorica_run and lorica_start, which then wait for
     * it.
     */
    bool activation;
};

LORICA_PUBLIC int lorica_open(struct lorica **ret, const struct lorica_options *options,
                              struct lorica_error *err);
LORICA_PUBLIC void lorica_close(struct lorica *l);
LORICA_PUBLIC void lorica_free(char *text);

/*
 * Re-execute the program from a sealed copy in memory, with the same arguments; returns 0 when it already
 * runs from one. Call it first in main(), before anything else is open. Needs memfd_create(2) (Linux 3.17).
 */
LORICA_PUBLIC int lorica_seal_self(char *const argv[], struct lorica_error *err);

/* Write the error as the last line of the log, in its format (and to standard error when the log is a file).
 */
LORICA_PUBLIC void lorica_log_error(struct lorica *l, const struct lorica_error *err);

/* ---- life of a container ---- */

struct lorica_create_options {
    const char *bundle;       /* directory with config.json; NULL: the current directory */
    const char *pid_file;     /* written atomically once the container exists; NULL: none */
    const char *pidfd_socket; /* Unix stream socket that is sent a pidfd of init; NULL: none */
    const char *trace;        /* file for a Chrome trace of what took how long; NULL: none */
    /*
     * A Unix stream socket that gets the master of the container's terminal as a descriptor (SCM_RIGHTS),
     * with its name as text. Needed when process.terminal is true and the call does not stay (lorica_create,
     * `detach`), an error otherwise: lorica_run relays the terminal to the program's own standard input and
     * output. NULL: none.
     */
    const char *console_socket;
    bool no_pivot;
    bool no_new_keyring;
    uint32_t preserve_fds; /* descriptors 3 .. 2 + preserve_fds stay open in the container */
    /* lorica_run only: */
    bool detach; /* return once the process runs, instead of waiting for its end */
    bool keep;   /* leave the stopped container in place */
    bool no_subreaper;
    /* lorica_plan only: */
    bool rootless; /* for a caller without privileges on this host, instead of root */
};

LORICA_PUBLIC int lorica_create(struct lorica *l, const char *id, const struct lorica_create_options *options,
                                struct lorica_error *err);
LORICA_PUBLIC int lorica_start(struct lorica *l, const char *id, struct lorica_error *err);

/* create and start; waits and deletes unless told otherwise. *exit_status: 0-255, 128 + n after signal n. */
LORICA_PUBLIC int lorica_run(struct lorica *l, const char *id, const struct lorica_create_options *options,
                             int *exit_status, struct lorica_error *err);

/*
 * A process more in a container that is created or running. What it is: the process object of `process_file`
 * (config.md "Process"), or the container's own process as it was configured at its creation; then the other
 * members on top. What a process file leaves out of capabilities, limits and labels is the container's. Lists
 * are arrays with their lengths and belong to the caller.
 */
struct lorica_exec_options {
    const char *process_file; /* JSON of a process; NULL: the container's own, and args are needed */
    const char *const *args;  /* of the program; none: those of the process file */
    size_t n_args;
    const char *const *env; /* "NAME=value", added; the last of one name counts */
    size_t n_env;
    const char *cwd;                    /* NULL: as it is; absolute, in the container */
    const char *user;                   /* "UID[:GID]", numbers; without GID the group stays */
    const char *const *additional_gids; /* numbers, added */
    size_t n_additional_gids;
    const char *const *caps; /* "CAP_NET_ADMIN": added to bounding, effective and permitted capabilities */
    size_t n_caps;
    const char *apparmor_profile;
    const char *selinux_label;
    const char *const *cgroups; /* "PATH", or "CONTROLLER[,CONTROLLER]:PATH" on v1: below the container's */
    size_t n_cgroups;
    const char *pid_file;       /* written atomically once the program runs; NULL: none */
    const char *pidfd_socket;   /* Unix socket that is sent a pidfd of the process; NULL: none */
    const char *console_socket; /* Unix socket that is sent the terminal; NULL: none */
    uint32_t preserve_fds;      /* descriptors 3 .. 2 + preserve_fds stay open in the process */
    bool no_new_privs;          /* set; never reset */
    bool tty;
    bool detach;        /* return once the program runs, instead of waiting for its end */
    bool ignore_paused; /* do not refuse a paused container: the process runs when that is resumed */
};

/* *exit_status as of lorica_run. An error means that the program did not run; nothing is left of it then. */
LORICA_PUBLIC int lorica_exec(struct lorica *l, const char *id, const struct lorica_exec_options *options,
                              int *exit_status, struct lorica_error *err);

/* signal: a name with or without SIG, RTMIN+n, or a number. all: every process of the container. */
LORICA_PUBLIC int lorica_kill(struct lorica *l, const char *id, const char *signal, bool all,
                              struct lorica_error *err);

/*
 * Freeze every process of a created or running container; returns when all stand still, or thaws them again
 * and fails. resume lets them go on.
 */
LORICA_PUBLIC int lorica_pause(struct lorica *l, const char *id, struct lorica_error *err);
LORICA_PUBLIC int lorica_resume(struct lorica *l, const char *id, struct lorica_error *err);

/* force: kill first, and succeed when there is no such container. Ends with nothing left, whatever was. */
LORICA_PUBLIC int lorica_delete(struct lorica *l, const char *id, bool force, struct lorica_error *err);

/*
 * Wait until the container's init has ended; timeout_ms -1: for ever, otherwise -ETIMEDOUT. *ret: the exit
 * code and a newline, or a JSON object (id, exitCode, exitSignal, oomKilled, startedAt, finishedAt; what is
 * not known is left out). -ENODATA, "exit status unknown: ...": its parent took the status before, and nobody
 * of us saw it.
 */
LORICA_PUBLIC int lorica_wait(struct lorica *l, const char *id, int64_t timeout_ms, bool json, char **ret,
                              struct lorica_error *err);

/*
 * What to change; texts as on the command line, NULL: leave it. Sizes may have the suffixes b, k, m, g; -1 is
 * unlimited. `resources` is a linux.resources object instead, as JSON; the texts do not count then.
 */
struct lorica_update_options {
    const char *resources;
    size_t resources_len;
    const char *blkio_weight;
    const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share; /* microseconds; shares */
    const char *cpu_rt_period, *cpu_rt_runtime;
    const char *cpuset_cpus, *cpuset_mems;
    const char *cpu_idle; /* 0 or 1 */
    const char *memory, *memory_reservation, *memory_swap;
    const char *kernel_memory, *kernel_memory_tcp; /* ignored with a warning */
    const char *pids_limit;
    const char *l3_cache_schema, *mem_bw_schema;
};

/*
 * Change the limits of a container: everything that is asked for, or, when the kernel refuses something,
 * nothing: then the error names file, value and what the kernel said, and the old values are back.
 */
LORICA_PUBLIC int lorica_update(struct lorica *l, const char *id, const struct lorica_update_options *options,
                                struct lorica_error *err);

/* ---- looking ---- */

LORICA_PUBLIC int lorica_state(struct lorica *l, const char *id, char **ret_json, struct lorica_error *err);

enum lorica_list_format { LORICA_LIST_TABLE, LORICA_LIST_JSON, LORICA_LIST_QUIET };

LORICA_PUBLIC int lorica_list(struct lorica *l, enum lorica_list_format format, char **ret,
                              struct lorica_error *err);

/* ---- mounts of a container that lives ---- */

/*
 * json: an array of mounts as in config.json, or an object that has one as "mounts". All of them are added
 * (removed), or none. Only what was added here can be removed; the destination alone says which. Needs Linux
 * 5.12.
 */
LORICA_PUBLIC int lorica_mounts_add(struct lorica *l, const char *id, const char *json, size_t len,
                                    struct lorica_error *err);
LORICA_PUBLIC int lorica_mounts_remove(struct lorica *l, const char *id, const char *json, size_t len,
                                       struct lorica_error *err);

/* What was added and not removed: an array that lorica_mounts_remove takes. */
LORICA_PUBLIC int lorica_mounts_list(struct lorica *l, const char *id, char **ret_json,
                                     struct lorica_error *err);

/*
 * The ids that match a POSIX extended regular expression, sorted, a line each: for calls that are to be about
 * many. A state root that does not exist holds none when it is the default one.
 */
LORICA_PUBLIC int lorica_match(struct lorica *l, const char *pattern, char **ret, struct lorica_error *err);
/*
 * The container's processes, sub-cgroups included. ps_args NULL: a JSON array of their numbers on the host
 * ("null" when there is none). Otherwise the table of ps(1), called with these arguments (n_ps_args 0: -ef),
 * without the lines of other processes.
 */
LORICA_PUBLIC int lorica_ps(struct lorica *l, const char *id, char *const *ps_args, size_t n_ps_args,
                            char **ret, struct lorica_error *err);

/* A line of JSON with its newline; anything but 0 ends the events and is returned, with *err as it was. */
typedef int (*lorica_event_fn)(void *arg, const char *line, size_t len);

/*
 * stats_only: one event with the container's figures. Otherwise such an event after each interval ("5s" when
 * NULL; as Go writes durations) and an oom event whenever the kernel killed for lack of memory, until the
 * container ends.
 */
LORICA_PUBLIC int lorica_events(struct lorica *l, const char *id, const char *interval, bool stats_only,
                                lorica_event_fn emit, void *arg, struct lorica_error *err);

/* ---- checkpoints, by criu (4.0 and newer are tested; 3.0 is the oldest) ---- */

struct lorica_checkpoint_options {
    const char *name;        /* a named checkpoint of the bundle, instead of image_path; NULL: none */
    const char *image_path;  /* directory of the images; NULL: "checkpoint" in the current directory */
    const char *work_path;   /* of criu's log and statistics; NULL: with the images */
    const char *parent_path; /* of an earlier (pre-)dump, relative to the images */
    const char *page_server; /* "ADDRESS:PORT": memory goes there */
    const char *manage_cgroups_mode; /* "soft" (NULL), "full", "strict", "ignore" */
    const char *empty_ns;            /* "network": restored without its contents */
    const char *network_lock;        /* "iptables", "nftables", "skip"; NULL: criu's default */
    uint32_t status_fd;              /* lazy_pages: gets a NUL when the page server is ready; 0: none */
    bool leave_running;              /* otherwise the container is stopped afterwards */
    bool pre_dump;                   /* memory only, and it runs on */
    bool tcp_established, tcp_skip_in_flight, tcp_close, link_remap, ext_unix_sk, shell_job, file_locks,
        auto_dedup, lazy_pages;
    /* restore only */
    const char *lsm_profile; /* "apparmor:NAME", "selinux:LABEL" instead of what was dumped */
    const char *lsm_mount_context;
};

/* A running or paused container. On failure it runs on, and the message has the lines of criu's log. */
LORICA_PUBLIC int lorica_checkpoint(struct lorica *l, const char *id,
                                    const struct lorica_checkpoint_options *options,
                                    struct lorica_error *err);

/*
 * Named checkpoints of a bundle (BUNDLE/checkpoints/NAME): that of the container, or `bundle` (NULL: the
 * current directory) when there is no such container. As JSON: [{"name": ..., "created": ...}].
 */
LORICA_PUBLIC int lorica_checkpoints(struct lorica *l, const char *id, const char *bundle, char **ret_json,
                                     struct lorica_error *err);
LORICA_PUBLIC int lorica_checkpoint_delete(struct lorica *l, const char *id, const char *bundle,
                                           const char *name, struct lorica_error *err);

/*
 * A new container of the bundle, with the processes of a checkpoint. As lorica_run otherwise: bundle,
 * pid_file, console_socket, no_pivot, detach, no_subreaper of `create`, and *exit_status when not detached.
 */
LORICA_PUBLIC int lorica_restore(struct lorica *l, const char *id, const struct lorica_create_options *create,
                                 const struct lorica_checkpoint_options *options, int *exit_status,
                                 struct lorica_error *err);

/* ---- without a container; no privileges needed ---- */

/* What create would do when root calls it here, as text or JSON. id: NULL for a placeholder. */
LORICA_PUBLIC int lorica_plan(struct lorica *l, const char *id, const struct lorica_create_options *options,
                              bool json, char **ret, struct lorica_error *err);

/* Every violation of the specification, a line each; the number of errors in *ret_errors. */
LORICA_PUBLIC int lorica_validate(struct lorica *l, const char *bundle, char **ret, size_t *ret_errors,
                                  struct lorica_error *err);

/* The starter config.json. */
LORICA_PUBLIC int lorica_spec(bool rootless, char **ret, struct lorica_error *err);

/*
 * The configuration of an older bundle (before 1.0.0 of the specification; with runtime.json, if it has one)
 * in today's form, and what was changed, a line each. A newer one is given back as it is. Both are the
 * caller's.
 */
LORICA_PUBLIC int lorica_spec_upgrade(const char *bundle, char **ret, char **ret_changes,
                                      struct lorica_error *err);

/* The features document of the specification. */
LORICA_PUBLIC int lorica_features(char **ret, struct lorica_error *err);

/*
 * What this host offers to containers, and what is missing, with the remedy: text lines, or a JSON object.
 */
LORICA_PUBLIC int lorica_info(bool json, char **ret, struct lorica_error *err);

/* "0.1.0", the commit it was built from ("" when unknown), and what the libraries say of themselves. */
LORICA_PUBLIC const char *lorica_version(void);
LORICA_PUBLIC const char *lorica_commit(void);
LORICA_PUBLIC const char *lorica_spec_version(void);
LORICA_PUBLIC const char *lorica_libseccomp_version(void);
/* Was it built to use systemd (options.systemd_cgroup)? */
LORICA_PUBLIC bool lorica_systemd_supported(void);

#ifdef __cplusplus
}
#endif
