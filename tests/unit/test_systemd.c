/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/systemd against a manager that is played: what it answers, when, or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sdbus.h"
#include "kernel/systemd.h"

#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

static const struct systemd_addresses addresses = {
    .v = {{"unix:path=/first", true, false}, {"unix:path=/second", false, true}}, .n = 2};

#ifdef LORICA_SYSTEMD

#define NO_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define EXISTS  "org.freedesktop.systemd1.UnitExists"

/* ---- the play: answers in the order of the calls, and signals ---- */

struct answer {
    const char *member; /* the call that must come */
    int rc;             /* < 0: it fails */
    const char *error_name, *error_message;
    const char *text; /* of the reply */
};

struct message {
    const char *member;
    const char *text;
};

static struct {
    int connect_rc[2]; /* of each address: 0 is ready, -EAGAIN never gets ready */
    int n_connects;
    const char *address;
    bool bus_client;
    const struct answer *answers;
    size_t n_answers, next;
    char sent[8192]; /* members and the values of their arguments */
    sd_bus_message_handler_t handler;
    void *handler_data;
    const char *signal_path, *signal_result; /* JobRemoved, once */
    int broken;                              /* what process() says from now on */
    int messages;                            /* that were not given back */
    int slots;
} play;

static char the_bus, the_slot;
static struct message requests[4], reply, signal_message;
static int n_requests;

static int play_new(sd_bus **ret)
{
    *ret = (sd_bus *)&the_bus;
    return 0;
}

static sd_bus *play_unref(sd_bus *bus)
{
    (void)bus;
    return NULL;
}

static void play_close(sd_bus *bus)
{
    (void)bus;
}

static int play_set_address(sd_bus *bus, const char *address)
{
    (void)bus;
    play.address = address;
    play.bus_client = false;
    return 0;
}

static int play_set_bus_client(sd_bus *bus, int b)
{
    (void)bus;
    play.bus_client = b;
    return 0;
}

static int play_start(sd_bus *bus)
{
    int rc = play.connect_rc[play.n_connects++];

    (void)bus;
    return rc == -EAGAIN ? 0 : rc;
}

static int play_is_ready(sd_bus *bus)
{
    (void)bus;
    return play.connect_rc[play.n_connects - 1] == 0;
}

static int play_get_fd(sd_bus *bus)
{
    (void)bus;
    return -1; /* no socket: no peer to look at */
}

static int play_process(sd_bus *bus, sd_bus_message **ret)
{
    (void)bus, (void)ret;
    if (play.broken)
        return play.broken;
    if (!play.signal_path || !play.handler)
        return 0;
    play.handler((sd_bus_message *)&signal_message, play.handler_data, NULL);
    play.signal_path = NULL;
    return 1;
}

static int play_wait(sd_bus *bus, uint64_t timeout_us)
{
    (void)bus;
    assert_true(timeout_us > 0 && timeout_us < UINT64_MAX / 2);
    io_sleep_ms(timeout_us > 10000 ? 10 : 1);
    return 0;
}

static int play_call(sd_bus *bus, sd_bus_message *m, uint64_t usec, sd_bus_error *error, sd_bus_message **ret)
{
    const struct message *request = (const void *)m;
    const struct answer *a = &play.answers[play.next];

    (void)bus;
    assert_true(usec > 0 && usec <= UINT64_C(60000000));
    if (play.next == play.n_answers)
        fail_msg("unexpected call: %s", request->member);
    assert_string_equal(request->member, a->member);
    play.next++;
    if (a->rc < 0) {
        *error = SD_BUS_ERROR_MAKE_CONST(a->error_name, a->error_message);
        return a->rc;
    }
    reply.text = a->text;
    *ret = (sd_bus_message *)&reply;
    play.messages++;
    return 1;
}

static int play_send(sd_bus *bus, sd_bus_message *m, uint64_t *cookie)
{
    (void)bus, (void)m;
    assert_null(cookie);
    return 1;
}

static int play_add_match_async(sd_bus *bus, sd_bus_slot **slot, const char *match,
                                sd_bus_message_handler_t callback, sd_bus_message_handler_t installed,
                                void *data)
{
    (void)bus, (void)installed;
    assert_non_null(strstr(match, "member='JobRemoved'"));
    play.handler = callback;
    play.handler_data = data;
    play.slots++;
    *slot = (sd_bus_slot *)&the_slot;
    return 0;
}

