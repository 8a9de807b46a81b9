/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/systemd.h"

#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sdbus.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#ifdef LORICA_SYSTEMD

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT      "/org/freedesktop/systemd1"
#define MANAGER     "org.freedesktop.systemd1.Manager"
#define UNIT        "org.freedesktop.systemd1.Unit"
#define PROPERTIES  "org.freedesktop.DBus.Properties"
#define NO_UNIT     "org.freedesktop.systemd1.NoSuchUnit"
#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

#define LOOK_MS       1000 /* a job that is silent for so long is looked at */
#define JOB_PATH_MAX  256
#define REMOVED_MATCH "type='signal',interface='" MANAGER "',member='JobRemoved'"

bool systemd_supported(void)
{
    return true;
}

/* ---- time ---- */

static bool is_over(int64_t deadline_ms)
{
    return io_now_ms() >= deadline_ms;
}

/* Microseconds until then, at most `most_ms`; never 0, which means "the default" to sd-bus. */
static uint64_t left_us(int64_t deadline_ms, int64_t most_ms)
{
    int64_t left = deadline_ms - io_now_ms();

    if (left > most_ms)
        left = most_ms;
    return left > 0 ? (uint64_t)left * 1000 : 1;
}

/* ---- the connection ---- */

void systemd_close(struct systemd *s)
{
    if (s->bus) {
        s->api->close(s->bus); /* without a flush, which would wait */
        s->api->unref(s->bus);
    }
    *s = SYSTEMD_INIT;
}

/* Work on what is there, or wait for more. 0, or what ended the connection. */
static int turn(struct systemd *s, int64_t deadline_ms, int64_t most_ms)
{
    int r = s->api->process(s->bus, NULL);

    if (r == 0)
        r = s->api->wait(s->bus, left_us(deadline_ms, most_ms));
    return r < 0 && r != -EINTR ? r : 0;
}

static int connect_to(struct systemd *s, const struct systemd_address *a, int64_t deadline_ms)
{
    int r = s->api->new (&s->bus);

    if (r >= 0)
        r = s->api->set_address(s->bus, a->address);
    if (r >= 0 && !a->direct)
        r = s->api->set_bus_client(s->bus, 1);
    if (r >= 0)
        r = s->api->start(s->bus);
    while (r >= 0 && s->api->is_ready(s->bus) <= 0)
        r = is_over(deadline_ms) ? -ETIMEDOUT : turn(s, deadline_ms, INT32_MAX);
    s->user = a->user;
    return r < 0 ? r : 0;
}

int systemd_open(struct systemd *s, const struct systemd_addresses *addresses, int64_t deadline_ms,
                 struct err *reterr)
{
    char said[ERR_MESSAGE_MAX - 64] = "";
    size_t len = 0;
    int first = 0;

    s->api = sdbus_load(reterr);
    if (!s->api)
        return -ENOENT;
    for (size_t i = 0; i < addresses->n; i++) {
        const struct sdbus_api *api = s->api;
        int r = connect_to(s, &addresses->v[i], deadline_ms);

        if (r == 0)
            return 0;
        systemd_close(s);
        s->api = api;
        if (first == 0)
            first = r;
        if (len < sizeof(said))
            len += (size_t)snprintf(said + len, sizeof(said) - len, "%s%.200s: %s", i ? ", " : "",
                                    addresses->v[i].address, err_text(-r));
    }
    if (addresses->n == 0)
        return err_system(reterr, ENOENT, "connect",
                          "systemd: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set");
    return err_system(reterr, first, "connect", "systemd (%s)", said);
}

/* ---- calls ---- */

/* One call to systemd: filled, made, and its reply. The first failure sticks. */
struct call {
    struct systemd *s;
    const char *member;
    sd_bus_message *request;
    sd_bus_message *reply;
    sd_bus_error error;
    int rc;
};

static void call_done(struct call *c)
{
    if (c->request)
        c->s->api->message_unref(c->request);
    if (c->reply)
        c->s->api->message_unref(c->reply);
    c->s->api->error_free(&c->error);
}

#define AUTO_CALL __attribute__((cleanup(call_done)))

static struct call call_of(struct systemd *s, const char *path, const char *interface, const char *member)
{
    struct call c = {.s = s, .member = member};

    c.rc = s->api->message_new_method_call(s->bus, &c.request, DESTINATION, path, interface, member);
    return c;
}

#define append(c, ...)                                                                                       \
    do {                                                                                                     \
        if ((c)->rc >= 0)                                                                                    \
            (c)->rc = (c)->s->api->message_append((c)->request, __VA_ARGS__);                                \
    } while (0)

