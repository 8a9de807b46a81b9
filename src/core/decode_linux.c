/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, except "Control groups" and "Seccomp". */
#include "core/decode_shapes.h"

/* The type's number. A type we do not know leaves nothing to validate, so it is refused here. */
static int namespace_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    struct config_namespace *ns = ret;

    for (unsigned type = 0; type < NS_TYPE_COUNT; type++)
        if (streq(ns->type_name, ns_type_name((enum ns_type)type))) {
            ns->type = (enum ns_type)type;
            return 0;
        }
    return json_fail(d->doc, json_find(object, "type"), d->err, "namespace \"%.64s\" does not exist",
                     ns->type_name);
}

static const struct field namespace_fields[] = {
    FIELD_STRING(struct config_namespace, type_name, "type", FIELD_MANDATORY),
    FIELD_STRING(struct config_namespace, path, "path", 0),
};
static const struct shape namespace_shape =
    SHAPE(struct config_namespace, namespace_fields, namespace_finish);

static const struct field device_fields[] = {
    FIELD_STRING(struct config_device, path, "path", FIELD_MANDATORY),
    FIELD_STRING(struct config_device, type, "type", FIELD_MANDATORY),
    FIELD_OPT_I64(struct config_device, major, "major", 0),
    FIELD_OPT_I64(struct config_device, minor, "minor", 0),
    FIELD_OPT_U32(struct config_device, file_mode, "fileMode", 0),
    FIELD_OPT_U32(struct config_device, uid, "uid", 0),
    FIELD_OPT_U32(struct config_device, gid, "gid", 0),
};
static const struct shape device_shape = SHAPE(struct config_device, device_fields, NULL);

static const struct field net_device_fields[] = {
    FIELD_STRING(struct config_net_device, name, "name", 0),
};
static const struct shape net_device_shape =
    SHAPE_KEYED(struct config_net_device, net_device_fields, host_name, NULL);

static const struct field time_offset_fields[] = {
    FIELD_I64(struct config_time_offset, secs, "secs", 0),
    FIELD_U32(struct config_time_offset, nanosecs, "nanosecs", 0),
};
static const struct shape time_offset_shape =
    SHAPE_KEYED(struct config_time_offset, time_offset_fields, clock, NULL);

static const struct field intel_rdt_fields[] = {
    FIELD_STRING(struct config_intel_rdt, clos_id, "closID", 0),
    FIELD_STRINGS(struct config_intel_rdt, schemata, "schemata", 0),
    FIELD_STRING(struct config_intel_rdt, l3_cache_schema, "l3CacheSchema", 0),
    FIELD_STRING(struct config_intel_rdt, mem_bw_schema, "memBwSchema", 0),
    FIELD_OPT_BOOL(struct config_intel_rdt, enable_monitoring, "enableMonitoring", 0),
};
static const struct shape intel_rdt_shape = SHAPE(struct config_intel_rdt, intel_rdt_fields, NULL);

static const struct field personality_fields[] = {
    FIELD_STRING(struct config_personality, domain, "domain", FIELD_MANDATORY),
    FIELD_STRINGS(struct config_personality, flags, "flags", 0),
};
static const struct shape personality_shape = SHAPE(struct config_personality, personality_fields, NULL);

static const struct field memory_policy_fields[] = {
    FIELD_STRING(struct config_memory_policy, mode, "mode", FIELD_MANDATORY),
    FIELD_STRING(struct config_memory_policy, nodes, "nodes", 0),
    FIELD_STRINGS(struct config_memory_policy, flags, "flags", 0),
};
static const struct shape memory_policy_shape =
    SHAPE(struct config_memory_policy, memory_policy_fields, NULL);

static const struct field linux_fields[] = {
    FIELD_ARRAY(struct config_linux, uid_mappings.v, uid_mappings.n, "uidMappings", 0, &decode_idmap_shape),
    FIELD_ARRAY(struct config_linux, gid_mappings.v, gid_mappings.n, "gidMappings", 0, &decode_idmap_shape),
    FIELD_PAIRS(struct config_linux, sysctl, "sysctl", 0),
    FIELD_POINTER(struct config_linux, resources, "resources", 0, &decode_resources_shape),
    FIELD_STRING(struct config_linux, cgroups_path, "cgroupsPath", 0),
    FIELD_ARRAY(struct config_linux, namespaces, n_namespaces, "namespaces", 0, &namespace_shape),
    FIELD_ARRAY(struct config_linux, devices, n_devices, "devices", 0, &device_shape),
    FIELD_MAP(struct config_linux, net_devices, n_net_devices, "netDevices", 0, &net_device_shape),
    FIELD_POINTER(struct config_linux, seccomp, "seccomp", 0, &decode_seccomp_shape),
    FIELD_STRING(struct config_linux, rootfs_propagation, "rootfsPropagation", 0),
    FIELD_STRINGS(struct config_linux, masked_paths, "maskedPaths", 0),
    FIELD_STRINGS(struct config_linux, readonly_paths, "readonlyPaths", 0),
    FIELD_STRING(struct config_linux, mount_label, "mountLabel", 0),
    FIELD_POINTER(struct config_linux, intel_rdt, "intelRdt", 0, &intel_rdt_shape),
    FIELD_POINTER(struct config_linux, memory_policy, "memoryPolicy", 0, &memory_policy_shape),
    FIELD_POINTER(struct config_linux, personality, "personality", 0, &personality_shape),
    FIELD_MAP(struct config_linux, time_offsets, n_time_offsets, "timeOffsets", 0, &time_offset_shape),
};
const struct shape decode_linux_shape = SHAPE(struct config_linux, linux_fields, NULL);