static sd_bus_slot *play_slot_unref(sd_bus_slot *slot)
{
    play.slots -= slot != NULL;
    play.handler = NULL;
    return NULL;
}

static void note(const char *fmt, ...)
{
    size_t len = strlen(play.sent);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(play.sent + len, sizeof(play.sent) - len, fmt, ap);
    va_end(ap);
}

static int play_message_new_method_call(sd_bus *bus, sd_bus_message **m, const char *destination,
                                        const char *path, const char *interface, const char *member)
{
    (void)bus, (void)interface;
    assert_string_equal(destination, "org.freedesktop.systemd1");
    assert_true(str_starts(str_of(path), "/org/freedesktop/systemd1"));
    requests[n_requests % 4] = (struct message){.member = member};
    *m = (sd_bus_message *)&requests[n_requests++ % 4];
    play.messages++;
    if (!streq(member, "Subscribe"))
        note("%s%s", play.sent[0] ? "; " : "", member);
    return 0;
}

static void note_one(char type, va_list *ap)
{
    switch (type) {
    case 's': note(" %s", va_arg(*ap, const char *)); break;
    case 't':
    case 'x': note(" %llu", (unsigned long long)va_arg(*ap, uint64_t)); break;
    case 'd': note(" %g", va_arg(*ap, double)); break;
    case '(':
    case ')': break;
    default: note(" %u", va_arg(*ap, unsigned)); break;
    }
}

static int play_message_append(sd_bus_message *m, const char *types, ...)
{
    va_list ap;

    (void)m;
    va_start(ap, types);
    if (streq(types, "(sv)")) { /* PIDs */
        const char *name = va_arg(ap, const char *);
        const char *type = va_arg(ap, const char *);
        unsigned n = va_arg(ap, unsigned);

        note(" %s %s %u", name, type, n);
        note(" %u", va_arg(ap, unsigned));
    } else if (streq(types, "a(sa(sv))")) {
        assert_int_equal(va_arg(ap, unsigned), 0);
    } else {
        for (; *types; types++)
            note_one(*types, &ap);
    }
    va_end(ap);
    return 0;
}

static int play_message_open_container(sd_bus_message *m, char type, const char *contents)
{
    (void)m;
    note(" %c%s{", type, contents);
    return 0;
}

static int play_message_close_container(sd_bus_message *m)
{
    (void)m;
    note(" }");
    return 0;
}

static int play_message_read(sd_bus_message *m, const char *types, ...)
{
    const struct message *message = (const void *)m;
    va_list ap;

    va_start(ap, types);
    if (streq(types, "o")) {
        *va_arg(ap, const char **) = message->text;
    } else if (streq(types, "v")) {
        assert_string_equal(va_arg(ap, const char *), "s");
        *va_arg(ap, const char **) = message->text;
    } else {
        assert_string_equal(types, "uoss");
        *va_arg(ap, uint32_t *) = 1;
        *va_arg(ap, const char **) = play.signal_path;
        *va_arg(ap, const char **) = "u.scope";
        *va_arg(ap, const char **) = play.signal_result;
    }
    va_end(ap);
    return 1;
}

static sd_bus_message *play_message_unref(sd_bus_message *m)
{
    (void)m;
    play.messages--;
    return NULL;
}

static void play_error_free(sd_bus_error *error)
{
    *error = (sd_bus_error){0};
}

static const struct sdbus_api api = {
#define X(name) .name = play_##name,
    SDBUS_FUNCTIONS(X)
#undef X
};

static struct systemd begin(const struct answer *answers, size_t n)
{
    struct systemd s = SYSTEMD_INIT;

    memset(&play, 0, sizeof(play));
    play.answers = answers;
    play.n_answers = n;
    sdbus_use(&api);
    assert_int_equal(systemd_open(&s, &addresses, io_now_ms() + 1000, NULL), 0);
    return s;
}

/* Everything was asked for, and everything was given back. */
static void end(struct systemd *s)
{
    assert_int_equal(play.next, play.n_answers);
    assert_int_equal(play.messages, 0);
    assert_int_equal(play.slots, 0);
    systemd_close(s);
    assert_null(s->bus);
    sdbus_use(NULL);
}

