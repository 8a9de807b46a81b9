/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/trace.h"

#include "base/fd.h"
#include "core/json_write.h"
#include "kernel/io.h"
#include "runtime/clock.h"

#include <errno.h>
#include <fcntl.h>

enum trace_row { ROW_RUNTIME = 1, ROW_INIT = 2 };

void trace_phase(struct trace *t, const char *name)
{
    if (!t->on || t->n == TRACE_PHASES_MAX)
        return;
    t->phases[t->n].name = name;
    t->phases[t->n].start_ns = clock_monotonic_ns();
    t->n++;
}

static void write_event(struct json_writer *w, const char *name, const char *detail, enum trace_row row,
                        uint64_t start_ns, uint64_t end_ns)
{
    json_write_object(w);
    json_write_key_str(w, "name", name);
    json_write_key_str(w, "ph", "X");
    json_write_key_u64(w, "ts", start_ns / 1000);
    json_write_key_u64(w, "dur", end_ns > start_ns ? (end_ns - start_ns) / 1000 : 0);
    json_write_key_u64(w, "pid", 1);
    json_write_key_u64(w, "tid", row);
    if (detail && *detail) {
        json_write_key(w, "args");
        json_write_object(w);
        json_write_key_str(w, "pointer", detail);
        json_write_object_end(w);
    }
    json_write_object_end(w);
}

static void write_runtime_row(struct json_writer *w, const struct trace *t)
{
    for (uint32_t i = 0; i + 1 < t->n; i++)
        write_event(w, t->phases[i].name, NULL, ROW_RUNTIME, t->phases[i].start_ns,
                    t->phases[i + 1].start_ns);
}

static void write_init_row(struct json_writer *w, const struct plan *plan, const struct init_report *report)
{
    uint64_t end_ns = report->started_ns[plan->n_ops];

    /* Backwards, since an operation ends where the next one that ran begins. */
    for (size_t i = plan->n_ops; i-- > 0;) {
        uint64_t start_ns = report->started_ns[i];

        if (!start_ns)
            continue;
        write_event(w, plan_op_name(plan->ops[i].kind), plan->ops[i].pointer, ROW_INIT, start_ns,
                    end_ns ? end_ns : start_ns);
        end_ns = start_ns;
    }
}

int trace_write(struct trace *t, const char *path, const struct plan *plan, const struct init_report *report,
                struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(4u << 20);
    struct json_writer w;

    trace_phase(t, "end");
    json_write_init(&w, &text, NULL);
    json_write_object(&w);
    json_write_key(&w, "traceEvents");
    json_write_array(&w);
    write_runtime_row(&w, t);
    if (report)
        write_init_row(&w, plan, report);
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_char(&text, '\n');
    if (buf_error(&text) < 0)
        return err_internal(reterr, -buf_error(&text), "cannot format the trace");

    AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_system(reterr, errno, "open", "%s", path);
    int r = io_write_all(fd, text.data, text.len, IO_NO_DEADLINE);
    return r < 0 ? err_system(reterr, r, "write", "%s", path) : 0;
}
