/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: X(enum ns_type, "type in config-linux.md", clone flag, "file in /proc/PID/ns"), in the order of
 * enum ns_type. Flags: clone(2), namespaces(7); CLONE_NEWTIME is 0x80 (time_namespaces(7)).
 */
X(NS_MOUNT, "mount", CLONE_NEWNS, "mnt")
X(NS_PID, "pid", CLONE_NEWPID, "pid")
X(NS_NETWORK, "network", CLONE_NEWNET, "net")
X(NS_IPC, "ipc", CLONE_NEWIPC, "ipc")
X(NS_UTS, "uts", CLONE_NEWUTS, "uts")
X(NS_USER, "user", CLONE_NEWUSER, "user")
X(NS_CGROUP, "cgroup", CLONE_NEWCGROUP, "cgroup")
X(NS_TIME, "time", CLONE_NEWTIME, "time")