static void open_container(struct call *c, char type, const char *contents)
{
    if (c->rc >= 0)
        c->rc = c->s->api->message_open_container(c->request, type, contents);
}

static void close_container(struct call *c)
{
    if (c->rc >= 0)
        c->rc = c->s->api->message_close_container(c->request);
}

static bool is_error(const struct call *c, const char *name)
{
    return c->rc < 0 && streq(c->error.name, name);
}

/* Sent, and answered by the deadline; otherwise c->rc, and c->error where systemd said why. */
static void make_call(struct call *c, int64_t deadline_ms)
{
    if (c->rc < 0)
        return;
    if (is_over(deadline_ms))
        c->rc = -ETIMEDOUT;
    else
        c->rc = c->s->api->call(c->s->bus, c->request, left_us(deadline_ms, INT32_MAX), &c->error, &c->reply);
}

/* "unable to start unit "X": ..." */
static int call_failed(const struct call *c, struct err *reterr, const char *what, const char *unit)
{
    const char *named = unit ? unit : "";
    const char *quote = unit ? "\"" : "";

    if (c->rc == -ETIMEDOUT)
        return err_system(reterr, ETIMEDOUT, what, "%s%s%s: systemd does not answer %s", quote, named, quote,
                          c->member);
    if (c->error.message)
        return err_state(reterr, EIO, "%s %s%s%s: %s", what, quote, named, quote, c->error.message);
    return err_system(reterr, c->rc, what, "%s%s%s: %s", quote, named, quote, c->member);
}

/* ---- values ---- */

static void append_item(struct call *c, char type, const struct systemd_item *i)
{
    const char signature[] = {type, '\0'};

    switch (type) {
    case 's': append(c, signature, i->s); break;
    case 'd': append(c, signature, i->d); break;
    case 'x':
    case 't': append(c, signature, i->u); break;
    default: append(c, signature, (uint32_t)i->u); break; /* smaller ones travel as an int */
    }
}

static void append_value(struct call *c, const struct systemd_value *v)
{
    char type = systemd_value_element(v);

    open_container(c, 'v', v->type);
    if (v->type[0] == 'a')
        open_container(c, 'a', v->type + 1);
    for (size_t i = 0; i < v->n; i++) {
        if (type)
            append_item(c, type, &v->v[i]);
        else if (streq(v->type, "a(ss)"))
            append(c, "(ss)", v->v[i].s, v->v[i].s2);
        else
            append(c, "(st)", v->v[i].s, v->v[i].u);
    }
    if (v->type[0] == 'a')
        close_container(c);
    close_container(c);
}

static void append_properties(struct call *c, const struct systemd_property *v, size_t n, pid_t pid)
{
    open_container(c, 'a', "(sv)");
    for (size_t i = 0; i < n; i++) {
        open_container(c, 'r', "sv");
        append(c, "s", v[i].name);
        append_value(c, &v[i].value);
        close_container(c);
    }
    if (pid > 0)
        append(c, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
    close_container(c);
}

/* ---- what systemd says of itself and of units ---- */

static int get_string(struct systemd *s, const char *path, const char *interface, const char *property,
                      char *dst, size_t size, int64_t deadline_ms, struct err *reterr)
{
    AUTO_CALL struct call c = call_of(s, path, PROPERTIES, "Get");
    const char *text = "";

    append(&c, "ss", interface, property);
    make_call(&c, deadline_ms);
    if (c.rc >= 0)
        c.rc = s->api->message_read(c.reply, "v", "s", &text);
    if (c.rc < 0)
        return call_failed(&c, reterr, "read property", property);
    (void)snprintf(dst, size, "%s", text);
    return 0;
}

int systemd_manager(struct systemd *s, struct systemd_manager *ret, int64_t deadline_ms, struct err *reterr)
{
    int r =
        get_string(s, OBJECT, MANAGER, "Version", ret->version, sizeof(ret->version), deadline_ms, reterr);

    if (r < 0)
        return r;
    return get_string(s, OBJECT, MANAGER, "ControlGroup", ret->cgroup, sizeof(ret->cgroup), deadline_ms,
                      reterr);
}

int systemd_unit_string(struct systemd *s, const char *unit, const char *property, char *dst, size_t size,
                        int64_t deadline_ms, struct err *reterr)
{
    struct arena a;
    const char *path;
    int r;

    arena_init(&a, 1024, 64 * 1024);
    path = systemd_unit_path(&a, unit);
    r = path ? get_string(s, path, UNIT, property, dst, size, deadline_ms, reterr) : err_nomem(reterr);
    arena_done(&a);
    return r;
}

/* ---- jobs ---- */

struct job {
    struct systemd *s;
    char path[JOB_PATH_MAX];
    char result[32]; /* "done", "failed", ...; "": it is still there */
};

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct job *job = userdata;
    const char *path, *unit, *result;
    uint32_t id;

    (void)error;
    if (job->s->api->message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !streq(path, job->path))
        return 0;
    (void)snprintf(job->result, sizeof(job->result), "%s", result);
    return 0;
}