#define BEGIN(...)                                                                                           \
    static const struct answer answers[] = {__VA_ARGS__};                                                    \
    struct systemd s = begin(answers, ARRAY_SIZE(answers));                                                  \
    struct err e;                                                                                            \
    err_init(&e)

static const struct plan_systemd_scope scope = {.unit = "u.scope", .slice = "a.slice", .attach = true};

static void signal_is(const char *path, const char *result)
{
    play.signal_path = path;
    play.signal_result = result;
}

/* ---- connecting ---- */

static void test_systemd_open__the_first_that_answers(void **state)
{
    struct systemd s = SYSTEMD_INIT;
    struct err e;

    (void)state;
    memset(&play, 0, sizeof(play));
    sdbus_use(&api);
    assert_int_equal(systemd_open(&s, &addresses, io_now_ms() + 1000, NULL), 0);
    assert_string_equal(play.address, "unix:path=/first");
    assert_false(play.bus_client);
    assert_false(s.user);
    systemd_close(&s);

    memset(&play, 0, sizeof(play));
    play.connect_rc[0] = -ECONNREFUSED;
    assert_int_equal(systemd_open(&s, &addresses, io_now_ms() + 1000, NULL), 0);
    assert_string_equal(play.address, "unix:path=/second");
    assert_true(play.bus_client);
    assert_true(s.user);
    systemd_close(&s);

    memset(&play, 0, sizeof(play));
    play.connect_rc[0] = -ENOENT;
    play.connect_rc[1] = -ECONNREFUSED;
    err_init(&e);
    assert_int_equal(systemd_open(&s, &addresses, io_now_ms() + 1000, &e), -ENOENT);
    assert_string_equal(e.message, "connect systemd (unix:path=/first: no such file or directory, "
                                   "unix:path=/second: connection refused): no such file or directory");
    assert_null(s.bus);
    assert_int_equal(systemd_open(&s, &(struct systemd_addresses){.n = 0}, io_now_ms(), &e), -ENOENT);
    sdbus_use(NULL);
}

/* It takes the connection and says nothing: a stopped systemd. */
static void test_systemd_open__silence(void **state)
{
    struct systemd s = SYSTEMD_INIT;
    int64_t before = io_now_ms();

    (void)state;
    memset(&play, 0, sizeof(play));
    play.connect_rc[0] = play.connect_rc[1] = -EAGAIN;
    sdbus_use(&api);
    assert_int_equal(systemd_open(&s, &addresses, before + 50, NULL), -ETIMEDOUT);
    assert_true(io_now_ms() - before < 5000);
    assert_null(s.bus);
    sdbus_use(NULL);
}

static void test_systemd_manager__properties(void **state)
{
    struct systemd_manager m;

    (void)state;
    BEGIN({.member = "Get", .text = "252.1"}, {.member = "Get", .text = "/user.slice"});
    assert_int_equal(systemd_manager(&s, &m, io_now_ms() + 1000, &e), 0);
    assert_string_equal(m.version, "252.1");
    assert_string_equal(m.cgroup, "/user.slice");
    assert_string_equal(play.sent, "Get org.freedesktop.systemd1.Manager Version; Get "
                                   "org.freedesktop.systemd1.Manager ControlGroup");
    end(&s);
}

/* ---- starting ---- */

static void test_systemd_start_unit__done(void **state)
{
    static const struct systemd_item u64 = {.u = 7}, text = {.s = "a.slice"}, yes = {.u = 1};
    static const struct systemd_item bytes[] = {{.u = 1}, {.u = 255}};
    static const struct systemd_item pairs[] = {{.s = "/dev/x", .s2 = "rw", .u = 9}};
    static const struct systemd_property properties[] = {
        {"Slice", {"s", &text, 1}},        {"Delegate", {"b", &yes, 1}},         {"TasksMax", {"t", &u64, 1}},
        {"AllowedCPUs", {"ay", bytes, 2}}, {"DeviceAllow", {"a(ss)", pairs, 1}}, {"IOX", {"a(st)", pairs, 1}},
    };
    struct plan_systemd_scope op = scope;

    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"});
    op.properties = properties;
    op.n_properties = ARRAY_SIZE(properties);
    signal_is("/job/1", "done");
    assert_int_equal(systemd_start_unit(&s, &op, 42, io_now_ms() + 5000, &e), 0);
    assert_string_equal(play.sent, "StartTransientUnit u.scope replace a(sv){"
                                   " rsv{ Slice vs{ a.slice } }"
                                   " rsv{ Delegate vb{ 1 } }"
                                   " rsv{ TasksMax vt{ 7 } }"
                                   " rsv{ AllowedCPUs vay{ ay{ 1 255 } } }"
                                   " rsv{ DeviceAllow va(ss){ a(ss){ /dev/x rw } } }"
                                   " rsv{ IOX va(st){ a(st){ /dev/x 9 } } }"
                                   " PIDs au 1 42 }");
    end(&s);
}

