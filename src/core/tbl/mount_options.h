/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount options: X("name", KIND, value), sorted by byte value of the name (mount_opts.c searches by halves
 * and the features document wants them so).
 *
 * Sources: OCI runtime-spec 1.3.0, config.md "Linux mount options"; mount(8) "FILESYSTEM-INDEPENDENT MOUNT
 * OPTIONS"; mount(2); mount_setattr(2). The options of crun(1) that the specification lacks: copy-symlink,
 * dest-nofollow, src-nofollow, rasync, rdirsync, rmand, rnomand, rsync.
 *
 * KIND: SET, CLEAR            a flag of mount(2)
 *       REC_SET, REC_CLEAR    an attribute of mount_setattr(2), recursively
 *       REC_ATIME             a value of the recursive access time
 *       REC_NO_ATIME          the opposite of that value
 *       PROPAGATION           flags of one mount(2) call that changes the propagation type
 *       EXTRA                 enum mount_extra
 *       NOTHING               accepted, no meaning
 * Where two names mean the same, the shorter one is printed.
 */
X("async", CLEAR, MS_SYNCHRONOUS)
X("atime", CLEAR, MS_NOATIME)
X("bind", SET, MS_BIND)
X("copy-symlink", EXTRA, MOUNT_EXTRA_COPY_SYMLINK)
X("defaults", NOTHING, 0)
X("dest-nofollow", EXTRA, MOUNT_EXTRA_DEST_NOFOLLOW)
X("dev", CLEAR, MS_NODEV)
X("diratime", CLEAR, MS_NODIRATIME)
X("dirsync", SET, MS_DIRSYNC)
X("exec", CLEAR, MS_NOEXEC)
X("idmap", EXTRA, MOUNT_EXTRA_IDMAP)
X("iversion", SET, MS_I_VERSION)
X("lazytime", SET, MS_LAZYTIME)
X("loud", CLEAR, MS_SILENT)
X("mand", SET, MS_MANDLOCK)
X("noatime", SET, MS_NOATIME)
X("nodev", SET, MS_NODEV)
X("nodiratime", SET, MS_NODIRATIME)
X("noexec", SET, MS_NOEXEC)
X("noiversion", CLEAR, MS_I_VERSION)
X("nolazytime", CLEAR, MS_LAZYTIME)
X("nomand", CLEAR, MS_MANDLOCK)
X("norelatime", CLEAR, MS_RELATIME)
X("nostrictatime", CLEAR, MS_STRICTATIME)
X("nosuid", SET, MS_NOSUID)
X("nosymfollow", SET, MS_NOSYMFOLLOW)
X("private", PROPAGATION, MS_PRIVATE)
X("rasync", CLEAR, MS_SYNCHRONOUS)
X("ratime", REC_NO_ATIME, MOUNT_ATTR_NOATIME)
X("rbind", SET, MS_BIND | MS_REC)
X("rdev", REC_CLEAR, MOUNT_ATTR_NODEV)
X("rdiratime", REC_CLEAR, MOUNT_ATTR_NODIRATIME)
X("rdirsync", SET, MS_DIRSYNC)
X("relatime", SET, MS_RELATIME)
X("remount", SET, MS_REMOUNT)
X("rexec", REC_CLEAR, MOUNT_ATTR_NOEXEC)
X("ridmap", EXTRA, MOUNT_EXTRA_RIDMAP)
X("rmand", SET, MS_MANDLOCK)
X("rnoatime", REC_ATIME, MOUNT_ATTR_NOATIME)
X("rnodev", REC_SET, MOUNT_ATTR_NODEV)
X("rnodiratime", REC_SET, MOUNT_ATTR_NODIRATIME)
X("rnoexec", REC_SET, MOUNT_ATTR_NOEXEC)
X("rnomand", CLEAR, MS_MANDLOCK)
X("rnorelatime", REC_NO_ATIME, MOUNT_ATTR_RELATIME)
X("rnostrictatime", REC_NO_ATIME, MOUNT_ATTR_STRICTATIME)
X("rnosuid", REC_SET, MOUNT_ATTR_NOSUID)
X("rnosymfollow", REC_SET, MOUNT_ATTR_NOSYMFOLLOW)
X("ro", SET, MS_RDONLY)
X("rprivate", PROPAGATION, MS_PRIVATE | MS_REC)
X("rrelatime", REC_ATIME, MOUNT_ATTR_RELATIME)
X("rro", REC_SET, MOUNT_ATTR_RDONLY)
X("rrw", REC_CLEAR, MOUNT_ATTR_RDONLY)
X("rshared", PROPAGATION, MS_SHARED | MS_REC)
X("rslave", PROPAGATION, MS_SLAVE | MS_REC)
X("rstrictatime", REC_ATIME, MOUNT_ATTR_STRICTATIME)
X("rsuid", REC_CLEAR, MOUNT_ATTR_NOSUID)
X("rsymfollow", REC_CLEAR, MOUNT_ATTR_NOSYMFOLLOW)
X("rsync", SET, MS_SYNCHRONOUS)
X("runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC)
X("rw", CLEAR, MS_RDONLY)
X("shared", PROPAGATION, MS_SHARED)
X("silent", SET, MS_SILENT)
X("slave", PROPAGATION, MS_SLAVE)
X("src-nofollow", EXTRA, MOUNT_EXTRA_SRC_NOFOLLOW)
X("strictatime", SET, MS_STRICTATIME)
X("suid", CLEAR, MS_NOSUID)
X("symfollow", CLEAR, MS_NOSYMFOLLOW)
X("sync", SET, MS_SYNCHRONOUS)
X("tmpcopyup", EXTRA, MOUNT_EXTRA_TMPCOPYUP)
X("unbindable", PROPAGATION, MS_UNBINDABLE)
