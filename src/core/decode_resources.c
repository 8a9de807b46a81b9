/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md "Control groups": linux.resources. */
#include "core/decode_shapes.h"

static const struct field device_rule_fields[] = {
    FIELD_BOOL(struct config_device_rule, allow, "allow", FIELD_MANDATORY),
    FIELD_STRING(struct config_device_rule, type, "type", 0),
    FIELD_OPT_I64(struct config_device_rule, major, "major", 0),
    FIELD_OPT_I64(struct config_device_rule, minor, "minor", 0),
    FIELD_STRING(struct config_device_rule, access, "access", 0),
};
static const struct shape device_rule_shape = SHAPE(struct config_device_rule, device_rule_fields, NULL);

static const struct field memory_fields[] = {
    FIELD_OPT_I64(struct config_memory, limit, "limit", 0),
    FIELD_OPT_I64(struct config_memory, reservation, "reservation", 0),
    FIELD_OPT_I64(struct config_memory, swap, "swap", 0),
    FIELD_OPT_I64(struct config_memory, kernel, "kernel", 0),
    FIELD_OPT_I64(struct config_memory, kernel_tcp, "kernelTCP", 0),
    FIELD_OPT_U64(struct config_memory, swappiness, "swappiness", 0),
    FIELD_OPT_BOOL(struct config_memory, disable_oom_killer, "disableOOMKiller", 0),
    FIELD_OPT_BOOL(struct config_memory, use_hierarchy, "useHierarchy", 0),
    FIELD_OPT_BOOL(struct config_memory, check_before_update, "checkBeforeUpdate", 0),
};
static const struct shape memory_shape = SHAPE(struct config_memory, memory_fields, NULL);

static const struct field cpu_fields[] = {
    FIELD_OPT_U64(struct config_cpu, shares, "shares", 0),
    FIELD_OPT_I64(struct config_cpu, quota_us, "quota", 0),
    FIELD_OPT_U64(struct config_cpu, burst_us, "burst", 0),
    FIELD_OPT_U64(struct config_cpu, period_us, "period", 0),
    FIELD_OPT_I64(struct config_cpu, realtime_runtime_us, "realtimeRuntime", 0),
    FIELD_OPT_U64(struct config_cpu, realtime_period_us, "realtimePeriod", 0),
    FIELD_STRING(struct config_cpu, cpus, "cpus", 0),
    FIELD_STRING(struct config_cpu, mems, "mems", 0),
    FIELD_OPT_I64(struct config_cpu, idle, "idle", 0),
};
static const struct shape cpu_shape = SHAPE(struct config_cpu, cpu_fields, NULL);

static const struct field pids_fields[] = {
    FIELD_OPT_I64(struct config_resources, pids_limit, "limit", 0),
};
static const struct shape pids_shape = SHAPE(struct config_resources, pids_fields, NULL);

static const struct field weight_device_fields[] = {
    FIELD_I64(struct config_weight_device, major, "major", FIELD_MANDATORY),
    FIELD_I64(struct config_weight_device, minor, "minor", FIELD_MANDATORY),
    FIELD_OPT_U16(struct config_weight_device, weight, "weight", 0),
    FIELD_OPT_U16(struct config_weight_device, leaf_weight, "leafWeight", 0),
};
static const struct shape weight_device_shape =
    SHAPE(struct config_weight_device, weight_device_fields, NULL);

static const struct field throttle_fields[] = {
    FIELD_I64(struct config_throttle_device, major, "major", FIELD_MANDATORY),
    FIELD_I64(struct config_throttle_device, minor, "minor", FIELD_MANDATORY),
    FIELD_U64(struct config_throttle_device, rate, "rate", FIELD_MANDATORY),
};
static const struct shape throttle_shape = SHAPE(struct config_throttle_device, throttle_fields, NULL);

#define THROTTLE_FIELD(kind, key, flags)                                                                     \
    FIELD_ARRAY(struct config_block_io, throttle[kind].v, throttle[kind].n, key, flags, &throttle_shape)

