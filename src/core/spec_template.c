/* SPDX-License-Identifier: Apache-2.0 */
#include "core/spec_template.h"

#include "core/json_write.h"
#include "core/oci_version.h"

#define MOUNT_OPTIONS_MAX 7

struct template_mount {
    const char *destination;
    const char *type;
    const char *source;
    const char *options[MOUNT_OPTIONS_MAX]; /* ends with NULL or with the array */
    const char *rootless_type; /* what stands there for a rootless caller when it is something else */
    const char *rootless_source;
    const char *rootless_options[MOUNT_OPTIONS_MAX];
};

/*
 * A caller without privileges cannot mount sysfs of a network namespace that is not its own (the host's
 * network is kept without one), and has no other id than its own to give to gid=5.
 */
static const struct template_mount template_mounts[] = {
    {.destination = "/proc", .type = "proc", .source = "proc"},
    {.destination = "/dev",
     .type = "tmpfs",
     .source = "tmpfs",
     .options = {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {.destination = "/dev/pts",
     .type = "devpts",
     .source = "devpts",
     .options = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"},
     .rootless_type = "devpts",
     .rootless_source = "devpts",
     .rootless_options = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
    {.destination = "/dev/shm",
     .type = "tmpfs",
     .source = "shm",
     .options = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {.destination = "/dev/mqueue",
     .type = "mqueue",
     .source = "mqueue",
     .options = {"nosuid", "noexec", "nodev"}},
    {.destination = "/sys",
     .type = "sysfs",
     .source = "sysfs",
     .options = {"nosuid", "noexec", "nodev", "ro"},
     .rootless_type = "none",
     .rootless_source = "/sys",
     .rootless_options = {"rbind", "nosuid", "noexec", "nodev", "ro"}},
    {.destination = "/sys/fs/cgroup",
     .type = "cgroup",
     .source = "cgroup",
     .options = {"nosuid", "noexec", "nodev", "relatime", "ro"}},
};

static const char *const template_args[] = {"sh"};
static const char *const template_env[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
static const char *const template_caps[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
static const char *const template_masked[] = {
    "/proc/acpi",       "/proc/asound",      "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
static const char *const template_readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                                "/proc/sysrq-trigger"};

static void write_process(struct json_writer *w)
{
    static const char *const cap_sets[] = {"bounding", "effective", "permitted"};

    json_write_key(w, "process");
    json_write_object(w);
    json_write_key_bool(w, "terminal", true);
    json_write_key(w, "user");
    json_write_object(w);
    json_write_key_i64(w, "uid", 0);
    json_write_key_i64(w, "gid", 0);
    json_write_object_end(w);
    json_write_key_strings(w, "args", template_args, ARRAY_SIZE(template_args));
    json_write_key_strings(w, "env", template_env, ARRAY_SIZE(template_env));
    json_write_key_str(w, "cwd", "/");
    json_write_key(w, "capabilities");
    json_write_object(w);
    for (size_t i = 0; i < ARRAY_SIZE(cap_sets); i++)
        json_write_key_strings(w, cap_sets[i], template_caps, ARRAY_SIZE(template_caps));
    json_write_object_end(w);
    json_write_key(w, "rlimits");
    json_write_array(w);
    json_write_object(w);
    json_write_key_str(w, "type", "RLIMIT_NOFILE");
    json_write_key_u64(w, "hard", 1024);
    json_write_key_u64(w, "soft", 1024);
    json_write_object_end(w);
    json_write_array_end(w);
    json_write_key_bool(w, "noNewPrivileges", true);
    json_write_object_end(w);
}

static void write_mounts(struct json_writer *w, bool rootless)
{
    json_write_key(w, "mounts");
    json_write_array(w);
    for (size_t i = 0; i < ARRAY_SIZE(template_mounts); i++) {
        const struct template_mount *m = &template_mounts[i];
        bool other = rootless && m->rootless_type;
        const char *const *options = other ? m->rootless_options : m->options;
        size_t n = 0;

        while (n < MOUNT_OPTIONS_MAX && options[n])
            n++;
        json_write_object(w);
        json_write_key_str(w, "destination", m->destination);
        json_write_key_str(w, "type", other ? m->rootless_type : m->type);
        json_write_key_str(w, "source", other ? m->rootless_source : m->source);
        if (n > 0)
            json_write_key_strings(w, "options", options, n);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_mapping(struct json_writer *w, const char *key, uint32_t host_id)
{
    json_write_key(w, key);
    json_write_array(w);
    json_write_object(w);
    json_write_key_u64(w, "containerID", 0);
    json_write_key_u64(w, "hostID", host_id);
    json_write_key_u64(w, "size", 1);
    json_write_object_end(w);
    json_write_array_end(w);
}

static void write_namespaces(struct json_writer *w, const struct spec_template_options *o)
{
    const char *types[7];
    size_t n = 0;

    types[n++] = "pid";
    if (!o->rootless)
        types[n++] = "network";
    types[n++] = "ipc";
    types[n++] = "uts";
    types[n++] = "mount";
    if (o->cgroup2)
        types[n++] = "cgroup";
    if (o->rootless)
        types[n++] = "user";
    json_write_key(w, "namespaces");
    json_write_array(w);
    for (size_t i = 0; i < n; i++) {
        json_write_object(w);
        json_write_key_str(w, "type", types[i]);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_linux(struct json_writer *w, const struct spec_template_options *o)
{
    json_write_key(w, "linux");
    json_write_object(w);
    if (o->rootless) {
        write_mapping(w, "uidMappings", o->uid);
        write_mapping(w, "gidMappings", o->gid);
    } else {
        json_write_key(w, "resources");
        json_write_object(w);
        json_write_key(w, "devices");
        json_write_array(w);
        json_write_object(w);
        json_write_key_bool(w, "allow", false);
        json_write_key_str(w, "access", "rwm");
        json_write_object_end(w);
        json_write_array_end(w);
        json_write_object_end(w);
    }
    write_namespaces(w, o);
    json_write_key_strings(w, "maskedPaths", template_masked, ARRAY_SIZE(template_masked));
    json_write_key_strings(w, "readonlyPaths", template_readonly, ARRAY_SIZE(template_readonly));
    json_write_object_end(w);
}

void spec_template_print(const struct spec_template_options *options, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, "\t");
    json_write_object(&w);
    json_write_key_str(&w, "ociVersion", OCI_VERSION);
    write_process(&w);
    json_write_key(&w, "root");
    json_write_object(&w);
    json_write_key_str(&w, "path", "rootfs");
    json_write_key_bool(&w, "readonly", true);
    json_write_object_end(&w);
    json_write_key_str(&w, "hostname", "lorica");
    write_mounts(&w, options->rootless);
    write_linux(&w, options);
    json_write_object_end(&w);
}
