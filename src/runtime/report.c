/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/report.h"

#include "runtime/clock.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define ERRNO_MAX 4095

static size_t slots(size_t n_ops, bool traced)
{
    return traced ? n_ops + 1 : 0;
}

static size_t report_bytes(size_t n_started)
{
    return sizeof(struct init_report) + n_started * sizeof(uint64_t);
}

struct init_report *report_new(size_t n_ops, bool traced, struct err *reterr)
{
    size_t n_started = slots(n_ops, traced);
    struct init_report *r =
        mmap(NULL, report_bytes(n_started), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (r == MAP_FAILED) {
        err_system(reterr, errno, "mmap", "memory shared with init");
        return NULL;
    }
    r->n_started = (uint32_t)n_started;
    return r;
}

void report_free(struct init_report *r, size_t n_ops, bool traced)
{
    if (r)
        munmap(r, report_bytes(slots(n_ops, traced)));
}

/* Bytes that a terminal or a log would take for more than text do not pass. */
static void tame(char *text, size_t cap)
{
    text[cap - 1] = '\0';
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

int report_error(const struct init_report *r, struct err *reterr)
{
    struct err e = r->err;

    tame(e.where, sizeof(e.where));
    tame(e.message, sizeof(e.message));
    if ((unsigned)e.kind > ERR_INTERNAL || e.kind == ERR_NONE)
        e.kind = ERR_PROTO;
    if (e.code <= 0 || e.code > ERRNO_MAX)
        e.code = EPROTO;
    if (reterr)
        *reterr = e;
    return -e.code;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

_Atomic int32_t *report_pid_new(struct err *reterr)
{
    void *p = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        err_system(reterr, errno, "mmap", "a page for a pid");
        return NULL;
    }
    return p;
}

int report_pid_keep(_Atomic int32_t *pid, struct err *reterr)
{
    void *page = (void *)(uintptr_t)pid;

    return madvise(page, page_bytes(), MADV_DONTFORK) < 0
               ? err_system(reterr, errno, "madvise", "MADV_DONTFORK")
               : 0;
}

void report_pid_free(_Atomic int32_t *pid)
{
    if (pid)
        munmap((void *)(uintptr_t)pid, page_bytes());
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
