/* SPDX-License-Identifier: Apache-2.0 */
/* Every member of config.json: its kind, its range, whether it must be there. What it becomes: test_decode.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode.h"
#include "core/decode_shapes.h"
#include "core/json.h"
#include "unit/full_config.h"
#include "unit/json_edit.h"

#include <cmocka.h>
#include <errno.h>

static struct arena arena;

static int arena_setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int arena_teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

enum kind { STR, BOOL, I32, U32, I64, U64, U16, STRS, U32S, PAIRS, OBJ, LIST, MAP };

struct member {
    const char *pointer;
    enum kind kind;
    bool mandatory;
};

#define HOOK_MEMBERS(kind)                                                                                   \
    {"/hooks/" kind, LIST, false}, {"/hooks/" kind "/0/path", STR, true},                                    \
        {"/hooks/" kind "/0/args", STRS, false}, {"/hooks/" kind "/0/env", STRS, false},                     \
    {                                                                                                        \
        "/hooks/" kind "/0/timeout", I64, false                                                              \
    }
#define IDMAP_MEMBERS(at)                                                                                    \
    {at, LIST, false}, {at "/0/containerID", U32, true}, {at "/0/hostID", U32, true},                        \
    {                                                                                                        \
        at "/0/size", U32, true                                                                              \
    }
#define R "/linux/resources"
#define S "/linux/seccomp"
#define THROTTLE_MEMBERS(name)                                                                               \
    {R "/blockIO/" name, LIST, false}, {R "/blockIO/" name "/0/major", I64, true},                           \
        {R "/blockIO/" name "/0/minor", I64, true},                                                          \
    {                                                                                                        \
        R "/blockIO/" name "/0/rate", U64, true                                                              \
    }
#define OFFSET_MEMBERS(clock)                                                                                \
    {"/linux/timeOffsets/" clock "/secs", I64, false},                                                       \
    {                                                                                                        \
        "/linux/timeOffsets/" clock "/nanosecs", U32, false                                                  \
    }

static const struct member members[] = {
    {"/ociVersion", STR, false},
    {"/process", OBJ, false},
    {"/process/terminal", BOOL, false},
    {"/process/consoleSize", OBJ, false},
    {"/process/consoleSize/height", U32, true},
    {"/process/consoleSize/width", U32, true},
    {"/process/user", OBJ, false},
    {"/process/user/uid", U32, true},
    {"/process/user/gid", U32, true},
    {"/process/user/umask", U32, false},
    {"/process/user/additionalGids", U32S, false},
    {"/process/user/username", STR, false},
    {"/process/args", STRS, false},
    {"/process/env", STRS, false},
    {"/process/cwd", STR, false},
    {"/process/capabilities", OBJ, false},
    {"/process/capabilities/bounding", STRS, false},
    {"/process/capabilities/effective", STRS, false},
    {"/process/capabilities/inheritable", STRS, false},
    {"/process/capabilities/permitted", STRS, false},
    {"/process/capabilities/ambient", STRS, false},
    {"/process/rlimits", LIST, false},
    {"/process/rlimits/0/type", STR, true},
    {"/process/rlimits/0/hard", U64, true},
    {"/process/rlimits/0/soft", U64, true},
    {"/process/noNewPrivileges", BOOL, false},
    {"/process/apparmorProfile", STR, false},
    {"/process/oomScoreAdj", I64, false},
    {"/process/scheduler", OBJ, false},
    {"/process/scheduler/policy", STR, true},
    {"/process/scheduler/nice", I32, false},
    {"/process/scheduler/priority", I32, false},
    {"/process/scheduler/flags", STRS, false},
    {"/process/scheduler/runtime", U64, false},
    {"/process/scheduler/deadline", U64, false},
    {"/process/scheduler/period", U64, false},
    {"/process/selinuxLabel", STR, false},
    {"/process/ioPriority", OBJ, false},
    {"/process/ioPriority/class", STR, true},
    {"/process/ioPriority/priority", I32, true},
    {"/process/execCPUAffinity", OBJ, false},
    {"/process/execCPUAffinity/initial", STR, false},
    {"/process/execCPUAffinity/final", STR, false},
    {"/root", OBJ, false},
    {"/root/path", STR, false},
    {"/root/readonly", BOOL, false},
    {"/hostname", STR, false},
    {"/domainname", STR, false},
    {"/mounts", LIST, false},
    {"/mounts/0/destination", STR, true},
    {"/mounts/0/type", STR, false},
    {"/mounts/0/source", STR, false},
    {"/mounts/0/options", STRS, false},
    IDMAP_MEMBERS("/mounts/0/uidMappings"),
    IDMAP_MEMBERS("/mounts/0/gidMappings"),
    {"/hooks", OBJ, false},
    HOOK_MEMBERS("prestart"),
    HOOK_MEMBERS("createRuntime"),
    HOOK_MEMBERS("createContainer"),
    HOOK_MEMBERS("startContainer"),
    HOOK_MEMBERS("poststart"),
    HOOK_MEMBERS("poststop"),
    {"/annotations", PAIRS, false},
    {"/linux", OBJ, false},
    IDMAP_MEMBERS("/linux/uidMappings"),
    IDMAP_MEMBERS("/linux/gidMappings"),
    {"/linux/sysctl", PAIRS, false},
    {R, OBJ, false},
    {R "/devices", LIST, false},
    {R "/devices/0/allow", BOOL, true},
    {R "/devices/0/type", STR, false},
    {R "/devices/0/major", I64, false},
    {R "/devices/0/minor", I64, false},
    {R "/devices/0/access", STR, false},
    {R "/memory", OBJ, false},
    {R "/memory/limit", I64, false},
    {R "/memory/reservation", I64, false},
    {R "/memory/swap", I64, false},
    {R "/memory/kernel", I64, false},
    {R "/memory/kernelTCP", I64, false},
    {R "/memory/swappiness", U64, false},
    {R "/memory/disableOOMKiller", BOOL, false},
    {R "/memory/useHierarchy", BOOL, false},
    {R "/memory/checkBeforeUpdate", BOOL, false},
    {R "/cpu", OBJ, false},
    {R "/cpu/shares", U64, false},
    {R "/cpu/quota", I64, false},
    {R "/cpu/burst", U64, false},
    {R "/cpu/period", U64, false},
    {R "/cpu/realtimeRuntime", I64, false},
    {R "/cpu/realtimePeriod", U64, false},
    {R "/cpu/cpus", STR, false},
    {R "/cpu/mems", STR, false},
    {R "/cpu/idle", I64, false},
    {R "/pids", OBJ, false},
    {R "/pids/limit", I64, false},
    {R "/blockIO", OBJ, false},
    {R "/blockIO/weight", U16, false},
    {R "/blockIO/leafWeight", U16, false},
    {R "/blockIO/weightDevice", LIST, false},
    {R "/blockIO/weightDevice/0/major", I64, true},
    {R "/blockIO/weightDevice/0/minor", I64, true},
    {R "/blockIO/weightDevice/0/weight", U16, false},
    {R "/blockIO/weightDevice/0/leafWeight", U16, false},
    THROTTLE_MEMBERS("throttleReadBpsDevice"),
    THROTTLE_MEMBERS("throttleWriteBpsDevice"),
    THROTTLE_MEMBERS("throttleReadIOPSDevice"),
    THROTTLE_MEMBERS("throttleWriteIOPSDevice"),
    {R "/hugepageLimits", LIST, false},
    {R "/hugepageLimits/0/pageSize", STR, true},
    {R "/hugepageLimits/0/limit", U64, true},
    {R "/network", OBJ, false},
    {R "/network/classID", U32, false},
    {R "/network/priorities", LIST, false},
    {R "/network/priorities/0/name", STR, true},
    {R "/network/priorities/0/priority", U32, true},
    {R "/rdma", MAP, false},
    {R "/rdma/mlx5_1", OBJ, false},
    {R "/rdma/mlx5_1/hcaHandles", U32, false},
    {R "/rdma/mlx5_1/hcaObjects", U32, false},
    {R "/unified", PAIRS, false},
    {"/linux/cgroupsPath", STR, false},
    {"/linux/namespaces", LIST, false},
    {"/linux/namespaces/0/type", STR, true},
    {"/linux/namespaces/0/path", STR, false},
    {"/linux/devices", LIST, false},
    {"/linux/devices/0/path", STR, true},
    {"/linux/devices/0/type", STR, true},
    {"/linux/devices/0/major", I64, false},
    {"/linux/devices/0/minor", I64, false},
    {"/linux/devices/0/fileMode", U32, false},
    {"/linux/devices/0/uid", U32, false},
    {"/linux/devices/0/gid", U32, false},
    {"/linux/netDevices", MAP, false},
    {"/linux/netDevices/eth0", OBJ, false},
    {"/linux/netDevices/eth0/name", STR, false},
    {"/linux/netDevices/ens4", OBJ, false},
    {S, OBJ, false},
    {S "/defaultAction", STR, true},
    {S "/defaultErrnoRet", U32, false},
    {S "/architectures", STRS, false},
    {S "/flags", STRS, false},
    {S "/listenerPath", STR, false},
    {S "/listenerMetadata", STR, false},
    {S "/syscalls", LIST, false},
    {S "/syscalls/0/names", STRS, true},
    {S "/syscalls/0/action", STR, true},
    {S "/syscalls/0/errnoRet", U32, false},
    {S "/syscalls/0/args", LIST, false},
    {S "/syscalls/0/args/0/index", U32, true},
    {S "/syscalls/0/args/0/value", U64, true},
    {S "/syscalls/0/args/0/valueTwo", U64, false},
    {S "/syscalls/0/args/0/op", STR, true},
    {"/linux/rootfsPropagation", STR, false},
    {"/linux/maskedPaths", STRS, false},
    {"/linux/readonlyPaths", STRS, false},
    {"/linux/mountLabel", STR, false},
    {"/linux/intelRdt", OBJ, false},
    {"/linux/intelRdt/closID", STR, false},
    {"/linux/intelRdt/schemata", STRS, false},
    {"/linux/intelRdt/l3CacheSchema", STR, false},
    {"/linux/intelRdt/memBwSchema", STR, false},
    {"/linux/intelRdt/enableMonitoring", BOOL, false},
    {"/linux/memoryPolicy", OBJ, false},
    {"/linux/memoryPolicy/mode", STR, true},
    {"/linux/memoryPolicy/nodes", STR, false},
    {"/linux/memoryPolicy/flags", STRS, false},
    {"/linux/personality", OBJ, false},
    {"/linux/personality/domain", STR, true},
    {"/linux/personality/flags", STRS, false},
    {"/linux/timeOffsets", MAP, false},
    {"/linux/timeOffsets/monotonic", OBJ, false},
    OFFSET_MEMBERS("monotonic"),
    {"/linux/timeOffsets/boottime", OBJ, false},
    OFFSET_MEMBERS("boottime"),
};

static const struct member *member_find(const char *pointer)
{
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        if (streq(members[i].pointer, pointer))
            return &members[i];
    return NULL;
}

/* Count the members of the full configuration that decoding knows by name; each must be in the table. */
static size_t count_members(const struct json_doc *doc, const struct json_value *v)
{
    size_t n = 0;

    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        char pointer[256];
        const struct member *known;

        json_pointer(doc, m, pointer, sizeof(pointer));
        known = member_find(pointer);
        if (json_name(m) && !known && !strstr(pointer, "/namespaces/"))
            fail_msg("%s is not in the table", pointer);
        n += known != NULL;
        if (!known || known->kind != PAIRS)
            n += count_members(doc, m);
    }
    return n;
}

