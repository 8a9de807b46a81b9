/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one byte of options, then two linux.resources objects, a NUL between them: what a container has, and
 * what is asked for. If a plan comes out of it: its writes name files and values that a cgroup takes, what is
 * stored reads back as it was written, and asking for the same again writes the same and changes nothing;
 * every write can be taken back without harm.
 */
#include "oracle.h"

#include "core/cgroup_undo.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/update.h"

#include <errno.h>

static struct facts_hierarchy hierarchies[] = {
    {"cpu,cpuacct", "/c/cpu", "/"}, {"memory", "/c/memory", "/"}, {"pids", "/c/pids", "/"},
    {"blkio", "/c/blkio", "/"},     {"cpuset", "/c/cpuset", "/"}, {"net_cls,net_prio", "/c/net", "/"},
    {"hugetlb", "/c/hugetlb", "/"}, {"rdma", "/c/rdma", "/"},
};
static const struct facts facts[] = {{.cgroup = CGROUP_LAYOUT_V1,
                                      .v1 = hierarchies,
                                      .n_v1 = ARRAY_SIZE(hierarchies),
                                      .hugepage_sizes = "2MB 1GB"},
                                     {.cgroup = CGROUP_LAYOUT_V2,
                                      .cgroup2_mountpoint = "/c",
                                      .cgroup2_controllers = "cpuset cpu io memory hugetlb pids rdma",
                                      .hugepage_sizes = "2MB 1GB"}};

static void check_write(struct arena *a, const struct plan_cgroup_write *w)
{
    const char *undo;
    int rc;

    CHECK(w->file[0] && !strchr(w->file, '/') && !streq(w->file, "..") && !streq(w->file, "cgroup.procs"));
    CHECK(w->value[0] && strlen(w->value) < 4096);
    CHECK(!w->alt_file || (w->alt_value && !strchr(w->alt_file, '/')));
    CHECK(w->unified || (strncmp(w->file, "devices.", 8) != 0 && !strstr(w->file, "kmem")));
    /* what was written, as the file's text */
    rc = cgroup_undo_value(a, w->file, w->value, str_of(w->value), &undo);
    CHECK(rc == 0 || (rc == 1 && undo[0]));
}

static void check_same(const struct update_plan *x, const struct update_plan *y)
{
    CHECK(x->writes.n == y->writes.n);
    for (size_t i = 0; i < x->writes.n; i++) {
        CHECK(streq(x->writes.v[i].cgroup_write.file, y->writes.v[i].cgroup_write.file));
        CHECK(streq(x->writes.v[i].cgroup_write.value, y->writes.v[i].cgroup_write.value));
    }
}

/* Printed, and read again. */
static struct config_resources *stored_form(struct arena *a, const struct config_resources *r,
                                            struct buf *text)
{
    struct config_resources *back = NULL;
    struct buf again = BUF_INIT(JSON_BYTES_MAX);

    resources_print(r, text);
    CHECK(buf_error(text) == 0);
    CHECK(resources_decode(a, text->data, text->len, &back, NULL) == 0);
    resources_print(back, &again);
    CHECK(streq(buf_cstr(text), buf_cstr(&again)));
    buf_done(&again);
    return back;
}

static void update(struct arena *a, bool v2, const char *version, const struct config_resources *stored,
                   const struct config_resources *request)
{
    struct plan_cgroup cgroups[ARRAY_SIZE(hierarchies)];
    size_t n = v2 ? 1 : ARRAY_SIZE(hierarchies);
    struct buf first = BUF_INIT(JSON_BYTES_MAX), second = BUF_INIT(JSON_BYTES_MAX);
    struct update_plan plan, again;
    struct err e;
    int rc;

    for (size_t i = 0; i < n; i++)
        cgroups[i] = (struct plan_cgroup){
            .hierarchy = v2 ? PLAN_CGROUP2 : (uint32_t)i, .mountpoint = "/c", .path = "/x"};
    err_init(&e);
    rc = plan_update(a, stored, request, version, &facts[v2], cgroups, n, false, &plan, &e);
    if (rc < 0) {
        CHECK(rc == -ENOMEM || (rc == -EINVAL && e.kind == ERR_CONFIG && e.message[0]) ||
              e.kind == ERR_INTERNAL);
    } else {
        const struct config_resources *now = stored_form(a, plan.resources, &first);

        for (size_t i = 0; i < plan.writes.n; i++)
            check_write(a, &plan.writes.v[i].cgroup_write);
        CHECK(plan_update(a, now, request, version, &facts[v2], cgroups, n, false, &again, NULL) == 0);
        check_same(&plan, &again);
        (void)stored_form(a, again.resources, &second);
        CHECK(streq(buf_cstr(&first), buf_cstr(&second)));
    }
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size > 1 ? memchr(data + 1, '\0', size - 1) : NULL;
    struct config_resources *stored, *request;
    struct arena a;

    if (!split || size > 65536)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    if (resources_decode(&a, (const char *)data + 1, (size_t)(split - data) - 1, &stored, NULL) == 0 &&
        resources_decode(&a, (const char *)split + 1, size - (size_t)(split - data) - 1, &request, NULL) == 0)
        update(&a, data[0] & 1, data[0] & 2 ? "1.3.0" : "1.0.2", stored, request);
    arena_done(&a);
    return 0;
}
