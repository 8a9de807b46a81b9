/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/decode.h"
#include "core/validate.h"
#include "unit/alloc_fault.h"
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

static struct validate_report validate(const char *text)
{
    struct validate_report rep;
    struct config *c;
    struct err e;

    err_init(&e);
    if (config_decode(&arena, text, strlen(text), &c, &e) < 0)
        fail_msg("%s at \"%s\" in %s", e.message, e.where, text);
    assert_int_equal(validate_config(&arena, c, &rep), 0);
    return rep;
}

static void show(const struct validate_report *rep)
{
    for (size_t i = 0; i < rep->n; i++)
        print_error("  %s %s: %s (%s)\n", validate_level_name(rep->v[i].level), rep->v[i].pointer,
                    rep->v[i].message, rep->v[i].section);
}

static void test_validate_config__full_is_clean(void **state)
{
    struct validate_report rep = validate(FULL_CONFIG);

    (void)state;
    show(&rep);
    assert_int_equal(rep.n, 0);
    assert_int_equal(rep.n_errors, 0);
    assert_false(rep.truncated);
    assert_int_equal(validate_report_error(&rep, FULL_CONFIG, strlen(FULL_CONFIG), NULL), 0);
}

/*
 * One value of the full configuration is replaced: exactly one violation results, at `where` (NULL: at the
 * value). `message` NULL: none results.
 */
struct rule_case {
    const char *pointer, *value;
    enum validate_level level;
    const char *where, *message;
};

#define ERROR   VALIDATE_ERROR
#define WARNING VALIDATE_WARNING
#define FINE    VALIDATE_WARNING, NULL, NULL

static void check_case(const struct rule_case *c, const char *file_section)
{
    const char *where = c->where ? c->where : c->pointer;
    struct validate_report rep;
    uint32_t column, line;
    struct err e;
    char *text = json_edit(FULL_CONFIG, c->pointer, c->value, &column);

    assert_non_null(text);
    rep = validate(text);
    if (!c->message && rep.n == 0) {
        free(text);
        return;
    }
    if (rep.n != (c->message ? 1 : 0) || !streq(rep.v[0].pointer, where) || rep.v[0].level != c->level ||
        !strstr(rep.v[0].message, c->message)) {
        show(&rep);
        fail_msg("%s: %s", c->pointer, c->value);
    }
    if (strncmp(rep.v[0].section, file_section, strlen(file_section)) != 0)
        fail_msg("%s: section %s", c->pointer, rep.v[0].section);
    assert_int_equal(rep.n_errors, c->level == ERROR);
    /* the place, in the report and as an error */
    validate_report_locate(&rep, text, strlen(text));
    assert_true(json_locate(text, strlen(text), where, &line, &column));
    assert_int_equal(rep.v[0].line, line);
    assert_int_equal(rep.v[0].column, column);
    err_init(&e);
    assert_int_equal(validate_report_error(&rep, text, strlen(text), &e), c->level == ERROR ? -EINVAL : 0);
    if (c->level == ERROR) {
        assert_string_equal(e.where, where);
        assert_string_equal(e.message, rep.v[0].message);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_int_equal(e.line, line);
        assert_int_equal(e.column, column);
    }
    free(text);
}

#define CHECK_CASES(cases, section)                                                                          \
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {                                                         \
        check_case(&(cases)[i], section);                                                                    \
        arena_done(&arena);                                                                                  \
    }

