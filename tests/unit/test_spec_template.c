/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode.h"
#include "core/spec_template.h"
#include "core/validate.h"

#include <errno.h>

#include <cmocka.h>

/* The whole document for root on cgroup v1; the other variants differ from it in the places below. */
static const char root_v1[] =
    "{\n"
    "\t\"ociVersion\": \"1.3.0\",\n"
    "\t\"process\": {\n"
    "\t\t\"terminal\": true,\n"
    "\t\t\"user\": {\n\t\t\t\"uid\": 0,\n\t\t\t\"gid\": 0\n\t\t},\n"
    "\t\t\"args\": [\n\t\t\t\"sh\"\n\t\t],\n"
    "\t\t\"env\": [\n\t\t\t\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
    "\t\t\t\"TERM=xterm\"\n\t\t],\n"
    "\t\t\"cwd\": \"/\",\n"
    "\t\t\"capabilities\": {\n"
    "\t\t\t\"bounding\": "
    "[\n\t\t\t\t\"CAP_AUDIT_WRITE\",\n\t\t\t\t\"CAP_KILL\",\n\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n\t\t\t],\n"
    "\t\t\t\"effective\": "
    "[\n\t\t\t\t\"CAP_AUDIT_WRITE\",\n\t\t\t\t\"CAP_KILL\",\n\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n\t\t\t],\n"
    "\t\t\t\"permitted\": "
    "[\n\t\t\t\t\"CAP_AUDIT_WRITE\",\n\t\t\t\t\"CAP_KILL\",\n\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n\t\t\t]\n"
    "\t\t},\n"
    "\t\t\"rlimits\": [\n\t\t\t{\n\t\t\t\t\"type\": \"RLIMIT_NOFILE\",\n\t\t\t\t\"hard\": 1024,\n"
    "\t\t\t\t\"soft\": 1024\n\t\t\t}\n\t\t],\n"
    "\t\t\"noNewPrivileges\": true\n"
    "\t},\n"
    "\t\"root\": {\n\t\t\"path\": \"rootfs\",\n\t\t\"readonly\": true\n\t},\n"
    "\t\"hostname\": \"lorica\",\n"
    "\t\"mounts\": [\n"
    "\t\t{\n\t\t\t\"destination\": \"/proc\",\n\t\t\t\"type\": \"proc\",\n\t\t\t\"source\": "
    "\"proc\"\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/dev\",\n\t\t\t\"type\": \"tmpfs\",\n\t\t\t\"source\": \"tmpfs\",\n"
    "\t\t\t\"options\": [\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"strictatime\",\n\t\t\t\t\"mode=755\",\n"
    "\t\t\t\t\"size=65536k\"\n\t\t\t]\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/dev/pts\",\n\t\t\t\"type\": \"devpts\",\n\t\t\t\"source\": "
    "\"devpts\",\n"
    "\t\t\t\"options\": [\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"noexec\",\n\t\t\t\t\"newinstance\",\n"
    "\t\t\t\t\"ptmxmode=0666\",\n\t\t\t\t\"mode=0620\",\n\t\t\t\t\"gid=5\"\n\t\t\t]\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/dev/shm\",\n\t\t\t\"type\": \"tmpfs\",\n\t\t\t\"source\": \"shm\",\n"
    "\t\t\t\"options\": "
    "[\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"noexec\",\n\t\t\t\t\"nodev\",\n\t\t\t\t\"mode=1777\",\n"
    "\t\t\t\t\"size=65536k\"\n\t\t\t]\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/dev/mqueue\",\n\t\t\t\"type\": \"mqueue\",\n\t\t\t\"source\": "
    "\"mqueue\",\n"
    "\t\t\t\"options\": [\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"noexec\",\n\t\t\t\t\"nodev\"\n\t\t\t]\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/sys\",\n\t\t\t\"type\": \"sysfs\",\n\t\t\t\"source\": \"sysfs\",\n"
    "\t\t\t\"options\": "
    "[\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"noexec\",\n\t\t\t\t\"nodev\",\n\t\t\t\t\"ro\"\n\t\t\t]\n\t\t},\n"
    "\t\t{\n\t\t\t\"destination\": \"/sys/fs/cgroup\",\n\t\t\t\"type\": \"cgroup\",\n\t\t\t\"source\": "
    "\"cgroup\",\n"
    "\t\t\t\"options\": "
    "[\n\t\t\t\t\"nosuid\",\n\t\t\t\t\"noexec\",\n\t\t\t\t\"nodev\",\n\t\t\t\t\"relatime\",\n"
    "\t\t\t\t\"ro\"\n\t\t\t]\n\t\t}\n"
    "\t],\n"
    "\t\"linux\": {\n"
    "\t\t\"resources\": {\n\t\t\t\"devices\": [\n\t\t\t\t{\n\t\t\t\t\t\"allow\": false,\n"
    "\t\t\t\t\t\"access\": \"rwm\"\n\t\t\t\t}\n\t\t\t]\n\t\t},\n"
    "\t\t\"namespaces\": [\n\t\t\t{\n\t\t\t\t\"type\": \"pid\"\n\t\t\t},\n\t\t\t{\n\t\t\t\t\"type\": "
    "\"network\"\n\t\t\t},\n"
    "\t\t\t{\n\t\t\t\t\"type\": \"ipc\"\n\t\t\t},\n\t\t\t{\n\t\t\t\t\"type\": \"uts\"\n\t\t\t},\n"
    "\t\t\t{\n\t\t\t\t\"type\": \"mount\"\n\t\t\t}\n\t\t],\n"
    "\t\t\"maskedPaths\": "
    "[\n\t\t\t\"/proc/acpi\",\n\t\t\t\"/proc/asound\",\n\t\t\t\"/proc/kcore\",\n\t\t\t\"/proc/keys\",\n"
    "\t\t\t\"/proc/latency_stats\",\n\t\t\t\"/proc/timer_list\",\n\t\t\t\"/proc/timer_stats\",\n"
    "\t\t\t\"/proc/sched_debug\",\n\t\t\t\"/sys/firmware\",\n\t\t\t\"/proc/scsi\"\n\t\t],\n"
    "\t\t\"readonlyPaths\": "
    "[\n\t\t\t\"/proc/bus\",\n\t\t\t\"/proc/fs\",\n\t\t\t\"/proc/irq\",\n\t\t\t\"/proc/sys\",\n"
    "\t\t\t\"/proc/sysrq-trigger\"\n\t\t]\n"
    "\t}\n"
    "}";