static void test_members__table_is_complete(void **state)
{
    struct json_doc doc;

    (void)state;
    assert_int_equal(json_parse(FULL_CONFIG, strlen(FULL_CONFIG), &doc, NULL), 0);
    assert_int_equal(count_members(&doc, json_root(&doc)), ARRAY_SIZE(members));
    json_doc_done(&doc);
}

/* And each line of the field tables is in the full configuration. */
static void check_shape(const struct shape *shape, const struct json_value *object)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *f = &shape->fields[i];
        const struct json_value *v = json_find(object, f->name);

        if (f->flags & FIELD_ALIAS)
            continue;
        if (!v && !streq(f->name, "path") && !streq(f->name, "name"))
            fail_msg("%s is not in the full configuration", f->name);
        if (!v || !f->shape)
            continue;
        if (f->kind == FIELD_KIND_ARRAY || f->kind == FIELD_KIND_MAP)
            for (const struct json_value *e = json_first(v); e; e = json_next(e))
                check_shape(f->shape, e);
        else
            check_shape(f->shape, v);
    }
}

static void test_members__full_config_is_complete(void **state)
{
    struct json_doc doc;

    (void)state;
    assert_int_equal(json_parse(FULL_CONFIG, strlen(FULL_CONFIG), &doc, NULL), 0);
    check_shape(&decode_process_shape, json_find(json_root(&doc), "process"));
    check_shape(&decode_hooks_shape, json_find(json_root(&doc), "hooks"));
    check_shape(&decode_linux_shape, json_find(json_root(&doc), "linux"));
    check_shape(&decode_mount_shape, json_first(json_find(json_root(&doc), "mounts")));
    json_doc_done(&doc);
}

