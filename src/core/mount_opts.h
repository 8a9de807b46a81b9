/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts[].options of the OCI specification (config.md "Linux mount options") as flags, attributes and data.
 * Every option of the specification, and the additions of crun that engines use, stand in
 * core/tbl/mount_options.h.
 *
 * Rules
 *   - One array element is one option. An element is never split at commas, so the categories of an SELinux
 * context
 *     ("context=\"system_u:object_r:t:s0:c1,c2\"") survive. Empty elements are skipped.
 *   - The last option that speaks of a flag wins: "ro","rw" is rw. flags.set and flags.clear never share a
 * bit; flags.clear holds what was cleared by name ("rw", "suid", ...), so that a later step can tell "not
 * asked for" from "asked for the opposite" when the kernel holds a flag locked.
 *   - noatime, relatime and strictatime exclude each other: the last one set wins. Their opposites only clear
 * their own bit.
 *   - The recursive access time (rnoatime, rrelatime, rstrictatime) is one field: flags.rec_clear holds all
 * of MOUNT_ATTR__ATIME or nothing of it, as mount_setattr(2) demands, and flags.rec_set holds the value.
 *     ratime and rnostrictatime undo noatime or strictatime, and where nothing was said ask for the kernel's
 * default (relatime); rnorelatime only takes an earlier rrelatime back.
 *   - "rbind" stays recursive when "bind" stands beside it, in either order, as in runc and crun.
 *   - rsync, rasync, rdirsync, rmand, rnomand: these flags belong to the superblock, which all mounts of it
 * share; they mean the same as without "r".
 *   - "defaults" changes nothing, as in runc and crun.
 *   - "idmap=MAP" is crun's form with a mapping of its own; see struct mount_idmap.
 *   - Anything else goes to the data string, in order, joined with commas. Whether data is acceptable (a bind
 * mount takes none) is the validator's business.
 *
 * Ownership: everything hangs on the arena or points into the options given, which must live as long.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"
#include "core/mount_flags.h"
#include "core/plan.h"

/* Bytes of data without the terminator: mount(2) cuts silently at a page, so more is an error. */
#define MOUNT_DATA_MAX 4095u

/*
 * One triplet of "idmap=uids=0-1000-10#10-2000-5;gids=@0-0-10": ids of the file system, from `container_id`,
 * appear as `host_id` onwards. With '@' the second number is an id of the container's user namespace that
 * mount_idmap_resolve turns into a host id.
 */
struct mount_idmap {
    struct config_idmap map;
    bool relative;
};

struct mount_idmap_list {
    struct mount_idmap *v;
    size_t n;
};

struct mount_options {
    struct mount_flags flags;
    bool is_bind;   /* bind, rbind: MS_BIND is in flags.set */
    bool recursive; /* rbind: MS_REC is in flags.set */
    bool remount;   /* MS_REMOUNT is in flags.set */
    bool tmpcopyup;
    bool copy_symlink;
    bool src_nofollow;
    bool dest_nofollow;
    bool idmap;                         /* idmap, ridmap, idmap=MAP */
    bool idmap_recursive;               /* ridmap; the last of idmap and ridmap wins */
    struct mount_idmap_list idmap_uids; /* idmap=MAP only */
    struct mount_idmap_list idmap_gids;
    const char *data; /* comma separated; NULL when there is none */
};

/*
 * `pointer` is the JSON pointer of the options array ("/mounts/3/options"); errors name the element.
 * -EINVAL: malformed idmap=, data too long. -ENOMEM.
 */
int parse_mount_options(struct arena *a, const struct strings *options, const char *pointer,
                        struct mount_options *ret, struct err *reterr);

/*
 * The mapping of an idmap= list as a config mapping: relative triplets are translated through `container`
 * (the container's own mapping), where each must lie within one line. -EINVAL with `pointer`, -ENOMEM.
 */
int mount_idmap_resolve(struct arena *a, const struct mount_idmap_list *list,
                        const struct config_idmaps *container, const char *pointer, struct config_idmaps *ret,
                        struct err *reterr);

/* "mode" for "mode=0755" and for a bare "mode". Commas within double quotes do not separate. data may be
 * NULL. */
bool mount_data_has(const char *data, const char *key);

/* Every option name, sorted by byte value, for the features document. */
const char *const *mount_option_names(size_t *ret_n);

/*
 * The flags as option names, comma separated, in a fixed order: "rbind,ro,nosuid,rro,rprivate". Nothing for
 * no flags. Parsing the names again gives equal flags.
 */
void mount_flags_print(const struct mount_flags *f, struct buf *out);

/* All of it as an options array that parses back to an equal struct (data is one element). -ENOMEM. */
int mount_options_list(struct arena *a, const struct mount_options *o, struct strings *ret) NODISCARD;

bool mount_options_equal(const struct mount_options *a, const struct mount_options *b);

/* "private", "rslave", ...: the option of one propagation value (MS_SHARED|MS_REC, ...); NULL when it is
 * none. */
const char *mount_propagation_name(uint64_t ms_flags);

/* The value of linux.rootfsPropagation and of the propagation options; 0 when the name is none. */
uint64_t mount_propagation_flags(const char *name);
