/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record.h"

#include "core/time_fmt.h"
#include "kernel/procfs.h"
#include "runtime/store.h"
#include "runtime/unapplied.h"
#include "runtime/unit.h"
#include "runtime/wait.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static int fill_cgroups(struct host_ctx *c, struct err *reterr)
{
    const struct plan_op *unit = plan_find(c->plan, OP_SYSTEMD_SCOPE);
    struct state *s = &c->state;

    s->cgroups = arena_new_array(&c->arena, struct state_cgroup, c->cgroups.n);
    if (!s->cgroups)
        return err_nomem(reterr);
    s->n_cgroups = c->cgroups.n;
    s->systemd_scope = unit ? unit->systemd_scope.unit : NULL;
    s->systemd_user = c->facts.systemd_user;
    for (size_t i = 0; i < c->cgroups.n; i++) {
        const struct cgroup *g = &c->cgroups.v[i];
        size_t first_made = cgroup_first_made(g);

        /* the slices above become systemd's when the unit starts, and a dead runtime cannot say whether it
         * did */
        if (unit && first_made && unit_is_managed(c, g->hierarchy))
            first_made = strlen(g->path);

        s->cgroups[i] = (struct state_cgroup){
            .hierarchy = g->hierarchy == PLAN_CGROUP2 ? "" : c->facts.v1[g->hierarchy].controllers,
            .mountpoint = g->mountpoint,
            .path = g->path,
            .first_made = first_made ? arena_strndup(&c->arena, g->path, first_made) : NULL,
        };
        if (first_made && !s->cgroups[i].first_made)
            return err_nomem(reterr);
    }
    return 0;
}

static int fill_namespaces(struct host_ctx *c, struct err *reterr)
{
    const struct config_linux *l = &c->bundle.config->linux_;
    struct state *s = &c->state;

    s->namespaces = arena_new_array(&c->arena, struct state_namespace, l->n_namespaces);
    if (!s->namespaces)
        return err_nomem(reterr);
    s->n_namespaces = l->n_namespaces;
    for (size_t i = 0; i < l->n_namespaces; i++)
        s->namespaces[i] =
            (struct state_namespace){.type = l->namespaces[i].type, .path = l->namespaces[i].path};
    return 0;
}

int record_fill(struct host_ctx *c, struct err *reterr)
{
    char created[TIME_FMT_MAX], boot_id[PROCFS_BOOT_ID_LEN + 1];
    const struct config *config = c->bundle.config;
    struct timespec now;
    struct procfs_stat self;
    int r;

    clock_gettime(CLOCK_REALTIME, &now);
    r = procfs_boot_id(boot_id, reterr);
    if (r < 0)
        return r;
    r = procfs_stat(getpid(), &self);
    if (r < 0)
        return err_system(reterr, r, "read", "/proc/%d/stat", (int)getpid());
    c->state = (struct state){
        .id = c->req->id,
        .oci_version = config->oci_version,
        .creator = {.pid = getpid(), .start_ticks = self.start_time},
        .boot_id = arena_strdup(&c->arena, boot_id),
        .bundle = c->plan->bundle,
        .rootfs = c->plan->rootfs,
        .created = arena_strdup(&c->arena, time_fmt_nano(&now, created)),
        .annotations = config->annotations,
        .owner_uid = geteuid(),
        .cgroup_layout = c->facts.cgroup,
        .rootless = c->facts.rootless,
        .no_pivot = c->req->no_pivot,
        .no_new_keyring = c->req->no_new_keyring,
        .no_process = !config->process,
        .detached = !c->req->run || c->req->detach,
        .terminal = config->process && config->process->terminal,
    };
    if (!c->state.boot_id || !c->state.created)
        return err_nomem(reterr);
    r = unapplied_tell(&c->arena, &c->state, &c->plan->unapplied, &c->rt->log, reterr);
    if (r == 0)
        r = fill_cgroups(c, reterr);
    return r < 0 ? r : fill_namespaces(c, reterr);
}

int record_write(struct host_ctx *c, enum state_phase phase, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(STATE_MAX_BYTES);
    bool fresh = !c->recorded;
    int r;

    if (c->init.pid > 0) {
        struct procfs_stat st;

        r = procfs_stat(c->init.pid, &st);
        if (r < 0)
            return err_system(reterr, r, "read", "/proc/%d/stat", (int)c->init.pid);
        c->state.init = (struct state_process){.pid = c->init.pid, .start_ticks = st.start_time};
    }
    c->state.phase = phase;
    if ((phase == STATE_STARTING || phase == STATE_RUNNING) && !c->state.started)
        c->state.started = wait_now(&c->arena);
    r = state_encode(&c->state, &text);
    if (r < 0)
        return err_internal(reterr, -r, "cannot encode the container's record (%s)",
                            r == -EILSEQ ? "a path is not UTF-8" : err_text(r));
    r = store_write(c->dir_fd, STORE_STATE_FILE, text.data, text.len, fresh, reterr);
    if (r == 0)
        c->recorded = true;
    return r;
}