static char *print(bool cgroup2, bool rootless, uint32_t uid, uint32_t gid)
{
    struct spec_template_options o = {.cgroup2 = cgroup2, .rootless = rootless, .uid = uid, .gid = gid};
    struct buf b = BUF_INIT(64 * 1024);
    char *text;

    spec_template_print(&o, &b);
    assert_int_equal(buf_error(&b), 0);
    text = buf_take(&b);
    assert_non_null(text);
    return text;
}

static void test_spec_template_print__root(void **state)
{
    (void)state;
    char *text = print(false, false, 7, 7);

    assert_string_equal(text, root_v1);
    free(text);
}

static void test_spec_template_print__cgroup2(void **state)
{
    (void)state;
    static const char has[] =
        "\"type\": \"mount\"\n\t\t\t},\n\t\t\t{\n\t\t\t\t\"type\": \"cgroup\"\n\t\t\t}\n\t\t],";
    char *text = print(true, false, 0, 0);

    assert_non_null(strstr(text, has));
    /* nothing else changed */
    assert_int_equal(strlen(text),
                     strlen(root_v1) + strlen(",\n\t\t\t{\n\t\t\t\t\"type\": \"cgroup\"\n\t\t\t}"));
    free(text);
}

static void test_spec_template_print__rootless(void **state)
{
    (void)state;
    char *text = print(true, true, 4294967294u, 100);

    assert_non_null(strstr(
        text, "\"uidMappings\": [\n\t\t\t{\n\t\t\t\t\"containerID\": 0,\n\t\t\t\t\"hostID\": 4294967294,\n"
              "\t\t\t\t\"size\": 1\n\t\t\t}\n\t\t],"));
    assert_non_null(
        strstr(text, "\"gidMappings\": [\n\t\t\t{\n\t\t\t\t\"containerID\": 0,\n\t\t\t\t\"hostID\": 100,"));
    assert_non_null(
        strstr(text, "\"type\": \"cgroup\"\n\t\t\t},\n\t\t\t{\n\t\t\t\t\"type\": \"user\"\n\t\t\t}\n\t\t],"));
    assert_non_null(strstr(
        text, "\"type\": \"none\",\n\t\t\t\"source\": \"/sys\",\n\t\t\t\"options\": [\n\t\t\t\t\"rbind\","));
    assert_null(strstr(text, "network"));
    assert_null(strstr(text, "gid=5"));
    assert_null(strstr(text, "sysfs"));
    assert_null(strstr(text, "resources"));
    free(text);
}

/* What we write we accept, without a remark. */
static void test_spec_template_print__is_valid(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        char *text = print(variant & 1, variant & 2, 1000, 1000);
        struct validate_report report = {0};
        struct config *config;
        struct arena a;
        struct err e;

        arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
        err_init(&e);
        if (config_decode(&a, text, strlen(text), &config, &e) < 0)
            fail_msg("%s: %s", e.where, e.message);
        assert_int_equal(validate_config(&a, config, &report), 0);
        if (report.n > 0)
            fail_msg("variant %d: %s: %s", variant, report.v[0].pointer, report.v[0].message);
        assert_string_equal(config->hostname, "lorica");
        assert_int_equal(config->n_mounts, 7);
        arena_done(&a);
        free(text);
    }
}

static void test_spec_template_print__buffer_full(void **state)
{
    (void)state;
    struct spec_template_options o = {0};
    AUTO_BUF struct buf b = BUF_INIT(100);

    spec_template_print(&o, &b);
    assert_int_equal(buf_error(&b), -EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spec_template_print__root),
        cmocka_unit_test(test_spec_template_print__cgroup2),
        cmocka_unit_test(test_spec_template_print__rootless),
        cmocka_unit_test(test_spec_template_print__is_valid),
        cmocka_unit_test(test_spec_template_print__buffer_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
