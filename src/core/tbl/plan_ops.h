/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of a plan, in the only order in which they may stand: X(ENUM, "name in the printed plan",
 * actor). The plan of `exec` takes the same rows where it has them; core/exec_order divides INIT's there. plan_check refuses a plan whose operations are out of this order, so this table *is* the written
 * sequence of a container start. HOST operations run in the runtime process, INIT operations in the
 * container's init, which waits for the runtime only where the plan says so (core/proto.h). Why each stands
 * where it stands is said beside it.
 */
/* -- runtime process; the cgroup exists and is limited before anything runs in it -- */
X(CGROUP_CREATE, "cgroup-create", HOST)
/* What the kernel wants before a task joins (rt budget, cpuset), and the v1 device lists. */
X(CGROUP_WRITE_EARLY, "cgroup-write-early", HOST)
X(CGROUP_DEVICES, "cgroup-devices", HOST) /* in force before the container's first instruction */
X(CPU_AFFINITY_INITIAL, "cpu-affinity-initial", HOST) /* exec: before the cgroup is entered */
X(CLONE, "clone", HOST)
/* As soon as a process is in the new user namespace: setgroups, gid_map, uid_map. */
X(IDMAP_WRITE, "idmap-write", HOST)
X(SYSTEMD_SCOPE, "systemd-scope", HOST) /* the unit that owns the cgroup, asked for with init's pid */
X(CGROUP_JOIN, "cgroup-join", HOST) /* v2: at birth where the kernel can; v1: root's init by itself, before all else
                                       (moving another process may wait for a grace period of the kernel) */
X(CGROUP_WRITE, "cgroup-write", HOST)
X(INTEL_RDT, "intel-rdt", HOST)         /* needs the pid, as a cgroup does */
X(OOM_SCORE_ADJ, "oom-score-adj", HOST) /* init is not dumpable: only the parent may write it */
X(RLIMIT_RAISE, "rlimit-raise", HOST)   /* hard limits that init could not raise in its user namespace */
/* exec: the process between is one more of its user until it is gone; RLIMIT sets what was asked for */
X(RLIMIT_BETWEEN, "rlimit-between", HOST)
X(NET_DEVICE, "net-device", HOST)       /* out of the host's namespace: hooks and init find them in place */
/* exec: the namespaces of the container's init, by the process between; nothing of the host is open any more */
X(JOIN, "join", HOST)
/* -- init -- */
X(SETSID, "setsid", INIT)         /* first of all: no way back to the caller's terminal */
X(NS_JOIN, "ns-join", INIT)       /* descriptors were opened by the runtime */
X(NS_UNSHARE, "ns-unshare", INIT) /* cgroup namespace: only after the cgroup was joined */
X(KEYRING, "keyring", INIT)
X(LOOPBACK_UP, "loopback-up", INIT)
X(ROOT_PREPARE, "root-prepare", INIT) /* propagation of the old tree, rootfs as a mount of its own */
X(MOUNT, "mount", INIT)
X(DEVICE, "device", INIT) /* after all mounts: /dev is one of them */
X(DEV_SYMLINK, "dev-symlink", INIT)
X(READONLY_PATH, "readonly-path", INIT) /* before masks: a mask may lie within */
X(MASK_PATH, "mask-path", INIT)         /* by the host's /dev/null, which is out of reach after the pivot */
X(HOOKS_RUNTIME, "hooks-runtime", INIT) /* prestart, createRuntime: init asks, the runtime runs them */
X(HOOKS_CREATE_CONTAINER, "hooks-create-container", INIT)
X(PIVOT, "pivot", INIT)
X(ROOT_PROPAGATION, "root-propagation", INIT) /* not earlier: it would reach the host's tree */
X(CONSOLE, "console", INIT)                   /* after the masks, which a forged /dev/pts could evade */
X(MKDIR_CWD, "mkdir-cwd", INIT)               /* as container root, while the root is still writable */
X(MOUNTS_READONLY, "mounts-readonly", INIT)   /* where devices, links and mount points had to be made */
X(ROOT_READONLY, "root-readonly", INIT)       /* after the last write of ours into the root */
X(HOSTNAME, "hostname", INIT)
X(DOMAINNAME, "domainname", INIT)
X(SYSCTL, "sysctl", INIT) /* through our own procfs: masks and read-only paths do not matter */
X(APPARMOR, "apparmor", INIT)
X(SELINUX, "selinux", INIT)
X(SCHEDULER, "scheduler", INIT)
X(IO_PRIORITY, "io-priority", INIT)
X(PERSONALITY, "personality", INIT) /* before seccomp, which may refuse it */
X(MEMORY_POLICY, "memory-policy", INIT)
/*
 * By init, on itself: when all that needs memory, files and descriptors is done, and while it still may raise
 * them. The runtime could not do it at that moment: another uid is not its to limit (prlimit(2)).
 */
X(RLIMIT, "rlimit", INIT)
X(CPU_AFFINITY, "cpu-affinity", INIT) /* exec: in its cgroup, and before seccomp, which may refuse it */
X(UMASK, "umask", INIT)
/*
 * As container root: the user may start where it could not go. A refusal (a file system that does not know
 * our root) is left to chdir.
 */
X(CHDIR_EARLY, "chdir-early", INIT)
X(SECCOMP_PRIVILEGED, "seccomp", INIT) /* without no_new_privs: needs CAP_SYS_ADMIN, so before the drop */
X(CAPS_BOUNDING, "caps-bounding", INIT)
X(IDENTITY, "identity", INIT) /* setgroups, setresgid, setresuid; read back */
X(CHDIR, "chdir", INIT)       /* as the user, if chdir-early was refused: it may be the user's only */
X(CAPS, "caps", INIT)         /* after the change of ids, which would clear them */
X(NO_NEW_PRIVS, "no-new-privs", INIT)
X(FIND_EXECUTABLE, "find-executable", INIT) /* a missing program is an error of create, not of start */
/*
 * create and run, with no_new_privs and NOTIFY: the runtime hands the listener on, and goes at WAIT_START. What
 * stands behind it and might be refused (close-fds) is done before the filter is loaded.
 */
X(SECCOMP_LISTENER, "seccomp-listener", INIT)
X(WAIT_START, "wait-start", INIT)
X(HOOKS_START_CONTAINER, "hooks-start-container", INIT)
X(CLOSE_FDS, "close-fds", INIT) /* before seccomp, which may refuse close_range */
X(SECCOMP, "seccomp-nnp", INIT) /* with no_new_privs: as late as possible */
X(EXEC, "exec", INIT)