/* A slice takes no processes. */
static void test_systemd_start_unit__without_process(void **state)
{
    struct plan_systemd_scope op = {.unit = "a-b.slice", .slice = "a.slice"};

    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"});
    signal_is("/job/1", "done");
    assert_int_equal(systemd_start_unit(&s, &op, 42, io_now_ms() + 5000, &e), 0);
    assert_null(strstr(play.sent, "PIDs"));
    end(&s);
}

static void test_systemd_start_unit__job_fails(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"});
    signal_is("/job/1", "failed");
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), -EIO);
    assert_string_equal(e.message, "error creating systemd unit `u.scope`: got `failed`");
    end(&s);
}

/* Somebody else's job ends; ours does not. */
static void test_systemd_start_unit__timeout(void **state)
{
    int64_t before = io_now_ms();

    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"});
    signal_is("/job/2", "done");
    assert_int_equal(systemd_start_unit(&s, &scope, 42, before + 60, &e), -ETIMEDOUT);
    assert_true(strstr(e.message, "timeout waiting for systemd to create u.scope") != NULL);
    assert_true(io_now_ms() - before < 5000);
    end(&s);
}

/* The signal got lost, but the unit is active: looked at after a second of silence. */
static void test_systemd_start_unit__lost_signal(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"}, {.member = "Get", .text = "activating"},
          {.member = "Get", .text = "active"});
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 10000, &e), 0);
    end(&s);
}

static void test_systemd_start_unit__failed_unit_is_reset(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .rc = -EEXIST, .error_name = EXISTS, .error_message = "exists"},
          {.member = "ResetFailedUnit"}, {.member = "StartTransientUnit", .text = "/job/1"});
    signal_is("/job/1", "done");
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), 0);
    end(&s);
}

static void test_systemd_start_unit__active_unit_is_left_alone(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .rc = -EEXIST, .error_name = EXISTS, .error_message = "exists"},
          {.member = "ResetFailedUnit", .rc = -EIO, .error_name = "x", .error_message = "not failed"},
          {.member = "StartTransientUnit", .rc = -EEXIST, .error_name = EXISTS, .error_message = "exists"},
          {.member = "Get", .text = "active"});
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), -EEXIST);
    assert_string_equal(e.message,
                        "unable to start unit \"u.scope\": a unit of that name exists already (active)");
    end(&s);
}

static void test_systemd_start_unit__refused(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit",
           .rc = -EINVAL,
           .error_name = "x",
           .error_message = "Cannot set property Foo, or unknown property."});
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), -EIO);
    assert_string_equal(e.message,
                        "unable to start unit \"u.scope\": Cannot set property Foo, or unknown property.");
    end(&s);
}

static void test_systemd_start_unit__no_answer(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .rc = -ETIMEDOUT});
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), -ETIMEDOUT);
    assert_true(strstr(e.message, "systemd does not answer StartTransientUnit") != NULL);
    end(&s);
}

static void test_systemd_start_unit__connection_ends(void **state)
{
    (void)state;
    BEGIN({.member = "StartTransientUnit", .text = "/job/1"});
    play.broken = -ECONNRESET;
    assert_int_equal(systemd_start_unit(&s, &scope, 42, io_now_ms() + 5000, &e), -ECONNRESET);
    end(&s);
}

/* ---- the end, and changes ---- */

