/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/report.h"

#include "runtime/clock.h"

#include <errno.h>
#include <sys/mman.h>

static size_t report_bytes(size_t n_started)
{
    return sizeof(struct init_report) + n_started * sizeof(uint64_t);
}

struct init_report *report_new(size_t n_ops, bool traced, struct err *reterr)
{
    size_t n_started = traced ? n_ops + 1 : 0;
    struct init_report *r =
        mmap(NULL, report_bytes(n_started), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (r == MAP_FAILED) {
        err_system(reterr, errno, "mmap", "memory shared with init");
        return NULL;
    }
    r->n_started = (uint32_t)n_started;
    return r;
}

void report_free(struct init_report *r)
{
    if (r)
        munmap(r, report_bytes(r->n_started));
}

void report_at(struct init_report *r, uint32_t op)
{
    if (r->n_started) {
        uint32_t slot = op < r->n_started ? op : r->n_started - 1;
        r->started_ns[slot] = clock_monotonic_ns();
    }
    atomic_store_explicit(&r->at, op, memory_order_release);
}

void report_failure(struct init_report *r, const struct err *e)
{
    r->err = *e;
    atomic_store_explicit(&r->failed, 1, memory_order_release);
}