/* ---- wrong values ---- */

/* FULL_CONFIG with the value at `pointer` replaced; *column is where it stands. */
static char *replaced(const char *pointer, const char *value, uint32_t *column)
{
    char *text = json_edit(FULL_CONFIG, pointer, value, column);

    assert_non_null(text);
    return text;
}

struct wrong {
    enum kind kind;
    const char *value;
    const char *behind; /* what the error's pointer has behind the member's */
    const char *message;
};

#define WRONG_INTEGER(kind)                                                                                  \
    {kind, "\"1\"", "", "must be an integer, not a string"},                                                 \
        {kind, "true", "", "must be an integer, not true"},                                                  \
        {kind, "[1]", "", "must be an integer, not an array"},                                               \
        {kind, "{}", "", "must be an integer, not an object"},                                               \
        {kind, "1.0", "", "must be an integer, not 1.0"}, {kind, "1e3", "", "must be an integer, not 1e3"},  \
        {kind, "-0", "", "must be an integer, not -0"},                                                      \
    {                                                                                                        \
        kind, "1e400", "", "must be an integer, not 1e400"                                                   \
    }

static const struct wrong wrongs[] = {
    {STR, "1", "", "must be a string, not a number"},
    {STR, "true", "", "must be a string, not true"},
    {STR, "[\"x\"]", "", "must be a string, not an array"},
    {STR, "{}", "", "must be a string, not an object"},
    {BOOL, "1", "", "must be true or false, not a number"},
    {BOOL, "\"true\"", "", "must be true or false, not a string"},
    {BOOL, "[]", "", "must be true or false, not an array"},
    {BOOL, "{}", "", "must be true or false, not an object"},
    WRONG_INTEGER(I32),
    {I32, "2147483648", "", "2147483648 is out of range (-2147483648 to 2147483647)"},
    {I32, "-2147483649", "", "is out of range"},
    WRONG_INTEGER(U32),
    {U32, "-1", "", "-1 is out of range (0 to 4294967295)"},
    {U32, "4294967296", "", "4294967296 is out of range"},
    {U32, "18446744073709551616", "", "is out of range"},
    WRONG_INTEGER(I64),
    {I64, "9223372036854775808", "", "is out of range (-9223372036854775808 to 9223372036854775807)"},
    {I64, "-9223372036854775809", "", "is out of range"},
    WRONG_INTEGER(U64),
    {U64, "18446744073709551616", "", "is out of range (0 to 18446744073709551615)"},
    {U64, "-1", "", "-1 is out of range"},
    WRONG_INTEGER(U16),
    {U16, "65536", "", "65536 is out of range (0 to 65535)"},
    {U16, "-1", "", "is out of range"},
    {STRS, "\"x\"", "", "must be an array of strings, not a string"},
    {STRS, "{}", "", "must be an array of strings, not an object"},
    {STRS, "5", "", "must be an array of strings, not a number"},
    {STRS, "[\"x\",5]", "/1", "must be a string, not a number"},
    {STRS, "[null]", "/0", "must be a string, not null"},
    {STRS, "[[\"x\"]]", "/0", "must be a string, not an array"},
    {U32S, "5", "", "must be an array of integers, not a number"},
    {U32S, "{}", "", "must be an array of integers, not an object"},
    {U32S, "[1,\"2\"]", "/1", "must be an integer, not a string"},
    {U32S, "[-1]", "/0", "-1 is out of range"},
    {U32S, "[null]", "/0", "must be an integer, not null"},
    {PAIRS, "[]", "", "must be an object of strings, not an array"},
    {PAIRS, "\"x\"", "", "must be an object of strings, not a string"},
    {PAIRS, "{\"k\":\"v\",\"a/b\":5}", "/a~1b", "must be a string, not a number"},
    {OBJ, "[]", "", "must be an object, not an array"},
    {OBJ, "\"x\"", "", "must be an object, not a string"},
    {OBJ, "true", "", "must be an object, not true"},
    {OBJ, "5", "", "must be an object, not a number"},
    {LIST, "{}", "", "must be an array of objects, not an object"},
    {LIST, "\"x\"", "", "must be an array of objects, not a string"},
    {LIST, "5", "", "must be an array of objects, not a number"},
    {LIST, "[5]", "/0", "must be an object, not a number"},
    {LIST, "[null]", "/0", "must be an object, not null"},
    {LIST, "[[]]", "/0", "must be an object, not an array"},
    {MAP, "[]", "", "must be an object of objects, not an array"},
    {MAP, "5", "", "must be an object of objects, not a number"},
    {MAP, "{\"k\":5}", "/k", "must be an object, not a number"},
};