static void test_systemd_stop_unit__cases(void **state)
{
    (void)state;
    {
        BEGIN({.member = "StopUnit", .text = "/job/1"}, {.member = "ResetFailedUnit"});
        signal_is("/job/1", "done");
        assert_int_equal(systemd_stop_unit(&s, "u.scope", io_now_ms() + 5000, &e), 0);
        assert_string_equal(play.sent, "StopUnit u.scope replace; ResetFailedUnit u.scope");
        end(&s);
    }
    {
        BEGIN({.member = "StopUnit", .rc = -ENOENT, .error_name = NO_UNIT, .error_message = "not loaded"});
        assert_int_equal(systemd_stop_unit(&s, "u.scope", io_now_ms() + 5000, &e), 0);
        end(&s);
    }
    {
        BEGIN({.member = "StopUnit", .rc = -EACCES, .error_name = "x", .error_message = "Access denied"});
        assert_int_equal(systemd_stop_unit(&s, "u.scope", io_now_ms() + 5000, &e), -EIO);
        assert_string_equal(e.message, "unable to stop unit \"u.scope\": Access denied");
        end(&s);
    }
    {
        BEGIN({.member = "StopUnit", .text = "/job/1"});
        signal_is("/job/1", "canceled");
        assert_int_equal(systemd_stop_unit(&s, "u.scope", io_now_ms() + 5000, &e), -EIO);
        assert_string_equal(e.message, "error removing systemd unit `u.scope`: got `canceled`");
        end(&s);
    }
    {
        BEGIN({.member = "StopUnit", .text = "/job/1"});
        assert_int_equal(systemd_stop_unit(&s, "u.scope", io_now_ms() + 60, &e), -ETIMEDOUT);
        end(&s);
    }
}

static void test_systemd_set_properties__cases(void **state)
{
    static const struct systemd_item u64 = {.u = 7};
    static const struct systemd_property properties[] = {{"TasksMax", {"t", &u64, 1}}};

    (void)state;
    {
        BEGIN({.member = "SetUnitProperties"});
        assert_int_equal(systemd_set_properties(&s, "u.scope", properties, 1, io_now_ms() + 5000, &e), 0);
        assert_string_equal(play.sent, "SetUnitProperties u.scope 1 a(sv){ rsv{ TasksMax vt{ 7 } } }");
        end(&s);
    }
    {
        BEGIN({.member = "SetUnitProperties",
               .rc = -ENOENT,
               .error_name = NO_UNIT,
               .error_message = "not loaded"});
        assert_int_equal(systemd_set_properties(&s, "u.scope", properties, 1, io_now_ms() + 5000, &e), -EIO);
        assert_string_equal(e.message, "unable to set properties of unit \"u.scope\": not loaded");
        end(&s);
    }
}

static void test_systemd_unit_string__path(void **state)
{
    char text[4];

    (void)state;
    BEGIN({.member = "Get", .text = "active"});
    assert_int_equal(
        systemd_unit_string(&s, "u.scope", "ActiveState", text, sizeof(text), io_now_ms() + 1000, &e), 0);
    assert_string_equal(text, "act");
    end(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_systemd_open__the_first_that_answers),
    cmocka_unit_test(test_systemd_open__silence),
    cmocka_unit_test(test_systemd_manager__properties),
    cmocka_unit_test(test_systemd_start_unit__done),
    cmocka_unit_test(test_systemd_start_unit__without_process),
    cmocka_unit_test(test_systemd_start_unit__job_fails),
    cmocka_unit_test(test_systemd_start_unit__timeout),
    cmocka_unit_test(test_systemd_start_unit__lost_signal),
    cmocka_unit_test(test_systemd_start_unit__failed_unit_is_reset),
    cmocka_unit_test(test_systemd_start_unit__active_unit_is_left_alone),
    cmocka_unit_test(test_systemd_start_unit__refused),
    cmocka_unit_test(test_systemd_start_unit__no_answer),
    cmocka_unit_test(test_systemd_start_unit__connection_ends),
    cmocka_unit_test(test_systemd_stop_unit__cases),
    cmocka_unit_test(test_systemd_set_properties__cases),
    cmocka_unit_test(test_systemd_unit_string__path),
};

#else

static void test_systemd_open__not_in_this_build(void **state)
{
    struct systemd s = SYSTEMD_INIT;
    struct err e;

    (void)state;
    err_init(&e);
    assert_false(systemd_supported());
    assert_int_equal(systemd_open(&s, &addresses, io_now_ms() + 1000, &e), -ENOTSUP);
    assert_non_null(strstr(e.message, "this build of lorica cannot talk to systemd"));
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(test_systemd_open__not_in_this_build)};

#endif

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