/*
 * To hear of its end before it is asked for. The signal goes to whoever asked for the job; older versions
 * want to be told that somebody listens at all, and nobody minds being told.
 */
static int listen_to(struct systemd *s, struct job *job, sd_bus_slot **slot)
{
    AUTO_CALL struct call c = call_of(s, OBJECT, MANAGER, "Subscribe");
    int r = c.rc;

    if (r >= 0)
        r = s->api->add_match_async(s->bus, slot, REMOVED_MATCH, on_job_removed, NULL, job);
    if (r >= 0 && !s->listens)
        r = s->api->send(s->bus, c.request, NULL);
    s->listens = r >= 0;
    return r < 0 ? r : 0;
}

static bool is_state(const char *state, bool up)
{
    return up ? streq(state, "active") : streq(state, "inactive") || streq(state, "failed");
}

/*
 * Until the job is gone. Signals get lost (a bus that restarts, a manager that executes itself anew): in
 * silence the unit itself is looked at.
 */
static int wait_job(struct systemd *s, struct job *job, const char *unit, bool up, int64_t deadline_ms,
                    struct err *reterr)
{
    int64_t look = io_now_ms() + LOOK_MS;

    while (!job->result[0]) {
        int r = turn(s, deadline_ms < look ? deadline_ms : look, LOOK_MS);

        if (r < 0)
            return err_system(reterr, r, "wait", "for systemd to %s %s", up ? "create" : "remove", unit);
        if (job->result[0])
            break;
        if (is_over(deadline_ms))
            return err_system(reterr, ETIMEDOUT, "wait", "timeout waiting for systemd to %s %s",
                              up ? "create" : "remove", unit);
        if (is_over(look)) {
            char state[32] = "";

            if (systemd_unit_string(s, unit, "ActiveState", state, sizeof(state), deadline_ms, NULL) == 0 &&
                is_state(state, up))
                return 0;
            look = io_now_ms() + LOOK_MS;
        }
    }
    if (streq(job->result, "done"))
        return 0;
    return err_state(reterr, EIO, "error %s systemd unit `%s`: got `%s`", up ? "creating" : "removing", unit,
                     job->result);
}

/* The path of the job that a call has made. */
static void read_job(struct call *c, struct job *job)
{
    const char *path = NULL;

    if (c->rc >= 0)
        c->rc = c->s->api->message_read(c->reply, "o", &path);
    if (c->rc >= 0)
        (void)snprintf(job->path, sizeof(job->path), "%s", path);
}

static void reset_failed(struct systemd *s, const char *unit, int64_t deadline_ms)
{
    AUTO_CALL struct call c = call_of(s, OBJECT, MANAGER, "ResetFailedUnit");

    append(&c, "s", unit);
    make_call(&c, deadline_ms); /* most of the time there is none */
}

/* 0, or -EEXIST without a message. */
static int ask_to_start(struct systemd *s, const struct plan_systemd_scope *op, pid_t pid, struct job *job,
                        int64_t deadline_ms, struct err *reterr)
{
    AUTO_CALL struct call c = call_of(s, OBJECT, MANAGER, "StartTransientUnit");

    append(&c, "ss", op->unit, "replace");
    append_properties(&c, op->properties, op->n_properties, op->attach ? pid : 0);
    append(&c, "a(sa(sv))", 0);
    make_call(&c, deadline_ms);
    if (is_error(&c, UNIT_EXISTS))
        return -EEXIST;
    read_job(&c, job);
    return c.rc < 0 ? call_failed(&c, reterr, "unable to start unit", op->unit) : 0;
}

/*
 * Processes are named by number: one that systemd reads in another pid namespace is some other process's.
 * Whoever listens at the other end (systemd itself, for its own socket and for that of the bus) is not
 * visible then.
 */
static bool knows_our_processes(struct systemd *s)
{
    struct ucred peer = {.pid = 0};
    socklen_t len = sizeof(peer);
    int fd = s->api->get_fd(s->bus);

    return fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.pid != 0;
}

int systemd_start_unit(struct systemd *s, const struct plan_systemd_scope *op, pid_t pid, int64_t deadline_ms,
                       struct err *reterr)
{
    struct job job = {.s = s};
    sd_bus_slot *slot = NULL;
    int r;