/* Up to 1.0.0 the schema spelt the IOPS members with a small "iops"; both spellings are in use. */
static const struct field block_io_fields[] = {
    FIELD_OPT_U16(struct config_block_io, weight, "weight", 0),
    FIELD_OPT_U16(struct config_block_io, leaf_weight, "leafWeight", 0),
    FIELD_ARRAY(struct config_block_io, weight_devices, n_weight_devices, "weightDevice", 0,
                &weight_device_shape),
    THROTTLE_FIELD(THROTTLE_READ_BPS, "throttleReadBpsDevice", 0),
    THROTTLE_FIELD(THROTTLE_WRITE_BPS, "throttleWriteBpsDevice", 0),
    THROTTLE_FIELD(THROTTLE_READ_IOPS, "throttleReadIOPSDevice", 0),
    THROTTLE_FIELD(THROTTLE_READ_IOPS, "throttleReadIopsDevice", FIELD_ALIAS),
    THROTTLE_FIELD(THROTTLE_WRITE_IOPS, "throttleWriteIOPSDevice", 0),
    THROTTLE_FIELD(THROTTLE_WRITE_IOPS, "throttleWriteIopsDevice", FIELD_ALIAS),
};
static const struct shape block_io_shape = SHAPE(struct config_block_io, block_io_fields, NULL);

static const struct field hugepage_fields[] = {
    FIELD_STRING(struct config_hugepage_limit, page_size, "pageSize", FIELD_MANDATORY),
    FIELD_U64(struct config_hugepage_limit, limit, "limit", FIELD_MANDATORY),
};
static const struct shape hugepage_shape = SHAPE(struct config_hugepage_limit, hugepage_fields, NULL);

static const struct field if_priority_fields[] = {
    FIELD_STRING(struct config_if_priority, name, "name", FIELD_MANDATORY),
    FIELD_U32(struct config_if_priority, priority, "priority", FIELD_MANDATORY),
};
static const struct shape if_priority_shape = SHAPE(struct config_if_priority, if_priority_fields, NULL);

static const struct field network_fields[] = {
    FIELD_OPT_U32(struct config_network, class_id, "classID", 0),
    FIELD_ARRAY(struct config_network, priorities, n_priorities, "priorities", 0, &if_priority_shape),
};
static const struct shape network_shape = SHAPE(struct config_network, network_fields, NULL);

static const struct field rdma_fields[] = {
    FIELD_OPT_U32(struct config_rdma, hca_handles, "hcaHandles", 0),
    FIELD_OPT_U32(struct config_rdma, hca_objects, "hcaObjects", 0),
};
static const struct shape rdma_shape = SHAPE_KEYED(struct config_rdma, rdma_fields, device, NULL);

static const struct field resources_fields[] = {
    FIELD_ARRAY(struct config_resources, devices, n_devices, "devices", 0, &device_rule_shape),
    FIELD_OBJECT_HAS(struct config_resources, memory, has_memory, "memory", 0, &memory_shape),
    FIELD_OBJECT_HAS(struct config_resources, cpu, has_cpu, "cpu", 0, &cpu_shape),
    FIELD_FLAT("pids", 0, &pids_shape),
    FIELD_OBJECT_HAS(struct config_resources, block_io, has_block_io, "blockIO", 0, &block_io_shape),
    FIELD_ARRAY(struct config_resources, hugepage_limits, n_hugepage_limits, "hugepageLimits", 0,
                &hugepage_shape),
    FIELD_OBJECT_HAS(struct config_resources, network, has_network, "network", 0, &network_shape),
    FIELD_MAP(struct config_resources, rdma, n_rdma, "rdma", 0, &rdma_shape),
    FIELD_PAIRS(struct config_resources, unified, "unified", 0),
};
const struct shape decode_resources_shape = SHAPE(struct config_resources, resources_fields, NULL);
