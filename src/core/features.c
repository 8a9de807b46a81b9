/* SPDX-License-Identifier: Apache-2.0 */
#include "core/features.h"

#include "core/caps.h"
#include "core/config.h"
#include "core/json_write.h"
#include "core/mount_opts.h"
#include "core/oci_version.h"
#include "core/seccomp_policy.h"

/* The longest list that is sorted here. */
#define LIST_MAX 64

/* What create executes; a namespace that it refuses is not listed. In the order of the specification. */
static const enum ns_type supported_namespaces[] = {NS_MOUNT, NS_PID,  NS_NETWORK, NS_IPC,
                                                    NS_UTS,   NS_USER, NS_CGROUP,  NS_TIME};

static const char *const memory_policy_modes[] = {
#define X(name, number, nodes) name,
#include "core/tbl/mempolicy_modes.h"
#undef X
};

static const char *const memory_policy_flags[] = {
#define X(name, ...) name,
#include "core/tbl/mempolicy_flags.h"
#undef X
};

static void put_hooks(struct json_writer *w)
{
    json_write_key(w, "hooks");
    json_write_array(w);
    for (int kind = 0; kind < HOOK_KIND_COUNT; kind++)
        json_write_str(w, hook_kind_name((enum hook_kind)kind));
    json_write_array_end(w);
}

static void put_mount_options(struct json_writer *w)
{
    size_t n;
    const char *const *names = mount_option_names(&n);

    json_write_key(w, "mountOptions");
    json_write_array(w);
    for (size_t i = 0; i < n; i++)
        json_write_str(w, names[i]);
    json_write_array_end(w);
}

static void put_namespaces(struct json_writer *w)
{
    json_write_key(w, "namespaces");
    json_write_array(w);
    for (size_t i = 0; i < ARRAY_SIZE(supported_namespaces); i++)
        json_write_str(w, ns_type_name(supported_namespaces[i]));
    json_write_array_end(w);
}

static void put_capabilities(struct json_writer *w)
{
    size_t n;
    const char *const *names = caps_names(&n);

    json_write_key_strings(w, "capabilities", names, n);
}

static void put_cgroup(struct json_writer *w, const struct features_info *info)
{
    json_write_key(w, "cgroup");
    json_write_object(w);
    json_write_key_bool(w, "v1", true);
    json_write_key_bool(w, "v2", true);
    json_write_key_bool(w, "systemd", info->systemd);
    json_write_key_bool(w, "systemdUser", info->systemd);
    json_write_key_bool(w, "rdma", true);
    json_write_object_end(w);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of flags that the kernel does not take, of architectures that libseccomp does not know. */
static bool is_missing(const char *name, const struct features_info *info)
{
    enum seccomp_arch arch;
    uint32_t flag;

    if (seccomp_flag_find(name, &flag) == 0)
        return !(flag & info->seccomp_flags);
    return seccomp_arch_find(name, &arch) == 0 && !(info->seccomp_archs >> arch & 1);
}

/* The names that at(0), at(1), ... give, sorted; with `info` without what is missing. */
static void put_seccomp_names(struct json_writer *w, const char *key, const char *(*at)(size_t),
                              const struct features_info *info)
{
    const char *names[LIST_MAX], *name;
    size_t n = 0;

    for (size_t i = 0; n < LIST_MAX && (name = at(i)); i++) {
        if (!info || !is_missing(name, info))
            names[n++] = name;
    }
    qsort(names, n, sizeof(names[0]), name_compare);
    json_write_key_strings(w, key, names, n);
}

static void put_seccomp(struct json_writer *w, const struct features_info *info)
{
    json_write_key(w, "seccomp");
    json_write_object(w);
    json_write_key_bool(w, "enabled", info->libseccomp_version != NULL);
    if (info->libseccomp_version) {
        put_seccomp_names(w, "actions", seccomp_action_name_at, info);
        put_seccomp_names(w, "operators", seccomp_op_name_at, info);
        put_seccomp_names(w, "archs", seccomp_arch_name_at, info);
        put_seccomp_names(w, "knownFlags", seccomp_flag_name_at, NULL);
        put_seccomp_names(w, "supportedFlags", seccomp_flag_name_at, info);
    }
    json_write_object_end(w);
}

/* "KEY": {"enabled": X} */
static void put_enabled(struct json_writer *w, const char *key, bool enabled)
{
    json_write_key(w, key);
    json_write_object(w);
    json_write_key_bool(w, "enabled", enabled);
    json_write_object_end(w);
}

static void put_linux(struct json_writer *w, const struct features_info *info)
{
    json_write_key(w, "linux");
    json_write_object(w);
    put_namespaces(w);
    put_capabilities(w);
    put_cgroup(w, info);
    put_seccomp(w, info);
    put_enabled(w, "apparmor", true);
    put_enabled(w, "selinux", true);
    json_write_key(w, "intelRdt");
    json_write_object(w);
    json_write_key_bool(w, "enabled", true);
    json_write_key_bool(w, "schemata", true);
    json_write_key_bool(w, "monitoring", true);
    json_write_object_end(w);
    json_write_key(w, "memoryPolicy");
    json_write_object(w);
    json_write_key_strings(w, "modes", memory_policy_modes, ARRAY_SIZE(memory_policy_modes));
    json_write_key_strings(w, "flags", memory_policy_flags, ARRAY_SIZE(memory_policy_flags));
    json_write_object_end(w);
    json_write_key(w, "mountExtensions");
    json_write_object(w);
    put_enabled(w, "idmap", true);
    json_write_object_end(w);
    put_enabled(w, "netDevices", true);
    json_write_object_end(w);
}

static void put_annotation(struct json_writer *w, const char *key, const char *value)
{
    if (value && value[0] != '\0')
        json_write_key_str(w, key, value);
}

/* Those that change what we do; the last one only in a build that talks to systemd. */
static const char *const unsafe_annotations[] = {"org.criu.config", "org.systemd.property."};

void features_print(const struct features_info *info, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, "    ");
    json_write_object(&w);
    json_write_key_str(&w, "ociVersionMin", OCI_VERSION_MIN);
    json_write_key_str(&w, "ociVersionMax", OCI_VERSION);
    put_hooks(&w);
    put_mount_options(&w);
    put_linux(&w, info);
    json_write_key(&w, "annotations");
    json_write_object(&w);
    put_annotation(&w, "io.github.seccomp.libseccomp.version", info->libseccomp_version);
    put_annotation(&w, "org.lorica.checkpoint.enabled", "true");
    put_annotation(&w, "org.lorica.commit", info->commit);
    put_annotation(&w, "org.lorica.version", info->version);
    json_write_object_end(&w);
    json_write_key_strings(&w, "potentiallyUnsafeConfigAnnotations", unsafe_annotations,
                           ARRAY_SIZE(unsafe_annotations) - !info->systemd);
    json_write_object_end(&w);
    buf_char(out, '\n');
}
