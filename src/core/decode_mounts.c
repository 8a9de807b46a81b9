/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "Mounts", and the id mappings that mounts and user namespaces share. */
#include "core/decode_shapes.h"

static const struct field idmap_fields[] = {
    FIELD_U32(struct config_idmap, container_id, "containerID", FIELD_MANDATORY),
    FIELD_U32(struct config_idmap, host_id, "hostID", FIELD_MANDATORY),
    FIELD_U32(struct config_idmap, size, "size", FIELD_MANDATORY),
};
const struct shape decode_idmap_shape = SHAPE(struct config_idmap, idmap_fields, NULL);

static const struct field mount_fields[] = {
    FIELD_STRING(struct config_mount, destination, "destination", FIELD_MANDATORY),
    FIELD_STRING(struct config_mount, type, "type", 0),
    FIELD_STRING(struct config_mount, source, "source", 0),
    FIELD_STRINGS(struct config_mount, options, "options", 0),
    FIELD_ARRAY(struct config_mount, uid_mappings.v, uid_mappings.n, "uidMappings", 0, &decode_idmap_shape),
    FIELD_ARRAY(struct config_mount, gid_mappings.v, gid_mappings.n, "gidMappings", 0, &decode_idmap_shape),
};
const struct shape decode_mount_shape = SHAPE(struct config_mount, mount_fields, NULL);