static void test_members__wrong_values(void **state)
{
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        for (size_t k = 0; k < ARRAY_SIZE(wrongs); k++) {
            char where[256];
            struct config *c;
            uint32_t column;
            struct err e;
            char *text;

            if (wrongs[k].kind != members[i].kind)
                continue;
            text = replaced(members[i].pointer, wrongs[k].value, &column);
            snprintf(where, sizeof(where), "%s%s", members[i].pointer, wrongs[k].behind);
            err_init(&e);
            if (config_decode(&arena, text, strlen(text), &c, &e) != -EINVAL)
                fail_msg("%s: %s was accepted", members[i].pointer, wrongs[k].value);
            if (e.kind != ERR_CONFIG || !streq(e.where, where) || !strstr(e.message, wrongs[k].message))
                fail_msg("%s: %s: %s %s", members[i].pointer, wrongs[k].value, e.where, e.message);
            assert_int_equal(e.line, 1);
            if (!*wrongs[k].behind)
                assert_int_equal(e.column, column);
            else
                assert_true(e.column > column && e.column < column + strlen(wrongs[k].value));
            free(text);
            arena_done(&arena);
            tried++;
        }
    assert_true(tried > 1200);
}

/* The ends of each range are accepted. */
static void test_members__extreme_values(void **state)
{
    static const struct {
        enum kind kind;
        const char *value;
    } rights[] = {
        {I32, "-2147483648"},
        {I32, "2147483647"},
        {U32, "0"},
        {U32, "4294967295"},
        {I64, "-9223372036854775808"},
        {I64, "9223372036854775807"},
        {U64, "0"},
        {U64, "18446744073709551615"},
        {U16, "0"},
        {U16, "65535"},
        {BOOL, "false"},
        {STRS, "[]"},
        {U32S, "[]"},
        {PAIRS, "{}"},
        {LIST, "[]"},
        {MAP, "{}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        for (size_t k = 0; k < ARRAY_SIZE(rights); k++) {
            struct config *c;
            uint32_t column;
            struct err e;
            char *text;

            if (rights[k].kind != members[i].kind)
                continue;
            text = replaced(members[i].pointer, rights[k].value, &column);
            err_init(&e);
            if (config_decode(&arena, text, strlen(text), &c, &e) < 0)
                fail_msg("%s: %s: %s", members[i].pointer, rights[k].value, e.message);
            free(text);
            arena_done(&arena);
        }
}

/* null is absence: an error only where the member must be there. */
static void test_members__null(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        uint32_t column, object_column, line;
        char *text = replaced(members[i].pointer, "null", &column), *slash;
        char object[256];
        struct config *c;
        struct err e;
        int r;

        err_init(&e);
        r = config_decode(&arena, text, strlen(text), &c, &e);
        if (r != (members[i].mandatory ? -EINVAL : 0))
            fail_msg("%s: %d %s", members[i].pointer, r, e.message);
        if (members[i].mandatory) {
            snprintf(object, sizeof(object), "%s", members[i].pointer);
            slash = strrchr(object, '/');
            assert_string_equal(e.where, members[i].pointer);
            assert_non_null(strstr(e.message, slash + 1));
            assert_non_null(strstr(e.message, "is required"));
            *slash = '\0';
            assert_true(json_locate(FULL_CONFIG, strlen(FULL_CONFIG), object, &line, &object_column));
            assert_int_equal(e.column, object_column);
        }
        free(text);
        arena_done(&arena);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_members__table_is_complete),
        TEST(test_members__full_config_is_complete),
        TEST(test_members__wrong_values),
        TEST(test_members__extreme_values),
        TEST(test_members__null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