    if (op->attach && !knows_our_processes(s))
        return err_state(
            reterr, EEXIST,
            "systemd is outside this pid namespace, and would take another process for the container's");
    r = listen_to(s, &job, &slot);
    if (r < 0)
        return err_system(reterr, r, "listen", "to systemd's jobs");
    r = ask_to_start(s, op, pid, &job, deadline_ms, reterr);
    if (r == -EEXIST) { /* one that failed stays until it is looked after */
        reset_failed(s, op->unit, deadline_ms);
        r = ask_to_start(s, op, pid, &job, deadline_ms, reterr);
    }
    if (r == -EEXIST) {
        char state[32] = "";

        (void)systemd_unit_string(s, op->unit, "ActiveState", state, sizeof(state), deadline_ms, NULL);
        err_state(reterr, EEXIST, "unable to start unit \"%s\": a unit of that name exists already%s%s%s",
                  op->unit, state[0] ? " (" : "", state, state[0] ? ")" : "");
    } else if (r == 0) {
        r = wait_job(s, &job, op->unit, true, deadline_ms, reterr);
    }
    s->api->slot_unref(slot);
    return r;
}

int systemd_stop_unit(struct systemd *s, const char *unit, int64_t deadline_ms, struct err *reterr)
{
    AUTO_CALL struct call c = call_of(s, OBJECT, MANAGER, "StopUnit");
    struct job job = {.s = s};
    sd_bus_slot *slot = NULL;
    int r = listen_to(s, &job, &slot);

    if (r < 0)
        return err_system(reterr, r, "listen", "to systemd's jobs");
    append(&c, "ss", unit, "replace");
    make_call(&c, deadline_ms);
    if (!is_error(&c, NO_UNIT)) {
        read_job(&c, &job);
        r = c.rc < 0 ? call_failed(&c, reterr, "unable to stop unit", unit)
                     : wait_job(s, &job, unit, false, deadline_ms, reterr);
        if (r == 0)
            reset_failed(s, unit, deadline_ms);
    }
    s->api->slot_unref(slot);
    return r;
}

int systemd_set_properties(struct systemd *s, const char *unit, const struct systemd_property *v, size_t n,
                           int64_t deadline_ms, struct err *reterr)
{
    AUTO_CALL struct call c = call_of(s, OBJECT, MANAGER, "SetUnitProperties");

    append(&c, "sb", unit, 1);
    append_properties(&c, v, n, 0);
    make_call(&c, deadline_ms);
    return c.rc < 0 ? call_failed(&c, reterr, "unable to set properties of unit", unit) : 0;
}

#else

static int absent(struct err *reterr)
{
    return err_state(
        reterr, ENOTSUP,
        "--systemd-cgroup: this build of lorica cannot talk to systemd, because it is static or was made "
        "without libsystemd's header; use a dynamic build (make PRESET=release), or leave the option out");
}

bool systemd_supported(void)
{
    return false;
}

void systemd_close(struct systemd *s)
{
    *s = SYSTEMD_INIT;
}

int systemd_open(struct systemd *s, const struct systemd_addresses *addresses, int64_t deadline_ms,
                 struct err *reterr)
{
    (void)s, (void)addresses, (void)deadline_ms;
    return absent(reterr);
}

int systemd_manager(struct systemd *s, struct systemd_manager *ret, int64_t deadline_ms, struct err *reterr)
{
    (void)s, (void)ret, (void)deadline_ms;
    return absent(reterr);
}

int systemd_start_unit(struct systemd *s, const struct plan_systemd_scope *op, pid_t pid, int64_t deadline_ms,
                       struct err *reterr)
{
    (void)s, (void)op, (void)pid, (void)deadline_ms;
    return absent(reterr);
}

int systemd_stop_unit(struct systemd *s, const char *unit, int64_t deadline_ms, struct err *reterr)
{
    (void)s, (void)unit, (void)deadline_ms;
    return absent(reterr);
}

int systemd_set_properties(struct systemd *s, const char *unit, const struct systemd_property *v, size_t n,
                           int64_t deadline_ms, struct err *reterr)
{
    (void)s, (void)unit, (void)v, (void)n, (void)deadline_ms;
    return absent(reterr);
}

int systemd_unit_string(struct systemd *s, const char *unit, const char *property, char *dst, size_t size,
                        int64_t deadline_ms, struct err *reterr)
{
    (void)s, (void)unit, (void)property, (void)dst, (void)size, (void)deadline_ms;
    return absent(reterr);
}

#endif
