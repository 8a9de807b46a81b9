/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cgroup_undo.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static const struct {
    const char *file;
    const char *written;
    const char *before;
    const char *undo; /* NULL: cannot be restored */
} cases[] = {
    {"memory.max", "1048576", "max\n", "max"},
    {"memory.limit_in_bytes", "-1", "33554432\n", "33554432"},
    {"memory.memsw.limit_in_bytes", "1", "9223372036854771712\n", "9223372036854771712"},
    {"cpu.max", "50000 100000", "max 100000\n", "max 100000"},
    {"cpu.cfs_quota_us", "5000", "-1\n", "-1"},
    {"pids.max", "5", "max\n", "max"},
    {"cpuset.cpus", "0", "0-1\n", "0-1"},
    {"cpuset.cpus", "0", "\n", "\n"},
    {"cpuset.cpus", "0", "", "\n"},
    {"memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "0"},
    {"memory.oom_control", "1", "under_oom 0\n", NULL},
    /* one entry for each device */
    {"io.max", "8:0 rbps=1000", "8:0 rbps=5 wbps=max riops=max wiops=9\n",
     "8:0 rbps=5 wbps=max riops=max wiops=9"},
    {"io.max", "8:0 rbps=1000", "8:16 rbps=5 wbps=max riops=max wiops=9\n",
     "8:0 rbps=max wbps=max riops=max wiops=max"},
    {"io.max", "8:0 rbps=1000", "", "8:0 rbps=max wbps=max riops=max wiops=max"},
    {"blkio.throttle.read_bps_device", "8:0 1000", "7:0 5\n8:0 99\n", "8:0 99"},
    {"blkio.throttle.read_bps_device", "8:0 1000", "18:0 5\n", "8:0 0"},
    {"blkio.bfq.weight_device", "8:0 500", "", "8:0 0"},
    {"io.weight", "8:0 500", "default 100\n8:0 200\n", "8:0 200"},
    {"io.weight", "8:0 500", "default 100\n", "8:0 default"},
    {"io.weight", "500", "default 100\n8:0 200\n", "100"},
    {"io.bfq.weight", "500", "default 100\n", "100"},
    {"io.bfq.weight", "500", "100\n", "100"},
    {"io.latency", "8:0 target=5", "", "8:0 target=0"},
    {"rdma.max", "mlx5_0 hca_handle=3",
     "mlx4_0 hca_handle=1 hca_object=2\nmlx5_0 hca_handle=max hca_object=max\n",
     "mlx5_0 hca_handle=max hca_object=max"},
    {"rdma.max", "mlx5_0 hca_handle=3", "", "mlx5_0 hca_handle=max hca_object=max"},
    {"net_prio.ifpriomap", "eth0 5", "lo 0\neth0 2\n", "eth0 2"},
    {"net_prio.ifpriomap", "eth0 5", "lo 0\n", "eth0 0"},
    {"some.file", "8:0 x", "8:1 y\n", NULL},
    /* nothing that could be written back */
    {"memory.pressure", "some 150000 1000000", "some avg10=0.00\nfull avg10=0.00\n", NULL},
};

static void test_cgroup_undo_value__files(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *undo = "?";
        int rc = cgroup_undo_value(&a, cases[i].file, cases[i].written, str_of(cases[i].before), &undo);

        assert_int_equal(rc, cases[i].undo != NULL);
        if (rc)
            assert_string_equal(undo, cases[i].undo);
    }
    arena_done(&a);
}

static void test_cgroup_undo_value__no_memory(void **state)
{
    struct arena a;
    const char *undo;

    (void)state;
    arena_init(&a, 0, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int rc;

        alloc_fault_at(1);
        rc = cgroup_undo_value(&a, cases[i].file, cases[i].written, str_of(cases[i].before), &undo);
        assert_int_equal(rc, alloc_fault_fired() ? -ENOMEM : (cases[i].undo != NULL));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cgroup_undo_value__files),
        cmocka_unit_test(test_cgroup_undo_value__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
