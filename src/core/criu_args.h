/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What criu is asked for: the command line, the plan of the container and what was seen of it, as options of
 * core/criu_rpc. Pure: descriptors, inodes and what is mounted are input.
 *
 * External to criu, and so named with where they are found again, are: binds (of the configuration, of the
 * runtime, and those that were added later), namespaces that were joined, the ends of pipes outside. The
 * names under which they stand in the images are those of runc where there are any.
 */
#pragma once

#include "base/arena.h"
#include "core/criu_rpc.h"
#include "core/plan.h"
#include "core/state.h"

/* As written on the command line; NULL and false: not given. */
struct criu_wishes {
    const char *parent_path;         /* relative to the images */
    const char *page_server;         /* ADDRESS:PORT */
    const char *manage_cgroups_mode; /* soft, full, strict, ignore */
    const char *empty_ns;            /* network */
    const char *network_lock;        /* iptables, nftables, skip */
    const char *lsm_profile;         /* TYPE:NAME */
    const char *lsm_mount_context;
    bool leave_running, tcp_established, tcp_skip_in_flight, tcp_close, link_remap, ext_unix_sk, shell_job,
        file_locks, auto_dedup, lazy_pages, pre_dump;
};

/* ERR_USAGE names the option. On the arena; the rest of *ret is CRIU_OPTS_INIT. */
int criu_args_wishes(struct arena *a, const struct criu_wishes *w, bool restore, struct criu_opts *ret,
                     struct err *reterr) NODISCARD;

/* A mount that criu must not look into. */
struct criu_mount {
    const char *target; /* in the container, as the configuration names it */
    const char *cookie; /* its name in the images */
    const char *source; /* on the host */
    bool only_file;     /* counts only if what is there is no directory (a mask) */
    bool only_same_fs;  /* counts only if what is there is the source's file system, and not one of its own */
};

/* All that there may be; which of them are there is seen under a descriptor. On the arena. -ENOMEM. */
int criu_args_mounts(struct arena *a, const struct plan *plan, const struct facts *facts,
                     const struct state_mount *added, size_t n_added, struct criu_mount **ret, size_t *ret_n,
                     struct err *reterr) NODISCARD;

/* "mnt[AT]:COOKIE" for a dump (`at`: where it was seen), "mnt[COOKIE]:SOURCE" for a restore. */
int criu_args_add_mount(struct arena *a, struct criu_opts *o, const struct criu_mount *m, const char *at,
                        struct err *reterr) NODISCARD;

/* One more text for `external`. */
int criu_args_add_external(struct arena *a, struct criu_opts *o, const char *text,
                           struct err *reterr) NODISCARD;
int criu_args_add_inherit(struct arena *a, struct criu_opts *o, const char *key, int fd,
                          struct err *reterr) NODISCARD;
int criu_args_add_join(struct arena *a, struct criu_opts *o, enum ns_type type, const char *path,
                       struct err *reterr) NODISCARD;

/* The key of a namespace that stays outside: net and pid; NULL for the others, which criu joins by path. */
const char *criu_args_ns_key(enum ns_type type);

/* The container's cgroups, where criu puts what it restores. */
int criu_args_cgroups(struct arena *a, const struct state *s, struct criu_opts *o,
                      struct err *reterr) NODISCARD;

/*
 * Only those are dumped. In a hierarchy without a cgroup of its own the container is where its caller was:
 * criu would dump all that is below, which is other containers', and a restore would make it again.
 */
int criu_args_own_cgroups(struct arena *a, const struct state *s, struct criu_opts *o,
                          struct err *reterr) NODISCARD;

/* The directory of the freezer that holds the container; NULL: none. */
int criu_args_freezer(struct arena *a, const struct state *s, const char **ret, struct err *reterr) NODISCARD;

/* org.criu.config: its file; NULL: none is wanted; the default: `fallback`, which may be NULL. */
const char *criu_args_config_file(const struct pairs *annotations, const char *fallback);

/* What a name in descriptors.json ends with when it was the host's null device. */
#define CRIU_ARGS_NULL " /dev/null"

/*
 * The key under which an outside descriptor of that name is asked for again: pipe:[7], file[1f:7],
 * tty[8800:5]. NULL when it was not outside. *is_null: it was the null device. On the arena.
 */
const char *criu_args_descriptor_key(struct arena *a, const char *name, bool *is_null);

/* descriptors.json, the names of init's first three descriptors: written, and read again (strictly). */
void criu_args_descriptors_print(const char *const names[3], struct buf *out);
int criu_args_descriptors(struct arena *a, const char *text, size_t len, struct strings *ret,
                          struct err *reterr) NODISCARD;
