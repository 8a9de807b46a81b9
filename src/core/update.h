/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `update` is asked for, and what a container shall have afterwards.
 *
 *     flags, or JSON ──► request ──► plan_update(stored, request) ──► merged resources, cgroup writes
 *
 * A request is a struct config_resources in which only that is set which is to change. Nothing here looks at
 * a cgroup; runtime/update reads, writes, and takes back.
 */
#pragma once

#include "core/op_list.h"

/*
 * Options of the command line, as they were given; NULL: not given. Sizes take the suffixes b, k, m, g, t, p
 * (powers of 1024; "mb" and "mib" too), and -1 for "unlimited"; everything else is a decimal number.
 */
struct update_flags {
    const char *blkio_weight;
    const char *cpu_period;
    const char *cpu_quota;
    const char *cpu_burst;
    const char *cpu_share;
    const char *cpu_rt_period;
    const char *cpu_rt_runtime;
    const char *cpuset_cpus;
    const char *cpuset_mems;
    const char *cpu_idle;
    const char *memory;
    const char *memory_reservation;
    const char *memory_swap;
    const char *kernel_memory;
    const char *kernel_memory_tcp;
    const char *pids_limit;
};

/* The request that the flags make. ERR_USAGE "invalid value for cpu-quota: \"x\""; -ENOMEM. */
int update_request(struct arena *a, const struct update_flags *flags, struct config_resources **ret,
                   struct err *reterr);

/*
 * "512m", "1.5g", "-1": bytes. A fraction is cut to whole bytes. -EINVAL, -ERANGE (above INT64_MAX).
 */
int update_parse_size(struct str s, int64_t *ret) NODISCARD;

struct update_plan {
    struct config_resources *resources; /* what the container has when all writes are done */
    struct op_list writes;              /* CGROUP_WRITE, in order */
    struct strings warnings;
    struct unapplied_list unapplied; /* of the request; only with unsupported_warn */
};

/*
 * `stored` (may be NULL) and `request` as decoded; they are not changed. Rules:
 *   - only files that the request is about are written; the merged whole decides what goes into them: a quota
 *     keeps the stored period, and the other way round.
 *   - 0 means "leave it", except for burst, idle, classID, rates of devices (0 takes the rate away), and
 *     pids.limit from ociVersion 1.3 on.
 *   - memory.limit -1 without swap makes swap unlimited too. On v2 a limit alone leaves the swap that may be
 *     used beside it as it is; on v1 the sum stays.
 *   - cpu.idle without shares forgets the stored shares.
 *   - what this host does not have is an error if the request is about it, or left out with unsupported_warn;
 *     what was left out when the container was created stays so.
 *   - devices, rates, huge pages, priorities, rdma and unified are replaced or added one by one; devices that
 *     may be used never change; kernel memory is ignored with a warning.
 * `facts` and `cgroups` as for cgroup_plan_update. Errors: config errors with pointers into
 * /linux/resources, -ENOMEM.
 */
int plan_update(struct arena *a, const struct config_resources *stored,
                const struct config_resources *request, const char *oci_version, const struct facts *facts,
                const struct plan_cgroup *cgroups, size_t n_cgroups, bool unsupported_warn,
                struct update_plan *ret, struct err *reterr);

/* The linux.resources object, compact; resources_decode reads back what is equal. */
void resources_print(const struct config_resources *r, struct buf *out);
