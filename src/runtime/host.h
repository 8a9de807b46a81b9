/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One creation, as the runtime process sees it: what was decided, what was made, and how to take it back.
 * runtime/create draws the whole tree of processes.
 */
#pragma once

#include "core/proto.h"
#include "core/state.h"
#include "kernel/cgroup.h"
#include "kernel/chan.h"
#include "kernel/clone.h"
#include "kernel/netdev.h"
#include "kernel/pidfd.h"
#include "kernel/procattr.h"
#include "kernel/seccomp_bpf.h"
#include "kernel/systemd.h"
#include "runtime/bundle.h"
#include "runtime/console.h"
#include "runtime/create.h"
#include "runtime/notify.h"
#include "runtime/report.h"
#include "runtime/runtime.h"
#include "runtime/trace.h"

struct host_ctx {
    struct runtime *rt;
    const struct create_request *req;
    struct arena arena; /* everything of this creation */

    /* decided */
    struct bundle bundle;
    struct facts facts;
    struct plan *plan;
    struct seccomp_filter seccomp;
    bool has_seccomp;

    /* made; host_destroy takes it back in reverse */
    int root_fd; /* state root */
    int dir_fd;  /* <root>/<id>, locked; -1: not yet */
    bool recorded;
    struct state state;
    struct cgroup_set cgroups;
    int exec_fifo, result_fifo;
    int ns_fds[NS_TYPE_COUNT];
    struct netdev_set netdevs;
    int *mount_fds; /* by operation: sources of mounts that init could not open; -1 */
    struct console console;
    struct notify notify;
    struct chan chan;
    int pidfd_socket; /* connected; -1: none */
    struct init_report *report;
    _Atomic int32_t *init_pid; /* a process stands between: where it leaves init's pid; else NULL */
    struct procattr_affinity affinity;
    struct pidfd init;
    struct pidfd inter;           /* the intermediate process while it lives; pid 0: none */
    bool in_cgroup2;              /* init was born in its v2 cgroup */
    bool clos_made, monitor_made; /* groups of resctrl */
    bool hooks_ran;               /* prestart or createRuntime hooks have been called: poststop is owed */
    struct systemd systemd;       /* connected with --systemd-cgroup only */
    bool unit_started;            /* the unit is ours, or may become so: it is to be stopped */

    struct proto proto;
    struct trace trace;
};

void host_init(struct host_ctx *c, struct runtime *rt, const struct create_request *req);
void host_done(struct host_ctx *c);

/* Init joins the v1 cgroups by itself, right after the clone: root is not refused, and it costs less. */
bool host_init_joins(const struct host_ctx *c);

/* The hooks of that kind, in the runtime process. */
int host_hooks(struct host_ctx *c, enum hook_kind kind, struct err *reterr);

/*
 * Kill what is left, remove cgroups and state directory; failures are warnings in the log, and everything
 * that can still be done is done. poststop: run those hooks.
 */
void host_destroy(struct host_ctx *c, bool poststop);