static void test_validate_config__document(void **state)
{
    static const char name64[] = "\"0123456789012345678901234567890123456789012345678901234567890123\"";
    static const char name65[] = "\"01234567890123456789012345678901234567890123456789012345678901234\"";
    static const struct rule_case cases[] = {
        {"/ociVersion", "null", ERROR, NULL, "ociVersion must not be empty"},
        {"/ociVersion", "\"\"", ERROR, NULL, "ociVersion must not be empty"},
        {"/ociVersion", "\"1\"", ERROR, NULL, "\"1\" is not a version in SemVer 2.0.0 format"},
        {"/ociVersion", "\"1.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"v1.0.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.00.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0-\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0-01\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0-a..b\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0+\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.0.0+a_b\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\" 1.0.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"1.-1.0\"", ERROR, NULL, "SemVer"},
        {"/ociVersion", "\"0.2.0\"", ERROR, NULL,
         "a configuration of version \"0.2.0\" is upgraded before it is used"},
        {"/ociVersion", "\"2.0.0\"", ERROR, NULL, "version \"2.0.0\" of the specification is not supported"},
        {"/ociVersion", "\"1.4.0\"", WARNING, NULL, "newer than 1.3.0"},
        {"/ociVersion", "\"1.0.0\"", FINE},
        {"/ociVersion", "\"1.0.2-dev\"", FINE},
        {"/ociVersion", "\"1.0.0-rc.1.0a\"", FINE},
        {"/ociVersion", "\"1.3.7+build.001\"", FINE},
        {"/ociVersion", "\"1.2.1-a-b+c-d\"", FINE},
        {"/root", "null", ERROR, NULL, "root must be specified"},
        {"/root/path", "null", ERROR, NULL, "root.path must not be empty"},
        {"/root/path", "\"/abs\"", FINE},
        {"/process", "null", WARNING, NULL, "there is no process"},
        {"/hostname", name64, FINE},
        {"/hostname", name65, ERROR, NULL, "hostname has 65 bytes, more than 64"},
        {"/domainname", name65, ERROR, NULL, "domainname has 65 bytes, more than 64"},
        {"/annotations", "{\"\":\"x\"}", ERROR, "/annotations/", "an annotation's key must not be empty"},
        {"/hooks/prestart/0/path", "\"hook\"", ERROR, NULL, "hook path \"hook\" must be absolute"},
        {"/hooks/poststop/0/path", "\"\"", ERROR, NULL, "hook path \"\" must be absolute"},
        {"/hooks/startContainer/0/timeout", "0", ERROR, NULL, "hook timeout 0 must be greater than zero"},
        {"/hooks/createRuntime/0/timeout", "-1", ERROR, NULL, "must be greater than zero"},
        {"/hooks/createContainer/0/timeout", "1", FINE},
        {"/hooks/poststart/0/timeout", "null", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config.md#");
}

static void test_validate_config__process(void **state)
{
    static const struct rule_case cases[] = {
        {"/process/args", "[]", ERROR, NULL, "args must not be empty"},
        {"/process/args", "null", ERROR, NULL, "args must not be empty"},
        {"/process/args", "[\"\"]", FINE},
        {"/process/cwd", "null", ERROR, NULL, "Cwd property must not be empty"},
        {"/process/cwd", "\"\"", ERROR, NULL, "Cwd property must not be empty"},
        {"/process/cwd", "\"tmp\"", ERROR, NULL, "Cwd must be an absolute path"},
        {"/process/env", "[\"A=1\",\"B\"]", WARNING, "/process/env/1", "NAME=VALUE"},
        {"/process/env", "[\"=1\"]", WARNING, "/process/env/0", "NAME=VALUE"},
        {"/process/env", "[\"A=1\",\"A=2\",\"A==\",\"A=\"]", FINE},
        {"/process/user/umask", "512", WARNING, NULL, "only the lower nine bits of 512"},
        {"/process/user/umask", "511", FINE},
        {"/process/user/additionalGids", "[5,65535]", ERROR, "/process/user/additionalGids/1", "not mapped"},
        {"/process/user/uid", "65536", ERROR, NULL, "ID 65536 is not mapped in the user namespace"},
        {"/process/user/gid", "65535", ERROR, NULL, "ID 65535 is not mapped"},
        {"/process/rlimits/0/type", "\"RLIMIT_FOO\"", ERROR, NULL, "unknown rlimit type \"RLIMIT_FOO\""},
        {"/process/rlimits/0/type", "\"NOFILE\"", ERROR, NULL, "unknown rlimit type"},
        {"/process/rlimits/0/hard", "1", ERROR, "/process/rlimits/0/soft", "above the hard limit 1"},
        {"/process/rlimits",
         "[{\"type\":\"RLIMIT_CPU\",\"hard\":1,\"soft\":1},{\"type\":\"RLIMIT_CPU\",\"hard\":1,\"soft\":1}]",
         ERROR, "/process/rlimits/1/type", "twice"},
        {"/process/oomScoreAdj", "-1001", ERROR, NULL, "oomScoreAdj -1001 is out of range (-1000 to 1000)"},
        {"/process/oomScoreAdj", "1001", ERROR, NULL, "out of range"},
        {"/process/oomScoreAdj", "1000", FINE},
        {"/process/capabilities/bounding", "[\"CAP_NEW\"]", WARNING, "/process/capabilities/bounding/0",
         "unknown capability \"CAP_NEW\" is ignored"},
        {"/process/capabilities/effective", "[\"CAP_CHOWN\"]", WARNING, NULL, "cannot be effective"},
        {"/process/capabilities/inheritable", "[]", WARNING, "/process/capabilities/ambient",
         "cannot be ambient"},
        {"/process/capabilities/ambient", "null", FINE},
        {"/process/capabilities", "{}", FINE},
        {"/process/scheduler/policy", "\"SCHED_NEW\"", ERROR, NULL, "invalid scheduler policy \"SCHED_NEW\""},
        {"/process/scheduler/policy", "\"\"", ERROR, NULL, "invalid scheduler policy \"\""},
        {"/process/scheduler/policy", "\"SCHED_OTHER\"", ERROR, "/process/scheduler",
         "scheduler runtime/deadline/period can only be specified for SchedDeadline policy"},
        {"/process/scheduler/nice", "20", ERROR, NULL, "invalid scheduler.nice: 20"},
        {"/process/scheduler/nice", "-21", ERROR, NULL, "invalid scheduler.nice: -21"},
        {"/process/scheduler/nice", "19", FINE},
        {"/process/scheduler/priority", "1", ERROR, NULL,
         "scheduler.priority can only be specified for SchedFIFO or SchedRR policy"},
        {"/process/scheduler/runtime", "1023", ERROR, NULL, "1024 <= runtime"},
        {"/process/scheduler/runtime", "3001", ERROR, NULL, "runtime <= deadline"},
        {"/process/scheduler/deadline", "4001", ERROR, "/process/scheduler/runtime", "deadline <= period"},
        {"/process/scheduler/period", "9223372036854775808", ERROR, "/process/scheduler/runtime", "2^63"},
        {"/process/scheduler/period", "0", FINE},
        {"/process/scheduler/flags", "[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_NEW\"]", ERROR,
         "/process/scheduler/flags/1", "unknown scheduler flag \"SCHED_FLAG_NEW\""},
        {"/process/scheduler", "{\"policy\":\"SCHED_FIFO\",\"priority\":1}", FINE},
        {"/process/scheduler", "{\"policy\":\"SCHED_RR\",\"priority\":99}", FINE},
        {"/process/scheduler", "{\"policy\":\"SCHED_ISO\"}", FINE},
        {"/process/scheduler", "{\"policy\":\"SCHED_RR\",\"priority\":100}", ERROR,
         "/process/scheduler/priority", "out of range (1 to 99)"},
        {"/process/scheduler", "{\"policy\":\"SCHED_FIFO\"}", ERROR, "/process/scheduler/priority",
         "out of range"},
        {"/process/ioPriority/class", "\"IOPRIO_CLASS_NONE\"", ERROR, NULL,
         "invalid ioPriority.Class: \"IOPRIO_CLASS_NONE\""},
        {"/process/ioPriority/priority", "8", ERROR, NULL, "invalid ioPriority.Priority: 8"},
        {"/process/ioPriority/priority", "-1", ERROR, NULL, "invalid ioPriority.Priority: -1"},
        {"/process/execCPUAffinity/initial", "\"3-1\"", ERROR, NULL, ""},
        {"/process/execCPUAffinity/final", "\"x\"", ERROR, NULL, ""},
        {"/process/execCPUAffinity/final", "\"\"", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config");
}

static void test_validate_config__mounts(void **state)
{
    static const struct rule_case cases[] = {
        {"/mounts/0/destination", "\"data\"", WARNING, NULL, "mount destination \"data\" is not absolute"},
        {"/mounts/0/destination", "\"\"", ERROR, NULL, "mount destination must not be empty"},
        {"/mounts/0/gidMappings", "[]", ERROR, NULL, "uidMappings must come with gidMappings"},
        {"/mounts/0/uidMappings", "null", ERROR, NULL, "gidMappings must come with uidMappings"},
        {"/mounts/0/uidMappings/0/size", "0", ERROR, "/mounts/0/uidMappings/0", ""},
        {"/mounts/0/options", "[\"rbind\",\"ridmap\",\"size=1m\"]", ERROR, NULL,
         "bind mounts cannot have any filesystem-specific options applied: \"size=1m\""},
        {"/mounts/0/options", "[\"idmap=uids=x\"]", ERROR, "/mounts/0/options/0", ""},
        {"/mounts/0/options", "[\"bind\",\"remount\",\"ro\",\"idmap\"]", FINE},
        {"/mounts/0/source", "null", ERROR, NULL, "a bind mount needs a source"},
        {"/mounts/0/type", "null", FINE},
        {"/mounts/0", "{\"destination\":\"/x\",\"source\":\"tmpfs\"}", ERROR, "/mounts/0/type",
         "a mount that is no bind mount needs a type"},
        {"/mounts/0", "{\"destination\":\"/x\",\"type\":\"tmpfs\"}", FINE},
        {"/mounts/0", "{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config.md#");
}

static void test_validate_config__linux(void **state)
{
    static const struct rule_case cases[] = {
        {"/linux/namespaces/0/path", "\"proc/1/ns/pid\"", ERROR, NULL, "must be absolute"},
        {"/linux/namespaces/0/type", "\"network\"", ERROR, "/linux/namespaces/1/type",
         "malformed spec file: duplicated ns \"network\""},
        {"/linux/uidMappings", "[]", ERROR, NULL, "a new user namespace needs uidMappings"},
        {"/linux/gidMappings", "null", ERROR, NULL, "a new user namespace needs gidMappings"},
        {"/linux/uidMappings/0/hostID", "4294967295", ERROR, "/linux/uidMappings/0", ""},
        {"/linux/timeOffsets", "{\"realtime\":{\"secs\":1}}", ERROR, "/linux/timeOffsets/realtime",
         "unknown clock \"realtime\""},
        {"/linux/timeOffsets", "{\"a/b\":{}}", ERROR, "/linux/timeOffsets/a~1b", "unknown clock"},
        {"/linux/timeOffsets/monotonic/nanosecs", "1000000000", ERROR,
         "/linux/timeOffsets/monotonic/nanosecs", "nanosecs 1000000000 is out of range"},
        {"/linux/devices/0/type", "\"x\"", ERROR, NULL, "invalid device type \"x\""},
        {"/linux/devices/0/path", "\"dev/fuse\"", ERROR, NULL, "device path \"dev/fuse\" must be absolute"},
        {"/linux/devices/0/major", "null", ERROR, NULL, "major"},
        {"/linux/devices/0/minor", "-1", ERROR, NULL, "minor"},
        {"/linux/devices/0/type", "\"u\"", FINE},
        {"/linux/devices/0", "{\"path\":\"/fifo\",\"type\":\"p\"}", FINE},
        {"/linux/devices/0/uid", "4294967295", ERROR, NULL, "4294967295 is not a valid ID"},
        {"/linux/devices/0/gid", "4294967295", ERROR, NULL, "4294967295 is not a valid ID"},
        {"/linux/devices/0/fileMode", "25008", FINE}, /* engines pass st_mode */
        {"/linux/netDevices", "{\"eth 0\":{}}", ERROR, "/linux/netDevices/eth 0",
         "invalid network device name"},
        {"/linux/netDevices", "{\"a/b\":{}}", ERROR, "/linux/netDevices/a~1b",
         "invalid network device name \"a/b\""},
        {"/linux/netDevices", "{\"\":{}}", ERROR, "/linux/netDevices/", "invalid network device name \"\""},
        {"/linux/netDevices", "{\"..\":{}}", ERROR, "/linux/netDevices/..", "invalid network device name"},
        {"/linux/netDevices", "{\"eth0\":{\"name\":\"0123456789012345\"}}", ERROR,
         "/linux/netDevices/eth0/name", "invalid network device name \"0123456789012345\""},
        {"/linux/netDevices", "{\"eth0\":{\"name\":\"012345678901234\"},\"eth1\":{\"name\":\"eth0\"}}", FINE},
        {"/linux/netDevices", "{\"eth0\":{\"name\":\"x\"},\"eth1\":{\"name\":\"x\"}}", ERROR,
         "/linux/netDevices/eth1", "two network devices would have the name \"x\""},
        {"/linux/netDevices", "{\"eth0\":{\"name\":\"x%d\"},\"eth1\":{\"name\":\"x%d\"}}", FINE},
        {"/linux/rootfsPropagation", "\"sharde\"", ERROR, NULL,
         "rootfsPropagation=\"sharde\" is not supported"},
        {"/linux/rootfsPropagation", "\"runbindable\"", FINE},
        {"/linux/rootfsPropagation", "\"\"", FINE},
        {"/linux/maskedPaths", "[\"/a\",\"b\"]", ERROR, "/linux/maskedPaths/1",
         "path \"b\" must be absolute"},
        {"/linux/readonlyPaths", "[\"\"]", ERROR, "/linux/readonlyPaths/0", "must be absolute"},
        {"/linux/sysctl", "{\"vm.swappiness\":\"1\"}", ERROR, "/linux/sysctl/vm.swappiness",
         "sysctl \"vm.swappiness\" is not in a separate kernel namespace"},
        {"/linux/sysctl", "{\"kernel.hostname\":\"x\"}", ERROR, "/linux/sysctl/kernel.hostname",
         "conflicts with the OCI \"hostname\" field"},
        {"/linux/sysctl", "{\"net/../kernel/core_pattern\":\"x\"}", ERROR,
         "/linux/sysctl/net~1..~1kernel~1core_pattern", ""},
        {"/linux/sysctl", "{\"\":\"x\"}", ERROR, "/linux/sysctl/", ""},
        {"/linux/intelRdt/closID", "\"..\"", ERROR, NULL, "invalid intelRdt.ClosID \"..\""},
        {"/linux/intelRdt/closID", "\"a/b\"", ERROR, NULL, "invalid intelRdt.ClosID"},
        {"/linux/intelRdt/closID", "\"/\"", FINE},
        {"/linux/intelRdt/l3CacheSchema", "\"0=1\"", WARNING, NULL, "should begin with \"L3:\""},
        {"/linux/intelRdt/l3CacheSchema", "\"L3:0=1\\n\"", WARNING, NULL, "newlines"},
        {"/linux/intelRdt/memBwSchema", "\"L3:0=1\"", ERROR, NULL, "must begin with \"MB:\""},
        {"/linux/intelRdt/memBwSchema", "\"MB:0=1\\nL3:0=1\"", ERROR, NULL, "must not contain newlines"},
        {"/linux/intelRdt/schemata", "[\"L3:0=1\",\"a\\nb\"]", ERROR, "/linux/intelRdt/schemata/1",
         "newlines"},
        {"/linux/personality/domain", "\"BSD\"", ERROR, NULL, "invalid personality domain \"BSD\""},
        {"/linux/personality/flags", "[\"X\"]", ERROR, NULL, "none are defined"},
        {"/linux/memoryPolicy/mode", "\"MPOL_NEW\"", ERROR, NULL, "invalid memory policy mode \"MPOL_NEW\""},
        {"/linux/memoryPolicy/mode", "\"MPOL_LOCAL\"", ERROR, "/linux/memoryPolicy/nodes", "takes no nodes"},
        {"/linux/memoryPolicy/nodes", "null", ERROR, NULL, "memory policy MPOL_INTERLEAVE needs nodes"},
        {"/linux/memoryPolicy/nodes", "\"1-x\"", ERROR, NULL, ""},
        {"/linux/memoryPolicy/flags", "[\"MPOL_F_NEW\"]", ERROR, "/linux/memoryPolicy/flags/0",
         "unknown memory policy flag"},
        {"/linux/memoryPolicy/flags", "[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]", ERROR, NULL,
         "exclude each other"},
        {"/linux/memoryPolicy", "{\"mode\":\"MPOL_PREFERRED\"}", FINE},
        {"/linux/memoryPolicy", "{\"mode\":\"MPOL_DEFAULT\"}", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config-linux.md#");
}

static void test_validate_config__resources(void **state)
{
#define RES "/linux/resources"
    static const struct rule_case cases[] = {
        {RES "/devices/0/type", "\"x\"", ERROR, NULL, "invalid cgroup device type"},
        {RES "/devices/0/access", "null", ERROR, NULL, "device access at 0 field cannot be empty"},
        {RES "/devices/0/access", "\"rx\"", ERROR, NULL, "letter"},
        {RES "/devices/0/major", "-2", ERROR, NULL, "out of range"},
        {RES "/memory/limit", "-2", ERROR, NULL, "-2 is no limit: -1 is unlimited"},
        {RES "/memory/reservation", "-9223372036854775808", ERROR, NULL, "is no limit"},
        {RES "/memory/swap", "1000", ERROR, NULL, "memory+swap limit 1000 is below the memory limit 1001"},
        {RES "/memory/swap", "-1", FINE},
        {RES "/memory/swap", "0", FINE},
        {RES "/memory/kernel", "-5", ERROR, NULL, "is no limit"},
        {RES "/memory/kernelTCP", "-2", ERROR, NULL, "is no limit"},
        {RES "/memory/swappiness", "101", ERROR, NULL, "swappiness 101 is out of range (0 to 100)"},
        {RES "/memory/swappiness", "18446744073709551615", ERROR, NULL, "out of range"},
        {RES "/memory/swappiness", "100", FINE},
        {RES "/cpu/burst", "50001", ERROR, NULL, "burst 50001 is above the quota 50000"},
        {RES "/cpu/quota", "39999", ERROR, RES "/cpu/burst", "above the quota 39999"},
        {RES "/cpu/quota", "-1", FINE},
        {RES "/cpu/idle", "2", ERROR, NULL, "idle must be 0 or 1, not 2"},
        {RES "/cpu/idle", "0", FINE},
        {RES "/cpu/cpus", "\"0-31:2/4\"", FINE},
        {RES "/cpu/cpus", "\"0-\"", ERROR, NULL, "\"0-\" is not a number or a range of numbers"},
        {RES "/cpu/mems", "\"3-1\"", ERROR, NULL, "\"3-1\" is not a number or a range of numbers"},
        {RES "/cpu/mems", "\"\"", FINE},
        {RES "/pids/limit", "-2", ERROR, NULL, "is no limit"},
        {RES "/pids/limit", "0", FINE},
        {RES "/blockIO/weight", "9", ERROR, NULL, "weight 9 is out of range (10 to 1000)"},
        {RES "/blockIO/weight", "1001", ERROR, NULL, "out of range"},
        {RES "/blockIO/weight", "0", FINE},
        {RES "/blockIO/leafWeight", "5", ERROR, NULL, "out of range"},
        {RES "/blockIO/weightDevice/0/weight", "5", ERROR, NULL, "out of range"},
        {RES "/blockIO/weightDevice/0/leafWeight", "5", ERROR, NULL, "out of range"},
        {RES "/blockIO/weightDevice/0", "{\"major\":1,\"minor\":2}", ERROR, NULL,
         "needs weight or leafWeight"},
        {RES "/blockIO/weightDevice/0", "{\"major\":1,\"minor\":2,\"leafWeight\":10}", FINE},
        {RES "/blockIO/weightDevice/0/major", "-1", ERROR, NULL, "-1 is no device number"},
        {RES "/blockIO/throttleReadBpsDevice/0/minor", "-1", ERROR, NULL, "no device number"},
        {RES "/blockIO/throttleWriteIOPSDevice/0/major", "4294967296", ERROR, NULL, "no device number"},
        {RES "/hugepageLimits/0/pageSize", "\"2mb\"", ERROR, NULL, "invalid hugepage size \"2mb\""},
        {RES "/hugepageLimits/0/pageSize", "\"../x\"", ERROR, NULL, "invalid hugepage size"},
        {RES "/network/priorities/0/name", "\"a b\"", ERROR, NULL, "invalid interface name \"a b\""},
        {RES "/network/priorities/0/name", "\"\"", ERROR, NULL, "invalid interface name"},
        {RES "/rdma", "{\"mlx\":{}}", ERROR, RES "/rdma/mlx", "needs hcaHandles or hcaObjects"},
        {RES "/rdma", "{\"mlx\":{\"hcaObjects\":1}}", FINE},
        {RES "/rdma", "{\"m x\":{\"hcaObjects\":1}}", ERROR, RES "/rdma/m x", "invalid device name"},
        {RES "/unified", "{\"a/b\":\"1\"}", ERROR, RES "/unified/a~1b",
         "unified resource \"a/b\" must be a file name (no slashes)"},
        {RES "/unified", "{\"..\":\"1\"}", ERROR, RES "/unified/..",
         "unified resource \"..\" is not a file name"},
        {RES "/unified", "{\"\":\"1\"}", ERROR, RES "/unified/", "is not a file name"},
        {RES "/unified", "{\"memory.new\":\"a 1\\nb 2\"}", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config-linux.md#");
}

static void test_validate_config__seccomp(void **state)
{
#define SEC "/linux/seccomp"
    static const struct rule_case cases[] = {
        {SEC, "{\"defaultAction\":\"SCMP_ACT_NEW\"}", ERROR, SEC "/defaultAction",
         "string \"SCMP_ACT_NEW\" is not a valid action for seccomp"},
        {SEC, "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", ERROR, SEC "/defaultAction",
         "SCMP_ACT_NOTIFY cannot be used as default action"},
        {SEC "/defaultAction", "\"SCMP_ACT_ALLOW\"", ERROR, SEC "/defaultErrnoRet",
         "errno value specified for action `SCMP_ACT_ALLOW`"},
        {SEC "/defaultErrnoRet", "4096", ERROR, NULL, "errno value 4096 is out of range (0 to 4095)"},
        {SEC "/architectures", "[\"SCMP_ARCH_X86\",\"x86\"]", ERROR, SEC "/architectures/1",
         "string \"x86\" is not a valid arch for seccomp"},
        {SEC "/flags", "[\"SECCOMP_FILTER_FLAG_NEW\"]", ERROR, SEC "/flags/0", "unknown seccomp flag"},
        {SEC "/flags", "[]", FINE},
        {SEC "/listenerPath", "null", ERROR, SEC "/listenerMetadata",
         "listenerMetadata must not be set without listenerPath"},
        {SEC "/listenerMetadata", "null", FINE},
        {SEC "/syscalls/0/names", "[]", ERROR, NULL, "names must contain at least one entry"},
        {SEC "/syscalls/0/names", "[\"read\",\"\"]", ERROR, SEC "/syscalls/0/names/1", "must not be empty"},
        {SEC "/syscalls/0/action", "\"SCMP_ACT_KILL\"", ERROR, SEC "/syscalls/0/errnoRet",
         "errno value specified for action `SCMP_ACT_KILL`"},
        {SEC "/syscalls/0/action", "\"kill\"", ERROR, NULL, "is not a valid action for seccomp"},
        {SEC "/syscalls/0/action", "\"SCMP_ACT_TRACE\"", FINE},
        {SEC "/syscalls/0/errnoRet", "65536", ERROR, NULL, "out of range"},
        {SEC "/syscalls/0/args/0/index", "6", ERROR, NULL, "argument index 6 is out of range (0 to 5)"},
        {SEC "/syscalls/0/args/0/op", "\"SCMP_CMP_NEW\"", ERROR, NULL,
         "string \"SCMP_CMP_NEW\" is not a valid operator for seccomp"},
        {SEC "/syscalls/0", "{\"names\":[\"mount\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}", FINE},
        {SEC,
         "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\"}"
         ","
         "{\"names\":[\"b\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
         ERROR, SEC "/listenerPath", "seccomp listenerPath is not set, and syscalls/1 notifies"},
        {SEC,
         "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"\",\"syscalls\":[{\"names\":[\"b\"],"
         "\"action\":\"SCMP_ACT_NOTIFY\"}]}",
         ERROR, SEC "/listenerPath", "seccomp listenerPath is not set, and syscalls/0 notifies"},
        {SEC "/syscalls", "null", FINE},
    };

    (void)state;
    CHECK_CASES(cases, "config-linux.md#seccomp");
}

/* ---- rules over several values: whole texts ---- */

#define MINIMAL(more)                                                                                        \
    "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},"       \
    "\"args\":[\"sh\"],\"cwd\":\"/\"}" more "}"

static void test_validate_config__texts(void **state)
{
    static const struct {
        const char *text;
        struct {
            const char *pointer;
            enum validate_level level;
            const char *message;
        } v[4];
    } cases[] = {
        {MINIMAL(""), {{0}}},
        {MINIMAL(",\"linux\":{}"), {{0}}},
        {"{}",
         {{"/ociVersion", ERROR, "ociVersion must not be empty"},
          {"/root", ERROR, "root must be specified"},
          {"/process", WARNING, "there is no process"}}},
        {MINIMAL(",\"hostname\":\"h\",\"domainname\":\"d\""),
         {{"/hostname", ERROR, "unable to set hostname without a private UTS namespace"},
          {"/domainname", ERROR, "unable to set domainname without a private UTS namespace"}}},
        {MINIMAL(",\"hostname\":\"h\",\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]}"), {{0}}},
        {MINIMAL(",\"linux\":{\"maskedPaths\":[\"/a\"],\"readonlyPaths\":[\"/a\"]}"),
         {{"/linux/maskedPaths", ERROR, "unable to restrict sys entries without a private MNT namespace"},
          {"/linux/readonlyPaths", ERROR, "unable to restrict sys entries without a private MNT namespace"}}},
        {MINIMAL(",\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]}"),
         {{"/linux/uidMappings", ERROR,
           "user namespace mappings specified, but user namespace isn't enabled in the config"}}},
        {MINIMAL(",\"linux\":{\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]}"),
         {{"/linux/gidMappings", ERROR, "isn't enabled in the config"}}},
        {MINIMAL(",\"linux\":{\"namespaces\":[{\"type\":\"user\"}]}"),
         {{"/linux/uidMappings", ERROR,
           "user namespaces enabled, but no namespace path to join nor mappings to apply specified"}}},
        {MINIMAL(",\"linux\":{\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]}"), {{0}}},
        {MINIMAL(",\"linux\":{\"timeOffsets\":{\"monotonic\":{\"secs\":1}}}"),
         {{"/linux/timeOffsets", ERROR,
           "time namespace offsets specified, but time namespace isn't enabled in the config"}}},
        {MINIMAL(",\"linux\":{\"timeOffsets\":{\"monotonic\":{}},\"namespaces\":[{\"type\":\"time\",\"path\":"
                 "\"/t\"}]}"),
         {{"/linux/timeOffsets", ERROR, "that is joined cannot be set"}}},
        {MINIMAL(",\"linux\":{\"netDevices\":{\"eth0\":{}}}"),
         {{"/linux/netDevices", ERROR, "unable to move network devices without a private NET namespace"}}},
        {MINIMAL(",\"linux\":{\"sysctl\":{\"net.a\":\"1\",\"fs.mqueue.b\":\"2\"},\"namespaces\":[{\"type\":"
                 "\"ipc\"}]}"),
         {{"/linux/sysctl/net.a", ERROR, "is not in a separate kernel namespace"}}},
        {MINIMAL(
             ",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\",\"ridmap\"]}]"),
         {{"/mounts/0/options", ERROR, "an id-mapped mount needs mappings or a user namespace"}}},
        {MINIMAL(",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\","
                 "\"idmap=uids=0-1-2;gids=0-1-2\"]}]"),
         {{0}}},
        {MINIMAL(",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\"],"
                 "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
                 "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}]}]"),
         {{"/mounts/0/options", WARNING, "should have idmap or ridmap"}}},
        {MINIMAL(",\"linux\":{\"devices\":["
                 "{\"path\":\"/a\",\"type\":\"c\",\"major\":1,\"minor\":3},"
                 "{\"path\":\"/b\",\"type\":\"b\",\"major\":1,\"minor\":3},"
                 "{\"path\":\"/c\",\"type\":\"c\",\"major\":1,\"minor\":5},"
                 "{\"path\":\"/d\",\"type\":\"u\",\"major\":1,\"minor\":3},"
                 "{\"path\":\"/e\",\"type\":\"p\"},{\"path\":\"/f\",\"type\":\"p\"}]}"),
         {{"/linux/devices/3", WARNING, "the same type, major and minor as /linux/devices/0"}}},
        {MINIMAL(",\"windows\":{}"),
         {{"/windows", ERROR, "the configuration is for another platform (windows)"}}},
        {MINIMAL(",\"windows\":{},\"linux\":{}"),
         {{"/windows", WARNING, "is for another platform and is ignored"}}},
        {MINIMAL(",\"vm\":{}"), {{"/vm", WARNING, "is for another platform and is ignored"}}},
        {MINIMAL(",\"Hostname\":\"x\",\"hooks\":{\"Prestart\":[]}"),
         {{"/Hostname", WARNING, "differs from a known one only in case"},
          {"/hooks/Prestart", WARNING, "differs from a known one only in case"}}},
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"}}",
         {{"/process/user", WARNING, "user is absent: the process runs as 0:0"}}},
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\","
         "\"user\":{\"uid\":4294967295,\"gid\":4294967295,\"additionalGids\":[0,4294967295]}}}",
         {{"/process/user/uid", ERROR, "4294967295 is not a valid ID"},
          {"/process/user/gid", ERROR, "4294967295 is not a valid ID"},
          {"/process/user/additionalGids/1", ERROR, "4294967295 is not a valid ID"}}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct validate_report rep = validate(cases[i].text);
        size_t n = 0;

        while (n < 4 && cases[i].v[n].pointer)
            n++;
        for (size_t k = 0; k < n && k < rep.n; k++)
            if (!streq(rep.v[k].pointer, cases[i].v[k].pointer) || rep.v[k].level != cases[i].v[k].level ||
                !strstr(rep.v[k].message, cases[i].v[k].message)) {
                show(&rep);
                fail_msg("%s", cases[i].text);
            }
        if (rep.n != n) {
            show(&rep);
            fail_msg("%zu violations of %s", rep.n, cases[i].text);
        }
    }
}

/* ---- parts ---- */

static void test_validate_process__alone(void **state)
{
    static const char text[] =
        "{\"cwd\":\"x\",\"rlimits\":[{\"type\":\"X\",\"soft\":0,\"hard\":0}],"
        "\"user\":{\"uid\":4294967295,\"gid\":0},\"execCPUAffinity\":{\"final\":\"?\"}}";
    static const char *const pointers[] = {"/args", "/cwd", "/user/uid", "/rlimits/0/type",
                                           "/execCPUAffinity/final"};
    struct validate_report rep;
    struct config_process *p;

    (void)state;
    assert_int_equal(process_decode(&arena, text, sizeof(text) - 1, &p, NULL), 0);
    assert_int_equal(validate_process(&arena, p, &rep), 0);
    assert_int_equal(rep.n, ARRAY_SIZE(pointers));
    for (size_t i = 0; i < rep.n; i++)
        assert_string_equal(rep.v[i].pointer, pointers[i]);
    assert_int_equal(process_decode(&arena, FULL_PROCESS, strlen(FULL_PROCESS), &p, NULL), 0);
    assert_int_equal(validate_process(&arena, p, &rep), 0);
    assert_int_equal(rep.n, 0);
}

static void test_validate_resources__alone(void **state)
{
    static const char text[] =
        "{\"pids\":{\"limit\":-7},\"devices\":[{\"allow\":true,\"type\":\"x\"}],"
        "\"unified\":{\"a/b\":\"\"},\"hugepageLimits\":[{\"pageSize\":\"\",\"limit\":1}]}";
    static const char *const pointers[] = {"/devices/0/type", "/pids/limit", "/hugepageLimits/0/pageSize",
                                           "/unified/a~1b"};
    struct validate_report rep;
    struct config_resources *r;

    (void)state;
    assert_int_equal(resources_decode(&arena, text, sizeof(text) - 1, &r, NULL), 0);
    assert_int_equal(validate_resources(&arena, r, &rep), 0);
    assert_int_equal(rep.n, ARRAY_SIZE(pointers));
    for (size_t i = 0; i < rep.n; i++)
        assert_string_equal(rep.v[i].pointer, pointers[i]);
    assert_int_equal(resources_decode(&arena, FULL_RESOURCES, strlen(FULL_RESOURCES), &r, NULL), 0);
    assert_int_equal(validate_resources(&arena, r, &rep), 0);
    assert_int_equal(rep.n, 0);
}

/* ---- the report ---- */

static void test_validate_report__bounded_but_no_error_unseen(void **state)
{
    struct buf b = BUF_INIT(65536);
    struct validate_report rep;
    struct err e;

    (void)state;
    buf_str(&b,
            "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},"
            "\"args\":[\"sh\"],\"cwd\":\"/\",\"oomScoreAdj\":5000,\"env\":[\"x\"");
    for (unsigned i = 0; i < VALIDATE_VIOLATIONS_MAX; i++)
        buf_str(&b, ",\"x\"");
    buf_str(&b, "]},\"linux\":{\"rootfsPropagation\":\"x\"}}");
    rep = validate(b.data);
    assert_int_equal(rep.n, VALIDATE_VIOLATIONS_MAX);
    assert_true(rep.truncated);
    assert_int_equal(rep.n_errors, 2);
    assert_string_equal(rep.v[rep.n - 1].pointer, "/process/oomScoreAdj");
    err_init(&e);
    assert_int_equal(validate_report_error(&rep, b.data, b.len, &e), -EINVAL);
    assert_string_equal(e.where, "/process/oomScoreAdj");
    assert_int_equal(validate_report_error(&rep, NULL, 0, &e), -EINVAL);
    assert_int_equal(e.line, 0);
    assert_int_equal(validate_report_error(&rep, NULL, 0, NULL), -EINVAL);
    buf_done(&b);
}

static void test_validate_config__too_many_net_devices(void **state)
{
    struct buf b = BUF_INIT(1024 * 1024);
    struct validate_report rep;

    (void)state;
    buf_str(&b,
            "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},"
            "\"args\":[\"sh\"],\"cwd\":\"/\"},\"linux\":{\"namespaces\":[{\"type\":\"network\"}],"
            "\"netDevices\":{");
    for (int i = 0; i <= 1024; i++)
        buf_printf(&b, "%s\"d%d\":{}", i ? "," : "", i);
    buf_str(&b, "}}}");
    rep = validate(b.data);
    assert_int_equal(rep.n, 1);
    assert_string_equal(rep.v[0].message, "more than 1024 network devices");
    buf_done(&b);
}

static void test_validate_config__hostile_text_in_messages(void **state)
{
    struct validate_report rep = validate(MINIMAL(
        ",\"linux\":{\"rootfsPropagation\":\"\\n\\u001b["
        "31m\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "\"}"));

    (void)state;
    assert_int_equal(rep.n, 1);
    assert_null(strchr(rep.v[0].message, '\n'));
    assert_null(strchr(rep.v[0].message, '\x1b'));
    assert_true(strlen(rep.v[0].message) < 256);
    assert_non_null(strstr(rep.v[0].message, "rootfsPropagation=\"\\n\\x1b[31m\xC3\xA4"));
}

static void test_validate_config__no_memory(void **state)
{
    /* A configuration that every rule objects to somewhere. */
    static const char text[] =
        "{\"hostname\":\"h\",\"annotations\":{\"\":\"\"},\"process\":{\"cwd\":\"x\",\"env\":[\"x\"],"
        "\"rlimits\":[{\"type\":\"X\",\"soft\":0,\"hard\":0}],\"capabilities\":{\"ambient\":[\"CAP_KILL\","
        "\"X\"]},"
        "\"execCPUAffinity\":{\"final\":\"0-7,9\"}},\"vm\":{},\"hooks\":{\"poststop\":[{\"path\":\"x\"}]},"
        "\"mounts\":[{\"destination\":\"x\",\"options\":[\"bind\",\"size=1\",\"mode=2\"]}],"
        "\"linux\":{\"sysctl\":{\"net.ipv4.x\":\"1\",\"a\":\"b\"},\"timeOffsets\":{\"x\":{}},\"netDevices\":{"
        "\"/\":{}},"
        "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-3\",\"flags\":[\"x\"]},"
        "\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"r\"},{\"allow\":false}],\"unified\":{\"/"
        "\":\"\"}},"
        "\"seccomp\":{\"defaultAction\":\"x\",\"syscalls\":[{\"names\":[],\"action\":\"x\"}]}}}";
    struct config *c;

    (void)state;
    assert_int_equal(config_decode(&arena, text, sizeof(text) - 1, &c, NULL), 0);
    for (size_t n = 1;; n++) {
        struct validate_report rep;
        struct arena small;
        int r;

        arena_init(&small, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        r = validate_config(&small, c, &rep);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, 0);
            assert_true(n > 60);
            assert_true(rep.n > 20);
            arena_done(&small);
            break;
        }
        assert_int_equal(r, -ENOMEM);
        arena_done(&small);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_validate_config__full_is_clean),
        TEST(test_validate_config__document),
        TEST(test_validate_config__process),
        TEST(test_validate_config__mounts),
        TEST(test_validate_config__linux),
        TEST(test_validate_config__resources),
        TEST(test_validate_config__seccomp),
        TEST(test_validate_config__texts),
        TEST(test_validate_process__alone),
        TEST(test_validate_resources__alone),
        TEST(test_validate_report__bounded_but_no_error_unseen),
        TEST(test_validate_config__too_many_net_devices),
        TEST(test_validate_config__hostile_text_in_messages),
        TEST(test_validate_config__no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
