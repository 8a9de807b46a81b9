/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The constants of mount(2) and mount_setattr(2), from one place: <sys/mount.h>. With glibc 2.36 it cannot be
 * included together with <linux/mount.h> (both define the enums of fsopen), so what it lacks is filled in
 * here. The values are kernel ABI (include/uapi/linux/mount.h).
 */
#pragma once

#include <sys/mount.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* Linux 5.10 */
#endif
#ifndef MOUNT_ATTR_RDONLY /* Linux 5.2 */
#define MOUNT_ATTR_RDONLY      0x00000001
#define MOUNT_ATTR_NOSUID      0x00000002
#define MOUNT_ATTR_NODEV       0x00000004
#define MOUNT_ATTR_NOEXEC      0x00000008
#define MOUNT_ATTR__ATIME      0x00000070 /* a field of three bits, not three flags */
#define MOUNT_ATTR_RELATIME    0x00000000
#define MOUNT_ATTR_NOATIME     0x00000010
#define MOUNT_ATTR_STRICTATIME 0x00000020
#define MOUNT_ATTR_NODIRATIME  0x00000080
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000 /* Linux 5.12 */
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* Linux 5.14 */
#endif

/* The access time setting of mount(2): at most one of these; none leaves what is there (relatime for a new
 * mount). */
#define MOUNT_MS_ATIME_GROUP (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)
